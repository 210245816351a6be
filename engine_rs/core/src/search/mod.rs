//! What to do about a visit: where it fits best, and who else could give way.
//!
//! `probe.rs` prices every position of one route, `insert.rs` finds the best routes of all. Nothing here changes a plan.

mod insert;
mod probe;
mod removal;

pub use insert::{Insertion, Search};
pub use probe::{Probe, Slot};



