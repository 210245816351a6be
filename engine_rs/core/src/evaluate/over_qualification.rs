//! Price of over-qualification: a master sent where a trainee would do, or somebody who can do more than is asked, is
//! missing elsewhere.

use crate::model::Policy;
use crate::plan::{TechnicianFacts, VisitFacts};

/// Levels held above those asked, and one for each skill held that is not asked for at all.
#[must_use]
pub fn levels(technician: &TechnicianFacts, visit: &VisitFacts) -> i64 {
    let above = |(skill, level): &(u32, u8)| i64::from(technician.level(*skill).saturating_sub(*level));
    let asked: i64 = visit.skills.iter().map(above).sum();
    let used = visit.skills.iter().filter(|(skill, _)| technician.level(*skill) > 0).count();
    asked + i64::try_from(technician.skills.len() - used).unwrap_or(0)
}

/// Price of the levels.
#[must_use]
pub fn cost(policy: &Policy, technician: &TechnicianFacts, visit: &VisitFacts) -> i64 {
    cost_of(policy, levels(technician, visit))
}

/// Price of so many levels.
#[inline]
#[must_use]
pub fn cost_of(policy: &Policy, levels: i64) -> i64 {
    levels * policy.over_qualification_milli_per_level
}
