//! What a command costs: the routes it touches, before and after.

use super::day::Day;
use crate::evaluate::measure;
use crate::plan::Place;
use std::collections::BTreeMap;

/// Price of all routes of a technician before the command touched the first of them, by number.
pub(super) type Prices = BTreeMap<u32, i64>;

impl Day<'_> {
    /// Remembers what a technician's routes cost, unless they are remembered already or nobody asks.
    pub(super) fn remember_price(&mut self, technician: u32) {
        if self.prices.as_ref().is_none_or(|prices| prices.contains_key(&technician)) {
            return;
        }
        let cost_milli = self.price_of(technician);
        if let Some(prices) = &mut self.prices {
            prices.insert(technician, cost_milli);
        }
    }

    /// What the routes touched cost now more than before.
    pub(super) fn price_change(&self) -> i64 {
        let prices = self.prices.iter().flatten();
        prices.map(|(technician, before_milli)| self.price_of(*technician) - before_milli).sum()
    }

    /// Price of all routes of a technician as of now, whether or not they keep every rule. Linear in the stops.
    fn price_of(&self, technician: u32) -> i64 {
        let routes = self.plan.technician(technician).map_or(0, |entry| entry.routes.len());
        let sequences = (0..routes).filter_map(|route| self.sequence(Place { technician, route }));
        let cost_milli = |sequence| measure(self.policy, &self.plan.travel, &sequence).0.terms.cost_milli();
        sequences.map(cost_milli).sum()
    }
}
