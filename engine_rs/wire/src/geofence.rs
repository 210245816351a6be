//! Geofences in, their events out. Used by the engine's fences; the contract's bounds are all checked here.

use dispatch_core::geo::LatLng;
use dispatch_core::geo::fence::{Fence, FenceShape};
use prost::Message;

use crate::check::Checker;
use crate::error::WireError;
use crate::generated::dispatch::engine::v1 as engine;
use crate::generated::dispatch::v1 as pb;
use crate::limits::{MAX_GEOFENCE_BYTES, MAX_SNAPSHOT_BYTES};
use crate::name::Collection;
use crate::{polygon, reason, region};

const MIN_RADIUS_M: f64 = 5.0;
const MAX_RADIUS_M: f64 = 100_000.0;
const MAX_DWELL_S: i64 = 86_400;
const MAX_HYSTERESIS_M: f64 = 1_000.0;
/// How far outside somebody must be to have left when the geofence does not say.
pub const DEFAULT_HYSTERESIS_M: f64 = 20.0;

/// What a refused shape is taken for while the rest is checked.
const STAND_IN: FenceShape =
    FenceShape::Circle { centre: LatLng { lat_deg: 0.0, lon_deg: 0.0 }, radius_m: MIN_RADIUS_M };

/// A geofence as the engine keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedFence {
    /// Identifier of the geofence.
    pub id: String,
    /// What it is.
    pub fence: Fence,
}

/// What happened at a boundary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoundaryEvent {
    /// Came in.
    Enter,
    /// Left.
    Exit,
    /// Stayed long enough.
    Dwell,
    /// Passed through between two fixes.
    Cross,
}

/// Where an event happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventPlace<'a> {
    /// A geofence, by identifier.
    Geofence(&'a str),
    /// The site of a visit, by the visit's identifier.
    Visit(&'a str),
}

/// One event as it is told.
#[derive(Clone, Debug, PartialEq)]
pub struct EventView<'a> {
    /// Number, strictly increasing in one region.
    pub sequence: i64,
    /// What.
    pub kind: BoundaryEvent,
    /// Where.
    pub place: EventPlace<'a>,
    /// Identifier of the technician.
    pub technician_id: &'a str,
    /// When, milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// Position of the fix that caused it, if one did.
    pub location: Option<LatLng>,
}

/// Reads a Geofence of `region`; paths begin with "geofence", as in the requests that carry one.
///
/// # Errors
/// [`WireError::Decode`] when the bytes are no such message or too many; [`WireError::Invalid`] with every field out of
/// its bounds.
pub fn decode(message: &[u8], region: &str) -> Result<NamedFence, WireError> {
    if message.len() > MAX_GEOFENCE_BYTES {
        return Err(WireError::too_large(message.len(), MAX_GEOFENCE_BYTES));
    }
    let geofence = pb::Geofence::decode(message)?;
    let mut checker = Checker::new(region);
    let named = checker.at("geofence", |at| convert(at, &geofence));
    checker.finish(named)
}

/// Reads a ListGeofencesResponse: every geofence of `region` as the store has it.
///
/// # Errors
/// As [`decode`].
pub fn decode_all(message: &[u8], region: &str) -> Result<Vec<NamedFence>, WireError> {
    if message.len() > MAX_SNAPSHOT_BYTES {
        return Err(WireError::too_large(message.len(), MAX_SNAPSHOT_BYTES));
    }
    let list = pb::ListGeofencesResponse::decode(message)?;
    let mut checker = Checker::new(region);
    let stored = list.geofences.iter().enumerate();
    let named = stored.map(|(index, stored)| checker.item("geofences", index, |at| convert(at, stored)));
    let named = named.collect();
    checker.finish(named)
}

/// Writes GeofenceEvents; no events means that they are no longer kept.
#[must_use]
pub fn encode_events(region: &str, newest_sequence: i64, events: Option<&[EventView<'_>]>) -> Vec<u8> {
    let is_too_old = events.is_none();
    let events = events.unwrap_or_default().iter().map(|view| event(region, view)).collect();
    engine::GeofenceEvents { events, newest_sequence, is_too_old }.encode_to_vec()
}

/// An event as the contract has it, without its resume token, which is the caller's.
fn event(region: &str, view: &EventView<'_>) -> pb::WatchGeofenceEventsResponse {
    let kind = match view.kind {
        BoundaryEvent::Enter => pb::GeofenceEventType::Enter,
        BoundaryEvent::Exit => pb::GeofenceEventType::Exit,
        BoundaryEvent::Dwell => pb::GeofenceEventType::Dwell,
        BoundaryEvent::Cross => pb::GeofenceEventType::Cross,
    };
    let (geofence, visit) = match view.place {
        EventPlace::Geofence(id) => (Collection::Geofences.name(region, id), String::new()),
        EventPlace::Visit(id) => (String::new(), Collection::Visits.name(region, id)),
    };
    let nanos = i32::try_from(view.at_ms.rem_euclid(1_000)).unwrap_or(0) * 1_000_000;
    pb::WatchGeofenceEventsResponse {
        r#type: kind.into(),
        sequence: view.sequence,
        resume_token: String::new(),
        geofence,
        visit,
        technician: Collection::Technicians.name(region, view.technician_id),
        event_time: Some(prost_types::Timestamp { seconds: view.at_ms.div_euclid(1_000), nanos }),
        location: view.location.map(region::place),
    }
}

fn convert(checker: &mut Checker<'_>, geofence: &pb::Geofence) -> NamedFence {
    let id = checker.reference("name", &geofence.name, Collection::Geofences).to_owned();
    let dwell_s = checker.integer("dwell_s", i64::from(geofence.dwell_s), 0, MAX_DWELL_S);
    let hysteresis_m = checker.number("hysteresis_m", geofence.hysteresis_m, 0.0, MAX_HYSTERESIS_M);
    let shape = match &geofence.shape {
        Some(pb::geofence::Shape::Circle(circle)) => checker.at("circle", |at| convert_circle(at, circle)),
        Some(pb::geofence::Shape::Polygon(polygon)) => {
            checker.at("polygon", |at| polygon::convert(at, polygon)).map_or(STAND_IN, FenceShape::Area)
        }
        None => {
            checker.refuse("shape", reason::REQUIRED, "is required: a circle or a polygon");
            STAND_IN
        }
    };
    let exit_margin_m = if hysteresis_m == 0.0 { DEFAULT_HYSTERESIS_M } else { hysteresis_m };
    let dwell_ms = (dwell_s > 0).then_some(dwell_s.saturating_mul(1_000));
    NamedFence { id, fence: Fence { shape, exit_margin_m, dwell_ms } }
}

fn convert_circle(checker: &mut Checker<'_>, circle: &pb::Circle) -> FenceShape {
    let centre = checker.place("center", circle.center.as_ref());
    FenceShape::Circle { centre, radius_m: checker.number("radius_m", circle.radius_m, MIN_RADIUS_M, MAX_RADIUS_M) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn corner(lat_deg: f64, lon_deg: f64) -> pb::LatLng {
        pb::LatLng { lat_deg, lon_deg }
    }

    fn geofence(shape: Option<pb::geofence::Shape>) -> pb::Geofence {
        pb::Geofence { name: "regions/sf/geofences/depot".into(), shape, ..Default::default() }
    }

    fn refused(geofence: &pb::Geofence) -> Vec<(String, &'static str)> {
        let Err(WireError::Invalid { violations }) = decode(&geofence.encode_to_vec(), "sf") else {
            panic!("accepted")
        };
        violations.into_iter().map(|violation| (violation.field, violation.reason)).collect()
    }

    #[test]
    fn a_circle_with_defaults_is_taken() {
        let circle = pb::Circle { center: Some(corner(37.7, -122.4)), radius_m: 50.0 };
        let taken = decode(&geofence(Some(pb::geofence::Shape::Circle(circle))).encode_to_vec(), "sf").unwrap();
        assert_eq!((taken.id.as_str(), taken.fence.exit_margin_m, taken.fence.dwell_ms), ("depot", 20.0, None));
    }

    #[test]
    fn every_field_out_of_bounds_is_told() {
        let circle = pb::Circle { center: Some(corner(91.0, f64::NAN)), radius_m: 4.0 };
        let mut bad = geofence(Some(pb::geofence::Shape::Circle(circle)));
        (bad.dwell_s, bad.hysteresis_m) = (86_401, f64::INFINITY);
        let found = refused(&bad);
        let expected = [
            ("geofence.dwell_s", reason::OUT_OF_RANGE),
            ("geofence.hysteresis_m", reason::NOT_FINITE),
            ("geofence.circle.center.lat_deg", reason::OUT_OF_RANGE),
            ("geofence.circle.center.lon_deg", reason::NOT_FINITE),
            ("geofence.circle.radius_m", reason::OUT_OF_RANGE),
        ];
        assert_eq!(found, expected.map(|(field, reason)| (field.to_owned(), reason)));
    }

    #[test]
    fn broken_rings_are_told_with_their_place() {
        let hole = pb::Ring { points: vec![corner(0.0, 0.0), corner(0.0, 1.0), corner(0.0, 0.0)] };
        let outer = vec![corner(0.0, 0.0), corner(0.0, 200.0), corner(1.0, 0.0)];
        let polygon = pb::Polygon { outer, holes: vec![hole] };
        let expected = [
            ("geofence.polygon.outer[1].lon_deg", reason::OUT_OF_RANGE),
            ("geofence.polygon.holes[0].points", reason::TOO_FEW_ITEMS),
        ];
        let found = refused(&geofence(Some(pb::geofence::Shape::Polygon(polygon))));
        assert_eq!(found, expected.map(|(field, reason)| (field.to_owned(), reason)));

        let around_the_pole = [-180.0, -60.0, 60.0].map(|lon_deg| corner(80.0, lon_deg)).to_vec();
        let polygon = pb::Polygon { outer: around_the_pole, holes: Vec::new() };
        let found = refused(&geofence(Some(pb::geofence::Shape::Polygon(polygon))));
        assert_eq!(found, [("geofence.polygon".to_owned(), reason::OUT_OF_RANGE)]);
        assert_eq!(refused(&geofence(None)), [("geofence.shape".to_owned(), reason::REQUIRED)]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..128)) {
            let _ = decode(&bytes, "sf");
            let _ = decode_all(&bytes, "sf");
        }
    }
}
