//! The index itself: who is registered, what they can do, where they are. Ingest and search are in their own files.

use rustc_hash::FxHashMap;

use super::error::{GeoError, Violations};
use super::expiry::Expiry;
use super::fix::{Fix, FixCounts, FixOutcome, IngestLimits};
use super::grid::Grid;
use super::ingest::Suspect;
use super::names::{NameHash, Names};
use super::position::LatLng;
use super::prefetch::prefetch;
use super::sphere::Point;
use super::target::TOGETHER;
use super::technician::{
    Attributes, Availability, CertificateIndex, Commitment, MAX_CERTIFICATE_KINDS, MAX_PARTNERS, MAX_SKILLS,
    MAX_TECHNICIANS, PartnerIndex, SkillIndex, TechnicianIndex, summary,
};

/// A registered technician's attributes with their summary.
#[derive(Clone, Debug, Default)]
pub(crate) struct Profile {
    pub(crate) attributes: Attributes,
    pub(crate) summary: u64,
}

/// What the last applied fix said besides its time: half a cache line.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(32))]
pub(crate) struct Motion {
    pub(crate) place: LatLng,
    pub(crate) accuracy_m: f32,
    pub(crate) heading_deg: f32,
    pub(crate) speed_mps: f32,
    pub(crate) is_registered: bool,
    /// A run of unreachable fixes is kept in `suspects`.
    pub(crate) is_suspected: bool,
}

/// Where a technician was last seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// Where, exactly as reported.
    pub place: LatLng,
    /// When, milliseconds since the Unix epoch.
    pub event_time_ms: i64,
    /// 68% radius in metres; NaN when unknown.
    pub accuracy_m: f32,
    /// Course in degrees clockwise from north; NaN when unknown.
    pub heading_deg: f32,
    /// Speed in metres per second; NaN when unknown.
    pub speed_mps: f32,
}

/// Every technician of a region: attributes, newest position, and the means to find the right ones near a place.
///
/// Names become numbers once ([`LiveIndex::register`]); everything else speaks in numbers. A move takes constant time.
/// Searches are exact: they return what a look at everybody would, ordered by the squared chord between places snapped
/// to a 1.4 µm grid (hence by great-circle distance), equal keys by technician number.
#[derive(Clone, Debug, Default)]
pub struct LiveIndex {
    pub(crate) limits: IngestLimits,
    pub(crate) names: Names,
    pub(crate) skill_names: Names,
    pub(crate) certificate_names: Names,
    pub(crate) partner_names: Names,
    pub(crate) profiles: Vec<Profile>,
    pub(crate) motions: Vec<Motion>,
    pub(crate) registered: usize,
    /// Everybody with a position, at that position, with its event time.
    pub(crate) standing: Grid,
    /// Those of them with a commitment, where it ends, with the time it ends.
    pub(crate) finishing: Grid,
    pub(crate) expiry: Expiry,
    /// Unreachable fixes that may yet turn out to be true.
    pub(crate) suspects: FxHashMap<u32, Suspect>,
    /// Event times of expired positions, so that nothing older comes back.
    pub(crate) expired_times: FxHashMap<u32, i64>,
}

impl LiveIndex {
    /// An empty index that judges fixes by `limits`.
    #[must_use]
    pub fn new(limits: IngestLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Number of registered technicians.
    #[must_use]
    pub fn registered(&self) -> usize {
        self.registered
    }

    /// Number of technicians with a position.
    #[must_use]
    pub fn positioned(&self) -> usize {
        self.standing.len()
    }

    /// One past the highest technician number given so far.
    #[must_use]
    pub fn number_bound(&self) -> u32 {
        self.profiles.len() as u32
    }

    /// The limits fixes are judged by.
    #[must_use]
    pub fn limits(&self) -> &IngestLimits {
        &self.limits
    }

    /// Changes the limits for fixes to come.
    pub fn set_limits(&mut self, limits: IngestLimits) {
        self.limits = limits;
    }

    // ---- names ----

    /// Number of a skill's name, given now if it is new.
    ///
    /// # Errors
    /// [`GeoError::Full`] beyond [`MAX_SKILLS`] names.
    pub fn intern_skill(&mut self, name: &str) -> Result<SkillIndex, GeoError> {
        let number = self.skill_names.intern(name, MAX_SKILLS);
        number.map(|n| SkillIndex(n as u8)).ok_or(GeoError::Full { what: "skills", capacity: MAX_SKILLS })
    }

    /// Number of a certificate kind's name, given now if it is new.
    ///
    /// # Errors
    /// [`GeoError::Full`] beyond [`MAX_CERTIFICATE_KINDS`] names.
    pub fn intern_certificate(&mut self, name: &str) -> Result<CertificateIndex, GeoError> {
        let number = self.certificate_names.intern(name, MAX_CERTIFICATE_KINDS);
        let full = GeoError::Full { what: "certificate kinds", capacity: MAX_CERTIFICATE_KINDS };
        number.map(|n| CertificateIndex(n as u16)).ok_or(full)
    }

    /// Number of a partner's name, given now if it is new.
    ///
    /// # Errors
    /// [`GeoError::Full`] beyond [`MAX_PARTNERS`] names.
    pub fn intern_partner(&mut self, name: &str) -> Result<PartnerIndex, GeoError> {
        let number = self.partner_names.intern(name, MAX_PARTNERS);
        number.map(PartnerIndex).ok_or(GeoError::Full { what: "partners", capacity: MAX_PARTNERS })
    }

    /// Number of a skill's name, if it was ever given one.
    #[must_use]
    pub fn skill(&self, name: &str) -> Option<SkillIndex> {
        self.skill_names.get(name).map(|n| SkillIndex(n as u8))
    }

    /// Number of a certificate kind's name, if it was ever given one.
    #[must_use]
    pub fn certificate(&self, name: &str) -> Option<CertificateIndex> {
        self.certificate_names.get(name).map(|n| CertificateIndex(n as u16))
    }

    /// Number of a partner's name, if it was ever given one.
    #[must_use]
    pub fn partner(&self, name: &str) -> Option<PartnerIndex> {
        self.partner_names.get(name).map(PartnerIndex)
    }

    /// Name of a skill number.
    #[must_use]
    pub fn skill_name(&self, skill: SkillIndex) -> Option<&str> {
        self.skill_names.name(u32::from(skill.0))
    }

    /// Name of a certificate kind's number.
    #[must_use]
    pub fn certificate_name(&self, certificate: CertificateIndex) -> Option<&str> {
        self.certificate_names.name(u32::from(certificate.0))
    }

    /// Name of a partner number.
    #[must_use]
    pub fn partner_name(&self, partner: PartnerIndex) -> Option<&str> {
        self.partner_names.name(partner.0)
    }

    /// Number of a registered technician's name.
    #[must_use]
    #[inline]
    pub fn technician(&self, name: &str) -> Option<TechnicianIndex> {
        self.names.get(name).map(TechnicianIndex).filter(|&technician| self.is_registered(technician))
    }

    /// Tells for each item the registered technician of its name, as [`LiveIndex::technician`] does, in order; memory is
    /// asked for several together.
    pub fn each_technician<T>(
        &self,
        items: &[T],
        name: impl Fn(&T) -> &str,
        mut each: impl FnMut(&T, Option<TechnicianIndex>),
    ) {
        for some in items.chunks(TOGETHER) {
            let (mut hashes, mut guesses) = ([NameHash::default(); TOGETHER], [None; TOGETHER]);
            for (hash, item) in hashes.iter_mut().zip(some) {
                *hash = self.names.seek(name(item));
            }
            for (guess, hash) in guesses.iter_mut().zip(hashes).take(some.len()) {
                *guess = self.names.guess(hash);
                guess.inspect(|&number| prefetch(&self.motions, number as usize));
            }
            for (guess, item) in guesses.into_iter().zip(some) {
                let number = self.names.confirm(name(item), guess).map(TechnicianIndex);
                each(item, number.filter(|&technician| self.is_registered(technician)));
            }
        }
    }

    /// Name of a technician number, registered or removed.
    #[must_use]
    #[inline]
    pub fn name(&self, technician: TechnicianIndex) -> Option<&str> {
        self.names.name(technician.0)
    }

    // ---- registration ----

    /// Registers a technician, or replaces the attributes of one already registered; a position held stays.
    ///
    /// A name gets the same number again after [`LiveIndex::remove`].
    ///
    /// # Errors
    /// [`GeoError::Full`] beyond [`MAX_TECHNICIANS`] names; [`GeoError::Invalid`] for a commitment at no valid place.
    pub fn register(&mut self, name: &str, attributes: Attributes) -> Result<TechnicianIndex, GeoError> {
        check(&attributes)?;
        let full = GeoError::Full { what: "technicians", capacity: MAX_TECHNICIANS };
        let technician = TechnicianIndex(self.names.intern(name, MAX_TECHNICIANS).ok_or(full)?);
        let slot = technician.0 as usize;
        if slot >= self.profiles.len() {
            self.profiles.resize_with(slot + 1, Profile::default);
            self.motions.resize_with(slot + 1, Motion::default);
        }
        if !self.motions[slot].is_registered {
            self.motions[slot].is_registered = true;
            self.registered += 1;
        }
        self.store(technician, attributes);
        Ok(technician)
    }

    /// Replaces all attributes of a registered technician.
    ///
    /// # Errors
    /// [`GeoError::UnknownTechnician`]; [`GeoError::Invalid`] for a commitment at no valid place.
    pub fn update(&mut self, technician: TechnicianIndex, attributes: Attributes) -> Result<(), GeoError> {
        self.require_registered(technician)?;
        check(&attributes)?;
        self.store(technician, attributes);
        Ok(())
    }

    /// Changes what a technician is doing. Constant time.
    ///
    /// # Errors
    /// [`GeoError::UnknownTechnician`].
    pub fn set_availability(&mut self, technician: TechnicianIndex, value: Availability) -> Result<(), GeoError> {
        self.require_registered(technician)?;
        self.profiles[technician.0 as usize].attributes.availability = value;
        self.refresh(technician);
        Ok(())
    }

    /// Changes when and where a technician's commitments end. Constant time.
    ///
    /// # Errors
    /// [`GeoError::UnknownTechnician`]; [`GeoError::Invalid`] for no valid place.
    pub fn set_commitment(&mut self, technician: TechnicianIndex, value: Option<Commitment>) -> Result<(), GeoError> {
        self.require_registered(technician)?;
        check_commitment(value)?;
        self.profiles[technician.0 as usize].attributes.commitment = value;
        self.refresh(technician);
        Ok(())
    }

    /// Forgets a technician's attributes and position; returns whether they were registered.
    pub fn remove(&mut self, technician: TechnicianIndex) -> bool {
        if !self.is_registered(technician) {
            return false;
        }
        self.drop_position(technician.0);
        self.suspects.remove(&technician.0);
        self.expired_times.remove(&technician.0);
        self.profiles[technician.0 as usize] = Profile::default();
        self.motions[technician.0 as usize] = Motion::default();
        self.registered -= 1;
        true
    }

    /// Whether a number belongs to a registered technician.
    #[must_use]
    #[inline]
    pub fn is_registered(&self, technician: TechnicianIndex) -> bool {
        self.motions.get(technician.0 as usize).is_some_and(|motion| motion.is_registered)
    }

    /// Attributes of a registered technician.
    #[must_use]
    pub fn attributes(&self, technician: TechnicianIndex) -> Option<&Attributes> {
        self.is_registered(technician).then(|| &self.profiles[technician.0 as usize].attributes)
    }

    /// The registered technicians in order of number.
    pub fn technicians(&self) -> impl Iterator<Item = TechnicianIndex> + '_ {
        (0..self.number_bound()).map(TechnicianIndex).filter(|&technician| self.is_registered(technician))
    }

    // ---- positions ----

    /// Where a technician is, if a position is held.
    #[must_use]
    pub fn position(&self, technician: TechnicianIndex) -> Option<Position> {
        let (_, event_time_ms) = self.standing.get(technician.0)?;
        let motion = self.motions[technician.0 as usize];
        Some(Position {
            place: motion.place,
            event_time_ms,
            accuracy_m: motion.accuracy_m,
            heading_deg: motion.heading_deg,
            speed_mps: motion.speed_mps,
        })
    }

    /// Every position held, as the fix that made it, in order of technician number: a snapshot for a warm restart.
    pub fn export(&self) -> impl Iterator<Item = Fix> + '_ {
        self.technicians().filter_map(|technician| {
            let position = self.position(technician)?;
            Some(Fix {
                technician,
                place: position.place,
                event_time_ms: position.event_time_ms,
                accuracy_m: position.accuracy_m,
                heading_deg: position.heading_deg,
                speed_mps: position.speed_mps,
            })
        })
    }

    /// Takes in a snapshot: positions newer than `oldest_ms` and newer than what is held; nothing is judged a jump.
    pub fn restore(&mut self, snapshot: &[Fix], oldest_ms: i64, now_ms: i64) -> FixCounts {
        let mut counts = FixCounts::default();
        let limits = self.limits;
        self.limits.max_speed_mps = f64::INFINITY;
        for fix in snapshot {
            let is_too_old = fix.event_time_ms < oldest_ms;
            counts.add(if is_too_old { FixOutcome::Older } else { self.apply_fix(fix, now_ms) });
        }
        self.limits = limits;
        counts
    }

    /// Forgets every position observed before `before_ms`, and appends whose to `expired`, by event time, then number.
    ///
    /// Costs nothing for those who are not near that time; see expiry.rs. A fix older than an expired one stays
    /// [`FixOutcome::Older`].
    pub fn expire(&mut self, before_ms: i64, expired: &mut Vec<TechnicianIndex>) {
        let mut found = Vec::new();
        let standing = &self.standing;
        let time_of = |id| standing.get(id).map(|(_, time_ms)| time_ms);
        self.expiry.expire(before_ms, time_of, |time_ms, id| found.push((time_ms, id)));
        found.sort_unstable();
        for (time_ms, id) in found {
            self.drop_position(id);
            self.expired_times.insert(id, time_ms);
            expired.push(TechnicianIndex(id));
        }
    }

    // ---- inside ----

    fn require_registered(&self, technician: TechnicianIndex) -> Result<(), GeoError> {
        if self.is_registered(technician) { Ok(()) } else { Err(GeoError::UnknownTechnician) }
    }

    fn store(&mut self, technician: TechnicianIndex, attributes: Attributes) {
        self.profiles[technician.0 as usize].attributes = attributes;
        self.refresh(technician);
    }

    /// Brings summary and grids in line with changed attributes.
    fn refresh(&mut self, technician: TechnicianIndex) {
        let profile = &mut self.profiles[technician.0 as usize];
        profile.summary = summary::of(&profile.attributes);
        if self.standing.get(technician.0).is_some() {
            self.standing.set_bits(technician.0, profile.summary);
            self.place_commitment(technician.0);
        }
    }

    /// Keeps the commitment's end in its grid exactly while a position is held.
    pub(crate) fn place_commitment(&mut self, id: u32) {
        let profile = &self.profiles[id as usize];
        match profile.attributes.commitment {
            Some(Commitment { free_at_ms, place }) => {
                self.finishing.put(id, Point::from_lat_lng(place), profile.summary, free_at_ms);
            }
            None => self.finishing.remove(id),
        }
    }

    fn drop_position(&mut self, id: u32) {
        self.standing.remove(id);
        self.finishing.remove(id);
    }
}

fn check(attributes: &Attributes) -> Result<(), GeoError> {
    check_commitment(attributes.commitment)
}

fn check_commitment(commitment: Option<Commitment>) -> Result<(), GeoError> {
    let mut violations = Violations::default();
    let is_valid = commitment.is_none_or(|commitment| commitment.place.is_valid());
    violations.require(is_valid, "commitment.place", "must be -90..=90 and -180..=180 degrees");
    violations.into_result()
}
