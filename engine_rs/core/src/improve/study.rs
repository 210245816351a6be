//! A part of the plan under study: its copy, what it costs, and the search for something better.

use super::exchange;
use super::orders::RouteOrder;
use super::recreate;
use super::ruin::{self, Ruin};
use super::scope::Scope;
use super::trial::Trial;
use crate::evaluate::disruption;
use crate::model::{Policy, Priority, Timestamp};
use crate::plan::{Excerpt, LivePosition, Place, Plan, Positions, Route};
use crate::search::Search;
use crate::solve::rng::Rng;
use crate::solve::{Budget, POLL_EVERY};
use std::collections::BTreeSet;

/// Share of the routes' price by which a step may be worse than the best so far, in the beginning; falls to nothing.
const DEVIATION: f64 = 0.01;
/// Price of a visit without a place: this shifted by twice the priority.
const NO_PLACE_MILLI: i64 = 1 << 40;

/// A visit as it was when the copy was made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// The technician who had it.
    pub(super) home: Option<u32>,
    /// Price of giving it to somebody else.
    pub(super) move_milli: i64,
    /// Whether it may be taken off its route.
    pub(super) is_free: bool,
}

/// A part of the plan under study.
#[derive(Debug)]
pub struct Study {
    excerpt: Excerpt,
    pub(super) policy: Policy,
    positions: Seen,
    pub(super) now_s: Timestamp,
    /// By the copy's visit number.
    pub(super) known: Vec<Known>,
    /// By the copy's technician number and route: the price.
    pub(super) costs: Vec<Vec<i64>>,
    /// By the copy's technician number and route: the visits planned, in order.
    begun: Vec<Vec<Vec<u32>>>,
    max_moves: usize,
}

/// Positions as they were when the copy was made.
#[derive(Debug)]
struct Seen(Vec<Option<LivePosition>>);

impl Positions for Seen {
    fn position(&self, _technician_id: &str, technician_number: u32) -> Option<LivePosition> {
        *self.0.get(technician_number as usize)?
    }
}

impl Study {
    /// Copies a part of the plan. At most `max_moves` visits will go to somebody else. Linear in what is copied.
    #[must_use]
    pub fn of(search: &Search<'_>, scope: &Scope, max_moves: usize) -> Self {
        let excerpt = search.plan.excerpt(&scope.technicians, &scope.unassigned);
        let position = |number: &u32| search.positions.position(search.plan.technician_id(*number), *number);
        let positions = Seen(excerpt.technicians.iter().map(position).collect());
        let (policy, now_s) = (search.policy.clone(), search.now_s);
        let (known, costs, begun) = (Vec::new(), Vec::new(), Vec::new());
        let mut study = Self { excerpt, policy, positions, now_s, known, costs, begun, max_moves };
        study.begin();
        study
    }

    /// Searches until the budget is used. The same study, seed and iterations give the same result.
    pub fn improve(&mut self, seed: u64, budget: &mut dyn Budget) {
        let mut random = Rng::new(seed);
        let mut best = Best::of(self);
        let mut used = budget.used(0);
        let mut iterations = 0;
        while used < 1.0 && !self.known.is_empty() {
            if let Some(trial) = self.step(&mut random) {
                self.judge(trial, &mut best, used);
            }
            iterations += 1;
            if iterations % POLL_EVERY == 0 {
                used = budget.used(iterations);
            }
        }
        best.restore(self);
    }

    /// The routes that should change.
    #[must_use]
    pub fn orders(&self) -> Vec<RouteOrder> {
        let id = |visit: &u32| self.plan().visit(*visit).source.id.clone();
        let mut orders = Vec::new();
        for (number, entry) in self.plan().technicians() {
            for (route, day) in entry.routes.iter().enumerate() {
                let before = &self.begun[number as usize][route];
                let after = planned(day);
                if *before != after {
                    orders.push(RouteOrder {
                        technician_id: self.plan().technician_id(number).to_owned(),
                        shift_start_s: day.duty.window.start_s,
                        before: before.iter().map(id).collect(),
                        after: after.iter().map(id).collect(),
                    });
                }
            }
        }
        orders
    }

    /// The objective; see the module's text.
    #[must_use]
    pub fn cost_milli(&self) -> i64 {
        let routes_milli = self.routes_milli();
        let waiting = self.plan().unassigned.iter();
        let waiting_milli: i64 = waiting.map(|visit| self.without_place_milli(*visit)).sum();
        let moved_milli: i64 = self.moved().map(|visit| self.known[visit as usize].move_milli).sum();
        routes_milli + waiting_milli + moved_milli
    }

    pub(super) fn plan(&self) -> &Plan {
        &self.excerpt.plan
    }

    pub(super) fn plan_mut(&mut self) -> &mut Plan {
        &mut self.excerpt.plan
    }

    pub(super) fn search(&self) -> Search<'_> {
        Search { plan: &self.excerpt.plan, policy: &self.policy, positions: &self.positions, now_s: self.now_s }
    }

    /// Visits that are with somebody else than in the beginning.
    fn moved(&self) -> impl Iterator<Item = u32> + '_ {
        (0u32..).zip(&self.known).filter_map(|(visit, known)| {
            let place = self.plan().visit(visit).place?;
            known.home.filter(|home| *home != place.technician).map(|_| visit)
        })
    }

    fn routes_milli(&self) -> i64 {
        self.costs.iter().flatten().sum()
    }

    fn without_place_milli(&self, visit: u32) -> i64 {
        let priority = self.plan().visit(visit).facts.promise.priority;
        NO_PLACE_MILLI << (2 * (priority as u32))
    }

    /// Brings the copy's times up to date and notes how everything is.
    fn begin(&mut self) {
        let technicians = self.excerpt.technicians.len();
        for technician in 0..u32::try_from(technicians).unwrap_or(0) {
            let routes = self.plan().technician(technician).map_or(0, |entry| entry.routes.len());
            self.costs.push(vec![0; routes]);
            for route in 0..routes {
                self.renew(Place { technician, route });
            }
            let entry = self.excerpt.plan.technician(technician);
            self.begun.push(entry.map_or_else(Vec::new, |entry| entry.routes.iter().map(planned).collect()));
        }
        let visits = u32::try_from(self.plan().visit_count()).unwrap_or(0);
        self.known = (0..visits).map(|visit| self.known_now(visit)).collect();
    }

    fn known_now(&self, visit: u32) -> Known {
        let entry = self.plan().visit(visit);
        let Some((_, stop)) = self.plan().stop(visit) else {
            return Known { home: None, move_milli: 0, is_free: true };
        };
        let state = entry.source.state;
        let is_near = stop.start_s <= self.now_s + self.policy.freeze_horizon_s;
        let is_routine = entry.facts.promise.priority == Priority::Routine;
        Known {
            home: entry.place.map(|place| place.technician),
            move_milli: disruption::cost(&self.policy, state, stop.start_s, self.now_s),
            is_free: state.is_movable() && entry.extra_s == 0 && !(is_near && is_routine),
        }
    }

    /// One step: something is taken off or exchanged, and places are found; `None` when that did not work out.
    fn step(&mut self, random: &mut Rng) -> Option<Trial> {
        let mut trial = Trial::default();
        let is_whole = match random.below(8) {
            0 => exchange::tails(self, &mut trial, random),
            1 => exchange::pair(self, &mut trial, random),
            kind => {
                let taken = ruin::pick(self, Ruin::of(kind), random);
                taken.iter().for_each(|visit| trial.take_off(self, *visit));
                trial.settle_all(self) && recreate::all(self, &mut trial, &taken, random)
            }
        };
        if is_whole && self.moved().count() <= self.max_moves {
            return Some(trial);
        }
        trial.undo(self);
        None
    }

    /// Keeps a step or undoes it.
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a tolerance needs no last digit")]
    fn judge(&mut self, trial: Trial, best: &mut Best, used: f64) {
        let cost_milli = self.cost_milli();
        let deviation_milli = (self.routes_milli().abs() as f64 * DEVIATION * (1.0 - used)) as i64;
        if cost_milli >= best.cost_milli + deviation_milli.max(1) {
            return trial.undo(self);
        }
        best.stale.extend(trial.technicians());
        if cost_milli < best.cost_milli {
            best.renew(self, cost_milli);
        }
    }
}

/// The best so far, kept up to date technician by technician.
struct Best {
    cost_milli: i64,
    routes: Vec<Vec<Route>>,
    /// Technicians whose routes are not those of the best any more.
    stale: BTreeSet<u32>,
}

impl Best {
    fn of(study: &Study) -> Self {
        let routes = study.plan().technicians().map(|(_, entry)| entry.routes.clone()).collect();
        Self { cost_milli: study.cost_milli(), routes, stale: BTreeSet::new() }
    }

    fn renew(&mut self, study: &Study, cost_milli: i64) {
        self.cost_milli = cost_milli;
        for technician in std::mem::take(&mut self.stale) {
            if let Some(entry) = study.plan().technician(technician) {
                self.routes[technician as usize].clone_from(&entry.routes);
            }
        }
    }

    fn restore(mut self, study: &mut Study) {
        let stale = std::mem::take(&mut self.stale);
        let saved =
            stale.iter().map(|technician| (*technician, std::mem::take(&mut self.routes[*technician as usize])));
        study.excerpt.plan.put_back(saved.collect());
        for technician in stale {
            for route in 0..study.costs[technician as usize].len() {
                study.renew(Place { technician, route });
            }
        }
    }
}

/// Visits planned on a route, in order.
fn planned(route: &Route) -> Vec<u32> {
    route.planned().iter().map(|stop| stop.visit).collect()
}
