//! Many visits at once: the one that would lose most by waiting goes first (regret insertion).
//!
//! Each visit keeps its cheapest places, one a technician. The regret of a visit is what its second and third best places
//! cost more than its best one; without a second place it is boundless. After one visit is placed only the technician who
//! got it has changed: everybody else's prices stand, so most lists are mended by a single probe and only a list that has
//! run out of known places is searched for again.

use super::{Insertion, Search};
use crate::model::Priority;

/// Places kept for each visit.
const KEPT: usize = 4;
/// How many places after the best one count into the regret.
const REGRET: usize = 2;
/// Price of a place that does not exist.
const NO_PLACE_MILLI: i64 = 1 << 50;

/// A visit waiting for its turn.
struct Waiting {
    visit: u32,
    priority: Priority,
    /// The cheapest places, exactly; more may exist behind the last one unless `is_complete`.
    places: Vec<Insertion>,
    is_complete: bool,
}

impl Waiting {
    /// What the visit would lose if its best place were taken.
    fn regret_milli(&self) -> i64 {
        let best_milli = self.places.first().map_or(0, |place| place.cost_milli);
        let cost_milli = |place: Option<&Insertion>| place.map_or(NO_PLACE_MILLI, |place| place.cost_milli);
        (1..=REGRET).map(|rank| cost_milli(self.places.get(rank)) - best_milli).sum()
    }
}

/// The visits still to be placed.
pub struct Queue {
    waiting: Vec<Waiting>,
}

impl Queue {
    /// Looks for the places of all visits. `visits` come in the order in which ties are broken.
    #[must_use]
    pub fn new(search: &Search<'_>, visits: &[u32]) -> Self {
        let waiting = visits
            .iter()
            .map(|visit| {
                let priority = search.plan.visit(*visit).facts.promise.priority;
                let mut waiting = Waiting { visit: *visit, priority, places: Vec::new(), is_complete: false };
                waiting.look(search);
                waiting
            })
            .collect();
        Self { waiting }
    }

    /// The next visit and its best place, `None` for a visit that has none. More urgent ones first, then by regret.
    pub fn pop(&mut self) -> Option<(u32, Option<Insertion>)> {
        let key = |waiting: &Waiting| (waiting.priority, waiting.regret_milli());
        let mut next = 0;
        for index in 1..self.waiting.len() {
            if key(&self.waiting[index]) > key(&self.waiting[next]) {
                next = index;
            }
        }
        if self.waiting.is_empty() {
            return None;
        }
        let waiting = self.waiting.remove(next);
        Some((waiting.visit, waiting.places.first().copied()))
    }

    /// Brings all lists up to date after the routes of one technician have changed.
    pub fn mend(&mut self, search: &Search<'_>, technician: u32) {
        for waiting in &mut self.waiting {
            waiting.mend(search, technician);
        }
    }
}

impl Waiting {
    fn look(&mut self, search: &Search<'_>) {
        self.places = search.best(&search.plan.visit(self.visit).facts, KEPT, None);
        self.is_complete = self.places.len() < KEPT;
    }

    fn mend(&mut self, search: &Search<'_>, technician: u32) {
        self.places.retain(|place| place.technician != technician);
        let worst_known_milli = self.places.last().map(|place| place.cost_milli);
        if let Some(place) = search.best_of(&search.plan.visit(self.visit).facts, technician) {
            // Behind the last known place others may come that nobody has looked at.
            if self.is_complete || worst_known_milli.is_some_and(|worst_milli| place.cost_milli < worst_milli) {
                let at = self.places.partition_point(|known| known.cost_milli <= place.cost_milli);
                self.places.insert(at, place);
            }
        }
        if self.places.len() > KEPT {
            self.places.truncate(KEPT);
            self.is_complete = false;
        }
        if self.places.is_empty() && !self.is_complete {
            self.look(search);
        }
    }
}
