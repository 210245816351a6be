//! What a study has found becomes part of the plan, as far as the plan is still as the study knew it.
//!
//! Orders that exchange visits belong together: they are adopted together or not at all. Such a group is adopted when
//! every route of it has the very order it had when it was copied and nothing pinned or tied on it, every visit is where it was and may still move, every
//! rule holds as of now, and it still gains: a visit without a place finds one, or the price falls by more than the
//! disruption and the policy's threshold. What has happened meanwhile therefore always stands.

use super::day::Day;
use crate::evaluate::{disruption, first_personal_rule, fits, starts};
use crate::explain::explain_placed;
use crate::improve::RouteOrder;
use crate::model::{Placement, VisitState};
use crate::plan::{Place, Route};
use std::collections::{BTreeMap, BTreeSet};

/// An order in the plan's own numbers.
struct Change {
    place: Place,
    before: Vec<u32>,
    after: Vec<u32>,
}

/// A visit that goes to another route, and from whom.
struct Mover {
    visit: u32,
    from: Option<Place>,
    to: Place,
}

impl Day<'_> {
    /// Adopts what still stands of some orders; at most `max_moves` visits go to somebody else. Tells whether any was.
    pub(super) fn adopt(&mut self, orders: &[RouteOrder], max_moves: usize) -> bool {
        let (mut left, mut has_changed) = (max_moves, false);
        for group in groups(orders) {
            let changes: Option<Vec<Change>> = group.into_iter().map(|order| self.resolve(order)).collect();
            let Some(changes) = changes.filter(|changes| self.is_whole(changes)) else { continue };
            let movers = self.movers(&changes);
            let moved = movers.iter().filter(|mover| is_taken_away(mover)).count();
            if moved <= left && self.try_group(&changes, &movers) {
                left -= moved;
                has_changed = true;
            }
        }
        has_changed
    }

    /// The order in numbers, if the route is still as it was.
    fn resolve(&self, order: &RouteOrder) -> Option<Change> {
        let technician = self.plan.technician_number(&order.technician_id)?;
        let entry = self.plan.technician(technician)?;
        let route = entry.routes.iter().position(|route| route.duty.window.start_s == order.shift_start_s)?;
        let numbers = |ids: &[String]| ids.iter().map(|id| self.plan.visit_number(id)).collect::<Option<Vec<u32>>>();
        let (before, after) = (numbers(&order.before)?, numbers(&order.after)?);
        let is_same = entry.routes[route].planned().iter().map(|stop| stop.visit).eq(before.iter().copied());
        // Ties reach beyond the routes of a study: what is tied stays, and so does what is pinned.
        let place = Place { technician, route };
        let is_bound = self.plan.is_route_tied(place) || self.plan.is_route_pinned(place);
        let is_kept = is_same && !is_bound && self.keeps_frozen(&entry.routes[route], &after);
        is_kept.then_some(Change { place, before, after })
    }

    /// Whether the routine visits about to begin stay the first routine ones of an order; urgent ones may pass them.
    fn keeps_frozen(&self, route: &Route, after: &[u32]) -> bool {
        let until_s = self.policy.freeze_until_s(self.now_s);
        let is_routine = |visit: &u32| !self.plan.visit(*visit).facts.is_urgent();
        let soon = route.planned().iter().take_while(|stop| stop.start_s <= until_s).map(|stop| stop.visit);
        let mut first = after.iter().copied().filter(is_routine);
        soon.filter(is_routine).all(|visit| first.next() == Some(visit))
    }

    /// Whether no visit is lost, doubled or taken from where nobody said it was.
    fn is_whole(&self, changes: &[Change]) -> bool {
        let before: BTreeSet<u32> = changes.iter().flat_map(|change| change.before.iter().copied()).collect();
        let after: BTreeSet<u32> = changes.iter().flat_map(|change| change.after.iter().copied()).collect();
        let count: usize = changes.iter().map(|change| change.after.len()).sum();
        let is_open = |visit: &u32| {
            let entry = self.plan.visit(*visit);
            entry.place.is_none()
                && entry.source.state == VisitState::Unassigned
                && entry.links.is_none()
                && entry.facts.pin.is_none()
        };
        after.len() == count && before.is_subset(&after) && after.difference(&before).all(is_open)
    }

    fn movers(&self, changes: &[Change]) -> Vec<Mover> {
        let mut movers = Vec::new();
        for change in changes {
            for visit in &change.after {
                let from = self.plan.visit(*visit).place;
                if from != Some(change.place) {
                    movers.push(Mover { visit: *visit, from, to: change.place });
                }
            }
        }
        movers
    }

    /// Makes the changes of a group; takes them back, and returns false, when a rule breaks or nothing is gained.
    fn try_group(&mut self, changes: &[Change], movers: &[Mover]) -> bool {
        if !movers.iter().all(|mover| self.may_go(mover)) {
            return false;
        }
        changes.iter().for_each(|change| self.remember_price(change.place.technician));
        let saved = self.routes_of(changes);
        movers.iter().for_each(|mover| self.journal.touch(self.plan, mover.visit));
        if !self.rearrange_if_better(changes, movers) {
            // With the times they had: whatever time has broken meanwhile is mended by the next tick, not here.
            self.plan.put_back(saved);
            return false;
        }
        movers.iter().for_each(|mover| self.tell_mover(mover));
        true
    }

    /// Makes the changes; false, with things as they may be, when a rule breaks or nothing is gained.
    fn rearrange_if_better(&mut self, changes: &[Change], movers: &[Mover]) -> bool {
        self.refresh_all(changes);
        let Some(before_milli) = self.price_of_group(changes) else { return false };
        let least_milli = self.price_of_moves(movers) + self.policy.improvement_threshold_milli;
        let is_sound = self.rearrange(changes, movers);
        let after_milli = if is_sound { self.price_of_group(changes) } else { None };
        let places_more = movers.iter().any(|mover| mover.from.is_none());
        after_milli.is_some_and(|after_milli| places_more || before_milli - after_milli > least_milli)
    }

    fn may_go(&self, mover: &Mover) -> bool {
        let entry = self.plan.visit(mover.visit);
        let Some(technician) = self.plan.technician(mover.to.technician) else { return false };
        let is_free = mover.from.is_none() || (entry.source.state.is_movable() && entry.extra_s == 0);
        is_free && first_personal_rule(mover.to.technician, technician, &entry.facts).is_none()
    }

    /// Price of all routes of a group as of now; `None` when one breaks a rule, has too many visits or too few parts.
    fn price_of_group(&self, changes: &[Change]) -> Option<i64> {
        let search = self.search();
        let price = |change: &Change| {
            let entry = self.plan.technician(change.place.technician)?;
            let fits = fits(self.policy, self.plan, entry, &entry.routes[change.place.route]);
            search.route_cost(change.place.technician, change.place.route).filter(|_| fits)
        };
        changes.iter().map(price).sum()
    }

    fn price_of_moves(&self, movers: &[Mover]) -> i64 {
        let price = |mover: &Mover| {
            let (_, stop) = self.plan.stop(mover.visit)?;
            let state = self.plan.visit(mover.visit).source.state;
            Some(disruption::cost(self.policy, state, stop.start_s, self.now_s))
        };
        movers.iter().filter(|mover| is_taken_away(mover)).filter_map(price).sum()
    }

    /// All routes of the technicians of a group, as they are.
    fn routes_of(&self, changes: &[Change]) -> Vec<(u32, Vec<Route>)> {
        let technicians: BTreeSet<u32> = changes.iter().map(|change| change.place.technician).collect();
        let routes = |number: u32| self.plan.technician(number).map_or_else(Vec::new, |entry| entry.routes.clone());
        technicians.into_iter().map(|number| (number, routes(number))).collect()
    }

    /// Puts every stop where its order says and renews times; false when a rule breaks.
    fn rearrange(&mut self, changes: &[Change], movers: &[Mover]) -> bool {
        for mover in movers {
            self.plan.unplace(mover.visit);
        }
        for change in changes {
            let frozen = self.plan.route(change.place).map_or(0, |route| route.frozen);
            for (index, visit) in change.after.iter().enumerate() {
                if self.plan.visit(*visit).place.is_some() {
                    self.plan.reposition(*visit, frozen + index);
                } else if let Some(entry) = self.plan.technician(change.place.technician) {
                    let windows = starts::allowed(&entry.facts, &self.plan.visit(*visit).facts).into_owned();
                    self.plan.place(*visit, change.place, frozen + index, windows);
                }
            }
        }
        self.refresh_all(changes)
    }

    /// Renews the times of a group's routes; false when a rule breaks.
    fn refresh_all(&mut self, changes: &[Change]) -> bool {
        let mut is_sound = true;
        for change in changes {
            is_sound &= self.refresh(change.place).is_none();
        }
        is_sound
    }

    /// Notes at the visit itself that it is with somebody new.
    fn tell_mover(&mut self, mover: &Mover) {
        let explained = explain_placed(&self.search(), mover.visit);
        let placement = Placement {
            technician_id: self.plan.technician_id(mover.to.technician).to_owned(),
            cost_milli: explained.as_ref().map_or(0, |explained| explained.terms.cost_milli()),
            score_terms: explained.map(|explained| explained.terms.to_score()).unwrap_or_default(),
            policy_revision: self.policy.revision.clone(),
            ..Placement::default()
        };
        let now_s = self.now_s;
        let source = &mut self.plan.visit_mut(mover.visit).source;
        source.state = VisitState::Planned;
        source.placement = Some(placement);
        source.unassigned_reasons.clear();
        source.times.assign_s = source.times.assign_s.or(Some(now_s));
        source.times.accept_s = None;
        self.count_move(mover.visit, mover.from.map(|from| from.technician));
    }
}

/// Whether somebody loses the visit to somebody else.
fn is_taken_away(mover: &Mover) -> bool {
    mover.from.is_some_and(|from| from.technician != mover.to.technician)
}

/// Orders that share a visit, together; each group in the order given.
fn groups(orders: &[RouteOrder]) -> Vec<Vec<&RouteOrder>> {
    let mut group_of: Vec<usize> = (0..orders.len()).collect();
    let mut first_with: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, order) in orders.iter().enumerate() {
        for visit in order.before.iter().chain(&order.after) {
            let other = *first_with.entry(visit).or_insert(index);
            let (one, two) = (group_of[index], group_of[other]);
            group_of.iter_mut().filter(|group| **group == one).for_each(|group| *group = two);
        }
    }
    let mut groups: BTreeMap<usize, Vec<&RouteOrder>> = BTreeMap::new();
    for (order, group) in orders.iter().zip(group_of) {
        groups.entry(group).or_default().push(order);
    }
    groups.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_that_exchange_visits_belong_together() {
        let order = |technician: &str, before: &[&str], after: &[&str]| {
            let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
            RouteOrder {
                technician_id: technician.to_owned(),
                shift_start_s: 0,
                before: ids(before),
                after: ids(after),
            }
        };
        let orders = [
            order("a", &["1", "2"], &["2"]),
            order("b", &["3", "4"], &["4", "3"]),
            order("c", &[], &["1", "5"]),
            order("d", &["5"], &[]),
        ];
        let told: Vec<Vec<&str>> = groups(&orders)
            .into_iter()
            .map(|group| group.iter().map(|order| &*order.technician_id).collect())
            .collect();
        assert_eq!(told, [vec!["a", "c", "d"], vec!["b"]]);
    }
}
