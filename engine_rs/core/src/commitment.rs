//! Until when and where each technician is busy, as the live index wants to know it, kept up to date from outcomes.
//!
//! The planner's routes reach days ahead; a search for who could be somewhere soonest asks only for the work at hand.
//! A stop counts as work at hand while the wait before it (travel included) is at most [`MAX_WAIT_S`].

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::geo::{Commitment, LatLng};
use crate::live::{Outcome, RouteView};
use crate::model::{Timestamp, Visit};

/// Longest time between the end of one stop (or now) and the start of the next that does not make a technician free.
pub const MAX_WAIT_S: i64 = 3_600;

#[derive(Clone, Debug)]
struct Promised {
    place: LatLng,
    technician_id: Option<String>,
}

/// Where the open visits of a region are and with whom.
#[derive(Clone, Debug, Default)]
pub struct Commitments {
    visits: FxHashMap<String, Promised>,
    /// When a technician who is free now stops being so, because the next stop draws near.
    due: BTreeSet<(Timestamp, String)>,
}

impl Commitments {
    /// Notes visits as the store has them.
    pub fn add<'v>(&mut self, visits: impl IntoIterator<Item = &'v Visit>) {
        for visit in visits {
            let technician_id = visit.placement.as_ref().map(|placed| placed.technician_id.clone());
            self.visits.insert(visit.id.clone(), Promised { place: visit.location, technician_id });
        }
    }

    /// Notes the sites of new visits, before the outcome that says with whom they are.
    pub fn add_sites(&mut self, sites: impl IntoIterator<Item = (String, LatLng)>) {
        let visits = sites.into_iter().map(|(visit_id, place)| (visit_id, Promised { place, technician_id: None }));
        self.visits.extend(visits);
    }

    /// Where an open visit is.
    #[must_use]
    pub fn place(&self, visit_id: &str) -> Option<LatLng> {
        self.visits.get(visit_id).map(|promised| promised.place)
    }

    /// Takes in what a command changed. Returns the technicians whose commitment must be asked for again with
    /// [`Commitments::at_hand`], those among them whose next stop has drawn near. O(C log C) for C changes.
    pub fn note(&mut self, outcome: &Outcome, now_s: Timestamp) -> BTreeSet<String> {
        let mut touched = self.fall_due(now_s);
        for change in &outcome.changes {
            let technician_id = change.placement.as_ref().map(|placed| placed.technician_id.clone());
            touched.extend(technician_id.clone());
            if change.state.is_final() {
                let finished = self.visits.remove(&change.visit_id);
                touched.extend(finished.and_then(|promised| promised.technician_id));
            } else if let Some(promised) = self.visits.get_mut(&change.visit_id) {
                touched.extend(std::mem::replace(&mut promised.technician_id, technician_id));
            }
        }
        touched
    }

    /// The end of the work at hand on a route, `None` when its technician is free now. O(V) in the route's stops.
    pub fn at_hand(&mut self, route: &RouteView, now_s: Timestamp) -> Option<Commitment> {
        let mut free_s = now_s;
        let mut last = None;
        for stop in &route.stops {
            if !stop.state.is_under_way() && stop.start_s - free_s > MAX_WAIT_S {
                if last.is_none() {
                    self.due.insert((stop.start_s - MAX_WAIT_S, route.technician_id.clone()));
                }
                break;
            }
            free_s = free_s.max(stop.end_s);
            last = self.visits.get(&stop.visit_id).map(|promised| promised.place).or(last);
        }
        last.map(|place| Commitment { free_at_ms: free_s.saturating_mul(1_000), place })
    }

    fn fall_due(&mut self, now_s: Timestamp) -> BTreeSet<String> {
        // Everything up to and including `now_s`: the empty name sorts before every other.
        let later = self.due.split_off(&(now_s.saturating_add(1), String::new()));
        std::mem::replace(&mut self.due, later).into_iter().map(|(_, technician_id)| technician_id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::{ChangeKind, StopView, VisitChange};
    use crate::model::{Placement, TimeWindow, VisitState, VisitTimes};

    fn visit(id: &str, lat_deg: f64) -> Visit {
        Visit::new(id, LatLng::new(lat_deg, 0.0), 0, TimeWindow::new(0, 86_400))
    }

    fn stop(id: &str, state: VisitState, arrival_s: i64, end_s: i64) -> StopView {
        StopView { visit_id: id.into(), state, arrival_s, start_s: arrival_s, end_s, slack_s: 0 }
    }

    fn route(stops: Vec<StopView>) -> RouteView {
        let end_s = stops.last().map_or(0, |stop| stop.end_s);
        RouteView { technician_id: "t".into(), stops, end_s }
    }

    fn changed(visit_id: &str, state: VisitState, technician_id: Option<&str>) -> Outcome {
        let placement = technician_id.map(|id| Placement { technician_id: id.into(), ..Placement::default() });
        let change = VisitChange {
            visit_id: visit_id.into(),
            kind: ChangeKind::Moved,
            state,
            placement,
            times: VisitTimes::default(),
            unassigned_reasons: Vec::new(),
            excluded_technician_ids: Vec::new(),
            after: Vec::new(),
            disruption_milli: 0,
            pin: None,
        };
        Outcome { changes: vec![change], ..Outcome::default() }
    }

    fn ids(touched: BTreeSet<String>) -> Vec<String> {
        touched.into_iter().collect()
    }

    #[test]
    fn both_technicians_of_a_moved_visit_are_touched() {
        let mut commitments = Commitments::default();
        commitments.add([&visit("v", 1.0)]);
        assert_eq!(ids(commitments.note(&changed("v", VisitState::Planned, Some("a")), 0)), ["a"]);
        assert_eq!(ids(commitments.note(&changed("v", VisitState::Planned, Some("b")), 0)), ["a", "b"]);
        assert_eq!(ids(commitments.note(&changed("v", VisitState::Cancelled, None), 0)), ["b"]);
        assert!(commitments.note(&changed("v", VisitState::Cancelled, None), 0).is_empty(), "forgotten");
    }

    #[test]
    fn work_at_hand_ends_at_the_first_long_wait() {
        let mut commitments = Commitments::default();
        commitments.add([&visit("v1", 1.0), &visit("v2", 2.0), &visit("v3", 3.0)]);
        let day = route(vec![
            stop("v1", VisitState::InService, -500, 1_000),
            stop("v2", VisitState::Planned, 1_000 + MAX_WAIT_S, 9_000),
            stop("v3", VisitState::Planned, 9_001 + MAX_WAIT_S, 20_000),
        ]);
        let busy = commitments.at_hand(&day, 0).unwrap();
        assert_eq!((busy.free_at_ms, busy.place.lat_deg), (9_000_000, 2.0));
    }

    #[test]
    fn a_free_technician_is_touched_when_the_next_stop_draws_near() {
        let mut commitments = Commitments::default();
        commitments.add([&visit("v", 1.0)]);
        let later = route(vec![stop("v", VisitState::Planned, 10_000, 12_000)]);
        assert_eq!(commitments.at_hand(&later, 0), None);
        assert!(commitments.note(&Outcome::default(), 10_000 - MAX_WAIT_S - 1).is_empty());
        assert_eq!(ids(commitments.note(&Outcome::default(), 10_000 - MAX_WAIT_S)), ["t"]);
        assert!(commitments.at_hand(&later, 10_000 - MAX_WAIT_S).is_some());
        assert!(commitments.note(&Outcome::default(), 10_000).is_empty(), "told once");
    }
}
