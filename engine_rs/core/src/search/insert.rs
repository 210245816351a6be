//! One visit against the whole plan: the exactly cheapest feasible insertions, without looking closely at most routes.
//!
//! Bits give the technicians who are available and hold the skills. Each then goes through a queue of lower bounds, the
//! lowest first, and is looked at more closely each time it comes to the front:
//!
//! 0. `glance`, for visits asked for as soon as possible: what the wait costs even if the technician set out at once;
//! 1. `outline`: from the technician's [`Digest`](crate::plan::Digest) alone, how far off everything the visit is as well;
//! 2. `bound` of each route that the visit's windows touch:
//!
//! ```text
//! bound = person + fairness + min over positions of added travel
//!       + price of the start if the technician drove there at once at the fastest hour's speed
//!       - what later stops could gain by an earlier break   (0 on routes without breaks to come)
//! ```
//!
//! 3. `probe`: the exact price of every position.
//!
//! Added travel needs no clock, so it is exact in 2; no way over other stops is shorter than the straight one; later stops
//! only lose. The search ends when the lowest bound left passes the k-th best price found, so the result equals that of
//! probing everything (proved on random plans by `tests/planner/insertion.rs`).

use super::{Probe, Slot};
use crate::evaluate::{certificate, fairness, max_visits, personal_cost, preference, start_cost, technician, travel};
use crate::model::{Policy, TimeWindow, Timestamp};
use crate::plan::{Bits, Digest, Plan, Positions, Ready, Route, TechnicianEntry, VisitFacts};
use crate::travel::Point;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A feasible place for a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Insertion {
    /// Number of the technician.
    pub technician: u32,
    /// Index of the route.
    pub route: usize,
    /// Position and times.
    pub slot: Slot,
    /// Readiness of the route that the price rests on.
    pub ready: Ready,
    /// Price with the rules about the person.
    pub cost_milli: i64,
}

/// A plan seen at one instant, ready to be searched.
#[derive(Clone, Copy)]
pub struct Search<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Prices and switches.
    pub policy: &'a Policy,
    /// Where technicians are.
    pub positions: &'a dyn Positions,
    /// The instant.
    pub now_s: Timestamp,
}

/// A technician or route with its lower bound, ordered so that the cheapest comes first.
type Bounded = Reverse<(i64, u32, u32)>;

/// In place of a route: only the technician's outline was looked at.
const OUTLINE: u32 = u32::MAX;
/// In place of a route: only the way there was looked at.
const GLANCE: u32 = u32::MAX - 1;

impl<'a> Search<'a> {
    /// The `count` cheapest insertions, one a technician, cheapest first; ties go by technician identifier.
    ///
    /// `except` is a technician not to be considered. Time: linear in the qualified technicians' stops for the bounds,
    /// plus the probes that the bounds cannot exclude.
    #[must_use]
    pub fn best(&self, visit: &VisitFacts, count: usize, except: Option<u32>) -> Vec<Insertion> {
        let mut queue: BinaryHeap<Bounded> = self.first_bounds(visit, except).into();
        let mut found: Vec<Insertion> = Vec::with_capacity(count + 1);
        let mut probe = Probe::new(self.policy, &self.plan.travel, self.now_s);
        while let Some(Reverse((bound_milli, number, route))) = queue.pop() {
            if found.len() == count && found.last().is_none_or(|worst| bound_milli > worst.cost_milli) {
                break;
            }
            if route == GLANCE {
                queue.push(Reverse((self.outline(visit, number), number, OUTLINE)));
            } else if route == OUTLINE {
                self.queue_routes(visit, number, &mut queue);
            } else if let Some(insertion) = self.probe_route(&mut probe, visit, number, route as usize) {
                self.keep(&mut found, insertion, count);
            }
        }
        found
    }

    /// The cheapest insertion into any route of one technician; rules about the person are looked at.
    #[must_use]
    pub fn best_of(&self, visit: &VisitFacts, number: u32) -> Option<Insertion> {
        let entry = self.plan.technician(number)?;
        if crate::evaluate::first_personal_rule(number, entry, visit).is_some() {
            return None;
        }
        let mut probe = Probe::new(self.policy, &self.plan.travel, self.now_s);
        let routes = entry.routes_touching(self.span(visit), self.now_s);
        routes
            .filter_map(|route| self.probe_route(&mut probe, visit, number, route))
            .min_by_key(|insertion| insertion.cost_milli)
    }

    /// Technicians who are available and hold the skills.
    #[must_use]
    pub fn qualified(&self, visit: &VisitFacts) -> Bits {
        let holders = &self.plan.holders;
        let mut bits = holders.available.clone();
        holders.keep_skilled(&mut bits, &visit.skills);
        bits
    }

    /// Readiness of a route as of now.
    #[must_use]
    pub fn ready(&self, number: u32, entry: &TechnicianEntry, route: usize) -> Ready {
        let is_on_duty = entry.routes[route].duty.window.start_s <= self.now_s;
        let needs_position = is_on_duty || entry.under_way().is_some();
        let live = if needs_position { self.here(number) } else { None };
        self.plan.ready(entry, route, live, self.now_s)
    }

    /// When the visit may take place.
    fn span(&self, visit: &VisitFacts) -> TimeWindow {
        TimeWindow::new(visit.windows.first_s(), visit.windows.last_s())
    }

    /// Every qualified technician with the first bound: a glance where the wait is priced high, else the outline.
    fn first_bounds(&self, visit: &VisitFacts, except: Option<u32>) -> Vec<Bounded> {
        let mut bounds = Vec::new();
        let is_asap = visit.promise.due_s.is_some();
        for number in self.qualified(visit).iter() {
            if Some(number) == except || !technician::allows(number, visit) {
                continue;
            }
            bounds.push(Reverse(if is_asap {
                (self.glance(visit, number), number, GLANCE)
            } else {
                (self.outline(visit, number), number, OUTLINE)
            }));
        }
        bounds
    }

    /// Lower bound of the price on any route of a technician, travel left out.
    fn glance(&self, visit: &VisitFacts, number: u32) -> i64 {
        match self.plan.digest(number) {
            Some(digest) if !digest.has_pauses => self.least_wait(visit, number, digest, self.here(number)),
            _ => i64::MIN,
        }
    }

    /// Lower bound of the price on any route of a technician, without looking at the routes.
    fn outline(&self, visit: &VisitFacts, number: u32) -> i64 {
        match self.plan.digest(number) {
            Some(digest) if !digest.has_pauses => {
                let here = self.here(number);
                let added_m = self.plan.travel.least_road_m(digest.least_added_m(visit.point, here));
                self.least_wait(visit, number, digest, here) + travel::least_cost(self.policy, added_m)
            }
            _ => i64::MIN,
        }
    }

    fn here(&self, number: u32) -> Option<Point> {
        self.plan.live_point(number, self.positions, self.now_s, self.policy.max_staleness_s)
    }

    /// Price of the person and of the start if the technician set out at once.
    fn least_wait(&self, visit: &VisitFacts, number: u32, digest: &Digest, here: Option<Point>) -> i64 {
        let way_m = digest.least_way_m(visit.point, here, self.now_s);
        let soonest_s = self.now_s + self.plan.travel.fastest_line_s(way_m);
        let start_s = visit.windows.earliest(soonest_s).unwrap_or(soonest_s);
        digest.standing_milli
            + preference::cost(self.policy, number, visit)
            + fairness::added_cost(self.policy, digest.least_load)
            + start_cost(self.policy, &visit.promise, start_s)
    }

    /// Queues the routes of a technician that the visit's windows touch, each with its bound.
    fn queue_routes(&self, visit: &VisitFacts, number: u32, queue: &mut BinaryHeap<Bounded>) {
        let Some(entry) = self.plan.technician(number) else { return };
        for index in entry.routes_touching(self.span(visit), self.now_s) {
            if max_visits::has_room(self.policy, entry, &entry.routes[index]) {
                let bound_milli = self.bound(visit, number, entry, index);
                queue.push(Reverse((bound_milli, number, u32::try_from(index).unwrap_or(0))));
            }
        }
    }

    /// Lower bound of the price on one route; see the module's text.
    fn bound(&self, visit: &VisitFacts, number: u32, entry: &TechnicianEntry, index: usize) -> i64 {
        let route = &entry.routes[index];
        let ready = self.ready(number, entry, index);
        let direct_m = self.plan.travel.road_m(ready.point, visit.point);
        // Rounding up of single legs may hide a metre.
        let soonest_s = ready.time_s + self.plan.travel.fastest_s((direct_m - 2).max(0));
        let start_s = visit.windows.earliest(soonest_s).unwrap_or(soonest_s);
        personal_cost(self.policy, number, entry, visit)
            + fairness::added_cost(self.policy, route.load())
            + self.least_added_travel(visit, route, ready, direct_m)
            + start_cost(self.policy, &visit.promise, start_s)
            - self.most_gain_by_breaks(route, ready)
    }

    fn least_added_travel(&self, visit: &VisitFacts, route: &Route, ready: Ready, direct_m: i64) -> i64 {
        let (plan_travel, policy) = (&self.plan.travel, self.policy);
        let cost = |road_m| travel::cost(policy, road_m);
        let (mut least, mut to_visit_m, mut place) = (i64::MAX, direct_m, ready.point);
        for (index, stop) in route.planned().iter().enumerate() {
            let from_visit_m = plan_travel.road_m(visit.point, stop.point);
            let old_m = if index == 0 { plan_travel.road_m(place, stop.point) } else { stop.leg_m };
            least = least.min(cost(to_visit_m) + cost(from_visit_m) - cost(old_m));
            (to_visit_m, place) = (from_visit_m, stop.point);
        }
        let mut at_end = cost(to_visit_m);
        if let Some(end) = route.duty.end {
            at_end += cost(plan_travel.road_m(visit.point, end));
            if !route.stops.is_empty() {
                at_end -= cost(plan_travel.road_m(place, end));
            }
        }
        least.min(at_end)
    }

    /// Most that later stops could gain because an inserted visit lets a break be taken earlier.
    fn most_gain_by_breaks(&self, route: &Route, ready: Ready) -> i64 {
        let left = route.duty.pauses.get(usize::from(ready.pauses_taken)..).unwrap_or_default();
        let pause_s: i64 = left.iter().map(|pause| pause.duration_s).sum();
        if pause_s == 0 {
            return 0;
        }
        // Start prices are lines with kinks: no stretch of `pause_s` costs more than at the steepest prices.
        let (response, lateness) = (self.policy.response_milli_per_min, self.policy.lateness_milli_per_min);
        let steepest = |stop: &crate::plan::Stop| {
            let priority = stop.promise.priority;
            response.of(priority) + lateness.of(priority) + self.policy.window_milli_per_min
        };
        let per_min: i64 = route.planned().iter().map(steepest).sum::<i64>() + self.policy.overtime_milli_per_min;
        per_min * (pause_s / 60 + 1)
    }

    fn probe_route(&self, probe: &mut Probe<'_>, visit: &VisitFacts, number: u32, index: usize) -> Option<Insertion> {
        let entry = self.plan.technician(number)?;
        let route = &entry.routes[index];
        if !max_visits::has_room(self.policy, entry, route) {
            return None;
        }
        let windows = certificate::allowed_starts(&entry.facts, visit);
        if windows.is_empty() {
            return None;
        }
        let ready = self.ready(number, entry, index);
        let slot = probe.best(route, ready, visit, &windows).ok()?;
        let cost_milli = slot.cost_milli + personal_cost(self.policy, number, entry, visit);
        Some(Insertion { technician: number, route: index, slot, ready, cost_milli })
    }

    /// Puts an insertion among the best, one a technician.
    fn keep(&self, found: &mut Vec<Insertion>, insertion: Insertion, count: usize) {
        if let Some(at) = found.iter().position(|kept| kept.technician == insertion.technician) {
            if found[at].cost_milli <= insertion.cost_milli {
                return;
            }
            found.remove(at);
        }
        let at = found.partition_point(|kept| {
            (kept.cost_milli, self.plan.technician_id(kept.technician))
                <= (insertion.cost_milli, self.plan.technician_id(insertion.technician))
        });
        found.insert(at, insertion);
        found.truncate(count);
    }
}
