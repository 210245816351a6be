//! Hard rule SHIFT and the price of overtime: a route ends by the shift's end plus the overtime the policy allows.

use super::per_minute;
use crate::model::{Policy, Timestamp};
use crate::plan::Duty;

/// Seconds worked after the shift's end.
#[inline]
#[must_use]
pub fn overtime_s(duty: &Duty, end_s: Timestamp) -> i64 {
    (end_s - duty.window.end_s).max(0)
}

/// Price of a route that ends at `end_s`.
#[inline]
#[must_use]
pub fn cost(policy: &Policy, duty: &Duty, end_s: Timestamp) -> i64 {
    per_minute(overtime_s(duty, end_s), policy.overtime_milli_per_min)
}
