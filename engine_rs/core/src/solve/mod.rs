//! The stand-alone solver: a whole problem in, a plan out. It knows nothing of the live plan.
//!
//! Minimises, over plans that keep every rule,
//!
//! ```text
//!   sum over used technicians k of
//!       fixed_k + per_distance_k * distance_k + per_travel_k * travel_k + per_span_k * span_k
//!   + sum over visits v left out of prize_v
//! ```
//!
//! where `distance_k` and `travel_k` sum the ways of the route, `span_k` is the time from leaving the start to reaching
//! the end, and the prize of a required visit exceeds everything else together. A technician under way is always used.
//!
//! Rules: service of a visit starts within one of its windows; the start is left within `leave` and the end reached
//! by `back_by`; the sum of demands stays within capacity in each dimension, the number of visits and the sum of travel
//! within their limits; the technician has all skills; tools and spare parts are on board from the start or fetched at
//! the restock stop before. With several windows a visit, `span_k` is that of the schedule that ends as early as it can
//! and then starts as late as it can.
//!
//! The method is ruin and recreate with strings, blinks and simulated annealing (Christiaens and Vanden Berghe, "Slack
//! Induction by String Removals for Vehicle Routing Problems", 2020). What differs: positions come from neighbour lists
//! near in cost and time, several orders look at windows and at how few technicians can serve a visit, and
//! temperatures are multiples of the average way so that no unit is preferred.
//!
//! Start at [`solve`]; the raw problem is in [`Problem`]; [`check`] recomputes a solution from the raw problem alone.

// Counts stay far below 2^32 (MAX_ITEMS), and floats are cast after their range is known.
#![allow(clippy::cast_possible_wrap, clippy::cast_sign_loss)]

mod anneal;
mod budget;
mod check;
mod fleet;
mod insertion;
mod instance;
mod kit;
mod neighbours;
mod problem;
mod recreate;
pub(crate) mod rng;
mod routes;
mod ruin;
mod solution;
mod span;
mod start;
#[cfg(test)]
mod tests;

pub use budget::{Budget, Iterations};
pub use check::check;
pub use problem::{
    MAX_ARC, MAX_DIMENSIONS, MAX_ITEMS, MAX_QUANTITY, MAX_WINDOWS, Point, Price, Problem, Restock, Rounding,
    Technician, Travel, Violation, Visit, Window,
};
pub use solution::{RoutePlan, Solution, Stop};
pub use start::GivenRoute;

/// Iterations between two looks at the budget.
pub const POLL_EVERY: u64 = 16;

/// What a search may be told besides the problem.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Where the random numbers start; the same seed and number of iterations give the same solution.
    pub seed: u64,
    /// Length of neighbour lists.
    pub neighbours: usize,
    /// Visits torn out an iteration, on average.
    pub mean_removed: f64,
    /// Longest string torn out of a route.
    pub longest_string: f64,
    /// Whether using fewer technicians comes before every cost, once all required visits are served.
    pub fewest_technicians: bool,
    /// Probability of overlooking a position.
    pub blink: f64,
    /// First temperature, in average ways.
    pub hot: f64,
    /// Last temperature, in average ways.
    pub cold: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 1,
            neighbours: 60,
            mean_removed: 10.0,
            longest_string: 15.0,
            fewest_technicians: false,
            blink: 0.01,
            hot: 2.0,
            cold: 0.025,
        }
    }
}

/// Searches for a good plan until the budget is used, starting from the given routes.
///
/// Takes O(locations^2) memory; a budget of nothing still inserts every visit once.
///
/// # Errors
/// Everything wrong with the problem; nothing has been searched then.
pub fn solve(
    problem: &Problem,
    given: &[GivenRoute],
    settings: &Settings,
    budget: &mut dyn Budget,
) -> Result<Solution, Vec<Violation>> {
    let instance = instance::Instance::new(problem)?;
    if let Some(at) = given.iter().position(|route| route.technician >= problem.technicians.len()) {
        let field = format!("given[{at}].technician");
        return Err(vec![Violation { field, description: "must be one of the technicians".into() }]);
    }
    let mut routes = routes::Routes::new(&instance);
    let iterations = anneal::improve(&mut routes, given, settings, budget);
    Ok(solution::written(problem, &routes, iterations))
}
