//! Improving the standing plan beyond what single events ask for.
//!
//! Where nothing else happens meanwhile, [`Day::improve_on`] does it all. Where the plan must stay free, whoever has
//! threads takes a [`Study`] ([`Dispatcher::study`]), improves it elsewhere, and brings its orders back as
//! [`Command::AdoptOrders`](super::Command::AdoptOrders).

use super::Dispatcher;
use super::day::Day;
use crate::improve::{Scope, Study};
use crate::model::Timestamp;
use crate::plan::Positions;
use crate::search::Search;
use crate::solve::{Budget, Iterations};

/// Steps of the study of one round.
const STEPS_A_ROUND: u64 = 400;
/// So many rounds in a row without a change, and nothing more is looked for.
const MAX_IDLE_ROUNDS: u32 = 6;

impl Dispatcher {
    /// Copies a part of the plan that the seed picks, to be improved while the plan stays free.
    ///
    /// At most `max_moves` visits will go to somebody else. Linear in the technicians, and in what is copied.
    #[must_use]
    pub fn study(&self, seed: u64, max_moves: u32, positions: &dyn Positions, now_s: Timestamp) -> Study {
        let search = Search { plan: &self.plan, policy: &self.policy, positions, now_s };
        Study::of(&search, &Scope::around(&search, seed), max_moves as usize)
    }
}

impl Day<'_> {
    /// Improves round after round until nothing is found any more, or the budget is used up: first by single moves, then by
    /// studies of one part of the plan a round.
    pub(super) fn improve_on(&mut self, budget: &mut dyn Budget, seed: u32) {
        let mut rounds = self.improve_by_moves(budget, seed);
        let mut idle = 0;
        while idle < MAX_IDLE_ROUNDS && budget.used(rounds) < 1.0 {
            let has_changed = self.study_round(u64::from(seed) + rounds);
            (idle, rounds) = (if has_changed { 0 } else { idle + 1 }, rounds + 1);
        }
    }

    /// Studies one part of the plan and adopts what is found; tells whether that changed anything.
    fn study_round(&mut self, seed: u64) -> bool {
        let left = self.moves_left.map_or(usize::MAX, |left| left as usize);
        let scope = Scope::around(&self.search(), seed);
        let mut study = Study::of(&self.search(), &scope, left);
        study.improve(seed, &mut Iterations(STEPS_A_ROUND));
        self.adopt(&study.orders(), left)
    }
}
