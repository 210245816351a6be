//! Hard rule MAX_VISITS: a shift holds no more visits than the technician or the policy allows.

use crate::model::Policy;
use crate::plan::{Route, TechnicianEntry};

/// Whether the route has room for one more.
#[inline]
#[must_use]
pub fn has_room(policy: &Policy, technician: &TechnicianEntry, route: &Route) -> bool {
    route.load() < technician.max_visits(policy.max_visits)
}

/// Visits that the route holds more than allowed.
#[must_use]
pub fn excess(policy: &Policy, technician: &TechnicianEntry, route: &Route) -> i64 {
    i64::from(route.load().saturating_sub(technician.max_visits(policy.max_visits)))
}
