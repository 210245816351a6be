//! An urgent visit that fits nowhere: who would have to give way, and where to?
//!
//! One less urgent visit that nobody has set out for may be taken from its technician when the urgent one fits in its
//! stead and the ejected one finds another technician; one that is pinned stays. The search is bounded: the nearest routes, every stop of theirs
//! once, and only the cheapest exchanges are followed to their end.

use super::{Insertion, Probe, Search, Work};
use crate::evaluate::{disruption, first_personal_rule, parts, personal_cost, starts};
use crate::model::TimeWindow;
use crate::plan::{VisitEntry, VisitFacts};

/// Most technicians whose routes are looked at, the nearest first.
const MAX_TECHNICIANS: usize = 64;
/// Most exchanges for which another place is looked for.
const MAX_TRIALS: usize = 24;

/// An exchange: `ejected` leaves its technician, the urgent visit takes the room, `onward` is where the ejected one goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ejection {
    /// Number of the visit that gives way.
    pub ejected: u32,
    /// Technician who takes the urgent visit.
    pub technician: u32,
    /// New place of the visit that gives way.
    pub onward: Insertion,
    /// Price of the whole exchange, the disruption included.
    pub cost_milli: i64,
}

/// An exchange whose second half is not known yet.
struct Opening {
    cost_milli: i64,
    technician: u32,
    ejected: u32,
}

impl Search<'_> {
    /// The cheapest exchange that makes room for a visit, or `None`.
    #[must_use]
    pub fn best_ejection(&self, visit: &VisitFacts) -> Option<Ejection> {
        let mut best: Option<Ejection> = None;
        for opening in self.openings(visit).into_iter().take(MAX_TRIALS) {
            if best.is_some_and(|best| opening.cost_milli >= best.cost_milli) {
                continue;
            }
            let ejected = &self.plan.visit(opening.ejected).facts;
            let Some(onward) = self.best(ejected, 1, Some(opening.technician)).into_iter().next() else { continue };
            let cost_milli = opening.cost_milli + onward.cost_milli;
            if best.is_none_or(|best| cost_milli < best.cost_milli) {
                best = Some(Ejection { ejected: opening.ejected, technician: opening.technician, onward, cost_milli });
            }
        }
        best
    }

    /// Exchanges in which the urgent visit fits, cheapest first half first.
    fn openings(&self, visit: &VisitFacts) -> Vec<Opening> {
        let mut openings = Vec::new();
        for number in self.nearest_qualified(visit, MAX_TECHNICIANS) {
            let Some(entry) = self.plan.technician(number) else { continue };
            let span = TimeWindow::new(visit.windows.first_s(), visit.windows.last_s());
            for index in entry.routes_touching(span, self.now_s) {
                self.open_route(visit, number, index, &mut openings);
            }
        }
        openings.sort_by_key(|opening| (opening.cost_milli, opening.technician, opening.ejected));
        openings
    }

    /// At most `count` technicians whom no rule about the person keeps out, by straight line from anything they do.
    #[must_use]
    pub fn nearest_qualified(&self, visit: &VisitFacts, count: usize) -> Vec<u32> {
        let mut near: Vec<(f64, u32)> = self
            .qualified(visit)
            .iter()
            .filter(|number| {
                let entry = self.plan.technician(*number);
                entry.is_some_and(|entry| first_personal_rule(*number, entry, visit).is_none())
            })
            .filter_map(|number| Some((self.plan.digest(number)?.line_m(visit.point), number)))
            .collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        near.into_iter().take(count).map(|(_, number)| number).collect()
    }

    fn open_route(&self, visit: &VisitFacts, number: u32, index: usize, openings: &mut Vec<Opening>) {
        let Some(entry) = self.plan.technician(number) else { return };
        let route = &entry.routes[index];
        let ready = self.ready(number, entry, index);
        let windows = starts::allowed(&entry.facts, visit);
        let mut probe = Probe::new(self.policy, &self.plan.travel, self.now_s);
        for position in route.frozen..route.stops.len() {
            let stop = &route.stops[position];
            let VisitEntry { source, links, .. } = self.plan.visit(stop.visit);
            let is_bound = links.is_some() || self.plan.is_held(stop.visit);
            if stop.promise.priority >= visit.promise.priority || !source.state.is_movable() || is_bound {
                continue;
            }
            let (Some(gain_milli), rest) = (self.removal_gain(stop.visit), self.without(route, position)) else {
                continue;
            };
            if !parts::has_room(self.plan, entry, &rest, visit) {
                continue;
            }
            let Ok(slot) = probe.best(&rest, ready, visit, Work::of(&entry.facts, visit, &windows)) else { continue };
            let price_milli = disruption::cost(self.policy, source.state, stop.start_s, self.now_s);
            let cost_milli =
                slot.cost_milli + personal_cost(self.policy, number, entry, visit) - gain_milli + price_milli;
            openings.push(Opening { cost_milli, technician: number, ejected: stop.visit });
        }
    }
}
