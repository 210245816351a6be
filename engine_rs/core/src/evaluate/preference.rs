//! Bonus for the technician whom the customer would like.

use crate::model::Policy;
use crate::plan::VisitFacts;

/// 1 when the wish is met.
#[must_use]
pub fn wishes_met(number: u32, visit: &VisitFacts) -> i64 {
    i64::from(visit.preferred == Some(number))
}

/// The bonus, negative.
#[must_use]
pub fn cost(policy: &Policy, number: u32, visit: &VisitFacts) -> i64 {
    -wishes_met(number, visit) * policy.preference_milli
}
