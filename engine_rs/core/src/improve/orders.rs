//! What a study has found, in words that outlive its numbers.

use crate::model::Timestamp;

/// The order a route had when it was copied, and the order it should get. Stops under way are in neither.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteOrder {
    /// Whose route.
    pub technician_id: String,
    /// Start of its shift.
    pub shift_start_s: Timestamp,
    /// Identifiers of the visits planned on it, in order.
    pub before: Vec<String>,
    /// Identifiers of the visits that should be on it, in order.
    pub after: Vec<String>,
}
