//! Hard rule MAX_TRAVEL: no leg is longer than the policy allows.

use crate::model::Policy;

/// Whether a leg of this length is allowed.
#[inline]
#[must_use]
pub fn allows(policy: &Policy, leg_m: i64) -> bool {
    policy.max_leg_m == 0 || leg_m <= policy.max_leg_m
}
