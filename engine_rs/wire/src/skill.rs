//! Skills and certificates, as asked for and as held. A list longer than allowed is refused and not looked at further.

use dispatch_core::model::SkillLevel;

use crate::check::Checker;
use crate::generated::dispatch::v1 as pb;

const MAX_LEVEL: i64 = 5;
/// Most skills, and most certificates, that may be asked for.
const MAX_REQUIRED: usize = 16;

/// Reads the field `required_skills`. A skill asked twice counts once, with the higher level.
pub(crate) fn required_skills(checker: &mut Checker<'_>, skills: Vec<pb::SkillLevel>) -> Vec<SkillLevel> {
    checker.at_most("required_skills", skills.len(), MAX_REQUIRED);
    let mut wanted: Vec<SkillLevel> = Vec::with_capacity(skills.len().min(MAX_REQUIRED));
    for (index, skill) in skills.into_iter().take(MAX_REQUIRED).enumerate() {
        let skill = checker.item("required_skills", index, |at| skill_level(at, skill));
        match wanted.iter_mut().find(|earlier| earlier.skill == skill.skill) {
            Some(earlier) => earlier.level = earlier.level.max(skill.level),
            None => wanted.push(skill),
        }
    }
    wanted
}

/// Reads one skill with its level.
pub(crate) fn skill_level(checker: &mut Checker<'_>, skill: pb::SkillLevel) -> SkillLevel {
    checker.id("skill", &skill.skill);
    let level = checker.integer("level", i64::from(skill.level), 1, MAX_LEVEL);
    SkillLevel { skill: skill.skill, level: u8::try_from(level).unwrap_or(0) }
}

/// Reads the field `required_certificates`; one asked twice counts once.
pub(crate) fn required_certificates(checker: &mut Checker<'_>, certificates: Vec<String>) -> Vec<String> {
    checker.at_most("required_certificates", certificates.len(), MAX_REQUIRED);
    let mut wanted: Vec<String> = Vec::with_capacity(certificates.len().min(MAX_REQUIRED));
    for (index, certificate) in certificates.into_iter().take(MAX_REQUIRED).enumerate() {
        checker.item("required_certificates", index, |at| {
            at.id("", &certificate);
        });
        if !wanted.contains(&certificate) {
            wanted.push(certificate);
        }
    }
    wanted
}
