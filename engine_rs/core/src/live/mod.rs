//! The day as it happens: a command goes in, the smallest change comes out.
//!
//! [`Dispatcher`] owns everything the planner knows of one region. Start reading at `dispatcher.rs`; each kind of command
//! has its own file. Commands are checked completely before anything is touched, so a refused one changes nothing.

mod command;
mod dispatcher;
mod outcome;
mod positions;

pub use command::{Command, MAX_ADDED_VISITS, MAX_DELAY_S, MAX_RECOMMENDATIONS, RecommendQuery, Snapshot};
pub use dispatcher::{Dispatcher, PlanStats};
pub use outcome::{
    ChangeKind, CheckReport, Outcome, PlanView, PlanViolation, Recommendation, Recommendations, RouteView, StopView,
    UnassignedView, VisitChange,
};
pub use positions::{LivePosition, NoPositions, Positions};
