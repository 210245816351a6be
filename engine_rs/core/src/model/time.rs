//! Time as the planner counts it: whole seconds since the Unix epoch.

/// Whole seconds since the Unix epoch.
pub type Timestamp = i64;

/// Earliest time accepted, 0001-01-01T00:00:00Z.
pub const MIN_TIME_S: Timestamp = -62_135_596_800;
/// Latest time accepted, 9999-12-31T23:59:59Z.
pub const MAX_TIME_S: Timestamp = 253_402_300_799;

/// A closed interval of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimeWindow {
    /// First instant in seconds.
    pub start_s: Timestamp,
    /// Last instant in seconds, not before `start_s`.
    pub end_s: Timestamp,
}

impl TimeWindow {
    /// Builds a window without checking it.
    #[must_use]
    pub const fn new(start_s: Timestamp, end_s: Timestamp) -> Self {
        Self { start_s, end_s }
    }

    /// Whether both ends are in range and in order.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        MIN_TIME_S <= self.start_s && self.start_s <= self.end_s && self.end_s <= MAX_TIME_S
    }

    /// Whether the two windows share at least one instant.
    #[must_use]
    pub const fn overlaps(self, other: Self) -> bool {
        self.start_s <= other.end_s && other.start_s <= self.end_s
    }

    /// Length in seconds.
    #[must_use]
    pub const fn length_s(self) -> i64 {
        self.end_s - self.start_s
    }
}
