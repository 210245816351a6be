//! The planner as its callers see it: commands in, outcomes out, every plan checked independently.

#![allow(clippy::unwrap_used, reason = "helpers of tests end the test")]

mod changes;
mod checker;
mod circles;
mod crews;
mod days;
mod dependencies;
mod events;
mod explained;
mod improve;
mod insertion;
mod pins;
mod scope;
mod tied_days;
mod world;
