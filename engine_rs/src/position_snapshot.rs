//! The class `pydispatch.PositionSnapshot`: every live position in parts, told again only when something in a part is new.
//!
//! A part is read under one short hold of the index, so that fixes and searches go on in between.

use dispatch_core::geo::{LiveIndex, Position, TechnicianIndex};
use dispatch_wire::location;
use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::engine::Engine;
use crate::enter::enter;
use crate::failure::Failure;

/// Technicians of one part: how many are looked at under one hold of the index.
const PART: u32 = 1_000;

/// Every live position of one engine.
#[pyclass(frozen, module = "pydispatch")]
pub(crate) struct PositionSnapshot {
    engine: Py<Engine>,
    // Digests of the parts as last told. Taken before the index, never while holding it.
    told: Mutex<Vec<u64>>,
}

impl PositionSnapshot {
    pub(crate) fn new(engine: Py<Engine>) -> Self {
        Self { engine, told: Mutex::default() }
    }

    fn news(&self, part: u32) -> Result<Option<Vec<u8>>, Failure> {
        let mut told = self.told.lock();
        let number = part as usize;
        if told.len() <= number {
            told.resize(number + 1, digest(&[]));
        }
        let live = self.engine.get().live();
        let positions = live.with_index(|index| positions(index, part))?;
        let new = digest(&positions);
        if told[number] == new {
            return Ok(None);
        }
        told[number] = new;
        let named: Vec<_> = positions.iter().map(|(_, name, position)| (name.as_str(), *position)).collect();
        Ok(Some(if named.is_empty() { Vec::new() } else { location::encode_positions(live.region_id(), &named) }))
    }
}

/// The positions held by the technicians of a part.
fn positions(index: &LiveIndex, part: u32) -> Vec<(TechnicianIndex, String, Position)> {
    let first = part.saturating_mul(PART);
    let numbers = first..index.number_bound().min(first.saturating_add(PART)).max(first);
    let held = numbers.map(TechnicianIndex).filter_map(|technician| {
        let position = index.position(technician)?;
        Some((technician, index.name(technician)?.to_owned(), position))
    });
    held.collect()
}

/// A number that changes with whoever has a position and with the time of each; a position never changes without its time.
fn digest(positions: &[(TechnicianIndex, String, Position)]) -> u64 {
    // Multiplication by an odd number, the golden ratio's bits, spreads the differences over the whole word.
    let mix = |digest: u64, value: u64| (digest.rotate_left(23) ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    positions.iter().fold(1, |digest, (technician, _, position)| {
        mix(mix(digest, u64::from(technician.0)), position.event_time_ms.cast_unsigned())
    })
}

#[pymethods]
impl PositionSnapshot {
    fn parts(&self, py: Python<'_>) -> PyResult<u32> {
        enter(py, || self.engine.get().live().with_index(|index| index.number_bound().div_ceil(PART)))
    }

    fn part<'py>(&self, py: Python<'py>, part: u32) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let news = enter(py, || self.news(part))?;
        Ok(news.map(|message| PyBytes::new(py, &message)))
    }
}
