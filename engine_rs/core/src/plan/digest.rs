//! The little about a technician's days that rules most technicians out: small, and side by side in memory.

use super::route::ALWAYS;
use super::{Promise, Route, TechnicianEntry, Windows};
use crate::model::{Priority, TimeWindow, Timestamp};
use crate::travel::Point;

/// From where and when the only route of a technician goes on.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Entry {
    /// Nobody sets out before; the far past where that is not known.
    from_s: Timestamp,
    /// Where, unless a newer position is known.
    place: Point,
    /// Whether a newer position counts once the shift has begun: nothing is under way.
    is_idle: bool,
    /// What is planned next.
    next: Option<Next>,
    /// Whether the way leads to an end location afterwards.
    has_end: bool,
}

/// The first stop planned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Next {
    /// Where.
    pub point: Point,
    /// Its allowed starts; the first and last where there are several windows.
    pub window: TimeWindow,
    /// When it is planned to start.
    pub start_s: Timestamp,
    /// Seconds of work.
    pub duration_s: i64,
    /// Price of its start.
    pub promise: Promise,
    /// Whether its start follows from when and where the technician sets out: one window, and no break in the shift.
    pub is_plain: bool,
}

/// How a technician with one route could set out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SettingOut {
    /// Not before; exactly then, if nothing is under way.
    pub free_s: Timestamp,
    /// Whether nothing is under way.
    pub is_idle: bool,
    /// From here.
    pub point: Point,
    /// To this first, if to nowhere else.
    pub next: Option<Next>,
    /// Whether a last stop is followed by a way.
    pub has_end: bool,
}

/// What a break taken earlier could win for later stops at most: who waits, and for how long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PauseGain {
    /// Seconds of the breaks to come on the route that has most.
    pub pause_s: i64,
    /// Most stops planned on one route, by priority.
    pub stops: [u32; 3],
}

/// An outline of all routes of a technician.
///
/// Every place where a planned leg begins or ends lies in the box, but for where an idle technician happens to be now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Digest {
    low: Point,
    high: Point,
    /// Longest straight line of a planned leg in metres.
    longest_m: f64,
    /// Least number of visits in a shift.
    pub least_load: u32,
    /// Price of the person's rating and tier.
    pub standing_milli: i64,
    /// Least percent of the planned time that any work takes.
    pub least_pace: u32,
    /// Number of skills held.
    pub skill_count: u16,
    /// Whether a shift has breaks.
    pub has_pauses: bool,
    /// What an insertion may gain; `None` where no break comes before a planned stop's end.
    pub gain: Option<PauseGain>,
    /// Where the only route goes on; `None` for technicians with several.
    entry: Option<Entry>,
}

impl Digest {
    /// Outlines a technician. `free_s` is an instant before which the visit under way surely does not end, if known.
    #[must_use]
    pub fn new(entry: &TechnicianEntry, free_s: Option<Timestamp>) -> Self {
        let home = entry.facts.home;
        let mut digest = Self {
            low: home,
            high: home,
            longest_m: 0.0,
            least_load: entry.routes.iter().map(Route::load).min().unwrap_or(0),
            standing_milli: entry.facts.standing_milli,
            least_pace: entry.facts.least_pace(),
            skill_count: u16::try_from(entry.facts.skills.len()).unwrap_or(0),
            has_pauses: entry.routes.iter().any(|route| !route.duty.pauses.is_empty()),
            gain: pause_gain(entry),
            entry: match entry.routes.as_slice() {
                [only] => Some(Entry::of(entry, only, free_s)),
                _ => None,
            },
        };
        for route in &entry.routes {
            digest.take_in(route);
        }
        if let Some((_, place)) = entry.idle {
            digest.reach(place);
            let firsts = entry.routes.iter().filter_map(|route| route.stops.first());
            let longest_m = firsts.map(|stop| place.line_m(stop.point)).fold(0.0, f64::max);
            digest.longest_m = digest.longest_m.max(longest_m);
        }
        digest
    }

    fn take_in(&mut self, route: &Route) {
        let mut place = route.duty.start;
        self.reach(place);
        for stop in &route.stops {
            self.reach(stop.point);
            self.longest_m = self.longest_m.max(place.line_m(stop.point));
            place = stop.point;
        }
        if let Some(end) = route.duty.end {
            self.reach(end);
            self.longest_m = self.longest_m.max(place.line_m(end));
        }
    }

    fn reach(&mut self, point: Point) {
        self.low = Point { x_dm: self.low.x_dm.min(point.x_dm), y_dm: self.low.y_dm.min(point.y_dm) };
        self.high = Point { x_dm: self.high.x_dm.max(point.x_dm), y_dm: self.high.y_dm.max(point.y_dm) };
    }

    /// Straight line from a point to the box in metres, 0 inside.
    #[inline]
    #[must_use]
    pub fn line_m(&self, point: Point) -> f64 {
        let inside = Point {
            x_dm: point.x_dm.clamp(self.low.x_dm, self.high.x_dm),
            y_dm: point.y_dm.clamp(self.low.y_dm, self.high.y_dm),
        };
        point.line_m(inside)
    }

    /// How the technician could set out; `None` for technicians with several routes.
    #[inline]
    #[must_use]
    pub fn setting_out(&self, here: Option<Point>, now_s: Timestamp) -> Option<SettingOut> {
        let Entry { from_s, place, is_idle, next, has_end } = self.entry?;
        let point = here.filter(|_| is_idle && from_s <= now_s).unwrap_or(place);
        Some(SettingOut { free_s: now_s.max(from_s), is_idle, point, next, has_end })
    }

    /// Whether the technician has more than one route.
    #[inline]
    #[must_use]
    pub fn has_several_routes(&self) -> bool {
        self.entry.is_none()
    }

    /// Whether a newest position, if there is one, is the only place from which the technician can set out.
    #[inline]
    #[must_use]
    pub fn is_where_seen(&self, now_s: Timestamp) -> bool {
        self.entry.is_some_and(|entry| entry.is_idle && entry.from_s <= now_s)
    }

    /// Least straight metres over which the technician could come to a visit at `point`.
    #[inline]
    #[must_use]
    pub fn least_way_m(&self, point: Point, here: Option<Point>) -> f64 {
        here.map_or(f64::INFINITY, |here| here.line_m(point)).min(self.line_m(point))
    }

    /// No insertion of a visit at `point` adds fewer straight metres to any route, when the technician is now at `here`.
    ///
    /// A visit `h` metres off everything either hangs at the end of a route, which costs `h` at least, or splits a leg of
    /// `l` metres, which costs `2 sqrt(h² + l²/4) - l` at least; that falls with `l`, so the longest leg decides.
    #[inline]
    #[must_use]
    pub fn least_added_m(&self, point: Point, here: Option<Point>) -> f64 {
        let mut off_m = self.line_m(point);
        let mut longest_m = self.longest_m;
        if let Some(here) = here {
            off_m = off_m.min(point.line_m(here)).min(self.line_between(point, here));
            longest_m = longest_m.max(here.line_m(self.farthest_corner(here)));
        }
        let split_m = 2.0 * (off_m * off_m + 0.25 * longest_m * longest_m).sqrt() - longest_m;
        off_m.min(split_m).max(0.0)
    }

    fn farthest_corner(&self, from: Point) -> Point {
        let farther =
            |from: i32, low: i32, high: i32| if from.abs_diff(low) > from.abs_diff(high) { low } else { high };
        Point {
            x_dm: farther(from.x_dm, self.low.x_dm, self.high.x_dm),
            y_dm: farther(from.y_dm, self.low.y_dm, self.high.y_dm),
        }
    }

    /// Straight line from a point to the box stretched to `here`.
    fn line_between(&self, point: Point, here: Point) -> f64 {
        let mut stretched = *self;
        stretched.reach(here);
        stretched.line_m(point)
    }
}

impl Entry {
    fn of(entry: &TechnicianEntry, only: &Route, free_s: Option<Timestamp>) -> Self {
        let start_s = only.duty.window.start_s;
        let next = only.planned().first().map(|stop| Next {
            point: stop.point,
            window: span_of(&stop.windows),
            start_s: stop.start_s,
            duration_s: stop.duration_s,
            promise: stop.promise,
            is_plain: stop.windows.is_one() && only.duty.pauses.is_empty(),
        });
        let has_end = only.duty.end.is_some();
        if only.frozen > 0 {
            let from_s = free_s.unwrap_or(i64::MIN / 4).max(start_s);
            return Self { from_s, place: only.stops[0].point, is_idle: false, next, has_end };
        }
        let idle_place = entry.idle.filter(|(since_s, _)| *since_s >= start_s).map(|(_, place)| place);
        Self { from_s: start_s, place: idle_place.unwrap_or(only.duty.start), is_idle: true, next, has_end }
    }
}

/// From the first to the last start allowed; all time where none is, as for a stop that broke its windows and is held.
fn span_of(windows: &Windows) -> TimeWindow {
    if windows.is_empty() { ALWAYS } else { TimeWindow::new(windows.first_s(), windows.last_s()) }
}

/// Which breaks are still to come before planned stops, as of the last refresh: they only become fewer until the next.
fn pause_gain(entry: &TechnicianEntry) -> Option<PauseGain> {
    let mut most = PauseGain::default();
    for route in entry.routes.iter().filter(|route| !route.planned().is_empty()) {
        let left = route.duty.pauses.get(usize::from(route.ready.pauses_taken)..).unwrap_or_default();
        most.pause_s = most.pause_s.max(left.iter().map(|pause| pause.duration_s).sum());
        for priority in Priority::ALL {
            let stops = route.planned().iter().filter(|stop| stop.promise.priority == priority).count();
            let known = &mut most.stops[priority as usize];
            *known = (*known).max(u32::try_from(stops).unwrap_or(u32::MAX));
        }
    }
    (most.pause_s > 0).then_some(most)
}
