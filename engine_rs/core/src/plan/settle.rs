//! Times of routes that ties connect: the earliest that keep every route, every window and every lag.
//!
//! Each tied stop is first loosened to the windows of its visit and technician. Then routes are timed in turn, and whoever
//! starts too early for a partner is held back, which may hold others back: a least fixed point, the same whatever the
//! order. It depends on the order of stops alone, never on earlier times. At the end every tied stop is narrowed to the
//! starts that its partners allow where they now stand, so that an insertion judged on one route breaks no lag elsewhere.
//! Time: linear in the stops of the connected routes for each time that a route is held back.

use super::{Limits, Links, Place, Plan, Positions};
use crate::model::{Rule, TimeWindow, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Most times a connected route is timed anew, on average; ties that are not settled by then wait in a circle.
const MAX_ROUNDS: usize = 64;

/// The instant, and what is known and allowed at it.
#[derive(Clone, Copy)]
pub struct Sighted<'a> {
    /// Where technicians are.
    pub positions: &'a dyn Positions,
    /// The instant.
    pub now_s: Timestamp,
    /// Older positions are not believed, in seconds.
    pub max_staleness_s: i64,
    /// The bounds of the policy.
    pub limits: Limits,
}

/// What became of connected routes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// The routes, ordered.
    pub places: Vec<Place>,
    /// The visit that must leave its place first, with the rule that it breaks.
    pub broken: Option<(u32, Rule)>,
}

type Key = (u32, usize);

fn key(place: Place) -> Key {
    (place.technician, place.route)
}

fn place((technician, route): Key) -> Place {
    Place { technician, route }
}

impl Plan {
    /// Renews the times of a route and of all that ties connect with it.
    pub fn settle(&mut self, from: Place, sighted: &Sighted<'_>) -> Settled {
        let keys = self.connected(from);
        for visit in self.tied_at(&keys) {
            self.loosen(visit);
        }
        let mut broken: BTreeMap<Key, Option<(u32, Rule)>> = BTreeMap::new();
        // Everything is timed once before anybody is held back: no earlier times are left over then.
        for next in &keys {
            self.time(place(*next), sighted);
        }
        let mut due = keys.clone();
        let mut left = MAX_ROUNDS * keys.len();
        let mut last_held = None;
        let mut is_circle = false;
        while let Some(next) = due.pop_first() {
            if left == 0 {
                is_circle = true;
                break;
            }
            left -= 1;
            broken.insert(next, self.time(place(next), sighted));
            for held in self.hold_back_partners(next) {
                last_held = Some(held);
                due.extend(self.visit(held).place.map(key));
            }
        }
        let circle = last_held.filter(|_| is_circle).map(|visit| (visit, Rule::Dependency));
        let tie = circle.or_else(|| self.narrow_all(&keys, sighted));
        let route = || broken.into_values().flatten().next();
        Settled { places: keys.into_iter().map(place).collect(), broken: tie.or_else(route) }
    }

    /// Whether a route holds a tied stop.
    #[must_use]
    pub fn is_route_tied(&self, place: Place) -> bool {
        self.has_ties()
            && self.route(place).is_some_and(|route| route.stops.iter().any(|stop| self.is_tied(stop.visit)))
    }

    /// Routes of everything open that a visit is tied to.
    #[must_use]
    pub fn partner_places(&self, visit: u32) -> Vec<Place> {
        let partners = self.links(visit).into_iter().flat_map(Links::partners);
        let keys: BTreeSet<Key> = partners.filter_map(|partner| self.open_visit(partner)?.place).map(key).collect();
        keys.into_iter().map(place).collect()
    }

    /// A route and all that ties connect with it.
    fn connected(&self, from: Place) -> BTreeSet<Key> {
        let (mut found, mut open) = (BTreeSet::from([key(from)]), vec![from]);
        while let Some(next) = open.pop() {
            let Some(route) = self.route(next) else { continue };
            for visit in self.tied_on(&route.stops) {
                open.extend(self.partner_places(visit).into_iter().filter(|place| found.insert(key(*place))));
            }
        }
        found
    }

    /// Tied visits on some routes, in their order.
    fn tied_at(&self, keys: &BTreeSet<Key>) -> Vec<u32> {
        let routes = keys.iter().filter_map(|key| self.route(place(*key)));
        routes.flat_map(|route| self.tied_on(&route.stops)).collect()
    }

    fn time(&mut self, place: Place, sighted: &Sighted<'_>) -> Option<(u32, Rule)> {
        let live = self.live_point(place.technician, sighted.positions, sighted.now_s, sighted.max_staleness_s);
        let (index, rule) = self.refresh(place, live, sighted.now_s, sighted.limits)?;
        let stop = self.route(place)?.stops.get(index)?;
        Some((stop.visit, rule))
    }

    fn loosen(&mut self, visit: u32) {
        let Some(links) = self.links(visit) else { return };
        let base = links.base.clone();
        self.set_allowed_starts(visit, base);
    }

    /// Holds back those who start too early, on a route or for what stands on it; returns them.
    fn hold_back_partners(&mut self, timed: Key) -> Vec<u32> {
        let Some(route) = self.route(place(timed)) else { return Vec::new() };
        let mut partners: BTreeSet<u32> = BTreeSet::new();
        for visit in self.tied_on(&route.stops) {
            partners.insert(visit);
            partners.extend(self.links(visit).into_iter().flat_map(Links::partners));
        }
        partners.into_iter().filter(|partner| self.hold_back(*partner)).collect()
    }

    /// Lets a visit start no earlier than its partners allow; tells whether that holds it back.
    fn hold_back(&mut self, visit: u32) -> bool {
        let Some(standing) = self.standing(visit).filter(|standing| !standing.has_started) else { return false };
        let Some(bounds) = self.bounds(visit).filter(|bounds| standing.start_s < bounds.start_s) else { return false };
        let Some(links) = self.links(visit) else { return false };
        let windows = links.base.intersect(&[TimeWindow::new(bounds.start_s, i64::MAX / 4)]);
        let is_new = self.stop(visit).is_some_and(|(_, stop)| stop.windows != windows);
        if windows.is_empty() || !is_new {
            // Nothing is left for it: who is broken by that is found when all is settled.
            return false;
        }
        self.narrow(visit, windows);
        true
    }

    fn narrow(&mut self, visit: u32, windows: super::Windows) {
        if let Some(place) = self.visit(visit).place
            && let Some(route) = self.route_mut(place)
            && let Some(position) = route.position_of(visit)
        {
            route.stops[position].windows = windows;
        }
    }

    /// Between which starts all partners of a placed visit are served.
    fn bounds(&self, visit: u32) -> Option<TimeWindow> {
        let links = self.links(visit)?;
        let (_, stop) = self.stop(visit)?;
        let lags = self.dependency_bounds(visit, links, (stop.duration_s, stop.duration_s));
        let crew = self.crew_bounds(links);
        Some(TimeWindow::new(lags.start_s.max(crew.start_s), lags.end_s.min(crew.end_s)))
    }

    /// Narrows every tied stop to what its partners allow where they stand. Returns the first whose tie is broken.
    fn narrow_all(&mut self, keys: &BTreeSet<Key>, sighted: &Sighted<'_>) -> Option<(u32, Rule)> {
        let tied = self.tied_at(keys);
        if let Some(broken) = tied.iter().find_map(|visit| self.broken_tie(*visit)) {
            return Some(broken);
        }
        for visit in tied {
            let Some(bounds) = self.bounds(visit) else { continue };
            let is_under_way = self.standing(visit).is_none_or(|standing| standing.is_under_way);
            let end_s = if is_under_way { i64::MAX / 4 } else { bounds.end_s };
            let Some(links) = self.links(visit) else { continue };
            let windows = links.base.intersect(&[TimeWindow::new(bounds.start_s, end_s)]);
            if !windows.is_empty() {
                self.narrow(visit, windows);
            }
        }
        for key in keys {
            self.time(place(*key), sighted);
        }
        None
    }

    /// The tie that a planned visit breaks. Of two that cannot be kept together the later one is to blame.
    fn broken_tie(&self, visit: u32) -> Option<(u32, Rule)> {
        let links = self.links(visit)?;
        let standing = self.standing(visit).filter(|standing| !standing.is_under_way)?;
        for after in &links.after {
            let end_s = self.end_of(after);
            let lag_s = end_s.map(|end_s| standing.start_s - end_s);
            let is_kept = |lag_s: i64| after.keeps(lag_s);
            if !lag_s.is_some_and(is_kept) {
                return Some((visit, Rule::Dependency));
            }
        }
        for mate in &links.mates {
            let Some(other) = self.standing(*mate).filter(|other| !other.has_started) else { continue };
            let is_late = standing.start_s > other.start_s + links.max_start_spread_s;
            let is_left = other.is_under_way && other.start_s > standing.start_s + links.max_start_spread_s;
            if is_late || is_left {
                return Some((visit, Rule::Crew));
            }
        }
        None
    }
}
