//! Bonus of the star tier, bounded, with a floor for newcomers who could otherwise never earn a star.

use crate::model::{Policy, Technician};

/// Whether the technician is new: tier 0 and few ratings.
#[must_use]
pub fn is_newcomer(policy: &Policy, technician: &Technician) -> bool {
    technician.star_tier == 0 && technician.rating_count < policy.newcomer_ratings
}

/// The bonus, negative.
#[must_use]
pub fn cost(policy: &Policy, technician: &Technician) -> i64 {
    if is_newcomer(policy, technician) {
        return -policy.newcomer_milli;
    }
    -(i64::from(technician.star_tier) * policy.tier_milli_per_star).min(policy.tier_max_milli)
}
