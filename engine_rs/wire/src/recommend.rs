//! RecommendTechnicians: the question as checked values, and the answer as bytes.
//!
//! This request reaches the engine unread, so every bound of the contract is checked here.

use dispatch_core::live::{RecommendQuery, Recommendation, Recommendations};
use prost::Message;

use crate::check::Checker;
use crate::error::WireError;
use crate::generated::dispatch::v1 as pb;
use crate::limits::MAX_QUERY_BYTES;
use crate::name::Collection;
use crate::{explanation, region, scope, service, skill, visit};

const MAX_DURATION_S: i64 = 86_400;
const MAX_RESULTS: i64 = 20;
const MAX_EXCLUDED: usize = 50;
const MAX_REJECTED: i64 = 1_000;

/// Reads a RecommendTechniciansRequest of `region`.
///
/// # Errors
/// [`WireError::Decode`] when the bytes are no such message or too many; [`WireError::Invalid`] with every field out of
/// its bounds.
pub fn decode(message: &[u8], region: &str) -> Result<RecommendQuery, WireError> {
    if message.len() > MAX_QUERY_BYTES {
        return Err(WireError::too_large(message.len(), MAX_QUERY_BYTES));
    }
    let request = pb::RecommendTechniciansRequest::decode(message)?;
    let mut checker = Checker::new(region);
    let query = convert(&mut checker, request);
    checker.finish(query)
}

fn convert(checker: &mut Checker<'_>, request: pb::RecommendTechniciansRequest) -> RecommendQuery {
    checker.parent("parent", &request.parent);
    RecommendQuery {
        location: checker.place("location", request.location.as_ref()),
        service_id: checker.optional_reference("service", &request.service, Collection::Services).map(str::to_owned),
        required_skills: skill::required_skills(checker, request.required_skills),
        required_certificates: skill::required_certificates(checker, request.required_certificates),
        start_window: request.start_window.as_ref().map(|window| checker.window("start_window", Some(window))),
        duration_s: {
            let duration_s = checker.integer("duration_s", i64::from(request.duration_s), 0, MAX_DURATION_S);
            (duration_s > 0).then_some(duration_s)
        },
        priority: service::priority(checker, request.priority),
        max_results: checker.small("max_results", request.max_results, MAX_RESULTS),
        preferred_technician_id: checker
            .optional_id("preferred_technician_id", &request.preferred_technician_id)
            .map(str::to_owned),
        excluded_technician_ids: {
            checker.at_most("excluded_technician_ids", request.excluded_technician_ids.len(), MAX_EXCLUDED);
            request.excluded_technician_ids
        },
        required_languages: scope::languages(checker, "required_languages", request.required_languages),
        partners: scope::partners(checker, request.partners),
        parts: scope::parts(checker, request.parts, scope::MAX_TAKEN),
        explain_rejected: checker.small("explain_rejected", request.explain_rejected, MAX_REJECTED),
    }
}

/// Writes a RecommendTechniciansResponse.
#[must_use]
pub fn encode(region: &str, found: &Recommendations) -> Vec<u8> {
    let response = pb::RecommendTechniciansResponse {
        recommendations: found.recommendations.iter().map(recommendation).collect(),
        reasons: visit::encode_reasons(&found.reasons),
        policy_revision: found.policy_revision.clone(),
        rejected: found.rejected.iter().map(|miss| explanation::miss(region, miss)).collect(),
    };
    response.encode_to_vec()
}

fn recommendation(found: &Recommendation) -> pb::Recommendation {
    pb::Recommendation {
        rank: visit::count(found.rank),
        technician_id: found.technician_id.clone(),
        position: visit::count(found.position),
        arrival_time: Some(region::instant(found.arrival_s)),
        start_time: Some(region::instant(found.start_s)),
        added_travel_s: visit::clamped(found.added_travel_s),
        cost_milli: found.cost_milli,
        score_terms: visit::encode_terms(&found.score_terms),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reason;

    #[test]
    fn every_field_out_of_bounds_is_told() {
        let bad = pb::RecommendTechniciansRequest {
            parent: "regions/la".into(),
            location: None,
            service: "regions/sf/services".into(),
            required_skills: vec![pb::SkillLevel { skill: "a".into(), level: 0 }; 17],
            start_window: Some(pb::TimeWindow::default()),
            duration_s: 86_401,
            priority: -1,
            max_results: 21,
            preferred_technician_id: "Ä".into(),
            excluded_technician_ids: vec!["a".into(); 51],
            ..Default::default()
        };
        let Err(WireError::Invalid { violations }) = decode(&bad.encode_to_vec(), "sf") else { panic!("accepted") };
        for expected in [
            ("parent", reason::WRONG_REGION),
            ("location", reason::REQUIRED),
            ("service", reason::BAD_FORMAT),
            ("required_skills", reason::TOO_MANY_ITEMS),
            ("required_skills[0].level", reason::OUT_OF_RANGE),
            ("start_window.start_time", reason::REQUIRED),
            ("start_window.end_time", reason::REQUIRED),
            ("duration_s", reason::OUT_OF_RANGE),
            ("priority", reason::UNKNOWN_VALUE),
            ("max_results", reason::OUT_OF_RANGE),
            ("preferred_technician_id", reason::BAD_FORMAT),
            ("excluded_technician_ids", reason::TOO_MANY_ITEMS),
        ] {
            assert!(violations.iter().any(|v| (v.field.as_str(), v.reason) == expected), "{expected:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..128)) {
            let _ = decode(&bytes, "sf");
        }
    }
}
