//! Everything planned: technicians with their routes, visits with their places, and how time passes on a route.
//!
//! Start with `route.rs` (what a route is) and `timeline.rs` (how its times follow). This module knows feasibility in
//! time; who may do a visit and what anything costs is in `evaluate`, what to do about it in `search` and `live`.

mod bits;
mod digest;
mod entries;
mod excerpt;
mod facts;
mod floors;
mod holds;
mod names;
#[allow(clippy::module_inception, reason = "the plan is what this module is about")]
mod plan;
mod positions;
mod route;
mod settle;
mod technicians;
mod ties;
mod timeline;
mod windows;

pub use bits::Bits;
pub use digest::{Digest, Next, PauseGain, SettingOut};
pub use entries::Entries;
pub use excerpt::Excerpt;
pub use facts::{CertificateFacts, Dictionary, PinFacts, Promise, TechnicianFacts, VisitFacts};
pub use floors::Floors;
pub use names::Names;
pub use plan::{Place, Plan, VisitEntry};
pub use positions::{LivePosition, NoPositions, Positions};
pub use route::{Duty, Pause, Ready, Route, StartPin, Stop};
pub use settle::{Settled, Sighted};
pub use technicians::{Busy, Holders, TechnicianEntry};
pub use ties::{After, Links};
pub use timeline::{Cursor, Leg, Limits, Timing, advance, finish, limit_s, schedule};
pub use windows::Windows;
