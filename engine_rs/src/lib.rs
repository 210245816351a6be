//! The Python module `pydispatch._engine`: registration, the one gate out of the GIL and the one error map.
//!
//! What needs no Python belongs in `dispatch_core`, `dispatch_wire` or `dispatch_audit`. Start at [`engine`].

mod arrays;
mod attributes;
mod audit;
mod engine;
mod enter;
mod failure;
mod fences;
mod guarded;
mod index_filter;
mod live;
mod live_index;
mod location_stream;
mod location_watch;
mod named;
mod planner;
mod position_snapshot;
mod positions;
mod solve;

use pyo3::prelude::*;

/// Native half of `pydispatch`.
#[pymodule(gil_used = false)]
mod _engine {
    use super::{Bound, PyModule, PyModuleMethods, PyResult, enter};

    #[pymodule_export]
    use super::audit::{
        AuditChain, AuditKey, AuditVerifier, audit_is_included, audit_opened, audit_proof, audit_record,
    };
    #[pymodule_export]
    use super::engine::{_panic, Engine, reasons, request_region};
    #[pymodule_export]
    use super::index_filter::IndexFilter;
    #[pymodule_export]
    use super::live_index::LiveIndex;
    #[pymodule_export]
    use super::location_stream::LocationStream;
    #[pymodule_export]
    use super::location_watch::LocationWatch;
    #[pymodule_export]
    use super::position_snapshot::PositionSnapshot;
    #[pymodule_export]
    use super::solve::solve;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        enter::install_panic_hook();
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        module.add("IS_DEBUG_BUILD", cfg!(debug_assertions))
    }
}
