//! What a search asks and what it answers with.

use super::error::{GeoError, Violations};
use super::polygon::Polygon;
use super::position::LatLng;
use super::technician::{AvailabilitySet, CertificateIndex, PartnerIndex, SkillIndex, TechnicianIndex};

/// Most technicians that one search may return.
pub const MAX_HITS: usize = 1 << 20;

/// A skill with the lowest level that will do; level 0 asks for any level, as 1 does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SkillRequirement {
    /// Which skill.
    pub skill: SkillIndex,
    /// Lowest level that will do.
    pub min_level: u8,
}

/// Which technicians count. Conditions are joined by *and*; the default lets everybody with a position through.
#[derive(Clone, Copy, Debug)]
pub struct Filter<'a> {
    /// Every one of these skills, each at its level.
    pub skills: &'a [SkillRequirement],
    /// Every one of these certificates, valid at `certified_at_ms`.
    pub certificates: &'a [CertificateIndex],
    /// Instant at which `certificates` must hold, milliseconds since the Unix epoch.
    pub certified_at_ms: i64,
    /// Any of these states.
    pub availability: AvailabilitySet,
    /// Position observed at most this long before the search's `now_ms`.
    pub max_staleness_ms: Option<i64>,
    /// Any of these partners, `None` among them meaning the operator's own technicians; no list means everybody.
    pub partners: Option<&'a [Option<PartnerIndex>]>,
    /// Standing inside this area.
    pub region: Option<&'a Polygon>,
    /// None of these; fastest when sorted.
    pub exclude: &'a [TechnicianIndex],
}

impl Default for Filter<'_> {
    fn default() -> Self {
        Self {
            skills: &[],
            certificates: &[],
            certified_at_ms: 0,
            availability: AvailabilitySet::ANY,
            max_staleness_ms: None,
            partners: None,
            region: None,
            exclude: &[],
        }
    }
}

/// How straight-line travel is turned into time: distance x `detour_factor` / speed of the technician's mode.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TravelProfile {
    /// Speed in metres per second by [`TravelMode`](super::TravelMode) number, each above 0.
    pub speed_mps: [f64; 4],
    /// Road distance over straight-line distance, at least 1.
    pub detour_factor: f64,
}

impl Default for TravelProfile {
    fn default() -> Self {
        Self { speed_mps: [8.0, 8.0, 4.2, 1.3], detour_factor: 1.3 }
    }
}

impl TravelProfile {
    /// Travel time over a straight-line distance, in milliseconds, not rounded.
    #[must_use]
    #[inline]
    pub fn travel_ms(&self, distance_m: f64, mode: usize) -> f64 {
        distance_m * self.detour_factor * 1000.0 / self.speed_mps[mode]
    }

    /// A distance that nobody covers in less than `travel_ms`, whatever the mode.
    pub(crate) fn reach_m(&self, travel_ms: f64) -> f64 {
        let fastest_mps = self.speed_mps.iter().copied().fold(0.0, f64::max);
        travel_ms / 1000.0 * fastest_mps / self.detour_factor
    }

    fn check(&self, violations: &mut Violations) {
        let is_speed = self.speed_mps.iter().all(|speed| speed.is_finite() && *speed > 0.0);
        violations.require(is_speed, "order.profile.speed_mps", "must be above 0 and finite");
        let is_factor = self.detour_factor.is_finite() && self.detour_factor >= 1.0;
        violations.require(is_factor, "order.profile.detour_factor", "must be at least 1 and finite");
    }
}

/// Who comes first. Equal keys are ordered by technician number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Order {
    /// Nearest first, from the position held.
    #[default]
    Distance,
    /// Soonest arrival when leaving the position held now.
    Eta(TravelProfile),
    /// Soonest arrival after current commitments: `max(now, free_at)` plus travel from the place they end at. Without a
    /// commitment it is the same as [`Order::Eta`].
    SoonestFree(TravelProfile),
}

/// One search for technicians around a place.
#[derive(Clone, Copy, Debug)]
pub struct Search<'a> {
    /// Where to search from.
    pub origin: LatLng,
    /// How many to return at most, `1..=MAX_HITS`.
    pub limit: usize,
    /// Only technicians at most this far from `origin` by [`Hit::distance_m`], metres; no bound if `None`.
    pub max_distance_m: Option<f64>,
    /// Who comes first.
    pub order: Order,
    /// The present, milliseconds since the Unix epoch.
    pub now_ms: i64,
    /// Who counts.
    pub filter: Filter<'a>,
}

impl<'a> Search<'a> {
    /// A search for the `limit` nearest to `origin`, anybody; set the other fields as needed.
    #[must_use]
    pub fn nearest(origin: LatLng, limit: usize, now_ms: i64) -> Search<'a> {
        Search { origin, limit, max_distance_m: None, order: Order::Distance, now_ms, filter: Filter::default() }
    }

    /// Refuses arguments out of range, all at once.
    pub(crate) fn check(&self) -> Result<(), GeoError> {
        let mut violations = Violations::default();
        violations.require(self.origin.is_valid(), "origin", "must be -90..=90 and -180..=180 degrees");
        violations.require((1..=MAX_HITS).contains(&self.limit), "limit", "must be 1..=1048576");
        let is_distance = self.max_distance_m.is_none_or(|distance| distance >= 0.0);
        violations.require(is_distance, "max_distance_m", "must be at least 0");
        let is_staleness = self.filter.max_staleness_ms.is_none_or(|staleness| staleness >= 0);
        violations.require(is_staleness, "filter.max_staleness_ms", "must be at least 0");
        if let Order::Eta(profile) | Order::SoonestFree(profile) = &self.order {
            profile.check(&mut violations);
        }
        violations.into_result()
    }
}

/// One technician found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Who.
    pub technician: TechnicianIndex,
    /// Great-circle distance in metres to `origin` from where the travel starts: the position held, or with
    /// [`Order::SoonestFree`] the place where a commitment ends.
    pub distance_m: f64,
    /// Arrival at `origin`, milliseconds since the Unix epoch, rounded up; `now_ms` with [`Order::Distance`].
    pub arrival_ms: i64,
}
