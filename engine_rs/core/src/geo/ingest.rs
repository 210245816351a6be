//! Fixes in: the newest event time wins, whatever the order of arrival, and nonsense stays out.

use super::fix::{Fix, FixCounts, FixOutcome, MAX_ACCURACY_ALLOWANCE_M};
use super::grid::{CellChange, Handle};
use super::index::{LiveIndex, Motion};
use super::position::LatLng;
use super::prefetch::prefetch;
use super::sphere::{Chord2, Point, STEP_M};
use super::target::{TOGETHER, Target, targets_of};

/// A run of fixes that agree with each other but cannot be reached from the position held.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Suspect {
    point: Point,
    event_time_ms: i64,
    accuracy_m: f32,
    /// Fixes in the run so far.
    run: u8,
}

/// Where a chunk of fixes goes, and which cells change as far as one could tell beforehand.
struct Aim {
    targets: [Target; TOGETHER],
    changes: [Option<CellChange>; TOGETHER],
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
        self.apply_at(fix, Target::of(fix.place), now_ms)
    }

    /// Applies fixes in order and counts what became of them.
    pub fn apply_fixes(&mut self, fixes: &[Fix], now_ms: i64) -> FixCounts {
        let mut tally = [0; FixOutcome::NUMBER];
        self.apply_fixes_with(fixes, now_ms, |_, outcome| tally[outcome as usize] += 1);
        FixCounts::from_tally(tally)
    }

    /// Applies fixes in order and tells what became of each.
    pub fn apply_fixes_with(&mut self, fixes: &[Fix], now_ms: i64, mut report: impl FnMut(&Fix, FixOutcome)) {
        // While one chunk is applied, memory brings what the next one needs and the handles of the one after that.
        let chunk = |number: usize| fixes.chunks(TOGETHER).nth(number).unwrap_or_default();
        self.warm_up(chunk(0));
        let mut aim = self.aim(chunk(0));
        self.warm_up(chunk(1));
        self.warm_runs(&aim);
        for (number, some) in fixes.chunks(TOGETHER).enumerate() {
            let next = self.aim(chunk(number + 1));
            self.warm_up(chunk(number + 2));
            self.warm_fillers(&aim);
            for (fix, target) in some.iter().zip(&aim.targets) {
                let outcome = match (self.is_registered(fix.technician), fix.place.is_valid()) {
                    (false, _) => FixOutcome::UnknownTechnician,
                    (true, false) => FixOutcome::InvalidCoordinate,
                    (true, true) => self.apply_at(fix, *target, now_ms),
                };
                report(fix, outcome);
            }
            aim = next;
            self.warm_runs(&aim);
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
    fn aim(&self, fixes: &[Fix]) -> Aim {
        for fix in fixes {
            self.standing.warm_entry(fix.technician.0);
        }
        // An invalid place is aimed at the origin of the map and refused later.
        let mut places = [LatLng::default(); TOGETHER];
        for (place, fix) in places.iter_mut().zip(fixes) {
            *place = if fix.place.is_valid() { fix.place } else { LatLng::default() };
        }
        let targets = targets_of(&places);
        let mut changes = [None; TOGETHER];
        for ((fix, target), change) in fixes.iter().zip(&targets).zip(&mut changes) {
            *change = self.standing.warm_cells(fix.technician.0, target.address);
        }
        Aim { targets, changes }
    }

    #[inline]
    fn warm_runs(&self, aim: &Aim) {
        aim.changes.iter().flatten().for_each(|&change| self.standing.warm_runs(change));
    }

    #[inline]
    fn warm_fillers(&self, aim: &Aim) {
        aim.changes.iter().flatten().for_each(|&change| self.standing.warm_filler(change));
    }

    /// Applies a valid fix of a registered technician.
    #[inline]
    fn apply_at(&mut self, fix: &Fix, target: Target, now_ms: i64) -> FixOutcome {
        if fix.event_time_ms > now_ms.saturating_add(self.limits.max_future_ms) {
            return FixOutcome::FarFuture;
        }
        let id = fix.technician.0;
        let Some(handle) = self.standing.handle(id) else { return self.place_first(fix, target.point) };
        let (held, held_time_ms) = self.standing.at(handle);
        if fix.event_time_ms <= held_time_ms {
            return if fix.event_time_ms == held_time_ms { FixOutcome::Duplicate } else { FixOutcome::Older };
        }
        let accuracy_m = self.motions[id as usize].accuracy_m;
        if !self.is_reachable(held, held_time_ms, accuracy_m, target.point, fix) {
            return self.suspect(fix, handle, target);
        }
        self.standing.shift(handle, target.point, target.address, fix.event_time_ms);
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
    fn suspect(&mut self, fix: &Fix, handle: Handle, target: Target) -> FixOutcome {
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
            self.standing.shift(handle, point, address, fix.event_time_ms);
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

#[cfg(test)]
mod tests {
    use super::super::fix::IngestLimits;
    use super::super::position::LatLng;
    use super::super::technician::{Attributes, TechnicianIndex};
    use super::*;

    const NOW_MS: i64 = 1_000_000;
    const METRE_DEG: f64 = 1.0 / 111_195.08;

    /// An index with one technician, who can do 10 m/s and 100 m more.
    fn index() -> LiveIndex {
        let limits = IngestLimits { max_future_ms: 5_000, max_speed_mps: 10.0, jump_slack_m: 100.0, recovery_fixes: 3 };
        let mut index = LiveIndex::new(limits);
        index.register("t", Attributes::default()).unwrap();
        index
    }

    /// A fix so many metres north of the equator.
    fn fix(north_m: f64, event_time_ms: i64) -> Fix {
        let place = LatLng::new(north_m * METRE_DEG, 12.0);
        Fix {
            technician: TechnicianIndex(0),
            place,
            event_time_ms,
            accuracy_m: f32::NAN,
            heading_deg: 90.0,
            speed_mps: 3.0,
        }
    }

    fn outcomes(index: &mut LiveIndex, fixes: &[Fix]) -> Vec<FixOutcome> {
        fixes.iter().map(|fix| index.apply_fix(fix, NOW_MS)).collect()
    }

    #[test]
    fn the_newest_event_time_wins() {
        use FixOutcome::{Applied, Duplicate, Older};
        let mut index = index();
        let fixes = [fix(0.0, 1_000), fix(5.0, 1_000), fix(5.0, 999), fix(5.0, 1_001)];
        assert_eq!(outcomes(&mut index, &fixes), [Applied, Duplicate, Older, Applied]);
        let held = index.position(TechnicianIndex(0)).unwrap();
        assert_eq!((held.place, held.event_time_ms, held.speed_mps), (fixes[3].place, 1_001, 3.0));
    }

    #[test]
    fn the_far_future_is_refused_and_the_near_one_is_not() {
        use FixOutcome::{Applied, FarFuture};
        let fixes = [fix(0.0, NOW_MS + 5_001), fix(0.0, i64::MAX), fix(0.0, NOW_MS + 5_000)];
        assert_eq!(outcomes(&mut index(), &fixes), [FarFuture, FarFuture, Applied]);
    }

    #[test]
    fn nonsense_and_strangers_are_refused() {
        let mut index = index();
        for (lat_deg, lon_deg) in [(f64::NAN, 0.0), (0.0, f64::INFINITY), (90.1, 0.0), (0.0, -180.1)] {
            let bad = Fix { place: LatLng::new(lat_deg, lon_deg), ..fix(0.0, 1) };
            assert_eq!(index.apply_fix(&bad, NOW_MS), FixOutcome::InvalidCoordinate);
        }
        let stranger = Fix { technician: TechnicianIndex(1), ..fix(0.0, 1) };
        assert_eq!(index.apply_fix(&stranger, NOW_MS), FixOutcome::UnknownTechnician);
        assert!(index.remove(TechnicianIndex(0)));
        assert_eq!(index.apply_fix(&fix(0.0, 1), NOW_MS), FixOutcome::UnknownTechnician);
        assert_eq!(index.positioned(), 0);
    }

    #[test]
    fn a_jump_is_judged_by_time_slack_and_accuracy() {
        use FixOutcome::{Applied, ImpossibleJump};
        let mut index = index();
        // 10 s at 10 m/s and 100 m of slack: 200 m.
        let fixes = [fix(0.0, 0), fix(201.0, 10_000), fix(199.0, 10_000)];
        assert_eq!(outcomes(&mut index, &fixes), [Applied, ImpossibleJump, Applied]);
        let vague = Fix { accuracy_m: 50.0, ..fix(199.0 + 145.0, 10_001) };
        assert_eq!(index.apply_fix(&vague, NOW_MS), Applied);
    }

    #[test]
    fn a_stray_fix_does_not_move_anybody() {
        use FixOutcome::{Applied, ImpossibleJump};
        let fixes = [fix(0.0, 0), fix(50_000.0, 1_000), fix(1.0, 2_000), fix(50_000.0, 3_000), fix(50_001.0, 4_000)];
        let mut index = index();
        let want = [Applied, ImpossibleJump, Applied, ImpossibleJump, ImpossibleJump];
        assert_eq!(outcomes(&mut index, &fixes), want);
        assert_eq!(index.position(TechnicianIndex(0)).unwrap().place, fixes[2].place);
    }

    #[test]
    fn a_run_of_agreeing_fixes_recovers_from_a_bad_first_one() {
        use FixOutcome::{Applied, ImpossibleJump, Recovered};
        // A first fix on the wrong continent, then the truth; a second stray one starts the run anew.
        let fixes = [fix(9e6, 0), fix(0.0, 1_000), fix(3e6, 2_000), fix(5.0, 3_000), fix(9.0, 4_000), fix(9.0, 5_000)];
        let more = [fix(12.0, 6_000)];
        let mut index = index();
        let want = [Applied, ImpossibleJump, ImpossibleJump, ImpossibleJump, ImpossibleJump, Recovered];
        assert_eq!(outcomes(&mut index, &fixes), want);
        assert_eq!(outcomes(&mut index, &more), [Applied]);
        assert!(index.suspects.is_empty());
    }

    #[test]
    fn a_run_must_be_in_order_of_event_time() {
        use FixOutcome::{Applied, ImpossibleJump};
        let fixes = [fix(9e6, 0), fix(0.0, 5_000), fix(0.0, 5_000), fix(0.0, 4_000), fix(0.0, 5_000)];
        let mut want = vec![Applied];
        want.extend([ImpossibleJump; 4]);
        assert_eq!(outcomes(&mut index(), &fixes), want);
    }

    #[test]
    fn an_expired_position_does_not_come_back() {
        use FixOutcome::{Applied, Duplicate, Older};
        let mut index = index();
        index.apply_fix(&fix(0.0, 1_000), NOW_MS);
        let mut expired = Vec::new();
        index.expire(1_000, &mut expired);
        assert!(expired.is_empty());
        index.expire(1_001, &mut expired);
        assert_eq!(expired, [TechnicianIndex(0)]);
        assert_eq!(index.position(TechnicianIndex(0)), None);
        // The technician may be anywhere by now: no jump is judged from an expired position.
        let fixes = [fix(0.0, 999), fix(0.0, 1_000), fix(9e6, 1_001)];
        assert_eq!(outcomes(&mut index, &fixes), [Older, Duplicate, Applied]);
        index.expire(2_000, &mut expired);
        assert_eq!(expired.len(), 2);
    }

    #[test]
    fn a_batch_counts_every_fix_once() {
        let mut index = index();
        let fixes = [
            fix(0.0, 0),
            fix(0.0, 0),
            fix(9e6, 1),
            Fix { technician: TechnicianIndex(9), ..fix(0.0, 0) },
            Fix { place: LatLng::new(f64::NAN, 0.0), ..fix(0.0, 2) },
            fix(0.0, NOW_MS * 2),
            fix(0.0, -1),
            fix(1.0, 3),
        ];
        let want = FixCounts {
            applied: 2,
            recovered: 0,
            duplicate: 1,
            older: 1,
            far_future: 1,
            impossible_jump: 1,
            invalid_coordinate: 1,
            unknown_technician: 1,
        };
        let counts = index.apply_fixes(&fixes, NOW_MS);
        assert_eq!(counts, want);
        assert_eq!(counts.total(), fixes.len() as u64);
    }

    #[test]
    fn a_snapshot_survives_a_restart() {
        let mut before = index();
        before.register("u", Attributes::default()).unwrap();
        before.apply_fix(&fix(0.0, 1_000), NOW_MS);
        before.apply_fix(&Fix { technician: TechnicianIndex(1), ..fix(7.0, 2_000) }, NOW_MS);
        let snapshot: Vec<_> = before.export().collect();
        let mut after = index();
        after.register("u", Attributes::default()).unwrap();
        after.apply_fix(&fix(9e6, 3_000), NOW_MS);
        let counts = after.restore(&snapshot, 1_500, NOW_MS);
        assert_eq!((counts.applied, counts.older), (1, 1));
        let held = |index: &LiveIndex| index.position(TechnicianIndex(1)).map(|held| (held.place, held.event_time_ms));
        assert_eq!(held(&after), held(&before));
        assert_eq!(after.position(TechnicianIndex(0)).unwrap().event_time_ms, 3_000);
        assert_eq!(after.limits(), before.limits());
    }
}
