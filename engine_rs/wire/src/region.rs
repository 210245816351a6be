//! Region and policy: what an engine is built from.

use dispatch_core::model::{LatLng, MAX_TIME_S, Policy, RegionConfig, TravelConfig, UtcOffset};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use prost::Message;

use crate::check::Checker;
use crate::error::{Violation, WireError};
use crate::generated::dispatch::v1 as pb;
use crate::limits::{MAX_POLICY_BYTES, MAX_REGION_BYTES};
use crate::{name, reason};

const DEFAULT_TIME_ZONE: &str = "UTC";
const DEFAULT_DETOUR_FACTOR: f64 = 1.3;
/// First instant with its own offset, 1970-01-01; earlier ones share its offset.
const FIRST_OFFSET_S: i64 = 0;
/// Last instant with its own offset, 2100-01-01; later ones share its offset.
const LAST_OFFSET_S: i64 = 4_102_444_800;

/// Reads a Region.
///
/// # Errors
/// [`WireError::Decode`] when the bytes are no such message or too many; [`WireError::Invalid`] with every field out of
/// its bounds, paths below `region`.
pub fn decode(message: &[u8]) -> Result<RegionConfig, WireError> {
    if message.len() > MAX_REGION_BYTES {
        return Err(WireError::too_large(message.len(), MAX_REGION_BYTES));
    }
    let region = pb::Region::decode(message)?;
    let id = name::region_of(&region.name).unwrap_or_default().to_owned();
    let mut checker = Checker::new(&id);
    let config = checker.at("region", |at| convert(at, &region));
    checker.absorb(|out| config.validate("region", out));
    checker.finish(config)
}

pub(crate) fn convert(checker: &mut Checker<'_>, region: &pb::Region) -> RegionConfig {
    checker.parent("name", &region.name);
    let center = checker.place("center", region.center.as_ref());
    let utc_offsets = utc_offsets(checker, &region.time_zone);
    RegionConfig { id: checker.region().to_owned(), center, travel: travel(region.travel_model.as_ref()), utc_offsets }
}

fn travel(model: Option<&pb::TravelModel>) -> TravelConfig {
    let Some(model) = model else { return TravelConfig::default() };
    let detour_factor = if model.detour_factor == 0.0 { DEFAULT_DETOUR_FACTOR } else { model.detour_factor };
    TravelConfig {
        detour_factor,
        speed_mps_by_hour: model.speed_mps_by_hour.clone(),
        fixed_leg_s: i64::from(model.fixed_leg_s),
    }
}

/// Turns the name of a time zone into its table of offsets. The zone data is compiled in: the same on every machine.
fn utc_offsets(checker: &mut Checker<'_>, time_zone: &str) -> Vec<UtcOffset> {
    let zone_name = if time_zone.is_empty() { DEFAULT_TIME_ZONE } else { time_zone };
    let Ok(zone) = TimeZone::get(zone_name) else {
        checker.refuse("time_zone", reason::UNKNOWN_TIME_ZONE, "is not a time zone of the IANA database");
        return Vec::new();
    };
    let first = Timestamp::constant(FIRST_OFFSET_S, 0);
    let begin = UtcOffset { from_s: FIRST_OFFSET_S, offset_s: i64::from(zone.to_offset(first).seconds()) };
    let later = zone.following(first).map(|transition| UtcOffset {
        from_s: transition.timestamp().as_second(),
        offset_s: i64::from(transition.offset().seconds()),
    });
    std::iter::once(begin).chain(later.take_while(|offset| offset.from_s < LAST_OFFSET_S)).collect()
}

/// Reads a policy from JSON; fields left out keep their defaults and unknown ones are refused.
///
/// # Errors
/// [`WireError::Decode`] when the text is no such JSON or too long; [`WireError::Invalid`] with every field out of its
/// bounds, paths below `policy`.
pub fn decode_policy(json: &str) -> Result<Policy, WireError> {
    if json.len() > MAX_POLICY_BYTES {
        return Err(WireError::too_large(json.len(), MAX_POLICY_BYTES));
    }
    let policy: Policy =
        serde_json::from_str(json).map_err(|error| WireError::malformed(format!("policy: {error}")))?;
    let mut checker = Checker::new("");
    checker.absorb(|out| policy.validate("policy", out));
    checker.finish(policy)
}

/// The error of a snapshot that belongs to another region.
pub(crate) fn wrong_region(field: &str, region: &str) -> WireError {
    let description = format!("must belong to region \"{region}\"");
    WireError::Invalid {
        violations: vec![Violation { field: field.to_owned(), reason: reason::WRONG_REGION, description }],
    }
}

/// A place as the contract has it.
pub(crate) fn place(place: LatLng) -> pb::LatLng {
    pb::LatLng { lat_deg: place.lat_deg, lon_deg: place.lon_deg }
}

/// An instant as the contract has it.
pub(crate) fn instant(instant_s: i64) -> prost_types::Timestamp {
    debug_assert!(instant_s <= MAX_TIME_S, "Invariant: the planner stays within the years 1 to 9999");
    prost_types::Timestamp { seconds: instant_s, nanos: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region() -> pb::Region {
        pb::Region {
            name: "regions/sf".into(),
            time_zone: "America/Los_Angeles".into(),
            center: Some(pb::LatLng { lat_deg: 37.77, lon_deg: -122.42 }),
            ..Default::default()
        }
    }

    fn offset_at(config: &RegionConfig, at_s: i64) -> i64 {
        config.utc_offsets.iter().rev().find(|offset| offset.from_s <= at_s).unwrap().offset_s
    }

    #[test]
    fn a_time_zone_becomes_a_table_with_its_summer_times() {
        let config = decode(&region().encode_to_vec()).unwrap();
        assert_eq!(offset_at(&config, 1_210_000_000), -7 * 3_600, "May 2008");
        assert_eq!(offset_at(&config, 1_200_000_000), -8 * 3_600, "January 2008");
        assert_eq!(offset_at(&config, 1_783_000_000), -7 * 3_600, "July 2026");
        assert_eq!(config.utc_offsets[0].from_s, 0);
    }

    #[test]
    fn no_time_zone_means_utc() {
        let config = decode(&pb::Region { time_zone: String::new(), ..region() }.encode_to_vec()).unwrap();
        assert_eq!(config.utc_offsets, [UtcOffset { from_s: 0, offset_s: 0 }]);
        assert_eq!((config.id.as_str(), config.travel.detour_factor), ("sf", 1.3));
    }

    #[test]
    fn all_that_is_wrong_with_a_region_is_told_at_once() {
        let bad = pb::Region {
            name: "sf".into(),
            time_zone: "Mars/Olympus".into(),
            center: Some(pb::LatLng { lat_deg: f64::NAN, lon_deg: 0.0 }),
            travel_model: Some(pb::TravelModel { detour_factor: 9.0, speed_mps_by_hour: vec![1.0], fixed_leg_s: -1 }),
            ..Default::default()
        };
        let Err(WireError::Invalid { violations }) = decode(&bad.encode_to_vec()) else { panic!("accepted") };
        let fields: Vec<_> = violations.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "region.name",
                "region.center.lat_deg",
                "region.time_zone",
                "region.travel_model.detour_factor",
                "region.travel_model.speed_mps_by_hour",
                "region.travel_model.fixed_leg_s",
            ]
        );
    }

    #[test]
    fn a_policy_keeps_the_defaults_it_does_not_name() {
        let policy = decode_policy(r#"{"revision": "r2", "max_visits": 12}"#).unwrap();
        assert_eq!((policy.revision.as_str(), policy.max_visits), ("r2", 12));
        assert_eq!(policy.notice_s, Policy::default().notice_s);
        assert!(matches!(decode_policy(r#"{"max_visit": 1}"#), Err(WireError::Decode { .. })));
        assert!(matches!(decode_policy(r#"{"notice_s": -1}"#), Err(WireError::Invalid { .. })));
    }
}
