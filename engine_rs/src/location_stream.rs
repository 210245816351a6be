//! The class `pydispatch.LocationStream`: what one call has handed in and not acknowledged yet.
//!
//! While an acknowledgement is on its way, further batches may be taken; the next acknowledgement tells of all of them.

use std::collections::VecDeque;

use dispatch_core::geo::FixCounts;
use dispatch_core::stream::STREAM_CREDIT;
use dispatch_wire::location;
use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::engine::Engine;
use crate::enter::{enter, enter_attached};
use crate::failure::Failure;
use crate::live::Taken;

/// One acknowledgement to be sent.
struct Owed {
    stream_id: Box<str>,
    acknowledged: i64,
    credit: u32,
    counts: FixCounts,
}

/// Acknowledgements in the order in which they must leave, one a stream unless streams take turns in one call.
#[derive(Default)]
struct Debt {
    owed: VecDeque<Owed>,
    batches: u32,
}

impl Debt {
    fn add(&mut self, stream_id: &str, taken: &Taken) {
        self.batches += 1;
        let counts = taken.counts.unwrap_or_default();
        match self.owed.back_mut() {
            Some(last) if *last.stream_id == *stream_id => {
                last.acknowledged = taken.acknowledged;
                last.credit = taken.credit;
                last.counts.merge(&counts);
            }
            _ => self.owed.push_back(Owed {
                stream_id: stream_id.into(),
                acknowledged: taken.acknowledged,
                credit: taken.credit,
                counts,
            }),
        }
    }

    fn settle(&mut self) -> Option<Owed> {
        let next = self.owed.pop_front();
        if self.owed.is_empty() {
            self.batches = 0;
        }
        next
    }
}

/// One call that streams locations in.
#[pyclass(frozen, module = "pydispatch")]
pub(crate) struct LocationStream {
    engine: Py<Engine>,
    // Never held together with a lock of the engine.
    debt: Mutex<Debt>,
}

impl LocationStream {
    pub(crate) fn new(engine: Py<Engine>) -> Self {
        Self { engine, debt: Mutex::default() }
    }

    fn take_batch(&self, request: &[u8], now_ms: i64) -> Result<bool, Failure> {
        if self.debt.lock().batches >= STREAM_CREDIT {
            return Err(Failure::OverCredit);
        }
        let live = self.engine.get().live();
        let batch = live.decode_stream(request)?;
        let taken = live.take_stream(&batch, now_ms)?;
        let mut debt = self.debt.lock();
        debt.add(batch.stream_id, &taken);
        Ok(debt.batches < STREAM_CREDIT)
    }
}

#[pymethods]
impl LocationStream {
    fn take(&self, py: Python<'_>, request: &[u8], now_ms: i64) -> PyResult<bool> {
        enter(py, || self.take_batch(request, now_ms))
    }

    fn acknowledgement<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let owed = enter_attached(py, || Ok(self.debt.lock().settle()))?;
        Ok(owed.map(|owed| {
            let message = location::encode_stream_response(owed.acknowledged, owed.credit, Some(&owed.counts));
            PyBytes::new(py, &message)
        }))
    }
}
