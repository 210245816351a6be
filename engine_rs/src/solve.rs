//! `_engine.solve`: a stand-alone problem in, a plan out.
//!
//! Called once a problem, so it reads the dataclasses of `pydispatch.problem` as they are instead of bytes. The clock
//! the core does not have is here.

use std::time::{Duration, Instant};

use dispatch_core::solve::{
    self as core, Budget, GivenRoute, Iterations, Point, Price, Problem, Restock, Rounding, RoutePlan, Settings,
    Solution, Stop, Technician, Travel, Visit, Window,
};
use pyo3::prelude::*;

use crate::enter::enter;

#[derive(FromPyObject)]
pub(crate) struct WindowIn {
    start: i64,
    end: i64,
}

#[derive(FromPyObject)]
pub(crate) struct PriceIn {
    fixed: i64,
    per_distance: i64,
    per_travel: i64,
    per_span: i64,
}

#[derive(FromPyObject)]
pub(crate) struct TechnicianIn {
    start: Option<usize>,
    end: Option<usize>,
    leave: WindowIn,
    back_by: i64,
    capacity: Vec<i64>,
    max_visits: Option<usize>,
    max_travel: Option<i64>,
    skills: Vec<u32>,
    tools: Vec<u32>,
    parts: Vec<i64>,
    is_under_way: bool,
    paid_from: Option<WindowIn>,
    price: PriceIn,
}

#[derive(FromPyObject)]
pub(crate) struct VisitIn {
    location: usize,
    windows: Vec<WindowIn>,
    service: i64,
    demand: Vec<i64>,
    skills: Vec<u32>,
    tools: Vec<u32>,
    parts: Vec<i64>,
    prize: Option<i64>,
}

#[derive(FromPyObject)]
pub(crate) struct RestockIn {
    location: usize,
    service: i64,
}

#[derive(FromPyObject)]
pub(crate) struct MatrixIn {
    durations: Vec<Vec<i64>>,
    distances: Vec<Vec<i64>>,
}

#[derive(FromPyObject)]
pub(crate) struct PlaneIn {
    points: Vec<(f64, f64)>,
    scale: f64,
    rounding: String,
}

#[derive(FromPyObject)]
pub(crate) enum TravelIn {
    #[pyo3(transparent)]
    Matrix(MatrixIn),
    #[pyo3(transparent)]
    Plane(PlaneIn),
}

#[derive(FromPyObject)]
pub(crate) struct ProblemIn {
    travel: TravelIn,
    technicians: Vec<TechnicianIn>,
    visits: Vec<VisitIn>,
    restock: Option<RestockIn>,
}

#[derive(FromPyObject)]
pub(crate) struct BudgetIn {
    seconds: Option<f64>,
    iterations: Option<u64>,
}

type StopOut = (Option<usize>, i64, i64, i64);
type RouteOut = (usize, i64, Vec<StopOut>, i64, i64, i64, i64);
type SolutionOut = (Vec<RouteOut>, Vec<usize>, i64, i64, usize, u64);

/// What is wrong, as (field, description) pairs, and the solution if nothing is.
type Answer = (Vec<(String, String)>, Option<SolutionOut>);

/// Stops at the earlier of a moment and a number of iterations.
pub(crate) struct Deadline {
    begin: Instant,
    limit: Option<Duration>,
    iterations: Iterations,
}

impl Deadline {
    /// A budget of time alone, beginning now.
    pub(crate) fn of_time(limit: Duration) -> Self {
        Self { begin: Instant::now(), limit: Some(limit), iterations: Iterations(u64::MAX) }
    }
}

impl Budget for Deadline {
    fn used(&mut self, iterations: u64) -> f64 {
        let of_time = self.limit.map_or(0.0, |limit| self.begin.elapsed().as_secs_f64() / limit.as_secs_f64());
        of_time.max(self.iterations.used(iterations))
    }
}

/// Solves a problem within a budget, starting from the given routes.
///
/// Returns what is wrong with the problem as (field, description) pairs and, if nothing is, the solution.
#[pyfunction]
#[pyo3(signature = (problem, budget, seed, given, fewest_technicians))]
#[allow(clippy::panic_in_result_fn, reason = "a solution that fails the checker is a defect, told as such by the gate")]
pub(crate) fn solve(
    py: Python<'_>,
    problem: ProblemIn,
    budget: BudgetIn,
    seed: u64,
    given: Vec<(usize, Vec<Option<usize>>)>,
    fewest_technicians: bool,
) -> PyResult<Answer> {
    // The time spent on reading the problem is not counted: the budget is the search's.
    let found = enter(py, || {
        let problem = Problem::from(problem);
        let given: Vec<GivenRoute> =
            given.into_iter().map(|(technician, stops)| GivenRoute { technician, stops }).collect();
        let mut deadline = Deadline {
            begin: Instant::now(),
            limit: budget.seconds.map(|seconds| Duration::try_from_secs_f64(seconds).unwrap_or_default()),
            iterations: Iterations(budget.iterations.unwrap_or(u64::MAX)),
        };
        let settings = Settings { seed, fewest_technicians, ..Settings::default() };
        let found = core::solve(&problem, &given, &settings, &mut deadline);
        if let Ok(solution) = &found {
            let faults = core::check(&problem, solution);
            assert!(faults.is_empty(), "Invariant: a solution passes the checker: {faults:?}");
        }
        Ok(found)
    })?;
    Ok(match found {
        Ok(solution) => (Vec::new(), Some(written(solution))),
        Err(violations) => {
            (violations.into_iter().map(|violation| (violation.field, violation.description)).collect(), None)
        }
    })
}

fn written(solution: Solution) -> SolutionOut {
    let stop = |stop: Stop| (stop.visit, stop.arrival, stop.start, stop.finish);
    let route = |plan: RoutePlan| {
        let stops = plan.stops.into_iter().map(stop).collect();
        (plan.technician, plan.leave, stops, plan.back, plan.distance, plan.travel, plan.cost)
    };
    let Solution { routes, unassigned, cost, prize_lost, required_missing, iterations } = solution;
    (routes.into_iter().map(route).collect(), unassigned, cost, prize_lost, required_missing, iterations)
}

impl From<ProblemIn> for Problem {
    fn from(problem: ProblemIn) -> Self {
        Self {
            travel: problem.travel.into(),
            technicians: problem.technicians.into_iter().map(Technician::from).collect(),
            visits: problem.visits.into_iter().map(Visit::from).collect(),
            restock: problem.restock.map(|restock| Restock { location: restock.location, service: restock.service }),
        }
    }
}

impl From<TravelIn> for Travel {
    fn from(travel: TravelIn) -> Self {
        match travel {
            TravelIn::Matrix(MatrixIn { durations, distances }) => Self::Matrix {
                size: durations.len(),
                durations: durations.into_iter().flatten().collect(),
                distances: distances.into_iter().flatten().collect(),
            },
            TravelIn::Plane(PlaneIn { points, scale, rounding }) => Self::Plane {
                points: points.into_iter().map(|(x, y)| Point { x, y }).collect(),
                scale,
                rounding: match rounding.as_str() {
                    "down" => Rounding::Down,
                    "up" => Rounding::Up,
                    _ => Rounding::Nearest,
                },
            },
        }
    }
}

impl From<WindowIn> for Window {
    fn from(window: WindowIn) -> Self {
        Self { start: window.start, end: window.end }
    }
}

impl From<TechnicianIn> for Technician {
    fn from(technician: TechnicianIn) -> Self {
        let PriceIn { fixed, per_distance, per_travel, per_span } = technician.price;
        Self {
            start: technician.start,
            end: technician.end,
            leave: technician.leave.into(),
            back_by: technician.back_by,
            capacity: technician.capacity,
            max_visits: technician.max_visits,
            max_travel: technician.max_travel,
            skills: technician.skills,
            tools: technician.tools,
            parts: technician.parts,
            is_under_way: technician.is_under_way,
            paid_from: technician.paid_from.map(Window::from),
            price: Price { fixed, per_distance, per_travel, per_span },
        }
    }
}

impl From<VisitIn> for Visit {
    fn from(visit: VisitIn) -> Self {
        Self {
            location: visit.location,
            windows: visit.windows.into_iter().map(Window::from).collect(),
            service: visit.service,
            demand: visit.demand,
            skills: visit.skills,
            tools: visit.tools,
            parts: visit.parts,
            prize: visit.prize,
        }
    }
}
