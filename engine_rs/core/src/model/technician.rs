//! A person who attends visits: what may be done, when, and from where.

use super::region::check_place;
use super::{LatLng, MAX_TIME_S, MIN_TIME_S, TimeWindow, Timestamp, Violations, reason};

const MAX_SKILLS: usize = 64;
const MAX_CERTIFICATES: usize = 64;
const MAX_SHIFTS: usize = 62;
const MAX_BREAKS: usize = 4;
const MAX_SHIFT_S: i64 = 24 * 3_600;
const MAX_LEVEL: u8 = 5;
const MAX_TIER: u8 = 5;
const MAX_VISITS: u32 = 100;
const MAX_RATING_COUNT: u32 = 1_000_000;
const MAX_VISIT_COST_MILLI: i64 = 10_000_000;
const MAX_PACES: usize = 256;
const PACE_PERCENT: core::ops::RangeInclusive<u32> = 25..=400;
const MAX_PARTS: usize = 256;
const MAX_PART_COUNT: u32 = 100_000;

/// A skill with a level, held or asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkillLevel {
    /// Identifier of the skill.
    pub skill: String,
    /// 1 (trained) to 5 (master).
    pub level: u8,
}

/// A number of one kind of part, carried or taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartCount {
    /// Identifier of the part.
    pub part: String,
    /// How many, 1 to 100,000.
    pub count: u32,
}

/// How long the work of a service takes somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkPace {
    /// Identifier of the service; `None` for every service that has no pace of its own.
    pub service_id: Option<String>,
    /// Percent of the planned time, 25 to 400.
    pub percent: u32,
}

/// A certificate held. It counts for a visit that lies wholly inside its validity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Identifier of the certificate.
    pub certificate: String,
    /// First instant of validity; `None` means always in the past.
    pub valid_from_s: Option<Timestamp>,
    /// Last instant of validity; `None` means it never expires.
    pub valid_until_s: Option<Timestamp>,
}

/// A pause taken once inside the shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Break {
    /// The interval in which it must begin.
    pub start_window: TimeWindow,
    /// Length in seconds, 60 to 14,400.
    pub duration_s: i64,
}

/// One working period.
#[derive(Clone, Debug, PartialEq)]
pub struct Shift {
    /// Start and end of paid time, at most 24 hours.
    pub window: TimeWindow,
    /// Where the technician is at the start; `None` means at home.
    pub start_location: Option<LatLng>,
    /// Where the technician must be by the end; `None` means anywhere.
    pub end_location: Option<LatLng>,
    /// Breaks, at most 4.
    pub breaks: Vec<Break>,
}

/// Whether a technician may be given work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Availability {
    /// May be dispatched inside the shifts.
    #[default]
    Available,
    /// Not working; open visits move to others.
    Offline,
    /// Takes nothing new; what is planned stays.
    Paused,
}

/// A person who attends visits. Without shifts the technician is always on duty.
#[derive(Clone, Debug, PartialEq)]
pub struct Technician {
    /// Identifier.
    pub id: String,
    /// Partner company, empty for own staff.
    pub partner: String,
    /// Skills held, each once.
    pub skills: Vec<SkillLevel>,
    /// Certificates held; several of one name are several periods of validity.
    pub certificates: Vec<Certificate>,
    /// Working periods ordered by start, not overlapping. None means always on duty.
    pub shifts: Vec<Shift>,
    /// Where the technician is taken to be until something better is known.
    pub home_location: LatLng,
    /// Whether work may be given.
    pub availability: Availability,
    /// Languages spoken.
    pub languages: Vec<String>,
    /// Star tier, 0 (newcomer) to 5.
    pub star_tier: u8,
    /// Mean rating, 1 to 5; 0 means none yet.
    pub rating_mean: f64,
    /// Ratings behind the mean.
    pub rating_count: u32,
    /// Most visits a shift, 0 means the policy's limit.
    pub max_visits: u32,
    /// Parts on board when a shift begins, each named once.
    pub parts: Vec<PartCount>,
    /// Visits attended, over which repeats are counted.
    pub attended_count: u32,
    /// Of those, the ones that had to be done again.
    pub repeat_count: u32,
    /// What each visit costs by itself, such as a partner's charge, in milli-cost.
    pub cost_per_visit_milli: i64,
    /// How long work takes this technician, each service named once; as planned where nothing is said.
    pub paces: Vec<WorkPace>,
}

impl Technician {
    /// An available technician without skills, always on duty.
    #[must_use]
    pub fn new(id: impl Into<String>, home_location: LatLng) -> Self {
        Self {
            id: id.into(),
            partner: String::new(),
            skills: Vec::new(),
            certificates: Vec::new(),
            shifts: Vec::new(),
            home_location,
            availability: Availability::Available,
            languages: Vec::new(),
            star_tier: 0,
            rating_mean: 0.0,
            rating_count: 0,
            max_visits: 0,
            parts: Vec::new(),
            attended_count: 0,
            repeat_count: 0,
            cost_per_visit_milli: 0,
            paces: Vec::new(),
        }
    }

    /// Collects every violation, with paths below `path` (such as `technician`).
    pub fn validate(&self, path: &str, center: LatLng, out: &mut Violations) {
        out.check(!self.id.is_empty(), format!("{path}.name"), reason::REQUIRED, "the technician needs an identifier");
        check_place(self.home_location, center, format!("{path}.home_location"), out);
        validate_skills(&self.skills, MAX_SKILLS, &format!("{path}.skills"), out);
        self.validate_certificates(path, out);
        self.validate_shifts(path, center, out);
        validate_parts(&self.parts, &format!("{path}.parts"), out);
        self.validate_paces(path, out);
        let is_count_ok = self.attended_count <= MAX_RATING_COUNT;
        out.check(is_count_ok, format!("{path}.attended_count"), reason::OUT_OF_RANGE, "at most 1,000,000 visits");
        let is_share_ok = self.repeat_count <= self.attended_count;
        let text = "no more repeats than visits attended";
        out.check(is_share_ok, format!("{path}.repeat_count"), reason::OUT_OF_RANGE, text);
        let is_cost_ok = (0..=MAX_VISIT_COST_MILLI).contains(&self.cost_per_visit_milli);
        let text = "a visit costs 0 to 10,000,000 milli";
        out.check(is_cost_ok, format!("{path}.cost_per_visit_milli"), reason::OUT_OF_RANGE, text);
        let is_rating_ok = self.rating_mean == 0.0 || (1.0..=5.0).contains(&self.rating_mean);
        out.check(
            is_rating_ok,
            format!("{path}.rating_mean"),
            reason::OUT_OF_RANGE,
            "a mean rating is 1 to 5, or 0 for none",
        );
        let is_count_ok = self.rating_count <= MAX_RATING_COUNT;
        out.check(is_count_ok, format!("{path}.rating_count"), reason::OUT_OF_RANGE, "at most 1,000,000 ratings");
        let is_tier_ok = self.star_tier <= MAX_TIER;
        out.check(is_tier_ok, format!("{path}.star_tier"), reason::OUT_OF_RANGE, "a star tier is 0 to 5");
        let is_max_ok = self.max_visits <= MAX_VISITS;
        out.check(is_max_ok, format!("{path}.max_visits"), reason::OUT_OF_RANGE, "at most 100 visits a shift");
    }

    fn validate_paces(&self, path: &str, out: &mut Violations) {
        let is_count_ok = self.paces.len() <= MAX_PACES;
        out.check(is_count_ok, format!("{path}.work_paces"), reason::TOO_MANY_ITEMS, "at most 256 paces");
        for (index, pace) in self.paces.iter().enumerate() {
            let field = format!("{path}.work_paces[{index}]");
            let is_ok = PACE_PERCENT.contains(&pace.percent);
            out.check(is_ok, format!("{field}.percent"), reason::OUT_OF_RANGE, "a pace is 25 to 400 percent");
            let is_new = !self.paces[..index].iter().any(|earlier| earlier.service_id == pace.service_id);
            out.check(is_new, field, reason::DUPLICATE, "each service may be named once");
        }
    }

    fn validate_certificates(&self, path: &str, out: &mut Violations) {
        let is_count_ok = self.certificates.len() <= MAX_CERTIFICATES;
        out.check(is_count_ok, format!("{path}.certificates"), reason::TOO_MANY_ITEMS, "at most 64 certificates");
        for (index, certificate) in self.certificates.iter().enumerate() {
            let field = format!("{path}.certificates[{index}]");
            let from_s = certificate.valid_from_s.unwrap_or(MIN_TIME_S);
            let until_s = certificate.valid_until_s.unwrap_or(MAX_TIME_S);
            let named = !certificate.certificate.is_empty();
            out.check(named, format!("{field}.certificate"), reason::REQUIRED, "the certificate needs an identifier");
            if from_s > until_s {
                out.add(field, reason::INTERVAL_REVERSED, "valid_from must not be after valid_until");
            } else if from_s < MIN_TIME_S || until_s > MAX_TIME_S {
                out.add(field, reason::OUT_OF_RANGE, "times must lie in the years 1 to 9999");
            }
        }
    }

    fn validate_shifts(&self, path: &str, center: LatLng, out: &mut Violations) {
        let is_count_ok = self.shifts.len() <= MAX_SHIFTS;
        out.check(is_count_ok, format!("{path}.shifts"), reason::TOO_MANY_ITEMS, "at most 62 shifts");
        let mut last_end_s = Timestamp::MIN;
        for (index, shift) in self.shifts.iter().enumerate() {
            let field = format!("{path}.shifts[{index}]");
            validate_window(shift.window, format!("{field}.window"), out);
            let is_short = !shift.window.is_valid() || shift.window.length_s() <= MAX_SHIFT_S;
            out.check(is_short, format!("{field}.window"), reason::TOO_LONG, "a shift is at most 24 hours long");
            let is_after = shift.window.start_s >= last_end_s;
            out.check(
                is_after,
                format!("{field}.window"),
                reason::OVERLAP,
                "shifts must be ordered and may not overlap",
            );
            last_end_s = last_end_s.max(shift.window.end_s);
            if let Some(place) = shift.start_location {
                check_place(place, center, format!("{field}.start_location"), out);
            }
            if let Some(place) = shift.end_location {
                check_place(place, center, format!("{field}.end_location"), out);
            }
            validate_breaks(shift, &field, out);
        }
    }
}

fn validate_breaks(shift: &Shift, path: &str, out: &mut Violations) {
    out.check(
        shift.breaks.len() <= MAX_BREAKS,
        format!("{path}.breaks"),
        reason::TOO_MANY_ITEMS,
        "at most 4 breaks a shift",
    );
    for (index, pause) in shift.breaks.iter().enumerate() {
        let field = format!("{path}.breaks[{index}]");
        validate_window(pause.start_window, format!("{field}.start_window"), out);
        let is_length_ok = (60..=14_400).contains(&pause.duration_s);
        out.check(
            is_length_ok,
            format!("{field}.duration_s"),
            reason::OUT_OF_RANGE,
            "a break lasts 60 to 14,400 seconds",
        );
        let fits = !pause.start_window.is_valid()
            || (pause.start_window.start_s >= shift.window.start_s
                && pause.start_window.start_s + pause.duration_s <= shift.window.end_s);
        out.check(fits, field, reason::OUTSIDE_SHIFT, "the break must fit into its shift");
        let is_ordered = index == 0 || shift.breaks[index - 1].start_window.start_s <= pause.start_window.start_s;
        out.check(is_ordered, format!("{path}.breaks[{index}]"), reason::OVERLAP, "breaks must be ordered by start");
    }
}

/// Collects a violation when `window` is reversed or out of range.
pub(crate) fn validate_window(window: TimeWindow, field: String, out: &mut Violations) {
    if window.start_s > window.end_s {
        out.add(field, reason::INTERVAL_REVERSED, "start_time must not be after end_time");
    } else if !window.is_valid() {
        out.add(field, reason::OUT_OF_RANGE, "times must lie in the years 1 to 9999");
    }
}

/// Collects violations of a list of parts: too many, unnamed, a count out of range, one part twice.
pub(crate) fn validate_parts(parts: &[PartCount], path: &str, out: &mut Violations) {
    out.check(parts.len() <= MAX_PARTS, path, reason::TOO_MANY_ITEMS, format!("at most {MAX_PARTS} parts"));
    for (index, part) in parts.iter().enumerate() {
        let field = format!("{path}[{index}]");
        out.check(!part.part.is_empty(), format!("{field}.part"), reason::REQUIRED, "the part needs an identifier");
        let is_count_ok = (1..=MAX_PART_COUNT).contains(&part.count);
        out.check(is_count_ok, format!("{field}.count"), reason::OUT_OF_RANGE, "a count is 1 to 100,000");
        let is_new = !parts[..index].iter().any(|earlier| earlier.part == part.part);
        out.check(is_new, field, reason::DUPLICATE, "each part may be named once");
    }
}

/// Collects violations of a list of skills: too many, unnamed, a level out of range, one skill twice.
pub(crate) fn validate_skills(skills: &[SkillLevel], most: usize, path: &str, out: &mut Violations) {
    out.check(skills.len() <= most, path, reason::TOO_MANY_ITEMS, format!("at most {most} skills"));
    for (index, skill) in skills.iter().enumerate() {
        let field = format!("{path}[{index}]");
        out.check(!skill.skill.is_empty(), format!("{field}.skill"), reason::REQUIRED, "the skill needs an identifier");
        let is_level_ok = (1..=MAX_LEVEL).contains(&skill.level);
        out.check(is_level_ok, format!("{field}.level"), reason::OUT_OF_RANGE, "a level is 1 to 5");
        let is_new = !skills[..index].iter().any(|earlier| earlier.skill == skill.skill);
        out.check(is_new, field, reason::DUPLICATE, "each skill may be named once");
    }
}
