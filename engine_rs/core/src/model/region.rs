//! The region: its local plane, its clock and how fast one travels in it.

use super::{LatLng, Timestamp, Violations, reason};

/// Farthest that a site or a technician's places may be from the region's centre, in metres.
pub(crate) const MAX_RADIUS_M: f64 = 300_000.0;
const DEFAULT_DETOUR_FACTOR: f64 = 1.3;
const DEFAULT_SPEED_MPS: f64 = 8.0;
const MAX_FIXED_LEG_S: i64 = 3_600;

/// A city as the planner sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionConfig {
    /// Identifier.
    pub id: String,
    /// Centre of the local plane.
    pub center: LatLng,
    /// How travel times are estimated.
    pub travel: TravelConfig,
    /// Offsets of local time from UTC, ordered by `from_s`; the first also holds before its `from_s`. Empty means UTC.
    pub utc_offsets: Vec<UtcOffset>,
}

/// Offset of local time in force from an instant on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UtcOffset {
    /// First instant of the offset.
    pub from_s: Timestamp,
    /// Local time minus UTC in seconds, -86,400 to 86,400.
    pub offset_s: i64,
}

/// Straight line x detour factor / speed of the local hour, plus a fixed time a leg.
#[derive(Clone, Debug, PartialEq)]
pub struct TravelConfig {
    /// Road distance over straight-line distance, 1 to 3.
    pub detour_factor: f64,
    /// Metres per second of each local hour of day: 24 values of 0.5 to 60, or none for 8.0 all day.
    pub speed_mps_by_hour: Vec<f64>,
    /// Seconds added to each leg that goes anywhere, 0 to 3,600.
    pub fixed_leg_s: i64,
}

impl Default for TravelConfig {
    fn default() -> Self {
        Self { detour_factor: DEFAULT_DETOUR_FACTOR, speed_mps_by_hour: Vec::new(), fixed_leg_s: 0 }
    }
}

impl TravelConfig {
    /// Speeds of the 24 local hours in metres per second, the default filled in.
    #[must_use]
    pub fn speeds_mps(&self) -> [f64; 24] {
        let mut speeds = [DEFAULT_SPEED_MPS; 24];
        if self.speed_mps_by_hour.len() == speeds.len() {
            speeds.copy_from_slice(&self.speed_mps_by_hour);
        }
        speeds
    }
}

impl RegionConfig {
    /// A region with the default travel model in UTC.
    #[must_use]
    pub fn new(id: impl Into<String>, center: LatLng) -> Self {
        Self { id: id.into(), center, travel: TravelConfig::default(), utc_offsets: Vec::new() }
    }

    /// Collects every violation, with paths below `path` (such as `region`).
    pub fn validate(&self, path: &str, out: &mut Violations) {
        out.check(!self.id.is_empty(), format!("{path}.name"), reason::REQUIRED, "the region needs an identifier");
        out.check(
            self.center.is_valid() && self.center.lat_deg.abs() <= 85.0,
            format!("{path}.center"),
            reason::OUT_OF_RANGE,
            "the centre must be a valid place no farther than 85 degrees from the equator",
        );
        let model = format!("{path}.travel_model");
        out.check(
            (1.0..=3.0).contains(&self.travel.detour_factor),
            format!("{model}.detour_factor"),
            reason::OUT_OF_RANGE,
            "the detour factor must be 1 to 3",
        );
        out.check(
            matches!(self.travel.speed_mps_by_hour.len(), 0 | 24),
            format!("{model}.speed_mps_by_hour"),
            reason::TOO_FEW_ITEMS,
            "the speed table must have 24 values or none",
        );
        for (hour, speed) in self.travel.speed_mps_by_hour.iter().enumerate() {
            out.check(
                (0.5..=60.0).contains(speed),
                format!("{model}.speed_mps_by_hour[{hour}]"),
                reason::OUT_OF_RANGE,
                "a speed must be 0.5 to 60 metres per second",
            );
        }
        out.check(
            (0..=MAX_FIXED_LEG_S).contains(&self.travel.fixed_leg_s),
            format!("{model}.fixed_leg_s"),
            reason::OUT_OF_RANGE,
            "the fixed time of a leg must be 0 to 3,600 seconds",
        );
        for (index, pair) in self.utc_offsets.windows(2).enumerate() {
            let field = format!("{path}.utc_offsets[{}]", index + 1);
            out.check(pair[0].from_s < pair[1].from_s, field, reason::OVERLAP, "offsets must be ordered by time");
        }
        for (index, entry) in self.utc_offsets.iter().enumerate() {
            let field = format!("{path}.utc_offsets[{index}]");
            out.check(entry.offset_s.abs() <= 86_400, field, reason::OUT_OF_RANGE, "an offset is at most one day");
        }
    }
}

/// Collects a violation when `place` is not a place of the region.
pub(crate) fn check_place(place: LatLng, center: LatLng, field: String, out: &mut Violations) {
    if !place.is_valid() {
        out.add(field, reason::OUT_OF_RANGE, "latitude must be -90 to 90 and longitude -180 to 180 degrees");
    } else if place.distance_m(center) > MAX_RADIUS_M {
        out.add(field, reason::OUTSIDE_REGION, "the place is more than 300 km from the region's centre");
    }
}
