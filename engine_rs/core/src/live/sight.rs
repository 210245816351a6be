//! Positions as one command sees them: each is asked for once, so that fixes arriving meanwhile cannot split a decision.

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

impl Positions for Sight<'_> {
    fn position(&self, technician_id: &str, technician_number: u32) -> Option<LivePosition> {
        let mut sightings = self.sightings.borrow_mut();
        let (command, index) = (sightings.command, technician_number as usize);
        if index >= sightings.seen.len() {
            sightings.seen.resize(index + 1, (0, None));
        }
        if sightings.seen[index].0 != command {
            sightings.seen[index] = (command, self.positions.position(technician_id, technician_number));
        }
        sightings.seen[index].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LatLng;
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
