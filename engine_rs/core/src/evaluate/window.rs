//! Price of the promised window used up before the start: room against surprises that is gone.

use super::per_minute;
use crate::model::{Policy, Timestamp};
use crate::plan::Promise;

/// Seconds from the first opening to the start; nothing for visits asked for as soon as possible.
#[must_use]
pub fn used_s(promise: &Promise, start_s: Timestamp) -> i64 {
    if promise.due_s.is_some() { 0 } else { (start_s - promise.from_s).max(0) }
}

/// Price of the window used up.
#[inline]
#[must_use]
pub fn cost(policy: &Policy, promise: &Promise, start_s: Timestamp) -> i64 {
    per_minute(used_s(promise, start_s), policy.window_milli_per_min)
}
