//! Why this technician, why not that one, why nobody: exact answers from a pass of their own.
//!
//! The search only has to be fast and right; what is told to people is computed here afterwards from full evaluations, so
//! that the terms of a choice add up to its price and every technician is counted under exactly one rule.

mod judge;
mod miss;
mod reasons;
mod relax;
mod terms;
mod ties;

pub use judge::{Asked, Choice, judge};
pub use miss::Miss;
pub(crate) use reasons::told;
pub use reasons::{first_rule, personal_reasons, reasons};
pub use relax::{Relaxation, relaxations};
pub use terms::{Explanation, explain_insertion, explain_placed};
pub use ties::reasons_of;
