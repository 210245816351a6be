//! Lays down given routes: those the caller starts from, and the best ones at the end.

use super::insertion::Seeker;
use super::instance::{Fit, NodeId};
use super::kit;
use super::recreate;
use super::rng::Rng;
use super::routes::{NONE, Routes};

/// A route to start the search from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenRoute {
    /// Index of the technician.
    pub technician: usize,
    /// Visits in order; `None` is the restock stop.
    pub stops: Vec<Option<usize>>,
}

/// Takes over the caller's routes; what is not feasible as given is put where it fits best on the same route, or left out.
pub(super) fn take_over(routes: &mut Routes, given: &[GivenRoute], seeker: &Seeker, rng: &mut Rng) {
    let instance = routes.instance;
    for GivenRoute { technician, stops } in given {
        let route = *technician as u32;
        let chain: Vec<NodeId> = stops.iter().filter_map(|stop| node_of(routes, *technician, *stop)).collect();
        link_chain(routes, route, &chain);
        let has_room = routes.refresh(route) && is_allowed(routes, route);
        if !has_room {
            routes.clear(route);
            routes.refresh(route);
            for visit in chain.into_iter().filter(|node| instance.is_visit(*node)) {
                if let Some(insertion) = seeker.best_on(routes, visit, route, rng) {
                    routes.nodes[visit as usize].route = NONE;
                    recreate::put(routes, visit, insertion);
                }
            }
        }
        routes.absent.retain(|visit| routes.nodes[*visit as usize].route == NONE);
    }
}

/// Replaces all routes by the given chains of nodes, which are feasible.
pub(super) fn lay(routes: &mut Routes, chains: &[Vec<NodeId>]) {
    for route in 0..chains.len() {
        routes.clear(route as u32);
    }
    for (route, chain) in chains.iter().enumerate() {
        link_chain(routes, route as u32, chain);
        routes.refresh(route as u32);
    }
    routes.absent.retain(|visit| routes.nodes[*visit as usize].route == NONE);
}

/// Appends absent nodes to an empty route; the caller refreshes it and takes them from the absent.
fn link_chain(routes: &mut Routes, route: u32, chain: &[NodeId]) {
    let mut after = routes.instance.start_of(route as usize);
    for node in chain {
        routes.link(*node, after);
        if routes.instance.is_visit(*node) {
            routes.cost -= routes.instance.prize[*node as usize];
        }
        after = *node;
    }
}

/// The node of a given stop, unless it is nothing or already in a route.
fn node_of(routes: &Routes, technician: usize, stop: Option<usize>) -> Option<NodeId> {
    let instance = routes.instance;
    match stop {
        Some(visit) if visit < instance.visits && routes.nodes[visit].route == NONE => Some(visit as NodeId),
        None if instance.has_restock => Some(instance.restock_of(technician)),
        _ => None,
    }
}

/// Whether loads, skills, tools and parts of a refreshed route are in order.
fn is_allowed(routes: &Routes, route: u32) -> bool {
    let instance = routes.instance;
    let width = instance.dimensions;
    let kind = instance.crews[route as usize].kind;
    let is_skilled = |visit: NodeId| instance.fit(kind, visit) != Fit::No;
    routes.room[route as usize * width..][..width].iter().all(|left| *left >= 0)
        && routes.stops(route).filter(|node| instance.is_visit(*node)).all(is_skilled)
        && kit::suffices(routes, route)
}
