//! Where technicians are now, as the planner asks for it.

use crate::model::LatLng;

/// Newest known place of a technician.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LivePosition {
    /// Where.
    pub location: LatLng,
    /// When it was observed, in milliseconds since the Unix epoch.
    pub event_time_ms: i64,
}

/// Answers where technicians are. The live index implements it through an adapter; tests use a map.
pub trait Positions {
    /// Newest position of a technician.
    ///
    /// `technician_number` is the dispatcher's own number of `technician_id`, the same from its first mention until the next
    /// restore, small and dense: an adapter may keep a table by it to save looking up the name.
    fn position(&self, technician_id: &str, technician_number: u32) -> Option<LivePosition>;

    /// Calls `found` with the number and the position of everybody that `wants` accepts whose newest position lies within
    /// `radius_m` great-circle metres of a place; others may be named too. Returns false, naming nobody, when positions are
    /// not kept by place.
    fn each_within(
        &self,
        _origin: LatLng,
        _radius_m: f64,
        _wants: &dyn Fn(u32) -> bool,
        _found: &mut dyn FnMut(u32, LivePosition),
    ) -> bool {
        false
    }
}

/// Nobody's position is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPositions;

impl Positions for NoPositions {
    fn position(&self, _technician_id: &str, _technician_number: u32) -> Option<LivePosition> {
        None
    }

    fn each_within(
        &self,
        _origin: LatLng,
        _radius_m: f64,
        _wants: &dyn Fn(u32) -> bool,
        _found: &mut dyn FnMut(u32, LivePosition),
    ) -> bool {
        true
    }
}

impl<S: std::hash::BuildHasher> Positions for std::collections::HashMap<String, LivePosition, S> {
    fn position(&self, technician_id: &str, _technician_number: u32) -> Option<LivePosition> {
        self.get(technician_id).copied()
    }
}
