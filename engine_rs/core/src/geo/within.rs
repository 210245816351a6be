//! Everybody near a place, in no order: for callers who judge by more than distance.

use super::grid::{Entry, Visitor};
use super::index::LiveIndex;
use super::position::LatLng;
use super::sphere::{Chord2, Point};
use super::technician::TechnicianIndex;

impl LiveIndex {
    /// Calls `found` once for everybody whose newest position lies within `radius_m` of a place, in no promised order,
    /// with that position and its event time, unless `wants` refuses them first.
    ///
    /// Time in proportion to those near the circle.
    pub fn for_each_within(
        &self,
        origin: LatLng,
        radius_m: f64,
        wants: impl Fn(TechnicianIndex) -> bool,
        mut found: impl FnMut(TechnicianIndex, LatLng, i64),
    ) {
        let reach = Chord2::from_arc_m(radius_m).0;
        let found = |entry: &Entry| {
            let technician = TechnicianIndex(entry.id);
            if wants(technician) {
                found(technician, self.motions[entry.id as usize].place, entry.time_ms);
            }
        };
        self.standing.search(Point::from_lat_lng(origin), &mut Everybody { reach, found });
    }
}

/// Takes whoever is within reach.
struct Everybody<F> {
    reach: f64,
    found: F,
}

impl<F: FnMut(&Entry)> Visitor for Everybody<F> {
    #[inline(always)]
    fn reach(&self) -> f64 {
        self.reach
    }

    #[inline(always)]
    fn may_want(&self, _any_bits: u64) -> bool {
        true
    }

    #[inline(always)]
    fn could_be_full(&self) -> bool {
        false
    }

    #[inline(always)]
    fn news(&self) -> usize {
        0
    }

    fn settle(&mut self) {}

    #[inline]
    fn scan(&mut self, entries: &[Entry], origin: Point) {
        for entry in entries.iter().filter(|entry| entry.chord2(origin) <= self.reach) {
            (self.found)(entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fix::{Fix, IngestLimits};
    use super::super::technician::Attributes;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_look_at_everybody_finds_the_same(
            places in prop::collection::vec((-1.0f64..1.0, -1.0f64..1.0), 0..120),
            origin in (-1.2f64..1.2, -1.2f64..1.2),
            radius_m in 1.0f64..200_000.0,
        ) {
            let place = |(north, east): (f64, f64)| LatLng::new(37.7 + north, -122.4 + east);
            let mut index = LiveIndex::new(IngestLimits::default());
            let mut near = Vec::new();
            for (number, offsets) in places.iter().enumerate() {
                let technician = index.register(&format!("t{number}"), Attributes::default()).unwrap();
                let at = place(*offsets);
                let unknown = f32::NAN;
                let fix = Fix { technician, place: at, event_time_ms: 1_000, accuracy_m: unknown, heading_deg: unknown, speed_mps: unknown };
                index.apply_fix(&fix, 1_000);
                if place(*offsets).distance_m(place(origin)) <= radius_m {
                    near.push(technician);
                }
            }
            let mut found = Vec::new();
            index.for_each_within(place(origin), radius_m, |_| true, |technician, _, _| found.push(technician));
            found.sort();
            // On the very edge rounding decides.
            let is_on_edge = |technician: &TechnicianIndex| {
                let position = index.position(*technician).unwrap();
                (position.place.distance_m(place(origin)) - radius_m).abs() < 0.01
            };
            found.retain(|technician| !is_on_edge(technician));
            near.retain(|technician| !is_on_edge(technician));
            prop_assert_eq!(found, near);
        }
    }
}
