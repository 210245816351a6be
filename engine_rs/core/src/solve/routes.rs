//! The routes under search: linked nodes with cached times, so that one insertion is judged in O(1).
//!
//! A change touches few routes. [`Routes::touch`] saves a route before its first change since [`Routes::begin`], and
//! [`Routes::rollback`] puts back exactly those; nothing is allocated once the vectors have grown.

use super::instance::{Fit, Instance, NodeId};
use super::span::Segment;

/// No node and no route.
pub(super) const NONE: u32 = u32::MAX;

/// A node with what an insertion after it needs, in one cache line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) prev: NodeId,
    pub(super) next: NodeId,
    /// `NONE` while the node is in no route.
    pub(super) route: u32,
    pub(super) location: u32,
    pub(super) next_location: u32,
    /// Cost of the arc to the next node, and its time.
    pub(super) out_cost: i32,
    pub(super) out_time: i32,
    /// Earliest moment the node can be left.
    pub(super) depart: i64,
    /// Latest arrival that leaves the rest of the route feasible.
    pub(super) latest: i64,
    /// The same of the next node.
    pub(super) next_latest: i64,
}

/// What is known of a whole route.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Route {
    /// Part of the objective; nothing for an idle technician.
    pub(super) cost: i64,
    /// What the first visit adds beyond the ways to and from it.
    pub(super) entry: i64,
    /// Shortest time from leaving the start to reaching the end.
    pub(super) span: i64,
    pub(super) travel: i64,
    /// Sum of all services.
    pub(super) work: i64,
    pub(super) visits: u32,
    pub(super) has_restock: bool,
}

/// Shortest spans before and behind a node, and the window its service falls into.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    /// From the start through this node.
    pub(super) until: Segment,
    /// From this node through the end.
    pub(super) onward: Segment,
    window: (i64, i64),
}

/// All routes and the visits in none of them.
pub(super) struct Routes<'a> {
    pub(super) instance: &'a Instance,
    pub(super) nodes: Vec<Node>,
    pub(super) routes: Vec<Route>,
    /// Capacity left, by route and dimension.
    pub(super) room: Vec<i64>,
    /// Spare parts left before the restock stop (at the end without one), by route and kind.
    pub(super) parts: Vec<i64>,
    /// Kept only where a technician's span has a price.
    pub(super) spans: Vec<Span>,
    /// Whether a node lies at or behind its route's restock stop; kept only where there is one.
    pub(super) restocked: Vec<bool>,
    pub(super) absent: Vec<NodeId>,
    /// The whole objective.
    pub(super) cost: i64,
    /// Most technicians that may have visits.
    pub(super) cap: usize,
    in_use: Vec<u32>,
    idle_hint: Vec<u32>,
    undo: Undo,
}

#[derive(Default)]
struct Undo {
    stamp: u64,
    touched_at: Vec<u64>,
    touched: Vec<u32>,
    nodes: Vec<(NodeId, Node)>,
    routes: Vec<Route>,
    room: Vec<i64>,
    absent: Vec<NodeId>,
    cost: i64,
}

impl<'a> Routes<'a> {
    /// Every technician idle (or under way without visits), every visit absent.
    pub(super) fn new(instance: &'a Instance) -> Self {
        let blank = |place: &super::instance::Place| Node {
            prev: NONE,
            next: NONE,
            route: NONE,
            location: place.location,
            next_location: place.location,
            out_cost: 0,
            out_time: 0,
            depart: 0,
            latest: 0,
            next_latest: 0,
        };
        let technicians = instance.technicians;
        let mut routes = Self {
            instance,
            nodes: instance.places.iter().map(blank).collect(),
            routes: vec![Route::default(); technicians],
            room: instance.capacity.clone(),
            parts: instance.parts_on_board.clone(),
            spans: if instance.has_span_price { vec![Span::default(); instance.places.len()] } else { Vec::new() },
            restocked: if instance.has_restock { vec![false; instance.places.len()] } else { Vec::new() },
            absent: (0..instance.visits as u32).collect(),
            cost: instance.prize.iter().sum(),
            cap: technicians,
            in_use: vec![0; instance.kinds.len()],
            idle_hint: vec![0; instance.kinds.len()],
            undo: Undo { touched_at: vec![0; technicians], ..Undo::default() },
        };
        for k in 0..technicians {
            let (start, end) = (instance.start_of(k), instance.end_of(k));
            routes.nodes[start as usize].route = k as u32;
            routes.nodes[end as usize].route = k as u32;
            routes.connect(start, end);
            routes.refresh(k as u32);
        }
        routes
    }

    /// Visits (and restock stops) of a route in order.
    pub(super) fn stops(&self, route: u32) -> impl Iterator<Item = NodeId> + '_ {
        let end = self.instance.end_of(route as usize);
        let first = self.nodes[self.instance.start_of(route as usize) as usize].next;
        std::iter::successors(Some(first), |node| Some(self.nodes[*node as usize].next))
            .take_while(move |node| *node != end)
    }

    pub(super) fn is_idle(&self, route: u32) -> bool {
        self.routes[route as usize].visits == 0
    }

    /// Number of technicians with visits.
    pub(super) fn used(&self) -> usize {
        self.in_use.iter().sum::<u32>() as usize
    }

    /// A technician of the kind without visits, if one more may be used.
    pub(super) fn idle_of(&mut self, kind: u32) -> Option<u32> {
        let members = &self.instance.kinds[kind as usize].members;
        if self.in_use[kind as usize] as usize == members.len() || self.used() >= self.cap {
            return None;
        }
        let mut at = self.idle_hint[kind as usize] as usize;
        while !self.is_idle(members[at]) {
            at = if at + 1 == members.len() { 0 } else { at + 1 };
        }
        self.idle_hint[kind as usize] = at as u32;
        Some(members[at])
    }

    /// Whether load, and skills of the technician, let the visit onto the route at all.
    #[inline]
    pub(super) fn admits(&self, route: u32, visit: NodeId) -> bool {
        let width = self.instance.dimensions;
        let room = &self.room[route as usize * width..][..width];
        let demand = &self.instance.demand[visit as usize * width..][..width];
        demand.iter().zip(room).all(|(need, left)| need <= left)
            && self.instance.fit(self.instance.crews[route as usize].kind, visit) != Fit::No
    }

    /// Whether a node lies at or behind its route's restock stop, where tools and parts suffice for anything.
    #[inline]
    pub(super) fn is_restocked(&self, node: NodeId) -> bool {
        self.instance.has_restock && self.restocked[node as usize]
    }

    /// Whether tools and parts suffice for one more visit before the restock stop.
    pub(super) fn is_equipped(&self, route: u32, visit: NodeId) -> bool {
        let width = self.instance.part_kinds;
        let left = &self.parts[route as usize * width..][..width];
        let used = &self.instance.parts_used[visit as usize * width..][..width];
        self.instance.fit(self.instance.crews[route as usize].kind, visit) == Fit::Yes
            && used.iter().zip(left).all(|(need, have)| need <= have)
    }

    /// Starts a change that [`Self::rollback`] can take back.
    pub(super) fn begin(&mut self) {
        let undo = &mut self.undo;
        undo.stamp += 1;
        undo.touched.clear();
        undo.nodes.clear();
        undo.routes.clear();
        undo.room.clear();
        undo.absent.clear();
        undo.absent.extend_from_slice(&self.absent);
        undo.cost = self.cost;
    }

    /// Routes changed since [`Self::begin`].
    pub(super) fn touched(&self) -> &[u32] {
        &self.undo.touched
    }

    pub(super) fn is_touched(&self, route: u32) -> bool {
        self.undo.touched_at[route as usize] == self.undo.stamp
    }

    /// Saves a route before its first change.
    pub(super) fn touch(&mut self, route: u32) {
        if self.is_touched(route) {
            return;
        }
        self.undo.touched_at[route as usize] = self.undo.stamp;
        self.undo.touched.push(route);
        self.undo.routes.push(self.routes[route as usize]);
        let width = self.instance.dimensions;
        self.undo.room.extend_from_slice(&self.room[route as usize * width..][..width]);
        let mut node = self.instance.start_of(route as usize);
        while node != NONE {
            self.undo.nodes.push((node, self.nodes[node as usize]));
            node = self.nodes[node as usize].next;
        }
    }

    /// Takes back everything since [`Self::begin`].
    pub(super) fn rollback(&mut self) {
        for visit in &self.undo.absent {
            self.nodes[*visit as usize].route = NONE;
        }
        for t in 0..self.undo.touched.len() {
            let route = self.undo.touched[t];
            self.count_use(route, self.undo.routes[t].visits);
            self.routes[route as usize] = self.undo.routes[t];
            let width = self.instance.dimensions;
            self.room[route as usize * width..][..width].copy_from_slice(&self.undo.room[t * width..][..width]);
            self.nodes[self.instance.restock_of(route as usize) as usize].route = NONE;
        }
        for (node, saved) in &self.undo.nodes {
            self.nodes[*node as usize] = *saved;
        }
        std::mem::swap(&mut self.absent, &mut self.undo.absent);
        if self.instance.has_restock || self.instance.has_span_price || self.instance.part_kinds > 0 {
            for t in 0..self.undo.touched.len() {
                self.refresh(self.undo.touched[t]);
            }
        }
        self.cost = self.undo.cost;
    }

    /// Puts an absent visit (or an unused restock stop) right behind `after`; the caller refreshes the route.
    pub(super) fn link(&mut self, node: NodeId, after: NodeId) {
        let Node { next, route, .. } = self.nodes[after as usize];
        self.nodes[node as usize].route = route;
        self.connect(after, node);
        self.connect(node, next);
    }

    /// Takes a node out of its route; the caller refreshes the route.
    pub(super) fn unlink(&mut self, node: NodeId) {
        let Node { prev, next, .. } = self.nodes[node as usize];
        self.nodes[node as usize].route = NONE;
        self.connect(prev, next);
    }

    /// Removes a visit: out of its route and among the absent.
    pub(super) fn remove(&mut self, visit: NodeId) {
        self.unlink(visit);
        self.absent.push(visit);
        self.cost += self.instance.prize[visit as usize];
    }

    /// Makes every visit of the route absent and drops its restock stop.
    pub(super) fn clear(&mut self, route: u32) {
        let end = self.instance.end_of(route as usize);
        let mut node = self.nodes[self.instance.start_of(route as usize) as usize].next;
        while node != end {
            let next = self.nodes[node as usize].next;
            if self.instance.is_visit(node) {
                self.remove(node);
            } else {
                self.unlink(node);
            }
            node = next;
        }
    }

    fn connect(&mut self, prev: NodeId, next: NodeId) {
        self.nodes[prev as usize].next = next;
        self.nodes[next as usize].prev = prev;
    }

    fn count_use(&mut self, route: u32, visits: u32) {
        let kind = self.instance.crews[route as usize].kind as usize;
        let was_used = self.routes[route as usize].visits > 0;
        self.in_use[kind] = self.in_use[kind] + u32::from(visits > 0) - u32::from(was_used);
    }

    /// Works out a route's cached values and the objective again; whether its times are feasible. O(visits of the route).
    pub(super) fn refresh(&mut self, route: u32) -> bool {
        let instance = self.instance;
        let crew = instance.crews[route as usize];
        let width = instance.dimensions;
        let first = route as usize * width;
        self.room[first..first + width].copy_from_slice(&instance.capacity[first..first + width]);
        let (is_in_time, mut fresh, ways) = self.forward(route);
        self.backward(route);
        if instance.part_kinds > 0 || instance.has_restock {
            fresh.has_restock = self.follow_kit(route);
        }
        if instance.has_span_price {
            fresh.span = self.measure_spans(route);
        }
        let price = crew.fixed + ways + crew.per_span * fresh.span;
        let is_paid = fresh.visits > 0 || crew.is_under_way;
        (fresh.cost, fresh.entry) = if is_paid { (price, 0) } else { (0, price) };
        self.count_use(route, fresh.visits);
        self.cost += fresh.cost - self.routes[route as usize].cost;
        self.routes[route as usize] = fresh;
        is_in_time && fresh.travel <= crew.max_travel
    }

    /// Earliest times, loads and the cost of all ways from start to end.
    fn forward(&mut self, route: u32) -> (bool, Route, i64) {
        let instance = self.instance;
        let profile = instance.crews[route as usize].profile;
        let width = instance.dimensions;
        let (start, end) = (instance.start_of(route as usize), instance.end_of(route as usize));
        let (mut fresh, mut ways, mut is_in_time) = (Route::default(), 0, true);
        let mut depart = instance.places[start as usize].first_start;
        let mut node = start;
        self.nodes[start as usize].depart = depart;
        while node != end {
            let Node { next, location, .. } = self.nodes[node as usize];
            let next_location = self.nodes[next as usize].location;
            let arc = instance.arc(profile, location, next_location);
            self.nodes[node as usize].next_location = next_location;
            self.nodes[node as usize].out_cost = arc.cost;
            self.nodes[node as usize].out_time = arc.time;
            ways += i64::from(arc.cost);
            fresh.travel += i64::from(arc.time);
            let arrival = depart + i64::from(arc.time);
            let begin = instance.start_at(next, arrival);
            is_in_time &= begin.is_some();
            let service = instance.places[next as usize].service;
            depart = begin.unwrap_or(arrival) + service;
            fresh.work += service;
            self.nodes[next as usize].depart = depart;
            if instance.is_visit(next) {
                fresh.visits += 1;
                for d in 0..width {
                    self.room[route as usize * width + d] -= instance.demand[next as usize * width + d];
                }
            }
            node = next;
        }
        (is_in_time, fresh, ways)
    }

    /// Latest times.
    fn backward(&mut self, route: u32) {
        let instance = self.instance;
        let profile = instance.crews[route as usize].profile;
        let (start, end) = (instance.start_of(route as usize), instance.end_of(route as usize));
        let mut latest = instance.places[end as usize].last_start;
        self.nodes[end as usize].latest = latest;
        let mut node = self.nodes[end as usize].prev;
        loop {
            let Node { location, next_location, prev, .. } = self.nodes[node as usize];
            self.nodes[node as usize].next_latest = latest;
            let time = i64::from(instance.arc(profile, location, next_location).time);
            let limit = latest - time - instance.places[node as usize].service;
            // A node that cannot be in time gets a bound that no arrival meets.
            latest = instance.latest_start(node, limit).unwrap_or(i64::MIN / 4);
            self.nodes[node as usize].latest = latest;
            if node == start {
                break;
            }
            node = prev;
        }
    }

    /// Parts left and which nodes lie behind the restock stop; whether there is one.
    fn follow_kit(&mut self, route: u32) -> bool {
        let instance = self.instance;
        let width = instance.part_kinds;
        let first = route as usize * width;
        self.parts[first..first + width].copy_from_slice(&instance.parts_on_board[first..first + width]);
        let restock = instance.restock_of(route as usize);
        let mut is_restocked = false;
        let mut node = instance.start_of(route as usize);
        while node != NONE {
            is_restocked |= node == restock;
            if instance.has_restock {
                self.restocked[node as usize] = is_restocked;
            }
            if !is_restocked && instance.is_visit(node) {
                for p in 0..width {
                    self.parts[first + p] -= instance.parts_used[node as usize * width + p];
                }
            }
            node = self.nodes[node as usize].next;
        }
        is_restocked
    }

    /// Shortest spans of every beginning and every rest of the route; returns that of the whole.
    fn measure_spans(&mut self, route: u32) -> i64 {
        let instance = self.instance;
        let profile = instance.crews[route as usize].profile;
        let (start, end) = (instance.start_of(route as usize), instance.end_of(route as usize));
        let mut node = start;
        let paid_from = instance.crews[route as usize].paid_from;
        let mut until = Segment::of(0, paid_from);
        loop {
            self.spans[node as usize].until = until;
            if node == end {
                break;
            }
            let Node { next, location, next_location, .. } = self.nodes[node as usize];
            let place = &instance.places[next as usize];
            let window = instance.window_around(next, self.nodes[next as usize].depart - place.service);
            self.spans[next as usize].window = window;
            let time = i64::from(instance.arc(profile, location, next_location).time);
            until = until.then(time, Segment::of(place.service, window));
            node = next;
        }
        let mut onward = Segment::of(0, self.spans[end as usize].window);
        loop {
            self.spans[node as usize].onward = onward;
            if node == start {
                break;
            }
            node = self.nodes[node as usize].prev;
            let Node { location, next_location, .. } = self.nodes[node as usize];
            let window = if node == start { paid_from } else { self.spans[node as usize].window };
            let time = i64::from(instance.arc(profile, location, next_location).time);
            onward = Segment::of(instance.places[node as usize].service, window).then(time, onward);
        }
        until.duration
    }
}
