//! Tied visits during a command: times of connected routes, what follows from an end, and what must hold when it is over.

use super::day::Day;
use crate::model::{Ended, Rule, VisitState, Withdrawal};
use crate::plan::{Limits, Place, Sighted};
use std::collections::BTreeSet;

/// Most rounds in which a command mends what its own changes have broken; what is broken then loses its place.
const MAX_ROUNDS: usize = 8;

/// What a command still has to do about tied visits.
#[derive(Debug, Default)]
pub(super) struct TieWork {
    /// Routes that broke a rule when their times were renewed, by technician and route.
    upset: BTreeSet<(u32, usize)>,
    /// Visits that something they waited for has let go.
    released: BTreeSet<u32>,
    /// Visits to be cancelled because something they waited for was withdrawn.
    withdrawn: BTreeSet<u32>,
    /// Routes whose times are of this instant.
    fresh: BTreeSet<(u32, usize)>,
}

impl TieWork {
    /// The plan has changed: times may be old.
    pub(super) fn forget_times(&mut self) {
        self.fresh.clear();
    }

    /// Whether the times of a route are of this instant already.
    pub(super) fn is_fresh(&self, place: Place) -> bool {
        self.fresh.contains(&(place.technician, place.route))
    }
}

impl Day<'_> {
    /// Renews the times of a route and of all that ties connect with it; tells the first stop that breaks a rule.
    pub(super) fn refresh_tied(&mut self, place: Place) -> Option<(u32, Rule)> {
        let sighted = Sighted {
            positions: self.positions,
            now_s: self.now_s,
            max_staleness_s: self.policy.max_staleness_s,
            limits: Limits::from(self.policy),
        };
        let settled = self.plan.settle(place, &sighted);
        for place in &settled.places {
            self.journal.touch_route(*place);
            self.ties.fresh.insert((place.technician, place.route));
        }
        if settled.broken.is_some() {
            self.ties.forget_times();
            self.ties.upset.insert((place.technician, place.route));
        }
        settled.broken
    }

    /// Renews the times of everything a visit is tied to.
    pub(super) fn refresh_partners(&mut self, visit: u32) {
        if self.plan.is_tied(visit) {
            for place in self.plan.partner_places(visit) {
                self.refresh(place);
            }
        }
    }

    /// A visit is final: what waits for it learns when it ended, or is released, or is cancelled too.
    pub(super) fn release(&mut self, visit: u32, state: VisitState, technician: Option<u32>) {
        let Some(links) = self.plan.links(visit) else { return };
        let ended = self.ended(state, technician);
        let id = self.plan.visit(visit).source.id.clone();
        for later in links.before.clone() {
            self.journal.touch(self.plan, later);
            let source = &mut self.plan.visit_mut(later).source;
            let Some(ties) = source.ties.as_deref_mut() else { continue };
            for after in ties.after.iter_mut().filter(|after| after.visit_id == id) {
                match (&ended, after.withdrawal) {
                    (None, Withdrawal::Cancel) => {
                        self.ties.withdrawn.insert(later);
                    }
                    _ => after.ended.clone_from(&ended),
                }
            }
            ties.after.retain(|after| after.visit_id != id || after.ended.is_some());
            self.plan.relink(later);
            self.ties.released.insert(later);
        }
    }

    fn ended(&self, state: VisitState, technician: Option<u32>) -> Option<Ended> {
        let technician = technician.filter(|_| state == VisitState::Completed)?;
        Some(Ended { end_s: self.now_s, technician_id: self.plan.technician_id(technician).to_owned() })
    }

    /// Members of the crew that end with a visit: all open ones when it is cancelled, those without a place when it expires.
    pub(super) fn ending_with(&self, visit: u32, state: VisitState) -> Vec<u32> {
        let others = self.plan.crew_of(visit).into_iter().filter(|member| *member != visit);
        let is_open = |member: &u32| !self.plan.visit(*member).source.state.is_final();
        match state {
            VisitState::Cancelled => others.filter(is_open).collect(),
            VisitState::Expired if !self.plan.has_crew_begun(visit) => others.filter(is_open).collect(),
            _ => Vec::new(),
        }
    }

    /// Ends a command: cancels what is withdrawn, mends what is upset, and sees to it that crews are whole or on no route and
    /// nothing is planned before what it waits for.
    pub(super) fn uphold_ties(&mut self) {
        for _ in 0..MAX_ROUNDS {
            if !self.mend_ties(true) {
                break;
            }
        }
        // What is still broken, or torn, only loses its place from here on: this ends.
        while self.drop_loose() || self.mend_ties(false) {}
    }

    /// One round of withdrawing, mending and, if wanted, finding other places; tells whether it has left work.
    fn mend_ties(&mut self, is_rehoming: bool) -> bool {
        let withdrawn = std::mem::take(&mut self.ties.withdrawn);
        let upset = std::mem::take(&mut self.ties.upset);
        let released = std::mem::take(&mut self.ties.released);
        for visit in withdrawn {
            self.withdraw(visit);
        }
        for (technician, route) in upset {
            let homeless = self.mend(Place { technician, route });
            if is_rehoming {
                self.rehome(homeless.into_iter().map(|(visit, from)| (visit, Some(from))).collect());
            } else {
                homeless.into_iter().for_each(|(visit, _)| self.give_up(visit));
            }
        }
        if is_rehoming {
            let loose: Vec<_> = self.loose(released).into_iter().map(|visit| (visit, None)).collect();
            if !loose.is_empty() {
                self.rehome(loose);
            }
        }
        !(self.ties.withdrawn.is_empty() && self.ties.upset.is_empty() && self.ties.released.is_empty())
    }

    /// Cancels an open visit and those that end with it, and mends the routes they leave.
    pub(super) fn withdraw(&mut self, visit: u32) {
        let mut members = self.ending_with(visit, VisitState::Cancelled);
        members.push(visit);
        let mut left = Vec::new();
        for member in members {
            if !self.plan.visit(member).source.state.is_final() {
                left.extend(self.plan.visit(member).place);
                self.finish(member, VisitState::Cancelled);
            }
        }
        for place in left {
            self.after_room_appeared(place);
        }
    }

    /// Released visits without a place, and touched ones whose crew or predecessor has lost its place.
    fn loose(&self, released: BTreeSet<u32>) -> Vec<u32> {
        let mut found: BTreeSet<u32> = released;
        found.retain(|visit| self.is_waiting(*visit));
        for visit in self.journal.touched() {
            let is_open = self.plan.is_tied(visit) && !self.plan.visit(visit).source.state.is_final();
            if is_open && self.is_torn(visit) {
                found.extend(self.plan.crew_of(visit).into_iter().filter(|member| self.is_waiting(*member)));
            }
        }
        found.into_iter().collect()
    }

    fn is_waiting(&self, visit: u32) -> bool {
        self.plan.open_visit(visit).is_some_and(|entry| entry.source.state == VisitState::Unassigned)
    }

    /// Whether the visit's crew, not begun, is neither whole nor on no route.
    fn is_torn(&self, visit: u32) -> bool {
        let members = self.plan.crew_of(visit);
        let placed = members.iter().filter(|member| self.plan.visit(**member).place.is_some()).count();
        placed > 0 && placed < members.len() && !self.plan.has_crew_begun(visit)
    }

    /// Takes off its route what is still torn, or planned although what comes before has no place; tells whether there was any.
    fn drop_loose(&mut self) -> bool {
        let mut has_dropped = false;
        let touched: Vec<u32> = self.journal.touched().filter(|visit| self.plan.is_tied(*visit)).collect();
        for visit in touched {
            let crew: Vec<u32> = if self.is_torn(visit) { self.plan.crew_of(visit) } else { Vec::new() };
            let is_placed = |visit: &u32| self.plan.visit(*visit).place.is_some();
            let later = if self.is_waiting(visit) { self.plan.waiting_for(visit) } else { BTreeSet::new() };
            let dropped: Vec<u32> = crew.into_iter().chain(later).filter(is_placed).collect();
            for member in dropped.into_iter().filter(|member| self.may_drop(*member)).collect::<Vec<_>>() {
                self.unassign(member);
                self.give_up(member);
                has_dropped = true;
            }
        }
        has_dropped
    }

    /// Whether a placed visit may be taken off its route because of others: nobody has set out for it.
    pub(super) fn may_drop(&self, visit: u32) -> bool {
        self.plan.visit(visit).source.state.is_movable()
    }
}
