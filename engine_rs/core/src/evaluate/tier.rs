//! Bonus of the star tier, bounded, with a floor for newcomers who could otherwise never earn a star.

use crate::model::{Policy, Technician};

/// Whether the technician is new: tier 0 and few ratings.
#[must_use]
pub fn is_newcomer(policy: &Policy, technician: &Technician) -> bool {
    technician.star_tier == 0 && technician.rating_count < policy.newcomer_ratings
}

/// The bonus of the tier, negative; nothing at tier 0.
#[must_use]
pub fn cost(policy: &Policy, technician: &Technician) -> i64 {
    -(i64::from(technician.star_tier) * policy.tier_milli_per_star).min(policy.tier_max_milli)
}

/// The bonus of a newcomer, negative.
#[must_use]
pub fn newcomer_cost(policy: &Policy, technician: &Technician) -> i64 {
    if is_newcomer(policy, technician) { -policy.newcomer_milli } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LatLng;

    #[test]
    fn a_newcomer_has_a_bonus_of_its_own_until_a_star_or_enough_ratings() {
        let policy = Policy::default();
        let mut technician = Technician::new("t", LatLng::new(0.0, 0.0));
        assert_eq!((cost(&policy, &technician), newcomer_cost(&policy, &technician)), (0, -policy.newcomer_milli));
        technician.rating_count = policy.newcomer_ratings;
        assert_eq!(newcomer_cost(&policy, &technician), 0);
        (technician.rating_count, technician.star_tier) = (0, 2);
        let tier_milli = -2 * policy.tier_milli_per_star;
        assert_eq!((cost(&policy, &technician), newcomer_cost(&policy, &technician)), (tier_milli, 0));
    }
}
