//! The day as it happens: a command goes in, the smallest change comes out.
//!
//! [`Dispatcher`] owns everything the planner knows of one region. Start reading at `dispatcher.rs`; each kind of command
//! has its own file, and all of them change the plan only through `day.rs`. Commands are checked completely before
//! anything is touched, so a refused one changes nothing.

mod adopt;
mod arrange;
mod assign;
mod check_ties;
mod command;
mod crews;
mod day;
mod dispatcher;
mod disruption;
mod explaining;
mod improve;
mod journal;
mod orders;
mod outcome;
mod pins;
mod preview;
mod price;
mod progress;
mod query;
mod rehome;
mod reoptimize;
mod restore;
mod sight;
mod technicians;
mod tick;
mod ties;
mod view;
mod visits;

pub use crate::check::{CheckReport, PlanViolation};
pub use crate::plan::{LivePosition, NoPositions, Positions};
pub use command::{Arrangement, Command, MAX_ADDED_VISITS, MAX_ARRANGED, MAX_DELAY_S, MAX_MOVES, MAX_ORDERS};
pub use command::{MAX_RECOMMENDATIONS, MAX_ROUNDS, RecommendQuery, ShiftOrder, Snapshot};
pub use dispatcher::{Dispatcher, PlanStats};
pub use explaining::{Candidate, Detail, Explained, Missed, Verdict};
pub use orders::{Evaluated, OrderViolation, OrderedRoute, OrderedStop, VisitOrder};
pub use outcome::{
    ChangeKind, Outcome, PlanView, Recommendation, Recommendations, RouteView, StopView, UnassignedView, VisitChange,
};
pub use preview::Preview;
