//! SearchNearbyTechnicians: the question as checked values, and the answer as bytes.
//!
//! This request reaches the engine unread, so every bound of the contract is checked here.

use dispatch_core::geo::{Availability, AvailabilitySet, LatLng, Polygon};
use dispatch_core::model::SkillLevel;
use prost::Message;

use crate::check::Checker;
use crate::error::WireError;
use crate::generated::dispatch::v1 as pb;
use crate::limits::MAX_QUERY_BYTES;
use crate::{polygon, reason, region, skill};

/// Technicians returned when the request does not say.
const DEFAULT_RESULTS: usize = 10;
const MAX_RESULTS: i64 = 1_000;
const MAX_RADIUS_M: f64 = 1_000_000.0;
/// Age of a position that still counts when the request does not say.
const DEFAULT_STALENESS_MS: i64 = 120_000;
/// Oldest position that a search may ask for.
pub const MAX_STALENESS_MS: i64 = 86_400_000;
const MAX_STATES: usize = 4;
const MAX_PARTNERS: usize = 16;
const MAX_EXCLUDED: usize = 1_000;
/// How a request names own staff among partners.
const OWN_STAFF: &str = "-";

/// How found technicians are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NearbyOrder {
    /// Nearest first.
    Distance,
    /// Shortest travel first.
    Eta,
    /// Who could be there first after finishing what is promised.
    SoonestFree,
}

/// A SearchNearbyTechniciansRequest with defaults filled in. Names are not yet looked up.
#[derive(Clone, Debug, PartialEq)]
pub struct NearbyQuery {
    /// Where to search.
    pub origin: LatLng,
    /// Most technicians to return, at least 1.
    pub limit: usize,
    /// Farthest distance in metres.
    pub max_distance_m: Option<f64>,
    /// Skills with the lowest level that will do.
    pub skills: Vec<SkillLevel>,
    /// Certificates that must hold.
    pub certificates: Vec<String>,
    /// When they must hold, milliseconds since the Unix epoch; `None` means now.
    pub certified_at_ms: Option<i64>,
    /// States that count.
    pub availability: AvailabilitySet,
    /// Oldest position that counts, milliseconds before now.
    pub max_staleness_ms: i64,
    /// Partners that count, `None` among them being own staff; no list means everybody.
    pub partners: Option<Vec<Option<String>>>,
    /// Technicians never to return.
    pub excluded: Vec<String>,
    /// Who comes first.
    pub order: NearbyOrder,
    /// Where positions must lie.
    pub within: Option<Polygon>,
}

/// One technician of the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct NearbyTechnician<'a> {
    /// Identifier.
    pub technician_id: &'a str,
    /// Last known position.
    pub place: LatLng,
    /// Great-circle distance in metres.
    pub distance_m: f64,
    /// Travel time in seconds.
    pub travel_s: i32,
    /// Age of the position in milliseconds.
    pub age_ms: i64,
    /// Seconds until free, 0 when free now.
    pub free_in_s: i32,
}

/// Reads a SearchNearbyTechniciansRequest of `region`.
///
/// # Errors
/// [`WireError::Decode`] when the bytes are no such message or too many; [`WireError::Invalid`] with every field out of
/// its bounds.
pub fn decode(message: &[u8], region: &str) -> Result<NearbyQuery, WireError> {
    if message.len() > MAX_QUERY_BYTES {
        return Err(WireError::too_large(message.len(), MAX_QUERY_BYTES));
    }
    let request = pb::SearchNearbyTechniciansRequest::decode(message)?;
    let mut checker = Checker::new(region);
    let query = convert(&mut checker, request);
    checker.finish(query)
}

fn convert(checker: &mut Checker<'_>, request: pb::SearchNearbyTechniciansRequest) -> NearbyQuery {
    checker.parent("parent", &request.parent);
    let origin = checker.place("location", request.location.as_ref());
    let limit = checker.integer("max_results", i64::from(request.max_results), 0, MAX_RESULTS);
    let radius_m = checker.number("radius_m", request.radius_m, 0.0, MAX_RADIUS_M);
    let skills = skill::required_skills(checker, request.required_skills);
    let certificates = skill::required_certificates(checker, request.required_certificates);
    let certified_at_s = checker.optional_instant_s("certificate_time", request.certificate_time.as_ref());
    let availability = states(checker, &request.states);
    let staleness_ms = checker.integer("max_staleness_ms", request.max_staleness_ms, 0, MAX_STALENESS_MS);
    let partners = partners(checker, request.partners);
    checker.at_most("excluded_technician_ids", request.excluded_technician_ids.len(), MAX_EXCLUDED);
    let order = checker.enumeration("order", request.order);
    let within = request.within.as_ref().and_then(|area| checker.at("within", |at| polygon::convert(at, area)));
    NearbyQuery {
        origin,
        limit: usize::try_from(limit).ok().filter(|&limit| limit > 0).unwrap_or(DEFAULT_RESULTS),
        max_distance_m: (radius_m > 0.0).then_some(radius_m),
        skills,
        certificates,
        certified_at_ms: certified_at_s.map(|at_s| at_s * 1_000),
        availability,
        max_staleness_ms: if staleness_ms == 0 { DEFAULT_STALENESS_MS } else { staleness_ms },
        partners,
        excluded: request.excluded_technician_ids,
        order: match order {
            Some(pb::SearchOrder::Eta) => NearbyOrder::Eta,
            Some(pb::SearchOrder::SoonestFree) => NearbyOrder::SoonestFree,
            _ => NearbyOrder::Distance,
        },
        within,
    }
}

fn states(checker: &mut Checker<'_>, states: &[i32]) -> AvailabilitySet {
    checker.at_most("states", states.len(), MAX_STATES);
    if states.is_empty() {
        return AvailabilitySet::of(&[Availability::Available]);
    }
    let mut wanted = Vec::with_capacity(MAX_STATES);
    for (index, &state) in states.iter().take(MAX_STATES).enumerate() {
        checker.item("states", index, |at| match at.enumeration("", state) {
            Some(pb::AvailabilityState::Unspecified) => {
                at.refuse("", reason::UNKNOWN_VALUE, "must be a state");
            }
            Some(state) => wanted.push(live_availability(state)),
            None => {}
        });
    }
    AvailabilitySet::of(&wanted)
}

/// The state as the live index keeps it; unspecified means available.
#[must_use]
pub fn live_availability(state: pb::AvailabilityState) -> Availability {
    match state {
        pb::AvailabilityState::Unspecified | pb::AvailabilityState::Available => Availability::Available,
        pb::AvailabilityState::Offline => Availability::Offline,
        pb::AvailabilityState::Paused => Availability::OnBreak,
    }
}

fn partners(checker: &mut Checker<'_>, partners: Vec<String>) -> Option<Vec<Option<String>>> {
    checker.at_most("partners", partners.len(), MAX_PARTNERS);
    let wanted = partners.into_iter().take(MAX_PARTNERS).enumerate().map(|(index, partner)| {
        let is_own = partner == OWN_STAFF;
        if !is_own {
            checker.item("partners", index, |at| {
                at.id("", &partner);
            });
        }
        (!is_own).then_some(partner)
    });
    let wanted: Vec<_> = wanted.collect();
    (!wanted.is_empty()).then_some(wanted)
}

/// Writes a SearchNearbyTechniciansResponse.
#[must_use]
pub fn encode(found: &[NearbyTechnician<'_>]) -> Vec<u8> {
    let technicians = found.iter().map(|technician| pb::NearbyTechnician {
        technician_id: technician.technician_id.to_owned(),
        location: Some(region::place(technician.place)),
        distance_m: technician.distance_m,
        travel_s: technician.travel_s,
        age_ms: technician.age_ms,
        free_in_s: technician.free_in_s,
    });
    pb::SearchNearbyTechniciansResponse { technicians: technicians.collect() }.encode_to_vec()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn request() -> pb::SearchNearbyTechniciansRequest {
        pb::SearchNearbyTechniciansRequest {
            parent: "regions/sf".into(),
            location: Some(pb::LatLng { lat_deg: 37.7, lon_deg: -122.4 }),
            ..Default::default()
        }
    }

    #[test]
    fn defaults_are_those_of_the_contract() {
        let query = decode(&request().encode_to_vec(), "sf").unwrap();
        assert_eq!((query.limit, query.max_distance_m, query.max_staleness_ms), (10, None, 120_000));
        assert_eq!(query.availability, AvailabilitySet::of(&[Availability::Available]));
        assert_eq!((query.partners, query.order), (None, NearbyOrder::Distance));
    }

    #[test]
    fn every_field_out_of_bounds_is_told() {
        let bad = pb::SearchNearbyTechniciansRequest {
            parent: String::new(),
            location: Some(pb::LatLng { lat_deg: 91.0, lon_deg: f64::INFINITY }),
            max_results: 1_001,
            radius_m: f64::NAN,
            required_skills: vec![pb::SkillLevel { skill: "Boiler".into(), level: 6 }],
            required_certificates: vec!["gas".into(), "gas".into(), "?".into()],
            certificate_time: Some(prost_types::Timestamp { seconds: i64::MAX, nanos: 0 }),
            states: vec![1, 0, 9],
            max_staleness_ms: -1,
            partners: vec!["-".into(), "A".into()],
            excluded_technician_ids: vec![String::new(); 1_001],
            order: 4,
            within: Some(pb::Polygon { outer: vec![pb::LatLng::default(); 2], holes: Vec::new() }),
        };
        let Err(WireError::Invalid { violations }) = decode(&bad.encode_to_vec(), "sf") else { panic!("accepted") };
        let found: Vec<_> = violations.iter().map(|v| (v.field.as_str(), v.reason)).collect();
        assert_eq!(
            found,
            [
                ("parent", reason::REQUIRED),
                ("location.lat_deg", reason::OUT_OF_RANGE),
                ("location.lon_deg", reason::NOT_FINITE),
                ("max_results", reason::OUT_OF_RANGE),
                ("radius_m", reason::NOT_FINITE),
                ("required_skills[0].skill", reason::BAD_FORMAT),
                ("required_skills[0].level", reason::OUT_OF_RANGE),
                ("required_certificates[2]", reason::BAD_FORMAT),
                ("certificate_time", reason::OUT_OF_RANGE),
                ("states[1]", reason::UNKNOWN_VALUE),
                ("states[2]", reason::UNKNOWN_VALUE),
                ("max_staleness_ms", reason::OUT_OF_RANGE),
                ("partners[1]", reason::BAD_FORMAT),
                ("excluded_technician_ids", reason::TOO_MANY_ITEMS),
                ("order", reason::UNKNOWN_VALUE),
                ("within.outer", reason::TOO_FEW_ITEMS),
            ]
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..128)) {
            let _ = decode(&bytes, "sf");
        }
    }
}
