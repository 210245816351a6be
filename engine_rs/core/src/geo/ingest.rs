//! Fixes in: the newest event time wins, whatever the order of arrival, and nonsense stays out.

use super::fix::{Fix, FixCounts, FixOutcome, MAX_ACCURACY_ALLOWANCE_M};
use super::grid::Address;
use super::index::{LiveIndex, Motion};
use super::prefetch::prefetch;
use super::sphere::{Chord2, Point, STEP_M};

/// A run of fixes that agree with each other but cannot be reached from the position held.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Suspect {
    point: Point,
    event_time_ms: i64,
    accuracy_m: f32,
    /// Fixes in the run so far.
    run: u8,
}

/// Fixes whose memory is asked for together.
const TOGETHER: usize = 16;

/// Where a fix goes.
#[derive(Clone, Copy, Debug)]
struct Target {
    point: Point,
    address: Address,
}

impl Target {
    #[inline]
    fn of(fix: &Fix) -> Self {
        let point = Point::from_lat_lng(fix.place);
        Self { point, address: Address::of(point) }
    }
}

impl Default for Target {
    fn default() -> Self {
        Self { point: Point::default(), address: Address { face: 0, u: 0, v: 0 } }
    }
}

impl LiveIndex {
    /// Applies one fix. Constant time.
    pub fn apply_fix(&mut self, fix: &Fix, now_ms: i64) -> FixOutcome {
        if !self.is_registered(fix.technician) {
            return FixOutcome::UnknownTechnician;
        }
        if !fix.place.is_valid() {
            return FixOutcome::InvalidCoordinate;
        }
        self.apply_at(fix, Target::of(fix), now_ms)
    }

    /// Applies fixes in order and counts what became of them.
    pub fn apply_fixes(&mut self, fixes: &[Fix], now_ms: i64) -> FixCounts {
        let mut counts = FixCounts::default();
        self.apply_fixes_with(fixes, now_ms, |_, outcome| counts.add(outcome));
        counts
    }

    /// Applies fixes in order and tells what became of each.
    pub fn apply_fixes_with(&mut self, fixes: &[Fix], now_ms: i64, mut report: impl FnMut(&Fix, FixOutcome)) {
        let (mut ahead, mut targets) = (fixes.chunks(TOGETHER), [Target::default(); TOGETHER]);
        self.warm_up(ahead.next().unwrap_or_default());
        for some in fixes.chunks(TOGETHER) {
            self.aim(some, &mut targets);
            self.warm_up(ahead.next().unwrap_or_default());
            for (fix, target) in some.iter().zip(&targets) {
                let outcome = match (self.is_registered(fix.technician), fix.place.is_valid()) {
                    (false, _) => FixOutcome::UnknownTechnician,
                    (true, false) => FixOutcome::InvalidCoordinate,
                    (true, true) => self.apply_at(fix, *target, now_ms),
                };
                report(fix, outcome);
            }
        }
    }

    /// Asks memory for what the first look at each fix needs.
    #[inline]
    fn warm_up(&self, fixes: &[Fix]) {
        for fix in fixes {
            prefetch(&self.motions, fix.technician.0 as usize);
            self.standing.warm_handle(fix.technician.0);
        }
    }

    /// Computes where fixes go, while memory brings what they need there.
    #[inline]
    fn aim(&self, fixes: &[Fix], targets: &mut [Target; TOGETHER]) {
        for fix in fixes {
            self.standing.warm_entry(fix.technician.0);
        }
        for (fix, target) in fixes.iter().zip(targets.iter_mut()) {
            if fix.place.is_valid() {
                *target = Target::of(fix);
            }
        }
        for (fix, target) in fixes.iter().zip(targets.iter()) {
            self.standing.warm_cells(fix.technician.0, target.address);
        }
        for (fix, target) in fixes.iter().zip(targets.iter()) {
            self.standing.warm_runs(fix.technician.0, target.address);
        }
    }

    /// Applies a valid fix of a registered technician.
    #[inline]
    fn apply_at(&mut self, fix: &Fix, target: Target, now_ms: i64) -> FixOutcome {
        if fix.event_time_ms > now_ms.saturating_add(self.limits.max_future_ms) {
            return FixOutcome::FarFuture;
        }
        let id = fix.technician.0;
        let Some((held, held_time_ms)) = self.standing.get(id) else { return self.place_first(fix, target.point) };
        if fix.event_time_ms <= held_time_ms {
            return if fix.event_time_ms == held_time_ms { FixOutcome::Duplicate } else { FixOutcome::Older };
        }
        let accuracy_m = self.motions[id as usize].accuracy_m;
        if !self.is_reachable(held, held_time_ms, accuracy_m, target.point, fix) {
            return self.suspect(fix, target);
        }
        self.standing.shift(id, target.point, target.address, fix.event_time_ms);
        self.note(fix);
        FixOutcome::Applied
    }

    #[cold]
    fn place_first(&mut self, fix: &Fix, point: Point) -> FixOutcome {
        let id = fix.technician.0;
        if let Some(&last_ms) = self.expired_times.get(&id)
            && fix.event_time_ms <= last_ms
        {
            return if fix.event_time_ms == last_ms { FixOutcome::Duplicate } else { FixOutcome::Older };
        }
        self.expired_times.remove(&id);
        self.standing.put(id, point, self.profiles[id as usize].summary, fix.event_time_ms);
        self.note(fix);
        self.expiry.watch(id, fix.event_time_ms);
        self.place_commitment(id);
        FixOutcome::Applied
    }

    /// Keeps what a fix says besides its place and time.
    #[inline]
    fn note(&mut self, fix: &Fix) {
        let id = fix.technician.0;
        let motion = &mut self.motions[id as usize];
        if motion.is_suspected {
            self.suspects.remove(&id);
        }
        *motion = Motion {
            place: fix.place,
            accuracy_m: fix.accuracy_m,
            heading_deg: fix.heading_deg,
            speed_mps: fix.speed_mps,
            is_registered: true,
            is_suspected: false,
        };
    }

    /// Keeps an unreachable fix aside, or believes it when it ends a long enough run.
    #[cold]
    fn suspect(&mut self, fix: &Fix, target: Target) -> FixOutcome {
        let Target { point, address } = target;
        let id = fix.technician.0;
        let run = match self.suspects.get(&id) {
            Some(last) if fix.event_time_ms <= last.event_time_ms => return FixOutcome::ImpossibleJump,
            Some(last) if self.is_reachable(last.point, last.event_time_ms, last.accuracy_m, point, fix) => {
                last.run + 1
            }
            _ => 1,
        };
        if run >= self.limits.recovery_fixes.max(2) {
            self.standing.shift(id, point, address, fix.event_time_ms);
            self.note(fix);
            return FixOutcome::Recovered;
        }
        let suspect = Suspect { point, event_time_ms: fix.event_time_ms, accuracy_m: fix.accuracy_m, run };
        self.suspects.insert(id, suspect);
        self.motions[id as usize].is_suspected = true;
        FixOutcome::ImpossibleJump
    }

    /// Whether somebody at `from` at `from_ms` can be at the later fix in time.
    #[inline]
    fn is_reachable(&self, from: Point, from_ms: i64, from_accuracy_m: f32, to: Point, fix: &Fix) -> bool {
        let seconds = fix.event_time_ms.saturating_sub(from_ms) as f64 / 1000.0;
        let allowed_m = self.limits.jump_slack_m
            + self.limits.max_speed_mps * seconds
            + allowance_m(from_accuracy_m)
            + allowance_m(fix.accuracy_m);
        let chord2 = from.chord2(to);
        // A chord is at least 2/pi of its arc, so that nearly every move passes without a root.
        let surely = allowed_m * (core::f64::consts::FRAC_2_PI / STEP_M);
        chord2 <= Chord2(surely * surely) || chord2.arc_m() <= allowed_m
    }
}

/// What an accuracy adds to a believable distance; unknown and negative ones add nothing.
#[inline]
fn allowance_m(accuracy_m: f32) -> f64 {
    // `max` also turns NaN into 0.
    f64::from(accuracy_m.max(0.0)).min(MAX_ACCURACY_ALLOWANCE_M)
}
