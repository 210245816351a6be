//! Life breaks the plan: somebody falls out, something takes longer.

use super::day::Day;
use crate::evaluate::{lateness, starts};
use crate::model::{CoreError, VisitState};
use crate::plan::Place;

impl Day<'_> {
    /// The end of a placed visit moves by `delay_s`. Only visits that break a rule or become badly late move.
    pub(super) fn visit_late(&mut self, id: &str, delay_s: i64) -> Result<(), CoreError> {
        let visit = self.visit_number(id)?;
        let Some(place) = self.place_of(visit) else { return Err(self.refusal(visit, "LATE")) };
        self.remember_price(place.technician);
        self.refresh(place);
        self.prolong(visit, place, delay_s);
        self.mend_and_rehome(place);
        for later in self.badly_late(place) {
            self.try_to_move(later, 0);
        }
        Ok(())
    }

    /// The work at hand takes `delay_s` longer than planned. Only of a visit that a technician is at.
    pub(super) fn visit_overrun(&mut self, id: &str, delay_s: i64) -> Result<(), CoreError> {
        let visit = self.visit_number(id)?;
        if self.plan.visit(visit).source.state.is_at_site() {
            self.visit_late(id, delay_s)
        } else {
            Err(self.refusal(visit, "OVERRUN"))
        }
    }

    /// The customer is not there: the visit fails, and the room it leaves is offered to others.
    pub(super) fn customer_absent(&mut self, id: &str) -> Result<(), CoreError> {
        let visit = self.visit_number(id)?;
        let place = self.place_of(visit).filter(|_| self.plan.visit(visit).source.state.is_at_site());
        let Some(place) = place else { return Err(self.refusal(visit, "NO_SHOW")) };
        self.finish(visit, VisitState::Failed);
        self.after_room_appeared(place);
        Ok(())
    }

    /// Makes the work take longer; certificates must last to its new end.
    fn prolong(&mut self, visit: u32, place: Place, delay_s: i64) {
        let entry = self.plan.visit_mut(visit);
        entry.extra_s += delay_s;
        let (facts, extra_s) = (entry.facts.clone(), entry.extra_s);
        let Some(technician) = self.plan.technician(place.technician) else { return };
        let duration_s = technician.facts.work_s(&facts) + extra_s;
        let windows = starts::promised(&technician.facts, &facts, duration_s).into_owned();
        if let Some(route) = self.plan.route_mut(place)
            && let Some(position) = route.position_of(visit)
        {
            route.stops[position].duration_s = duration_s;
        }
        self.plan.set_allowed_starts(visit, windows);
    }

    /// Planned stops of a route that start badly late.
    fn badly_late(&self, place: Place) -> Vec<u32> {
        let Some(route) = self.plan.route(place) else { return Vec::new() };
        let is_bad = |late_s: i64| late_s > 0 && late_s >= self.policy.badly_late_s;
        let planned = route.planned().iter();
        planned.filter(|stop| is_bad(lateness::late_s(&stop.promise, stop.start_s))).map(|stop| stop.visit).collect()
    }
}
