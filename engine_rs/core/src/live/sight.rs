//! Positions as one command sees them: each is asked for once, so that fixes arriving meanwhile cannot split a decision.

use crate::model::LatLng;
use crate::plan::{LivePosition, Positions};
use std::cell::RefCell;

/// What has been seen so far, kept between commands only for its memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Sightings {
    /// Number of the command; entries of other commands do not count.
    command: u32,
    /// By technician number: the command that asked, and the answer.
    seen: Vec<(u32, Option<LivePosition>)>,
}

/// Positions seen through the eyes of one command.
pub(super) struct Sight<'a> {
    positions: &'a dyn Positions,
    sightings: RefCell<Sightings>,
}

impl<'a> Sight<'a> {
    /// Begins a command: nothing is seen yet.
    pub(super) fn new(positions: &'a dyn Positions, mut sightings: Sightings) -> Self {
        if sightings.command == u32::MAX {
            sightings.seen.clear();
        }
        sightings.command = sightings.command.wrapping_add(1).max(1);
        Self { positions, sightings: RefCell::new(sightings) }
    }

    /// Ends the command and gives the memory back.
    pub(super) fn into_sightings(self) -> Sightings {
        self.sightings.into_inner()
    }
}

impl Sight<'_> {
    /// What this command has seen of somebody, told by `look` the first time.
    fn seen(&self, technician_number: u32, look: impl FnOnce() -> Option<LivePosition>) -> Option<LivePosition> {
        let mut sightings = self.sightings.borrow_mut();
        let (command, index) = (sightings.command, technician_number as usize);
        if index >= sightings.seen.len() {
            sightings.seen.resize(index + 1, (0, None));
        }
        if sightings.seen[index].0 != command {
            sightings.seen[index] = (command, look());
        }
        sightings.seen[index].1
    }

    /// Where this command sees somebody who is at `live` now.
    fn once(&self, technician_number: u32, live: LivePosition) -> LivePosition {
        self.seen(technician_number, || Some(live)).unwrap_or(live)
    }
}

impl Positions for Sight<'_> {
    fn position(&self, technician_id: &str, technician_number: u32) -> Option<LivePosition> {
        self.seen(technician_number, || self.positions.position(technician_id, technician_number))
    }

    fn each_within(
        &self,
        origin: LatLng,
        radius_m: f64,
        wants: &dyn Fn(u32) -> bool,
        found: &mut dyn FnMut(u32, LivePosition),
    ) -> bool {
        self.positions.each_within(origin, radius_m, wants, &mut |number, live| found(number, self.once(number, live)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// Somebody who never stands still.
    struct Mover(Cell<i64>);

    impl Positions for Mover {
        fn position(&self, _: &str, _: u32) -> Option<LivePosition> {
            self.0.set(self.0.get() + 1);
            Some(LivePosition { location: LatLng::new(0.0, 0.0), event_time_ms: self.0.get() })
        }
    }

    #[test]
    fn a_command_sees_everybody_in_one_place_and_the_next_one_looks_again() {
        let mover = Mover(Cell::new(0));
        let sight = Sight::new(&mover, Sightings::default());
        assert_eq!(sight.position("t", 3), sight.position("t", 3));
        let first = sight.position("t", 3);
        let next = Sight::new(&mover, sight.into_sightings());
        assert_ne!(next.position("t", 3), first);
    }
}
