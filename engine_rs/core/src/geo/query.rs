//! Questions: who is near, able, free and fresh, in which order.
//!
//! The search walks the grid outwards and stops where nothing further out can matter any more. What "matters" means
//! depends on the order:
//!
//! - distance: the squared chord itself;
//! - ETA: a technician at arc `d` cannot arrive sooner than `d x detour / fastest speed`, so the walk ends at the arc that
//!   the fastest mode covers in the time of the last place;
//! - soonest free: who has no commitment is judged as by ETA in the grid of positions; who has one is judged in a second
//!   grid of the places where commitments end. There the arrival is `max(now, free_at) + travel >= now + travel`, so the
//!   same bound holds with that grid's own distances. Both walks share one list of the best.

use super::error::GeoError;
use super::filter::{Screen, Sieve};
use super::grid::{Entry, Visitor};
use super::index::LiveIndex;
use super::position::LatLng;
use super::search::{Filter, Hit, Order, Search, TravelProfile};
use super::sphere::{Chord2, Point};
use super::technician::{TechnicianIndex, summary};
use super::topk::{Candidate, SearchBuffer, TopK};

/// Room for rounding in a reach that was computed through roots and sines.
const REACH_MARGIN: f64 = 1.0 + 1e-9;

impl LiveIndex {
    /// Finds the technicians that come first by the search's order among those its filter lets through.
    ///
    /// Exact: the hits are those of a look at everybody with a position, equal keys by technician number. The answer is
    /// left in `buffer`, which is reused from call to call. Takes time in proportion to the technicians nearby that have
    /// to be looked at, not to all.
    ///
    /// # Errors
    /// [`GeoError::Invalid`] naming every argument out of range.
    pub fn search(&self, search: &Search<'_>, buffer: &mut SearchBuffer) -> Result<(), GeoError> {
        search.check()?;
        self.search_checked(search, buffer);
        Ok(())
    }

    /// Finds everybody within `radius_m` of a place that the filter lets through, nearest first, up to `limit`.
    ///
    /// # Errors
    /// [`GeoError::Invalid`] naming every argument out of range.
    pub fn within_radius(
        &self,
        origin: LatLng,
        radius_m: f64,
        limit: usize,
        filter: Filter<'_>,
        now_ms: i64,
        buffer: &mut SearchBuffer,
    ) -> Result<(), GeoError> {
        let max_distance_m = Some(radius_m);
        self.search(&Search { origin, limit, max_distance_m, order: Order::Distance, now_ms, filter }, buffer)
    }

    fn search_checked(&self, search: &Search<'_>, buffer: &mut SearchBuffer) {
        buffer.hits.clear();
        let sieve = Sieve::new(self, search);
        if sieve.is_closed() {
            return;
        }
        let origin = Point::from_lat_lng(search.origin);
        let max_chord2 = search.max_distance_m.map_or(f64::INFINITY, |distance_m| Chord2::from_arc_m(distance_m).0);
        let reach = position_reach(search, origin, max_chord2);
        let mut top = TopK::new(buffer, search.limit);
        let screen = sieve.screen;
        match search.order {
            Order::Distance => {
                self.standing.search(origin, &mut ByDistance { sieve: &sieve, screen, top: &mut top, reach });
            }
            Order::Eta(profile) => {
                self.standing.search(origin, &mut ByArrival { sieve: &sieve, screen, profile, top: &mut top, reach });
            }
            Order::SoonestFree(profile) => {
                let screen = screen.forbidding(summary::COMMITTED);
                self.standing.search(origin, &mut ByArrival { sieve: &sieve, screen, profile, top: &mut top, reach });
                top.settle();
                let mut later =
                    ByFreeTime { sieve: &sieve, profile, now_ms: search.now_ms, top: &mut top, reach: max_chord2 };
                later.tighten();
                self.finishing.search(origin, &mut later);
            }
        }
        top.finish();
        let (candidates, hits) = buffer.finished();
        hits.extend(candidates.iter().map(|&candidate| self.to_hit(candidate, origin, search)));
    }

    #[inline]
    fn to_hit(&self, candidate: Candidate, origin: Point, search: &Search<'_>) -> Hit {
        let technician = TechnicianIndex(candidate.id());
        if search.order == Order::Distance {
            return Hit { technician, distance_m: Chord2(candidate.key()).arc_m(), arrival_ms: search.now_ms };
        }
        let end = match search.order {
            Order::SoonestFree(_) => self.finishing.get(technician.0),
            _ => None,
        };
        let (start, _) = end.or_else(|| self.standing.get(technician.0)).unwrap_or((origin, 0));
        let arrival_ms = search.now_ms.saturating_add(candidate.key().ceil() as i64);
        Hit { technician, distance_m: origin.chord2(start).arc_m(), arrival_ms }
    }
}

/// The first reach of a walk over positions: the caller's bound, and the far side of the region.
fn position_reach(search: &Search<'_>, origin: Point, max_chord2: f64) -> f64 {
    search.filter.region.map_or(max_chord2, |region| max_chord2.min(region.farthest_from(origin).0 * REACH_MARGIN))
}

/// Orders positions by distance.
struct ByDistance<'a, 'b> {
    sieve: &'a Sieve<'a>,
    screen: Screen,
    top: &'a mut TopK<'b>,
    reach: f64,
}

impl Visitor for ByDistance<'_, '_> {
    #[inline(always)]
    fn reach(&self) -> f64 {
        self.reach
    }

    #[inline(always)]
    fn may_want(&self, any_bits: u64) -> bool {
        self.screen.may_pass(any_bits)
    }

    #[inline(always)]
    fn could_be_full(&self) -> bool {
        self.top.could_be_full()
    }

    #[inline(always)]
    fn news(&self) -> usize {
        self.top.news()
    }

    fn settle(&mut self) {
        self.top.settle();
        self.reach = self.reach.min(self.top.worst_key());
    }

    #[inline]
    fn scan(&mut self, entries: &[Entry], origin: Point) {
        if entries.len() > self.top.room() {
            return self.scan_in_parts(entries, origin);
        }
        let (screen, oldest_ms, reach) = (self.screen, self.sieve.oldest_ms, self.reach);
        let judge = |entry: &Entry| {
            let chord2 = entry.chord2(origin);
            let is_wanted = screen.passes(entry.bits) & (entry.time_ms >= oldest_ms) & (chord2 <= reach);
            (Candidate::new(chord2, entry.id), is_wanted)
        };
        if self.sieve.is_screen_enough {
            self.top.take(entries, judge);
        } else {
            let sieve = self.sieve;
            self.top.take(entries, |entry| {
                let (candidate, is_wanted) = judge(entry);
                (candidate, is_wanted && sieve.admits(entry.id))
            });
        }
    }
}

impl ByDistance<'_, '_> {
    #[cold]
    fn scan_in_parts(&mut self, entries: &[Entry], origin: Point) {
        let mut left = entries;
        while !left.is_empty() {
            if self.top.room() == 0 {
                self.settle();
            }
            let (now, later) = left.split_at(left.len().min(self.top.room()));
            self.scan(now, origin);
            left = later;
        }
    }
}

/// Orders positions by arrival when leaving now; the key is the travel time in milliseconds.
struct ByArrival<'a, 'b> {
    sieve: &'a Sieve<'a>,
    screen: Screen,
    profile: TravelProfile,
    top: &'a mut TopK<'b>,
    reach: f64,
}

impl Visitor for ByArrival<'_, '_> {
    #[inline(always)]
    fn reach(&self) -> f64 {
        self.reach
    }

    #[inline(always)]
    fn may_want(&self, any_bits: u64) -> bool {
        self.screen.may_pass(any_bits)
    }

    #[inline(always)]
    fn could_be_full(&self) -> bool {
        self.top.could_be_full()
    }

    #[inline(always)]
    fn news(&self) -> usize {
        self.top.news()
    }

    fn settle(&mut self) {
        self.top.settle();
        self.reach = self.reach.min(travel_reach(&self.profile, self.top.worst_key()));
    }

    fn scan(&mut self, entries: &[Entry], origin: Point) {
        for entry in entries {
            let chord2 = entry.chord2(origin);
            let is_wanted =
                self.screen.passes(entry.bits) & (entry.time_ms >= self.sieve.oldest_ms) & (chord2 <= self.reach);
            if is_wanted && (self.sieve.is_screen_enough || self.sieve.admits(entry.id)) {
                let key = self.profile.travel_ms(Chord2(chord2).arc_m(), summary::mode(entry.bits));
                self.top.take(&[()], |()| (Candidate::new(key, entry.id), true));
                if self.top.room() == 0 {
                    self.settle();
                }
            }
        }
    }
}

/// Orders the ends of commitments by arrival after them; the key is milliseconds from now.
struct ByFreeTime<'a, 'b> {
    sieve: &'a Sieve<'a>,
    profile: TravelProfile,
    now_ms: i64,
    top: &'a mut TopK<'b>,
    reach: f64,
}

impl ByFreeTime<'_, '_> {
    fn tighten(&mut self) {
        self.reach = self.reach.min(travel_reach(&self.profile, self.top.worst_key()));
    }
}

impl Visitor for ByFreeTime<'_, '_> {
    #[inline(always)]
    fn reach(&self) -> f64 {
        self.reach
    }

    #[inline(always)]
    fn may_want(&self, any_bits: u64) -> bool {
        self.sieve.screen.may_pass(any_bits)
    }

    #[inline(always)]
    fn could_be_full(&self) -> bool {
        self.top.could_be_full()
    }

    #[inline(always)]
    fn news(&self) -> usize {
        self.top.news()
    }

    fn settle(&mut self) {
        self.top.settle();
        self.tighten();
    }

    fn scan(&mut self, entries: &[Entry], origin: Point) {
        for entry in entries {
            let wait_ms = entry.time_ms.saturating_sub(self.now_ms).max(0) as f64;
            let chord2 = entry.chord2(origin);
            if (chord2 > self.reach) | (wait_ms > self.top.worst_key()) | !self.sieve.screen.passes(entry.bits) {
                continue;
            }
            if self.sieve.is_fresh(entry.id) && (self.sieve.is_screen_enough || self.sieve.admits(entry.id)) {
                let travel_ms = self.profile.travel_ms(Chord2(chord2).arc_m(), summary::mode(entry.bits));
                let candidate = Candidate::new(wait_ms + travel_ms, entry.id);
                self.top.take(&[()], |()| (candidate, true));
                if self.top.room() == 0 {
                    self.settle();
                }
            }
        }
    }
}

/// The squared chord that nobody covers within `travel_ms`, rounded outwards.
fn travel_reach(profile: &TravelProfile, travel_ms: f64) -> f64 {
    if travel_ms == f64::INFINITY {
        return f64::INFINITY;
    }
    Chord2::from_arc_m(profile.reach_m(travel_ms) * REACH_MARGIN).0 * REACH_MARGIN
}
