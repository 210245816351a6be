//! The Python module `pydispatch._engine`: registration, the one gate out of the GIL and the one error map.
//!
//! What needs no Python belongs in `dispatch_core` or `dispatch_wire`.

use pyo3::prelude::*;

/// Native half of `pydispatch`.
#[pymodule]
mod _engine {
    use super::{Bound, PyModule, PyModuleMethods, PyResult};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
