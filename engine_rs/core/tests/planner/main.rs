//! The planner as its callers see it: commands in, outcomes out, every plan checked independently.

mod checker;
mod days;
mod events;
mod insertion;
mod world;
