//! What a route would save without one of its stops, or with it elsewhere.

use super::{Probe, Search, Work};
use crate::evaluate::{Sequence, evaluate, personal_cost};
use crate::plan::{Route, TechnicianEntry, schedule};

impl Search<'_> {
    /// Price of a planned visit where it is: what its route costs more with it than without it, as of now.
    ///
    /// `None` for visits that are not planned, or whose route breaks a rule as of now. Linear in the route's stops.
    #[must_use]
    pub fn removal_gain(&self, visit: u32) -> Option<i64> {
        let place = self.plan.visit(visit).place?;
        let entry = self.plan.technician(place.technician)?;
        let route = &entry.routes[place.route];
        let index = route.planned().iter().position(|stop| stop.visit == visit)?;
        let mut sequence = self.sequence(place.technician, entry, place.route);
        let with = evaluate(self.policy, &self.plan.travel, &sequence).ok()?;
        sequence.visits.remove(index);
        let without = evaluate(self.policy, &self.plan.travel, &sequence).ok()?;
        Some(with.terms.cost_milli() - without.terms.cost_milli())
    }

    /// Price of a whole route as of now; `None` when it breaks a rule. Linear in its stops.
    #[must_use]
    pub fn route_cost(&self, technician: u32, route: usize) -> Option<i64> {
        let entry = self.plan.technician(technician)?;
        let sequence = self.sequence(technician, entry, route);
        Some(evaluate(self.policy, &self.plan.travel, &sequence).ok()?.terms.cost_milli())
    }

    /// What is planned on a route, ready to be evaluated.
    pub(crate) fn sequence<'a>(&'a self, technician: u32, entry: &'a TechnicianEntry, route: usize) -> Sequence<'a> {
        let planned = entry.routes[route].planned().iter();
        let visits = planned.map(|stop| (&self.plan.visit(stop.visit).facts, &stop.windows, stop.duration_s)).collect();
        Sequence { technician, entry, route, ready: self.ready(technician, entry, route), visits }
    }

    /// A position on the same route at which a planned visit costs less, and how much less. `None` when there is none.
    #[must_use]
    pub fn better_position(&self, visit: u32) -> Option<(usize, i64)> {
        let entry = self.plan.visit(visit);
        let place = entry.place?;
        let technician = self.plan.technician(place.technician)?;
        let route = &technician.routes[place.route];
        let position = route.position_of(visit).filter(|position| *position >= route.frozen)?;
        let stop = &route.stops[position];
        let gain_milli = self.removal_gain(visit)?;
        let facts = &entry.facts;
        let work = Work { windows: &stop.windows, duration_s: stop.duration_s };
        let ready = self.ready(place.technician, technician, place.route);
        let rest = self.without(route, position);
        let slot = Probe::new(self.policy, &self.plan.travel, self.now_s).best(&rest, ready, facts, work).ok()?;
        let person_milli = personal_cost(self.policy, place.technician, technician, facts);
        let better_milli = gain_milli - slot.cost_milli - person_milli;
        (slot.position != position && better_milli > 0).then_some((slot.position, better_milli))
    }

    /// A route without one of its stops, times and latest starts renewed.
    pub(super) fn without(&self, route: &Route, position: usize) -> Route {
        let mut rest = route.clone();
        rest.stops.remove(position);
        schedule(&mut rest, &self.plan.travel, self.policy.into());
        rest
    }
}
