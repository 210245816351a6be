//! Hard rule PARTNER: the technician belongs to one of the partners that may serve the visit.

use crate::plan::{TechnicianFacts, VisitFacts};

/// Whether anybody may serve the visit, or this technician's partner is among those who may.
#[must_use]
pub fn allows(technician: &TechnicianFacts, visit: &VisitFacts) -> bool {
    visit.partners.is_empty() || visit.partners.binary_search(&technician.partner).is_ok()
}
