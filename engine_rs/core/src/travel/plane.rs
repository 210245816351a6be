//! The region's local plane: degrees become decimetres around the centre, so that a distance is one square root.

use crate::geo::EARTH_RADIUS_M;
use crate::model::LatLng;

/// A place on the plane, in decimetres east and north of the region's centre.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Point {
    /// Decimetres east.
    pub x_dm: i32,
    /// Decimetres north.
    pub y_dm: i32,
}

impl Point {
    /// Straight-line distance in metres.
    #[inline]
    #[must_use]
    pub fn line_m(self, other: Self) -> f64 {
        let dx = f64::from(self.x_dm) - f64::from(other.x_dm);
        let dy = f64::from(self.y_dm) - f64::from(other.y_dm);
        (dx * dx + dy * dy).sqrt() * 0.1
    }
}

/// Equirectangular projection around a centre. Within 100 km of it, lengths are right to about 1%.
#[derive(Clone, Copy, Debug)]
pub struct Plane {
    center: LatLng,
    dm_per_deg_lat: f64,
    dm_per_deg_lon: f64,
}

impl Plane {
    /// The plane around `center`.
    #[must_use]
    pub fn new(center: LatLng) -> Self {
        let dm_per_deg = EARTH_RADIUS_M.to_radians() * 10.0;
        let dm_per_deg_lon = dm_per_deg * center.lat_deg.to_radians().cos();
        Self { center, dm_per_deg_lat: dm_per_deg, dm_per_deg_lon }
    }

    /// Projects a valid place. Places beyond what 32 bits of decimetres hold end up at the edge.
    #[inline]
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "float to int saturates, which is what the edge means")]
    pub fn project(&self, place: LatLng) -> Point {
        let mut lon_deg = place.lon_deg - self.center.lon_deg;
        if lon_deg > 180.0 {
            lon_deg -= 360.0;
        } else if lon_deg < -180.0 {
            lon_deg += 360.0;
        }
        // Adding half of the sign and cutting rounds to the nearest without a call into the C library.
        let nearest = |dm: f64| (dm + 0.5f64.copysign(dm)) as i32;
        let x_dm = nearest(lon_deg * self.dm_per_deg_lon);
        let y_dm = nearest((place.lat_deg - self.center.lat_deg) * self.dm_per_deg_lat);
        Point { x_dm, y_dm }
    }

    /// A circle on the globe that holds every place whose projection lies within `radius_m` of a point: centre and radius.
    ///
    /// Meant for radii up to some hundred kilometres, within which a circle's farthest places are its box's corners.
    #[must_use]
    pub fn covering(&self, point: Point, radius_m: f64) -> (LatLng, f64) {
        // Rounding to decimetres may hide one on each axis.
        let half_dm = radius_m * 10.0 + 2.0;
        let (x_dm, y_dm) = (f64::from(point.x_dm), f64::from(point.y_dm));
        let origin = self.place(x_dm, y_dm);
        let corners = [(-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, 1.0)];
        let distance_m = |(east, north)| origin.distance_m(self.place(x_dm + east * half_dm, y_dm + north * half_dm));
        let farthest_m = corners.map(distance_m).into_iter().fold(0.0, f64::max);
        (origin, farthest_m * 1.001 + 1.0)
    }

    /// The place that is projected here.
    fn place(&self, x_dm: f64, y_dm: f64) -> LatLng {
        let lon_deg = self.center.lon_deg + x_dm / self.dm_per_deg_lon;
        let lon_deg = (lon_deg + 540.0).rem_euclid(360.0) - 180.0;
        LatLng::new((self.center.lat_deg + y_dm / self.dm_per_deg_lat).clamp(-90.0, 90.0), lon_deg)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn near_the_centre_the_plane_agrees_with_the_globe() {
        let center = LatLng::new(37.77, -122.42);
        let plane = Plane::new(center);
        for (lat, lon) in [(37.70, -122.50), (37.81, -122.36), (37.77, -122.42), (37.90, -122.10)] {
            let place = LatLng::new(lat, lon);
            let flat_m = plane.project(place).line_m(plane.project(center));
            let round_m = place.distance_m(center);
            assert!((flat_m - round_m).abs() <= 0.3 + round_m * 2e-3, "{flat_m} {round_m}");
        }
    }

    proptest! {
        #[test]
        fn a_covering_circle_holds_what_is_near_on_the_plane(
            center in (-65.0f64..65.0, -180.0f64..180.0),
            from in (-1.0f64..1.0, -1.0f64..1.0),
            to in (-1.0f64..1.0, -1.0f64..1.0),
        ) {
            let plane = Plane::new(LatLng::new(center.0, center.1));
            let place = |(north, east): (f64, f64)| {
                LatLng::new(center.0 + north, (center.1 + east + 540.0).rem_euclid(360.0) - 180.0)
            };
            let (here, there) = (plane.project(place(from)), plane.project(place(to)));
            let (origin, radius_m) = plane.covering(here, here.line_m(there));
            prop_assert!(origin.distance_m(place(to)) <= radius_m);
        }
    }

    #[test]
    fn the_antimeridian_is_no_border() {
        let plane = Plane::new(LatLng::new(0.0, 179.9));
        let a = plane.project(LatLng::new(0.0, 179.95));
        let b = plane.project(LatLng::new(0.0, -179.95));
        assert!((a.line_m(b) - 11_119.5).abs() < 5.0);
    }
}
