//! Who may come and what is taken along: languages, partners and parts.

use dispatch_core::model::{OWN_STAFF, PartCount};

use crate::check::Checker;
use crate::generated::dispatch::v1 as pb;

const MAX_LANGUAGES: usize = 16;
const MAX_PARTNERS: usize = 16;
/// Most parts that a visit takes.
pub(crate) const MAX_TAKEN: usize = 64;
/// Most parts that a technician carries.
pub(crate) const MAX_CARRIED: usize = 256;
const MAX_COUNT: i64 = 100_000;

/// Reads a list of language tags, whose form the contract's own rules have checked.
pub(crate) fn languages(checker: &mut Checker<'_>, field: &str, tags: Vec<String>) -> Vec<String> {
    checker.at_most(field, tags.len(), MAX_LANGUAGES);
    tags
}

/// Reads the field `partners`; "-" stands for own staff.
pub(crate) fn partners(checker: &mut Checker<'_>, partners: Vec<String>) -> Vec<String> {
    checker.at_most("partners", partners.len(), MAX_PARTNERS);
    for (index, partner) in partners.iter().take(MAX_PARTNERS).enumerate().filter(|(_, it)| *it != OWN_STAFF) {
        checker.item("partners", index, |at| {
            at.id("", partner);
        });
    }
    partners
}

/// Reads the field `parts`.
pub(crate) fn parts(checker: &mut Checker<'_>, parts: Vec<pb::PartCount>, most: usize) -> Vec<PartCount> {
    checker.at_most("parts", parts.len(), most);
    let known = parts.into_iter().take(most).enumerate();
    known
        .map(|(index, known)| {
            checker.item("parts", index, |at| {
                at.id("part", &known.part);
                let count = at.integer("count", i64::from(known.count), 1, MAX_COUNT);
                PartCount { part: known.part, count: u32::try_from(count).unwrap_or(0) }
            })
        })
        .collect()
}
