//! Hard rule TECHNICIAN: not excluded, and the required or pinned one where there is one.

use crate::plan::VisitFacts;

/// Whether the technician of this number may come.
#[must_use]
pub fn allows(number: u32, visit: &VisitFacts) -> bool {
    let is_wanted = visit.required.is_none_or(|required| required == number);
    let is_kept = visit.pinned_technician().is_none_or(|pinned| pinned == number);
    is_wanted && is_kept && visit.excluded.binary_search(&number).is_err()
}
