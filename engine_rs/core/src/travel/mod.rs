//! How far and how long: the region's local plane and the travel times on it.
//!
//! A leg has a length in whole metres of road and, from a departure time, an arrival in whole seconds. Speed changes with
//! the local hour and is integrated over the leg, so leaving later never means arriving earlier (FIFO), and
//! [`Travel::latest_departure`] is the exact inverse of [`Travel::arrival`]. The planner's constant-time tests rest on both.

mod hours;
mod plane;

pub use hours::Travel;
pub use plane::{Plane, Point};
