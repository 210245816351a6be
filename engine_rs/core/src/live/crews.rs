//! Places for tied visits: a visit and what waits for it, a crew and its roles.
//!
//! Units - a single visit, or all roles of a crew - are placed in the order in which they wait for one another. A unit first
//! looks for a place that suits everything planned around it. If there is none, what waits for it gives way and is placed
//! again behind it. A role that has lost its technician is filled anew at the same start where possible, else the whole crew
//! is. A crew is never left in part, unless somebody has set out already: then the open role stays open.

use super::day::Day;
use crate::evaluate::first_personal_rule;
use crate::model::{Priority, VisitState};
use crate::plan::VisitFacts;
use crate::search::{CrewPlace, Insertion};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Most waiting units that are offered the room one technician has got.
const MAX_OFFERED: usize = 8;

/// Order of units: what others wait for first, then as `Day::in_order` has it. The last part names the unit.
type UnitKey = (u32, Reverse<Priority>, u32, i64, String, u32);

/// Units still to be placed, and the technicians that their visits were taken from.
#[derive(Debug, Default)]
struct Units {
    waiting: BTreeSet<UnitKey>,
    before: BTreeMap<u32, Option<u32>>,
    /// Visits for which their group has given way once: not again, or two that suit nobody together would take turns for ever.
    regrouped: BTreeSet<u32>,
}

impl Day<'_> {
    /// Finds places for tied visits on no route; the rest learn why not. Each comes with the technician it was taken from.
    pub(super) fn rehome_tied(&mut self, homeless: &[(u32, Option<u32>)]) {
        let mut units = Units::default();
        for (visit, before) in homeless {
            self.refresh_partners(*visit);
            self.queue(&mut units, *visit, *before);
        }
        while let Some((.., visit)) = units.waiting.pop_first() {
            if self.is_open_unit(visit) {
                self.place_unit(visit, &mut units);
            }
        }
    }

    fn queue(&self, units: &mut Units, visit: u32, before: Option<u32>) {
        let known = units.before.entry(visit).or_insert(before);
        *known = known.or(before);
        let Some(first) = self.plan.crew_of(visit).first().copied() else { return };
        let depth = self.plan.links(first).map_or(0, |links| links.depth);
        let (priority, qualified, last_s, id) = self.urgency_key(first);
        units.waiting.insert((depth, priority, qualified, last_s, id, first));
    }

    /// Whether some member of the unit is open and has no place.
    fn is_open_unit(&self, visit: u32) -> bool {
        self.plan.crew_of(visit).iter().any(|member| self.is_without_place(*member))
    }

    fn is_without_place(&self, visit: u32) -> bool {
        self.plan.visit(visit).source.state == VisitState::Unassigned
    }

    /// Finds places for all members that have none, letting what waits for them give way; else gives up and says why.
    fn place_unit(&mut self, visit: u32, units: &mut Units) {
        let members = self.plan.crew_of(visit);
        let is_moved = |member: &&u32| units.before.get(*member).copied().flatten().is_some();
        let moved = u32::try_from(members.iter().filter(is_moved).count()).unwrap_or(u32::MAX);
        let is_placed = self.may_move(moved)
            && (self.try_unit(&members, units) || {
                let group = if units.regrouped.insert(visit) { self.barred_group(visit) } else { Vec::new() };
                let later = members.iter().flat_map(|member| self.plan.waiting_for(*member));
                let in_the_way: BTreeSet<u32> = later.chain(group).collect();
                self.give_way(in_the_way, units) && self.try_unit(&members, units)
            });
        for member in &members {
            if is_placed {
                self.queue_waiting(*member, units);
            } else if self.is_without_place(*member) {
                self.give_up(*member);
            }
        }
    }

    /// The others of a visit's group, when they are with somebody who may not come to this visit at all.
    fn barred_group(&self, visit: u32) -> Vec<u32> {
        let Some(technician) = self.plan.group_technician(visit) else { return Vec::new() };
        let facts = &self.plan.visit(visit).facts;
        let is_barred = self
            .plan
            .technician(technician)
            .is_none_or(|entry| first_personal_rule(technician, entry, facts).is_some());
        let others: Vec<u32> = self.plan.placed_with(visit).collect();
        let is_free = others.iter().all(|member| self.may_drop(*member));
        if is_barred && is_free { others } else { Vec::new() }
    }

    /// What has no place and waits for a visit that now has one gets its turn.
    fn queue_waiting(&self, visit: u32, units: &mut Units) {
        let Some(links) = self.plan.links(visit) else { return };
        for later in &links.before {
            if self.is_without_place(*later) {
                self.queue(units, *later, None);
            }
        }
    }

    /// Takes planned visits off their routes, whole crews with them, and queues them. Returns whether there were any.
    fn give_way(&mut self, visits: BTreeSet<u32>, units: &mut Units) -> bool {
        let mut has_given = false;
        for visit in visits {
            let crew = self.plan.crew_of(visit);
            let may_go = |member: &u32| self.may_drop(*member) && !self.plan.is_held(*member);
            if self.plan.has_crew_begun(visit) || !crew.iter().all(may_go) {
                continue;
            }
            for member in crew {
                self.take_off_unit(member, units);
                has_given = true;
            }
        }
        has_given
    }

    fn take_off_unit(&mut self, visit: u32, units: &mut Units) {
        let before = self.plan.visit(visit).place.map(|place| place.technician);
        self.unassign(visit);
        self.queue(units, visit, before);
    }

    /// Tries to place all members that have no place. What was placed in vain is taken off again.
    fn try_unit(&mut self, members: &[u32], units: &mut Units) -> bool {
        let (open, placed): (Vec<u32>, Vec<u32>) = members.iter().partition(|member| self.is_without_place(**member));
        let is_begun = members.first().is_some_and(|member| self.plan.has_crew_begun(*member));
        if members.len() == 1 || !placed.is_empty() || is_begun {
            let filled: Vec<u32> = open.iter().copied().filter(|member| self.try_alone(*member, units)).collect();
            if filled.len() == open.len() {
                return true;
            }
            if is_begun || members.len() == 1 {
                return false;
            }
            for member in placed.into_iter().chain(filled) {
                if self.may_drop(member) {
                    self.take_off_unit(member, units);
                }
            }
        }
        self.try_crew(members, units)
    }

    /// Places one visit where everything it is tied to suits it.
    fn try_alone(&mut self, visit: u32, units: &Units) -> bool {
        let Ok(facts) = self.plan.wanted(visit).map(std::borrow::Cow::into_owned) else { return false };
        let Some(insertion) = self.search().best(&facts, 1, None).first().copied() else { return false };
        self.assign_tied(visit, &facts, &insertion, units);
        true
    }

    /// Places a whole crew at once.
    fn try_crew(&mut self, members: &[u32], units: &Units) -> bool {
        let mut wanted = Vec::with_capacity(members.len());
        for member in members {
            let Ok(facts) = self.plan.wanted(*member) else { return false };
            wanted.push(facts.into_owned());
        }
        let roles: Vec<&VisitFacts> = wanted.iter().collect();
        let spread_s = members.first().map_or(0, |member| self.plan.max_start_spread_s(*member));
        let Some(CrewPlace { members: places, .. }) = self.search().best_crew(&roles, spread_s) else { return false };
        for (member, (facts, insertion)) in members.iter().zip(places) {
            self.assign_tied(*member, &facts, &insertion, units);
        }
        true
    }

    fn assign_tied(&mut self, visit: u32, facts: &VisitFacts, insertion: &Insertion, units: &Units) {
        self.assign_as(visit, facts, insertion);
        self.count_move(visit, units.before.get(&visit).copied().flatten());
    }

    /// Tries again to place a waiting visit, with its crew; remembers when it was in vain.
    pub(super) fn retry_tied(&mut self, visit: u32) {
        let members = self.plan.crew_of(visit);
        let mut units = Units::default();
        if self.try_unit(&members, &mut units) {
            for member in members {
                self.queue_waiting(member, &mut units);
            }
        } else {
            for member in members {
                self.plan.visit_mut(member).tried_s = self.now_s;
            }
        }
        while let Some((.., later)) = units.waiting.pop_first() {
            if self.is_open_unit(later) {
                self.place_unit(later, &mut units);
            }
        }
    }

    /// Offers the room a technician has got to waiting units in which the person could take a part.
    pub(super) fn offer_room_to_tied(&mut self, technician: u32) {
        let Some(entry) = self.plan.technician(technician) else { return };
        let mut keyed = BTreeSet::new();
        for visit in &self.plan.unassigned {
            let is_waiting = self.plan.is_tied(*visit) && self.is_without_place(*visit);
            let suits = |facts: &VisitFacts| first_personal_rule(technician, entry, facts).is_none();
            if is_waiting && self.plan.wanted(*visit).is_ok_and(|facts| suits(&facts)) {
                let first = self.plan.crew_of(*visit)[0];
                let (priority, _, last_s, id) = self.urgency_key(first);
                keyed.insert((priority, last_s, id, first));
            }
        }
        let waiting: Vec<u32> = keyed.into_iter().take(MAX_OFFERED).map(|(.., visit)| visit).collect();
        for visit in waiting {
            if self.is_open_unit(visit) {
                self.retry_tied(visit);
            }
        }
    }
}
