//! Hard rule TECHNICIAN: not excluded, and the required one where one is required.

use crate::plan::VisitFacts;

/// Whether the technician of this number may come.
#[must_use]
pub fn allows(number: u32, visit: &VisitFacts) -> bool {
    visit.required.is_none_or(|required| required == number) && visit.excluded.binary_search(&number).is_err()
}
