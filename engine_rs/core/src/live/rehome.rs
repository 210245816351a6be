//! Visits that lost their place, and room that others may use.

use super::day::Day;
use crate::evaluate::first_personal_rule;
use crate::explain::reasons_of;
use crate::model::Priority;
use crate::plan::Place;
use crate::search::{Candidate, Insertion, Matching, Queue};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// From this many visits asked for as soon as possible on, they are matched together.
const MATCH_FROM: usize = 8;
/// Technicians that each of them names.
const MATCH_CANDIDATES: usize = 20;
/// Price of leaving one of them to be inserted afterwards: more than any place costs.
const LEFT_OUT_MILLI: i64 = 1 << 50;
/// Most unassigned visits that are offered the room one technician has got.
const MAX_OFFERED: usize = 256;

impl Day<'_> {
    /// Takes stops off a route until the rest keeps every rule; returns those taken off, with their technician.
    ///
    /// Each round takes off the first stop that breaks a rule, or an unpinned one in front of it when it is pinned, so that
    /// at most that many visits move.
    pub(super) fn mend(&mut self, place: Place) -> Vec<(u32, u32)> {
        let mut homeless = Vec::new();
        while let Some((broken, _)) = self.refresh(place) {
            // Ties may break a rule on another route than the one asked about.
            let place = self.plan.visit(broken).place.unwrap_or(place);
            let visit = self.who_gives_way(place, broken);
            let technician = place.technician;
            self.unassign(visit);
            homeless.push((visit, technician));
        }
        homeless
    }

    /// Finds a place for visits on no route; the rest learn why not.
    ///
    /// Each comes with the technician it was taken from, if any. More urgent ones go first, then those that would lose most
    /// by waiting; of those alike the ones with fewest qualified technicians.
    pub(super) fn rehome(&mut self, homeless: Vec<(u32, Option<u32>)>) {
        if self.is_quiet {
            return;
        }
        let homeless = if self.plan.has_ties() { self.rehome_tied_among(homeless) } else { homeless };
        let homeless = self.in_order(homeless);
        if let [(visit, before)] = homeless.as_slice() {
            let found = self.search().best(&self.plan.visit(*visit).facts, 1, None);
            self.settle_in(*visit, *before, found.first());
            return;
        }
        let homeless = self.match_asap(homeless);
        let visits: Vec<u32> = homeless.iter().map(|(visit, _)| *visit).collect();
        let before: BTreeMap<u32, Option<u32>> = homeless.into_iter().collect();
        let mut queue = Queue::new(&self.search(), &visits);
        while let Some((visit, found)) = queue.pop() {
            for technician in self.settle_in(visit, before[&visit], found.as_ref()) {
                queue.mend(&self.search(), technician);
            }
        }
    }

    /// Finds places for the tied ones among visits on no route, after plain ones that are more urgent; returns the rest.
    fn rehome_tied_among(&mut self, homeless: Vec<(u32, Option<u32>)>) -> Vec<(u32, Option<u32>)> {
        let (tied, plain): (Vec<_>, Vec<_>) = homeless.into_iter().partition(|(visit, _)| self.plan.is_tied(*visit));
        let priority = |visit: u32| self.plan.visit(visit).facts.promise.priority;
        let Some(most) = tied.iter().map(|(visit, _)| priority(*visit)).max() else { return plain };
        let (first, rest): (Vec<_>, Vec<_>) = plain.into_iter().partition(|(visit, _)| priority(*visit) > most);
        self.rehome(first);
        self.rehome_tied(&tied);
        rest
    }

    /// Gives visits asked for as soon as possible one technician each, at the least total price; returns the others.
    fn match_asap(&mut self, homeless: Vec<(u32, Option<u32>)>) -> Vec<(u32, Option<u32>)> {
        let is_asap = |visit: u32| self.plan.visit(visit).facts.promise.due_s.is_some();
        let (asap, mut rest): (Vec<_>, Vec<_>) = homeless.into_iter().partition(|(visit, _)| is_asap(*visit));
        if asap.len() < MATCH_FROM {
            rest.extend(asap);
            return self.in_order(rest);
        }
        let rows: Vec<Vec<Candidate>> = asap.iter().map(|(visit, _)| self.candidates_of(*visit)).collect();
        let technicians = self.plan.dictionary.technicians.len();
        let matching = Matching::of(technicians, rows.iter().map(|row| (row.as_slice(), LEFT_OUT_MILLI)));
        for (index, (visit, before)) in asap.into_iter().enumerate() {
            // Nobody gets two visits, so that every price still stands when its turn comes.
            let technician = matching.technician_of(index);
            let found = technician.and_then(|number| self.search().best_of(&self.plan.visit(visit).facts, number));
            match self.within_bound(visit, before, found) {
                Some(insertion) => {
                    self.assign(visit, &insertion);
                    self.count_move(visit, before);
                }
                None => rest.push((visit, before)),
            }
        }
        self.in_order(rest)
    }

    fn candidates_of(&self, visit: u32) -> Vec<Candidate> {
        let places = self.search().best(&self.plan.visit(visit).facts, MATCH_CANDIDATES, None);
        let candidate = |place: Insertion| Candidate { technician: place.technician, cost_milli: place.cost_milli };
        places.into_iter().map(candidate).collect()
    }

    /// Puts a visit where room was found, else makes room, else gives up. Returns the technicians whose routes changed.
    fn settle_in(&mut self, visit: u32, before: Option<u32>, found: Option<&Insertion>) -> Vec<u32> {
        match self.within_bound(visit, before, found.copied()) {
            Some(insertion) => {
                self.assign(visit, &insertion);
                self.count_move(visit, before);
                vec![insertion.technician]
            }
            None => {
                let changed = self.eject_for(visit, before);
                if self.plan.visit(visit).place.is_none() {
                    self.give_up(visit);
                }
                self.count_move(visit, before);
                changed
            }
        }
    }

    /// The place found, unless it would move more visits than allowed: then the place with the technician who had it, if
    /// there is one.
    fn within_bound(&self, visit: u32, before: Option<u32>, found: Option<Insertion>) -> Option<Insertion> {
        let Some(before) = before.filter(|_| !self.may_move(1)) else { return found };
        match found {
            Some(insertion) if insertion.technician == before => Some(insertion),
            _ => self.search().best_of(&self.plan.visit(visit).facts, before),
        }
    }

    /// Whether `count` more visits may go from one technician to another.
    pub(super) fn may_move(&self, count: u32) -> bool {
        self.moves_left.is_none_or(|left| left >= count)
    }

    /// Makes room for an urgent visit by moving a less urgent one. Returns the technicians whose routes changed.
    fn eject_for(&mut self, visit: u32, before: Option<u32>) -> Vec<u32> {
        let facts = &self.plan.visit(visit).facts;
        if !self.policy.ejection || facts.promise.priority == Priority::Routine {
            return Vec::new();
        }
        if !self.may_move(1 + u32::from(before.is_some())) {
            return Vec::new();
        }
        let Some(ejection) = self.search().best_ejection(facts) else { return Vec::new() };
        self.unassign(ejection.ejected);
        let taken = self.search().best_of(&self.plan.visit(visit).facts, ejection.technician);
        if let Some(insertion) = taken {
            self.assign(visit, &insertion);
        }
        self.assign(ejection.ejected, &ejection.onward);
        self.count_move(ejection.ejected, Some(ejection.technician));
        vec![ejection.technician, ejection.onward.technician]
    }

    /// Mends a route and finds places for what had to leave it.
    pub(super) fn mend_and_rehome(&mut self, place: Place) {
        let homeless = self.mend(place);
        self.rehome(homeless.into_iter().map(|(visit, technician)| (visit, Some(technician))).collect());
    }

    /// Leaves a visit unassigned and says why.
    pub(super) fn give_up(&mut self, visit: u32) {
        self.journal.touch(self.plan, visit);
        let found = reasons_of(&self.search(), visit);
        let now_s = self.now_s;
        let entry = self.plan.visit_mut(visit);
        entry.tried_s = now_s;
        entry.source.unassigned_reasons = found;
    }

    /// Offers the room a technician has got to the unassigned visits the person may do, the most urgent first.
    pub(super) fn offer_room(&mut self, technician: u32) {
        self.offer_room_to_others(technician, None);
        if self.plan.has_ties() && !self.is_quiet {
            self.offer_room_to_tied(technician);
        }
    }

    /// Unassigned visits that no rule about the person keeps from a technician: urgent first, then whose windows end first.
    pub(super) fn waiting_for(&self, technician: u32) -> Vec<u32> {
        let Some(entry) = self.plan.technician(technician) else { return Vec::new() };
        let mut waiting: Vec<(Reverse<Priority>, i64, &str, u32)> = Vec::new();
        for visit in &self.plan.unassigned {
            let open = self.plan.visit(*visit);
            let is_open = !open.source.state.is_final() && open.links.is_none();
            if is_open && first_personal_rule(technician, entry, &open.facts).is_none() {
                let urgency = Reverse(open.facts.promise.priority);
                waiting.push((urgency, open.facts.windows.last_s(), &open.source.id, *visit));
            }
        }
        waiting.sort_unstable();
        waiting.into_iter().take(MAX_OFFERED).map(|(_, _, _, visit)| visit).collect()
    }

    /// Orders visits: urgent before routine, then who has fewest qualified technicians, then whose windows end first.
    fn in_order(&self, visits: Vec<(u32, Option<u32>)>) -> Vec<(u32, Option<u32>)> {
        let mut keyed: Vec<_> =
            visits.into_iter().map(|(visit, before)| (self.urgency_key(visit), visit, before)).collect();
        keyed.sort();
        keyed.into_iter().map(|(_, visit, before)| (visit, before)).collect()
    }

    pub(super) fn urgency_key(&self, visit: u32) -> (Reverse<Priority>, u32, i64, String) {
        let entry = self.plan.visit(visit);
        let qualified = self.search().qualified(&entry.facts).count();
        (Reverse(entry.facts.promise.priority), qualified, entry.facts.windows.last_s(), entry.source.id.clone())
    }
}
