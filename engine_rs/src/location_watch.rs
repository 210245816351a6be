//! The class `pydispatch.LocationWatch`: what one watcher of positions has seen, and what is new for it.
//!
//! Nothing is queued for a watcher: whoever asks late gets the newest positions and nothing else.

use std::collections::HashMap;

use dispatch_core::geo::{LiveIndex, Position, TechnicianIndex};
use dispatch_wire::watched::{self, WatchedQuery};
use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use crate::engine::Engine;
use crate::enter::enter;
use crate::failure::Failure;

/// Technicians looked at under one hold of the index.
const CHUNK: u32 = 10_000;
/// Most positions, or technicians gone, in one message.
const MAX_ITEMS: usize = 10_000;

/// What a watcher was last told of a technician.
#[derive(Clone, Copy)]
struct Seen {
    event_time_ms: i64,
    pass: u64,
}

/// What is new since the last look.
#[derive(Default)]
struct News {
    positions: Vec<(String, Position)>,
    gone: Vec<String>,
}

#[derive(Default)]
struct Memory {
    pass: u64,
    seen: HashMap<String, Seen>,
}

/// One watcher of positions.
#[pyclass(frozen, module = "pydispatch")]
pub(crate) struct LocationWatch {
    engine: Py<Engine>,
    query: WatchedQuery,
    // Taken before the index, never while holding it.
    memory: Mutex<Memory>,
}

impl LocationWatch {
    pub(crate) fn new(engine: Py<Engine>, query: WatchedQuery) -> Self {
        Self { engine, query, memory: Mutex::default() }
    }

    fn look(&self) -> Result<Vec<Vec<u8>>, Failure> {
        let mut memory = self.memory.lock();
        memory.pass += 1;
        let mut news = News::default();
        match &self.query.technician_ids {
            Some(technician_ids) => self.look_at(technician_ids, &mut memory, &mut news)?,
            None => self.look_around(&mut memory, &mut news)?,
        }
        let pass = memory.pass;
        memory.seen.retain(|technician_id, seen| {
            let is_here = seen.pass == pass;
            if !is_here {
                news.gone.push(technician_id.clone());
            }
            is_here
        });
        Ok(news.into_messages())
    }

    fn look_at(&self, technician_ids: &[String], memory: &mut Memory, news: &mut News) -> Result<(), Failure> {
        self.engine.get().live().with_index(|index| {
            for technician in technician_ids.iter().filter_map(|technician_id| index.technician(technician_id)) {
                self.compare(index, technician, memory, news);
            }
        })
    }

    /// Looks at everybody, a part at a time, so that fixes go on in between. O(N) in registered technicians.
    fn look_around(&self, memory: &mut Memory, news: &mut News) -> Result<(), Failure> {
        let (mut begin, mut bound) = (0, 1);
        while begin < bound {
            self.engine.get().live().with_index(|index| {
                bound = index.number_bound();
                let end = bound.min(begin + CHUNK);
                (begin..end).for_each(|number| self.compare(index, TechnicianIndex(number), memory, news));
            })?;
            begin += CHUNK;
        }
        Ok(())
    }

    fn compare(&self, index: &LiveIndex, technician: TechnicianIndex, memory: &mut Memory, news: &mut News) {
        let Some(position) = index.position(technician) else { return };
        if self.query.viewport.is_some_and(|viewport| !viewport.contains(position.place)) {
            return;
        }
        let Some(name) = index.name(technician) else { return };
        let now = Seen { event_time_ms: position.event_time_ms, pass: memory.pass };
        match memory.seen.get_mut(name) {
            Some(seen) if seen.event_time_ms == now.event_time_ms => seen.pass = now.pass,
            Some(seen) => {
                *seen = now;
                news.positions.push((name.to_owned(), position));
            }
            None => {
                memory.seen.insert(name.to_owned(), now);
                news.positions.push((name.to_owned(), position));
            }
        }
    }
}

impl News {
    fn into_messages(mut self) -> Vec<Vec<u8>> {
        self.positions.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
        self.gone.sort_unstable();
        let mut gone = self.gone.chunks(MAX_ITEMS);
        let mut messages: Vec<_> = self
            .positions
            .chunks(MAX_ITEMS)
            .map(|positions| watched::encode(positions, gone.next().unwrap_or_default()))
            .collect();
        messages.extend(gone.map(|gone| watched::encode(&[], gone)));
        messages
    }
}

#[pymethods]
impl LocationWatch {
    fn poll<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let messages = enter(py, || self.look())?;
        PyList::new(py, messages.iter().map(|message| PyBytes::new(py, message)))
    }
}
