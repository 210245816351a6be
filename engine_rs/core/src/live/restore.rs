//! The plan as the store has it becomes the plan in memory, unchanged.

use super::Snapshot;
use crate::evaluate::{standing_cost, starts};
use crate::model::reason;
use crate::model::{CoreError, LatLng, Policy, RegionConfig, ResourceKind, Timestamp, Violations, Visit, VisitState};
use crate::plan::{Limits, Place, Plan, Positions, Sighted};
use std::collections::BTreeSet;

/// Checks a snapshot: every violation at once.
pub(super) fn check(snapshot: &Snapshot, center: LatLng) -> Result<(), CoreError> {
    let mut violations = Violations::new();
    let mut technicians = BTreeSet::new();
    for (index, technician) in snapshot.technicians.iter().enumerate() {
        technician.validate(&format!("technicians[{index}]"), center, &mut violations);
        if !technicians.insert(technician.id.as_str()) {
            violations.add(format!("technicians[{index}].name"), reason::DUPLICATE, "named twice");
        }
    }
    let mut services = BTreeSet::new();
    for (index, service) in snapshot.services.iter().enumerate() {
        service.validate(&format!("services[{index}]"), &mut violations);
        if !services.insert(service.id.as_str()) {
            violations.add(format!("services[{index}].name"), reason::DUPLICATE, "named twice");
        }
    }
    let mut visits = BTreeSet::new();
    for (index, visit) in snapshot.visits.iter().enumerate() {
        visit.validate(&format!("visits[{index}]"), center, &mut violations);
        if !visits.insert(visit.id.as_str()) {
            violations.add(format!("visits[{index}].name"), reason::DUPLICATE, "named twice");
        }
    }
    violations.into_result()?;
    check_placements(&snapshot.visits, &technicians)
}

/// Placed visits must name technicians who exist.
fn check_placements(visits: &[Visit], technicians: &BTreeSet<&str>) -> Result<(), CoreError> {
    let missing = visits.iter().filter(|visit| visit.state.is_on_route()).find(|visit| {
        visit.placement.as_ref().is_none_or(|placement| !technicians.contains(placement.technician_id.as_str()))
    });
    match missing {
        Some(visit) => {
            let id = visit.placement.as_ref().map(|placement| placement.technician_id.clone()).unwrap_or_default();
            Err(CoreError::NotFound { kind: ResourceKind::Technician, id })
        }
        None => Ok(()),
    }
}

/// Builds the plan of a checked snapshot as seen from `now_s`. Nothing is moved: the next tick mends what time has broken.
pub(super) fn build(
    region: &RegionConfig,
    policy: &Policy,
    snapshot: Snapshot,
    positions: &dyn Positions,
    now_s: Timestamp,
) -> Plan {
    let mut plan = Plan::new(region);
    for technician in snapshot.technicians {
        let standing_milli = standing_cost(policy, &technician);
        plan.put_technician(technician, standing_milli);
    }
    let (mut placed, mut added) = (Vec::new(), Vec::new());
    for visit in snapshot.visits.into_iter().filter(|visit| !visit.state.is_final()) {
        let state = visit.state;
        let order = visit.placement.as_ref().map(|placement| (placement.position, placement.start_s));
        let number = plan.add_visit(visit);
        added.push(number);
        match order.filter(|_| state.is_on_route()) {
            Some((position, start_s)) => placed.push((!state.is_under_way(), position, start_s, number)),
            None => {
                let source = &mut plan.visit_mut(number).source;
                (source.state, source.placement) = (VisitState::Unassigned, None);
            }
        }
    }
    plan.link(&added);
    placed.sort_unstable();
    for (is_planned, _, start_s, number) in placed {
        put_on_route(&mut plan, number, !is_planned, start_s, now_s);
    }
    refresh_all(&mut plan, policy, positions, now_s);
    plan
}

fn put_on_route(plan: &mut Plan, visit: u32, is_under_way: bool, start_s: Timestamp, now_s: Timestamp) {
    let id = plan.visit(visit).source.placement.as_ref().map(|placement| placement.technician_id.clone());
    let Some(technician) = id.and_then(|id| plan.technician_number(&id)) else { return };
    let Some(entry) = plan.technician(technician) else { return };
    // What is under way belongs to the shift it was set out for in, even when that is over by now.
    let depart_s = plan.visit(visit).source.times.depart_s.unwrap_or(now_s);
    let route = if is_under_way { entry.current_route(depart_s) } else { entry.route_at(start_s) };
    let facts = &plan.visit(visit).facts;
    let placement = plan.visit(visit).source.placement.as_ref();
    let end_s = placement.map_or(start_s, |placement| placement.end_s);
    let leg_m = placement.map_or(0, |placement| placement.travel_m);
    let work_s = entry.facts.work_s(facts);
    let extra_s = (end_s - start_s - work_s).max(0);
    let windows = starts::promised(&entry.facts, facts, work_s + extra_s).into_owned();
    let place = Place { technician, route };
    plan.place(visit, place, usize::MAX, windows);
    plan.visit_mut(visit).extra_s = extra_s;
    let Some(route) = plan.route_mut(place) else { return };
    if let Some(position) = route.position_of(visit) {
        route.stops[position].leg_m = leg_m;
        route.stops[position].duration_s += extra_s;
    }
    if is_under_way {
        // Sorted first, so it stands at the front.
        route.frozen = 1;
    }
}

fn refresh_all(plan: &mut Plan, policy: &Policy, positions: &dyn Positions, now_s: Timestamp) {
    let places: Vec<Place> = plan
        .technicians()
        .flat_map(|(technician, entry)| (0..entry.routes.len()).map(move |route| Place { technician, route }))
        .collect();
    let limits = Limits::from(policy);
    let sighted = Sighted { positions, now_s, max_staleness_s: policy.max_staleness_s, limits };
    let mut settled = BTreeSet::new();
    for place in places {
        if plan.is_route_tied(place) {
            if !settled.contains(&(place.technician, place.route)) {
                let places = plan.settle(place, &sighted).places;
                settled.extend(places.iter().map(|place| (place.technician, place.route)));
            }
            continue;
        }
        let live = plan.live_point(place.technician, positions, now_s, policy.max_staleness_s);
        plan.refresh(place, live, now_s, limits);
    }
}
