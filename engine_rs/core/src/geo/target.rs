//! Where places go in the index: points with their addresses, a chunk at a time in the widest lanes the processor has.
//!
//! Additions, multiplications, divisions and roundings of `f64` give the same bits in any lane, and nothing here is
//! contracted into fused operations: which way is taken changes the time, never the result.

use super::grid::Address;
use super::position::LatLng;
use super::sphere::Point;

/// Places computed together, and fixes whose memory is asked for together.
pub(crate) const TOGETHER: usize = 16;

/// Where a place goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Target {
    pub(crate) point: Point,
    pub(crate) address: Address,
}

impl Target {
    #[inline]
    pub(crate) fn of(place: LatLng) -> Self {
        let point = Point::from_lat_lng(place);
        Self { point, address: Address::of(point) }
    }
}

/// The targets of valid places, the same as one by one.
#[inline]
#[allow(unsafe_code)]
pub(crate) fn targets_of(places: &[LatLng; TOGETHER]) -> [Target; TOGETHER] {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has what the function was compiled for.
        return unsafe { in_wide_lanes(places) };
    }
    in_lanes(places)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn in_wide_lanes(places: &[LatLng; TOGETHER]) -> [Target; TOGETHER] {
    in_lanes(places)
}

#[inline(always)]
fn in_lanes(places: &[LatLng; TOGETHER]) -> [Target; TOGETHER] {
    let points = Point::from_many(places);
    let addresses = Address::of_many(&points);
    core::array::from_fn(|i| Target { point: points[i], address: addresses[i] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn many_places_go_where_each_goes(
            center in (-90.0..=90.0, -180.0..=180.0),
            steps in proptest::collection::vec((-2.0..=2.0, -2.0..=2.0), TOGETHER),
        ) {
            let places: [LatLng; TOGETHER] = core::array::from_fn(|i| {
                let (lat, lon): (f64, f64) = (center.0 + steps[i].0, center.1 + steps[i].1);
                LatLng::new(lat.clamp(-90.0, 90.0), lon.clamp(-180.0, 180.0))
            });
            prop_assert_eq!(targets_of(&places), places.map(Target::of));
            prop_assert_eq!(in_lanes(&places), places.map(Target::of));
        }
    }
}
