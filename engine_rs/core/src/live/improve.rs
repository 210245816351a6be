//! Small improvements of the standing plan: one visit goes to another place on its route, or to another technician, where
//! it costs clearly less.

use super::day::Day;
use crate::evaluate::disruption;
use crate::model::Priority;
use crate::plan::Place;
use crate::search::Insertion;
use crate::solve::Budget;

/// Most visits looked at in one tick; the next tick goes on behind them.
const MAX_SCANNED: usize = 500;
/// Most visits for which a better technician is looked for in one tick: those that cost their routes most.
const MAX_TRIALS: usize = 48;

/// A move worth making.
struct Move {
    visit: u32,
    insertion: Insertion,
    from: Place,
}

impl Day<'_> {
    /// Moves at most `max_moves` visits, those that cost their routes most first.
    ///
    /// A move must gain more than the price of the disruption and the policy's threshold; another order of the same stops,
    /// which disrupts nobody and does not count, more than the threshold. What is planned to start within
    /// the freeze horizon stays, but for urgent visits whose technician has not departed.
    ///
    /// Returns how many changes it made.
    pub(super) fn improve(&mut self, max_moves: u32, next: &mut u32) -> u32 {
        let (mut left, mut made) = (max_moves, 0);
        for visit in self.worst_placed(next) {
            if left == 0 {
                break;
            }
            if self.try_to_reorder(visit, self.policy.improvement_threshold_milli) {
                made += 1;
            } else if self.try_to_move(visit, self.policy.improvement_threshold_milli) {
                (left, made) = (left - 1, made + 1);
            }
        }
        made
    }

    /// Improves by single moves until every visit has been looked at without finding anything, or the budget is used up.
    /// Returns the rounds it took.
    pub(super) fn improve_by_moves(&mut self, budget: &mut dyn Budget, seed: u32) -> u64 {
        let mut next = seed;
        let most_idle = self.plan.visit_count().div_ceil(MAX_SCANNED);
        let (mut idle, mut rounds) = (0, 0);
        while idle < most_idle && budget.used(rounds) < 1.0 {
            let made = self.improve(self.moves_left.unwrap_or(u32::MAX), &mut next);
            (idle, rounds) = (if made == 0 { idle + 1 } else { 0 }, rounds + 1);
        }
        rounds
    }

    /// Moves a visit to the technician for whom it is cheapest, if that gains more than the disruption and `threshold_milli`.
    pub(super) fn try_to_move(&mut self, visit: u32, threshold_milli: i64) -> bool {
        if self.is_quiet || !self.may_move(1) {
            return false;
        }
        let Some(found) = self.better_place(visit, threshold_milli) else { return false };
        let before = found.from.technician;
        self.unassign(found.visit);
        // The search saw the plan with the visit still on its old route; other routes are as they were.
        self.assign(found.visit, &found.insertion);
        self.count_move(found.visit, Some(before));
        true
    }

    /// Puts a visit at another position of its own route, if that gains more than `threshold_milli`.
    fn try_to_reorder(&mut self, visit: u32, threshold_milli: i64) -> bool {
        if self.plan.is_in_place(visit) {
            return false;
        }
        let Some((position, better_milli)) = self.search().better_position(visit) else { return false };
        let Some(place) = self.plan.visit(visit).place.filter(|_| better_milli > threshold_milli) else { return false };
        self.remember_price(place.technician);
        self.plan.reposition(visit, position);
        self.refresh(place);
        true
    }

    fn better_place(&self, visit: u32, threshold_milli: i64) -> Option<Move> {
        let entry = self.plan.visit(visit);
        let from = entry.place?;
        let is_bound = entry.links.is_some() || self.plan.is_held(visit);
        if !entry.source.state.is_movable() || is_bound {
            return None;
        }
        let search = self.search();
        let gain_milli = search.removal_gain(visit)?;
        let (_, stop) = self.plan.stop(visit)?;
        let price = disruption::cost(self.policy, entry.source.state, stop.start_s, self.now_s);
        let most_milli = gain_milli - price - threshold_milli;
        let found = search.best_within(&entry.facts, 1, Some(from.technician), Some(most_milli - 1));
        found.first().map(|insertion| Move { visit, insertion: *insertion, from })
    }

    /// Movable visits among the next few, by what their routes would save without them, the most first.
    fn worst_placed(&self, next: &mut u32) -> Vec<u32> {
        let search = self.search();
        let mut gains: Vec<(i64, &str, u32)> = Vec::new();
        for visit in self.plan.visits_from(next, MAX_SCANNED) {
            if self.may_improve(visit)
                && let Some(gain_milli) = search.removal_gain(visit)
            {
                gains.push((-gain_milli, &self.plan.visit(visit).source.id, visit));
            }
        }
        gains.sort_unstable();
        gains.into_iter().take(MAX_TRIALS).map(|(_, _, visit)| visit).collect()
    }

    fn may_improve(&self, visit: u32) -> bool {
        let entry = self.plan.visit(visit);
        let Some((_, stop)) = self.plan.stop(visit) else { return false };
        let is_urgent = entry.facts.promise.priority > Priority::Routine;
        let is_free = stop.start_s > self.policy.freeze_until_s(self.now_s);
        entry.source.state.is_movable() && entry.links.is_none() && (is_urgent || is_free)
    }
}
