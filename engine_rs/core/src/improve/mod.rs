//! Making a standing plan better in the background: large neighbourhood search on a copy of a part of it.
//!
//! A [`Study`] copies some technicians with their routes and the visits that wait for a place near them, so that the plan
//! itself is free while the search goes on. Every step takes some visits off their routes (`ruin.rs`) or exchanges some
//! between two (`exchange.rs`), finds places for what is on no route (`recreate.rs`), and keeps the result unless it costs
//! too much more than the best so far (record-to-record travel, Dueck 1993). What comes out are [`RouteOrder`]s: for each
//! changed route the order it had and the order it should get. Whoever adopts them compares the first with the plan as it
//! is by then, so that nothing that happened meanwhile is lost (`live/adopt.rs`).
//!
//! The objective, in milli-cost, lower is better:
//!
//! ```text
//!   sum over routes          the price of the route (`evaluate`)
//! + sum over visits          disruption, if it is with somebody else than when the copy was made
//! + sum over visits without a place   2^40, 2^42 or 2^44 by priority: more than any routes cost
//! ```
//!
//! Hard rules hold at every step. A visit that had a place keeps one. At most `max_moves` visits may end up with somebody
//! else; another order of one technician's stops disrupts nobody and is not counted. Technicians
//! who have a visit that is tied to others or pinned are left out, and so are such visits without a place. What is not
//! movable, is routine and starts within the freeze horizon, or takes longer than planned stays with its technician.

mod exchange;
mod orders;
mod recreate;
mod ruin;
mod scope;
mod study;
mod trial;

pub use orders::RouteOrder;
pub use scope::{MAX_TECHNICIANS, Scope};
pub use study::Study;
