//! Price of travel: metres of road. It depends on no clock, so that the travel an insertion adds is three lengths.

use crate::model::Policy;

/// Price of one leg.
#[inline]
#[must_use]
pub fn cost(policy: &Policy, leg_m: i64) -> i64 {
    leg_m * policy.travel_milli_per_km / 1_000
}

/// Lower bound of the price of a way of `road_m` metres or more, driven as up to three legs each rounded on its own.
#[inline]
#[must_use]
pub fn least_cost(policy: &Policy, road_m: i64) -> i64 {
    (cost(policy, road_m) - 3).max(-3)
}
