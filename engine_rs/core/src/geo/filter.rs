//! A filter made ready for a search: a few bit tests for everybody, an exact look for those who would be taken.

use super::index::LiveIndex;
use super::search::{Filter, Search};
use super::technician::{AvailabilitySet, TechnicianIndex, summary};

/// The bit tests. Whoever fails one is out; whoever passes all may still have to be looked at exactly.
///
/// Everybody has exactly one availability and one partner bit, so "any of these" is "none of the others", and all tests of
/// one technician are one: the bits that matter are as wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    wanted: u64,
    relevant: u64,
    required: u64,
    any_availability: u64,
    any_partner: u64,
}

impl Screen {
    fn new(required: u64, any_availability: u64, any_partner: u64) -> Self {
        let others = (summary::AVAILABILITIES & !any_availability) | (summary::PARTNERS & !any_partner);
        Self { wanted: required, relevant: required | others, required, any_availability, any_partner }
    }

    #[inline(always)]
    pub(crate) fn passes(&self, bits: u64) -> bool {
        (bits ^ self.wanted) & self.relevant == 0
    }

    /// Whether somebody may pass whose bits are among `any_bits`.
    #[inline(always)]
    pub(crate) fn may_pass(&self, any_bits: u64) -> bool {
        (any_bits & self.required == self.required)
            & (any_bits & self.any_availability != 0)
            & (any_bits & self.any_partner != 0)
    }

    /// The same tests with bits that must not be set.
    pub(crate) fn forbidding(self, bits: u64) -> Self {
        Self { relevant: self.relevant | bits, ..self }
    }
}

/// A filter bound to an index and a moment.
pub(crate) struct Sieve<'a> {
    index: &'a LiveIndex,
    filter: Filter<'a>,
    pub(crate) screen: Screen,
    /// Oldest event time that is fresh enough.
    pub(crate) oldest_ms: i64,
    /// Whether who passes the screen and is fresh passes the filter.
    pub(crate) is_screen_enough: bool,
    must_check_attributes: bool,
    is_exclusion_sorted: bool,
}

impl<'a> Sieve<'a> {
    pub(crate) fn new(index: &'a LiveIndex, search: &Search<'a>) -> Self {
        let filter = search.filter;
        let required = filter.skills.iter().fold(0, |bits, required| bits | summary::skill_bit(required.skill));
        let any_partner = filter.partners.map_or(summary::PARTNERS, |partners| {
            partners.iter().fold(0, |bits, partner| bits | summary::partner_mask(*partner))
        });
        let are_levels_needed = filter.skills.iter().any(|skill| skill.min_level > 1);
        let are_skills_blurred = !filter.skills.is_empty() && summary::is_skill_bit_shared(index.skill_names.len());
        let must_check_attributes =
            are_levels_needed || are_skills_blurred || !filter.certificates.is_empty() || filter.partners.is_some();
        Self {
            index,
            filter,
            screen: Screen::new(required, summary::availability_bits(filter.availability), any_partner),
            oldest_ms: filter.max_staleness_ms.map_or(i64::MIN, |staleness| search.now_ms.saturating_sub(staleness)),
            is_screen_enough: !must_check_attributes && filter.exclude.is_empty() && filter.region.is_none(),
            must_check_attributes,
            is_exclusion_sorted: filter.exclude.is_sorted(),
        }
    }

    /// Whether nobody can pass, whoever they are.
    pub(crate) fn is_closed(&self) -> bool {
        self.filter.availability == AvailabilitySet::NONE || self.filter.partners.is_some_and(<[_]>::is_empty)
    }

    /// The exact tests that the screen leaves open.
    pub(crate) fn admits(&self, id: u32) -> bool {
        (!self.must_check_attributes || self.has_attributes(id)) && !self.is_excluded(id) && self.is_in_region(id)
    }

    fn has_attributes(&self, id: u32) -> bool {
        let attributes = &self.index.profiles[id as usize].attributes;
        let filter = &self.filter;
        filter.skills.iter().all(|required| attributes.skills.level(required.skill) >= required.min_level.max(1))
            && filter.partners.is_none_or(|partners| partners.contains(&attributes.partner))
            && filter.certificates.iter().all(|&kind| attributes.is_certified(kind, filter.certified_at_ms))
    }

    fn is_excluded(&self, id: u32) -> bool {
        let technician = TechnicianIndex(id);
        if self.is_exclusion_sorted {
            self.filter.exclude.binary_search(&technician).is_ok()
        } else {
            self.filter.exclude.contains(&technician)
        }
    }

    fn is_in_region(&self, id: u32) -> bool {
        let place = self.index.motions[id as usize].place;
        self.filter.region.is_none_or(|region| region.contains(place))
    }

    /// Whether the position held is fresh enough, for searches that do not come by it.
    pub(crate) fn is_fresh(&self, id: u32) -> bool {
        self.oldest_ms == i64::MIN || self.index.standing.get(id).is_some_and(|(_, time_ms)| time_ms >= self.oldest_ms)
    }
}
