//! What the planner may not change: pins are set, kept, and let go.
//!
//! A pin binds every move of the planner: insertion, ejection, improvement, and the moves after a disruption. It does not
//! bind reality:
//!
//! - the *start* of a stop is later than pinned while its technician is held up, and never earlier;
//! - *technician* and *position* are let go when the visit comes off its route: its technician declines it, goes offline, is
//!   deleted or may not do it any more, or it would break a hard rule even if every unpinned stop before it left;
//! - ties come first: technician and position of a visit that is tied to others are let go when no lag or crew could be kept
//!   otherwise, and its start, which follows theirs, cannot be pinned;
//! - the start is let go when it has passed while the visit is on no route; everything is when the visit is final.
//!
//! Whatever is let go is told with the visit.

use super::day::Day;
use crate::evaluate::starts;
use crate::model::{CoreError, MAX_PRECEDING, Pin, PinParts, ResourceKind, reason};
use crate::plan::{PinFacts, Place, Route, schedule};

impl Day<'_> {
    /// Holds parts of a planned visit as they are now; what was pinned before and is not named is let go.
    pub(super) fn pin_visit(&mut self, id: &str, parts: PinParts) -> Result<(), CoreError> {
        let visit = self.visit_number(id)?;
        let entry = self.plan.visit(visit);
        let refusal = || CoreError::State {
            kind: ResourceKind::Visit,
            id: id.to_owned(),
            reason: reason::ILLEGAL_TRANSITION,
            from: entry.source.state.name(),
            to: "PINNED",
        };
        let Some(place) = entry.place.filter(|_| entry.source.state.is_movable()) else { return Err(refusal()) };
        let is_too_deep = |route: &Route| route.position_of(visit).is_some_and(|before| before > MAX_PRECEDING);
        // The start of a tied visit follows those it is tied to.
        if parts.start && self.plan.is_tied(visit) {
            return Err(refusal());
        }
        if parts.position && self.plan.route(place).is_some_and(is_too_deep) {
            return Err(refusal());
        }
        let pin = self.pin_of(visit, place, parts);
        self.set_pin(visit, Some(pin));
        Ok(())
    }

    /// Lets everything go that is pinned about a visit.
    pub(super) fn unpin_visit(&mut self, id: &str) -> Result<(), CoreError> {
        let visit = self.visit_number(id)?;
        if self.plan.visit(visit).source.pin.is_none() {
            return Ok(());
        }
        self.set_pin(visit, None);
        Ok(())
    }

    /// First planned visit of a shift that something else comes before than when its position was pinned.
    pub(super) fn first_misplaced(&self, place: Place) -> Option<u32> {
        let planned: Vec<u32> = self.plan.route(place)?.planned().iter().map(|stop| stop.visit).collect();
        let is_misplaced = |at: usize| {
            let pin = self.plan.visit(planned[at]).source.pin.as_ref();
            let Some(preceding) = pin.and_then(|pin| pin.preceding_visit_ids.as_ref()) else { return false };
            let mut left = preceding.iter();
            let mut before = planned[..at].iter().map(|visit| &self.plan.visit(*visit).source.id);
            !before.all(|id| left.any(|known| known == id))
        };
        (0..planned.len()).find(|at| is_misplaced(*at)).map(|at| planned[at])
    }

    /// Lets technician and position go, and a start that has passed: the visit is on no route.
    pub(super) fn let_go(&mut self, visit: u32) {
        let now_s = self.now_s;
        let Some(pin) = &self.plan.visit(visit).source.pin else { return };
        let left = Pin { start_s: pin.start_s.filter(|start_s| *start_s >= now_s), ..Pin::default() };
        if **pin != left {
            self.set_pin(visit, (!left.is_empty()).then_some(left));
        }
    }

    /// Lets the passed starts of visits on no route go.
    pub(super) fn let_passed_starts_go(&mut self) {
        let is_pinned = |visit: &u32| self.plan.visit(*visit).facts.pin.is_some();
        let pinned: Vec<u32> = self.plan.unassigned.iter().copied().filter(is_pinned).collect();
        for visit in pinned {
            self.let_go(visit);
        }
    }

    /// Who leaves a route on which `broken` breaks a rule: a stop that is held stays as long as an unpinned one before it can
    /// leave instead, the nearest first.
    pub(super) fn who_gives_way(&self, place: Place, broken: u32) -> u32 {
        if !self.plan.is_held(broken) {
            return broken;
        }
        let Some(route) = self.plan.route(place) else { return broken };
        let Some(at) = route.position_of(broken) else { return broken };
        let before = &route.stops[route.frozen..at];
        let nearest = before.iter().rev().map(|stop| stop.visit).find(|visit| !self.plan.is_held(*visit));
        nearest.filter(|_| self.would_keep(route, at)).unwrap_or(broken)
    }

    /// Whether the stop at `at` keeps every rule once all unpinned stops before it have left.
    fn would_keep(&self, route: &Route, at: usize) -> bool {
        let mut rest = route.clone();
        rest.stops.truncate(at + 1);
        let mut position = 0;
        rest.stops.retain(|stop| {
            position += 1;
            position <= route.frozen || position > at || self.plan.is_held(stop.visit)
        });
        schedule(&mut rest, &self.plan.travel, self.policy.into()).is_none()
    }

    /// What `parts` of a placed visit are now.
    fn pin_of(&self, visit: u32, place: Place, parts: PinParts) -> Pin {
        let stop = self.plan.stop(visit);
        let has_technician = parts.technician || parts.position;
        let preceding = || {
            let before = self.plan.route(place).map_or(&[][..], Route::planned).iter();
            let before = before.map(|stop| stop.visit).take_while(|other| *other != visit);
            before.map(|other| self.plan.visit(other).source.id.clone()).collect()
        };
        Pin {
            technician_id: has_technician.then(|| self.plan.technician_id(place.technician).to_owned()),
            start_s: stop.filter(|_| parts.start).map(|(_, stop)| stop.start_s),
            preceding_visit_ids: parts.position.then(preceding),
        }
    }

    /// Writes a pin into the visit and its stop. Times stay: what is pinned is what is planned.
    fn set_pin(&mut self, visit: u32, pin: Option<Pin>) {
        self.journal.touch(self.plan, visit);
        self.journal.touch_pin(visit);
        let facts = pin.as_ref().map(|pin| PinFacts::new(pin, &self.plan.dictionary.technicians));
        let entry = self.plan.visit_mut(visit);
        entry.source.pin = pin.map(Box::new);
        entry.facts.pin = facts.map(Box::new);
        let (Some(place), extra_s) = (entry.place, entry.extra_s) else { return };
        let Some(technician) = self.plan.technician(place.technician) else { return };
        let promised = &self.plan.visit(visit).facts;
        let duration_s = technician.facts.work_s(promised) + extra_s;
        let allowed = starts::promised(&technician.facts, promised, duration_s).into_owned();
        let Some(route) = self.plan.route_mut(place) else { return };
        if let Some(position) = route.position_of(visit) {
            route.stops[position].pin(facts, allowed);
            route.hold();
        }
        self.plan.outline(place.technician);
    }
}
