//! Resource names: `regions/{region}/technicians/{technician}` and the like.

use crate::limits::MAX_ID_BYTES;

/// Kinds of resources below a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collection {
    /// `regions/{region}/technicians/{technician}`
    Technicians,
    /// `regions/{region}/services/{service}`
    Services,
    /// `regions/{region}/visits/{visit}`
    Visits,
    /// `regions/{region}/geofences/{geofence}`
    Geofences,
}

impl Collection {
    /// Middle part of the name.
    #[must_use]
    pub fn segment(self) -> &'static str {
        match self {
            Self::Technicians => "technicians",
            Self::Services => "services",
            Self::Visits => "visits",
            Self::Geofences => "geofences",
        }
    }

    /// The full name of one resource.
    #[must_use]
    pub fn name(self, region: &str, id: &str) -> String {
        format!("regions/{region}/{}/{id}", self.segment())
    }
}

/// Whether `text` can be an identifier: lower case, digits, `-` and `_`, 1 to 63 of them, the ends alphanumeric.
#[must_use]
pub fn is_id(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_edge = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    bytes.len() <= MAX_ID_BYTES
        && bytes.first().is_some_and(is_edge)
        && bytes.last().is_some_and(is_edge)
        && bytes.iter().all(|byte| is_edge(byte) || matches!(byte, b'-' | b'_'))
}

/// The region of `regions/{region}` or of any name below it, when it can be one.
#[must_use]
pub fn region_of(name: &str) -> Option<&str> {
    let region = name.strip_prefix("regions/")?;
    let region = region.split_once('/').map_or(region, |(region, _)| region);
    is_id(region).then_some(region)
}

/// Splits `regions/{region}/{collection}/{id}` into region and id, when it is of that form.
#[must_use]
pub fn split(name: &str, collection: Collection) -> Option<(&str, &str)> {
    let (region, rest) = name.strip_prefix("regions/")?.split_once('/')?;
    let id = rest.strip_prefix(collection.segment())?.strip_prefix('/')?;
    (is_id(region) && is_id(id)).then_some((region, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_follow_the_pattern_of_the_contract() {
        for good in ["a", "a1", "boiler-repair", "x_y", &"a".repeat(63)] {
            assert!(is_id(good), "{good}");
        }
        for bad in ["", "-a", "a-", "_", "A", "a b", "ä", "a/b", &"a".repeat(64)] {
            assert!(!is_id(bad), "{bad}");
        }
    }

    #[test]
    fn names_come_apart_as_they_were_put_together() {
        let name = Collection::Visits.name("sf", "v-1");
        assert_eq!(split(&name, Collection::Visits), Some(("sf", "v-1")));
        assert_eq!(split(&name, Collection::Services), None);
        assert_eq!(split("regions/sf/visits/v-1/x", Collection::Visits), None);
        assert_eq!(region_of(&name), Some("sf"));
        assert_eq!(region_of("regions/sf"), Some("sf"));
        assert_eq!(region_of("regions//x"), None);
        assert_eq!(region_of("sf"), None);
    }
}
