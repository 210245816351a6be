//! The plan that a search hands back: who goes where, and when.

use super::instance::{Instance, NodeId};
use super::problem::Problem;
use super::routes::Routes;

/// Routes of everyone who is used, and what is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Solution {
    /// One route a technician who has visits or is under way, by technician.
    pub routes: Vec<RoutePlan>,
    /// Visits in no route, ascending.
    pub unassigned: Vec<usize>,
    /// Cost of all routes.
    pub cost: i64,
    /// Prizes of the optional visits left out.
    pub prize_lost: i64,
    /// Required visits left out.
    pub required_missing: usize,
    /// Iterations the search made.
    pub iterations: u64,
}

/// The ordered stops of one technician.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoutePlan {
    /// Index of the technician.
    pub technician: usize,
    /// When the technician leaves the start.
    pub leave: i64,
    /// Stops in order.
    pub stops: Vec<Stop>,
    /// When the technician reaches the end.
    pub back: i64,
    /// Sum of distances.
    pub distance: i64,
    /// Sum of travel durations.
    pub travel: i64,
    /// The route's part of the objective.
    pub cost: i64,
}

/// One stop with its times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The visit served; `None` for the restock stop.
    pub visit: Option<usize>,
    /// When the technician arrives.
    pub arrival: i64,
    /// When service starts.
    pub start: i64,
    /// When service ends, which is when the technician leaves.
    pub finish: i64,
}

/// Writes out the routes under search.
pub(super) fn written(problem: &Problem, routes: &Routes, iterations: u64) -> Solution {
    let instance = routes.instance;
    let mut solution = Solution { iterations, ..Solution::default() };
    for k in 0..instance.technicians {
        if !routes.is_idle(k as u32) || instance.crews[k].is_under_way {
            let stops: Vec<NodeId> = routes.stops(k as u32).collect();
            let plan = timed(problem, instance, k, &stops);
            solution.cost += plan.cost;
            solution.routes.push(plan);
        }
    }
    solution.unassigned = routes.absent.iter().map(|visit| *visit as usize).collect();
    solution.unassigned.sort_unstable();
    for visit in &solution.unassigned {
        match problem.visits[*visit].prize {
            Some(prize) => solution.prize_lost += prize,
            None => solution.required_missing += 1,
        }
    }
    solution
}

/// Times that end the route as early as possible and, that given, start it as late as possible.
fn timed(problem: &Problem, instance: &Instance, technician: usize, stops: &[NodeId]) -> RoutePlan {
    let crew = instance.crews[technician];
    let (start, end) = (instance.start_of(technician), instance.end_of(technician));
    let chain: Vec<NodeId> = std::iter::once(start).chain(stops.iter().copied()).chain(std::iter::once(end)).collect();
    let location = |node: NodeId| instance.places[node as usize].location;
    let time = |pair: &[NodeId]| i64::from(instance.arc(crew.profile, location(pair[0]), location(pair[1])).time);
    let follow = |leave: i64| {
        let (mut stops, mut depart, mut arrival) = (Vec::with_capacity(chain.len()), leave, leave);
        for pair in chain.windows(2) {
            arrival = depart + time(pair);
            let begin = instance.start_at(pair[1], arrival).unwrap_or(arrival);
            depart = begin + instance.places[pair[1] as usize].service;
            let visit = instance.is_visit(pair[1]).then_some(pair[1] as usize);
            stops.push(Stop { visit, arrival, start: begin, finish: depart });
        }
        stops.pop();
        (stops, arrival)
    };
    let latest_leave = |(first, last): (i64, i64)| {
        let (_, earliest_back) = follow(first);
        let mut latest = earliest_back;
        for pair in chain.windows(2).rev() {
            let limit = latest - time(pair) - instance.places[pair[0] as usize].service;
            // The start comes last and has a window of its own here.
            latest = if pair[0] == start { limit } else { instance.latest_start(pair[0], limit).unwrap_or(first) };
        }
        latest.clamp(first, last)
    };
    let leave_window = problem.technicians[technician].leave;
    let leave = latest_leave((leave_window.start, leave_window.end));
    let (stops, back) = follow(leave);
    let paid_from = latest_leave(crew.paid_from);
    let span = follow(paid_from).1 - paid_from;
    let member = &problem.technicians[technician];
    let places = |pair: &[NodeId]| {
        let place = |node: NodeId| Some(location(node) as usize).filter(|place| *place < problem.travel.size());
        (place(pair[0]), place(pair[1]))
    };
    let sum = |measure: &dyn Fn(Option<usize>, Option<usize>) -> i64| -> i64 {
        chain.windows(2).map(places).map(|(from, to)| measure(from, to)).sum()
    };
    let distance = sum(&|from, to| problem.travel.distance(from, to));
    let travel = sum(&|from, to| problem.travel.duration(from, to));
    let price = member.price;
    let ways = price.per_distance * distance + price.per_travel * travel;
    let cost = price.fixed + ways + price.per_span * span;
    RoutePlan { technician, leave, stops, back, distance, travel, cost }
}
