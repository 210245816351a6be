//! Why the index refuses something. A refused call changes nothing.

use core::fmt;

/// Why a call to the index was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GeoError {
    /// A table of names is full; the bound is named.
    Full {
        /// What there are too many of.
        what: &'static str,
        /// How many there may be.
        capacity: usize,
    },
    /// A technician number that is not registered.
    UnknownTechnician,
    /// An argument out of its range; all of them are listed.
    Invalid(Vec<Violation>),
}

/// One argument that is out of range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field, as in `filter.max_staleness_ms`.
    pub field: &'static str,
    /// What it must be.
    pub rule: &'static str,
}

impl fmt::Display for GeoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full { what, capacity } => write!(f, "no room for more {what} than {capacity}"),
            Self::UnknownTechnician => f.write_str("technician is not registered"),
            Self::Invalid(violations) => {
                for (i, Violation { field, rule }) in violations.iter().enumerate() {
                    write!(f, "{}{field} {rule}", if i == 0 { "" } else { "; " })?;
                }
                Ok(())
            }
        }
    }
}

impl core::error::Error for GeoError {}

/// Collects violations and turns them into one error.
#[derive(Default)]
pub(crate) struct Violations(Vec<Violation>);

impl Violations {
    pub(crate) fn require(&mut self, is_met: bool, field: &'static str, rule: &'static str) {
        if !is_met {
            self.0.push(Violation { field, rule });
        }
    }

    pub(crate) fn into_result(self) -> Result<(), GeoError> {
        if self.0.is_empty() { Ok(()) } else { Err(GeoError::Invalid(self.0)) }
    }
}
