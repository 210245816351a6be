//! The names of a search as numbers of the index.

use dispatch_core::geo::{CertificateIndex, LiveIndex, PartnerIndex, SkillRequirement, TechnicianIndex};
use dispatch_wire::nearby::NearbyQuery;

/// Names of a query as the index numbers them.
pub(crate) struct Named {
    pub(crate) skills: Vec<SkillRequirement>,
    pub(crate) certificates: Vec<CertificateIndex>,
    pub(crate) partners: Option<Vec<Option<PartnerIndex>>>,
    pub(crate) excluded: Vec<TechnicianIndex>,
}

impl Named {
    /// `None` when a skill, a certificate or every partner is unknown, so that nobody can be found.
    pub(crate) fn of(query: &NearbyQuery, index: &LiveIndex) -> Option<Self> {
        let skills = query
            .skills
            .iter()
            .map(|asked| index.skill(&asked.skill).map(|skill| SkillRequirement { skill, min_level: asked.level }));
        let certificates = query.certificates.iter().map(|asked| index.certificate(asked));
        let partners = query.partners.as_ref().map(|asked| {
            let known = asked.iter().filter_map(|partner| match partner {
                Some(partner) => index.partner(partner).map(Some),
                None => Some(None),
            });
            known.collect::<Vec<_>>()
        });
        if partners.as_ref().is_some_and(Vec::is_empty) {
            return None;
        }
        let mut excluded: Vec<_> = query.excluded.iter().filter_map(|id| index.technician(id)).collect();
        excluded.sort_unstable();
        Some(Self {
            skills: skills.collect::<Option<_>>()?,
            certificates: certificates.collect::<Option<_>>()?,
            partners,
            excluded,
        })
    }
}
