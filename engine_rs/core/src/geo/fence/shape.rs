//! What a fence looks like: how far a place is inside or outside, and where a straight path runs through.

use super::super::error::{GeoError, Violations};
use super::super::polygon::{Polygon, nearest_turn};
use super::super::position::{EARTH_RADIUS_M, LatLng};
use super::super::sphere::{Point, STEPS_PER_RADIUS};

/// Largest radius of a circle in metres.
pub const MAX_FENCE_RADIUS_M: f64 = 100_000.0;

/// The area of a fence.
#[derive(Clone, Debug, PartialEq)]
pub enum FenceShape {
    /// Everything at most `radius_m` from `centre`.
    Circle {
        /// The middle.
        centre: LatLng,
        /// Radius in metres, above 0 and at most [`MAX_FENCE_RADIUS_M`].
        radius_m: f64,
    },
    /// An area with holes.
    Area(Polygon),
}

impl FenceShape {
    /// Refuses a circle out of range; an area was checked when it was built.
    pub(crate) fn check(&self) -> Result<(), GeoError> {
        let mut violations = Violations::default();
        if let Self::Circle { centre, radius_m } = self {
            violations.require(centre.is_valid(), "shape.centre", "must be -90..=90 and -180..=180 degrees");
            let is_radius = *radius_m > 0.0 && *radius_m <= MAX_FENCE_RADIUS_M;
            violations.require(is_radius, "shape.radius_m", "must be above 0 and at most 100000");
        }
        violations.into_result()
    }

    /// Distance to the boundary in metres: negative inside, positive outside, 0 on it.
    ///
    /// Exact for circles. For areas the boundary is measured in a plane that touches the Earth at `place`, right to one in
    /// a thousand within 10 km or so, and the sign is exactly [`Polygon::contains`].
    #[must_use]
    pub fn signed_distance_m(&self, place: LatLng) -> f64 {
        match self {
            Self::Circle { centre, radius_m } => centre.distance_m(place) - radius_m,
            Self::Area(area) => {
                let distance_m = boundary_distance_m(area, place);
                if area.contains(place) { -distance_m } else { distance_m }
            }
        }
    }

    /// Where a straight path is inside: the shares of the way (0 at `from`, 1 at `to`) at which it first is and last was;
    /// `None` if it never is.
    ///
    /// The short way round, straight on the ground for circles and on the map for areas: the same to within 8 m on a path
    /// of 20 km, and to within a hand on one of 2 km.
    #[must_use]
    pub fn passage(&self, from: LatLng, to: LatLng) -> Option<(f64, f64)> {
        match self {
            Self::Circle { centre, radius_m } => circle_passage(*centre, *radius_m, from, to),
            Self::Area(area) => area_passage(area, from, to),
        }
    }
}

/// Works in the plane that touches the Earth at the centre: seen from straight above, the circle is a circle of radius
/// `R sin(r / R)` and the chord between the two ends is straight. The chord lies at most 8 m below a path of 20 km, which
/// moves it sideways by centimetres.
fn circle_passage(centre: LatLng, radius_m: f64, from: LatLng, to: LatLng) -> Option<(f64, f64)> {
    let middle = Point::from_lat_lng(centre);
    let (from, to) = (Point::from_lat_lng(from), Point::from_lat_lng(to));
    let flat = |way: Point| {
        let height = way.dot(middle) / middle.dot(middle);
        Point { x: way.x - height * middle.x, y: way.y - height * middle.y, z: way.z - height * middle.z }
    };
    let (start, way) = (flat(from.minus(middle)), flat(to.minus(from)));
    let radius = STEPS_PER_RADIUS * (radius_m / EARTH_RADIUS_M).sin();
    // |start + t way|^2 = radius^2
    let (length2, along, outside) = (way.dot(way), start.dot(way), start.dot(start) - radius * radius);
    if length2 == 0.0 {
        return (outside <= 0.0).then_some((0.0, 1.0));
    }
    let root2 = along * along - length2 * outside;
    if root2 < 0.0 {
        return None;
    }
    let (first, last) = ((-along - root2.sqrt()) / length2, (-along + root2.sqrt()) / length2);
    (last >= 0.0 && first <= 1.0).then_some((first.max(0.0), last.min(1.0)))
}

fn area_passage(area: &Polygon, from: LatLng, to: LatLng) -> Option<(f64, f64)> {
    let from = LatLng::new(from.lat_deg, nearest_turn(from.lon_deg, area.middle_lon_deg()));
    let to = LatLng::new(to.lat_deg, nearest_turn(to.lon_deg, from.lon_deg));
    let (mut first, mut last) = (f64::INFINITY, f64::NEG_INFINITY);
    let mut see = |share: f64| (first, last) = (first.min(share), last.max(share));
    if area.contains_unrolled(from) {
        see(0.0);
    }
    if area.contains_unrolled(to) {
        see(1.0);
    }
    for (a, b) in area.edges() {
        if let Some(share) = crossing(from, to, a, b) {
            see(share);
        }
    }
    (first <= last).then_some((first, last))
}

/// The share of the way from `from` to `to` at which it crosses the edge from `a` to `b`.
fn crossing(from: LatLng, to: LatLng, a: LatLng, b: LatLng) -> Option<f64> {
    let (dx, dy) = (to.lon_deg - from.lon_deg, to.lat_deg - from.lat_deg);
    let (ex, ey) = (b.lon_deg - a.lon_deg, b.lat_deg - a.lat_deg);
    let (wx, wy) = (a.lon_deg - from.lon_deg, a.lat_deg - from.lat_deg);
    let cross = dx * ey - dy * ex;
    // Along an edge there is nothing to cross; its neighbours' edges are.
    if cross == 0.0 {
        return None;
    }
    let (share, along_edge) = ((wx * ey - wy * ex) / cross, (wx * dy - wy * dx) / cross);
    ((0.0..=1.0).contains(&share) && (0.0..=1.0).contains(&along_edge)).then_some(share)
}

fn boundary_distance_m(area: &Polygon, place: LatLng) -> f64 {
    let place = LatLng::new(place.lat_deg, nearest_turn(place.lon_deg, area.middle_lon_deg()));
    let metres_per_degree = EARTH_RADIUS_M.to_radians();
    let shrink = place.lat_deg.to_radians().cos();
    let flat = |corner: LatLng| {
        let (east_deg, north_deg) = (corner.lon_deg - place.lon_deg, corner.lat_deg - place.lat_deg);
        (east_deg * shrink * metres_per_degree, north_deg * metres_per_degree)
    };
    let nearest2 = area.edges().map(|(a, b)| segment_distance2(flat(a), flat(b))).fold(f64::INFINITY, f64::min);
    nearest2.sqrt()
}

/// Squared distance from the origin to a segment.
fn segment_distance2(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length2 = dx * dx + dy * dy;
    let share = if length2 > 0.0 { (-(a.0 * dx + a.1 * dy) / length2).clamp(0.0, 1.0) } else { 0.0 };
    let (x, y) = (a.0 + share * dx, a.1 + share * dy);
    x * x + y * y
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn circle() -> FenceShape {
        FenceShape::Circle { centre: LatLng::new(50.0, 10.0), radius_m: 1_000.0 }
    }

    /// A star around a place: concave, so that a path may leave and come back.
    fn star(centre: LatLng, points: u32, outer_deg: f64) -> FenceShape {
        let corners: Vec<_> = (0..2 * points)
            .map(|n| {
                let angle = f64::from(n) * core::f64::consts::PI / f64::from(points);
                let reach_deg = if n % 2 == 0 { outer_deg } else { outer_deg * 0.4 };
                let lon_deg = centre.lon_deg + reach_deg * angle.cos();
                let wrapped = if lon_deg > 180.0 { lon_deg - 360.0 } else { lon_deg };
                LatLng::new(centre.lat_deg + reach_deg * angle.sin(), wrapped)
            })
            .collect();
        FenceShape::Area(Polygon::new(&corners, &[]).unwrap())
    }

    fn near(centre: LatLng, spread_deg: f64) -> impl Strategy<Value = LatLng> {
        (-spread_deg..spread_deg, -spread_deg..spread_deg).prop_map(move |(lat, lon)| {
            let lon_deg = centre.lon_deg + lon;
            LatLng::new(centre.lat_deg + lat, if lon_deg > 180.0 { lon_deg - 360.0 } else { lon_deg })
        })
    }

    fn between(from: LatLng, to: LatLng, share: f64) -> LatLng {
        let to_lon_deg = nearest_turn(to.lon_deg, from.lon_deg);
        let lon_deg = from.lon_deg + share * (to_lon_deg - from.lon_deg);
        let wrapped = if lon_deg.abs() > 180.0 { lon_deg - 360.0 * lon_deg.signum() } else { lon_deg };
        LatLng::new(from.lat_deg + share * (to.lat_deg - from.lat_deg), wrapped)
    }

    #[test]
    fn a_circle_is_measured_from_its_boundary() {
        assert!((circle().signed_distance_m(LatLng::new(50.0, 10.0)) + 1_000.0).abs() < 1e-6);
        let north = LatLng::new(50.0 + (2_000.0 / EARTH_RADIUS_M).to_degrees(), 10.0);
        assert!((circle().signed_distance_m(north) - 1_000.0).abs() < 1e-3);
    }

    #[test]
    fn bad_circles_are_refused() {
        let bad = [(91.0, 5.0), (f64::NAN, 5.0), (0.0, 0.0), (0.0, -1.0), (0.0, f64::NAN), (0.0, 1e9)];
        for (lat_deg, radius_m) in bad {
            assert!(FenceShape::Circle { centre: LatLng::new(lat_deg, 0.0), radius_m }.check().is_err());
        }
    }

    proptest! {
        /// A path passes through exactly when one of many places along it is inside, but for grazes too short to sample.
        #[test]
        fn passages_hold_all_inside_places(
            lon_deg in prop_oneof![Just(10.0), Just(179.995)],
            ends in (near(LatLng::new(50.0, 0.0), 0.03), near(LatLng::new(50.0, 0.0), 0.03)),
            is_circle in any::<bool>(),
        ) {
            let centre = LatLng::new(50.0, lon_deg);
            let place = |end: LatLng| LatLng::new(end.lat_deg, between(centre, LatLng::new(0.0, centre.lon_deg), 0.0).lon_deg + end.lon_deg);
            let wrap = |end: LatLng| if end.lon_deg > 180.0 { LatLng::new(end.lat_deg, end.lon_deg - 360.0) } else { end };
            let (from, to) = (wrap(place(ends.0)), wrap(place(ends.1)));
            let shape = if is_circle { FenceShape::Circle { centre, radius_m: 1_000.0 } } else { star(centre, 5, 0.015) };
            let passage = shape.passage(from, to);
            for step in 0..=200 {
                let share = f64::from(step) / 200.0;
                let depth_m = -shape.signed_distance_m(between(from, to, share));
                // Sphere and plane disagree by less than a metre over this fence.
                if depth_m > 1.0 {
                    prop_assert!(passage.is_some_and(|(first, last)| first <= share && share <= last), "{share} {passage:?}");
                }
            }
            if let Some((first, last)) = passage {
                for share in [first, last] {
                    prop_assert!(shape.signed_distance_m(between(from, to, share)) < 1.0, "{share} {passage:?}");
                }
            }
        }
    }
}
