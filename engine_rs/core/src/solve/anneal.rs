//! The search: ruin, recreate, and accept by simulated annealing until the budget is used.

use super::budget::Budget;
use super::insertion::Seeker;
use super::instance::NodeId;
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

/// Improves the routes until the budget is used; returns the number of iterations.
pub(super) fn improve(routes: &mut Routes, given: &[GivenRoute], settings: &Settings, budget: &mut dyn Budget) -> u64 {
    let instance = routes.instance;
    let neighbours = Neighbours::new(instance, settings.neighbours);
    let is_exhaustive = instance.has_restock || instance.visits <= settings.neighbours * 2;
    let seeker = Seeker { instance, neighbours: &neighbours, is_exhaustive, blink: settings.blink };
    let ruin =
        Ruin { mean_removed: settings.mean_removed, longest: settings.longest_string, whole: settings.whole_routes };
    let mut recreate = Recreate::new(instance);
    let mut rng = Rng::new(settings.seed);
    let mut string = Vec::new();

    routes.begin();
    start::take_over(routes, given, &seeker, &mut rng);
    recreate.run(routes, &Seeker { blink: 0.0, ..seeker }, &mut rng);
    let mut best = Best::of(routes);
    let scale = mean_way(routes);
    let (hot, cold) = (settings.hot * scale, settings.cold * scale);
    let mut temperature = hot;
    let mut iterations = 0;
    loop {
        if iterations % POLL_EVERY == 0 {
            let used = budget.used(iterations);
            if used >= 1.0 || instance.visits == 0 {
                break;
            }
            temperature = hot * (cold / hot).powf(used);
        }
        let before = routes.cost;
        routes.begin();
        ruin.run(routes, &neighbours, &mut string, &mut rng);
        recreate.run(routes, &seeker, &mut rng);
        let allowance = -temperature * (1.0 - rng.unit()).ln();
        if ((routes.cost - before) as f64) < allowance {
            best.follow(routes);
        } else {
            routes.rollback();
        }
        iterations += 1;
    }
    start::lay(routes, &best.stops);
    debug_assert_eq!(routes.cost, best.cost, "Invariant: the best routes are kept as they were");
    iterations
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
