//! When a visit may start with a technician: its windows, less its blackouts, while every certificate lasts.
//!
//! All of it bounds the start alone, so it is folded into the stop's windows once and costs nothing afterwards. A pinned start
//! is folded in just so.

use super::certificate;
use crate::model::{MAX_TIME_S, MIN_TIME_S, TimeWindow};
use crate::plan::{TechnicianFacts, VisitFacts, Windows};
use std::borrow::Cow;

/// Starts that the visit's windows, blackouts and pin and the technician's certificates allow together; may be none.
#[must_use]
pub fn allowed<'a>(technician: &TechnicianFacts, visit: &'a VisitFacts) -> Cow<'a, Windows> {
    let windows = promised(technician, visit, technician.work_s(visit));
    match visit.pinned_start_s() {
        None => windows,
        Some(start_s) => Cow::Owned(windows.intersect(&[TimeWindow::new(start_s, start_s)])),
    }
}

/// As [`allowed`], for work that takes `duration_s`, pins aside.
#[must_use]
pub fn promised<'a>(technician: &TechnicianFacts, visit: &'a VisitFacts, duration_s: i64) -> Cow<'a, Windows> {
    let mut windows = certificate::valid_starts(technician, visit, duration_s);
    for dark in &visit.blackouts {
        let before = TimeWindow::new(MIN_TIME_S, dark.start_s - duration_s);
        windows = Cow::Owned(windows.intersect(&[before, TimeWindow::new(dark.end_s, MAX_TIME_S)]));
    }
    windows
}
