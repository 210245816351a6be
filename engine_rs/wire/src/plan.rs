//! GetPlan, CheckPlan and Stats: what the engine tells about itself.

use dispatch_core::geo::FixCounts;
use dispatch_core::live::{CheckReport, PlanView, PlanViolation, RouteView, StopView};
use prost::Message;
use prost_types::Timestamp;

use crate::check::Checker;
use crate::error::WireError;
use crate::generated::dispatch::engine::v1 as engine;
use crate::generated::dispatch::v1 as pb;
use crate::limits::MAX_QUERY_BYTES;
use crate::name::Collection;
use crate::{location, reason, region, visit};

const MAX_TECHNICIANS: usize = 1_000;

/// Reads a GetPlanRequest of `region`: the technicians whose routes are asked for, none meaning all.
///
/// # Errors
/// [`WireError::Decode`] when the bytes are no such message or too many; [`WireError::Invalid`] with every field out of
/// its bounds.
pub fn decode_request(message: &[u8], region: &str) -> Result<Vec<String>, WireError> {
    if message.len() > MAX_QUERY_BYTES {
        return Err(WireError::too_large(message.len(), MAX_QUERY_BYTES));
    }
    let request = pb::GetPlanRequest::decode(message)?;
    let mut checker = Checker::new(region);
    match request.name.strip_suffix("/plan") {
        Some(parent) => checker.parent("name", parent),
        None if request.name.is_empty() => checker.refuse("name", reason::REQUIRED, "is required"),
        None => checker.refuse("name", reason::BAD_FORMAT, "must be \"regions/{region}/plan\""),
    }
    checker.at_most("technicians", request.technicians.len(), MAX_TECHNICIANS);
    let names = request.technicians.iter().take(MAX_TECHNICIANS).enumerate();
    let ids = names.map(|(index, full_name)| {
        checker.item("technicians", index, |at| at.reference("", full_name, Collection::Technicians)).to_owned()
    });
    let ids = ids.collect();
    checker.finish(ids)
}

/// Writes a GetPlanResponse; the sequence is the server's to fill.
#[must_use]
pub fn encode(region: &str, view: &PlanView, read_time_ms: i64) -> Vec<u8> {
    let unassigned = view.unassigned.iter().map(|open| pb::UnassignedVisit {
        visit: Collection::Visits.name(region, &open.visit_id),
        reasons: visit::encode_reasons(&open.reasons),
    });
    let plan = pb::Plan {
        name: format!("regions/{region}/plan"),
        sequence: 0,
        read_time: Some(instant_ms(read_time_ms)),
        routes: view.routes.iter().map(|route| encode_route(region, route)).collect(),
        unassigned_visits: unassigned.collect(),
        policy_revision: view.policy_revision.clone(),
    };
    pb::GetPlanResponse { plan: Some(plan) }.encode_to_vec()
}

fn encode_route(region: &str, route: &RouteView) -> pb::Route {
    pb::Route {
        technician: Collection::Technicians.name(region, &route.technician_id),
        stops: route.stops.iter().map(|stop| encode_stop(region, stop)).collect(),
        end_time: Some(region::instant(route.end_s)),
    }
}

fn encode_stop(region: &str, stop: &StopView) -> pb::Stop {
    pb::Stop {
        visit: Collection::Visits.name(region, &stop.visit_id),
        state: stop.state as i32,
        arrival_time: Some(region::instant(stop.arrival_s)),
        start_time: Some(region::instant(stop.start_s)),
        end_time: Some(region::instant(stop.end_s)),
        slack_s: visit::clamped(stop.slack_s),
    }
}

/// Writes a CheckPlanResponse.
#[must_use]
pub fn encode_check(report: &CheckReport) -> Vec<u8> {
    let response = pb::CheckPlanResponse {
        violations: report.violations.iter().map(plan_violation).collect(),
        checked_routes: visit::count(report.checked_routes),
        checked_stops: visit::count(report.checked_stops),
    };
    response.encode_to_vec()
}

fn plan_violation(violation: &PlanViolation) -> pb::PlanViolation {
    pb::PlanViolation {
        rule: violation.rule as i32,
        technician_id: violation.technician_id.clone(),
        visit_id: violation.visit_id.clone(),
        amount: violation.amount,
        detail: violation.detail.clone(),
    }
}

/// Figures of an engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Technicians known.
    pub technicians: usize,
    /// Technicians with a live position.
    pub live_positions: usize,
    /// Technicians who got a position from a snapshot of an earlier process.
    pub warmed_positions: usize,
    /// Technicians who got a position from a fix while they had none.
    pub relearned_positions: usize,
    /// Visits not final.
    pub open_visits: usize,
    /// Visits on no route.
    pub unassigned_visits: usize,
    /// Fixes taken since the start.
    pub fixes: FixCounts,
}

/// Writes Stats.
#[must_use]
pub fn encode_stats(stats: &Stats) -> Vec<u8> {
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let stats = engine::Stats {
        technicians: count(stats.technicians),
        live_positions: count(stats.live_positions),
        warmed_positions: count(stats.warmed_positions),
        relearned_positions: count(stats.relearned_positions),
        open_visits: count(stats.open_visits),
        unassigned_visits: count(stats.unassigned_visits),
        fixes: Some(location::fix_counts(&stats.fixes)),
    };
    stats.encode_to_vec()
}

fn instant_ms(instant_ms: i64) -> Timestamp {
    // The remainder is 0 to 999, so that it fits after scaling.
    let nanos = i32::try_from(instant_ms.rem_euclid(1_000) * 1_000_000).unwrap_or(0);
    Timestamp { seconds: instant_ms.div_euclid(1_000), nanos }
}
