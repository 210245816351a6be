//! Time has passed.

use super::day::Day;
use crate::model::VisitState;
use crate::plan::{Place, Plan};

/// Most unassigned visits that one tick looks for a place for.
const MAX_RETRIES: usize = 64;

impl Day<'_> {
    /// Renews times from live positions, moves what broke a rule, expires, tries again and improves a little.
    pub(super) fn tick(&mut self, max_moves: u32, improve_next: &mut u32) {
        let mut homeless = Vec::new();
        for place in self.routes_with_stops() {
            if self.ties.is_fresh(place) {
                continue;
            }
            homeless.extend(self.mend(place).into_iter().map(|(visit, technician)| (visit, Some(technician))));
        }
        self.rehome(homeless);
        self.expire();
        self.let_passed_starts_go();
        self.retry();
        if max_moves > 0 {
            self.improve(max_moves, improve_next);
        }
    }

    fn routes_with_stops(&self) -> Vec<Place> {
        let mut places = Vec::new();
        for (technician, entry) in self.plan.technicians() {
            for (route, days) in entry.routes.iter().enumerate() {
                if !days.stops.is_empty() {
                    places.push(Place { technician, route });
                }
            }
        }
        places
    }

    /// Ends unassigned visits whose last allowed start has passed.
    fn expire(&mut self) {
        let is_over = |visit: &u32| self.plan.visit(*visit).facts.windows.last_s() < self.now_s;
        let over: Vec<u32> = self.plan.unassigned.iter().copied().filter(is_over).collect();
        for visit in over {
            let mut ending = self.ending_with(visit, VisitState::Expired);
            ending.push(visit);
            for member in ending {
                if !self.plan.visit(member).source.state.is_final() {
                    self.finish(member, VisitState::Expired);
                }
            }
        }
    }

    /// Looks again for places for visits that were last tried long enough ago.
    fn retry(&mut self) {
        let latest_s = self.now_s - self.policy.retry_interval_s;
        let is_due = |plan: &Plan, visit: u32| {
            let entry = plan.visit(visit);
            entry.tried_s <= latest_s && entry.source.state == VisitState::Unassigned
        };
        let mut due: Vec<u32> =
            self.plan.unassigned.iter().copied().filter(|visit| is_due(self.plan, *visit)).collect();
        due.sort_by_key(|visit| (self.plan.visit(*visit).tried_s, self.plan.visit(*visit).source.id.clone()));
        due.truncate(MAX_RETRIES);
        for visit in due {
            if self.plan.is_tied(visit) {
                if is_due(self.plan, visit) {
                    self.retry_tied(visit);
                }
                continue;
            }
            let found = self.search().best(&self.plan.visit(visit).facts, 1, None);
            match found.first() {
                Some(insertion) => self.assign(visit, insertion),
                None => self.plan.visit_mut(visit).tried_s = self.now_s,
            }
        }
    }
}
