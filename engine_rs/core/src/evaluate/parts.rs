//! Hard rule PARTS: the visits of a shift take no more of a part than the technician carries.
//!
//! What is carried is what is on board when a shift begins: each shift has it anew. Somebody without shifts has it for the
//! visits that are open. Everything here is linear in the stops of the shift, and free for visits that take no parts.

use crate::plan::{Plan, Route, TechnicianEntry, VisitFacts};

/// A part of which too little is on board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortage {
    /// Number of the part.
    pub part: u32,
    /// How many are missing.
    pub missing: i64,
}

/// Whether what a visit takes is left on board.
#[inline]
#[must_use]
pub fn has_room(plan: &Plan, technician: &TechnicianEntry, route: &Route, visit: &VisitFacts) -> bool {
    visit.parts.is_empty() || shortage(plan, technician, route, visit).is_none()
}

/// The first part of which a route would have too little with one more visit.
#[must_use]
pub fn shortage(plan: &Plan, technician: &TechnicianEntry, route: &Route, visit: &VisitFacts) -> Option<Shortage> {
    shortage_without(plan, technician, route, visit, None)
}

/// As [`shortage`], as if the visit numbered `own` were not on the route.
#[must_use]
pub fn shortage_without(
    plan: &Plan,
    technician: &TechnicianEntry,
    route: &Route,
    visit: &VisitFacts,
    own: Option<u32>,
) -> Option<Shortage> {
    let is_on = route.stops.iter().any(|stop| Some(stop.visit) == own);
    let more = |count: u32| if is_on { 0 } else { i64::from(count) };
    let on_route = route.stops.iter().map(|stop| &plan.visit(stop.visit).facts);
    visit.parts.iter().find_map(|(part, count)| short_of(technician, route, on_route.clone(), *part, more(*count)))
}

/// The first part of which the planned visits of a route take more than is left on board.
#[must_use]
pub fn overdrawn(plan: &Plan, technician: &TechnicianEntry, route: &Route) -> Option<Shortage> {
    overdrawn_by(plan, technician, route, route.planned().iter().map(|stop| &plan.visit(stop.visit).facts))
}

/// As [`overdrawn`], with these visits planned instead of those that are.
#[must_use]
pub fn overdrawn_by<'a>(
    plan: &'a Plan,
    technician: &TechnicianEntry,
    route: &'a Route,
    planned: impl Iterator<Item = &'a VisitFacts> + Clone,
) -> Option<Shortage> {
    let under_way = route.stops[..route.frozen].iter().map(|stop| &plan.visit(stop.visit).facts);
    let all = under_way.chain(planned.clone());
    let taken = planned.flat_map(|facts| &facts.parts);
    taken.filter_map(|(part, _)| short_of(technician, route, all.clone(), *part, 0)).min_by_key(|short| short.part)
}

fn short_of<'a>(
    technician: &TechnicianEntry,
    route: &Route,
    visits: impl Iterator<Item = &'a VisitFacts>,
    part: u32,
    more: i64,
) -> Option<Shortage> {
    let planned: i64 = visits.map(|facts| count_in(&facts.parts, part)).sum();
    let missing = count_in(&route.used, part) + planned + more - count_in(&technician.facts.parts, part);
    (missing > 0).then_some(Shortage { part, missing })
}

fn count_in(parts: &[(u32, u32)], part: u32) -> i64 {
    parts.binary_search_by_key(&part, |known| known.0).map_or(0, |at| i64::from(parts[at].1))
}
