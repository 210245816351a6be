//! The intervals in which a visit may start: nearly always one, kept inline.

use crate::model::{TimeWindow, Timestamp};

/// Ordered, disjoint intervals of allowed starts; none means never.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Windows {
    first: TimeWindow,
    rest: Option<Box<[TimeWindow]>>,
}

/// An interval that holds no instant.
const NEVER: TimeWindow = TimeWindow::new(i64::MAX, i64::MIN);

impl Windows {
    /// Builds from ordered, disjoint windows.
    #[must_use]
    pub fn new(windows: &[TimeWindow]) -> Self {
        match windows {
            [] => Self { first: NEVER, rest: None },
            [only] => Self { first: *only, rest: None },
            [first, rest @ ..] => Self { first: *first, rest: Some(rest.into()) },
        }
    }

    /// Earliest allowed start at or after `time_s`.
    #[inline]
    #[must_use]
    pub fn earliest(&self, time_s: Timestamp) -> Option<Timestamp> {
        if time_s <= self.first.end_s {
            return Some(time_s.max(self.first.start_s));
        }
        self.rest.as_ref()?.iter().find(|window| time_s <= window.end_s).map(|window| time_s.max(window.start_s))
    }

    /// Latest allowed start at or before `time_s`.
    #[inline]
    #[must_use]
    pub fn latest(&self, time_s: Timestamp) -> Option<Timestamp> {
        let in_rest = self.rest.as_ref().and_then(|rest| rest.iter().rev().find(|window| window.start_s <= time_s));
        if let Some(window) = in_rest {
            return Some(time_s.min(window.end_s));
        }
        (self.first.start_s <= time_s && !self.is_empty()).then(|| time_s.min(self.first.end_s))
    }

    /// First allowed start.
    #[must_use]
    pub fn first_s(&self) -> Timestamp {
        self.first.start_s
    }

    /// Last allowed start.
    #[must_use]
    pub fn last_s(&self) -> Timestamp {
        self.rest.as_ref().and_then(|rest| rest.last()).map_or(self.first.end_s, |window| window.end_s)
    }

    /// Whether there is one window at most.
    #[must_use]
    pub fn is_one(&self) -> bool {
        self.rest.is_none()
    }

    /// Whether no start is allowed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.first.start_s > self.first.end_s
    }

    /// Whether `time_s` is an allowed start.
    #[must_use]
    pub fn contains(&self, time_s: Timestamp) -> bool {
        self.earliest(time_s) == Some(time_s)
    }

    /// The windows in order.
    pub fn iter(&self) -> impl Iterator<Item = TimeWindow> + '_ {
        let first = (!self.is_empty()).then_some(self.first);
        first.into_iter().chain(self.rest.iter().flat_map(|rest| rest.iter().copied()))
    }

    /// What both allow. `others` may overlap one another and need no order.
    #[must_use]
    pub fn intersect(&self, others: &[TimeWindow]) -> Self {
        let mut both: Vec<TimeWindow> = Vec::new();
        for window in self.iter() {
            for other in others {
                let common = TimeWindow::new(window.start_s.max(other.start_s), window.end_s.min(other.end_s));
                if common.start_s <= common.end_s {
                    both.push(common);
                }
            }
        }
        both.sort_unstable_by_key(|window| (window.start_s, window.end_s));
        let mut merged: Vec<TimeWindow> = Vec::new();
        for window in both {
            match merged.last_mut() {
                Some(last) if window.start_s <= last.end_s => last.end_s = last.end_s.max(window.end_s),
                _ => merged.push(window),
            }
        }
        Self::new(&merged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn earliest_and_latest_step_over_gaps() {
        let windows = Windows::new(&[TimeWindow::new(10, 20), TimeWindow::new(40, 50)]);
        assert_eq!(windows.earliest(0), Some(10));
        assert_eq!(windows.earliest(15), Some(15));
        assert_eq!(windows.earliest(21), Some(40));
        assert_eq!(windows.earliest(51), None);
        assert_eq!(windows.latest(9), None);
        assert_eq!(windows.latest(30), Some(20));
        assert_eq!(windows.latest(45), Some(45));
        assert_eq!(windows.latest(90), Some(50));
    }

    #[test]
    fn no_window_allows_nothing() {
        let windows = Windows::new(&[]);
        assert_eq!((windows.earliest(0), windows.latest(i64::MAX)), (None, None));
        let apart = Windows::new(&[TimeWindow::new(0, 5)]).intersect(&[TimeWindow::new(6, 9)]);
        assert!(apart.is_empty());
        assert_eq!((apart.earliest(0), apart.latest(100)), (None, None));
    }

    #[test]
    fn intersections_merge_overlapping_grounds() {
        let windows = Windows::new(&[TimeWindow::new(0, 100)]);
        let both = windows.intersect(&[TimeWindow::new(50, 70), TimeWindow::new(20, 60), TimeWindow::new(90, 200)]);
        assert_eq!(both.iter().collect::<Vec<_>>(), vec![TimeWindow::new(20, 70), TimeWindow::new(90, 100)]);
    }
}
