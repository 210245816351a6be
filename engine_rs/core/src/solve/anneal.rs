//! The search: ruin, recreate, and accept by simulated annealing until the budget is used.

use super::budget::Budget;
use super::fleet;
use super::insertion::Seeker;
use super::instance::{Instance, NodeId};
use super::neighbours::Neighbours;
use super::recreate::Recreate;
use super::rng::Rng;
use super::routes::{NONE, Routes};
use super::ruin::Ruin;
use super::start::{self, GivenRoute};
use super::{POLL_EVERY, Settings};

/// The best routes so far, kept up to date route by route.
struct Best {
    cost: i64,
    stops: Vec<Vec<NodeId>>,
    stale: Vec<u32>,
    is_stale: Vec<bool>,
}

impl Best {
    fn of(routes: &Routes) -> Self {
        let technicians = routes.instance.technicians;
        let stops = (0..technicians as u32).map(|route| routes.stops(route).collect()).collect();
        Self { cost: routes.cost, stops, stale: Vec::new(), is_stale: vec![false; technicians] }
    }

    /// Notes an accepted change, and takes it over when it is the best so far.
    fn follow(&mut self, routes: &Routes) {
        for &route in routes.touched() {
            if !std::mem::replace(&mut self.is_stale[route as usize], true) {
                self.stale.push(route);
            }
        }
        if routes.cost < self.cost {
            self.cost = routes.cost;
            for route in self.stale.drain(..) {
                self.is_stale[route as usize] = false;
                self.stops[route as usize].clear();
                self.stops[route as usize].extend(routes.stops(route));
            }
        }
    }
}

/// The parts of a search and what they share.
pub(super) struct Search<'a> {
    seeker: Seeker<'a>,
    ruin: Ruin,
    recreate: Recreate,
    pub(super) rng: Rng,
    /// Room for the string being torn out.
    string: Vec<NodeId>,
    pub(super) iterations: u64,
}

impl<'a> Search<'a> {
    fn new(instance: &'a Instance, neighbours: &'a Neighbours, settings: &Settings) -> Self {
        let is_exhaustive = instance.has_restock || instance.visits <= settings.neighbours * 2;
        Self {
            seeker: Seeker { instance, neighbours, is_exhaustive, blink: settings.blink },
            ruin: Ruin { mean_removed: settings.mean_removed, longest: settings.longest_string },
            recreate: Recreate::new(instance),
            rng: Rng::new(settings.seed),
            string: Vec::new(),
            iterations: 0,
        }
    }

    /// Lays the caller's routes down and inserts what is in none of them.
    fn begin(&mut self, routes: &mut Routes, given: &[GivenRoute]) {
        let blink = std::mem::replace(&mut self.seeker.blink, 0.0);
        routes.begin();
        start::take_over(routes, given, &self.seeker, &mut self.rng);
        self.recreate.run(routes, &self.seeker, &mut self.rng);
        self.seeker.blink = blink;
    }

    /// One ruin and recreate, which the caller keeps or rolls back.
    pub(super) fn step(&mut self, routes: &mut Routes) {
        routes.begin();
        self.ruin.run(routes, self.seeker.neighbours, &mut self.string, &mut self.rng);
        self.recreate.run(routes, &self.seeker, &mut self.rng);
        self.iterations += 1;
    }

    /// How much worse a step may be at a temperature.
    pub(super) fn allowance(&mut self, temperature: f64) -> f64 {
        -temperature * (1.0 - self.rng.unit()).ln()
    }
}

/// Improves the routes until the budget is used; returns the number of iterations.
pub(super) fn improve(routes: &mut Routes, given: &[GivenRoute], settings: &Settings, budget: &mut dyn Budget) -> u64 {
    let neighbours = Neighbours::new(routes.instance, settings.neighbours);
    let mut search = Search::new(routes.instance, &neighbours, settings);
    search.begin(routes, given);
    if routes.instance.visits == 0 {
        return 0;
    }
    let mut from = 0.0;
    if settings.fewest_technicians {
        fleet::shrink(routes, &mut search, settings.hot * mean_way(routes), budget);
        from = budget.used(search.iterations);
    }
    let mut best = Best::of(routes);
    let hot = settings.hot * mean_way(routes);
    let mut temperature = hot;
    loop {
        if search.iterations.is_multiple_of(POLL_EVERY) {
            let used = budget.used(search.iterations);
            if used >= 1.0 {
                break;
            }
            temperature = hot * (settings.cold / settings.hot).powf((used - from) / (1.0 - from));
        }
        let before = routes.cost;
        search.step(routes);
        if ((routes.cost - before) as f64) < search.allowance(temperature) {
            best.follow(routes);
        } else {
            routes.rollback();
        }
    }
    start::lay(routes, &best.stops);
    debug_assert_eq!(routes.cost, best.cost, "Invariant: the best routes are kept as they were");
    search.iterations
}

/// Average cost of a way, service and fixed prices left out: temperatures are multiples of it.
fn mean_way(routes: &Routes) -> f64 {
    let instance = routes.instance;
    let (mut cost, mut visits) = (0, 0_u32);
    for (route, crew) in routes.routes.iter().zip(&instance.crews).filter(|(route, _)| route.visits > 0) {
        cost += route.cost - crew.fixed;
        visits += route.visits;
    }
    let is_served = |visit: &u32| routes.nodes[*visit as usize].route != NONE;
    for visit in (0..instance.visits as u32).filter(is_served) {
        let crew = &instance.crews[routes.nodes[visit as usize].route as usize];
        cost -= crew.per_span * instance.places[visit as usize].service;
    }
    (cost as f64 / f64::from(visits.max(1))).max(1.0)
}
