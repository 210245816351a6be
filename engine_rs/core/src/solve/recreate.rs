//! Recreate: absent visits go back one by one, each to its cheapest place (Christiaens and Vanden Berghe 2020).

use super::insertion::{Insertion, Seeker};
use super::instance::{Fit, Instance, NodeId};
use super::rng::Rng;
use super::routes::{NONE, Routes};

/// Orders in which visits go back, with how often each is drawn.
const ORDERS: [(Order, usize); 8] = [
    (Order::Random, 4),
    (Order::Demand, 4),
    (Order::Far, 2),
    (Order::Close, 1),
    (Order::NarrowWindow, 2),
    (Order::EarlyStart, 2),
    (Order::LateEnd, 2),
    (Order::FewTechnicians, 2),
];

#[derive(Clone, Copy)]
enum Order {
    Random,
    Demand,
    Far,
    Close,
    NarrowWindow,
    EarlyStart,
    LateEnd,
    FewTechnicians,
}

/// Sort keys of every visit, worked out once; smaller goes first.
pub(super) struct Recreate {
    keys: Vec<Vec<i64>>,
    queue: Vec<NodeId>,
}

impl Recreate {
    pub(super) fn new(instance: &Instance) -> Self {
        let key = |order: Order| (0..instance.visits as u32).map(|visit| sort_key(instance, order, visit)).collect();
        Self { keys: ORDERS.iter().map(|(order, _)| key(*order)).collect(), queue: Vec::new() }
    }

    /// Inserts whatever absent visit has a place below its prize.
    pub(super) fn run(&mut self, routes: &mut Routes, seeker: &Seeker, rng: &mut Rng) {
        self.queue.clear();
        self.queue.append(&mut routes.absent);
        self.sort(rng);
        for &visit in &self.queue {
            match seeker.best(routes, visit, rng) {
                Some(insertion) => put(routes, visit, insertion),
                None => routes.absent.push(visit),
            }
        }
    }

    fn sort(&mut self, rng: &mut Rng) {
        let mut drawn = rng.below(ORDERS.iter().map(|(_, weight)| weight).sum());
        let mut order = 0;
        while drawn >= ORDERS[order].1 {
            drawn -= ORDERS[order].1;
            order += 1;
        }
        // Equal keys go in random order too.
        rng.shuffle(&mut self.queue);
        if !matches!(ORDERS[order].0, Order::Random) {
            let keys = &self.keys[order];
            self.queue.sort_by_key(|visit| keys[*visit as usize]);
        }
    }
}

/// Carries out an insertion of a visit that is no longer among the absent.
pub(super) fn put(routes: &mut Routes, visit: NodeId, insertion: Insertion) {
    let Insertion { route, after, restock_after, cost } = insertion;
    let instance = routes.instance;
    let before = routes.cost;
    routes.touch(route);
    if restock_after != NONE {
        routes.link(instance.restock_of(route as usize), restock_after);
    }
    routes.link(visit, after);
    routes.cost -= instance.prize[visit as usize];
    let is_feasible = routes.refresh(route);
    debug_assert!(is_feasible, "Invariant: an insertion judged feasible is feasible");
    debug_assert!(
        instance.has_span_price || routes.cost == before + cost - instance.prize[visit as usize],
        "Invariant: an insertion adds what it was judged to add"
    );
}

fn sort_key(instance: &Instance, order: Order, visit: NodeId) -> i64 {
    let place = &instance.places[visit as usize];
    let width = instance.dimensions;
    match order {
        Order::Random => 0,
        Order::Demand => -instance.demand[visit as usize * width..][..width].iter().sum::<i64>(),
        Order::Far => -farness(instance, visit),
        Order::Close => farness(instance, visit),
        Order::NarrowWindow => place.last_start - place.first_start,
        Order::EarlyStart => place.first_start,
        Order::LateEnd => -place.last_start,
        Order::FewTechnicians => {
            let able =
                instance.kinds.iter().enumerate().map(|(kind, of_kind)| match instance.fit(kind as u32, visit) {
                    Fit::No => 0,
                    Fit::OnlyRestocked => of_kind.members.len(),
                    Fit::Yes => 2 * of_kind.members.len(),
                });
            able.sum::<usize>() as i64
        }
    }
}

/// Least effort from where a technician starts.
fn farness(instance: &Instance, visit: NodeId) -> i64 {
    let starts = instance.kinds.iter().map(|kind| instance.start_of(kind.members[0] as usize));
    starts.map(|start| instance.effort(start, visit)).min().unwrap_or(0)
}
