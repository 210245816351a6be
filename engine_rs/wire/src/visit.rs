//! Visit: what is asked for, and for one read from the store also its state, placement and times.

use dispatch_core::model::{Placement, Rule, ScoreTerm, Term, UnassignedReason, Visit, VisitState, VisitTimes};
use prost_types::Timestamp;

use crate::check::Checker;
use crate::generated::dispatch::v1 as pb;
use crate::name::Collection;
use crate::{pin, reason, region, scope, service, skill, ties};

const MAX_WINDOWS: usize = 16;
/// Those named by the booking and those who declined since.
const MAX_EXCLUDED: usize = 1_000;
const MAX_TERMS: usize = Term::COUNT;
const MAX_REASONS: usize = Rule::ALL.len();

/// Reads a visit to be added: state, placement and times are ignored.
pub(crate) fn convert_new(checker: &mut Checker<'_>, visit: pb::Visit) -> Visit {
    let ties = ties::convert(checker, &visit);
    Visit {
        id: checker.reference("name", &visit.name, Collection::Visits).to_owned(),
        location: checker.required("site", visit.site.as_ref()).map_or_else(Default::default, |site| {
            checker.at("site", |at| at.place("location", site.location.as_ref()))
        }),
        priority: service::priority(checker, visit.priority).unwrap_or_default(),
        request_time_s: checker.instant_s("request_time", visit.request_time.as_ref()),
        start_windows: {
            checker.at_most("start_windows", visit.start_windows.len(), MAX_WINDOWS);
            let windows = visit.start_windows.iter().take(MAX_WINDOWS).enumerate();
            windows.map(|(index, window)| checker.item("start_windows", index, |at| at.open_window(window))).collect()
        },
        blackouts: {
            checker.at_most("blackouts", visit.blackouts.len(), MAX_WINDOWS);
            let dark = visit.blackouts.iter().take(MAX_WINDOWS).enumerate();
            dark.map(|(index, window)| checker.item("blackouts", index, |at| at.open_window(window))).collect()
        },
        due_time_s: checker.optional_instant_s("due_time", visit.due_time.as_ref()),
        duration_s: i64::from(visit.duration_s),
        required_skills: skill::required_skills(checker, visit.required_skills),
        required_certificates: skill::required_certificates(checker, visit.required_certificates),
        required_technician_id: technician(checker, "required_technician", &visit.required_technician),
        preferred_technician_id: technician(checker, "preferred_technician", &visit.preferred_technician),
        excluded_technician_ids: excluded(checker, &visit.excluded_technicians),
        required_languages: scope::languages(checker, "required_languages", visit.required_languages),
        partners: scope::partners(checker, visit.partners),
        parts: scope::parts(checker, visit.parts, scope::MAX_TAKEN),
        service_id: checker.optional_reference("service", &visit.service, Collection::Services).map(str::to_owned),
        ties,
        pin: None,
        state: VisitState::Unassigned,
        placement: None,
        times: VisitTimes::default(),
        unassigned_reasons: Vec::new(),
    }
}

/// Reads a visit as the store has it.
pub(crate) fn convert_stored(checker: &mut Checker<'_>, mut visit: pb::Visit) -> Visit {
    let state = state(checker, visit.state);
    let placement = visit.placement.take().map(|placed| checker.at("placement", |at| placement(at, placed)));
    let times = visit.times.take().map(|happened| checker.at("times", |at| times(at, &happened))).unwrap_or_default();
    let unassigned_reasons = reasons(checker, std::mem::take(&mut visit.unassigned_reasons));
    let pin = visit.pin.take().map(|held| Box::new(checker.at("pin", |at| pin::convert(at, &held))));
    Visit { state, placement, times, unassigned_reasons, pin, ..convert_new(checker, visit) }
}

fn technician(checker: &mut Checker<'_>, field: &str, full_name: &str) -> Option<String> {
    checker.optional_reference(field, full_name, Collection::Technicians).map(str::to_owned)
}

fn excluded(checker: &mut Checker<'_>, full_names: &[String]) -> Vec<String> {
    checker.at_most("excluded_technicians", full_names.len(), MAX_EXCLUDED);
    let named = full_names.iter().take(MAX_EXCLUDED).enumerate();
    named
        .map(|(index, full_name)| {
            checker.item("excluded_technicians", index, |at| at.reference("", full_name, Collection::Technicians))
        })
        .map(str::to_owned)
        .collect()
}

fn state(checker: &mut Checker<'_>, state: i32) -> VisitState {
    match checker.enumeration("state", state) {
        Some(pb::VisitState::Unspecified) => {
            checker.refuse("state", reason::REQUIRED, "is required");
            VisitState::Unassigned
        }
        Some(pb::VisitState::Unassigned) | None => VisitState::Unassigned,
        Some(pb::VisitState::Planned) => VisitState::Planned,
        Some(pb::VisitState::Accepted) => VisitState::Accepted,
        Some(pb::VisitState::EnRoute) => VisitState::EnRoute,
        Some(pb::VisitState::Arrived) => VisitState::Arrived,
        Some(pb::VisitState::InService) => VisitState::InService,
        Some(pb::VisitState::Completed) => VisitState::Completed,
        Some(pb::VisitState::Failed) => VisitState::Failed,
        Some(pb::VisitState::Cancelled) => VisitState::Cancelled,
        Some(pb::VisitState::Expired) => VisitState::Expired,
    }
}

fn placement(checker: &mut Checker<'_>, placed: pb::Placement) -> Placement {
    checker.at_most("score_terms", placed.score_terms.len(), MAX_TERMS);
    let terms = placed.score_terms.iter().take(MAX_TERMS).enumerate();
    Placement {
        technician_id: checker.reference("technician", &placed.technician, Collection::Technicians).to_owned(),
        position: checker.small("position", placed.position, i64::from(i32::MAX)),
        arrival_s: checker.instant_s("arrival_time", placed.arrival_time.as_ref()),
        start_s: checker.instant_s("start_time", placed.start_time.as_ref()),
        end_s: checker.instant_s("end_time", placed.end_time.as_ref()),
        travel_s: i64::from(placed.travel_s),
        travel_m: i64::from(placed.travel_m),
        score_terms: terms
            .filter_map(|(index, term)| checker.item("score_terms", index, |at| score_term(at, term)))
            .collect(),
        cost_milli: placed.cost_milli,
        policy_revision: placed.policy_revision,
    }
}

fn score_term(checker: &mut Checker<'_>, term: &pb::ScoreTerm) -> Option<ScoreTerm> {
    let Some(known) = Term::from_name(&term.term) else {
        checker.refuse("term", reason::UNKNOWN_VALUE, "is not a term of the score");
        return None;
    };
    Some(ScoreTerm { term: known, quantity: term.quantity, cost_milli: term.cost_milli })
}

fn times(checker: &mut Checker<'_>, happened: &pb::VisitTimes) -> VisitTimes {
    VisitTimes {
        assign_s: checker.optional_instant_s("assign_time", happened.assign_time.as_ref()),
        accept_s: checker.optional_instant_s("accept_time", happened.accept_time.as_ref()),
        depart_s: checker.optional_instant_s("depart_time", happened.depart_time.as_ref()),
        arrive_s: checker.optional_instant_s("arrive_time", happened.arrive_time.as_ref()),
        start_s: checker.optional_instant_s("start_time", happened.start_time.as_ref()),
        end_s: checker.optional_instant_s("end_time", happened.end_time.as_ref()),
        reassignment_count: checker.small("reassignment_count", happened.reassignment_count, i64::from(i32::MAX)),
    }
}

fn reasons(checker: &mut Checker<'_>, reasons: Vec<pb::UnassignedReason>) -> Vec<UnassignedReason> {
    checker.at_most("unassigned_reasons", reasons.len(), MAX_REASONS);
    let told = reasons.into_iter().take(MAX_REASONS).enumerate();
    told.filter_map(|(index, told)| {
        checker.item("unassigned_reasons", index, |at| {
            let Some(rule) = Rule::from_number(told.rule) else {
                at.refuse("rule", reason::UNKNOWN_VALUE, "is not a rule");
                return None;
            };
            let technician_count = at.small("technician_count", told.technician_count, i64::from(i32::MAX));
            Some(UnassignedReason { rule, technician_count, detail: told.detail })
        })
    })
    .collect()
}

/// A placement as the contract has it.
pub(crate) fn encode_placement(region: &str, placed: &Placement) -> pb::Placement {
    pb::Placement {
        technician: Collection::Technicians.name(region, &placed.technician_id),
        position: count(placed.position),
        arrival_time: Some(region::instant(placed.arrival_s)),
        start_time: Some(region::instant(placed.start_s)),
        end_time: Some(region::instant(placed.end_s)),
        travel_s: clamped(placed.travel_s),
        travel_m: clamped(placed.travel_m),
        score_terms: encode_terms(&placed.score_terms),
        cost_milli: placed.cost_milli,
        policy_revision: placed.policy_revision.clone(),
    }
}

/// Priced terms as the contract has them.
pub(crate) fn encode_terms(terms: &[ScoreTerm]) -> Vec<pb::ScoreTerm> {
    let terms = terms.iter().map(|term| pb::ScoreTerm {
        term: term.term.name().to_owned(),
        quantity: term.quantity,
        unit: term.term.unit().to_owned(),
        cost_milli: term.cost_milli,
    });
    terms.collect()
}

/// Times as the contract has them.
pub(crate) fn encode_times(times: &VisitTimes) -> pb::VisitTimes {
    let instant = |instant_s: Option<i64>| -> Option<Timestamp> { instant_s.map(region::instant) };
    pb::VisitTimes {
        assign_time: instant(times.assign_s),
        accept_time: instant(times.accept_s),
        depart_time: instant(times.depart_s),
        arrive_time: instant(times.arrive_s),
        start_time: instant(times.start_s),
        end_time: instant(times.end_s),
        reassignment_count: count(times.reassignment_count),
    }
}

/// Reasons as the contract has them.
pub(crate) fn encode_reasons(reasons: &[UnassignedReason]) -> Vec<pb::UnassignedReason> {
    let reasons = reasons.iter().map(|told| pb::UnassignedReason {
        rule: told.rule as i32,
        technician_count: count(told.technician_count),
        detail: told.detail.clone(),
    });
    reasons.collect()
}

/// A count as the contract has it; what does not fit stays at the field's end.
pub(crate) fn count(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

/// A span as the contract has it; what does not fit stays at the field's end.
pub(crate) fn clamped(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(if value < 0 { i32::MIN } else { i32::MAX })
}
