//! How far a technician may still go before any fence can matter: what makes most fixes cost one comparison.
//!
//! Whenever a fix has been judged against the fences near it, the shortest way to a change is known: into the nearest fence
//! not stayed in, out of the nearest stay, or to the end of what was looked through. Within that distance of that place
//! no fix and no straight path between two of them can come in, go out or pass through.

use super::super::fix::Fix;
use super::super::position::LatLng;
use super::super::sphere::{Point, STEP_M};
use super::cover::Cap;

/// Fences put last that a calm place catches up with one by one; who is further behind is judged anew.
const MAX_NEWS: u64 = 32;
/// Distances to areas are right to one in a thousand, and paths to a centimetre; twice that is taken off.
const SHARE: f64 = 0.998;
const SLACK_M: f64 = 0.02;

/// The last fix of a technician, and how far around some place nothing can happen: one cache line.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(crate) struct Calm {
    /// Where the last fix was; meaningless before the first.
    pub(crate) place: LatLng,
    /// When; `i64::MIN` when no position is known.
    pub(crate) event_time_ms: i64,
    /// The earliest end of a dwell time to come.
    dwell_ms: i64,
    /// The middle of the calm.
    middle: Point,
    /// The radius as a squared chord, below 0 when there is no calm.
    reach: f32,
    /// Number of fences put when the calm was last looked at, as far as it fits.
    seen: u32,
}

impl Default for Calm {
    fn default() -> Self {
        Self {
            place: LatLng::default(),
            event_time_ms: i64::MIN,
            dwell_ms: i64::MAX,
            middle: Point::default(),
            reach: -1.0,
            seen: 0,
        }
    }
}

impl Calm {
    /// Whether a position is known.
    #[inline]
    pub(crate) fn is_known(&self) -> bool {
        self.event_time_ms != i64::MIN
    }

    /// Notes where a fix was.
    #[inline]
    pub(crate) fn note(&mut self, fix: &Fix) {
        (self.place, self.event_time_ms) = (fix.place, fix.event_time_ms);
    }

    /// Whether a fix at a point cannot make anything happen.
    #[inline]
    pub(crate) fn covers(&mut self, fix: &Fix, point: Point, news: &News) -> bool {
        if self.seen != news.count as u32 {
            self.catch_up(news);
        }
        self.reaches(point) & (fix.event_time_ms < self.dwell_ms)
    }

    /// Whether a point lies in the calm as it was last looked at: a guess, fences put since are not regarded.
    #[inline]
    pub(crate) fn reaches(&self, point: Point) -> bool {
        point.chord2(self.middle).0 <= f64::from(self.reach)
    }

    /// Begins a calm around a point, as far and as long as nothing can happen.
    pub(crate) fn settle(&mut self, point: Point, ahead: &Ahead, news: &News) {
        (self.middle, self.dwell_ms, self.seen) = (point, ahead.dwell_ms, news.count as u32);
        self.reach = reach(ahead.clear_m);
    }

    /// Ends the calm.
    pub(crate) fn end(&mut self) {
        self.reach = -1.0;
    }

    /// Takes in the fences put since the calm was last looked at.
    #[cold]
    fn catch_up(&mut self, news: &News) {
        let behind = u64::from((news.count as u32).wrapping_sub(self.seen));
        self.seen = news.count as u32;
        let Some(caps) = news.newest(behind) else { return self.end() };
        for cap in caps {
            let gap_m = cap.centre.chord2(self.middle).0.sqrt() * STEP_M - cap.radius_m;
            self.reach = self.reach.min(reach(gap_m));
        }
    }
}

/// What the fences near a fix leave open: how far it is to the next change, and when one comes by itself.
pub(crate) struct Ahead {
    clear_m: f64,
    dwell_ms: i64,
}

impl Ahead {
    /// Nothing yet, as far as fences were looked for.
    pub(crate) fn looked_through(clear_m: f64) -> Self {
        Self { clear_m, dwell_ms: i64::MAX }
    }

    /// A fence outside of which the technician is; inside already, a better fix may take them in at once.
    pub(crate) fn must_enter(&mut self, distance_m: f64) {
        self.clear_m = self.clear_m.min(distance_m);
    }

    /// A stay, which the most accurate fix ends first.
    pub(crate) fn must_leave(&mut self, distance_m: f64, dwell_end_ms: Option<i64>) {
        self.clear_m = self.clear_m.min(distance_m);
        self.dwell_ms = self.dwell_ms.min(dwell_end_ms.unwrap_or(i64::MAX));
    }
}

/// A radius as a squared chord that is surely not longer; below 0 for none. A chord of at most 100 km is its arc to 1e-5.
fn reach(radius_m: f64) -> f32 {
    let chord = (radius_m * SHARE - SLACK_M) / STEP_M;
    // `f32` rounds to the nearest, by a share of 6e-8 at most, which the share taken off outweighs.
    if chord > 0.0 { (chord * chord) as f32 } else { -1.0 }
}

/// The fences put last, for calms to catch up with.
#[derive(Clone, Debug, Default)]
pub(crate) struct News {
    count: u64,
    /// The newest, at `count % MAX_NEWS`; empty where calms must end instead.
    caps: Vec<Option<Cap>>,
}

impl News {
    /// A fence was put where none of its name was.
    pub(crate) fn add(&mut self, cap: Cap) {
        self.push(Some(cap));
    }

    /// Every calm ends.
    pub(crate) fn end_all(&mut self) {
        self.push(None);
    }

    fn push(&mut self, cap: Option<Cap>) {
        self.caps.resize(MAX_NEWS as usize, None);
        self.caps[(self.count % MAX_NEWS) as usize] = cap;
        self.count += 1;
    }

    /// The newest few; `None` when that many are not kept, or one of them ends all calms.
    fn newest(&self, number: u64) -> Option<impl Iterator<Item = &Cap>> {
        let slot = |back: u64| self.caps.get(((self.count - 1 - back) % MAX_NEWS) as usize).and_then(Option::as_ref);
        let is_kept = number <= MAX_NEWS && number <= self.count && (0..number).all(|back| slot(back).is_some());
        is_kept.then(|| (0..number).filter_map(slot))
    }
}
