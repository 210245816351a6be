//! What technicians report about their visits: the state machine of a visit.
//!
//! ```text
//!   UNASSIGNED -> PLANNED -> ACCEPTED -> EN_ROUTE -> ARRIVED -> IN_SERVICE -> COMPLETED | FAILED
//!   PLANNED | ACCEPTED | EN_ROUTE -> (decline) UNASSIGNED or another technician
//!   PLANNED -> EN_ROUTE accepts by itself
//! ```

use super::day::Day;
use crate::model::{CoreError, ResourceKind, VisitEvent, VisitState, reason};
use crate::plan::Place;

/// State after `event`, or `None` when the step is not legal. A decline leads to UNASSIGNED until a new place is found.
fn next_state(state: VisitState, event: VisitEvent) -> Option<VisitState> {
    use VisitState::{Accepted, Arrived, Completed, EnRoute, Failed, InService, Planned, Unassigned};
    match (event, state) {
        (VisitEvent::Accept, Planned) => Some(Accepted),
        (VisitEvent::Decline, Planned | Accepted | EnRoute) => Some(Unassigned),
        (VisitEvent::Depart, Planned | Accepted) => Some(EnRoute),
        (VisitEvent::Arrive, EnRoute) => Some(Arrived),
        (VisitEvent::Start, Arrived) => Some(InService),
        (VisitEvent::Complete, InService) => Some(Completed),
        (VisitEvent::Fail, InService) => Some(Failed),
        _ => None,
    }
}

impl Day<'_> {
    /// Takes one report.
    pub(super) fn progress(&mut self, visit_id: &str, technician_id: &str, event: VisitEvent) -> Result<(), CoreError> {
        let visit = self.visit_number(visit_id)?;
        let technician = self.technician_number(technician_id)?;
        let state = self.plan.visit(visit).source.state;
        let refusal = |reason| CoreError::State {
            kind: ResourceKind::Visit,
            id: visit_id.to_owned(),
            reason,
            from: state.name(),
            to: event.name(),
        };
        let place = self.plan.visit(visit).place.filter(|place| place.technician == technician);
        let place = place.ok_or_else(|| refusal(reason::WRONG_TECHNICIAN))?;
        let next = next_state(state, event).ok_or_else(|| refusal(reason::ILLEGAL_TRANSITION))?;
        if event == VisitEvent::Depart && self.is_busy(technician) {
            return Err(refusal(reason::TECHNICIAN_UNDER_WAY));
        }
        self.journal.touch(self.plan, visit);
        match event {
            VisitEvent::Decline => self.decline(visit, place),
            VisitEvent::Depart => self.depart(visit, place),
            VisitEvent::Complete | VisitEvent::Fail => {
                self.finish(visit, next);
                self.after_room_appeared(place);
            }
            VisitEvent::Accept | VisitEvent::Arrive | VisitEvent::Start => self.step(visit, place, next),
        }
        Ok(())
    }

    fn is_busy(&self, technician: u32) -> bool {
        self.plan.technician(technician).is_some_and(|entry| entry.under_way().is_some())
    }

    /// A step that leaves the visit where it is.
    fn step(&mut self, visit: u32, place: Place, next: VisitState) {
        let now_s = self.now_s;
        let source = &mut self.plan.visit_mut(visit).source;
        source.state = next;
        match next {
            VisitState::Accepted => source.times.accept_s = Some(now_s),
            VisitState::Arrived => source.times.arrive_s = Some(now_s),
            _ => source.times.start_s = Some(now_s),
        }
        self.mend_and_rehome(place);
    }

    /// The technician sets out: the visit comes first on the current route and stays there.
    fn depart(&mut self, visit: u32, place: Place) {
        let now_s = self.now_s;
        // Renewed first, so that the leg is the one from where the technician sets out.
        self.refresh(place);
        let entry = self.plan.visit_mut(visit);
        entry.source.state = VisitState::EnRoute;
        entry.source.times.accept_s = entry.source.times.accept_s.or(Some(now_s));
        entry.source.times.depart_s = Some(now_s);
        let Some(technician) = self.plan.technician_mut(place.technician) else { return };
        // A visit of a later shift begun now is work of the shift that is on.
        let current = technician.current_route(now_s).min(place.route);
        let route = &mut technician.routes[place.route];
        let Some(position) = route.position_of(visit) else { return };
        let mut stop = route.stops.remove(position);
        let from = technician.routes[current].ready.point;
        let head = &mut technician.routes[current];
        head.frozen = 1;
        head.stops.insert(0, stop.clone());
        stop.leg_m = self.plan.travel.road_m(from, stop.point);
        let new_place = Place { route: current, ..place };
        if let Some(route) = self.plan.route_mut(new_place) {
            route.stops[0].leg_m = stop.leg_m;
        }
        self.plan.visit_mut(visit).place = Some(new_place);
        if new_place != place {
            self.mend_and_rehome(place);
        }
        self.mend_and_rehome(new_place);
    }

    /// The technician refuses: the visit goes to somebody else and never comes back.
    fn decline(&mut self, visit: u32, place: Place) {
        self.unassign(visit);
        self.exclude(visit, place.technician);
        self.rehome(vec![(visit, Some(place.technician))]);
        self.after_room_appeared(place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use VisitState::*;

    #[test]
    fn only_the_drawn_steps_are_legal() {
        let states =
            [Unassigned, Planned, Accepted, EnRoute, Arrived, InService, Completed, Failed, Cancelled, Expired];
        let events = [
            VisitEvent::Accept,
            VisitEvent::Decline,
            VisitEvent::Depart,
            VisitEvent::Arrive,
            VisitEvent::Start,
            VisitEvent::Complete,
            VisitEvent::Fail,
        ];
        let mut legal = Vec::new();
        for state in states {
            for event in events {
                if let Some(next) = next_state(state, event) {
                    legal.push((state, event, next));
                }
            }
        }
        let drawn = vec![
            (Planned, VisitEvent::Accept, Accepted),
            (Planned, VisitEvent::Decline, Unassigned),
            (Planned, VisitEvent::Depart, EnRoute),
            (Accepted, VisitEvent::Decline, Unassigned),
            (Accepted, VisitEvent::Depart, EnRoute),
            (EnRoute, VisitEvent::Decline, Unassigned),
            (EnRoute, VisitEvent::Arrive, Arrived),
            (Arrived, VisitEvent::Start, InService),
            (InService, VisitEvent::Complete, Completed),
            (InService, VisitEvent::Fail, Failed),
        ];
        assert_eq!(legal, drawn);
    }
}
