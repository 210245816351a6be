//! What the index knows of a technician besides where they are, and the 64-bit summary that searches test first.

use super::position::LatLng;

/// Skills that one index can tell apart.
pub const MAX_SKILLS: usize = 128;
/// Highest skill level; level 0 means the technician does not have the skill.
pub const MAX_SKILL_LEVEL: u8 = 15;
/// Certificate kinds that one index can tell apart.
pub const MAX_CERTIFICATE_KINDS: usize = 1 << 16;
/// Partners that one index can tell apart.
pub const MAX_PARTNERS: usize = 1 << 20;
/// Technicians that one index can hold over its life; a name keeps its number after removal.
pub const MAX_TECHNICIANS: usize = 1 << 24;

/// A technician's number in one index, given at first sight of the name and never reused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TechnicianIndex(pub u32);

/// A skill's number in one index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SkillIndex(pub u8);

/// A certificate kind's number in one index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CertificateIndex(pub u16);

/// A partner's number in one index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartnerIndex(pub u32);

/// What a technician is doing right now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Availability {
    /// Not on duty.
    #[default]
    Offline = 0,
    /// On duty without a visit.
    Available = 1,
    /// On the way to a visit.
    Travelling = 2,
    /// At a visit.
    Working = 3,
    /// On a break.
    OnBreak = 4,
}

impl Availability {
    /// Every value, in numeric order.
    pub const ALL: [Self; 5] = [Self::Offline, Self::Available, Self::Travelling, Self::Working, Self::OnBreak];
}

/// A set of [`Availability`] values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AvailabilitySet(u8);

impl AvailabilitySet {
    /// Every value.
    pub const ANY: Self = Self(0x1F);
    /// No value: matches nobody.
    pub const NONE: Self = Self(0);

    /// The set of the given values.
    #[must_use]
    pub fn of(values: &[Availability]) -> Self {
        Self(values.iter().fold(0, |bits, &value| bits | 1 << value as u8))
    }

    /// Whether `value` is in the set.
    #[must_use]
    pub fn contains(self, value: Availability) -> bool {
        self.0 >> value as u8 & 1 == 1
    }
}

/// How a technician gets about; a [`TravelProfile`](super::TravelProfile) gives each mode its speed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum TravelMode {
    /// By car or van.
    #[default]
    Car = 0,
    /// By motorcycle or scooter.
    Motorcycle = 1,
    /// By bicycle.
    Bicycle = 2,
    /// On foot or by public transport.
    Foot = 3,
}

impl TravelMode {
    /// Every value, in numeric order.
    pub const ALL: [Self; 4] = [Self::Car, Self::Motorcycle, Self::Bicycle, Self::Foot];
}

/// Skill levels of one technician: four bits a skill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SkillSet {
    nibbles: [u8; MAX_SKILLS / 2],
}

impl Default for SkillSet {
    fn default() -> Self {
        Self { nibbles: [0; MAX_SKILLS / 2] }
    }
}

impl SkillSet {
    /// Sets a skill's level; levels above [`MAX_SKILL_LEVEL`] are taken as that, 0 removes the skill.
    ///
    /// # Panics
    /// If `skill` was not made by an index (its number is [`MAX_SKILLS`] or more).
    pub fn set(&mut self, skill: SkillIndex, level: u8) {
        let level = level.min(MAX_SKILL_LEVEL);
        let byte = &mut self.nibbles[usize::from(skill.0) / 2];
        *byte = if skill.0.is_multiple_of(2) { *byte & 0xF0 | level } else { *byte & 0x0F | level << 4 };
    }

    /// Level of a skill, 0 when absent.
    #[must_use]
    pub fn level(&self, skill: SkillIndex) -> u8 {
        let Some(byte) = self.nibbles.get(usize::from(skill.0) / 2) else { return 0 };
        if skill.0.is_multiple_of(2) { byte & 0x0F } else { byte >> 4 }
    }

    /// The skills present with their levels, in numeric order.
    pub fn iter(&self) -> impl Iterator<Item = (SkillIndex, u8)> + '_ {
        (0..MAX_SKILLS as u8).map(SkillIndex).map(|skill| (skill, self.level(skill))).filter(|&(_, level)| level > 0)
    }
}

impl FromIterator<(SkillIndex, u8)> for SkillSet {
    fn from_iter<I: IntoIterator<Item = (SkillIndex, u8)>>(skills: I) -> Self {
        let mut set = Self::default();
        for (skill, level) in skills {
            set.set(skill, level);
        }
        set
    }
}

/// A certificate and when it holds: from `valid_from_ms` up to but not including `valid_until_ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Which certificate.
    pub kind: CertificateIndex,
    /// First instant of validity, milliseconds since the Unix epoch.
    pub valid_from_ms: i64,
    /// First instant after validity, milliseconds since the Unix epoch.
    pub valid_until_ms: i64,
}

/// When and where a technician's current commitments end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Commitment {
    /// When the technician becomes free, milliseconds since the Unix epoch.
    pub free_at_ms: i64,
    /// Where the technician will then be.
    pub place: LatLng,
}

/// Everything filters may ask of a technician.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attributes {
    /// Skills with levels.
    pub skills: SkillSet,
    /// Certificates held, any number of the same kind (renewals).
    pub certificates: Vec<Certificate>,
    /// The partner they work for, if not the operator itself.
    pub partner: Option<PartnerIndex>,
    /// What they are doing now.
    pub availability: Availability,
    /// How they travel.
    pub mode: TravelMode,
    /// What they have promised to finish first; `None` when free now, where they stand.
    pub commitment: Option<Commitment>,
}

impl Attributes {
    /// Whether a certificate of `kind` holds at `at_ms`.
    #[must_use]
    pub fn is_certified(&self, kind: CertificateIndex, at_ms: i64) -> bool {
        self.certificates
            .iter()
            .any(|held| held.kind == kind && held.valid_from_ms <= at_ms && at_ms < held.valid_until_ms)
    }
}

/// The 64-bit summary of [`Attributes`] kept beside each position, so that a search rejects most technicians without
/// leaving the cell it reads. Each test on it is necessary, never sufficient by itself where numbers share a bit.
///
/// ```text
/// bits 0..8    availability, one bit a value       bits 8..16   partner, number mod 8 (bit 8: the operator's own too)
/// bit  16      has a commitment                    bits 18..20  travel mode
/// bits 20..64  skills, number mod 44
/// ```
pub(crate) mod summary {
    use super::{Attributes, AvailabilitySet, PartnerIndex, SkillIndex};

    pub(crate) const COMMITTED: u64 = 1 << 16;
    /// The bits of which everybody has exactly one.
    pub(crate) const AVAILABILITIES: u64 = 0xFF;
    pub(crate) const PARTNERS: u64 = 0xFF00;
    const PARTNER_SHIFT: u32 = 8;
    const PARTNER_BITS: u32 = 8;
    const MODE_SHIFT: u32 = 18;
    const SKILL_SHIFT: u32 = 20;
    const SKILL_BITS: u32 = 44;

    pub(crate) fn of(attributes: &Attributes) -> u64 {
        let skills = attributes.skills.iter().fold(0, |bits, (skill, _)| bits | skill_bit(skill));
        let partner = partner_mask(attributes.partner);
        let committed = if attributes.commitment.is_some() { COMMITTED } else { 0 };
        1 << attributes.availability as u64 | partner | committed | (attributes.mode as u64) << MODE_SHIFT | skills
    }

    pub(crate) fn skill_bit(skill: SkillIndex) -> u64 {
        1 << (SKILL_SHIFT + u32::from(skill.0) % SKILL_BITS)
    }

    pub(crate) fn partner_mask(partner: Option<PartnerIndex>) -> u64 {
        1 << (PARTNER_SHIFT + partner.map_or(0, |partner| partner.0 % PARTNER_BITS))
    }

    pub(crate) fn availability_bits(set: AvailabilitySet) -> u64 {
        u64::from(set.0)
    }

    pub(crate) fn mode(bits: u64) -> usize {
        (bits >> MODE_SHIFT & 3) as usize
    }

    /// Whether a skill number shares its bit with another number in use, so that the bit alone proves nothing.
    pub(crate) fn is_skill_bit_shared(skills_in_use: usize) -> bool {
        skills_in_use > SKILL_BITS as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skill_levels_sit_side_by_side() {
        let mut set = SkillSet::default();
        set.set(SkillIndex(6), 3);
        set.set(SkillIndex(7), 200);
        set.set(SkillIndex(127), 1);
        set.set(SkillIndex(6), 4);
        assert_eq!(set.iter().map(|(s, l)| (s.0, l)).collect::<Vec<_>>(), [(6, 4), (7, 15), (127, 1)]);
        set.set(SkillIndex(7), 0);
        assert_eq!(set.level(SkillIndex(7)), 0);
        assert_eq!(set.level(SkillIndex(6)), 4);
    }

    #[test]
    fn a_certificate_holds_up_to_but_not_at_its_end() {
        let kind = CertificateIndex(0);
        let held = Certificate { kind, valid_from_ms: 10, valid_until_ms: 20 };
        let attributes = Attributes { certificates: vec![held], ..Attributes::default() };
        assert_eq!([9, 10, 19, 20].map(|at| attributes.is_certified(kind, at)), [false, true, true, false]);
    }
}
