//! Ruin: strings of neighbouring visits are torn out of neighbouring routes (Christiaens and Vanden Berghe 2020).

use super::instance::NodeId;
use super::kit;
use super::neighbours::Neighbours;
use super::rng::Rng;
use super::routes::{NONE, Routes};

/// How much a ruin tears out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ruin {
    /// Visits torn out on average.
    pub(super) mean_removed: f64,
    /// Longest string.
    pub(super) longest: f64,
}

/// Probability of leaving a piece inside the string in place.
const SPLIT: f64 = 0.5;
/// Probability that the piece left in place grows by one more visit.
const SPLIT_GROWTH: f64 = 0.01;

impl Ruin {
    /// Tears out strings near a random visit. O(visits torn out x visits of a route).
    pub(super) fn run(&self, routes: &mut Routes, neighbours: &Neighbours, string: &mut Vec<NodeId>, rng: &mut Rng) {
        let visits = routes.instance.visits;
        let served = visits - routes.absent.len();
        let used = routes.routes.iter().filter(|route| route.visits > 0).count();
        if used == 0 {
            return;
        }
        let mean_route = served as f64 / used as f64;
        let longest = self.longest.min(mean_route);
        let most_strings = (4.0 * self.mean_removed) / (1.0 + longest) - 1.0;
        let mut strings = (rng.unit() * most_strings + 1.0) as usize;
        let seed = rng.below(visits) as NodeId;
        for visit in std::iter::once(&seed).chain(neighbours.around(seed)) {
            let route = routes.nodes[*visit as usize].route;
            if route == NONE || routes.is_touched(route) {
                continue;
            }
            let length = drawn_length(routes, route, longest, rng);
            tear(routes, *visit, length, string, rng);
            strings = strings.saturating_sub(1);
            if strings == 0 {
                break;
            }
        }
    }
}

fn drawn_length(routes: &Routes, route: u32, longest: f64, rng: &mut Rng) -> usize {
    let in_route = routes.routes[route as usize].visits;
    let length = (rng.unit() * longest.min(f64::from(in_route)) + 1.0) as usize;
    length.min(in_route as usize)
}

/// Removes one string that holds the visit.
fn tear(routes: &mut Routes, visit: NodeId, length: usize, string: &mut Vec<NodeId>, rng: &mut Rng) {
    let route = routes.nodes[visit as usize].route;
    let in_route = routes.routes[route as usize].visits as usize;
    let mut kept = 0;
    if length > 1 && length < in_route && rng.unit() < SPLIT {
        kept = 1;
        while length + kept < in_route && rng.unit() < SPLIT_GROWTH {
            kept += 1;
        }
    }
    gather(routes, visit, length + kept, string, rng);
    if kept > 0 {
        let first = rng.below(string.len() - kept + 1);
        string.drain(first..first + kept);
    }
    routes.touch(route);
    for node in string.drain(..) {
        routes.remove(node);
    }
    // Without the triangle inequality a shorter route can be later.
    if !routes.refresh(route) {
        routes.clear(route);
        routes.refresh(route);
    }
    kit::tidy(routes, route);
}

/// Collects `length` consecutive visits of a route, `visit` at a random place among them.
fn gather(routes: &Routes, visit: NodeId, length: usize, string: &mut Vec<NodeId>, rng: &mut Rng) {
    let instance = routes.instance;
    string.clear();
    // Backwards and forwards as far as a string can reach; the surplus is cut at random.
    let mut node = visit;
    while string.len() < length && routes.nodes[node as usize].prev != NONE {
        if instance.is_visit(node) {
            string.push(node);
        }
        node = routes.nodes[node as usize].prev;
    }
    string.reverse();
    let most = string.len() + length - 1;
    node = routes.nodes[visit as usize].next;
    while string.len() < most && routes.nodes[node as usize].next != NONE {
        if instance.is_visit(node) {
            string.push(node);
        }
        node = routes.nodes[node as usize].next;
    }
    let first = rng.below(string.len() - length + 1);
    string.truncate(first + length);
    string.drain(..first);
}
