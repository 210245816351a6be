//! The little about a technician's days that rules most technicians out: small, and side by side in memory.

use super::{Route, TechnicianEntry};
use crate::model::Timestamp;
use crate::travel::Point;

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
    /// Whether a shift has breaks, so that an insertion may also gain time.
    pub has_pauses: bool,
    /// Start of the only shift of a technician with nothing under way: from then on every way begins where the technician
    /// is now. `None` for others.
    pub idle_from_s: Option<Timestamp>,
}

impl Digest {
    /// Outlines a technician.
    #[must_use]
    pub fn new(entry: &TechnicianEntry) -> Self {
        let home = entry.facts.home;
        let mut digest = Self {
            low: home,
            high: home,
            longest_m: 0.0,
            least_load: entry.routes.iter().map(Route::load).min().unwrap_or(0),
            standing_milli: entry.facts.standing_milli,
            has_pauses: entry.routes.iter().any(|route| !route.duty.pauses.is_empty()),
            idle_from_s: match entry.routes.as_slice() {
                [only] if only.frozen == 0 => Some(only.duty.window.start_s),
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

    /// No technician is nearer to a visit at `point` when setting out for it, or for what comes before it.
    #[inline]
    #[must_use]
    pub fn least_way_m(&self, point: Point, here: Option<Point>, now_s: Timestamp) -> f64 {
        match here {
            Some(here) if self.idle_from_s.is_some_and(|from_s| from_s <= now_s) => here.line_m(point),
            Some(here) => here.line_m(point).min(self.line_m(point)),
            None => self.line_m(point),
        }
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
