//! What the planner is told: technicians, services, visits, the region and the policy, as plain values with names as strings.
//!
//! Each value checks itself once when it enters (`validate`), collecting every violation with its field path. Nothing here
//! knows of routes or of search; `plan` compiles these values into the compact facts that the search runs on.

mod error;
mod pin;
mod policy;
mod region;
mod score;
mod technician;
mod ties;
mod time;
mod visit;

pub use crate::geo::LatLng;
pub use error::{CoreError, ResourceKind, Violation, Violations, reason};
pub use pin::{MAX_PRECEDING, Pin, PinParts};
pub use policy::{Policy, PriceByPriority};
pub use region::{RegionConfig, TravelConfig, UtcOffset};
pub use score::{Rule, ScoreTerm, Term, UnassignedReason};
pub use technician::{Availability, Break, Certificate, PartCount, Shift, SkillLevel, Technician, WorkPace};
pub use ties::{
    Companion, CrewRole, Dependency, Ended, MAX_CREW_SIZE, MAX_DEPENDENCIES, MAX_LAG_S, MAX_START_SPREAD_S,
};
pub use ties::{Ties, Withdrawal};
pub use time::{MAX_TIME_S, MIN_TIME_S, TimeWindow, Timestamp};
pub use visit::{MAX_DURATION_S, OWN_STAFF, Placement, Priority, Service, Visit, VisitEvent, VisitState, VisitTimes};
