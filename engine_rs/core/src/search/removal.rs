//! What a route would save without one of its stops.

use super::Search;
use crate::evaluate::{Sequence, evaluate};

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
        let visits = route
            .planned()
            .iter()
            .map(|stop| (&self.plan.visit(stop.visit).facts, &stop.windows, stop.duration_s))
            .collect();
        let ready = self.ready(place.technician, entry, place.route);
        let mut sequence = Sequence { technician: place.technician, entry, route: place.route, ready, visits };
        let with = evaluate(self.policy, &self.plan.travel, &sequence).ok()?;
        sequence.visits.remove(index);
        let without = evaluate(self.policy, &self.plan.travel, &sequence).ok()?;
        Some(with.terms.cost_milli() - without.terms.cost_milli())
    }
}
