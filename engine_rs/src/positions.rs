//! Where technicians are, as the planner asks for it: by its own numbers, from the live index.

use dispatch_core::geo::{LatLng, LiveIndex, TechnicianIndex};
use dispatch_core::live::{LivePosition, Positions};
use parking_lot::RwLockReadGuard;

use crate::failure::Failure;
use crate::live::{Indexed, Live};

/// Stands in a table for a number that the other side does not know.
const UNKNOWN: u32 = u32::MAX;

/// The same technicians' numbers in the planner and in the index.
#[derive(Clone, Default)]
pub(crate) struct Numbers {
    to_index: Vec<u32>,
    to_planner: Vec<u32>,
}

impl Numbers {
    /// Notes that two numbers are one technician's.
    pub(crate) fn note(&mut self, in_planner: u32, in_index: TechnicianIndex) {
        put(&mut self.to_index, in_planner, in_index.0);
        put(&mut self.to_planner, in_index.0, in_planner);
    }
}

fn put(table: &mut Vec<u32>, at: u32, number: u32) {
    let at = at as usize;
    if at >= table.len() {
        table.resize(at + 1, UNKNOWN);
    }
    table[at] = number;
}

fn get(table: &[u32], at: u32) -> Option<u32> {
    table.get(at as usize).copied().filter(|number| *number != UNKNOWN)
}

/// The live index through the planner's eyes.
pub(crate) struct LivePositions<'a> {
    live: &'a Live,
    numbers: &'a Numbers,
    held: Option<RwLockReadGuard<'a, Indexed>>,
}

impl<'a> LivePositions<'a> {
    /// For long work: each question is a short hold of the index's lock, so that ingest goes on meanwhile.
    pub(crate) fn asked(live: &'a Live, numbers: &'a Numbers) -> Self {
        Self { live, numbers, held: None }
    }

    /// For work of some microseconds: the index's lock is held from now to the end.
    pub(crate) fn held(live: &'a Live, numbers: &'a Numbers) -> Result<Self, Failure> {
        Ok(Self { live, numbers, held: Some(live.indexed.read()?) })
    }

    fn read<T>(&self, question: impl FnOnce(&LiveIndex) -> Option<T>) -> Option<T> {
        match &self.held {
            Some(held) => question(&held.index),
            // Never while another read is held: a waiting writer would make that a deadlock.
            None => question(&self.live.indexed.read().ok()?.index),
        }
    }
}

impl Positions for LivePositions<'_> {
    fn position(&self, technician_id: &str, technician_number: u32) -> Option<LivePosition> {
        let known = get(&self.numbers.to_index, technician_number).map(TechnicianIndex);
        self.read(|index| {
            let technician = known.or_else(|| index.technician(technician_id))?;
            let position = index.position(technician)?;
            Some(LivePosition { location: position.place, event_time_ms: position.event_time_ms })
        })
    }

    fn each_within(
        &self,
        origin: LatLng,
        radius_m: f64,
        wants: &dyn Fn(u32) -> bool,
        found: &mut dyn FnMut(u32, LivePosition),
    ) -> bool {
        let number_of = |technician: TechnicianIndex| get(&self.numbers.to_planner, technician.0);
        let each = |index: &LiveIndex, found: &mut dyn FnMut(u32, LivePosition)| {
            let is_wanted = |technician| number_of(technician).is_some_and(wants);
            index.for_each_within(origin, radius_m, is_wanted, |technician, location, event_time_ms| {
                if let Some(number) = number_of(technician) {
                    found(number, LivePosition { location, event_time_ms });
                }
            });
        };
        if let Some(held) = &self.held {
            each(&held.index, found);
            return true;
        }
        // Told after the lock is released: who is told may ask for positions.
        let mut near = Vec::new();
        let asked = self.read(|index| {
            each(index, &mut |number, live| near.push((number, live)));
            Some(())
        });
        near.into_iter().for_each(|(number, live)| found(number, live));
        asked.is_some()
    }
}
