//! Price of over-qualification: a master sent where a trainee would do is missing elsewhere.

use crate::model::Policy;
use crate::plan::{TechnicianFacts, VisitFacts};

/// Levels held above those asked, summed over the skills asked.
#[must_use]
pub fn levels(technician: &TechnicianFacts, visit: &VisitFacts) -> i64 {
    visit.skills.iter().map(|(skill, level)| i64::from(technician.level(*skill).saturating_sub(*level))).sum()
}

/// Price of the levels.
#[must_use]
pub fn cost(policy: &Policy, technician: &TechnicianFacts, visit: &VisitFacts) -> i64 {
    levels(technician, visit) * policy.over_qualification_milli_per_level
}
