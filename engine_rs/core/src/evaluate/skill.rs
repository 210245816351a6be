//! Hard rule SKILL: every skill asked for is held, at the level asked or higher.

use crate::plan::{TechnicianFacts, VisitFacts};

/// Whether every skill is held at its level.
#[must_use]
pub fn allows(technician: &TechnicianFacts, visit: &VisitFacts) -> bool {
    visit.skills.iter().all(|(skill, level)| technician.level(*skill) >= *level)
}
