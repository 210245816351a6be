//! A person decides: this visit to that technician, or to nobody for now.

use super::day::Day;
use crate::explain::{Asked, Choice, Miss, judge};
use crate::model::{CoreError, ResourceKind, Rule, Violations, VisitState, reason};
use crate::plan::{Place, VisitFacts};
use std::borrow::Cow;

impl Day<'_> {
    /// Puts a visit with a technician, at the cheapest place or at `position` among the technician's stops.
    ///
    /// # Errors
    /// [`CoreError::Broken`] with the nearest miss when every place breaks a hard rule.
    pub(super) fn assign_visit(
        &mut self,
        id: &str,
        technician_id: &str,
        position: Option<u32>,
    ) -> Result<(), CoreError> {
        let visit = self.visit_to_change(id, "ASSIGNED")?;
        let technician = self.technician_number(technician_id)?;
        if self.plan.is_in_place(visit) {
            return Err(self.broken(visit, technician, &Miss::of(Rule::Pin, 0)));
        }
        let facts = self.wanted(visit, technician)?;
        let choice = self.choose(visit, &facts, technician, position)?;
        let before = self.plan.visit(visit).place;
        match before {
            Some(place) if place.technician == technician && place.route == choice.insertion.route => {
                self.journal.touch(self.plan, visit);
                self.remember_price(technician);
                self.plan.reposition(visit, choice.insertion.slot.position);
                self.ties.forget_times();
                self.refresh(place);
            }
            _ => {
                if before.is_some() {
                    self.unassign(visit);
                }
                self.assign_as(visit, &facts, &choice.insertion);
                self.count_move(visit, before.map(|place| place.technician));
            }
        }
        match before {
            Some(place) if place.technician != technician => self.after_room_appeared(place),
            _ => {}
        }
        Ok(())
    }

    /// Takes a visit off its route; the planner looks for a place for it again after the policy's retry interval.
    ///
    /// With `is_excluding` the technician who had it never gets it again.
    pub(super) fn unassign_visit(&mut self, id: &str, is_excluding: bool) -> Result<(), CoreError> {
        let visit = self.visit_to_change(id, "UNASSIGNED")?;
        let Some(place) = self.plan.visit(visit).place else { return Err(self.refusal(visit, "UNASSIGNED")) };
        self.unassign(visit);
        if is_excluding {
            self.exclude(visit, place.technician);
        }
        self.mend_and_rehome(place);
        self.offer_room_to_others(place.technician, Some(visit));
        self.give_up(visit);
        Ok(())
    }

    /// An open visit that nobody has set out for.
    pub(super) fn visit_to_change(&self, id: &str, to: &'static str) -> Result<u32, CoreError> {
        let visit = self.visit_number(id)?;
        let state = self.plan.visit(visit).source.state;
        let is_free = state.is_movable() || state == VisitState::Unassigned;
        if is_free { Ok(visit) } else { Err(self.refusal(visit, to)) }
    }

    /// That a visit cannot be brought from its state to another one.
    pub(super) fn refusal(&self, visit: u32, to: &'static str) -> CoreError {
        let source = &self.plan.visit(visit).source;
        CoreError::State {
            kind: ResourceKind::Visit,
            id: source.id.clone(),
            reason: reason::ILLEGAL_TRANSITION,
            from: source.state.name(),
            to,
        }
    }

    /// Keeps a technician from a visit for good.
    pub(super) fn exclude(&mut self, visit: u32, technician: u32) {
        let id = self.plan.technician_id(technician).to_owned();
        let entry = self.plan.visit_mut(visit);
        if !entry.source.excluded_technician_ids.contains(&id) {
            entry.source.excluded_technician_ids.push(id);
        }
        entry.facts.excluded.push(technician);
        entry.facts.excluded.sort_unstable();
        entry.facts.excluded.dedup();
    }

    /// What a visit needs, narrowed by what it is tied to.
    fn wanted(&self, visit: u32, technician: u32) -> Result<VisitFacts, CoreError> {
        let wanted = self.plan.wanted(visit).map(Cow::into_owned);
        wanted.map_err(|rule| self.broken(visit, technician, &Miss::of(rule, 0)))
    }

    fn choose(
        &self,
        visit: u32,
        facts: &VisitFacts,
        technician: u32,
        position: Option<u32>,
    ) -> Result<Choice, CoreError> {
        let position = position.map(|position| position as usize);
        let others = self.plan.visits_of(technician).into_iter().filter(|other| *other != visit).count();
        let mut violations = Violations::new();
        let is_position = position.is_none_or(|position| position <= others);
        violations.check(
            is_position,
            "position",
            reason::OUT_OF_RANGE,
            format!("the technician has {others} other stops"),
        );
        violations.into_result()?;
        let asked = Asked { facts, number: Some(visit), position };
        judge(&self.search(), &asked, technician).map_err(|miss| self.broken(visit, technician, &miss))
    }

    /// That a technician cannot have a visit.
    pub(super) fn broken(&self, visit: u32, technician: u32, miss: &Miss) -> CoreError {
        CoreError::Broken {
            visit_id: self.plan.visit(visit).source.id.clone(),
            technician_id: self.plan.technician_id(technician).to_owned(),
            rule: miss.rule,
            amount: miss.amount,
            detail: miss.sentence(&self.search()),
        }
    }

    /// Offers the room a technician has got to everybody who waits but one visit.
    pub(super) fn offer_room_to_others(&mut self, technician: u32, but: Option<u32>) {
        if self.is_quiet {
            return;
        }
        for visit in self.waiting_for(technician) {
            if Some(visit) == but {
                continue;
            }
            let found = self.search().best_of(&self.plan.visit(visit).facts, technician);
            if let Some(insertion) = found {
                self.assign(visit, &insertion);
            }
        }
    }

    /// The place of a visit on a route, for arrangements.
    pub(super) fn place_of(&self, visit: u32) -> Option<Place> {
        self.plan.visit(visit).place
    }
}
