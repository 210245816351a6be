//! The cheapest place for one absent visit.
//!
//! Each position is judged in O(1) from cached values. Where there are more visits than neighbour lists are long,
//! only positions next to a neighbour and idle technicians are tried; when those offer nothing, all are.

use super::instance::{Arc, Fit, Instance, NodeId};
use super::neighbours::Neighbours;
use super::rng::Rng;
use super::routes::{NONE, Node, Routes};
use super::span::Segment;

/// A place for a visit and what it adds to the objective, the visit's prize not counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Insertion {
    pub(super) cost: i64,
    pub(super) route: u32,
    pub(super) after: NodeId,
    /// Node behind which the restock stop is to be put first, or `NONE`.
    pub(super) restock_after: NodeId,
}

/// How insertions are looked for.
pub(super) struct Seeker<'a> {
    pub(super) instance: &'a Instance,
    pub(super) neighbours: &'a Neighbours,
    /// Whether every position is tried.
    pub(super) is_exhaustive: bool,
    /// Probability of overlooking a position, which keeps greedy insertion from repeating itself.
    pub(super) blink: f64,
}

struct Best<'r> {
    rng: &'r mut Rng,
    blink: f64,
    found: Option<Insertion>,
    bound: i64,
}

impl Best<'_> {
    /// A position is overlooked with probability `blink`; only those that would win need the dice.
    fn offer(&mut self, insertion: Insertion) {
        if insertion.cost < self.bound && !(self.blink > 0.0 && self.rng.unit() < self.blink) {
            self.bound = insertion.cost;
            self.found = Some(insertion);
        }
    }
}

impl Seeker<'_> {
    /// The cheapest insertion of an absent visit below its prize. O(neighbours), or O(V) when exhaustive.
    pub(super) fn best(&self, routes: &mut Routes, visit: NodeId, rng: &mut Rng) -> Option<Insertion> {
        let bound = self.instance.prize[visit as usize];
        let mut best = Best { rng, blink: self.blink, found: None, bound };
        if self.is_exhaustive {
            self.try_used(routes, visit, &mut best);
        } else {
            self.try_neighbours(routes, visit, &mut best);
        }
        self.try_idle(routes, visit, &mut best);
        if best.found.is_none() && !self.is_exhaustive {
            self.try_used(routes, visit, &mut best);
        }
        best.found
    }

    /// The cheapest insertion into one route.
    pub(super) fn best_on(&self, routes: &Routes, visit: NodeId, route: u32, rng: &mut Rng) -> Option<Insertion> {
        let bound = self.instance.prize[visit as usize];
        let mut best = Best { rng, blink: 0.0, found: None, bound };
        self.try_route(routes, visit, route, &mut best);
        best.found
    }

    fn try_neighbours(&self, routes: &Routes, visit: NodeId, best: &mut Best) {
        let mut ways = Ways::of(self.instance, visit, 0);
        for &after in self.neighbours.before(visit) {
            self.try_after(routes, visit, after, &mut ways, best);
        }
        for &behind in self.neighbours.behind(visit) {
            let Node { route, prev, .. } = routes.nodes[behind as usize];
            if route != NONE {
                self.try_after(routes, visit, prev, &mut ways, best);
            }
        }
    }

    #[inline]
    fn try_after<'s>(&'s self, routes: &Routes, visit: NodeId, after: NodeId, ways: &mut Ways<'s>, best: &mut Best) {
        let node = &routes.nodes[after as usize];
        if node.route == NONE {
            return;
        }
        let profile = self.instance.crews[node.route as usize].profile;
        if profile != ways.profile {
            *ways = Ways::of(self.instance, visit, profile);
        }
        // Most positions are too dear, which two numbers tell.
        if ways.detour(node) < best.bound
            && routes.admits(node.route, visit)
            && let Some(cost) = judge(routes, visit, after, ways, best.bound)
            && (routes.is_equipped(node.route, visit) || routes.is_restocked(after))
        {
            best.offer(Insertion { cost, route: node.route, after, restock_after: NONE });
        }
    }

    fn try_used(&self, routes: &Routes, visit: NodeId, best: &mut Best) {
        for route in 0..self.instance.technicians as u32 {
            if !routes.is_idle(route) {
                self.try_route(routes, visit, route, best);
            }
        }
    }

    fn try_idle(&self, routes: &mut Routes, visit: NodeId, best: &mut Best) {
        for kind in 0..self.instance.kinds.len() as u32 {
            if self.instance.fit(kind, visit) == Fit::No {
                continue;
            }
            if let Some(route) = routes.idle_of(kind) {
                self.try_route(routes, visit, route, best);
            }
        }
    }

    /// All positions of one route.
    fn try_route(&self, routes: &Routes, visit: NodeId, route: u32, best: &mut Best) {
        if !routes.admits(route, visit) {
            return;
        }
        let place = &self.instance.places[visit as usize];
        let profile = self.instance.crews[route as usize].profile;
        let ways = Ways::of(self.instance, visit, profile);
        let end = self.instance.end_of(route as usize);
        let is_equipped = routes.is_equipped(route, visit);
        let mut after = self.instance.start_of(route as usize);
        while after != end && routes.nodes[after as usize].depart <= place.last_start {
            if (is_equipped || routes.is_restocked(after))
                && let Some(cost) = judge(routes, visit, after, &ways, best.bound)
            {
                best.offer(Insertion { cost, route, after, restock_after: NONE });
            }
            after = routes.nodes[after as usize].next;
        }
        if !is_equipped && self.instance.has_restock && !routes.routes[route as usize].has_restock {
            self.try_with_restock(routes, visit, route, best);
        }
    }

    /// All pairs of positions for the restock stop and, at or behind it, the visit. O(visits of the route ^ 2).
    fn try_with_restock(&self, routes: &Routes, visit: NodeId, route: u32, best: &mut Best) {
        let end = self.instance.end_of(route as usize);
        let mut restock_after = self.instance.start_of(route as usize);
        while restock_after != end {
            let walk = Walk::through_restock(routes, route, restock_after);
            if let Some(mut walk) = walk.filter(|walk| walk.least_cost(visit) < best.bound) {
                loop {
                    if let Some(cost) = walk.finish_with(visit, best.bound) {
                        best.offer(Insertion { cost, route, after: walk.at, restock_after });
                    }
                    if !walk.step() {
                        break;
                    }
                }
            }
            restock_after = routes.nodes[restock_after as usize].next;
        }
    }
}

/// All arcs into and out of a visit for one arc table.
struct Ways<'a> {
    profile: u32,
    into: &'a [Arc],
    from: &'a [Arc],
}

impl<'a> Ways<'a> {
    fn of(instance: &'a Instance, visit: NodeId, profile: u32) -> Self {
        let location = instance.places[visit as usize].location;
        Self { profile, into: instance.into(profile, location), from: instance.from(profile, location) }
    }

    /// Cost of going through the visit behind a node instead of straight on.
    #[inline]
    fn detour(&self, node: &Node) -> i64 {
        let to = self.into[node.location as usize].cost;
        let onward = self.from[node.next_location as usize].cost;
        i64::from(to) + i64::from(onward) - i64::from(node.out_cost)
    }
}

/// What putting `visit` right behind `after` adds, if it is feasible and below `bound`. O(1).
#[inline]
fn judge(routes: &Routes, visit: NodeId, after: NodeId, ways: &Ways, bound: i64) -> Option<i64> {
    let instance = routes.instance;
    let node = &routes.nodes[after as usize];
    let route = &routes.routes[node.route as usize];
    let detour = ways.detour(node) + route.entry;
    if detour >= bound {
        return None;
    }
    let (to, onward) = (ways.into[node.location as usize], ways.from[node.next_location as usize]);
    let start = instance.start_at(visit, node.depart + i64::from(to.time))?;
    let service = instance.places[visit as usize].service;
    if start + service + i64::from(onward.time) > node.next_latest {
        return None;
    }
    let crew = &instance.crews[node.route as usize];
    let travel = route.travel + i64::from(to.time) + i64::from(onward.time) - i64::from(node.out_time);
    if travel > crew.max_travel {
        return None;
    }
    if crew.per_span == 0 {
        return Some(detour);
    }
    // A span is at least its travel and work.
    if detour + crew.per_span * (travel + route.work + service - route.span) >= bound {
        return None;
    }
    let stop = Segment::of(service, instance.window_around(visit, start));
    let begun = routes.spans[after as usize].until.then(i64::from(to.time), stop);
    let span = finished_span(routes, begun, node.next, i64::from(onward.time), start + service);
    Some(detour + crew.per_span * (span - route.span))
}

/// Span of `begun` (left earliest at `depart`) followed by the rest of a route from `next` on.
fn finished_span(routes: &Routes, begun: Segment, next: NodeId, time: i64, depart: i64) -> i64 {
    let onward = routes.spans[next as usize].onward;
    if begun.can_reach(time, onward) {
        return begun.then(time, onward).duration;
    }
    // A visit behind moves to a later window of its own: follow the route to see which.
    let instance = routes.instance;
    let (mut whole, mut node, mut time, mut depart) = (begun, next, time, depart);
    loop {
        let start = instance.start_at(node, depart + time).unwrap_or(depart + time);
        let service = instance.places[node as usize].service;
        whole = whole.then(time, Segment::of(service, instance.window_around(node, start)));
        let Node { next: following, location, next_location, route, .. } = routes.nodes[node as usize];
        if following == NONE {
            return whole.duration;
        }
        time = i64::from(instance.arc(instance.crews[route as usize].profile, location, next_location).time);
        depart = start + service;
        node = following;
    }
}

/// A route followed from a restock stop that is only tried.
struct Walk<'r, 'i> {
    routes: &'r Routes<'i>,
    route: u32,
    /// Where the walk has come to.
    at: NodeId,
    next: NodeId,
    depart: i64,
    /// Cost and travel of the ways walked, less those of the ways left out.
    ways: i64,
    travel: i64,
    /// Service of the restock stop.
    service: i64,
    until: Segment,
}

impl<'r, 'i> Walk<'r, 'i> {
    fn through_restock(routes: &'r Routes<'i>, route: u32, after: NodeId) -> Option<Self> {
        let (instance, restock) = (routes.instance, routes.instance.restock_of(route as usize));
        let node = &routes.nodes[after as usize];
        let (to, left_out) = (Self::arc(routes, route, after, restock), Self::arc(routes, route, after, node.next));
        let start = instance.start_at(restock, node.depart + i64::from(to.time))?;
        let service = instance.places[restock as usize].service;
        let stop = Segment::of(service, instance.window_around(restock, start));
        let until = routes.spans.get(after as usize).map_or(stop, |span| span.until.then(i64::from(to.time), stop));
        Some(Self {
            routes,
            route,
            at: restock,
            next: node.next,
            depart: start + service,
            ways: i64::from(to.cost) - i64::from(left_out.cost),
            travel: i64::from(to.time) - i64::from(left_out.time),
            service,
            until,
        })
    }

    fn arc(routes: &Routes, route: u32, from: NodeId, to: NodeId) -> Arc {
        let location = |node: NodeId| routes.instance.places[node as usize].location;
        routes.instance.arc(routes.instance.crews[route as usize].profile, location(from), location(to))
    }

    /// What the detour adds at least when the visit comes somewhere behind it; a way through a third place taken to be
    /// no shorter.
    fn least_cost(&self, visit: NodeId) -> i64 {
        let instance = self.routes.instance;
        let whole = &self.routes.routes[self.route as usize];
        let onward = Self::arc(self.routes, self.route, self.at, self.next);
        let service = self.service + instance.places[visit as usize].service;
        let travel = whole.travel + self.travel + i64::from(onward.time);
        let per_span = instance.crews[self.route as usize].per_span;
        self.ways + i64::from(onward.cost) + whole.entry + per_span * (travel + whole.work + service - whole.span)
    }

    /// What the walk adds when the visit comes next and the rest of the route follows.
    fn finish_with(&self, visit: NodeId, bound: i64) -> Option<i64> {
        let Self { routes, route, .. } = *self;
        let instance = routes.instance;
        let (to, onward) = (Self::arc(routes, route, self.at, visit), Self::arc(routes, route, visit, self.next));
        let ways = self.ways + i64::from(to.cost) + i64::from(onward.cost) + routes.routes[route as usize].entry;
        if ways >= bound {
            return None;
        }
        let start = instance.start_at(visit, self.depart + i64::from(to.time))?;
        let leave = start + instance.places[visit as usize].service;
        if leave + i64::from(onward.time) > routes.nodes[self.next as usize].latest {
            return None;
        }
        let crew = &instance.crews[route as usize];
        let whole = &routes.routes[route as usize];
        let extra = self.travel + i64::from(to.time) + i64::from(onward.time);
        if whole.travel + extra > crew.max_travel {
            return None;
        }
        if crew.per_span == 0 {
            return Some(ways);
        }
        let work = whole.work + self.service + instance.places[visit as usize].service;
        if ways + crew.per_span * (whole.travel + extra + work - whole.span) >= bound {
            return None;
        }
        let stop = Segment::of(instance.places[visit as usize].service, instance.window_around(visit, start));
        let begun = self.until.then(i64::from(to.time), stop);
        let span = finished_span(routes, begun, self.next, i64::from(onward.time), leave);
        Some(ways + crew.per_span * (span - routes.routes[route as usize].span))
    }

    /// Goes on to the next node of the route; `false` at the end or where that is too late.
    fn step(&mut self) -> bool {
        let (routes, instance) = (self.routes, self.routes.instance);
        let node = &routes.nodes[self.next as usize];
        let arc = Self::arc(routes, self.route, self.at, self.next);
        let arrival = self.depart + i64::from(arc.time);
        if node.next == NONE || arrival > node.latest {
            return false;
        }
        let Some(start) = instance.start_at(self.next, arrival) else { return false };
        let service = instance.places[self.next as usize].service;
        self.until =
            self.until.then(i64::from(arc.time), Segment::of(service, instance.window_around(self.next, start)));
        self.ways += i64::from(arc.cost) - i64::from(node.out_cost);
        self.travel += i64::from(arc.time) - i64::from(Self::arc(routes, self.route, self.next, node.next).time);
        self.depart = start + service;
        (self.at, self.next) = (self.next, node.next);
        true
    }
}
