//! Price of the rating: stars below five, of a mean shrunk towards the prior.
//!
//! A mean of n ratings counts as if `rating_prior_count` ratings at the prior had come before them (a Bayesian average), so
//! that one five-star review does not beat a hundred good ones.

use crate::model::{Policy, Technician};

/// Thousandths of a star that the shrunk mean lies below five.
#[must_use]
#[allow(clippy::cast_possible_truncation, reason = "0 to 4,000")]
pub fn missing_milli_stars(policy: &Policy, technician: &Technician) -> i64 {
    let count = if technician.rating_mean == 0.0 { 0.0 } else { f64::from(technician.rating_count) };
    let prior_count = f64::from(policy.rating_prior_count);
    let total = count + prior_count;
    let mean = if total == 0.0 {
        policy.rating_prior_mean
    } else {
        (technician.rating_mean * count + policy.rating_prior_mean * prior_count) / total
    };
    ((5.0 - mean) * 1_000.0).round() as i64
}

/// Price of the missing stars.
#[must_use]
pub fn cost(policy: &Policy, technician: &Technician) -> i64 {
    missing_milli_stars(policy, technician) * policy.rating_milli_per_star / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LatLng;

    fn rated(mean: f64, count: u32) -> Technician {
        let mut technician = Technician::new("t", LatLng::new(0.0, 0.0));
        (technician.rating_mean, technician.rating_count) = (mean, count);
        technician
    }

    #[test]
    fn one_five_star_review_does_not_win() {
        let policy = Policy::default();
        assert!(cost(&policy, &rated(5.0, 1)) > cost(&policy, &rated(4.8, 200)));
        assert!(cost(&policy, &rated(5.0, 200)) < cost(&policy, &rated(4.8, 200)));
        assert_eq!(cost(&policy, &rated(0.0, 0)), 640);
    }
}
