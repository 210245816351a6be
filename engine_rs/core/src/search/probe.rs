//! One visit against one route: the price of every position, exactly.
//!
//! A position is refused in constant time when the next stop would be reached after its latest start (breaks left aside);
//! otherwise later stops are walked until the delay is absorbed, which prices what they lose and proves every window,
//! break and the shift's end. The result equals the difference of two full evaluations (`evaluate::evaluate`).

use crate::evaluate::{fairness, max_travel, shift, start_cost, travel};
use crate::model::{Policy, Rule, Timestamp};
use crate::plan::{Cursor, Duty, Leg, Ready, Route, Stop, TechnicianFacts, VisitFacts, Windows};
use crate::plan::{advance, finish, limit_s};
use crate::travel::{Point, Travel};

/// A feasible position on a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Position among all stops of the route, the one under way included.
    pub position: usize,
    /// Price of the insertion, rules about the person aside.
    pub cost_milli: i64,
    /// Arrival at the visit.
    pub arrival_s: Timestamp,
    /// Start of the visit.
    pub start_s: Timestamp,
}

/// Prices positions; keeps its buffers between routes.
#[derive(Debug)]
pub struct Probe<'a> {
    policy: &'a Policy,
    travel: &'a Travel,
    /// Stops planned to start by then keep their places before everything that is not urgent.
    freeze_until_s: Timestamp,
    /// Cursor after `index` planned stops, as of now.
    cursors: Vec<Cursor>,
    /// Start of each planned stop, as of now.
    starts: Vec<Timestamp>,
}

/// What a visit is to one technician.
#[derive(Clone, Copy, Debug)]
pub struct Work<'a> {
    /// Starts allowed.
    pub windows: &'a Windows,
    /// Seconds at the site.
    pub duration_s: i64,
}

impl<'a> Work<'a> {
    /// The work of a visit for a technician who may begin it within `windows`.
    #[must_use]
    pub fn of(technician: &TechnicianFacts, visit: &VisitFacts, windows: &'a Windows) -> Self {
        Self { windows, duration_s: technician.work_s(visit) }
    }
}

/// The route and visit under probe.
#[derive(Clone, Copy)]
struct Case<'r> {
    route: &'r Route,
    planned: &'r [Stop],
    /// Whether anything is planned or under way without the visit.
    has_stops: bool,
    ready: Ready,
    visit: &'r VisitFacts,
    work: Work<'r>,
    limit_s: Timestamp,
    /// End of the route without the visit.
    end_s: Timestamp,
}

impl<'a> Probe<'a> {
    /// A probe under one policy and travel model, as of `now_s`.
    #[must_use]
    pub fn new(policy: &'a Policy, travel: &'a Travel, now_s: Timestamp) -> Self {
        let freeze_until_s = policy.freeze_until_s(now_s);
        Self { policy, travel, freeze_until_s, cursors: Vec::new(), starts: Vec::new() }
    }

    /// Cheapest feasible position behind what is pinned or frozen; the earlier one of two that cost the same.
    ///
    /// `ready` is the route's readiness as of now.
    ///
    /// # Errors
    /// The rule that keeps the visit out: of all positions' failures the first in the order of [`Rule`].
    pub fn best(&mut self, route: &Route, ready: Ready, visit: &VisitFacts, work: Work<'_>) -> Result<Slot, Rule> {
        let first = route.first_free(visit.is_urgent(), self.freeze_until_s) - route.frozen;
        self.best_among((route, route.planned(), first), ready, visit, work)
    }

    /// Like [`Probe::best`], as if nothing were pinned or frozen.
    ///
    /// # Errors
    /// As [`Probe::best`].
    pub fn unheld(&mut self, route: &Route, ready: Ready, visit: &VisitFacts, work: Work<'_>) -> Result<Slot, Rule> {
        self.best_among((route, route.planned(), 0), ready, visit, work)
    }

    /// Like [`Probe::best`], as if nothing were planned on the route beyond what is under way.
    ///
    /// # Errors
    /// As [`Probe::best`].
    pub fn alone(&mut self, route: &Route, ready: Ready, visit: &VisitFacts, work: Work<'_>) -> Result<Slot, Rule> {
        self.best_among((route, &[], 0), ready, visit, work)
    }

    /// Every feasible position behind what is pinned or frozen, in order; none when the route does not keep its rules as of now.
    pub fn all(&mut self, route: &Route, ready: Ready, visit: &VisitFacts, work: Work<'_>) -> Vec<Slot> {
        let Ok(case) = self.case(route, route.planned(), ready, visit, work) else { return Vec::new() };
        let first = route.first_free(visit.is_urgent(), self.freeze_until_s) - route.frozen;
        (first..=case.planned.len()).filter_map(|index| self.try_position(&case, index).ok()).collect()
    }

    fn best_among(
        &mut self,
        (route, planned, first): (&Route, &[Stop], usize),
        ready: Ready,
        visit: &VisitFacts,
        work: Work<'_>,
    ) -> Result<Slot, Rule> {
        let case = self.case(route, planned, ready, visit, work)?;
        let mut best: Option<Slot> = None;
        let mut failed = Rule::MaxTravel;
        for index in first..=planned.len() {
            match self.try_position(&case, index) {
                Ok(slot) if best.is_none_or(|best| slot.cost_milli < best.cost_milli) => best = Some(slot),
                Ok(_) => {}
                Err(rule) => failed = failed.min(rule),
            }
            if self.is_hopeless_after(&case, index, best) {
                break;
            }
        }
        best.ok_or(failed)
    }

    /// Sets the route up for a visit.
    fn case<'r>(
        &mut self,
        route: &'r Route,
        planned: &'r [Stop],
        ready: Ready,
        visit: &'r VisitFacts,
        work: Work<'r>,
    ) -> Result<Case<'r>, Rule> {
        let limit_s = limit_s(&route.duty, self.policy.max_overtime_s);
        let has_stops = route.frozen > 0 || !planned.is_empty();
        let end_s = self.walk_base(&route.duty, planned, ready, has_stops)?;
        if end_s > limit_s && !planned.is_empty() {
            // What is planned does not fit any more as of now: nothing is added until that is mended.
            return Err(Rule::Shift);
        }
        Ok(Case { route, planned, has_stops, ready, visit, work, limit_s, end_s })
    }

    /// Times of the planned stops without the visit, as of now.
    fn walk_base(&mut self, duty: &Duty, planned: &[Stop], ready: Ready, has_stops: bool) -> Result<Timestamp, Rule> {
        self.cursors.clear();
        self.starts.clear();
        let mut cursor = Cursor::from(ready);
        self.cursors.push(cursor);
        let mut place = ready.point;
        for (index, stop) in planned.iter().enumerate() {
            let road_m = if index == 0 { self.travel.road_m(place, stop.point) } else { stop.leg_m };
            let timing = advance(duty, self.travel, cursor, Leg { road_m, ..Leg::from(stop) });
            if let Some(rule) = timing.broken {
                return Err(rule);
            }
            (cursor, place) = (timing.after, stop.point);
            self.cursors.push(cursor);
            self.starts.push(timing.start_s);
        }
        if has_stops { Ok(finish(duty, self.travel, place, cursor)) } else { Ok(cursor.time_s) }
    }

    /// Whether every position after `index` starts the visit too late, or too late to cost less than the best: time only
    /// goes on, and without breaks to come later stops only lose.
    fn is_hopeless_after(&self, case: &Case<'_>, index: usize, best: Option<Slot>) -> bool {
        let Some(cursor) = self.cursors.get(index + 1) else { return false };
        let Some(start_s) = case.work.windows.earliest(cursor.time_s) else { return true };
        let has_pauses = usize::from(case.ready.pauses_taken) < case.route.duty.pauses.len();
        best.filter(|_| !has_pauses).is_some_and(|best| {
            let least_milli = start_cost(self.policy, &case.visit.promise, start_s)
                + fairness::added_cost(self.policy, case.route.load())
                + travel::least_cost(self.policy, 0);
            least_milli >= best.cost_milli
        })
    }

    fn try_position(&self, case: &Case<'_>, index: usize) -> Result<Slot, Rule> {
        let place = if index == 0 { case.ready.point } else { case.planned[index - 1].point };
        let road_m = self.travel.road_m(place, case.visit.point);
        if !max_travel::allows(self.policy, road_m) {
            return Err(Rule::MaxTravel);
        }
        let leg = Leg { road_m, windows: case.work.windows, duration_s: case.work.duration_s };
        let timing = advance(&case.route.duty, self.travel, self.cursors[index], leg);
        if let Some(rule) = timing.broken {
            return Err(rule);
        }
        if timing.after.time_s > case.limit_s {
            return Err(Rule::Shift);
        }
        let mut cost_milli = travel::cost(self.policy, road_m)
            + start_cost(self.policy, &case.visit.promise, timing.start_s)
            + fairness::added_cost(self.policy, case.route.load());
        cost_milli += match case.planned.get(index) {
            None => self.close(case, place, timing.after)?,
            Some(next) => self.push_later(case, index, (place, next), timing.after)?,
        };
        Ok(Slot {
            position: case.route.frozen + index,
            cost_milli,
            arrival_s: timing.arrival_s,
            start_s: timing.start_s,
        })
    }

    /// Price of ending the route with the visit instead of at `place`.
    fn close(&self, case: &Case<'_>, place: Point, after: Cursor) -> Result<i64, Rule> {
        let duty = &case.route.duty;
        let end_s = finish(duty, self.travel, case.visit.point, after);
        let mut cost_milli = self.change_of_end(case, end_s)?;
        if let Some(end) = duty.end {
            cost_milli += travel::cost(self.policy, self.travel.road_m(case.visit.point, end));
            if case.has_stops {
                cost_milli -= travel::cost(self.policy, self.travel.road_m(place, end));
            }
        }
        Ok(cost_milli)
    }

    /// Price of what the stops from `index` on lose when the visit comes before them.
    fn push_later(
        &self,
        case: &Case<'_>,
        index: usize,
        (place, next): (Point, &Stop),
        after: Cursor,
    ) -> Result<i64, Rule> {
        let duty = &case.route.duty;
        let road_m = self.travel.road_m(case.visit.point, next.point);
        if !max_travel::allows(self.policy, road_m) {
            return Err(Rule::MaxTravel);
        }
        if self.travel.arrival(after.time_s, road_m) > next.latest_start_s {
            return Err(Rule::Window);
        }
        let old_leg_m = if index == 0 { self.travel.road_m(place, next.point) } else { next.leg_m };
        let mut cost_milli = travel::cost(self.policy, road_m) - travel::cost(self.policy, old_leg_m);
        let mut cursor = after;
        for (offset, stop) in case.planned[index..].iter().enumerate() {
            let road_m = if offset == 0 { road_m } else { stop.leg_m };
            let timing = advance(duty, self.travel, cursor, Leg { road_m, ..Leg::from(stop) });
            if let Some(rule) = timing.broken {
                return Err(rule);
            }
            let old_start_s = self.starts[index + offset];
            cost_milli += start_cost(self.policy, &stop.promise, timing.start_s)
                - start_cost(self.policy, &stop.promise, old_start_s);
            cursor = timing.after;
            if cursor == self.cursors[index + offset + 1] {
                return Ok(cost_milli);
            }
        }
        let last = case.planned[case.planned.len() - 1].point;
        Ok(cost_milli + self.change_of_end(case, finish(duty, self.travel, last, cursor))?)
    }

    /// Price of the route ending at `end_s` instead of as it does.
    fn change_of_end(&self, case: &Case<'_>, end_s: Timestamp) -> Result<i64, Rule> {
        if end_s > case.limit_s {
            return Err(Rule::Shift);
        }
        let duty = &case.route.duty;
        let before = if case.has_stops { shift::cost(self.policy, duty, case.end_s) } else { 0 };
        Ok(shift::cost(self.policy, duty, end_s) - before)
    }
}
