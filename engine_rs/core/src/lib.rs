//! The dispatch engine's core: live index, model, plan, search, checker.
//!
//! Everything here is a pure function of its arguments: `now` and `seed` are passed in, nothing reads a clock, a file,
//! a socket or a Python object, and nothing starts a thread.

pub mod check;
pub mod commitment;
pub mod evaluate;
pub mod explain;
pub mod geo;
pub mod improve;
pub mod live;
pub mod model;
pub mod plan;
pub mod search;
pub mod solve;
pub mod stream;
pub mod travel;
