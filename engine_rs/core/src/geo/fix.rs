//! One GPS observation, what became of it, and the limits it is judged by.

use super::position::LatLng;
use super::technician::TechnicianIndex;

/// One GPS observation of one technician.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fix {
    /// Whose.
    pub technician: TechnicianIndex,
    /// Where.
    pub place: LatLng,
    /// When it was observed on the device, milliseconds since the Unix epoch.
    pub event_time_ms: i64,
    /// 68% radius of the observation in metres; NaN when unknown.
    pub accuracy_m: f32,
    /// Course over ground in degrees clockwise from north; NaN when unknown.
    pub heading_deg: f32,
    /// Speed over ground in metres per second; NaN when unknown.
    pub speed_mps: f32,
}

/// What became of a fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FixOutcome {
    /// The technician is there now.
    Applied,
    /// Applied after a run of fixes that agreed with each other but not with the position held until now.
    Recovered,
    /// Same event time as the position held.
    Duplicate,
    /// Event time before the position held.
    Older,
    /// Event time further ahead of `now` than [`IngestLimits::max_future_ms`].
    FarFuture,
    /// Further from the position held than [`IngestLimits::max_speed_mps`] allows; kept aside.
    ImpossibleJump,
    /// NaN, infinite or out of range.
    InvalidCoordinate,
    /// Nobody registered under that number.
    UnknownTechnician,
}

impl FixOutcome {
    /// How many outcomes there are.
    pub(crate) const NUMBER: usize = 8;
}

/// Fixes by outcome, as an acknowledgement reports them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FixCounts {
    /// [`FixOutcome::Applied`] and [`FixOutcome::Recovered`] together.
    pub applied: u64,
    /// [`FixOutcome::Recovered`] alone.
    pub recovered: u64,
    /// [`FixOutcome::Duplicate`].
    pub duplicate: u64,
    /// [`FixOutcome::Older`].
    pub older: u64,
    /// [`FixOutcome::FarFuture`].
    pub far_future: u64,
    /// [`FixOutcome::ImpossibleJump`].
    pub impossible_jump: u64,
    /// [`FixOutcome::InvalidCoordinate`].
    pub invalid_coordinate: u64,
    /// [`FixOutcome::UnknownTechnician`].
    pub unknown_technician: u64,
}

impl FixCounts {
    /// Counts one more outcome.
    #[inline]
    pub fn add(&mut self, outcome: FixOutcome) {
        let mut tally = [0; FixOutcome::NUMBER];
        tally[outcome as usize] = 1;
        self.merge(&Self::from_tally(tally));
    }

    /// The counts of outcomes tallied by their number, in the order of [`FixOutcome`].
    pub(crate) fn from_tally(tally: [u64; FixOutcome::NUMBER]) -> Self {
        let [applied, recovered, duplicate, older, far_future, impossible_jump, invalid_coordinate, unknown_technician] =
            tally;
        Self {
            applied: applied + recovered,
            recovered,
            duplicate,
            older,
            far_future,
            impossible_jump,
            invalid_coordinate,
            unknown_technician,
        }
    }

    /// Adds another count to this one.
    pub fn merge(&mut self, other: &Self) {
        self.applied += other.applied;
        self.recovered += other.recovered;
        self.duplicate += other.duplicate;
        self.older += other.older;
        self.far_future += other.far_future;
        self.impossible_jump += other.impossible_jump;
        self.invalid_coordinate += other.invalid_coordinate;
        self.unknown_technician += other.unknown_technician;
    }

    /// How many fixes were counted.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.applied
            + self.duplicate
            + self.older
            + self.far_future
            + self.impossible_jump
            + self.invalid_coordinate
            + self.unknown_technician
    }
}

/// The limits that fixes are judged by.
///
/// A move is an impossible jump when the distance exceeds `max_speed_mps` times the time between the two observations
/// plus `jump_slack_m` plus both accuracies (each at most [`MAX_ACCURACY_ALLOWANCE_M`]).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IngestLimits {
    /// How far ahead of `now` an event time may be, milliseconds.
    pub max_future_ms: i64,
    /// Fastest believable movement in metres per second; infinity switches the test off.
    pub max_speed_mps: f64,
    /// Distance that is always believable, metres.
    pub jump_slack_m: f64,
    /// Consecutive fixes that must agree with each other (each reachable from the one before) for a technician to be
    /// moved to where they say, although it is not reachable from the position held; at least 2.
    pub recovery_fixes: u8,
}

/// Most metres that one fix's own accuracy may add to a believable distance.
pub const MAX_ACCURACY_ALLOWANCE_M: f64 = 2_000.0;

impl Default for IngestLimits {
    fn default() -> Self {
        Self { max_future_ms: 30_000, max_speed_mps: 70.0, jump_slack_m: 500.0, recovery_fixes: 3 }
    }
}
