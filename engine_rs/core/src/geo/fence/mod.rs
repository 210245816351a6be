//! Fences: circles and areas that tell when somebody comes, stays and goes.
//!
//! Start at [`FenceWatch`]. It takes the fixes that the index applied, in any interleaving of technicians, and answers with
//! events numbered for each technician. shape.rs is the geometry, cover.rs finds the fences near a place,
//! calm.rs knows where there is nothing to look for, way.rs what lies between two fixes.
//!
//! Not here: who wants to know, and what an arrival means for a visit.

mod calm;
mod cover;
mod shape;
mod watch;
mod way;

pub use shape::{FenceShape, MAX_FENCE_RADIUS_M};
pub use watch::{Fence, FenceEvent, FenceEventKind, FenceIndex, FenceLimits, FenceWatch, MAX_FENCES, SIGHTED, Sight};
