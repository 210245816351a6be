//! An arrangement: who does which visits in which order, worked out before and now to be had exactly so.

use super::day::Day;
use super::{Arrangement, ShiftOrder};
use crate::evaluate::{Sequence, Terms, first_personal_rule, max_visits, measure, parts, starts};
use crate::explain::Miss;
use crate::model::{CoreError, Placement, Rule, VisitState};
use crate::plan::{Place, Route, Stop, VisitFacts, Windows};
use std::collections::{BTreeMap, BTreeSet};

/// One shift as it shall be.
struct Target {
    place: Place,
    visits: Vec<u32>,
}

/// A visit taken out to be put elsewhere.
struct Taken {
    from: Option<Place>,
    stop: Option<Stop>,
    extra_s: i64,
}

impl Day<'_> {
    /// Brings the named shifts into the order said, and takes the others named off their routes.
    ///
    /// What stays with its technician keeps its state. Whoever fails half way has changed the plan: the caller puts the old
    /// one back.
    ///
    /// # Errors
    /// [`CoreError::NotFound`] for unknown names, [`CoreError::State`] for visits under way, [`CoreError::Stale`] when a shift
    /// holds other visits by now, [`CoreError::Broken`] when a hard rule would be broken.
    pub(super) fn arrange(&mut self, arrangement: &Arrangement) -> Result<(), CoreError> {
        let targets = arrangement.orders.iter().map(|order| self.target(order)).collect::<Result<Vec<_>, _>>()?;
        let off = arrangement.unassigned_visit_ids.iter();
        let off = off.map(|id| self.visit_to_change(id, "UNASSIGNED")).collect::<Result<Vec<_>, _>>()?;
        let all = self.named_once(&targets, &off)?;
        self.refuse_strangers(&targets, &all)?;
        self.ties.forget_times();
        let mut taken: BTreeMap<u32, Taken> = all.iter().map(|visit| (*visit, self.take_out(*visit))).collect();
        for target in &targets {
            for visit in &target.visits {
                if let Some(taken) = taken.remove(visit) {
                    self.put_in(*visit, target.place, taken)?;
                }
            }
        }
        for (visit, taken) in &taken {
            self.leave_off(*visit, taken);
        }
        self.prove(&targets, taken.values().filter_map(|taken| taken.from))?;
        for visit in taken.into_keys() {
            self.give_up(visit);
        }
        Ok(())
    }

    /// Refuses when a shift is not as expected, or a visit expected on no route is gone or on one.
    pub(super) fn expect(&self, expected: &Arrangement) -> Result<(), CoreError> {
        for order in &expected.orders {
            let technician = self.plan.technician_number(&order.technician_id);
            let place = technician.map(|technician| Place { technician, route: order.shift as usize });
            let planned = place.and_then(|place| self.plan.route(place)).map(Route::planned);
            let ids = planned.map(|stops| stops.iter().map(|stop| &self.plan.visit(stop.visit).source.id));
            if !ids.is_some_and(|ids| ids.eq(&order.visit_ids)) {
                return Err(CoreError::Stale {
                    detail: format!("the route of {} is another one", order.technician_id),
                });
            }
        }
        let is_open = |id: &&String| self.plan.visit_number(id).is_some_and(|visit| self.place_of(visit).is_none());
        match expected.unassigned_visit_ids.iter().find(|id| !is_open(id)) {
            Some(id) => Err(CoreError::Stale { detail: format!("visit {id} is no longer unassigned") }),
            None => Ok(()),
        }
    }

    fn target(&self, order: &ShiftOrder) -> Result<Target, CoreError> {
        let technician = self.technician_number(&order.technician_id)?;
        let place = Place { technician, route: order.shift as usize };
        if self.plan.route(place).is_none() {
            let detail = format!("technician {} has no shift {} any more", order.technician_id, order.shift);
            return Err(CoreError::Stale { detail });
        }
        let visits = order.visit_ids.iter().map(|id| self.visit_to_change(id, "MOVED")).collect::<Result<_, _>>()?;
        Ok(Target { place, visits })
    }

    fn named_once(&self, targets: &[Target], off: &[u32]) -> Result<BTreeSet<u32>, CoreError> {
        let mut all = BTreeSet::new();
        for visit in targets.iter().flat_map(|target| &target.visits).chain(off) {
            if !all.insert(*visit) {
                let detail = format!("visit {} is named twice", self.plan.visit(*visit).source.id);
                return Err(CoreError::Stale { detail });
            }
        }
        Ok(all)
    }

    /// Every visit planned in a named shift must be named.
    fn refuse_strangers(&self, targets: &[Target], all: &BTreeSet<u32>) -> Result<(), CoreError> {
        for target in targets {
            let planned = self.plan.route(target.place).map_or(&[][..], |route| route.planned());
            if let Some(stranger) = planned.iter().find(|stop| !all.contains(&stop.visit)) {
                let visit = &self.plan.visit(stranger.visit).source.id;
                let technician = self.plan.technician_id(target.place.technician);
                return Err(CoreError::Stale { detail: format!("visit {visit} is with {technician} by now") });
            }
        }
        Ok(())
    }

    fn take_out(&mut self, visit: u32) -> Taken {
        self.journal.touch(self.plan, visit);
        let (from, extra_s) = (self.place_of(visit), self.plan.visit(visit).extra_s);
        let stop = self.plan.stop(visit).map(|(_, stop)| stop.clone());
        if let Some(place) = from {
            self.remember_price(place.technician);
            self.plan.unplace(visit);
        }
        Taken { from, stop, extra_s }
    }

    /// Puts a visit at the end of a shift.
    fn put_in(&mut self, visit: u32, place: Place, taken: Taken) -> Result<(), CoreError> {
        self.remember_price(place.technician);
        let is_same = taken.from.is_some_and(|from| from.technician == place.technician);
        let facts = self.plan.visit(visit).facts.clone();
        let Some(entry) = self.plan.technician(place.technician) else { return Ok(()) };
        if let Some(rule) = first_personal_rule(place.technician, entry, &facts).filter(|_| !is_same) {
            let miss = Miss::personal(rule, entry, &facts);
            return Err(self.broken(visit, place.technician, &miss));
        }
        let windows = starts::promised(&entry.facts, &facts, entry.facts.work_s(&facts)).into_owned();
        self.plan.place(visit, place, usize::MAX, windows);
        if let Some(old) = taken.stop.filter(|_| is_same) {
            self.plan.visit_mut(visit).extra_s = taken.extra_s;
            if let Some(stop) = self.plan.route_mut(place).and_then(|route| route.stops.last_mut()) {
                (stop.windows, stop.start_pin, stop.duration_s) = (old.windows, old.start_pin, old.duration_s);
            }
            return Ok(());
        }
        let (technician_id, now_s) = (self.plan.technician_id(place.technician).to_owned(), self.now_s);
        let policy_revision = self.policy.revision.clone();
        let source = &mut self.plan.visit_mut(visit).source;
        source.state = VisitState::Planned;
        source.placement = Some(Placement { technician_id, policy_revision, ..Placement::default() });
        source.unassigned_reasons.clear();
        source.times.accept_s = None;
        source.times.assign_s = source.times.assign_s.or(Some(now_s));
        let before = self.journal.technician_before(visit);
        self.count_move(visit, before);
        Ok(())
    }

    fn leave_off(&mut self, visit: u32, taken: &Taken) {
        if taken.from.is_some() {
            let source = &mut self.plan.visit_mut(visit).source;
            source.state = VisitState::Unassigned;
            source.placement = None;
            source.times.accept_s = None;
            self.let_go(visit);
        }
    }

    /// Renews the times of every shift touched and refuses what breaks a rule; then prices what came to a new technician.
    fn prove(&mut self, targets: &[Target], left: impl Iterator<Item = Place>) -> Result<(), CoreError> {
        let mut places: Vec<Place> = targets.iter().map(|target| target.place).chain(left).collect();
        places.sort_unstable_by_key(|place| (place.technician, place.route));
        places.dedup();
        for place in &places {
            if let Some((visit, rule)) = self.refresh(*place) {
                let miss = self.break_of(*place, rule);
                return Err(self.broken(visit, place.technician, &miss));
            }
        }
        for target in targets {
            self.refuse_too_many(target)?;
            if let Some(visit) = self.first_misplaced(target.place) {
                return Err(self.broken(visit, target.place.technician, &Miss::of(Rule::Pin, 0)));
            }
            for visit in &target.visits {
                self.price_placement(*visit, target.place);
            }
        }
        Ok(())
    }

    fn refuse_too_many(&self, target: &Target) -> Result<(), CoreError> {
        let (Some(entry), Some(last)) = (self.plan.technician(target.place.technician), target.visits.last()) else {
            return Ok(());
        };
        let over = max_visits::excess(self.policy, entry, &entry.routes[target.place.route]);
        if over > 0 {
            return Err(self.broken(*last, target.place.technician, &Miss::of(Rule::MaxVisits, over)));
        }
        match parts::overdrawn(self.plan, entry, &entry.routes[target.place.route]) {
            Some(short) => Err(self.broken(*last, target.place.technician, &Miss::short(short))),
            None => Ok(()),
        }
    }

    /// By how much a shift breaks a rule.
    fn break_of(&self, place: Place, rule: Rule) -> Miss {
        let Some(sequence) = self.sequence(place) else { return Miss::of(rule, 0) };
        let (_, broken) = measure(self.policy, &self.plan.travel, &sequence);
        let found = broken.iter().find(|broken| broken.rule == rule);
        found.map_or(Miss::of(rule, 0), |broken| Miss::of(rule, broken.amount))
    }

    /// Writes terms and price of a visit that has come to a new technician: what the shift costs more with it.
    fn price_placement(&mut self, visit: u32, place: Place) {
        let is_new = self.plan.visit(visit).source.placement.as_ref().is_some_and(|placed| placed.end_s == 0);
        let terms = if is_new { self.terms_of(visit, place) } else { None };
        if let Some(terms) = terms
            && let Some(placement) = self.plan.visit_mut(visit).source.placement.as_mut()
        {
            (placement.cost_milli, placement.score_terms) = (terms.cost_milli(), terms.to_score());
        }
    }

    fn terms_of(&self, visit: u32, place: Place) -> Option<Terms> {
        let mut sequence = self.sequence(place)?;
        let planned = self.plan.route(place)?.planned();
        let index = planned.iter().position(|stop| stop.visit == visit)?;
        let with = measure(self.policy, &self.plan.travel, &sequence).0;
        sequence.visits.remove(index);
        let without = measure(self.policy, &self.plan.travel, &sequence).0;
        Some(with.terms.minus(&without.terms))
    }

    /// The planned stops of a shift, to be measured.
    pub(super) fn sequence(&self, place: Place) -> Option<Sequence<'_>> {
        let entry = self.plan.technician(place.technician)?;
        let planned = entry.routes.get(place.route)?.planned().iter();
        let visits: Vec<(&VisitFacts, &Windows, i64)> =
            planned.map(|stop| (&self.plan.visit(stop.visit).facts, &stop.windows, stop.duration_s)).collect();
        let ready = self.search().ready(place.technician, entry, place.route);
        Some(Sequence { technician: place.technician, entry, route: place.route, ready, visits })
    }
}
