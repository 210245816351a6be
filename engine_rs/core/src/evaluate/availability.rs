//! Hard rule AVAILABILITY: who is offline or paused gets nothing new.

use crate::model::Availability;
use crate::plan::TechnicianEntry;

/// Whether the technician may be given work.
#[must_use]
pub fn allows(technician: &TechnicianEntry) -> bool {
    technician.source.availability == Availability::Available
}
