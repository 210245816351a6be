//! What to do about a visit: where it fits best, and who else could give way.
//!
//! `probe.rs` prices every position of one route, `insert.rs` finds the best routes of all, `regret.rs` puts many visits in
//! order, `eject.rs` finds who could give way, `crew.rs` brings several technicians together. Nothing here changes a plan.

mod crew;
mod eject;
mod frontier;
mod insert;
mod matching;
mod probe;
mod regret;
mod removal;

pub use crew::{CrewPlace, MAX_CANDIDATES, MAX_STARTS};
pub use eject::Ejection;
pub use insert::{Insertion, Search};
pub use matching::{Candidate, Matching};
pub use probe::{Probe, Slot, Work};
pub use regret::Queue;
