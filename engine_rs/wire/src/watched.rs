//! WatchLocations: which technicians are watched, and their newest positions as bytes.

use dispatch_core::geo::{LatLng, Position};
use prost::Message;

use crate::check::Checker;
use crate::error::WireError;
use crate::generated::dispatch::v1 as pb;
use crate::limits::MAX_QUERY_BYTES;
use crate::{reason, region};

const MAX_TECHNICIANS: usize = 1_000;
const MIN_INTERVAL_MS: i64 = 100;
const MAX_INTERVAL_MS: i64 = 60_000;

/// A box of the map. Its east may lie west of its west: then it crosses the antimeridian.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewport {
    south_west: LatLng,
    north_east: LatLng,
}

impl Viewport {
    /// Whether a place is inside or on the edge.
    #[must_use]
    pub fn contains(&self, place: LatLng) -> bool {
        let (west_deg, east_deg) = (self.south_west.lon_deg, self.north_east.lon_deg);
        let is_between = if west_deg <= east_deg {
            (west_deg..=east_deg).contains(&place.lon_deg)
        } else {
            place.lon_deg >= west_deg || place.lon_deg <= east_deg
        };
        is_between && (self.south_west.lat_deg..=self.north_east.lat_deg).contains(&place.lat_deg)
    }
}

/// Who is watched. The interval between updates is the caller's.
#[derive(Clone, Debug, PartialEq)]
pub struct WatchedQuery {
    /// Only who is inside.
    pub viewport: Option<Viewport>,
    /// Only these, each once; `None` means all.
    pub technician_ids: Option<Vec<String>>,
}

/// Reads a WatchLocationsRequest of `region`.
///
/// # Errors
/// [`WireError::Decode`] when the bytes are no such message or too many; [`WireError::Invalid`] with every field out of
/// its bounds.
pub fn decode(message: &[u8], region: &str) -> Result<WatchedQuery, WireError> {
    if message.len() > MAX_QUERY_BYTES {
        return Err(WireError::too_large(message.len(), MAX_QUERY_BYTES));
    }
    let request = pb::WatchLocationsRequest::decode(message)?;
    let mut checker = Checker::new(region);
    checker.parent("parent", &request.parent);
    let viewport = request.viewport.as_ref().map(|viewport| checker.at("viewport", |at| convert(at, viewport)));
    checker.at_most("technician_ids", request.technician_ids.len(), MAX_TECHNICIANS);
    for (index, technician_id) in request.technician_ids.iter().enumerate().take(MAX_TECHNICIANS) {
        checker.item("technician_ids", index, |at| {
            at.id("", technician_id);
        });
    }
    if request.min_interval_ms != 0 {
        checker.integer("min_interval_ms", i64::from(request.min_interval_ms), MIN_INTERVAL_MS, MAX_INTERVAL_MS);
    }
    let mut technician_ids = request.technician_ids;
    technician_ids.sort_unstable();
    technician_ids.dedup();
    let technician_ids = (!technician_ids.is_empty()).then_some(technician_ids);
    checker.finish(WatchedQuery { viewport, technician_ids })
}

fn convert(checker: &mut Checker<'_>, viewport: &pb::Viewport) -> Viewport {
    let south_west = checker.place("south_west", viewport.south_west.as_ref());
    let north_east = checker.place("north_east", viewport.north_east.as_ref());
    let are_set = viewport.south_west.is_some() && viewport.north_east.is_some();
    if are_set && south_west.lat_deg > north_east.lat_deg {
        checker.refuse("north_east.lat_deg", reason::INTERVAL_REVERSED, "must not be south of south_west");
    }
    Viewport { south_west, north_east }
}

/// Writes a WatchLocationsResponse.
#[must_use]
pub fn encode(positions: &[(String, Position)], gone: &[String]) -> Vec<u8> {
    let known = |value: f32| if value.is_nan() { 0.0 } else { value };
    let positions = positions.iter().map(|(technician_id, position)| pb::LivePosition {
        technician_id: technician_id.clone(),
        location: Some(region::place(position.place)),
        event_time_ms: position.event_time_ms,
        accuracy_m: known(position.accuracy_m),
        speed_mps: known(position.speed_mps),
        heading_deg: known(position.heading_deg),
    });
    pb::WatchLocationsResponse { positions: positions.collect(), gone_technician_ids: gone.to_vec() }.encode_to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(lat_deg: f64, lon_deg: f64) -> Option<pb::LatLng> {
        Some(pb::LatLng { lat_deg, lon_deg })
    }

    #[test]
    fn a_viewport_may_cross_the_antimeridian() {
        let request = pb::WatchLocationsRequest {
            parent: "regions/fiji".into(),
            viewport: Some(pb::Viewport { south_west: place(-20.0, 170.0), north_east: place(-10.0, -170.0) }),
            technician_ids: vec!["b".into(), "a".into(), "b".into()],
            min_interval_ms: 0,
        };
        let query = decode(&request.encode_to_vec(), "fiji").unwrap();
        assert_eq!(query.technician_ids, Some(vec!["a".to_owned(), "b".to_owned()]));
        let viewport = query.viewport.unwrap();
        let inside = [(-15.0, 179.0), (-15.0, -179.0), (-20.0, 170.0)];
        assert!(inside.iter().all(|&(lat_deg, lon_deg)| viewport.contains(LatLng { lat_deg, lon_deg })));
        let outside = [(-15.0, 0.0), (-21.0, 179.0), (-15.0, -169.0)];
        assert!(!outside.iter().any(|&(lat_deg, lon_deg)| viewport.contains(LatLng { lat_deg, lon_deg })));
    }

    #[test]
    fn every_field_out_of_bounds_is_told() {
        let bad = pb::WatchLocationsRequest {
            parent: "regions/la".into(),
            viewport: Some(pb::Viewport { south_west: place(10.0, f64::NAN), north_east: place(5.0, 181.0) }),
            technician_ids: vec!["A".into()],
            min_interval_ms: 60_001,
        };
        let Err(WireError::Invalid { violations }) = decode(&bad.encode_to_vec(), "sf") else { panic!("accepted") };
        let found: Vec<_> = violations.iter().map(|v| (v.field.as_str(), v.reason)).collect();
        assert_eq!(
            found,
            [
                ("parent", reason::WRONG_REGION),
                ("viewport.south_west.lon_deg", reason::NOT_FINITE),
                ("viewport.north_east.lon_deg", reason::OUT_OF_RANGE),
                ("viewport.north_east.lat_deg", reason::INTERVAL_REVERSED),
                ("technician_ids[0]", reason::BAD_FORMAT),
                ("min_interval_ms", reason::OUT_OF_RANGE),
            ]
        );
    }
}
