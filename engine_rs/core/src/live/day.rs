//! One command at work: the plan, the instant, and the few ways in which a plan may be changed.
//!
//! Every change of a visit goes through here, is remembered in the journal before it happens, and leaves the times of the
//! touched routes renewed. Files beside this one decide *what* to change.

use super::Outcome;
use super::journal::Journal;
use super::price::Prices;
use super::ties::TieWork;
use crate::evaluate::starts;
use crate::explain::explain_insertion;
use crate::model::{Placement, Policy, Rule, Timestamp, VisitState};
use crate::plan::{Limits, Place, Plan, Positions, VisitFacts};
use crate::search::{Insertion, Search};
use crate::travel::Point;

/// A command at work.
pub(super) struct Day<'a> {
    pub(super) plan: &'a mut Plan,
    pub(super) policy: &'a Policy,
    pub(super) positions: &'a dyn Positions,
    pub(super) now_s: Timestamp,
    pub(super) journal: Journal,
    pub(super) ties: TieWork,
    /// Most visits that may still go from one technician to another; `None` for no bound.
    pub(super) moves_left: Option<u32>,
    /// Whether nobody is given anything: what loses its place waits for an arrangement that follows.
    pub(super) is_quiet: bool,
    /// What the routes of each technician touched cost before, if the command is asked about its price.
    pub(super) prices: Option<Prices>,
}

impl<'a> Day<'a> {
    pub(super) fn new(plan: &'a mut Plan, policy: &'a Policy, positions: &'a dyn Positions, now_s: Timestamp) -> Self {
        let (journal, ties) = (Journal::default(), TieWork::default());
        Self { plan, policy, positions, now_s, journal, ties, moves_left: None, is_quiet: false, prices: None }
    }

    /// Ends the command: what has changed by at least `threshold_s`.
    pub(super) fn settle(mut self, threshold_s: i64) -> Outcome {
        if self.plan.has_ties() {
            self.uphold_ties();
        }
        let routes_milli = self.price_change();
        let is_priced = self.prices.is_some();
        let mut outcome = self.journal.settle(self.plan, self.policy, self.now_s, threshold_s);
        if is_priced {
            let moves_milli: i64 = outcome.changes.iter().map(|change| change.disruption_milli).sum();
            outcome.cost_change_milli = routes_milli + moves_milli;
        }
        outcome
    }

    /// The plan as it is now, to be searched.
    pub(super) fn search(&self) -> Search<'_> {
        Search { plan: self.plan, policy: self.policy, positions: self.positions, now_s: self.now_s }
    }

    /// Where a technician is believed to be.
    pub(super) fn live_point(&self, technician: u32) -> Option<Point> {
        self.plan.live_point(technician, self.positions, self.now_s, self.policy.max_staleness_s)
    }

    /// Renews the times of a route; tells the first stop that breaks a rule.
    pub(super) fn refresh(&mut self, place: Place) -> Option<(u32, Rule)> {
        if self.plan.is_route_tied(place) {
            return self.refresh_tied(place);
        }
        let live = self.live_point(place.technician);
        self.journal.touch_route(place);
        let (index, rule) = self.plan.refresh(place, live, self.now_s, Limits::from(self.policy))?;
        let stop = self.plan.route(place)?.stops.get(index)?;
        Some((stop.visit, rule))
    }

    /// Puts an unplaced visit where a search has found room.
    pub(super) fn assign(&mut self, visit: u32, insertion: &Insertion) {
        let facts = self.plan.visit(visit).facts.clone();
        self.assign_as(visit, &facts, insertion);
    }

    /// Like [`Day::assign`], for a visit that was searched for as `facts` have it: narrowed by its ties.
    pub(super) fn assign_as(&mut self, visit: u32, facts: &VisitFacts, insertion: &Insertion) {
        self.journal.touch(self.plan, visit);
        self.remember_price(insertion.technician);
        let terms = explain_insertion(&self.search(), facts, insertion).map(|explained| explained.terms);
        let Some(entry) = self.plan.technician(insertion.technician) else { return };
        let promised = &self.plan.visit(visit).facts;
        let windows = starts::promised(&entry.facts, promised, entry.facts.work_s(promised)).into_owned();
        let place = Place { technician: insertion.technician, route: insertion.route };
        self.plan.place(visit, place, insertion.slot.position, windows);
        let placement = Placement {
            technician_id: self.plan.technician_id(insertion.technician).to_owned(),
            score_terms: terms.map(|terms| terms.to_score()).unwrap_or_default(),
            cost_milli: insertion.cost_milli,
            policy_revision: self.policy.revision.clone(),
            ..Placement::default()
        };
        let source = &mut self.plan.visit_mut(visit).source;
        source.state = VisitState::Planned;
        source.placement = Some(placement);
        source.unassigned_reasons.clear();
        source.times.assign_s = source.times.assign_s.or(Some(self.now_s));
        self.ties.forget_times();
        self.refresh(place);
    }

    /// Takes a visit off its route and leaves it without a place.
    pub(super) fn unassign(&mut self, visit: u32) {
        self.journal.touch(self.plan, visit);
        if let Some(place) = self.plan.visit(visit).place {
            self.remember_price(place.technician);
        }
        let Some(place) = self.plan.unplace(visit) else { return };
        let source = &mut self.plan.visit_mut(visit).source;
        source.state = VisitState::Unassigned;
        source.placement = None;
        (source.times.accept_s, source.times.depart_s) = (None, None);
        (source.times.arrive_s, source.times.start_s) = (None, None);
        self.let_go(visit);
        self.ties.forget_times();
        self.refresh(place);
        self.refresh_partners(visit);
    }

    /// Counts a reassignment when the visit is now with somebody else than `before`.
    pub(super) fn count_move(&mut self, visit: u32, before: Option<u32>) {
        let entry = self.plan.visit_mut(visit);
        if let (Some(old), Some(place)) = (before, entry.place)
            && old != place.technician
        {
            entry.source.times.reassignment_count += 1;
            self.moves_left = self.moves_left.map(|left| left.saturating_sub(1));
        }
    }

    /// Brings a visit to a final state, off its route.
    pub(super) fn finish(&mut self, visit: u32, state: VisitState) {
        self.journal.touch(self.plan, visit);
        if let Some(place) = self.plan.visit(visit).place {
            self.remember_price(place.technician);
        }
        let placement = self.plan.visit(visit).source.placement.clone();
        let (point, parts) = (self.plan.visit(visit).facts.point, self.plan.visit(visit).facts.parts.clone());
        let was_at_site = self.plan.visit(visit).source.state.is_at_site();
        let place = self.plan.unplace(visit);
        let source = &mut self.plan.visit_mut(visit).source;
        source.pin = None;
        let is_attended = matches!(state, VisitState::Completed | VisitState::Failed);
        source.state = state;
        source.placement = placement.filter(|_| is_attended);
        source.times.end_s = Some(self.now_s);
        self.ties.forget_times();
        self.release(visit, state, place.map(|place| place.technician));
        let Some(place) = place else { return };
        if let Some(entry) = self.plan.technician_mut(place.technician) {
            if was_at_site {
                entry.idle = Some((self.now_s, point));
            }
            let route = &mut entry.routes[place.route];
            if is_attended && !route.duty.is_always() {
                route.finish(&parts);
            }
        }
        self.refresh(place);
        self.refresh_partners(visit);
    }
}
