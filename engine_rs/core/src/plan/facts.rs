//! Technicians and visits compiled for the search: names as numbers, places on the plane, promises as prices.

use super::{Names, Windows};
use crate::model::{MAX_TIME_S, MIN_TIME_S, OWN_STAFF, PartCount, Pin, Priority, Technician, TimeWindow};
use crate::model::{Timestamp, Visit};
use crate::travel::{Point, Travel};

/// Names that the plan has met, of each kind apart.
#[derive(Clone, Debug, Default)]
pub struct Dictionary {
    /// Identifiers of technicians.
    pub technicians: Names,
    /// Identifiers of skills.
    pub skills: Names,
    /// Identifiers of certificates.
    pub certificates: Names,
    /// Language tags in lower case, and what they begin with up to a hyphen.
    pub languages: Names,
    /// Identifiers of partners, and the name of own staff.
    pub partners: Names,
    /// Identifiers of parts.
    pub parts: Names,
    /// Identifiers of services.
    pub services: Names,
}

/// A technician's certificate: number and validity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertificateFacts {
    /// Number of the certificate.
    pub certificate: u32,
    /// Validity.
    pub validity: TimeWindow,
}

/// What the search needs to know of a technician, beside the routes.
#[derive(Clone, Debug)]
pub struct TechnicianFacts {
    /// Home on the plane.
    pub home: Point,
    /// Skills with level, ordered by number.
    pub skills: Vec<(u32, u8)>,
    /// Certificates, ordered by number.
    pub certificates: Vec<CertificateFacts>,
    /// Price of the person's rating and tier under the policy in force, the same for every visit.
    pub standing_milli: i64,
    /// Languages spoken and what their tags begin with, ordered by number.
    pub languages: Vec<u32>,
    /// Number of the partner.
    pub partner: u32,
    /// Parts on board when a shift begins, ordered by number.
    pub parts: Vec<(u32, u32)>,
    /// Percent of the planned time that work takes, by service, ordered by number.
    pub paces: Vec<(u32, u32)>,
    /// The same for every other service.
    pub pace: u32,
}

impl TechnicianFacts {
    /// Compiles a validated technician, whose rating and tier have the price `standing_milli`.
    pub fn new(technician: &Technician, standing_milli: i64, dictionary: &mut Dictionary, travel: &Travel) -> Self {
        let mut certificates: Vec<_> = technician
            .certificates
            .iter()
            .map(|held| CertificateFacts {
                certificate: dictionary.certificates.intern(&held.certificate),
                validity: TimeWindow::new(
                    held.valid_from_s.unwrap_or(MIN_TIME_S),
                    held.valid_until_s.unwrap_or(MAX_TIME_S),
                ),
            })
            .collect();
        let skills = technician.skills.iter().map(|held| (dictionary.skills.intern(&held.skill), held.level));
        certificates.sort_unstable_by_key(|held| (held.certificate, held.validity.start_s, held.validity.end_s));
        Self {
            home: travel.project(technician.home_location),
            skills: in_skill_order(skills.collect()),
            certificates,
            standing_milli,
            languages: tags_of(&technician.languages, &mut dictionary.languages),
            partner: dictionary.partners.intern(match technician.partner.as_str() {
                "" => OWN_STAFF,
                partner => partner,
            }),
            parts: in_part_order(&technician.parts, |name| dictionary.parts.intern(name)),
            paces: {
                let of_services =
                    technician.paces.iter().filter_map(|pace| Some((pace.service_id.as_ref()?, pace.percent)));
                let mut paces: Vec<_> =
                    of_services.map(|(id, percent)| (dictionary.services.intern(id), percent)).collect();
                paces.sort_unstable();
                paces
            },
            pace: technician
                .paces
                .iter()
                .find(|pace| pace.service_id.is_none())
                .map_or(AS_PLANNED, |pace| pace.percent),
        }
    }

    /// Seconds of work that a visit takes this technician. Constant time without paces by service.
    #[inline]
    #[must_use]
    pub fn work_s(&self, visit: &VisitFacts) -> i64 {
        if self.paces.is_empty() && self.pace == AS_PLANNED {
            return visit.duration_s;
        }
        let of_service = self.paces.binary_search_by_key(&visit.service, |pace| pace.0);
        let percent = of_service.map_or(self.pace, |at| self.paces[at].1);
        (visit.duration_s * i64::from(percent) + 99) / 100
    }

    /// Least percent of the planned time that any work takes this technician.
    #[must_use]
    pub fn least_pace(&self) -> u32 {
        self.paces.iter().map(|pace| pace.1).fold(self.pace, u32::min)
    }

    /// Most percent of the planned time that any work takes this technician.
    #[must_use]
    pub fn most_pace(&self) -> u32 {
        self.paces.iter().map(|pace| pace.1).fold(self.pace, u32::max)
    }

    /// Level held of a skill, 0 for none.
    #[must_use]
    pub fn level(&self, skill: u32) -> u8 {
        self.skills.binary_search_by_key(&skill, |held| held.0).map_or(0, |at| self.skills[at].1)
    }
}

/// What decides the price of a start time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    /// From when waiting is priced: the request of a visit asked for as soon as possible, else the first window's opening.
    pub from_s: Timestamp,
    /// Promised start; `None` when the window is the only promise.
    pub due_s: Option<Timestamp>,
    /// Priority in force.
    pub priority: Priority,
}

/// What the search needs to know of a visit.
#[derive(Clone, Debug)]
pub struct VisitFacts {
    /// Site on the plane.
    pub point: Point,
    /// Allowed starts.
    pub windows: Windows,
    /// Times in which no work may be going on, ordered.
    pub blackouts: Vec<TimeWindow>,
    /// Planned time at the site in seconds.
    pub duration_s: i64,
    /// Price of the start time.
    pub promise: Promise,
    /// Skills needed, ordered by number.
    pub skills: Vec<(u32, u8)>,
    /// Certificates needed, ordered by number.
    pub certificates: Vec<u32>,
    /// The only technician who may come.
    pub required: Option<u32>,
    /// The technician whom the customer would like.
    pub preferred: Option<u32>,
    /// Technicians who may not come, ordered.
    pub excluded: Vec<u32>,
    /// Languages of which one must be spoken; empty means any.
    pub languages: Vec<u32>,
    /// Partners whose technicians may come, ordered; empty means any.
    pub partners: Vec<u32>,
    /// Parts taken along, ordered by number.
    pub parts: Vec<(u32, u32)>,
    /// Number of the service.
    pub service: u32,
    /// What the planner may not change; `None` for nearly every visit.
    pub pin: Option<Box<PinFacts>>,
}

/// A visit's pin as the search needs it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PinFacts {
    /// The technician who keeps the visit.
    pub technician: Option<u32>,
    /// The start that is held.
    pub start_s: Option<Timestamp>,
    /// Whether everything planned before the visit stays as it is.
    pub is_in_place: bool,
}

/// Percent of the planned time that work takes unless something else is said.
pub(crate) const AS_PLANNED: u32 = 100;

/// Number of a name that nobody has mentioned: nobody holds it, and it is nobody's.
const UNKNOWN: u32 = u32::MAX;

impl VisitFacts {
    /// Compiles a validated visit.
    pub fn new(visit: &Visit, dictionary: &mut Dictionary, travel: &Travel) -> Self {
        for name in &visit.required_certificates {
            dictionary.certificates.intern(name);
        }
        for asked in &visit.required_skills {
            dictionary.skills.intern(&asked.skill);
        }
        for name in &visit.required_languages {
            dictionary.languages.intern(&name.to_lowercase());
        }
        for name in &visit.partners {
            dictionary.partners.intern(name);
        }
        if let Some(id) = &visit.service_id {
            dictionary.services.intern(id);
        }
        for taken in &visit.parts {
            dictionary.parts.intern(&taken.part);
        }
        let pinned = visit.pin.iter().filter_map(|pin| pin.technician_id.as_ref());
        let named = visit.required_technician_id.iter().chain(&visit.preferred_technician_id).chain(pinned);
        for id in named.chain(&visit.excluded_technician_ids) {
            dictionary.technicians.intern(id);
        }
        Self::looked_up(visit, dictionary, travel)
    }

    /// Compiles a validated visit that is only asked about: names never met stay unknown.
    #[must_use]
    pub fn looked_up(visit: &Visit, dictionary: &Dictionary, travel: &Travel) -> Self {
        let windows = Windows::new(&visit.start_windows);
        let from_s = if visit.due_time_s.is_some() { visit.request_time_s } else { windows.first_s() };
        let number = |names: &Names, name: &String| names.get(name).unwrap_or(UNKNOWN);
        let in_order = |names: &Names, of: &[String]| {
            let mut numbers: Vec<_> = of.iter().map(|name| number(names, name)).collect();
            numbers.sort_unstable();
            numbers.dedup();
            numbers
        };
        let technicians = &dictionary.technicians;
        let skills = visit.required_skills.iter().map(|asked| (number(&dictionary.skills, &asked.skill), asked.level));
        Self {
            point: travel.project(visit.location),
            windows,
            blackouts: visit.blackouts.clone(),
            duration_s: visit.duration_s,
            promise: Promise { from_s, due_s: visit.due_time_s, priority: visit.priority },
            skills: in_skill_order(skills.collect()),
            certificates: in_order(&dictionary.certificates, &visit.required_certificates),
            required: visit.required_technician_id.as_ref().map(|id| number(technicians, id)),
            preferred: visit.preferred_technician_id.as_ref().map(|id| number(technicians, id)),
            excluded: in_order(technicians, &visit.excluded_technician_ids),
            languages: {
                let tags = visit.required_languages.iter().map(|tag| tag.to_lowercase());
                tags.map(|tag| number(&dictionary.languages, &tag)).collect()
            },
            partners: in_order(&dictionary.partners, &visit.partners),
            parts: in_part_order(&visit.parts, |name| dictionary.parts.get(name).unwrap_or(UNKNOWN)),
            service: visit.service_id.as_ref().map_or(UNKNOWN, |id| number(&dictionary.services, id)),
            pin: visit.pin.as_ref().map(|pin| Box::new(PinFacts::new(pin, technicians))),
        }
    }

    /// Whether the visit may be put before what is frozen.
    #[inline]
    #[must_use]
    pub fn is_urgent(&self) -> bool {
        self.promise.priority > Priority::Routine
    }

    /// The start that is held, if one is.
    #[inline]
    #[must_use]
    pub fn pinned_start_s(&self) -> Option<Timestamp> {
        self.pin.as_ref().and_then(|pin| pin.start_s)
    }

    /// The technician who keeps the visit, if one does.
    #[inline]
    #[must_use]
    pub fn pinned_technician(&self) -> Option<u32> {
        self.pin.as_ref().and_then(|pin| pin.technician)
    }

    /// The only technician who could come, required or pinned; where two are named, nobody could.
    #[inline]
    #[must_use]
    pub fn only_technician(&self) -> Option<u32> {
        self.required.or(self.pinned_technician())
    }
}

impl PinFacts {
    /// Compiles a pin whose technician has been met before.
    #[must_use]
    pub fn new(pin: &Pin, technicians: &Names) -> Self {
        Self {
            technician: pin.technician_id.as_ref().map(|id| technicians.get(id).unwrap_or(UNKNOWN)),
            start_s: pin.start_s,
            is_in_place: pin.preceding_visit_ids.is_some(),
        }
    }
}

/// Skills in order of their numbers; one named twice counts at its highest level.
fn in_skill_order(mut skills: Vec<(u32, u8)>) -> Vec<(u32, u8)> {
    skills.sort_unstable_by_key(|(skill, level)| (*skill, std::cmp::Reverse(*level)));
    skills.dedup_by_key(|(skill, _)| *skill);
    skills
}

/// Parts in order of their numbers; parts that nobody has met count together.
fn in_part_order(parts: &[PartCount], mut number: impl FnMut(&str) -> u32) -> Vec<(u32, u32)> {
    let mut counts: Vec<_> = parts.iter().map(|known| (number(&known.part), known.count)).collect();
    counts.sort_unstable();
    counts.dedup_by(|later, kept| {
        let is_same = later.0 == kept.0;
        kept.1 = if is_same { kept.1.saturating_add(later.1) } else { kept.1 };
        is_same
    });
    counts
}

/// Numbers of language tags and of everything that they begin with up to a hyphen, ordered.
fn tags_of(tags: &[String], names: &mut Names) -> Vec<u32> {
    let mut numbers = Vec::new();
    for tag in tags.iter().map(|tag| tag.to_lowercase()) {
        let ends = tag.match_indices('-').map(|(at, _)| at).chain([tag.len()]);
        numbers.extend(ends.map(|end| names.intern(&tag[..end])));
    }
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}
