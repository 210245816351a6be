//! Travel times: straight line x detour, driven at the speed of each local hour that the leg touches.

use super::{Plane, Point};
use crate::model::{LatLng, RegionConfig, Timestamp, UtcOffset};

const HOUR_S: i64 = 3_600;

/// The travel model of a region, ready for use.
#[derive(Clone, Debug)]
pub struct Travel {
    plane: Plane,
    detour_factor: f64,
    speed_mmps_by_hour: [i64; 24],
    max_speed_mmps: i64,
    /// Whether every hour has the same speed, so that a leg is one division.
    is_uniform: bool,
    fixed_leg_s: i64,
    utc_offsets: Vec<UtcOffset>,
}

impl Travel {
    /// Prepares the travel model of a validated region.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "speeds are 0.5 to 60 metres per second")]
    pub fn new(region: &RegionConfig) -> Self {
        let speed_mmps_by_hour = region.travel.speeds_mps().map(|speed_mps| (speed_mps * 1_000.0).round() as i64);
        let max_speed_mmps = speed_mmps_by_hour.iter().copied().fold(1, i64::max);
        Self {
            plane: Plane::new(region.center),
            detour_factor: region.travel.detour_factor,
            speed_mmps_by_hour,
            max_speed_mmps,
            is_uniform: speed_mmps_by_hour.iter().all(|speed| *speed == max_speed_mmps),
            fixed_leg_s: region.travel.fixed_leg_s,
            utc_offsets: region.utc_offsets.clone(),
        }
    }

    /// The place on the region's plane.
    #[inline]
    #[must_use]
    pub fn project(&self, place: LatLng) -> Point {
        self.plane.project(place)
    }

    /// A circle on the globe around everything within some straight metres; see [`Plane::covering`].
    #[must_use]
    pub fn covering(&self, point: Point, radius_m: f64) -> (LatLng, f64) {
        self.plane.covering(point, radius_m)
    }

    /// Metres of road between two places, rounded up.
    #[inline]
    #[must_use]
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "at most the diagonal of the plane, 1e9 metres"
    )]
    pub fn road_m(&self, from: Point, to: Point) -> i64 {
        let road_m = from.line_m(to) * self.detour_factor;
        // Rounded up without a call into the C library.
        let whole_m = road_m as i64;
        whole_m + i64::from((whole_m as f64) < road_m)
    }

    /// When a leg of `road_m` metres begun at `depart_s` ends. No way takes no time.
    #[inline]
    #[must_use]
    pub fn arrival(&self, depart_s: Timestamp, road_m: i64) -> Timestamp {
        if road_m == 0 {
            return depart_s;
        }
        if self.is_uniform {
            return depart_s + self.fixed_leg_s + ceil_div(road_m * 1_000, self.max_speed_mmps);
        }
        self.arrival_by_hour(depart_s, road_m * 1_000) + self.fixed_leg_s
    }

    /// Latest departure of a leg of `road_m` metres that ends by `arrive_s`: the largest `t` with `arrival(t) <= arrive_s`.
    #[inline]
    #[must_use]
    pub fn latest_departure(&self, arrive_s: Timestamp, road_m: i64) -> Timestamp {
        if road_m == 0 {
            return arrive_s;
        }
        if self.is_uniform {
            return arrive_s - self.fixed_leg_s - ceil_div(road_m * 1_000, self.max_speed_mmps);
        }
        self.departure_by_hour(arrive_s - self.fixed_leg_s, road_m * 1_000)
    }

    /// A number of seconds that no leg of `road_m` metres is faster than, at any hour.
    #[inline]
    #[must_use]
    pub fn fastest_s(&self, road_m: i64) -> i64 {
        if road_m == 0 { 0 } else { self.fixed_leg_s + ceil_div(road_m * 1_000, self.max_speed_mmps) }
    }

    /// Mean driving speed in force at an instant, in metres per second.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "at most 60,000 mm/s")]
    pub fn speed_mps(&self, time_s: Timestamp) -> f64 {
        self.segment_from(time_s).0 as f64 / 1_000.0
    }

    /// Like [`Travel::fastest_s`], from the straight line in metres; rounds down.
    #[inline]
    #[must_use]
    pub fn fastest_line_s(&self, line_m: f64) -> i64 {
        let road_m = self.least_road_m(line_m);
        if road_m == 0 { 0 } else { road_m * 1_000 / self.max_speed_mmps }
    }

    /// Metres of road that a way of `line_m` straight metres takes at least, rounded down by what single legs may hide.
    #[inline]
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "saturates where the plane ends")]
    pub fn least_road_m(&self, line_m: f64) -> i64 {
        ((line_m * self.detour_factor) as i64 - 3).max(0)
    }

    fn arrival_by_hour(&self, depart_s: Timestamp, road_mm: i64) -> Timestamp {
        let (mut time_s, mut left_mm) = (depart_s, road_mm);
        loop {
            let (speed_mmps, end_s) = self.segment_from(time_s);
            let reach_mm = (end_s - time_s) * speed_mmps;
            if left_mm <= reach_mm {
                return time_s + ceil_div(left_mm, speed_mmps);
            }
            left_mm -= reach_mm;
            time_s = end_s;
        }
    }

    fn departure_by_hour(&self, arrive_s: Timestamp, road_mm: i64) -> Timestamp {
        let (mut time_s, mut left_mm) = (arrive_s, road_mm);
        loop {
            let (speed_mmps, begin_s) = self.segment_until(time_s);
            let reach_mm = (time_s - begin_s) * speed_mmps;
            if left_mm <= reach_mm {
                return time_s - ceil_div(left_mm, speed_mmps);
            }
            left_mm -= reach_mm;
            time_s = begin_s;
        }
    }

    /// Speed in force at `time_s`, and the next instant at which it may change.
    fn segment_from(&self, time_s: Timestamp) -> (i64, Timestamp) {
        let next = self.utc_offsets.partition_point(|entry| entry.from_s <= time_s);
        let (speed_mmps, local_s) = self.speed_at(time_s, next);
        let hour_end_s = time_s + HOUR_S - local_s.rem_euclid(HOUR_S);
        let end_s = self.utc_offsets.get(next).map_or(hour_end_s, |entry| hour_end_s.min(entry.from_s));
        (speed_mmps, end_s)
    }

    /// Speed in force in the second before `time_s`, and the first instant from which it was.
    fn segment_until(&self, time_s: Timestamp) -> (i64, Timestamp) {
        let last_s = time_s - 1;
        let next = self.utc_offsets.partition_point(|entry| entry.from_s <= last_s);
        let (speed_mmps, local_s) = self.speed_at(last_s, next);
        let hour_begin_s = last_s - local_s.rem_euclid(HOUR_S);
        let begin_s = if next > 1 { hour_begin_s.max(self.utc_offsets[next - 1].from_s) } else { hour_begin_s };
        (speed_mmps, begin_s)
    }

    /// Speed and local time at `time_s`, where `next` counts the offset entries begun by then.
    fn speed_at(&self, time_s: Timestamp, next: usize) -> (i64, i64) {
        let offset_s = self.utc_offsets.get(next.saturating_sub(1)).map_or(0, |entry| entry.offset_s);
        let local_s = time_s + offset_s;
        let hour = local_s.div_euclid(HOUR_S).rem_euclid(24);
        (self.speed_mmps_by_hour[usize::try_from(hour).unwrap_or(0)], local_s)
    }
}

#[inline]
const fn ceil_div(amount: i64, by: i64) -> i64 {
    (amount + by - 1) / by
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TravelConfig;
    use proptest::prelude::*;

    fn travel(speeds: Vec<f64>, offsets: Vec<UtcOffset>) -> Travel {
        let mut region = RegionConfig::new("r", LatLng::new(0.0, 0.0));
        region.travel = TravelConfig { detour_factor: 1.3, speed_mps_by_hour: speeds, fixed_leg_s: 30 };
        region.utc_offsets = offsets;
        Travel::new(&region)
    }

    proptest! {
        #[test]
        fn leaving_later_never_arrives_earlier_and_the_inverse_is_exact(
            speeds in prop::collection::vec(0.5f64..60.0, 24),
            offset_s in -14i64..14, change_s in 0i64..100_000,
            depart_s in 0i64..200_000, road_m in 0i64..200_000,
        ) {
            let offsets = vec![
                UtcOffset { from_s: -1_000_000, offset_s: offset_s * 1_800 },
                UtcOffset { from_s: change_s, offset_s: offset_s * 1_800 + 3_600 },
            ];
            let travel = travel(speeds, offsets);
            let arrive_s = travel.arrival(depart_s, road_m);
            prop_assert!(travel.arrival(depart_s + 1, road_m) >= arrive_s);
            prop_assert!(arrive_s - depart_s >= travel.fastest_s(road_m));
            let latest_s = travel.latest_departure(arrive_s, road_m);
            prop_assert!(latest_s >= depart_s);
            prop_assert!(travel.arrival(latest_s, road_m) <= arrive_s);
            prop_assert!(travel.arrival(latest_s + 1, road_m) > arrive_s);
        }
    }

    #[test]
    fn a_leg_over_the_hour_uses_both_speeds() {
        let mut speeds = vec![10.0; 24];
        speeds[1] = 5.0;
        let travel = travel(speeds, Vec::new());
        // 600 s at 10 m/s until 01:00, then 2,000 m at 5 m/s, then 30 s to park.
        assert_eq!(travel.arrival(3_000, 8_000), 3_600 + 400 + 30);
    }
}
