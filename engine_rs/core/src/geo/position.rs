//! A place on the Earth in degrees, and the one formula that turns two of them into metres.

use super::sphere::Point;

/// Mean Earth radius in metres (IUGG R1), the only radius used by the engine.
pub const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// A place on the Earth: WGS 84 degrees, latitude in `-90..=90`, longitude in `-180..=180`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LatLng {
    /// Latitude in degrees, north positive.
    pub lat_deg: f64,
    /// Longitude in degrees, east positive.
    pub lon_deg: f64,
}

impl LatLng {
    /// Builds a place without checking it; [`LatLng::is_valid`] says whether it may be used.
    #[must_use]
    pub const fn new(lat_deg: f64, lon_deg: f64) -> Self {
        Self { lat_deg, lon_deg }
    }

    /// Whether both coordinates are finite and in range.
    #[must_use]
    pub fn is_valid(self) -> bool {
        // NaN fails both comparisons, so no separate test is needed.
        self.lat_deg.abs() <= 90.0 && self.lon_deg.abs() <= 180.0
    }

    /// Great-circle distance to `other` in metres on the mean sphere.
    ///
    /// Both places are first snapped to the index's grid of 1.4 µm (see [`Point`]), so that this is to the last bit the
    /// distance that searches order by. Both places must be valid.
    #[must_use]
    pub fn distance_m(self, other: Self) -> f64 {
        Point::from_lat_lng(self).chord2(Point::from_lat_lng(other)).arc_m()
    }
}
