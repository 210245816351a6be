//! What the planner may not change about one visit.
//!
//! A pin binds the planner, not reality: `live::pins` says what each part holds and when it is let go.

use super::{MAX_TIME_S, MIN_TIME_S, Timestamp, Violations, reason};

/// Most visits that a pin may say come before its own.
pub const MAX_PRECEDING: usize = 100;

/// What is held of a visit. At least one part is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pin {
    /// The visit stays with this technician.
    pub technician_id: Option<String>,
    /// The visit starts then; later only when its technician is held up, never earlier.
    pub start_s: Option<Timestamp>,
    /// Nothing but these visits comes before it on its route, and those in this order. `None` leaves its position free.
    pub preceding_visit_ids: Option<Vec<String>>,
}

/// Which parts of a visit are to be pinned as they are planned now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PinParts {
    /// Whether the technician is held.
    pub technician: bool,
    /// Whether the start is held.
    pub start: bool,
    /// Whether the position is held, and with it everything planned before. Holds the technician too.
    pub position: bool,
}

impl PinParts {
    /// Whether any part is to be held.
    #[must_use]
    pub const fn is_any(self) -> bool {
        self.technician || self.start || self.position
    }
}

impl Pin {
    /// Whether nothing is held any more.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.technician_id.is_none() && self.start_s.is_none() && self.preceding_visit_ids.is_none()
    }

    /// Collects every violation, with paths below `path` (such as `visits[3].pin`).
    pub fn validate(&self, path: &str, out: &mut Violations) {
        let is_start_ok = self.start_s.is_none_or(|start_s| (MIN_TIME_S..=MAX_TIME_S).contains(&start_s));
        out.check(
            is_start_ok,
            format!("{path}.start_time"),
            reason::OUT_OF_RANGE,
            "a time lies in the years 1 to 9999",
        );
        let is_count_ok = self.preceding_visit_ids.as_ref().is_none_or(|ids| ids.len() <= MAX_PRECEDING);
        out.check(
            is_count_ok,
            format!("{path}.preceding_visits"),
            reason::TOO_MANY_ITEMS,
            "at most 100 visits come before a pinned one",
        );
    }
}
