//! What was before: the state of every visit a command touches, so that the outcome tells exactly what changed.

use super::{ChangeKind, Outcome, VisitChange};
use crate::evaluate::disruption;
use crate::model::{Placement, Policy, Timestamp, Visit, VisitState, VisitTimes};
use crate::plan::{Place, Plan, Stop};
use std::collections::{BTreeMap, BTreeSet};

/// A visit as it was when the command first touched it.
#[derive(Clone, Copy, Debug)]
struct Before {
    /// Whether the command itself brought the visit in.
    is_new: bool,
    state: VisitState,
    technician: Option<u32>,
    times: VisitTimes,
    reported: Option<Times>,
    reason_count: usize,
    /// Dependencies, and how many of them have ended.
    dependencies: (usize, usize),
}

impl Before {
    /// Price of taking the visit from the technician who had it, if somebody had it and another one or nobody has it now.
    fn disruption_milli(&self, kind: ChangeKind, policy: &Policy, now_s: Timestamp) -> i64 {
        let is_lost = matches!(kind, ChangeKind::Moved | ChangeKind::Unassigned) && self.technician.is_some();
        let start_s = self.reported.filter(|_| is_lost).map(|times| times.start_s);
        start_s.map_or(0, |start_s| disruption::cost(policy, self.state, start_s, now_s))
    }
}

/// The times and position that matter to those who were told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Times {
    position: u32,
    start_s: Timestamp,
    end_s: Timestamp,
}

impl Times {
    fn of(placement: &Placement) -> Self {
        Self { position: placement.position, start_s: placement.start_s, end_s: placement.end_s }
    }

    fn of_stop(plan: &Plan, index: usize, stop: &Stop) -> Self {
        let position = position_on_technician(plan, stop.visit, index);
        Self { position, start_s: stop.start_s, end_s: stop.end_s }
    }

    /// Whether the difference is worth telling.
    fn differs(self, other: Self, threshold_s: i64) -> bool {
        let is_far = |a: Timestamp, b: Timestamp| (a - b).abs() >= threshold_s.max(1);
        self.position != other.position || is_far(self.start_s, other.start_s) || is_far(self.end_s, other.end_s)
    }
}

/// The visits a command has touched, as they were before, and the routes whose times it has renewed.
#[derive(Debug, Default)]
pub(super) struct Journal {
    before: BTreeMap<u32, Before>,
    /// Touched visits whose pin has changed.
    repinned: BTreeSet<u32>,
    routes: Vec<(u32, usize)>,
}

impl Journal {
    /// Remembers a visit as it is now, unless it is remembered already.
    pub(super) fn touch(&mut self, plan: &Plan, visit: u32) {
        self.before.entry(visit).or_insert_with(|| {
            let entry = plan.visit(visit);
            Before {
                is_new: false,
                state: entry.source.state,
                technician: entry.place.map(|place| place.technician),
                times: entry.source.times,
                reported: entry.source.placement.as_ref().map(Times::of),
                reason_count: entry.source.unassigned_reasons.len(),
                dependencies: dependencies(&entry.source),
            }
        });
    }

    /// Visits touched so far.
    pub(super) fn touched(&self) -> impl Iterator<Item = u32> + '_ {
        self.before.keys().copied()
    }

    /// The technician who had a visit before the command, if anybody did.
    pub(super) fn technician_before(&self, visit: u32) -> Option<u32> {
        self.before.get(&visit)?.technician
    }

    /// Remembers that a visit was not there before.
    pub(super) fn touch_new(&mut self, plan: &Plan, visit: u32) {
        self.touch(plan, visit);
        if let Some(before) = self.before.get_mut(&visit) {
            before.is_new = true;
        }
    }

    /// Remembers that the pin of a touched visit has changed.
    pub(super) fn touch_pin(&mut self, visit: u32) {
        self.repinned.insert(visit);
    }

    /// Remembers that the times of a route are renewed; its visits need no touch of their own for that.
    pub(super) fn touch_route(&mut self, place: Place) {
        self.routes.push((place.technician, place.route));
    }

    /// Touches those visits on renewed routes that have something new to tell.
    fn touch_retimed(&mut self, plan: &Plan, threshold_s: i64) {
        let mut routes = std::mem::take(&mut self.routes);
        routes.sort_unstable();
        routes.dedup();
        for (technician, route) in routes {
            let Some(route) = plan.route(Place { technician, route }) else { continue };
            for (index, stop) in route.stops.iter().enumerate() {
                let reported = plan.visit(stop.visit).source.placement.as_ref().map(Times::of);
                let now = Times::of_stop(plan, index, stop);
                if reported.is_none_or(|reported| now.differs(reported, threshold_s)) {
                    self.touch(plan, stop.visit);
                }
            }
        }
    }

    /// A place that a visit had only during the command, such as in a crew that did not come together, never was.
    fn forget_vain_places(&self, plan: &mut Plan) {
        for (visit, before) in &self.before {
            let entry = plan.visit_mut(*visit);
            if before.technician.is_none() && entry.source.state == VisitState::Unassigned {
                entry.source.times = before.times;
            }
        }
    }

    /// Forgets visits that are final and tells every change of at least `threshold_s`, ordered by identifier.
    ///
    /// When one stop of a technician is told, all others that differ at all are told with it: what has been told of one
    /// technician is always the times of one instant, so that they never overlap.
    pub(super) fn settle(mut self, plan: &mut Plan, policy: &Policy, now_s: Timestamp, threshold_s: i64) -> Outcome {
        self.forget_vain_places(plan);
        self.touch_retimed(plan, threshold_s);
        let mut retimed = BTreeSet::new();
        self.update_placements(plan, threshold_s, &mut retimed);
        for technician in self.told_technicians(plan, &retimed) {
            for visit in plan.visits_of(technician) {
                self.touch(plan, visit);
                if !retimed.contains(&visit) && update_placement(plan, visit, self.before[&visit], 1) {
                    retimed.insert(visit);
                }
            }
        }
        let mut changes = Vec::new();
        for (visit, before) in &self.before {
            let (visit, before) = (*visit, *before);
            if let Some(kind) = self.kind_of_change(plan, visit, before, retimed.contains(&visit)) {
                let disruption_milli = before.disruption_milli(kind, policy, now_s);
                changes.push(VisitChange { disruption_milli, ..change(plan, visit, kind) });
            }
            if plan.visit(visit).source.state.is_final() {
                plan.drop_visit(visit);
            }
        }
        changes.sort_by(|a: &VisitChange, b| a.visit_id.cmp(&b.visit_id));
        Outcome { changes, cost_change_milli: 0 }
    }

    fn update_placements(&self, plan: &mut Plan, threshold_s: i64, retimed: &mut BTreeSet<u32>) {
        for (visit, before) in &self.before {
            if update_placement(plan, *visit, *before, threshold_s) {
                retimed.insert(*visit);
            }
        }
    }

    /// Technicians who have a visit of which something will be told.
    fn told_technicians(&self, plan: &Plan, retimed: &BTreeSet<u32>) -> BTreeSet<u32> {
        let told = self
            .before
            .iter()
            .filter(|(visit, before)| self.kind_of_change(plan, **visit, **before, retimed.contains(*visit)).is_some());
        told.filter_map(|(visit, _)| plan.visit(*visit).place.map(|place| place.technician)).collect()
    }

    fn kind_of_change(&self, plan: &Plan, visit: u32, before: Before, is_retimed: bool) -> Option<ChangeKind> {
        let pinned = self.repinned.contains(&visit).then_some(ChangeKind::Pinned);
        kind_of_change(plan, visit, before, is_retimed)
            .filter(|kind| *kind != ChangeKind::Retimed || pinned.is_none())
            .or(pinned)
    }
}

/// Brings the reported placement up to date when it differs enough, or when something else about the visit is told anyway.
///
/// Returns whether it did.
fn update_placement(plan: &mut Plan, visit: u32, before: Before, threshold_s: i64) -> bool {
    let Some((position, stop)) = plan.stop(visit) else { return false };
    let (now, travel_s, stop) = (Times::of_stop(plan, position, stop), travel_s(plan, stop), stop.clone());
    let entry = plan.visit_mut(visit);
    let is_told = before.state != entry.source.state || before.times != entry.source.times;
    let Some(placement) = entry.source.placement.as_mut() else { return false };
    // A placement made by this command has no times yet.
    let is_new = Some(Times::of(placement)) != before.reported;
    if !is_told && !is_new && !now.differs(Times::of(placement), threshold_s) {
        return false;
    }
    placement.position = now.position;
    (placement.arrival_s, placement.start_s, placement.end_s) = (stop.arrival_s, stop.start_s, stop.end_s);
    (placement.travel_m, placement.travel_s) = (stop.leg_m, travel_s);
    true
}

/// Position among all stops of the technician not yet finished, earlier shifts first.
fn position_on_technician(plan: &Plan, visit: u32, position: usize) -> u32 {
    let Some(place) = plan.visit(visit).place else { return 0 };
    let earlier = plan
        .technician(place.technician)
        .map_or(0, |entry| entry.routes[..place.route].iter().map(|route| route.stops.len()).sum::<usize>());
    u32::try_from(earlier + position).unwrap_or(u32::MAX)
}

/// Seconds of the leg to a stop when driven so as to arrive as planned.
fn travel_s(plan: &Plan, stop: &Stop) -> i64 {
    stop.arrival_s - plan.travel.latest_departure(stop.arrival_s, stop.leg_m)
}

fn kind_of_change(plan: &Plan, visit: u32, before: Before, is_retimed: bool) -> Option<ChangeKind> {
    let entry = plan.visit(visit);
    let source = &entry.source;
    let technician = entry.place.map(|place| place.technician);
    let is_released = before.dependencies != dependencies(source);
    match (before.technician, technician) {
        (None, Some(_)) => Some(ChangeKind::Assigned),
        (Some(old), Some(new)) if old != new => Some(ChangeKind::Moved),
        (Some(_), Some(_)) if before.state != source.state || before.times != source.times => {
            Some(ChangeKind::Progressed)
        }
        (Some(_), Some(_)) => (is_retimed || is_released).then_some(ChangeKind::Retimed),
        (_, None) if source.state.is_final() => Some(ChangeKind::Progressed),
        (Some(_), None) => Some(ChangeKind::Unassigned),
        (None, None) => {
            let is_told = before.is_new || is_released || before.reason_count != source.unassigned_reasons.len();
            is_told.then_some(ChangeKind::Unassigned)
        }
    }
}

/// Number of a visit's dependencies, and of those that have ended.
fn dependencies(visit: &Visit) -> (usize, usize) {
    let after = visit.ties.as_ref().map_or(&[][..], |ties| &ties.after);
    (after.len(), after.iter().filter(|after| after.ended.is_some()).count())
}

fn change(plan: &Plan, visit: u32, kind: ChangeKind) -> VisitChange {
    let source = &plan.visit(visit).source;
    VisitChange {
        visit_id: source.id.clone(),
        kind,
        state: source.state,
        placement: source.placement.clone(),
        times: source.times,
        unassigned_reasons: source.unassigned_reasons.clone(),
        excluded_technician_ids: source.excluded_technician_ids.clone(),
        after: source.ties.as_ref().map_or_else(Vec::new, |ties| ties.after.clone()),
        disruption_milli: 0,
        pin: source.pin.clone(),
    }
}
