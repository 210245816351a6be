//! Serves everything with fewer technicians, whatever the ways cost (Christiaens and Vanden Berghe 2020, section 5.4).
//!
//! Each time everything is served, the technician whose visits were absent least often is sent home and nobody may take
//! the place. A step is kept when fewer visits are absent, when those absent have been so less often before, or when no
//! more are and the ways cost little more.

use super::POLL_EVERY;
use super::anneal::Search;
use super::budget::Budget;
use super::instance::NodeId;
use super::routes::Routes;
use super::start;

/// Part of the budget after which the number of technicians stands.
const SHARE: f64 = 0.5;
/// Last temperature, relative to the first.
const COOLING: f64 = 0.01;

/// Shrinks the number of used technicians until part of the budget is used, and caps it there.
pub(super) fn shrink(routes: &mut Routes, search: &mut Search, hot: f64, budget: &mut dyn Budget) {
    let mut times_absent = vec![0_u64; routes.instance.visits];
    let mut kept = chains(routes);
    let mut temperature = hot;
    let begin = search.iterations;
    loop {
        if is_everything_served(routes) {
            kept = chains(routes);
            if !send_home(routes, &times_absent) {
                break;
            }
        }
        if (search.iterations - begin).is_multiple_of(POLL_EVERY) {
            let used = budget.used(search.iterations) / SHARE;
            if used >= 1.0 {
                break;
            }
            temperature = hot * COOLING.powf(used);
        }
        step(routes, search, temperature, &mut times_absent);
    }
    start::lay(routes, &kept);
    if is_everything_served(routes) {
        routes.cap = routes.used();
    }
}

/// Whether no required visit is absent.
fn is_everything_served(routes: &Routes) -> bool {
    !routes.absent.iter().any(|visit| routes.instance.is_required(*visit))
}

fn step(routes: &mut Routes, search: &mut Search, temperature: f64, times_absent: &mut [u64]) {
    let weigh = |absent: &[NodeId], times: &[u64]| absent.iter().map(|visit| times[*visit as usize]).sum::<u64>();
    let before = (routes.absent.len(), weigh(&routes.absent, times_absent), ways(routes));
    search.step(routes);
    let after = (routes.absent.len(), weigh(&routes.absent, times_absent), ways(routes));
    for visit in &routes.absent {
        times_absent[*visit as usize] += 1;
    }
    let is_cheap = after.0 <= before.0 && ((after.2 - before.2) as f64) < search.allowance(temperature);
    if !(after.0 < before.0 || after.1 < before.1 || is_cheap) {
        routes.rollback();
    }
}

/// Empties the used route whose visits have been absent least often; `false` when at most one is left.
fn send_home(routes: &mut Routes, times_absent: &[u64]) -> bool {
    let weight = |route: &u32| {
        let visits = routes.stops(*route).filter(|node| routes.instance.is_visit(*node));
        visits.map(|visit| times_absent[visit as usize]).sum::<u64>()
    };
    let used = (0..routes.instance.technicians as u32).filter(|route| !routes.is_idle(*route));
    let Some(least) = used.min_by_key(weight).filter(|_| routes.used() > 1) else { return false };
    routes.cap = routes.used() - 1;
    routes.clear(least);
    routes.refresh(least);
    true
}

fn chains(routes: &Routes) -> Vec<Vec<NodeId>> {
    (0..routes.instance.technicians as u32).map(|route| routes.stops(route).collect()).collect()
}

fn ways(routes: &Routes) -> i64 {
    routes.routes.iter().map(|route| route.cost).sum()
}
