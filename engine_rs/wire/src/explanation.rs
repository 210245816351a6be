//! ExplainAssignment, ExplainUnassigned, CompareCandidates and EvaluatePlan: questions as checked values, answers as bytes.
//!
//! The server has checked these requests by the contract; what is checked here again is what the engine relies on.

use dispatch_core::explain::Relaxation;
use dispatch_core::live::{
    Candidate, Detail, Evaluated, Explained, Missed, OrderViolation, OrderedRoute, Verdict, VisitOrder,
};
use dispatch_core::model::Rule;
use prost::Message;

use crate::check::Checker;
use crate::error::WireError;
use crate::generated::dispatch::v1 as pb;
use crate::limits::{MAX_COMMAND_BYTES, MAX_QUERY_BYTES};
use crate::name::Collection;
use crate::{region, visit};

const MAX_CANDIDATES: i64 = 50;
const MAX_MISSES: i64 = 1_000;
const MAX_NAMED: usize = 100;
const MAX_ORDERS: usize = 100;
const MAX_ORDERED: usize = 500;
const DEFAULT_CANDIDATES: usize = 3;
const DEFAULT_MISSES: usize = 10;

/// Reads an ExplainAssignmentRequest of `region`: which visit, and how much is to be told.
///
/// # Errors
/// [`WireError::Decode`] when the bytes are no such message or too many; [`WireError::Invalid`] with every field out of
/// its bounds.
pub fn decode_assignment(message: &[u8], region: &str) -> Result<(String, Detail), WireError> {
    let request = pb::ExplainAssignmentRequest::decode(bounded(message, MAX_QUERY_BYTES)?)?;
    let mut checker = Checker::new(region);
    let visit_id = checker.reference("name", &request.name, Collection::Visits).to_owned();
    checker.at_most("technicians", request.technicians.len(), MAX_NAMED);
    let named = request.technicians.iter().take(MAX_NAMED).enumerate();
    let technician_ids = named.map(|(index, name)| {
        checker.item("technicians", index, |at| at.reference("", name, Collection::Technicians)).to_owned()
    });
    let technician_ids = technician_ids.collect();
    let max_candidates =
        or_default(checker.small("max_candidates", request.max_candidates, MAX_CANDIDATES), DEFAULT_CANDIDATES);
    let max_misses = or_default(checker.small("max_misses", request.max_misses, MAX_MISSES), DEFAULT_MISSES);
    checker.finish((visit_id, Detail { max_candidates, max_misses, technician_ids }))
}

/// Reads an ExplainUnassignedRequest of `region`.
///
/// # Errors
/// As [`decode_assignment`].
pub fn decode_unassigned(message: &[u8], region: &str) -> Result<(String, Detail), WireError> {
    let request = pb::ExplainUnassignedRequest::decode(bounded(message, MAX_QUERY_BYTES)?)?;
    let mut checker = Checker::new(region);
    let visit_id = checker.reference("name", &request.name, Collection::Visits).to_owned();
    let max_misses = or_default(checker.small("max_misses", request.max_misses, MAX_MISSES), DEFAULT_MISSES);
    let max_candidates = DEFAULT_CANDIDATES;
    checker.finish((visit_id, Detail { max_candidates, max_misses, technician_ids: Vec::new() }))
}

/// Reads a CompareCandidatesRequest of `region`: which visit and which two technicians.
///
/// # Errors
/// As [`decode_assignment`].
pub fn decode_comparison(message: &[u8], region: &str) -> Result<(String, [String; 2]), WireError> {
    let request = pb::CompareCandidatesRequest::decode(bounded(message, MAX_QUERY_BYTES)?)?;
    let mut checker = Checker::new(region);
    let visit_id = checker.reference("name", &request.name, Collection::Visits).to_owned();
    let one = checker.reference("technician", &request.technician, Collection::Technicians).to_owned();
    let other = checker.reference("other_technician", &request.other_technician, Collection::Technicians).to_owned();
    checker.finish((visit_id, [one, other]))
}

/// Reads an EvaluatePlanRequest of `region`.
///
/// # Errors
/// As [`decode_assignment`].
pub fn decode_orders(message: &[u8], region: &str) -> Result<Vec<VisitOrder>, WireError> {
    let request = pb::EvaluatePlanRequest::decode(bounded(message, MAX_COMMAND_BYTES)?)?;
    let mut checker = Checker::new(region);
    checker.parent("name", request.name.strip_suffix("/plan").unwrap_or(&request.name));
    checker.some_but_at_most("orders", request.orders.len(), MAX_ORDERS);
    let orders = request.orders.into_iter().take(MAX_ORDERS).enumerate();
    let orders = orders.map(|(index, order)| checker.item("orders", index, |at| visit_order(at, &order)));
    let orders = orders.collect();
    checker.finish(orders)
}

fn visit_order(checker: &mut Checker<'_>, order: &pb::VisitOrder) -> VisitOrder {
    let technician_id = checker.reference("technician", &order.technician, Collection::Technicians).to_owned();
    checker.at_most("visits", order.visits.len(), MAX_ORDERED);
    let visits = order.visits.iter().take(MAX_ORDERED).enumerate();
    let visit_ids = visits
        .map(|(index, name)| checker.item("visits", index, |at| at.reference("", name, Collection::Visits)).to_owned());
    VisitOrder { technician_id, visit_ids: visit_ids.collect() }
}

fn bounded(message: &[u8], most: usize) -> Result<&[u8], WireError> {
    if message.len() > most { Err(WireError::too_large(message.len(), most)) } else { Ok(message) }
}

fn or_default(value: usize, default: usize) -> usize {
    if value == 0 { default } else { value }
}

/// Writes an ExplainAssignmentResponse.
#[must_use]
pub fn encode_assignment(region: &str, explained: &Explained, policy_revision: &str) -> Vec<u8> {
    let response = pb::ExplainAssignmentResponse {
        technician_id: explained.technician_id.clone().unwrap_or_default(),
        candidates: explained.candidates.iter().map(candidate).collect(),
        misses: explained.misses.iter().map(|found| miss(region, found)).collect(),
        reasons: visit::encode_reasons(&explained.reasons),
        candidate_count: visit::count(explained.candidate_count),
        policy_revision: policy_revision.to_owned(),
    };
    response.encode_to_vec()
}

/// Writes an ExplainUnassignedResponse.
#[must_use]
pub fn encode_unassigned(region: &str, explained: &Explained, policy_revision: &str) -> Vec<u8> {
    let response = pb::ExplainUnassignedResponse {
        reasons: visit::encode_reasons(&explained.reasons),
        misses: explained.misses.iter().map(|found| miss(region, found)).collect(),
        relaxations: explained.relaxations.iter().map(relaxation).collect(),
        candidates: explained.candidates.iter().map(candidate).collect(),
        policy_revision: policy_revision.to_owned(),
    };
    response.encode_to_vec()
}

/// Writes a CompareCandidatesResponse.
#[must_use]
pub fn encode_comparison(region: &str, verdicts: &[Verdict; 2], policy_revision: &str) -> Vec<u8> {
    let preferred = verdicts.iter().flatten().find(|found| found.rank == 1);
    let response = pb::CompareCandidatesResponse {
        verdict: Some(verdict(region, &verdicts[0])),
        other_verdict: Some(verdict(region, &verdicts[1])),
        preferred_technician_id: preferred.map(|found| found.technician_id.clone()).unwrap_or_default(),
        policy_revision: policy_revision.to_owned(),
    };
    response.encode_to_vec()
}

/// Writes an EvaluatePlanResponse.
#[must_use]
pub fn encode_orders(region: &str, evaluated: &Evaluated, policy_revision: &str) -> Vec<u8> {
    let cost_milli = evaluated.routes.iter().map(|route| route.cost_milli).sum();
    let planned_milli: i64 = evaluated.routes.iter().map(|route| route.planned_cost_milli).sum();
    let response = pb::EvaluatePlanResponse {
        routes: evaluated.routes.iter().map(|route| ordered_route(region, route)).collect(),
        violations: evaluated.violations.iter().map(|found| violation(region, found)).collect(),
        cost_milli,
        cost_change_milli: cost_milli - planned_milli,
        policy_revision: policy_revision.to_owned(),
    };
    response.encode_to_vec()
}

fn verdict(region: &str, found: &Verdict) -> pb::CandidateVerdict {
    use pb::candidate_verdict::Verdict as Oneof;
    let verdict = match found {
        Ok(found) => Oneof::Candidate(candidate(found)),
        Err(found) => Oneof::Miss(miss(region, found)),
    };
    pb::CandidateVerdict { verdict: Some(verdict) }
}

fn candidate(found: &Candidate) -> pb::Candidate {
    pb::Candidate {
        rank: visit::count(found.rank),
        technician_id: found.technician_id.clone(),
        position: visit::count(found.position),
        arrival_time: Some(region::instant(found.arrival_s)),
        start_time: Some(region::instant(found.start_s)),
        added_travel_s: visit::clamped(found.added_travel_s),
        cost_milli: found.cost_milli,
        score_terms: visit::encode_terms(&found.score_terms),
        gap_milli: found.gap_milli,
        gap_terms: visit::encode_terms(&found.gap_terms),
    }
}

/// A miss as the contract has it.
pub(crate) fn miss(region: &str, found: &Missed) -> pb::RuleMiss {
    let blocked = found.blocked_visit_id.as_ref();
    pb::RuleMiss {
        technician_id: found.technician_id.clone(),
        rule: found.rule as i32,
        amount: found.amount,
        unit: found.rule.unit().to_owned(),
        blocked_visit: blocked.map(|id| Collection::Visits.name(region, id)).unwrap_or_default(),
        detail: found.detail.clone(),
    }
}

fn relaxation(found: &Relaxation) -> pb::Relaxation {
    use pb::RelaxationType as Type;
    let of = |kind: Type| pb::Relaxation { r#type: kind as i32, ..pb::Relaxation::default() };
    let mut told = match found {
        Relaxation::LaterEnd { seconds } => pb::Relaxation { seconds: *seconds, ..of(Type::LaterEnd) },
        Relaxation::ShorterWork { seconds } => pb::Relaxation { seconds: *seconds, ..of(Type::ShorterWork) },
        Relaxation::Skill { skill, level } => {
            pb::Relaxation { skill: skill.clone(), level: i32::from(*level), ..of(Type::LowerSkill) }
        }
        Relaxation::SkillHolder { technician_id, skill, level } => pb::Relaxation {
            technician_id: technician_id.clone(),
            skill: skill.clone(),
            level: i32::from(*level),
            ..of(Type::SkillHolder)
        },
        Relaxation::Certificate { certificate } => {
            pb::Relaxation { certificate: certificate.clone(), ..of(Type::NoCertificate) }
        }
        Relaxation::Technician => of(Type::Anybody),
        Relaxation::Language => of(Type::AnyLanguage),
        Relaxation::Partner => of(Type::AnyPartner),
        Relaxation::Part { part } => pb::Relaxation { part: part.clone(), ..of(Type::NoPart) },
        Relaxation::Blackout => of(Type::NoBlackout),
        Relaxation::Overtime { technician_id, seconds } => {
            pb::Relaxation { technician_id: technician_id.clone(), seconds: *seconds, ..of(Type::Overtime) }
        }
    };
    told.detail = found.to_string();
    told
}

fn ordered_route(region: &str, route: &OrderedRoute) -> pb::EvaluatedRoute {
    let stops = route.stops.iter().map(|stop| pb::EvaluatedStop {
        visit: Collection::Visits.name(region, &stop.visit_id),
        arrival_time: Some(region::instant(stop.arrival_s)),
        start_time: Some(region::instant(stop.start_s)),
        end_time: Some(region::instant(stop.end_s)),
    });
    pb::EvaluatedRoute {
        technician: Collection::Technicians.name(region, &route.technician_id),
        stops: stops.collect(),
        end_time: (!route.stops.is_empty()).then(|| region::instant(route.end_s)),
        travel_s: route.travel_s,
        score_terms: visit::encode_terms(&route.score_terms),
        cost_milli: route.cost_milli,
        planned_cost_milli: route.planned_cost_milli,
    }
}

fn violation(region: &str, found: &OrderViolation) -> pb::OrderViolation {
    let rule: Rule = found.rule;
    pb::OrderViolation {
        technician: Collection::Technicians.name(region, &found.technician_id),
        visit: Collection::Visits.name(region, &found.visit_id),
        rule: rule as i32,
        amount: found.amount,
        unit: rule.unit().to_owned(),
        detail: found.detail.clone(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reason;

    #[test]
    fn every_field_out_of_bounds_is_told() {
        let bad = pb::EvaluatePlanRequest {
            name: "regions/la/plan".into(),
            orders: vec![pb::VisitOrder { technician: "anna".into(), visits: vec!["regions/sf/visits/".into()] }],
        };
        let Err(WireError::Invalid { violations }) = decode_orders(&bad.encode_to_vec(), "sf") else {
            panic!("accepted")
        };
        let told: Vec<_> = violations.iter().map(|found| (found.field.as_str(), found.reason)).collect();
        let expected = [
            ("name", reason::WRONG_REGION),
            ("orders[0].technician", reason::BAD_FORMAT),
            ("orders[0].visits[0]", reason::BAD_FORMAT),
        ];
        assert_eq!(told, expected);
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..128)) {
            let _ = decode_assignment(&bytes, "sf");
            let _ = decode_unassigned(&bytes, "sf");
            let _ = decode_comparison(&bytes, "sf");
            let _ = decode_orders(&bytes, "sf");
        }
    }
}
