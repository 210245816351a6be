//! The class `pydispatch.IndexFilter`: which technicians count in a search, with names looked up once.

use dispatch_core::geo::{
    Availability, AvailabilitySet, CertificateIndex, Filter, GeoError, LatLng, LiveIndex, PartnerIndex, Polygon,
    SkillRequirement, TechnicianIndex,
};
use dispatch_wire::{Violation, WireError, reason};
use pyo3::prelude::*;

use crate::failure::Failure;

/// Which technicians count, with names looked up once.
#[pyclass(frozen, module = "pydispatch")]
pub(crate) struct IndexFilter {
    pub(crate) serial: u64,
    /// Whether a name is unknown, so that nobody can match.
    pub(crate) is_closed: bool,
    pub(crate) skills: Vec<SkillRequirement>,
    pub(crate) certificates: Vec<CertificateIndex>,
    pub(crate) certified_at_ms: i64,
    pub(crate) availability: AvailabilitySet,
    pub(crate) max_staleness_ms: Option<i64>,
    pub(crate) partners: Option<Vec<Option<PartnerIndex>>>,
    pub(crate) area: Option<Polygon>,
    pub(crate) exclude: Vec<TechnicianIndex>,
}

/// What a filter is asked for, by name.
pub(crate) struct Conditions<'a> {
    pub(crate) skills: &'a [(String, u8)],
    pub(crate) certificates: &'a [String],
    pub(crate) availability: Option<&'a [String]>,
    pub(crate) partners: Option<&'a [Option<String>]>,
    pub(crate) area: Option<&'a [(f64, f64)]>,
}

impl IndexFilter {
    /// Looks up the names and judges the shapes of a filter.
    ///
    /// # Errors
    /// InvalidRequest for an availability or an area that is none.
    pub(crate) fn build(serial: u64, index: &LiveIndex, asked: &Conditions<'_>) -> Result<Self, Failure> {
        let skills: Option<Vec<_>> = asked
            .skills
            .iter()
            .map(|(name, min_level)| index.skill(name).map(|skill| SkillRequirement { skill, min_level: *min_level }))
            .collect();
        let certificates: Option<Vec<_>> = asked.certificates.iter().map(|name| index.certificate(name)).collect();
        let partners = asked.partners.map(|names| partners_of(index, names));
        let has_unknown = skills.is_none() || certificates.is_none();
        Ok(Self {
            serial,
            is_closed: has_unknown || partners.as_ref().is_some_and(Vec::is_empty),
            skills: skills.unwrap_or_default(),
            certificates: certificates.unwrap_or_default(),
            certified_at_ms: 0,
            availability: asked.availability.map_or(Ok(AvailabilitySet::ANY), availability_set)?,
            max_staleness_ms: None,
            partners,
            area: asked.area.map(polygon).transpose()?,
            exclude: Vec::new(),
        })
    }

    pub(crate) fn as_filter(&self) -> Filter<'_> {
        Filter {
            skills: &self.skills,
            certificates: &self.certificates,
            certified_at_ms: self.certified_at_ms,
            availability: self.availability,
            max_staleness_ms: self.max_staleness_ms,
            partners: self.partners.as_deref(),
            region: self.area.as_ref(),
            exclude: &self.exclude,
        }
    }
}

fn partners_of(index: &LiveIndex, asked: &[Option<String>]) -> Vec<Option<PartnerIndex>> {
    let known = asked.iter().filter_map(|partner| match partner {
        Some(name) => index.partner(name).map(Some),
        None => Some(None),
    });
    known.collect()
}

fn polygon(corners: &[(f64, f64)]) -> Result<Polygon, Failure> {
    let outer: Vec<_> = corners.iter().map(|&(lat_deg, lon_deg)| LatLng { lat_deg, lon_deg }).collect();
    Polygon::new(&outer, &[]).map_err(geo)
}

/// Reads the name of an availability.
pub(crate) fn availability_of(name: &str) -> Result<Availability, Failure> {
    match name {
        "AVAILABLE" => Ok(Availability::Available),
        "TRAVELLING" => Ok(Availability::Travelling),
        "WORKING" => Ok(Availability::Working),
        "ON_BREAK" => Ok(Availability::OnBreak),
        "OFFLINE" => Ok(Availability::Offline),
        _ => Err(Failure::field("availability", reason::UNKNOWN_VALUE, format!("{name:?} is no availability"))),
    }
}

fn availability_set(names: &[String]) -> Result<AvailabilitySet, Failure> {
    let states = names.iter().map(|name| availability_of(name)).collect::<Result<Vec<_>, _>>()?;
    Ok(AvailabilitySet::of(&states))
}

/// What the index refuses, in the terms of the caller.
pub(crate) fn geo(error: GeoError) -> Failure {
    match error {
        GeoError::Invalid(violations) => {
            let violations = violations.into_iter().map(|violation| Violation {
                field: violation.field.to_owned(),
                reason: reason::OUT_OF_RANGE,
                description: violation.rule.to_owned(),
            });
            Failure::Wire(WireError::Invalid { violations: violations.collect() })
        }
        GeoError::UnknownTechnician => Failure::field("number", reason::OUT_OF_RANGE, "nobody has this number"),
        error => Failure::field("name", reason::TOO_MANY_ITEMS, error.to_string()),
    }
}
