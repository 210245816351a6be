//! Where a technician fetches tools and parts: the restock stop is kept only where needed and where it is cheapest.

use super::instance::{Fit, NodeId};
use super::routes::{NONE, Routes};

/// Drops a restock stop that nothing needs any more, or moves it to its cheapest position. O(visits of the route).
///
/// The route is refreshed and has been touched.
pub(super) fn tidy(routes: &mut Routes, route: u32) {
    if !routes.routes[route as usize].has_restock {
        return;
    }
    let restock = routes.instance.restock_of(route as usize);
    let old = routes.nodes[restock as usize].prev;
    routes.unlink(restock);
    let is_in_time = routes.refresh(route);
    let needs_none = first_unequipped(routes, route) == NONE;
    if is_in_time && needs_none {
        return;
    }
    let after = if is_in_time { cheapest_position(routes, route).unwrap_or(old) } else { old };
    routes.link(restock, after);
    if !routes.refresh(route) {
        routes.unlink(restock);
        routes.link(restock, old);
        routes.refresh(route);
    }
}

/// Whether every visit has its tools and parts on board, the restock stop counted.
pub(super) fn suffices(routes: &Routes, route: u32) -> bool {
    let needed_by = first_unequipped(routes, route);
    needed_by == NONE || (routes.instance.has_restock && routes.restocked[needed_by as usize])
}

/// The first visit that the kit carried from the start does not suffice for, or `NONE`.
fn first_unequipped(routes: &Routes, route: u32) -> NodeId {
    let instance = routes.instance;
    let kind = instance.crews[route as usize].kind;
    let width = instance.part_kinds;
    let mut used = [0_i64; super::problem::MAX_DIMENSIONS];
    let on_board = &instance.parts_on_board[route as usize * width..][..width];
    routes
        .stops(route)
        .filter(|node| instance.is_visit(*node))
        .find(|visit| {
            let takes = &instance.parts_used[*visit as usize * width..][..width];
            used.iter_mut().zip(takes).for_each(|(sum, take)| *sum += take);
            instance.fit(kind, *visit) != Fit::Yes || used.iter().zip(on_board).any(|(sum, have)| sum > have)
        })
        .unwrap_or(NONE)
}

/// Node behind which the restock stop costs least, among positions before anything that needs it.
fn cheapest_position(routes: &Routes, route: u32) -> Option<NodeId> {
    let instance = routes.instance;
    let crew = instance.crews[route as usize];
    let restock = instance.restock_of(route as usize);
    let place = &instance.places[restock as usize];
    let needed_by = first_unequipped(routes, route);
    let mut best: Option<(i64, NodeId)> = None;
    let mut node = instance.start_of(route as usize);
    loop {
        let stop = &routes.nodes[node as usize];
        let to = instance.arc(crew.profile, stop.location, place.location);
        let onward = instance.arc(crew.profile, place.location, stop.next_location);
        let ways = i64::from(to.cost) + i64::from(onward.cost) - i64::from(stop.out_cost);
        let direct = instance.arc(crew.profile, stop.location, stop.next_location).time;
        let cost = ways + crew.per_span * (i64::from(to.time) + i64::from(onward.time) - i64::from(direct));
        let arrival = stop.depart + i64::from(to.time) + place.service + i64::from(onward.time);
        if arrival <= stop.next_latest && best.is_none_or(|(least, _)| cost < least) {
            best = Some((cost, node));
        }
        if stop.next == needed_by {
            return best.map(|(_, after)| after);
        }
        node = stop.next;
    }
}
