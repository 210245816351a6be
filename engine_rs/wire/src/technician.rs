//! Technician: the contract's message to the planner's model, and what the live index knows of one.

use dispatch_core::model::{Availability, Break, Certificate, Shift, SkillLevel, Technician, WorkPace};

use crate::check::Checker;
use crate::generated::dispatch::v1 as pb;
use crate::name::Collection;
use crate::{reason, scope, skill};

const MAX_SKILLS: usize = 64;
const MAX_CERTIFICATES: usize = 64;
const MAX_SHIFTS: usize = 62;
const MAX_BREAKS: usize = 4;
const MAX_PACES: usize = 256;
const MAX_PERCENT: i64 = 400;
const MAX_TIER: i64 = 5;
const MAX_RATING_COUNT: i64 = 1_000_000;
const MAX_VISITS: i64 = 100;

pub(crate) fn convert(checker: &mut Checker<'_>, technician: pb::Technician) -> Technician {
    let id = checker.reference("name", &technician.name, Collection::Technicians).to_owned();
    checker.optional_id("partner", &technician.partner);
    Technician {
        id,
        partner: technician.partner,
        skills: skills(checker, technician.skills),
        certificates: certificates(checker, technician.certificates),
        shifts: shifts(checker, &technician.shifts),
        home_location: checker.place("home_location", technician.home_location.as_ref()),
        availability: availability(checker, technician.availability),
        languages: scope::languages(checker, "languages", technician.languages),
        star_tier: checker.small("star_tier", technician.star_tier, MAX_TIER),
        rating_mean: checker.number("rating_mean", technician.rating_mean, 0.0, 5.0),
        rating_count: checker.small("rating_count", technician.rating_count, MAX_RATING_COUNT),
        max_visits: checker.small("max_visits_per_shift", technician.max_visits_per_shift, MAX_VISITS),
        parts: scope::parts(checker, technician.parts, scope::MAX_CARRIED),
        attended_count: checker.small("attended_count", technician.attended_count, MAX_RATING_COUNT),
        repeat_count: checker.small("repeat_count", technician.repeat_count, MAX_RATING_COUNT),
        cost_per_visit_milli: technician.cost_per_visit_milli,
        paces: paces(checker, &technician.work_paces),
    }
}

fn paces(checker: &mut Checker<'_>, paces: &[pb::WorkPace]) -> Vec<WorkPace> {
    checker.at_most("work_paces", paces.len(), MAX_PACES);
    let known = paces.iter().take(MAX_PACES).enumerate();
    known
        .map(|(index, pace)| {
            checker.item("work_paces", index, |at| WorkPace {
                service_id: at.optional_reference("service", &pace.service, Collection::Services).map(str::to_owned),
                percent: at.small("percent", pace.percent, MAX_PERCENT),
            })
        })
        .collect()
}

fn skills(checker: &mut Checker<'_>, skills: Vec<pb::SkillLevel>) -> Vec<SkillLevel> {
    checker.at_most("skills", skills.len(), MAX_SKILLS);
    let held = skills.into_iter().take(MAX_SKILLS).enumerate();
    held.map(|(index, held)| checker.item("skills", index, |at| skill::skill_level(at, held))).collect()
}

fn certificates(checker: &mut Checker<'_>, certificates: Vec<pb::Certificate>) -> Vec<Certificate> {
    checker.at_most("certificates", certificates.len(), MAX_CERTIFICATES);
    let held = certificates.into_iter().take(MAX_CERTIFICATES).enumerate();
    held.map(|(index, held)| checker.item("certificates", index, |at| certificate(at, held))).collect()
}

fn certificate(checker: &mut Checker<'_>, held: pb::Certificate) -> Certificate {
    checker.id("certificate", &held.certificate);
    Certificate {
        valid_from_s: checker.optional_instant_s("valid_from", held.valid_from.as_ref()),
        valid_until_s: checker.optional_instant_s("valid_until", held.valid_until.as_ref()),
        certificate: held.certificate,
    }
}

fn shifts(checker: &mut Checker<'_>, shifts: &[pb::Shift]) -> Vec<Shift> {
    checker.at_most("shifts", shifts.len(), MAX_SHIFTS);
    let worked = shifts.iter().take(MAX_SHIFTS).enumerate();
    worked.map(|(index, worked)| checker.item("shifts", index, |at| shift(at, worked))).collect()
}

fn shift(checker: &mut Checker<'_>, shift: &pb::Shift) -> Shift {
    checker.at_most("breaks", shift.breaks.len(), MAX_BREAKS);
    let breaks = shift.breaks.iter().take(MAX_BREAKS).enumerate();
    Shift {
        window: checker.window("window", shift.window.as_ref()),
        start_location: checker.optional_place("start_location", shift.start_location.as_ref()),
        end_location: checker.optional_place("end_location", shift.end_location.as_ref()),
        breaks: breaks
            .map(|(index, pause)| {
                checker.item("breaks", index, |at| Break {
                    start_window: at.window("start_window", pause.start_window.as_ref()),
                    duration_s: i64::from(pause.duration_s),
                })
            })
            .collect(),
    }
}

/// Reads an availability; unspecified means available.
fn availability(checker: &mut Checker<'_>, availability: i32) -> Availability {
    match checker.enumeration("availability", availability) {
        Some(pb::AvailabilityState::Offline) => Availability::Offline,
        Some(pb::AvailabilityState::Paused) => Availability::Paused,
        Some(pb::AvailabilityState::Available | pb::AvailabilityState::Unspecified) | None => Availability::Available,
    }
}

/// Reads an availability that must be said.
pub(crate) fn required_availability(checker: &mut Checker<'_>, state: i32) -> Availability {
    if state == pb::AvailabilityState::Unspecified as i32 {
        checker.refuse("availability", reason::REQUIRED, "is required");
    }
    availability(checker, state)
}
