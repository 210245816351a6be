//! Arrays across the line: in through the buffer protocol, out as memoryviews. No numpy, and ready for it.

use pyo3::buffer::{Element, PyBuffer, ReadOnlyCell};
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// The elements of a contiguous array. They are copied out before the GIL is left, since another thread may write them.
pub(crate) fn slice<'a, T: Element>(py: Python<'a>, buffer: &'a PyBuffer<T>) -> PyResult<&'a [ReadOnlyCell<T>]> {
    buffer.as_slice(py).ok_or_else(|| PyValueError::new_err("arrays must be contiguous"))
}

/// Numbers as a memoryview over bytes of their own, ready for `list()`, `array` or `numpy.asarray`.
pub(crate) fn view<'py, T: Native>(py: Python<'py>, numbers: &[T]) -> PyResult<Bound<'py, PyAny>> {
    let bytes = PyBytes::new_with(py, size_of_val(numbers), |target| {
        for (slot, number) in target.chunks_exact_mut(size_of::<T>()).zip(numbers) {
            number.write(slot);
        }
        Ok(())
    })?;
    py.import(intern!(py, "builtins"))?
        .getattr(intern!(py, "memoryview"))?
        .call1((bytes,))?
        .call_method1(intern!(py, "cast"), (T::FORMAT,))
}

/// A number in the byte order of the machine.
pub(crate) trait Native: Copy {
    /// The letter of the struct module.
    const FORMAT: &'static str;

    fn write(self, slot: &mut [u8]);
}

impl Native for u32 {
    const FORMAT: &'static str = "I";

    fn write(self, slot: &mut [u8]) {
        slot.copy_from_slice(&self.to_ne_bytes());
    }
}

impl Native for f64 {
    const FORMAT: &'static str = "d";

    fn write(self, slot: &mut [u8]) {
        slot.copy_from_slice(&self.to_ne_bytes());
    }
}
