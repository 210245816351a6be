//! Who is in which fence, told from one fix to the next.

use std::collections::BTreeSet;

use super::super::error::{GeoError, Violations};
use super::super::fix::Fix;
use super::super::grid::Address;
use super::super::names::Names;
use super::super::position::LatLng;
use super::super::prefetch::prefetch;
use super::super::sphere::{Point, STEP_M};
use super::super::target::{TOGETHER, Target, targets_of};
use super::super::technician::TechnicianIndex;
use super::calm::{Ahead, Calm, News};
use super::cover::{Cap, Cover, Near};
use super::shape::FenceShape;
use super::way::Way;

/// Fences that one watch can hold over its life; a name keeps its number after removal.
pub const MAX_FENCES: usize = 1 << 22;
/// A fence is found from every place this near to it: half a stride, and 11 m for what the two geometries of a path may differ.
const PAD_M: f64 = 61.0;
/// What two geometries of a path may differ: a share of its length (8 m on 20 km), and a little.
const GRAZE_SHARE: f64 = 0.001;
const GRAZE_M: f64 = 0.1;

/// A fence's number in one watch, given at first sight of the name and never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FenceIndex(pub u32);

/// A fence and how it is judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Fence {
    /// Its area.
    pub shape: FenceShape,
    /// How far outside a fix must be, beyond its own accuracy, to count as gone, metres; keeps a technician who stands at
    /// the boundary from entering and leaving with every fix.
    pub exit_margin_m: f64,
    /// How long a stay must be for a [`FenceEventKind::Dwell`], milliseconds; none are told if `None`.
    pub dwell_ms: Option<i64>,
}

impl Fence {
    fn check(&self) -> Result<(), GeoError> {
        self.shape.check()?;
        let mut violations = Violations::default();
        let is_margin = self.exit_margin_m >= 0.0 && self.exit_margin_m <= 10_000.0;
        violations.require(is_margin, "exit_margin_m", "must be 0..=10000");
        violations.require(self.dwell_ms.is_none_or(|dwell_ms| dwell_ms > 0), "dwell_ms", "must be above 0");
        violations.into_result()
    }
}

/// Fixes that are sighted together.
pub const SIGHTED: usize = TOGETHER;

/// Where some fixes are, and which of them need more than one comparison.
#[derive(Clone, Copy, Debug)]
pub struct Sight {
    targets: [Target; SIGHTED],
    /// A bit for each fix.
    restless: u32,
}

/// What happened at a fence. The numeric order is the order within one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FenceEventKind {
    /// The technician came in.
    Enter,
    /// The technician has stayed for the fence's `dwell_ms`; once a stay.
    Dwell,
    /// The technician went out.
    Exit,
}

/// One thing that happened, in the technician's own order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FenceEvent {
    /// Who.
    pub technician: TechnicianIndex,
    /// 1 for the technician's first event, then one more each: a gap means that something was missed.
    pub sequence: u64,
    /// Where.
    pub fence: FenceIndex,
    /// What.
    pub kind: FenceEventKind,
    /// When, milliseconds since the Unix epoch: the fix's event time; a moment between two fixes for a fence that was only
    /// passed through; the end of the dwell time.
    pub at_ms: i64,
}

/// How fixes are judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FenceLimits {
    /// A fix less accurate than this takes nobody in, metres; going out needs the fence plus its margin to be further
    /// away than the fix's accuracy, up to this.
    pub max_accuracy_m: f64,
    /// Longest time between two fixes whose straight connection is taken for the path, milliseconds.
    pub max_path_ms: i64,
}

impl Default for FenceLimits {
    fn default() -> Self {
        Self { max_accuracy_m: 100.0, max_path_ms: 120_000 }
    }
}

/// A stay in a fence.
#[derive(Clone, Copy, Debug)]
struct Stay {
    fence: u32,
    since_ms: i64,
    has_dwelt: bool,
}

/// What a technician has to do with fences: looked at only where something may happen.
#[derive(Clone, Debug, Default)]
struct Track {
    sequence: u64,
    stays: Vec<Stay>,
}

/// All fences of a region and everybody's stays in them.
///
/// Rules, for fixes in order of event time (others are ignored):
/// - in: the place is inside and the fix accurate enough ([`FenceLimits::max_accuracy_m`]);
/// - out: the place is outside by more than the fence's margin plus the fix's accuracy;
/// - between the two nothing changes (hysteresis);
/// - the straight path between two fixes at most [`FenceLimits::max_path_ms`] apart runs through a fence that neither is
///   in: in and out, at the moments of a steady drive.
///
/// A fix with no fence near costs the same whatever the number of fences.
#[derive(Clone, Debug, Default)]
pub struct FenceWatch {
    limits: FenceLimits,
    names: Names,
    fences: Vec<Option<Fence>>,
    len: usize,
    cover: Cover,
    news: News,
    calms: Vec<Calm>,
    tracks: Vec<Track>,
    /// Ends of dwell times to come: moment, technician, fence.
    dwells: BTreeSet<(i64, u32, u32)>,
    /// Scratch: fences that the fix at hand may concern.
    near: Vec<u32>,
    found: Vec<(i64, u32, FenceEventKind)>,
}

impl FenceWatch {
    /// An empty watch that judges fixes by `limits`.
    #[must_use]
    pub fn new(limits: FenceLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Number of fences.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no fence.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    // ---- fences ----

    /// Adds a fence, or replaces one; stays in it go on and are judged by the new one from the next fix. Replacing is linear
    /// in technicians.
    ///
    /// # Errors
    /// [`GeoError::Invalid`] naming what is out of range; [`GeoError::Full`] beyond [`MAX_FENCES`] names.
    pub fn put(&mut self, name: &str, fence: Fence) -> Result<FenceIndex, GeoError> {
        fence.check()?;
        let full = GeoError::Full { what: "fences", capacity: MAX_FENCES };
        let number = self.names.intern(name, MAX_FENCES).ok_or(full)?;
        let is_replaced = self.take_out(number);
        let cap = Cap::of(&fence.shape);
        if self.fences.len() <= number as usize {
            self.fences.resize(number as usize + 1, None);
        }
        self.cover.enter(number, &fence.shape, PAD_M);
        self.fences[number as usize] = Some(fence);
        self.len += 1;
        if is_replaced {
            self.news.end_all();
            self.rearm(number);
        } else {
            self.news.add(cap);
        }
        Ok(FenceIndex(number))
    }

    /// Removes a fence, and without an event all stays in it; returns whether it was there. Linear in technicians.
    pub fn remove(&mut self, fence: FenceIndex) -> bool {
        let was_there = self.take_out(fence.0);
        if was_there {
            self.tracks.iter_mut().for_each(|track| track.stays.retain(|stay| stay.fence != fence.0));
            self.dwells.retain(|&(_, _, waiting)| waiting != fence.0);
        }
        was_there
    }

    /// A fence by number.
    #[must_use]
    pub fn fence(&self, fence: FenceIndex) -> Option<&Fence> {
        self.fences.get(fence.0 as usize)?.as_ref()
    }

    /// Number of a fence by name, if it is there.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<FenceIndex> {
        self.names.get(name).map(FenceIndex).filter(|&fence| self.fence(fence).is_some())
    }

    /// Name of a fence, there or removed.
    #[must_use]
    pub fn name(&self, fence: FenceIndex) -> Option<&str> {
        self.names.name(fence.0)
    }

    /// The fences a technician is in, in order of number, each with the time of entry.
    #[must_use]
    pub fn stays(&self, technician: TechnicianIndex) -> Vec<(FenceIndex, i64)> {
        let stays = self.tracks.get(technician.0 as usize).map_or(&[][..], |track| &track.stays);
        stays.iter().map(|stay| (FenceIndex(stay.fence), stay.since_ms)).collect()
    }

    // ---- time and fixes ----

    /// Takes in a fix that the index applied, and appends what it made happen. Constant time away from fences, and one
    /// comparison while the technician stays where nothing can happen.
    #[inline]
    pub fn observe(&mut self, fix: &Fix, events: &mut Vec<FenceEvent>) {
        if fix.place.is_valid() {
            self.observe_at(fix, Point::from_lat_lng(fix.place), events);
        }
    }

    /// [`FenceWatch::observe`] for one of the fixes that were sighted together: `number` is its place among them.
    #[inline]
    pub fn observe_sighted(&mut self, fix: &Fix, sight: &Sight, number: usize, events: &mut Vec<FenceEvent>) {
        self.observe_at(fix, sight.targets[number].point, events);
    }

    #[inline]
    fn observe_at(&mut self, fix: &Fix, point: Point, events: &mut Vec<FenceEvent>) {
        let id = fix.technician.0 as usize;
        if self.calms.len() <= id {
            self.calms.resize_with(id + 1, Calm::default);
            self.tracks.resize_with(id + 1, Track::default);
        }
        let calm = &mut self.calms[id];
        if fix.event_time_ms <= calm.event_time_ms || !fix.place.is_valid() {
            return;
        }
        if !calm.covers(fix, point, &self.news) {
            self.look_around(fix, point, events);
        }
        self.calms[id].note(fix);
    }

    /// Asks memory for what [`FenceWatch::sight`] looks at.
    #[inline]
    pub fn warm_up(&self, fixes: &[Fix]) {
        fixes.iter().for_each(|fix| prefetch(&self.calms, fix.technician.0 as usize));
    }

    /// Computes where up to [`SIGHTED`] fixes are, and asks memory for what those need that something may happen to.
    ///
    /// Fixes are observed in groups so that memory is not waited for: `warm_up` two groups ahead, `sight` one ahead,
    /// `warm_lists` just before a group's turn.
    #[must_use]
    pub fn sight(&self, fixes: &[Fix]) -> Sight {
        let mut places = [LatLng::default(); SIGHTED];
        for (place, fix) in places.iter_mut().zip(fixes).filter(|(_, fix)| fix.place.is_valid()) {
            *place = fix.place;
        }
        let targets = targets_of(&places);
        let mut restless = 0;
        for (number, (fix, target)) in fixes.iter().zip(&targets).enumerate() {
            let id = fix.technician.0 as usize;
            if self.calms.get(id).is_none_or(|calm| !calm.reaches(target.point)) {
                restless |= 1 << number;
                prefetch(&self.tracks, id);
                self.cover.warm_words(target.address);
            }
        }
        Sight { targets, restless }
    }

    /// Asks memory for the fences near those sighted that something may happen to.
    #[inline]
    pub fn warm_lists(&self, sight: &Sight) {
        let mut left = sight.restless;
        while left != 0 {
            self.cover.warm_lists(sight.targets[left.trailing_zeros() as usize].address);
            left &= left - 1;
        }
    }

    /// Tells the dwells that are complete at `now_ms`, for technicians whose fixes do not come that often.
    pub fn advance(&mut self, now_ms: i64, events: &mut Vec<FenceEvent>) {
        while let Some(&(at_ms, id, fence)) = self.dwells.first().filter(|&&(at_ms, _, _)| at_ms <= now_ms) {
            self.dwells.pop_first();
            let track = &mut self.tracks[id as usize];
            if let Some(stay) = track.stays.iter_mut().find(|stay| stay.fence == fence) {
                stay.has_dwelt = true;
                tell(track, id, (at_ms, fence, FenceEventKind::Dwell), events);
            }
        }
    }

    /// Ends all stays of a technician whose position is no longer known, and forgets the path so far.
    pub fn lose(&mut self, technician: TechnicianIndex, at_ms: i64, events: &mut Vec<FenceEvent>) {
        let Some(track) = self.tracks.get_mut(technician.0 as usize) else { return };
        self.calms[technician.0 as usize] = Calm::default();
        for stay in core::mem::take(&mut track.stays) {
            if let Some(end_ms) = dwell_end(&self.fences, &stay) {
                self.dwells.remove(&(end_ms, technician.0, stay.fence));
            }
            tell(track, technician.0, (at_ms, stay.fence, FenceEventKind::Exit), events);
        }
    }

    // ---- inside ----

    fn take_out(&mut self, number: u32) -> bool {
        let Some(fence) = self.fences.get_mut(number as usize).and_then(Option::take) else { return false };
        self.cover.strike(number, &fence.shape, PAD_M);
        self.len -= 1;
        true
    }

    /// Lets stays in a fence that was replaced wait for its own dwell time.
    fn rearm(&mut self, number: u32) {
        self.dwells.retain(|&(_, _, waiting)| waiting != number);
        for (id, track) in (0..).zip(&self.tracks) {
            let waiting = track.stays.iter().filter(|stay| stay.fence == number && !stay.has_dwelt);
            self.dwells.extend(waiting.filter_map(|stay| Some((dwell_end(&self.fences, stay)?, id, number))));
        }
    }

    /// Judges a fix against the fences near its path and its end, and learns how far around it nothing more can happen.
    #[inline(never)]
    fn look_around(&mut self, fix: &Fix, point: Point, events: &mut Vec<FenceEvent>) {
        let id = fix.technician.0 as usize;
        let way = Way::between(&self.calms[id], fix, point, self.limits.max_path_ms);
        let is_clear = |at: Point| !self.cover.may_be_near(Address::of(at));
        let mut ahead = Ahead::looked_through(PAD_M - 1.0);
        if !self.tracks[id].stays.is_empty() || !way.stops().all(is_clear) {
            self.gather(fix, &way, &mut ahead);
            if !self.near.is_empty() {
                self.judge(fix, &way, &mut ahead, events);
            }
        }
        self.calms[id].settle(point, &ahead, &self.news);
    }

    fn judge(&mut self, fix: &Fix, way: &Way, ahead: &mut Ahead, events: &mut Vec<FenceEvent>) {
        let id = fix.technician.0;
        let near = core::mem::take(&mut self.near);
        let mut found = core::mem::take(&mut self.found);
        for &number in &near {
            self.judge_fence(number, fix, way.is_path, ahead, &mut found);
        }
        found.sort_unstable_by_key(|&(at_ms, number, kind)| (at_ms, number, kind));
        for &event in &found {
            tell(&mut self.tracks[id as usize], id, event, events);
        }
        found.clear();
        (self.near, self.found) = (near, found);
    }

    /// Collects the fences that a fix may concern: those the technician is in, and those on the way.
    ///
    /// A fence further from the end than the way is long is not on it; of all others near the end and not on the way, only
    /// how far they are is remembered.
    fn gather(&mut self, fix: &Fix, way: &Way, ahead: &mut Ahead) {
        let Self { near, cover, fences, tracks, .. } = self;
        let track = &tracks[fix.technician.0 as usize];
        near.clear();
        near.extend(track.stays.iter().map(|stay| stay.fence));
        for at in way.stops() {
            cover.near(Address::of(at), |&Near { cap, fence }| {
                // A chord is never longer than its arc.
                let gap_m = cap.centre.chord2(way.to).0.sqrt() * STEP_M - cap.radius_m;
                if gap_m <= way.length_m * (1.0 + GRAZE_SHARE) + GRAZE_M {
                    prefetch(fences, fence as usize);
                    near.push(fence);
                } else {
                    ahead.must_enter(gap_m);
                }
            });
        }
        near.sort_unstable();
        near.dedup();
    }

    fn judge_fence(
        &mut self,
        number: u32,
        fix: &Fix,
        has_path: bool,
        ahead: &mut Ahead,
        found: &mut Vec<(i64, u32, FenceEventKind)>,
    ) {
        let Some(fence) = &self.fences[number as usize] else { return };
        let id = fix.technician.0;
        let (last, track) = (&self.calms[id as usize], &mut self.tracks[id as usize]);
        let at_ms = fix.event_time_ms;
        let distance_m = fence.shape.signed_distance_m(fix.place);
        // `max` takes an unknown accuracy for a perfect one.
        let accuracy_m = f64::from(fix.accuracy_m.max(0.0)).min(self.limits.max_accuracy_m);
        let is_accurate = fix.accuracy_m.is_nan() || f64::from(fix.accuracy_m) <= self.limits.max_accuracy_m;
        let end_of = |stay: &Stay| fence.dwell_ms.map(|dwell_ms| stay.since_ms.saturating_add(dwell_ms));
        let stay = track.stays.iter().position(|stay| stay.fence == number);
        match stay {
            Some(slot) if distance_m > fence.exit_margin_m + accuracy_m => {
                let stay = track.stays.remove(slot);
                if let Some(end_ms) = end_of(&stay) {
                    self.dwells.remove(&(end_ms, id, number));
                }
                found.push((at_ms, number, FenceEventKind::Exit));
                ahead.must_enter(distance_m);
            }
            Some(slot) => {
                let stay = &mut track.stays[slot];
                if let Some(end_ms) = end_of(stay).filter(|&end_ms| !stay.has_dwelt && end_ms <= at_ms) {
                    stay.has_dwelt = true;
                    self.dwells.remove(&(end_ms, id, number));
                    found.push((end_ms, number, FenceEventKind::Dwell));
                }
                ahead.must_leave(fence.exit_margin_m - distance_m, end_of(stay).filter(|_| !stay.has_dwelt));
            }
            None if distance_m <= 0.0 && is_accurate => {
                let slot = track.stays.partition_point(|stay| stay.fence < number);
                let stay = Stay { fence: number, since_ms: at_ms, has_dwelt: false };
                if let Some(end_ms) = end_of(&stay) {
                    self.dwells.insert((end_ms, id, number));
                }
                found.push((at_ms, number, FenceEventKind::Enter));
                ahead.must_leave(fence.exit_margin_m - distance_m, end_of(&stay));
                track.stays.insert(slot, stay);
            }
            None => {
                if distance_m > 0.0
                    && has_path
                    && is_accurate
                    && let Some((first, end)) = fence.shape.passage(last.place, fix.place)
                {
                    let way_ms = (at_ms - last.event_time_ms) as f64;
                    let moment = |share: f64| last.event_time_ms + (share * way_ms) as i64;
                    found.push((moment(first), number, FenceEventKind::Enter));
                    found.push((moment(end), number, FenceEventKind::Exit));
                }
                ahead.must_enter(distance_m);
            }
        }
    }
}

/// The end of a stay's dwell time, if its fence has one.
fn dwell_end(fences: &[Option<Fence>], stay: &Stay) -> Option<i64> {
    let fence = fences.get(stay.fence as usize)?.as_ref()?;
    fence.dwell_ms.map(|dwell_ms| stay.since_ms.saturating_add(dwell_ms))
}

fn tell(track: &mut Track, id: u32, (at_ms, fence, kind): (i64, u32, FenceEventKind), events: &mut Vec<FenceEvent>) {
    track.sequence += 1;
    let (technician, sequence) = (TechnicianIndex(id), track.sequence);
    events.push(FenceEvent { technician, sequence, fence: FenceIndex(fence), kind, at_ms });
}
