//! The one gate out of Python: every method that works leaves the GIL here, and every way back passes here.
//!
//! Inside, work is plain Rust with a plain error. A panic stops at the gate: the caller gets an InternalError with an
//! identifier and nothing else, and the log (`logging.getLogger("pydispatch.engine")`) gets the whole story under it.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::hash::{BuildHasher, RandomState};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::prelude::*;

use crate::failure::{self, Failure};

thread_local! {
    /// How many gates this thread is inside of.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// Where and why the last panic inside a gate happened.
    static STORY: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs `work` without the GIL.
///
/// # Errors
/// The class of pydispatch.errors that the failure maps to; InternalError when `work` panics.
pub(crate) fn enter<T: Send>(py: Python<'_>, work: impl FnOnce() -> Result<T, Failure> + Send) -> PyResult<T> {
    match py.detach(|| guarded(work)) {
        Ok(result) => result.map_err(|failure| failure::to_python(py, failure)),
        Err(story) => Err(told(py, &story)),
    }
}

/// Runs short `work` that must keep the GIL, because it builds Python objects or is done in well under a microsecond.
///
/// # Errors
/// As [`enter`].
pub(crate) fn enter_attached<T>(py: Python<'_>, work: impl FnOnce() -> Result<T, Failure>) -> PyResult<T> {
    match guarded(work) {
        Ok(result) => result.map_err(|failure| failure::to_python(py, failure)),
        Err(story) => Err(told(py, &story)),
    }
}

/// Has panics inside a gate write their story down instead of printing it. Called once, when the module is loaded.
pub(crate) fn install_panic_hook() {
    let outside = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if DEPTH.get() == 0 {
            outside(info);
        } else {
            STORY.set(story(info));
        }
    }));
}

/// Runs `work`; a panic becomes its story.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    DEPTH.set(DEPTH.get() + 1);
    // What `work` may leave half done lies behind Guarded, which refuses to be used again after a panic.
    let result = catch_unwind(AssertUnwindSafe(work));
    DEPTH.set(DEPTH.get() - 1);
    result.map_err(|_: Box<dyn Any + Send>| STORY.take())
}

/// Writes the story of a defect to Python's log and returns the error that tells none of it.
pub(crate) fn told(py: Python<'_>, story: &str) -> PyErr {
    let error_id = new_error_id();
    let logged = py
        .import("logging")
        .and_then(|logging| logging.call_method1("getLogger", ("pydispatch.engine",)))
        .and_then(|logger| logger.call_method1("error", ("engine defect %s: %s", &error_id, story)));
    if let Err(error) = logged {
        // The log is broken; the caller still gets the identifier, and Python is told of the error.
        error.write_unraisable(py, None);
    }
    failure::internal(py, &error_id)
}

fn story(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let text = text.unwrap_or("a panic without text");
    info.location().map_or_else(|| text.to_owned(), |location| format!("{text} at {location}"))
}

/// Returns an identifier that is unlike those of other processes and never repeats in this one.
fn new_error_id() -> String {
    static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(std::process::id()));
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("{:012x}-{}", *PROCESS & 0xFFFF_FFFF_FFFF, COUNT.fetch_add(1, Ordering::Relaxed))
}
