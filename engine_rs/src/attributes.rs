//! What the live index must know of a technician, out of the planner's model.

use dispatch_core::geo::{Attributes, Availability as LiveAvailability, Certificate, LiveIndex, SkillSet, TravelMode};
use dispatch_core::model::{Availability, Technician};

use crate::failure::Failure;

/// Interns the names of `technician` and returns its attributes without a commitment. `path` is where the technician
/// stands in the request.
///
/// # Errors
/// InvalidRequest when the index has no room for another skill, certificate or partner.
pub(crate) fn of(technician: &Technician, path: &str, index: &mut LiveIndex) -> Result<Attributes, Failure> {
    let mut skills = SkillSet::default();
    for held in &technician.skills {
        let skill = index.intern_skill(&held.skill);
        skills.set(skill.map_err(|error| Failure::index(&error, &format!("{path}.skills")))?, held.level);
    }
    let mut certificates = Vec::with_capacity(technician.certificates.len());
    for held in &technician.certificates {
        let kind = index.intern_certificate(&held.certificate);
        certificates.push(Certificate {
            kind: kind.map_err(|error| Failure::index(&error, &format!("{path}.certificates")))?,
            valid_from_ms: held.valid_from_s.map_or(i64::MIN, |from_s| from_s * 1_000),
            // The contract's last second counts; the index ends before its instant.
            valid_until_ms: held.valid_until_s.map_or(i64::MAX, |until_s| (until_s + 1) * 1_000),
        });
    }
    let partner = match technician.partner.as_str() {
        "" => None,
        partner => {
            let known = index.intern_partner(partner);
            Some(known.map_err(|error| Failure::index(&error, &format!("{path}.partner")))?)
        }
    };
    Ok(Attributes {
        skills,
        certificates,
        partner,
        availability: availability(technician.availability),
        mode: TravelMode::Car,
        commitment: None,
    })
}

/// The state as the live index keeps it; nearby.rs of dispatch_wire asks in the same terms.
pub(crate) fn availability(availability: Availability) -> LiveAvailability {
    match availability {
        Availability::Available => LiveAvailability::Available,
        Availability::Offline => LiveAvailability::Offline,
        Availability::Paused => LiveAvailability::OnBreak,
    }
}
