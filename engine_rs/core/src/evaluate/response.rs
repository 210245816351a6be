//! Price of response: seconds from the request to the start of a visit asked for as soon as possible.

use super::per_minute;
use crate::model::{Policy, Timestamp};
use crate::plan::Promise;

/// Seconds waited; nothing for visits promised within a window.
#[must_use]
pub fn wait_s(promise: &Promise, start_s: Timestamp) -> i64 {
    if promise.due_s.is_some() { (start_s - promise.from_s).max(0) } else { 0 }
}

/// Price of the wait.
#[inline]
#[must_use]
pub fn cost(policy: &Policy, promise: &Promise, start_s: Timestamp) -> i64 {
    per_minute(wait_s(promise, start_s), policy.response_milli_per_min.of(promise.priority))
}
