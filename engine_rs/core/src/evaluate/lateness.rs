//! Price of lateness: seconds of start after the promised one.

use super::per_minute;
use crate::model::{Policy, Timestamp};
use crate::plan::Promise;

/// Seconds late; nothing for visits promised within a window.
#[must_use]
pub fn late_s(promise: &Promise, start_s: Timestamp) -> i64 {
    promise.due_s.map_or(0, |due_s| (start_s - due_s).max(0))
}

/// Price of the lateness.
#[inline]
#[must_use]
pub fn cost(policy: &Policy, promise: &Promise, start_s: Timestamp) -> i64 {
    per_minute(late_s(promise, start_s), policy.lateness_milli_per_min.of(promise.priority))
}
