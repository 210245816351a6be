//! Price of unequal work: the n-th visit of a shift costs n - 1 times the price, so that who has little gets the next.

use crate::model::Policy;

/// Price of one more visit for somebody who has `load` in the shift.
#[inline]
#[must_use]
pub fn added_cost(policy: &Policy, load: u32) -> i64 {
    i64::from(load) * policy.fairness_milli_per_visit
}

/// Sum of `0..load`: the quantity that the price is for.
#[must_use]
pub fn weight(load: u32) -> i64 {
    let load = i64::from(load);
    load * (load - 1) / 2
}
