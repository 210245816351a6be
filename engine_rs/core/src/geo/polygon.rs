//! Areas on the map: an outer ring and holes, straight between their corners in longitude and latitude.

use super::error::{GeoError, Violations};
use super::position::{EARTH_RADIUS_M, LatLng};
use super::sphere::{Chord2, Point};

/// Most corners of one polygon, all rings together.
pub const MAX_POLYGON_CORNERS: usize = 10_000;
/// Widest polygon in degrees of longitude.
const MAX_WIDTH_DEG: f64 = 180.0;

/// An area with holes, validated once when built.
///
/// Edges are straight in the longitude/latitude plane, as in GeoJSON. A place is inside when a line due east from it
/// crosses the rings an odd number of times; a place on an edge shared by two areas is in exactly one of them. Rings may
/// cross the antimeridian (each edge takes the short way round) but may not enclose a pole.
#[derive(Clone, Debug, PartialEq)]
pub struct Polygon {
    rings: Vec<Vec<LatLng>>,
    west_deg: f64,
    east_deg: f64,
    south_deg: f64,
    north_deg: f64,
}

impl Polygon {
    /// Builds an area from its outer ring and its holes; rings may but need not repeat the first corner at the end.
    ///
    /// # Errors
    /// [`GeoError::Invalid`] for a ring of fewer than three corners, a bad coordinate, more than [`MAX_POLYGON_CORNERS`],
    /// a ring around a pole, or an area wider than 180 degrees.
    pub fn new(outer: &[LatLng], holes: &[Vec<LatLng>]) -> Result<Self, GeoError> {
        let mut violations = Violations::default();
        let corners = outer.len() + holes.iter().map(Vec::len).sum::<usize>();
        violations.require(corners <= MAX_POLYGON_CORNERS, "polygon", "must have at most 10000 corners");
        let all_rings = || core::iter::once(outer).chain(holes.iter().map(Vec::as_slice));
        let is_valid = all_rings().flatten().all(|corner| corner.is_valid());
        violations.require(is_valid, "polygon", "must have corners of -90..=90 and -180..=180 degrees");
        let is_long_enough = all_rings().all(|ring| open_ring(ring).len() >= 3);
        violations.require(is_long_enough, "polygon", "must have rings of at least 3 corners");
        violations.into_result()?;

        let mut violations = Violations::default();
        let start_deg = outer[0].lon_deg;
        let rings: Vec<Option<Vec<LatLng>>> = all_rings().map(|ring| unroll(open_ring(ring), start_deg)).collect();
        violations.require(rings.iter().all(Option::is_some), "polygon", "must not enclose a pole");
        violations.into_result()?;
        let polygon = Self::with_bounds(rings.into_iter().flatten().collect());

        let mut violations = Violations::default();
        let width_deg = polygon.east_deg - polygon.west_deg;
        violations.require(width_deg <= MAX_WIDTH_DEG, "polygon", "must be at most 180 degrees wide");
        violations.into_result().map(|()| polygon)
    }

    fn with_bounds(rings: Vec<Vec<LatLng>>) -> Self {
        let lons = || rings.iter().flatten().map(|corner| corner.lon_deg);
        let lats = || rings.iter().flatten().map(|corner| corner.lat_deg);
        Self {
            west_deg: lons().fold(f64::INFINITY, f64::min),
            east_deg: lons().fold(f64::NEG_INFINITY, f64::max),
            south_deg: lats().fold(f64::INFINITY, f64::min),
            north_deg: lats().fold(f64::NEG_INFINITY, f64::max),
            rings,
        }
    }

    /// Whether a place is inside. Linear in the number of corners.
    #[must_use]
    pub fn contains(&self, place: LatLng) -> bool {
        if place.lat_deg < self.south_deg || place.lat_deg > self.north_deg {
            return false;
        }
        let Some(lon_deg) = self.unrolled_lon_deg(place.lon_deg) else { return false };
        self.contains_unrolled(LatLng::new(place.lat_deg, lon_deg))
    }

    /// As [`Polygon::contains`], for a place whose longitude is unrolled as the corners' are.
    pub(crate) fn contains_unrolled(&self, place: LatLng) -> bool {
        self.rings.iter().fold(false, |is_inside, ring| is_inside ^ is_crossed_oddly(ring, place))
    }

    /// The same meridian in the polygon's own range of longitudes, if it passes there.
    fn unrolled_lon_deg(&self, lon_deg: f64) -> Option<f64> {
        [lon_deg, lon_deg - 360.0, lon_deg + 360.0]
            .into_iter()
            .find(|lon| (self.west_deg..=self.east_deg).contains(lon))
    }

    /// The edges of all rings, longitudes unrolled (they may exceed ±180).
    pub(crate) fn edges(&self) -> impl Iterator<Item = (LatLng, LatLng)> + '_ {
        self.rings.iter().flat_map(|ring| ring.iter().copied().zip(ring.iter().copied().cycle().skip(1)))
    }

    /// The meridian halfway between the outermost corners, unrolled.
    pub(crate) fn middle_lon_deg(&self) -> f64 {
        (self.west_deg + self.east_deg) / 2.0
    }

    /// A circle that covers the area: centre and radius.
    pub(crate) fn cover(&self) -> (Point, f64) {
        let half_height = ((self.north_deg - self.south_deg) / 2.0).to_radians();
        let half_width = ((self.east_deg - self.west_deg) / 2.0).to_radians();
        let is_across_equator = self.south_deg <= 0.0 && self.north_deg >= 0.0;
        let widest_lat_deg = if is_across_equator { 0.0 } else { self.south_deg.abs().min(self.north_deg.abs()) };
        // Along the meridian, then along the parallel: no shorter than the great circle.
        let radius_m = EARTH_RADIUS_M * (half_height + half_width * widest_lat_deg.to_radians().cos());
        let lon_deg = wrap_lon_deg((self.east_deg + self.west_deg) / 2.0);
        (Point::from_lat_lng(LatLng::new((self.north_deg + self.south_deg) / 2.0, lon_deg)), radius_m * 1.000_001 + 1.0)
    }

    /// The chord from `origin` beyond which nothing of the area lies.
    pub(crate) fn farthest_from(&self, origin: Point) -> Chord2 {
        let (centre, radius_m) = self.cover();
        Chord2::from_arc_m(origin.chord2(centre).arc_m() + radius_m)
    }
}

/// Brings a longitude within a turn of the map back to ±180 degrees.
pub(crate) fn wrap_lon_deg(lon_deg: f64) -> f64 {
    if lon_deg > 180.0 {
        lon_deg - 360.0
    } else if lon_deg < -180.0 {
        lon_deg + 360.0
    } else {
        lon_deg
    }
}

fn open_ring(ring: &[LatLng]) -> &[LatLng] {
    match ring {
        [first, middle @ .., last] if first == last && !middle.is_empty() => &ring[..ring.len() - 1],
        _ => ring,
    }
}

/// Unrolls longitudes so that no edge spans more than 180 degrees, near `start_deg`; `None` if the ring goes round a pole.
fn unroll(ring: &[LatLng], start_deg: f64) -> Option<Vec<LatLng>> {
    let mut previous_deg = start_deg;
    let mut unrolled = Vec::with_capacity(ring.len());
    for corner in ring {
        let lon_deg = nearest_turn(corner.lon_deg, previous_deg);
        unrolled.push(LatLng::new(corner.lat_deg, lon_deg));
        previous_deg = lon_deg;
    }
    let back_deg = nearest_turn(ring[0].lon_deg, previous_deg);
    (back_deg == unrolled[0].lon_deg).then_some(unrolled)
}

/// The same meridian, as many turns round as brings it nearest to another.
pub(crate) fn nearest_turn(lon_deg: f64, near_deg: f64) -> f64 {
    lon_deg + 360.0 * ((near_deg - lon_deg) / 360.0).round()
}

fn is_crossed_oddly(ring: &[LatLng], place: LatLng) -> bool {
    let mut is_odd = false;
    let mut from = ring[ring.len() - 1];
    for &to in ring {
        if (from.lat_deg > place.lat_deg) != (to.lat_deg > place.lat_deg) {
            let share = (place.lat_deg - from.lat_deg) / (to.lat_deg - from.lat_deg);
            is_odd ^= place.lon_deg < from.lon_deg + share * (to.lon_deg - from.lon_deg);
        }
        from = to;
    }
    is_odd
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(corners: &[(f64, f64)]) -> Vec<LatLng> {
        corners.iter().map(|&(lat, lon)| LatLng::new(lat, lon)).collect()
    }

    #[test]
    fn holes_are_outside() {
        let outer = ring(&[(0.0, 0.0), (0.0, 10.0), (10.0, 10.0), (10.0, 0.0), (0.0, 0.0)]);
        let hole = ring(&[(4.0, 4.0), (4.0, 6.0), (6.0, 6.0), (6.0, 4.0)]);
        let area = Polygon::new(&outer, &[hole]).unwrap();
        assert!(area.contains(LatLng::new(2.0, 2.0)));
        assert!(!area.contains(LatLng::new(5.0, 5.0)));
        assert!(!area.contains(LatLng::new(11.0, 5.0)));
        assert!(area.contains(LatLng::new(5.0, 7.0)));
    }

    #[test]
    fn rings_may_cross_the_antimeridian() {
        let area = Polygon::new(&ring(&[(-1.0, 179.0), (-1.0, -179.0), (1.0, -179.0), (1.0, 179.0)]), &[]).unwrap();
        assert!(area.contains(LatLng::new(0.0, 180.0)));
        assert!(area.contains(LatLng::new(0.0, -180.0)));
        assert!(area.contains(LatLng::new(0.5, -179.5)));
        assert!(!area.contains(LatLng::new(0.0, 0.0)));
        assert!(!area.contains(LatLng::new(0.0, 178.5)));
    }

    #[test]
    fn bad_rings_are_refused() {
        let refused = |corners: &[(f64, f64)]| Polygon::new(&ring(corners), &[]).is_err();
        assert!(refused(&[]));
        assert!(refused(&[(0.0, 0.0), (1.0, 1.0)]));
        assert!(refused(&[(0.0, 0.0), (1.0, 1.0), (0.0, 0.0)]));
        assert!(refused(&[(0.0, 0.0), (f64::NAN, 1.0), (1.0, 0.0)]));
        assert!(refused(&[(0.0, 0.0), (91.0, 1.0), (1.0, 0.0)]));
        assert!(refused(&[(80.0, 0.0), (80.0, 120.0), (80.0, -120.0)]));
        assert!(refused(&[(0.0, -170.0), (0.0, -50.0), (0.0, 50.0), (1.0, -50.0)]));
    }

    #[test]
    fn the_cover_reaches_every_corner() {
        for (south, west) in [(-3.0, 100.0), (50.0, 179.0), (-70.0, -20.0)] {
            let corners = ring(&[(south, west), (south, west + 0.9), (south + 6.0, west + 0.9), (south + 6.0, west)]);
            let (centre, radius_m) = Polygon::new(&corners, &[]).unwrap().cover();
            for corner in corners {
                assert!(Point::from_lat_lng(corner).chord2(centre).arc_m() <= radius_m);
            }
        }
    }
}
