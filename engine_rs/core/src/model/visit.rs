//! What is to be done: services of the catalogue and visits, with their states and times.

use super::region::check_place;
use super::technician::{PartCount, validate_parts, validate_skills, validate_window};
use super::{LatLng, MAX_TIME_S, MIN_TIME_S, Pin, ScoreTerm, SkillLevel, TimeWindow, Timestamp, UnassignedReason};
use super::{Ties, Violations, reason};

/// Longest planned time at a site in seconds.
pub const MAX_DURATION_S: i64 = 86_400;
const MAX_REQUIRED_SKILLS: usize = 32;
const MAX_REQUIRED_CERTIFICATES: usize = 32;
const MAX_WINDOWS: usize = 16;
const MAX_LANGUAGES: usize = 16;
const MAX_PARTNERS: usize = 16;

/// Stands for the technicians of no partner where partners are named.
pub const OWN_STAFF: &str = "-";

/// How urgent a visit is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Within its promised window.
    #[default]
    Routine,
    /// As soon as is reasonable.
    Urgent,
    /// Before everything that is not yet under way.
    Emergency,
}

impl Priority {
    /// Every priority, in order.
    pub const ALL: [Self; 3] = [Self::Routine, Self::Urgent, Self::Emergency];
}

/// An entry of the catalogue: what a visit needs and promises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Identifier.
    pub id: String,
    /// Skills needed.
    pub required_skills: Vec<SkillLevel>,
    /// Certificates needed.
    pub required_certificates: Vec<String>,
    /// Planned time at the site in seconds, 60 to 86,400.
    pub duration_s: i64,
    /// Partners whose technicians may come when the booking does not say, [`OWN_STAFF`] for those of none; empty means any.
    pub partners: Vec<String>,
    /// Parts that a visit takes when the booking does not say.
    pub parts: Vec<PartCount>,
    /// Priority when the booking does not say.
    pub priority: Priority,
    /// Seconds from a request "now" to the promised start.
    pub response_target_s: i64,
    /// Seconds from a request "now" to the last allowed start.
    pub response_limit_s: i64,
}

impl Service {
    /// Collects every violation, with paths below `path` (such as `service`).
    pub fn validate(&self, path: &str, out: &mut Violations) {
        out.check(!self.id.is_empty(), format!("{path}.name"), reason::REQUIRED, "the service needs an identifier");
        validate_skills(&self.required_skills, MAX_REQUIRED_SKILLS, &format!("{path}.required_skills"), out);
        let is_count_ok = self.required_certificates.len() <= MAX_REQUIRED_CERTIFICATES;
        out.check(
            is_count_ok,
            format!("{path}.required_certificates"),
            reason::TOO_MANY_ITEMS,
            "at most 32 certificates",
        );
        let is_scope_ok = self.partners.len() <= MAX_PARTNERS;
        out.check(is_scope_ok, format!("{path}.partners"), reason::TOO_MANY_ITEMS, "at most 16 partners");
        validate_parts(&self.parts, &format!("{path}.parts"), out);
        let is_length_ok = (60..=MAX_DURATION_S).contains(&self.duration_s);
        out.check(
            is_length_ok,
            format!("{path}.duration_s"),
            reason::OUT_OF_RANGE,
            "a visit lasts 60 to 86,400 seconds",
        );
        let is_target_ok = (1..=2_592_000).contains(&self.response_target_s);
        out.check(is_target_ok, format!("{path}.response_target_s"), reason::OUT_OF_RANGE, "1 second to 30 days");
        let is_limit_ok = (1..=2_592_000).contains(&self.response_limit_s);
        out.check(is_limit_ok, format!("{path}.response_limit_s"), reason::OUT_OF_RANGE, "1 second to 30 days");
    }
}

/// Life of a visit. Numbers are those of the contract.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum VisitState {
    /// On no route.
    #[default]
    Unassigned = 1,
    /// On a route, not yet answered.
    Planned = 2,
    /// The technician said yes.
    Accepted = 3,
    /// The technician is driving there.
    EnRoute = 4,
    /// The technician is at the site.
    Arrived = 5,
    /// Work is going on.
    InService = 6,
    /// Done. Final.
    Completed = 7,
    /// Could not be done. Final.
    Failed = 8,
    /// Withdrawn. Final.
    Cancelled = 9,
    /// Its last allowed start passed. Final.
    Expired = 10,
}

impl VisitState {
    /// Whether nothing more happens to the visit.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled | Self::Expired)
    }

    /// Whether the technician has departed for it and has not finished.
    #[must_use]
    pub const fn is_under_way(self) -> bool {
        matches!(self, Self::EnRoute | Self::Arrived | Self::InService)
    }

    /// Whether the planner may still give the visit to somebody else on its own.
    #[must_use]
    pub const fn is_movable(self) -> bool {
        matches!(self, Self::Planned | Self::Accepted)
    }

    /// Whether the technician is at the site.
    #[must_use]
    pub const fn is_at_site(self) -> bool {
        matches!(self, Self::Arrived | Self::InService)
    }

    /// Whether the visit is on a route.
    #[must_use]
    pub const fn is_on_route(self) -> bool {
        matches!(self, Self::Planned | Self::Accepted) || self.is_under_way()
    }

    /// UPPER_SNAKE name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unassigned => "UNASSIGNED",
            Self::Planned => "PLANNED",
            Self::Accepted => "ACCEPTED",
            Self::EnRoute => "EN_ROUTE",
            Self::Arrived => "ARRIVED",
            Self::InService => "IN_SERVICE",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
            Self::Expired => "EXPIRED",
        }
    }
}

/// What a technician reports about a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VisitEvent {
    /// "I take it."
    Accept,
    /// "I do not take it."
    Decline,
    /// "I am driving there."
    Depart,
    /// "I am there."
    Arrive,
    /// "I begin."
    Start,
    /// "It is done."
    Complete,
    /// "It cannot be done."
    Fail,
}

impl VisitEvent {
    /// UPPER_SNAKE name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accept => "ACCEPT",
            Self::Decline => "DECLINE",
            Self::Depart => "DEPART",
            Self::Arrive => "ARRIVE",
            Self::Start => "START",
            Self::Complete => "COMPLETE",
            Self::Fail => "FAIL",
        }
    }
}

/// Where the plan has put a visit, as last told to the outside.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Placement {
    /// The technician.
    pub technician_id: String,
    /// Position among the technician's stops not yet finished, from 0.
    pub position: u32,
    /// Planned arrival.
    pub arrival_s: Timestamp,
    /// Planned start of work.
    pub start_s: Timestamp,
    /// Planned end of work.
    pub end_s: Timestamp,
    /// Planned travel from the previous stop in seconds.
    pub travel_s: i64,
    /// Planned travel from the previous stop in metres.
    pub travel_m: i64,
    /// Priced terms of the insertion that put it here.
    pub score_terms: Vec<ScoreTerm>,
    /// Sum of the terms.
    pub cost_milli: i64,
    /// Policy that priced it.
    pub policy_revision: String,
}

/// What really happened to a visit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VisitTimes {
    /// First put on a route.
    pub assign_s: Option<Timestamp>,
    /// Accepted by the present technician.
    pub accept_s: Option<Timestamp>,
    /// Departed for.
    pub depart_s: Option<Timestamp>,
    /// Arrived at.
    pub arrive_s: Option<Timestamp>,
    /// Begun.
    pub start_s: Option<Timestamp>,
    /// Reached a final state.
    pub end_s: Option<Timestamp>,
    /// How often it went from one technician to another.
    pub reassignment_count: u32,
}

/// One attendance at a site.
#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    /// Identifier.
    pub id: String,
    /// Where.
    pub location: LatLng,
    /// How urgent.
    pub priority: Priority,
    /// When it was asked for.
    pub request_time_s: Timestamp,
    /// Intervals in which it may start, ordered, not overlapping. Hard.
    pub start_windows: Vec<TimeWindow>,
    /// Times in which no work may be going on, ordered, not overlapping. Hard.
    pub blackouts: Vec<TimeWindow>,
    /// Promised start of a visit asked for as soon as possible; `None` when the window is the only promise.
    pub due_time_s: Option<Timestamp>,
    /// Planned time at the site in seconds, 1 to 86,400.
    pub duration_s: i64,
    /// Skills the technician must hold.
    pub required_skills: Vec<SkillLevel>,
    /// Certificates that must be valid to the visit's end.
    pub required_certificates: Vec<String>,
    /// The only technician who may come.
    pub required_technician_id: Option<String>,
    /// The technician the customer would like.
    pub preferred_technician_id: Option<String>,
    /// Technicians who may not come.
    pub excluded_technician_ids: Vec<String>,
    /// Languages of which the technician must speak one, as BCP 47 tags; empty means any.
    pub required_languages: Vec<String>,
    /// Partners whose technicians may come, [`OWN_STAFF`] for those of none; empty means any.
    pub partners: Vec<String>,
    /// Parts taken along and used, each named once.
    pub parts: Vec<PartCount>,
    /// The service attended, which decides how long the work takes whom.
    pub service_id: Option<String>,
    /// What ties it to other visits; `None` for nearly all.
    pub ties: Option<Box<Ties>>,
    /// What the planner may not change. Ignored when added, kept when restored.
    pub pin: Option<Box<Pin>>,
    /// State. Ignored when added, kept when restored.
    pub state: VisitState,
    /// Where the plan has put it. Ignored when added, kept when restored.
    pub placement: Option<Placement>,
    /// What really happened. Ignored when added, kept when restored.
    pub times: VisitTimes,
    /// Why nobody has it. Ignored when added, kept when restored.
    pub unassigned_reasons: Vec<UnassignedReason>,
}

impl Visit {
    /// A routine visit of an hour that anyone may do, within one start window.
    #[must_use]
    pub fn new(id: impl Into<String>, location: LatLng, request_time_s: Timestamp, start_window: TimeWindow) -> Self {
        Self {
            id: id.into(),
            location,
            priority: Priority::Routine,
            request_time_s,
            start_windows: vec![start_window],
            blackouts: Vec::new(),
            due_time_s: None,
            duration_s: 3_600,
            required_skills: Vec::new(),
            required_certificates: Vec::new(),
            required_technician_id: None,
            preferred_technician_id: None,
            excluded_technician_ids: Vec::new(),
            required_languages: Vec::new(),
            partners: Vec::new(),
            parts: Vec::new(),
            service_id: None,
            ties: None,
            pin: None,
            state: VisitState::Unassigned,
            placement: None,
            times: VisitTimes::default(),
            unassigned_reasons: Vec::new(),
        }
    }

    /// Collects every violation, with paths below `path` (such as `visits[3]`).
    pub fn validate(&self, path: &str, center: LatLng, out: &mut Violations) {
        out.check(!self.id.is_empty(), format!("{path}.name"), reason::REQUIRED, "the visit needs an identifier");
        check_place(self.location, center, format!("{path}.site.location"), out);
        validate_skills(&self.required_skills, MAX_REQUIRED_SKILLS, &format!("{path}.required_skills"), out);
        let is_count_ok = self.required_certificates.len() <= MAX_REQUIRED_CERTIFICATES;
        out.check(
            is_count_ok,
            format!("{path}.required_certificates"),
            reason::TOO_MANY_ITEMS,
            "at most 32 certificates",
        );
        let is_length_ok = (1..=MAX_DURATION_S).contains(&self.duration_s);
        out.check(
            is_length_ok,
            format!("{path}.duration_s"),
            reason::OUT_OF_RANGE,
            "a visit lasts 1 to 86,400 seconds",
        );
        let is_in_range = |time_s: Timestamp| (MIN_TIME_S..=MAX_TIME_S).contains(&time_s);
        out.check(
            self.required_languages.len() <= MAX_LANGUAGES,
            format!("{path}.required_languages"),
            reason::TOO_MANY_ITEMS,
            "at most 16 languages",
        );
        let is_scope_ok = self.partners.len() <= MAX_PARTNERS;
        out.check(is_scope_ok, format!("{path}.partners"), reason::TOO_MANY_ITEMS, "at most 16 partners");
        validate_parts(&self.parts, &format!("{path}.parts"), out);
        let is_request_ok = is_in_range(self.request_time_s);
        out.check(
            is_request_ok,
            format!("{path}.request_time"),
            reason::OUT_OF_RANGE,
            "a time lies in the years 1 to 9999",
        );
        let is_due_ok = self.due_time_s.is_none_or(is_in_range);
        out.check(is_due_ok, format!("{path}.due_time"), reason::OUT_OF_RANGE, "a time lies in the years 1 to 9999");
        if let Some(pin) = &self.pin {
            pin.validate(&format!("{path}.pin"), out);
        }
        self.validate_windows(path, out);
        validate_times(&self.blackouts, "blackout", format!("{path}.blackouts"), out);
        if let Some(ties) = &self.ties {
            ties.validate(&self.id, path, out);
        }
    }

    fn validate_windows(&self, path: &str, out: &mut Violations) {
        let field = format!("{path}.start_windows");
        out.check(
            !self.start_windows.is_empty(),
            field.clone(),
            reason::REQUIRED,
            "at least one start window is needed",
        );
        validate_times(&self.start_windows, "start window", field, out);
    }
}

/// Collects violations of a list of intervals: too many, reversed, out of order, overlapping.
fn validate_times(windows: &[TimeWindow], what: &str, field: String, out: &mut Violations) {
    let is_count_ok = windows.len() <= MAX_WINDOWS;
    out.check(is_count_ok, field.clone(), reason::TOO_MANY_ITEMS, format!("at most {MAX_WINDOWS} {what}s"));
    let mut last_end_s = Timestamp::MIN;
    for (index, window) in windows.iter().enumerate() {
        validate_window(*window, format!("{field}[{index}]"), out);
        let is_after = window.start_s > last_end_s;
        let text = format!("{what}s must be ordered and may not overlap");
        out.check(is_after, format!("{field}[{index}]"), reason::OVERLAP, text);
        last_end_s = last_end_s.max(window.end_s);
    }
}
