//! Polygons: rings of corners to areas of the index, every violation told.

use dispatch_core::geo::{GeoError, LatLng, Polygon};

use crate::check::Checker;
use crate::generated::dispatch::v1 as pb;
use crate::reason;

const MIN_CORNERS: usize = 3;
const MAX_CORNERS: usize = 1_000;
const MAX_HOLES: usize = 32;

/// The area of a polygon, `None` when it is refused.
pub(crate) fn convert(checker: &mut Checker<'_>, polygon: &pb::Polygon) -> Option<Polygon> {
    let outer = ring(checker, "outer", &polygon.outer);
    checker.at_most("holes", polygon.holes.len(), MAX_HOLES);
    let holes = polygon.holes.iter().take(MAX_HOLES).enumerate();
    let holes = holes.map(|(index, hole)| checker.item("holes", index, |at| ring(at, "points", &hole.points)));
    let holes: Option<Vec<_>> = holes.collect::<Vec<_>>().into_iter().collect();
    match Polygon::new(&outer?, &holes?) {
        Ok(area) => Some(area),
        Err(error) => {
            let rules = match &error {
                GeoError::Invalid(found) => found.iter().map(|violation| violation.rule.to_owned()).collect(),
                _ => vec![error.to_string()],
            };
            for rule in rules {
                checker.refuse("", reason::OUT_OF_RANGE, rule);
            }
            None
        }
    }
}

/// The corners of a ring, `None` when it is refused.
fn ring(checker: &mut Checker<'_>, field: &str, corners: &[pb::LatLng]) -> Option<Vec<LatLng>> {
    let closing = usize::from(corners.len() > 1 && corners.first() == corners.last());
    if corners.len() - closing < MIN_CORNERS {
        checker.refuse(field, reason::TOO_FEW_ITEMS, format!("needs at least {MIN_CORNERS} corners"));
        return None;
    }
    checker.at_most(field, corners.len(), MAX_CORNERS);
    let places = corners.iter().take(MAX_CORNERS).enumerate();
    let places = places.map(|(index, corner)| {
        checker.item(field, index, |at| LatLng {
            lat_deg: at.number("lat_deg", corner.lat_deg, -90.0, 90.0),
            lon_deg: at.number("lon_deg", corner.lon_deg, -180.0, 180.0),
        })
    });
    let places: Vec<_> = places.collect();
    let is_taken = corners.len() <= MAX_CORNERS && places.iter().all(|place| place.is_valid());
    is_taken.then_some(places)
}
