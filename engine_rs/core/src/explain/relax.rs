//! What would have to give: the smallest single changes under which a visit that nobody can take would find a place.
//!
//! Each is found by trying it, so that doing what it says and adding the visit again places it (tests do just that).

use crate::evaluate::{first_personal_rule, has_room, starts};
use crate::model::{Policy, TimeWindow};
use crate::plan::{Route, VisitFacts, Windows, schedule};
use crate::search::{Probe, Search, Work};
use std::fmt;

/// Latest that a last start window is moved to, in seconds.
const MAX_LATER_S: i64 = 86_400;
/// Most overtime that is thought of, in seconds.
const MAX_OVERTIME_S: i64 = 4 * 3_600;
/// Changes of time are found to this many seconds.
const STEP_S: i64 = 60;
/// Most technicians whose overtime is tried, the nearest first.
const MAX_OVERTIME_TRIALS: usize = 32;

/// A single change that would place the visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relaxation {
    /// The last start window ends later by this many seconds.
    LaterEnd {
        /// Seconds, whole minutes.
        seconds: i64,
    },
    /// The work takes this many seconds less.
    ShorterWork {
        /// Seconds, whole minutes.
        seconds: i64,
    },
    /// The visit asks for less of the skill.
    Skill {
        /// The skill.
        skill: String,
        /// Highest level at which somebody could take the visit; 0 means without the skill.
        level: u8,
    },
    /// The technician holds the skill at the level asked, and so is the one who takes the visit.
    SkillHolder {
        /// Who.
        technician_id: String,
        /// The skill.
        skill: String,
        /// The level asked.
        level: u8,
    },
    /// The certificate is not asked for.
    Certificate {
        /// The certificate.
        certificate: String,
    },
    /// The technician is not excluded, or not the only one allowed.
    Technician,
    /// No language is asked for.
    Language,
    /// Technicians of any partner may come.
    Partner,
    /// The part is not taken.
    Part {
        /// The part.
        part: String,
    },
    /// Work may go on at any time.
    Blackout,
    /// The technician works this much longer than the policy allows.
    Overtime {
        /// Who.
        technician_id: String,
        /// Seconds, whole minutes.
        seconds: i64,
    },
}

impl fmt::Display for Relaxation {
    /// One sentence for a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LaterEnd { seconds } => write!(f, "the last start window ended {} min later", seconds / 60),
            Self::ShorterWork { seconds } => write!(f, "the work took {} min less", seconds / 60),
            Self::Skill { skill, level: 0 } => write!(f, "the skill {skill} were not asked for"),
            Self::Skill { skill, level } => write!(f, "only level {level} of the skill {skill} were asked for"),
            Self::SkillHolder { technician_id, skill, level } => {
                write!(f, "{technician_id} held the skill {skill} at level {level}")
            }
            Self::Certificate { certificate } => write!(f, "the certificate {certificate} were not asked for"),
            Self::Technician => write!(f, "nobody were excluded and nobody required"),
            Self::Language => write!(f, "no language were asked for"),
            Self::Partner => write!(f, "technicians of any partner might come"),
            Self::Part { part } => write!(f, "the part {part} were not taken"),
            Self::Blackout => write!(f, "work might go on at any time"),
            Self::Overtime { technician_id, seconds } => {
                write!(f, "{technician_id} worked {} min longer than the policy allows", seconds / 60)
            }
        }
    }
}

/// The smallest change of each kind that would place the visit, in a fixed order of kinds. Empty when no single one would.
///
/// A search for each kind, about ten where a time is halved in on.
#[must_use]
pub fn relaxations(search: &Search<'_>, visit: &VisitFacts) -> Vec<Relaxation> {
    let mut found = Vec::new();
    found.extend(later_end(search, visit));
    found.extend(shorter_work(search, visit));
    found.extend(skills(search, visit));
    found.extend(certificates(search, visit));
    found.extend(anybody(search, visit));
    found.extend(scope(search, visit));
    found.extend(parts(search, visit));
    found.extend(overtime(search, visit));
    found
}

fn has_place(search: &Search<'_>, visit: &VisitFacts) -> bool {
    !search.best(visit, 1, None).is_empty()
}

/// Smallest multiple of [`STEP_S`] up to `most_s` for which `works` holds, when it holds from there on.
fn smallest_s(most_s: i64, works: impl Fn(i64) -> bool) -> Option<i64> {
    let (mut low, mut high) = (0, most_s / STEP_S);
    if high == 0 || !works(high * STEP_S) {
        return None;
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if works(middle * STEP_S) { high = middle } else { low = middle }
    }
    Some(high * STEP_S)
}

fn later_end(search: &Search<'_>, visit: &VisitFacts) -> Option<Relaxation> {
    let later = |seconds: i64| {
        let mut windows: Vec<TimeWindow> = visit.windows.iter().collect();
        if let Some(last) = windows.last_mut() {
            last.end_s += seconds;
        }
        VisitFacts { windows: Windows::new(&windows), ..visit.clone() }
    };
    let seconds = smallest_s(MAX_LATER_S, |seconds| has_place(search, &later(seconds)))?;
    Some(Relaxation::LaterEnd { seconds })
}

fn shorter_work(search: &Search<'_>, visit: &VisitFacts) -> Option<Relaxation> {
    let shorter = |seconds: i64| VisitFacts { duration_s: visit.duration_s - seconds, ..visit.clone() };
    let seconds = smallest_s(visit.duration_s - STEP_S, |seconds| has_place(search, &shorter(seconds)))?;
    Some(Relaxation::ShorterWork { seconds })
}

fn skills(search: &Search<'_>, visit: &VisitFacts) -> Vec<Relaxation> {
    let mut found = Vec::new();
    for (index, (skill, level)) in visit.skills.iter().enumerate() {
        let lower = (0..*level).rev().find(|lower| {
            let mut easier = visit.clone();
            easier.skills[index].1 = *lower;
            easier.skills.retain(|(_, level)| *level > 0);
            has_place(search, &easier)
        });
        let skill = search.plan.dictionary.skills.name_or(*skill, "one nobody holds").to_owned();
        if let Some(level) = lower {
            found.push(Relaxation::Skill { skill: skill.clone(), level });
        }
        let mut without = visit.clone();
        without.skills.remove(index);
        if let Some(best) = search.best(&without, 1, None).first() {
            let technician_id = search.plan.technician_id(best.technician).to_owned();
            found.push(Relaxation::SkillHolder { technician_id, skill, level: *level });
        }
    }
    found
}

fn certificates(search: &Search<'_>, visit: &VisitFacts) -> Vec<Relaxation> {
    let mut found = Vec::new();
    for asked in &visit.certificates {
        let mut easier = visit.clone();
        easier.certificates.retain(|certificate| certificate != asked);
        if has_place(search, &easier) {
            let certificate = search.plan.dictionary.certificates.name_or(*asked, "one nobody holds").to_owned();
            found.push(Relaxation::Certificate { certificate });
        }
    }
    found
}

fn anybody(search: &Search<'_>, visit: &VisitFacts) -> Option<Relaxation> {
    if visit.required.is_none() && visit.excluded.is_empty() {
        return None;
    }
    let open = VisitFacts { required: None, excluded: Vec::new(), ..visit.clone() };
    has_place(search, &open).then_some(Relaxation::Technician)
}

/// Languages, partners and blackouts, each as if it were not given.
fn scope(search: &Search<'_>, visit: &VisitFacts) -> Vec<Relaxation> {
    let without = |relaxation, easier: VisitFacts| has_place(search, &easier).then_some(relaxation);
    let mut found = Vec::new();
    if !visit.languages.is_empty() {
        found.extend(without(Relaxation::Language, VisitFacts { languages: Vec::new(), ..visit.clone() }));
    }
    if !visit.partners.is_empty() {
        found.extend(without(Relaxation::Partner, VisitFacts { partners: Vec::new(), ..visit.clone() }));
    }
    if !visit.blackouts.is_empty() {
        found.extend(without(Relaxation::Blackout, VisitFacts { blackouts: Vec::new(), ..visit.clone() }));
    }
    found
}

fn parts(search: &Search<'_>, visit: &VisitFacts) -> Vec<Relaxation> {
    let mut found = Vec::new();
    for (asked, _) in &visit.parts {
        let mut easier = visit.clone();
        easier.parts.retain(|(part, _)| part != asked);
        if has_place(search, &easier) {
            let part = search.plan.dictionary.parts.name_or(*asked, "one nobody has").to_owned();
            found.push(Relaxation::Part { part });
        }
    }
    found
}

/// The least overtime of any near technician that would do.
fn overtime(search: &Search<'_>, visit: &VisitFacts) -> Option<Relaxation> {
    let mut best: Option<(i64, &str)> = None;
    for number in search.nearest_qualified(visit, MAX_OVERTIME_TRIALS) {
        let most_s = best.map_or(MAX_OVERTIME_S, |(seconds, _)| seconds - STEP_S);
        if let Some(seconds) = smallest_s(most_s, |seconds| fits_with_overtime(search, visit, number, seconds)) {
            best = Some((seconds, search.plan.technician_id(number)));
        }
    }
    best.map(|(seconds, id)| Relaxation::Overtime { technician_id: id.to_owned(), seconds })
}

/// Whether the visit fits when this technician may work `seconds` longer than the policy allows.
fn fits_with_overtime(search: &Search<'_>, visit: &VisitFacts, number: u32, seconds: i64) -> bool {
    let Some(entry) = search.plan.technician(number) else { return false };
    if first_personal_rule(number, entry, visit).is_some() {
        return false;
    }
    let policy = Policy { max_overtime_s: search.policy.max_overtime_s + seconds, ..search.policy.clone() };
    let windows = starts::allowed(&entry.facts, visit);
    let mut probe = Probe::new(&policy, &search.plan.travel, search.now_s);
    let fits = |index: usize| {
        let route: &Route = &entry.routes[index];
        let mut longer = route.clone();
        schedule(&mut longer, &search.plan.travel, (&policy).into());
        let is_over = route.duty.window.end_s + policy.max_overtime_s < search.now_s;
        let ready = search.ready(number, entry, index);
        !is_over
            && has_room(&policy, search.plan, entry, route, visit)
            && probe.best(&longer, ready, visit, Work::of(&entry.facts, visit, &windows)).is_ok()
    };
    // Only shifts that the search looks at: the visit may end after the shift, but not begin there.
    let span = TimeWindow::new(windows.first_s(), windows.last_s());
    entry.routes_touching(span, search.now_s).any(fits)
}
