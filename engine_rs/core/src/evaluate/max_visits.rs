//! Hard rule MAX_VISITS: a shift holds no more visits than the technician or the policy allows.

use crate::model::Policy;
use crate::plan::{Route, TechnicianEntry};

/// Whether the route has room for one more.
#[inline]
#[must_use]
pub fn has_room(policy: &Policy, technician: &TechnicianEntry, route: &Route) -> bool {
    route.load() < technician.max_visits(policy.max_visits)
}
