//! Places as points of space: the distance that every search, test and brute force of this module agrees on.
//!
//! A place becomes the unit vector of its latitude and longitude, scaled by 2^42 and rounded to whole numbers (a grid of
//! 1.45 µm). Differences of such numbers are exact in `f64`, so the squared chord between two points is the same bits
//! wherever and in whatever frame it is computed; it grows with the great-circle distance, and needs no trigonometry,
//! no antimeridian and no pole. `f64` holds every coordinate exactly (43 bits).

use super::position::{EARTH_RADIUS_M, LatLng};

/// Grid steps per Earth radius: 2^42.
pub(crate) const STEPS_PER_RADIUS: f64 = 4_398_046_511_104.0;
/// Metres per grid step.
pub(crate) const STEP_M: f64 = EARTH_RADIUS_M / STEPS_PER_RADIUS;
/// Adding and subtracting 1.5 * 2^52 rounds an `f64` below 2^51 to the nearest whole number (ties to even).
const ROUNDER: f64 = 6_755_399_441_055_744.0;
/// Above this chord (as a share of the radius) the arc is taken from `asin`, below it from its series.
const SERIES_LIMIT: f64 = 0.01;

/// A place as a whole-numbered point of space in grid steps; see the module's text.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) z: f64,
}

/// A squared chord in squared grid steps: the key that distances are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Chord2(pub(crate) f64);

impl Point {
    /// Snaps a valid place to the grid.
    #[must_use]
    #[inline]
    pub fn from_lat_lng(place: LatLng) -> Self {
        debug_assert!(place.is_valid(), "Invariant: only valid places become points");
        let (sin_lat, cos_lat) = sin_cos_deg(place.lat_deg);
        let (sin_lon, cos_lon) = sin_cos_deg(place.lon_deg);
        Self { x: snap(cos_lat * cos_lon), y: snap(cos_lat * sin_lon), z: snap(sin_lat) }
    }

    /// Snaps many valid places, the same bits as one by one, in loops that a processor can run two or more lanes at once.
    #[inline]
    pub(crate) fn from_many<const N: usize>(places: &[LatLng; N]) -> [Self; N] {
        let (mut sin_lat, mut cos_lat, mut sin_lon, mut cos_lon) = ([0.0; N], [0.0; N], [0.0; N], [0.0; N]);
        for i in 0..N {
            (sin_lat[i], cos_lat[i]) = sin_cos_deg(places[i].lat_deg);
        }
        for i in 0..N {
            (sin_lon[i], cos_lon[i]) = sin_cos_deg(places[i].lon_deg);
        }
        core::array::from_fn(|i| Self {
            x: snap(cos_lat[i] * cos_lon[i]),
            y: snap(cos_lat[i] * sin_lon[i]),
            z: snap(sin_lat[i]),
        })
    }

    /// Squared chord to `other`.
    #[must_use]
    #[inline]
    pub fn chord2(self, other: Self) -> Chord2 {
        let (dx, dy, dz) = (self.x - other.x, self.y - other.y, self.z - other.z);
        Chord2(dx * dx + dy * dy + dz * dz)
    }

    pub(crate) fn dot(self, other: Self) -> f64 {
        self.x * other.x + self.y * other.y + self.z * other.z
    }

    /// The way from `other` to here; exact.
    #[inline(always)]
    pub(crate) fn minus(self, other: Self) -> Self {
        Self { x: self.x - other.x, y: self.y - other.y, z: self.z - other.z }
    }
}

impl Chord2 {
    /// The squared chord that spans an arc of `arc_m` metres; arcs of half the globe and more span everything.
    #[must_use]
    pub fn from_arc_m(arc_m: f64) -> Self {
        let half_angle = 0.5 * arc_m / EARTH_RADIUS_M;
        if half_angle >= core::f64::consts::FRAC_PI_2 {
            return Self(f64::INFINITY);
        }
        let chord = 2.0 * half_angle.sin() * STEPS_PER_RADIUS;
        Self(chord * chord)
    }

    /// Great-circle distance in metres; never decreases as the chord grows, up to the last bit of rounding.
    #[must_use]
    #[inline]
    pub fn arc_m(self) -> f64 {
        let chord = self.0.sqrt() / STEPS_PER_RADIUS;
        if chord > SERIES_LIMIT {
            return 2.0 * (0.5 * chord).min(1.0).asin() * EARTH_RADIUS_M;
        }
        // asin's series at half the chord: the first term left out is below 1e-16 of the result at the limit.
        let h2 = 0.25 * chord * chord;
        let series = 1.0 + h2 * (1.0 / 6.0 + h2 * (3.0 / 40.0 + h2 * (15.0 / 336.0)));
        chord * series * EARTH_RADIUS_M
    }
}

#[inline]
fn snap(component: f64) -> f64 {
    (component * STEPS_PER_RADIUS + ROUNDER) - ROUNDER
}

/// Sine and cosine of an angle in degrees within ±180, the same bits on every platform (no libm).
///
/// The nearest quarter turn is taken off exactly, and Taylor polynomials of degree 15 and 16 are within 1e-16 on the
/// remaining ±45 degrees.
#[inline(always)]
pub(crate) fn sin_cos_deg(angle_deg: f64) -> (f64, f64) {
    let rounded = angle_deg * (1.0 / 90.0) + ROUNDER;
    let x = (angle_deg - (rounded - ROUNDER) * 90.0) * (core::f64::consts::PI / 180.0);
    let x2 = x * x;
    let (sin, cos) = ((x * sin_series(x2)).to_bits(), cos_series(x2).to_bits());
    // The lowest bits of `rounded` count the quarters. An odd one swaps the two, the second bit flips the sign: by masks,
    // so that a loop over angles has no branch.
    let quarters = rounded.to_bits();
    let swap = (sin ^ cos) & 0u64.wrapping_sub(quarters & 1);
    let (sin_sign, cos_sign) = ((quarters & 2) << 62, (quarters.wrapping_add(1) & 2) << 62);
    (f64::from_bits(sin ^ swap ^ sin_sign), f64::from_bits(cos ^ swap ^ cos_sign))
}

#[inline(always)]
fn sin_series(x2: f64) -> f64 {
    const C: [f64; 8] = [
        1.0,
        -1.0 / 6.0,
        1.0 / 120.0,
        -1.0 / 5_040.0,
        1.0 / 362_880.0,
        -1.0 / 39_916_800.0,
        1.0 / 6_227_020_800.0,
        -1.0 / 1_307_674_368_000.0,
    ];
    // Estrin's scheme: the short chains overlap, Horner's long one would wait for itself.
    let x4 = x2 * x2;
    let low = (C[0] + C[1] * x2) + (C[2] + C[3] * x2) * x4;
    let high = (C[4] + C[5] * x2) + (C[6] + C[7] * x2) * x4;
    low + high * (x4 * x4)
}

#[inline(always)]
fn cos_series(x2: f64) -> f64 {
    const C: [f64; 9] = [
        1.0,
        -1.0 / 2.0,
        1.0 / 24.0,
        -1.0 / 720.0,
        1.0 / 40_320.0,
        -1.0 / 3_628_800.0,
        1.0 / 479_001_600.0,
        -1.0 / 87_178_291_200.0,
        1.0 / 20_922_789_888_000.0,
    ];
    let x4 = x2 * x2;
    let x8 = x4 * x4;
    let low = (C[0] + C[1] * x2) + (C[2] + C[3] * x2) * x4;
    let high = (C[4] + C[5] * x2) + (C[6] + C[7] * x2) * x4;
    low + (high + C[8] * x8) * x8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn haversine_m(a: LatLng, b: LatLng) -> f64 {
        let (lat1, lat2) = (a.lat_deg.to_radians(), b.lat_deg.to_radians());
        let dlat = (lat2 - lat1) / 2.0;
        let dlon = (b.lon_deg - a.lon_deg).to_radians() / 2.0;
        let h = dlat.sin().powi(2) + lat1.cos() * lat2.cos() * dlon.sin().powi(2);
        2.0 * EARTH_RADIUS_M * h.sqrt().min(1.0).asin()
    }

    #[test]
    fn sines_agree_with_the_standard_library() {
        for step in -180_000..=180_000 {
            let angle_deg = f64::from(step) / 1000.0;
            let (sin, cos) = sin_cos_deg(angle_deg);
            let (want_sin, want_cos) = angle_deg.to_radians().sin_cos();
            assert!((sin - want_sin).abs() < 4e-16, "sin {angle_deg}");
            assert!((cos - want_cos).abs() < 4e-16, "cos {angle_deg}");
        }
    }

    #[test]
    fn distances_agree_with_the_haversine_formula() {
        let places = [(37.7749, -122.4194), (37.7750, -122.4194), (0.0, 179.9999), (0.0, -179.9999), (89.9999, 0.0)];
        let more =
            [(89.9999, 180.0), (-90.0, 12.0), (31.2304, 121.4737), (-33.8688, 151.2093), (37.77490001, -122.4194)];
        for (a, b) in places.into_iter().chain(more).flat_map(|a| places.into_iter().chain(more).map(move |b| (a, b))) {
            let (a, b) = (LatLng::new(a.0, a.1), LatLng::new(b.0, b.1));
            let (got, want) = (a.distance_m(b), haversine_m(a, b));
            // Close to the antipode a chord hardly changes with its arc, and haversine has the same trouble.
            let tolerance_m = if want > 1.9e7 { 1.0 } else { 5e-6 + want * 1e-9 };
            assert!((got - want).abs() <= tolerance_m, "{a:?} {b:?}: {got} {want}");
        }
    }

    #[test]
    fn many_places_snap_as_one_by_one() {
        let places: [LatLng; 16] = core::array::from_fn(|i| {
            LatLng::new(-90.0 + 12.0 * i as f64, if i % 5 == 0 { 180.0 } else { 179.3 - 24.01 * i as f64 })
        });
        assert_eq!(Point::from_many(&places), places.map(Point::from_lat_lng));
    }

    #[test]
    fn antimeridian_and_poles_have_one_point_each() {
        let same = |a: (f64, f64), b: (f64, f64)| LatLng::new(a.0, a.1).distance_m(LatLng::new(b.0, b.1));
        assert!(same((10.0, 180.0), (10.0, -180.0)) < 1e-5);
        assert!(same((90.0, 0.0), (90.0, 133.0)) < 1e-5);
        assert!(same((-90.0, 0.0), (-90.0, -77.0)) < 1e-5);
    }

    #[test]
    fn an_arc_survives_the_way_to_a_chord_and_back() {
        for arc_m in [0.0, 0.001, 1.0, 250.0, 63_000.0, 64_000.0, 1e6, 2e7] {
            let back = Chord2::from_arc_m(arc_m).arc_m();
            assert!((back - arc_m).abs() <= 1e-9 * arc_m, "{arc_m} {back}");
        }
        assert!(Chord2::from_arc_m(2.1e7).0.is_infinite());
    }
}
