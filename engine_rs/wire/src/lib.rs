//! Protobuf bytes to core types and back.
//!
//! Size limits come first, then decoding, then checks that collect every violation with its field path. What a
//! request *means* is decided in `dispatch_core`. Location batches are read by hand ([`location`]), straight from the
//! bytes; everything else goes through the generated types, one file a message family. Start at [`check`].

/// Types generated from `protos/` by `make proto`, checked in; never edited by hand.
#[allow(missing_docs, unreachable_pub, clippy::all, rustdoc::all)]
#[rustfmt::skip]
pub mod generated;

pub mod arrangement;
pub mod check;
pub mod command;
pub mod error;
pub mod explanation;
pub mod geofence;
pub mod limits;
pub mod location;
pub mod name;
pub mod nearby;
pub mod outcome;
mod pin;
pub mod plan;
mod polygon;
mod reader;
pub mod reason;
pub mod recommend;
pub mod region;
pub mod route;
mod scope;
mod service;
mod skill;
pub mod snapshot;
pub mod study;
mod technician;
mod ties;
mod visit;
pub mod watched;

pub use error::{Violation, WireError};
