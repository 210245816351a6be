//! What a dispatcher answers.

use super::Missed;
use crate::model::{Dependency, Pin, Placement, ScoreTerm, Timestamp, UnassignedReason, VisitState, VisitTimes};

/// What a command changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Every visit whose state, placement or times changed, ordered by identifier.
    pub changes: Vec<VisitChange>,
    /// What the routes touched cost more than before, with the price of the moves. Visits without a place cost nothing.
    /// 0 for commands that are not asked about their price.
    pub cost_change_milli: i64,
}

/// How a visit changed. Numbers are those of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ChangeKind {
    /// Put on a route for the first time, or again after being unassigned.
    Assigned = 1,
    /// Went from one technician to another.
    Moved = 2,
    /// Same technician, other times or position.
    Retimed = 3,
    /// Taken off its route, or added without finding one.
    Unassigned = 4,
    /// Only its state or times changed, by a report, a cancellation or expiry.
    Progressed = 5,
    /// Only what is pinned about it changed.
    Pinned = 11,
}

/// One changed visit: everything about it that can change, as it is now.
#[derive(Clone, Debug, PartialEq)]
pub struct VisitChange {
    /// Which.
    pub visit_id: String,
    /// How.
    pub kind: ChangeKind,
    /// Its state now.
    pub state: VisitState,
    /// Its placement now.
    pub placement: Option<Placement>,
    /// Its times now.
    pub times: VisitTimes,
    /// Why nobody has it, while UNASSIGNED or EXPIRED.
    pub unassigned_reasons: Vec<UnassignedReason>,
    /// The technicians excluded now.
    pub excluded_technician_ids: Vec<String>,
    /// What must come before it, as it is known now.
    pub after: Vec<Dependency>,
    /// Price of taking it from the technician who had it; 0 when nobody lost it.
    pub disruption_milli: i64,
    /// What the planner may not change now.
    pub pin: Option<Box<Pin>>,
}

/// Who could take a visit.
#[derive(Clone, Debug, PartialEq)]
pub struct Recommendations {
    /// Best first; ties go by identifier.
    pub recommendations: Vec<Recommendation>,
    /// Why others cannot, counted by the first rule each breaks. Rules about the person are always counted for everybody;
    /// rules about the day only when fewer technicians than asked were found, since otherwise not every day was looked at.
    pub reasons: Vec<UnassignedReason>,
    /// Policy that priced the answer.
    pub policy_revision: String,
    /// Who cannot take it and by how much, nearest first, if asked for.
    pub rejected: Vec<Missed>,
}

/// One technician who could take the visit.
#[derive(Clone, Debug, PartialEq)]
pub struct Recommendation {
    /// 1 for the best.
    pub rank: u32,
    /// Who.
    pub technician_id: String,
    /// Position on the route, from 0.
    pub position: u32,
    /// Estimated arrival.
    pub arrival_s: Timestamp,
    /// Estimated start of work.
    pub start_s: Timestamp,
    /// Extra travel on the route in seconds.
    pub added_travel_s: i64,
    /// Sum of the terms.
    pub cost_milli: i64,
    /// Priced terms, knock-on to later stops included.
    pub score_terms: Vec<ScoreTerm>,
}

/// All routes and unassigned visits at one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanView {
    /// Routes with at least one stop, ordered by technician.
    pub routes: Vec<RouteView>,
    /// Unassigned visits, ordered by identifier.
    pub unassigned: Vec<UnassignedView>,
    /// Policy in force.
    pub policy_revision: String,
}

/// One technician's stops not yet finished, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteView {
    /// Whose.
    pub technician_id: String,
    /// Stops in order, over all shifts.
    pub stops: Vec<StopView>,
    /// Planned end of the last stop and of the way to its shift's end location.
    pub end_s: Timestamp,
}

/// A visit placed on a route.
#[derive(Clone, Debug, PartialEq)]
pub struct StopView {
    /// Which.
    pub visit_id: String,
    /// State of the visit.
    pub state: VisitState,
    /// Planned arrival.
    pub arrival_s: Timestamp,
    /// Planned start of work.
    pub start_s: Timestamp,
    /// Planned end of work.
    pub end_s: Timestamp,
    /// Seconds by which the start could slip without breaking a hard rule on this route.
    pub slack_s: i64,
}

/// A visit on no route.
#[derive(Clone, Debug, PartialEq)]
pub struct UnassignedView {
    /// Which.
    pub visit_id: String,
    /// Why nobody has it.
    pub reasons: Vec<UnassignedReason>,
}
