//! Hard rule CERTIFICATE: every certificate asked for is valid from the visit's start to its end.
//!
//! Validity bounds the start time, so it is folded into the stop's windows once and costs nothing afterwards. A pinned start
//! and the visit's blackouts are folded in just so; what lies in one of these breaks WINDOW.

use crate::model::{MAX_TIME_S, MIN_TIME_S, TimeWindow};
use crate::plan::{TechnicianFacts, VisitFacts, Windows};
use std::borrow::Cow;

/// Starts that the visit's windows and pin and the technician's certificates allow together; may be none.
#[must_use]
pub fn allowed_starts<'a>(technician: &TechnicianFacts, visit: &'a VisitFacts) -> Cow<'a, Windows> {
    let windows = promised_starts(technician, visit, technician.work_s(visit));
    match visit.pinned_start_s() {
        None => windows,
        Some(start_s) => Cow::Owned(windows.intersect(&[TimeWindow::new(start_s, start_s)])),
    }
}

/// Starts that the visit's windows and blackouts and the technician's certificates allow for work that takes `duration_s`, pins
/// aside.
#[must_use]
pub fn promised_starts<'a>(technician: &TechnicianFacts, visit: &'a VisitFacts, duration_s: i64) -> Cow<'a, Windows> {
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
    for dark in &visit.blackouts {
        let before = TimeWindow::new(MIN_TIME_S, dark.start_s - duration_s);
        windows = Cow::Owned(windows.intersect(&[before, TimeWindow::new(dark.end_s, MAX_TIME_S)]));
    }
    windows
}

/// Whether some start is allowed.
#[must_use]
pub fn allows(technician: &TechnicianFacts, visit: &VisitFacts) -> bool {
    visit.certificates.is_empty() || !allowed_starts(technician, visit).is_empty()
}
