//! Hard rule CERTIFICATE: every certificate asked for is valid from the visit's start to its end.

use crate::model::TimeWindow;
use crate::plan::{TechnicianFacts, VisitFacts, Windows};
use std::borrow::Cow;

/// Starts within the visit's windows at which every certificate lasts as long as the work, `duration_s`.
#[must_use]
pub fn valid_starts<'a>(technician: &TechnicianFacts, visit: &'a VisitFacts, duration_s: i64) -> Cow<'a, Windows> {
    let mut windows = Cow::Borrowed(&visit.windows);
    for certificate in &visit.certificates {
        let periods: Vec<TimeWindow> = technician
            .certificates
            .iter()
            .filter(|held| held.certificate == *certificate)
            .map(|held| TimeWindow::new(held.validity.start_s, held.validity.end_s - duration_s))
            .collect();
        windows = Cow::Owned(windows.intersect(&periods));
    }
    windows
}

/// Whether some start is allowed, pins among the reasons why not.
#[must_use]
pub fn allows(technician: &TechnicianFacts, visit: &VisitFacts) -> bool {
    if visit.certificates.is_empty() {
        return true;
    }
    let windows = valid_starts(technician, visit, technician.work_s(visit));
    visit.pinned_start_s().map_or(!windows.is_empty(), |start_s| windows.earliest(start_s) == Some(start_s))
}
