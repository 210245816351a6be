//! Hard rule LANGUAGE: one of the languages asked for is spoken.
//!
//! A language asked for matches the tags that are it or begin with it and a hyphen, in any case: `zh` is met by `zh-CN`,
//! not the other way round (basic filtering, RFC 4647).

use crate::plan::{TechnicianFacts, VisitFacts};

/// Whether nothing is asked for, or one of the languages asked for is spoken.
#[must_use]
pub fn allows(technician: &TechnicianFacts, visit: &VisitFacts) -> bool {
    visit.languages.is_empty() || visit.languages.iter().any(|asked| technician.languages.binary_search(asked).is_ok())
}
