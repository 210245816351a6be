//! Price of what a visit by this technician costs by itself: what a partner charges, or an allowance.

use crate::model::{Policy, Technician};

/// The price.
#[must_use]
pub fn cost(policy: &Policy, technician: &Technician) -> i64 {
    technician.cost_per_visit_milli * policy.visit_cost_percent / 100
}
