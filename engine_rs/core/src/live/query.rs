//! Recommendations: a visit that nobody has booked yet is tried against the plan.

use super::explaining::nearest_misses;
use super::{MAX_RECOMMENDATIONS, RecommendQuery, Recommendation, Recommendations};
use crate::explain::{Asked, explain_insertion, personal_reasons, reasons};
use crate::model::reason;
use crate::model::{CoreError, LatLng, Priority, ResourceKind, Service, TimeWindow, Timestamp, Violations, Visit};
use crate::plan::{Plan, VisitFacts};
use crate::search::{Insertion, Search};
use std::collections::BTreeMap;

const DEFAULT_RESULTS: u32 = 3;
/// Farthest that a window may lie ahead, as for bookings.
const MAX_AHEAD_S: i64 = 400 * 86_400;
const DEFAULT_DURATION_S: i64 = 3_600;
const DEFAULT_TARGET_S: i64 = 14_400;
const DEFAULT_LIMIT_S: i64 = 86_400;

/// Compiles a query against the catalogue, checking every field.
pub(super) fn compile(
    query: &RecommendQuery,
    services: &BTreeMap<String, Service>,
    center: LatLng,
    plan: &Plan,
    now_s: Timestamp,
) -> Result<VisitFacts, CoreError> {
    let service = match &query.service_id {
        Some(id) => {
            let missing = || CoreError::NotFound { kind: ResourceKind::Service, id: id.clone() };
            Some(services.get(id).ok_or_else(missing)?)
        }
        None => None,
    };
    let visit = as_visit(query, service, now_s);
    let mut violations = Violations::new();
    visit.validate("", center, &mut violations);
    let is_count_ok = query.max_results <= MAX_RECOMMENDATIONS;
    violations.check(is_count_ok, "max_results", reason::OUT_OF_RANGE, "1 to 20 results, 0 means 3");
    if let Some(window) = query.start_window {
        check_bookable(window, now_s, &mut violations);
    }
    match violations.into_result() {
        Ok(()) => Ok(VisitFacts::looked_up(&visit, &plan.dictionary, &plan.travel)),
        Err(CoreError::Invalid(found)) => Err(CoreError::Invalid(found.into_iter().map(as_query_field).collect())),
        Err(other) => Err(other),
    }
}

/// A window that cannot be booked is not recommended for either.
fn check_bookable(window: TimeWindow, now_s: Timestamp, violations: &mut Violations) {
    let is_open = window.end_s >= now_s;
    violations.check(is_open, "start_windows.end_time", reason::WINDOW_ENDED, "the window has already ended");
    for (field, time_s) in [("start_time", window.start_s), ("end_time", window.end_s)] {
        let is_near = time_s <= now_s + MAX_AHEAD_S;
        let field = format!("start_windows.{field}");
        violations.check(is_near, field, reason::TOO_FAR_AHEAD, "must be at most 400 days ahead");
    }
}

/// The visit the query is about.
fn as_visit(query: &RecommendQuery, service: Option<&Service>, now_s: Timestamp) -> Visit {
    let target_s = service.map_or(DEFAULT_TARGET_S, |service| service.response_target_s);
    let limit_s = service.map_or(DEFAULT_LIMIT_S, |service| service.response_limit_s);
    let window = query.start_window.unwrap_or(TimeWindow::new(now_s, now_s + limit_s));
    let mut visit = Visit::new("recommendation", query.location, now_s, window);
    visit.due_time_s = query.start_window.is_none().then_some(now_s + target_s);
    visit.duration_s = query.duration_s.or(service.map(|service| service.duration_s)).unwrap_or(DEFAULT_DURATION_S);
    visit.priority = query.priority.or(service.map(|service| service.priority)).unwrap_or(Priority::Routine);
    if let Some(service) = service {
        visit.service_id = Some(service.id.clone());
        visit.required_skills.clone_from(&service.required_skills);
        visit.required_certificates.clone_from(&service.required_certificates);
    }
    for asked in &query.required_skills {
        // One skill asked for twice counts at its higher level.
        match visit.required_skills.iter_mut().find(|known| known.skill == asked.skill) {
            Some(known) => known.level = known.level.max(asked.level),
            None => visit.required_skills.push(asked.clone()),
        }
    }
    visit.required_certificates.extend_from_slice(&query.required_certificates);
    visit.preferred_technician_id.clone_from(&query.preferred_technician_id);
    visit.excluded_technician_ids.clone_from(&query.excluded_technician_ids);
    visit.required_languages.clone_from(&query.required_languages);
    visit.partners = match query.partners.as_slice() {
        [] => service.map(|service| service.partners.clone()).unwrap_or_default(),
        some => some.to_vec(),
    };
    visit.parts = match query.parts.as_slice() {
        [] => service.map(|service| service.parts.clone()).unwrap_or_default(),
        some => some.to_vec(),
    };
    visit
}

/// Field paths of the query instead of those of the visit made from it.
fn as_query_field(mut violation: crate::model::Violation) -> crate::model::Violation {
    let path = violation.field.trim_start_matches('.');
    violation.field = match path {
        "site.location" => "location".to_owned(),
        _ if path.starts_with("start_windows.") => path.replacen("start_windows", "start_window", 1),
        _ if path.starts_with("start_windows") => "start_window".to_owned(),
        _ => path.to_owned(),
    };
    violation
}

/// Ranks the best technicians and says why others cannot.
pub(super) fn answer(
    search: &Search<'_>,
    visit: &VisitFacts,
    max_results: u32,
    explain_rejected: u32,
) -> Recommendations {
    let count = if max_results == 0 { DEFAULT_RESULTS } else { max_results };
    let found = search.best(visit, count as usize, None);
    let is_everybody_known = found.len() < count as usize;
    let reasons = if is_everybody_known { reasons(search, visit) } else { personal_reasons(search, visit) };
    let recommendations =
        found.iter().zip(1u32..).map(|(insertion, rank)| recommendation(search, visit, insertion, rank)).collect();
    let rejected = match explain_rejected {
        0 => Vec::new(),
        most => nearest_misses(search, &Asked { facts: visit, number: None, position: None }, most as usize),
    };
    Recommendations { recommendations, reasons, policy_revision: search.policy.revision.clone(), rejected }
}

fn recommendation(search: &Search<'_>, visit: &VisitFacts, insertion: &Insertion, rank: u32) -> Recommendation {
    let explained = explain_insertion(search, visit, insertion);
    let earlier = search
        .plan
        .technician(insertion.technician)
        .map_or(0, |entry| entry.routes[..insertion.route].iter().map(|route| route.stops.len()).sum::<usize>());
    Recommendation {
        rank,
        technician_id: search.plan.technician_id(insertion.technician).to_owned(),
        position: u32::try_from(earlier + insertion.slot.position).unwrap_or(u32::MAX),
        arrival_s: insertion.slot.arrival_s,
        start_s: insertion.slot.start_s,
        added_travel_s: explained.as_ref().map_or(0, |explained| explained.added_travel_s),
        cost_milli: insertion.cost_milli,
        score_terms: explained.map(|explained| explained.terms.to_score()).unwrap_or_default(),
    }
}
