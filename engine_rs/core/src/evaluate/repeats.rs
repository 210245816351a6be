//! Price of repeat visits: how many in a hundred of a technician's visits had to be done again, against what is usual.
//!
//! The share of n visits is shrunk as if `repeat_prior_count` visits at `repeat_prior_percent` had come before them, so that one
//! unlucky visit does not count for much. Who is better than usual gets a bonus.

use crate::model::{Policy, Technician};

/// Hundredths of a percent by which the shrunk share of repeat visits lies above the usual one; negative below it.
#[must_use]
#[allow(clippy::cast_possible_truncation, reason = "-10,000 to 10,000")]
pub fn excess_basis_points(policy: &Policy, technician: &Technician) -> i64 {
    let (visits, prior_count) = (f64::from(technician.attended_count), f64::from(policy.repeat_prior_count));
    if visits == 0.0 {
        return 0;
    }
    let own = f64::from(technician.repeat_count) * 100.0;
    let percent = (own + policy.repeat_prior_percent * prior_count) / (visits + prior_count);
    ((percent - policy.repeat_prior_percent) * 100.0).round() as i64
}

/// Price of the difference, negative for a bonus.
#[must_use]
pub fn cost(policy: &Policy, technician: &Technician) -> i64 {
    excess_basis_points(policy, technician) * policy.repeat_milli_per_percent / 100
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LatLng;

    fn having(attended: u32, repeats: u32) -> Technician {
        let mut technician = Technician::new("t", LatLng::new(0.0, 0.0));
        (technician.attended_count, technician.repeat_count) = (attended, repeats);
        technician
    }

    #[test]
    fn few_visits_say_little() {
        let policy = Policy::default();
        assert_eq!(cost(&policy, &having(0, 0)), 0);
        // One of one: (100 + 5 * 20) / 21 is 9.52, 4.52 above the usual five.
        assert_eq!(excess_basis_points(&policy, &having(1, 1)), 452);
        assert!(cost(&policy, &having(1, 1)) < cost(&policy, &having(200, 30)));
        assert!(cost(&policy, &having(200, 2)) < 0);
    }

    #[test]
    fn without_a_prior_the_share_is_taken_as_it_is() {
        let policy = Policy { repeat_prior_count: 0, ..Policy::default() };
        assert_eq!(excess_basis_points(&policy, &having(10, 1)), 500);
    }
}
