//! The live index: where every technician is now, and who is near, able, free and fresh.
//!
//! Start at [`LiveIndex`]. Fixes go in through [`LiveIndex::apply_fixes`] (ingest.rs), questions through
//! [`LiveIndex::search`] (query.rs). What a distance is, is said once in sphere.rs.
//!
//! [`fence`] tells who comes to, stays in and leaves which area.
//!
//! Not here: travel over roads, plans, clocks, locks. `now` is an argument; whoever shares an index between threads
//! brings the lock.

// Numbers of technicians, blocks and cells are `u32` and index arrays; coordinates are bounded where they are made.
#![allow(clippy::cast_possible_wrap, clippy::cast_sign_loss)]

mod error;
mod expiry;
pub mod fence;
mod filter;
mod fix;
mod grid;
mod index;
mod ingest;
mod names;
mod polygon;
mod position;
mod prefetch;
mod query;
mod search;
mod sphere;
mod target;
mod technician;
mod topk;
mod within;

pub use error::{GeoError, Violation};
pub use fix::{Fix, FixCounts, FixOutcome, IngestLimits, MAX_ACCURACY_ALLOWANCE_M};
pub use index::{LiveIndex, Position};
pub use polygon::{MAX_POLYGON_CORNERS, Polygon};
pub use position::{EARTH_RADIUS_M, LatLng};
pub use search::{Filter, Hit, MAX_HITS, Order, Search, SkillRequirement, TravelProfile};
pub use sphere::{Chord2, Point};
pub use technician::{
    Attributes, Availability, AvailabilitySet, Certificate, CertificateIndex, Commitment, MAX_CERTIFICATE_KINDS,
    MAX_PARTNERS, MAX_SKILL_LEVEL, MAX_SKILLS, MAX_TECHNICIANS, PartnerIndex, SkillIndex, SkillSet, TechnicianIndex,
    TravelMode,
};
pub use topk::SearchBuffer;
