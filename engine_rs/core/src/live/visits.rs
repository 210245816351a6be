//! Visits are added and withdrawn.

use super::MAX_ADDED_VISITS;
use super::check_ties::check_ties;
use super::day::Day;
use crate::model::{CoreError, LatLng, ResourceKind, Violations, Visit, VisitState, VisitTimes, reason};
use crate::plan::{Place, Plan};
use std::collections::BTreeSet;

/// Checks visits to be added: all violations at once, then names that are taken.
pub(super) fn check_new(plan: &Plan, visits: &[Visit], center: LatLng) -> Result<(), CoreError> {
    let mut violations = Violations::new();
    violations.check(!visits.is_empty(), "visits", reason::REQUIRED, "at least one visit is needed");
    let is_count_ok = visits.len() <= MAX_ADDED_VISITS;
    violations.check(is_count_ok, "visits", reason::TOO_MANY_ITEMS, "at most 1,000 visits may be added at once");
    let mut ids = BTreeSet::new();
    for (index, visit) in visits.iter().enumerate() {
        let path = format!("visits[{index}]");
        visit.validate(&path, center, &mut violations);
        let is_first = ids.insert(visit.id.as_str());
        violations.check(is_first, format!("{path}.name"), reason::DUPLICATE, "two visits have the same identifier");
    }
    check_ties(plan, visits, &mut violations);
    violations.into_result()?;
    match visits.iter().find(|visit| plan.visit_number(&visit.id).is_some()) {
        Some(taken) => Err(CoreError::Exists { kind: ResourceKind::Visit, id: taken.id.clone() }),
        None => Ok(()),
    }
}

impl Day<'_> {
    /// Adds checked visits and finds a place for each.
    pub(super) fn add_visits(&mut self, visits: Vec<Visit>) {
        let mut added = Vec::with_capacity(visits.len());
        for mut visit in visits {
            visit.state = VisitState::Unassigned;
            visit.placement = None;
            visit.times = VisitTimes::default();
            visit.unassigned_reasons.clear();
            visit.pin = None;
            let number = self.plan.add_visit(visit);
            self.journal.touch_new(self.plan, number);
            added.push(number);
        }
        self.plan.link(&added);
        self.rehome(added.into_iter().map(|visit| (visit, None)).collect());
    }

    /// Withdraws a visit, with its crew; the room it leaves is offered to unassigned visits.
    pub(super) fn cancel_visit(&mut self, id: &str) -> Result<(), CoreError> {
        let visit = self.visit_number(id)?;
        self.withdraw(visit);
        Ok(())
    }

    /// Mends a route after a visit has left it and offers the room.
    pub(super) fn after_room_appeared(&mut self, place: Place) {
        self.mend_and_rehome(place);
        self.offer_room(place.technician);
    }

    /// Number of an open visit.
    pub(super) fn visit_number(&self, id: &str) -> Result<u32, CoreError> {
        let missing = || CoreError::NotFound { kind: ResourceKind::Visit, id: id.to_owned() };
        self.plan.visit_number(id).ok_or_else(missing)
    }
}
