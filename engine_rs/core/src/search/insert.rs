//! One visit against the whole plan: the exactly cheapest feasible insertions, without looking closely at most routes.
//!
//! Technicians go through a queue of lower bounds, the lowest first, and are looked at more closely each time they come to
//! the front: `frontier.rs` says who is met when, and has the bounds that need no route. Then each route has
//!
//! ```text
//! bound = person + fairness
//!       + min over positions of added travel + price of the soonest start there, driven at the fastest hour's speed
//!       - what later stops could gain by an earlier break   (0 on routes without breaks to come)
//! ```
//!
//! and at last `probe` gives the exact price of every position.
//!
//! Added travel needs no clock, so it is exact in the bound; no way over other stops is shorter than the straight one; later stops
//! only lose. The search ends when the lowest bound left, of those met and those not met, passes the k-th best price found,
//! so the result equals that of probing everything (proved on random plans by `tests/planner/{insertion,circles}.rs`).

use super::frontier::{Frontier, Stage};
use super::{Probe, Slot, Work};
use crate::evaluate::{fairness, has_room, personal_cost, start_cost, starts, travel};
use crate::model::{Policy, TimeWindow, Timestamp};
use crate::plan::{Bits, PauseGain, Plan, Positions, Ready, Route, TechnicianEntry, VisitFacts};
use crate::travel::Point;

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

impl<'a> Search<'a> {
    /// The `count` cheapest insertions, one a technician, cheapest first; ties go by technician identifier.
    ///
    /// `except` is a technician not to be considered. Time: for visits asked for as soon as possible, in proportion to the
    /// technicians who could be there about as soon as the best ones; for others linear in those qualified.
    #[must_use]
    pub fn best(&self, visit: &VisitFacts, count: usize, except: Option<u32>) -> Vec<Insertion> {
        self.best_within(visit, count, except, None)
    }

    /// As [`Search::best`], of the insertions that cost at most `most_milli`. The less that is, the sooner the search ends.
    #[must_use]
    pub fn best_within(
        &self,
        visit: &VisitFacts,
        count: usize,
        except: Option<u32>,
        most_milli: Option<i64>,
    ) -> Vec<Insertion> {
        let mut frontier = Frontier::new(self, visit, except, most_milli);
        let mut found: Vec<Insertion> = Vec::with_capacity(count + 1);
        let mut probe = Probe::new(self.policy, &self.plan.travel, self.now_s);
        loop {
            let kept_milli = found.last().filter(|_| found.len() == count).map(|worst| worst.cost_milli);
            let worst_milli = kept_milli.or(most_milli);
            let (met, unmet) = (frontier.lowest_met(), frontier.lowest_unmet());
            let lowest = match (met, unmet) {
                (Some(met), Some(unmet)) => Some(met.min(unmet)),
                (met, unmet) => met.or(unmet),
            };
            if lowest.is_none_or(|lowest| worst_milli.is_some_and(|worst_milli| lowest > worst_milli)) {
                return found;
            }
            if met.is_none() || met > lowest {
                frontier.widen(worst_milli);
            } else if let Some((number, stage)) = frontier.pop() {
                match stage {
                    Stage::Outline => self.queue_routes(visit, number, &mut frontier),
                    Stage::Route(route) => {
                        let insertion = self.probe_route(&mut probe, visit, number, route as usize);
                        let is_cheap = |it: &Insertion| most_milli.is_none_or(|most_milli| it.cost_milli <= most_milli);
                        if let Some(insertion) = insertion.filter(is_cheap) {
                            self.keep(&mut found, insertion, count);
                        }
                    }
                }
            }
        }
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
        self.plan.holders.qualified(&visit.skills)
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

    /// Where a technician is believed to be.
    pub(crate) fn here(&self, number: u32) -> Option<Point> {
        self.plan.live_point(number, self.positions, self.now_s, self.policy.max_staleness_s)
    }

    /// Queues the routes of a technician that the visit's windows touch, each with its bound.
    fn queue_routes(&self, visit: &VisitFacts, number: u32, frontier: &mut Frontier<'_, '_>) {
        let Some(entry) = self.plan.technician(number) else { return };
        for index in entry.routes_touching(self.span(visit), self.now_s) {
            if has_room(self.policy, self.plan, entry, &entry.routes[index], visit) {
                let bound_milli = self.bound(visit, number, entry, index);
                frontier.push(bound_milli, number, Stage::Route(u32::try_from(index).unwrap_or(0)));
            }
        }
    }

    /// Lower bound of the price on one route; see the module's text.
    fn bound(&self, visit: &VisitFacts, number: u32, entry: &TechnicianEntry, index: usize) -> i64 {
        let route = &entry.routes[index];
        let ready = self.ready(number, entry, index);
        personal_cost(self.policy, number, entry, visit)
            + fairness::added_cost(self.policy, route.load())
            + self.least_position((visit, entry.facts.work_s(visit)), route, ready)
            - self.most_gain_by_breaks(route, ready)
    }

    /// Lower bound of travel, start and what the next stop loses, over all positions of a route.
    ///
    /// Without breaks to come times are exact up to there; with some, no stop begins before its first window or ends before
    /// its work is done. Later positions are not looked at once the wait alone costs too much.
    fn least_position(&self, (visit, work_s): (&VisitFacts, i64), route: &Route, ready: Ready) -> i64 {
        let (roads, policy) = (&self.plan.travel, self.policy);
        let is_exact = usize::from(ready.pauses_taken) == route.duty.pauses.len();
        let cost = |road_m| travel::cost(policy, road_m);
        let arrive = |leave_s: Timestamp, road_m: i64| {
            if is_exact { roads.arrival(leave_s, road_m) } else { leave_s + roads.fastest_s(road_m) }
        };
        let start = |soonest_s: Timestamp| visit.windows.earliest(soonest_s).unwrap_or(soonest_s);
        let price = |start_s: Timestamp| start_cost(policy, &visit.promise, start_s);
        let (mut least, mut place, mut leave_s) = (i64::MAX, ready.point, ready.time_s);
        let mut to_visit_m = roads.road_m(place, visit.point);
        for (index, stop) in route.planned().iter().enumerate() {
            if price(start(leave_s)) + travel::least_cost(policy, 0) >= least {
                return least;
            }
            let from_visit_m = roads.road_m(visit.point, stop.point);
            let old_m = if index == 0 { roads.road_m(place, stop.point) } else { stop.leg_m };
            let begin = |soonest_s: Timestamp| stop.windows.earliest(soonest_s).unwrap_or(soonest_s);
            let start_s = start(arrive(leave_s, to_visit_m));
            let old_s = begin(arrive(leave_s, old_m));
            let mut milli = cost(to_visit_m) + cost(from_visit_m) - cost(old_m) + price(start_s);
            if is_exact {
                let new_s = begin(arrive(start_s + work_s, from_visit_m));
                milli += start_cost(policy, &stop.promise, new_s) - start_cost(policy, &stop.promise, old_s);
            }
            least = least.min(milli);
            leave_s = old_s + stop.duration_s;
            (to_visit_m, place) = (from_visit_m, stop.point);
        }
        let mut at_end = cost(to_visit_m) + price(start(arrive(leave_s, to_visit_m)));
        if let Some(end) = route.duty.end {
            at_end += cost(roads.road_m(visit.point, end));
            if !route.stops.is_empty() {
                at_end -= cost(roads.road_m(place, end));
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
        let mut gain = PauseGain { pause_s, stops: [0; 3] };
        for stop in route.planned() {
            gain.stops[stop.promise.priority as usize] += 1;
        }
        self.most_gain(&gain)
    }

    fn probe_route(&self, probe: &mut Probe<'_>, visit: &VisitFacts, number: u32, index: usize) -> Option<Insertion> {
        let entry = self.plan.technician(number)?;
        let route = &entry.routes[index];
        if !has_room(self.policy, self.plan, entry, route, visit) {
            return None;
        }
        let windows = starts::allowed(&entry.facts, visit);
        if windows.is_empty() {
            return None;
        }
        let ready = self.ready(number, entry, index);
        let slot = probe.best(route, ready, visit, Work::of(&entry.facts, visit, &windows)).ok()?;
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
