//! The catalogue of reasons: stable UPPER_SNAKE words that callers match on. docs/errors.md explains the same list and
//! a test compares the two.

use dispatch_core::model::ResourceKind;
pub use dispatch_core::model::reason::*;

/// The bytes are not a message of the expected type.
pub const MALFORMED_MESSAGE: &str = "MALFORMED_MESSAGE";
/// The message has more bytes than are read.
pub const MESSAGE_TOO_LARGE: &str = "MESSAGE_TOO_LARGE";
/// One or more fields break their bounds.
pub const INVALID_FIELDS: &str = "INVALID_FIELDS";

/// Field: a number is NaN or infinite.
pub const NOT_FINITE: &str = "NOT_FINITE";
/// Field: an identifier, name or tag is not of its form.
pub const BAD_FORMAT: &str = "BAD_FORMAT";
/// Field: the name belongs to another region.
pub const WRONG_REGION: &str = "WRONG_REGION";
/// Field: an enumeration value that is not defined or not allowed here.
pub const UNKNOWN_VALUE: &str = "UNKNOWN_VALUE";
/// Field: a time zone is not in the IANA database.
pub const UNKNOWN_TIME_ZONE: &str = "UNKNOWN_TIME_ZONE";

/// A batch of a stream does not follow the last one taken.
pub const SEQUENCE_GAP: &str = "SEQUENCE_GAP";
/// More batches of one stream are under way than its credit allows.
pub const OVER_CREDIT: &str = "OVER_CREDIT";

/// A named technician does not exist.
pub const TECHNICIAN_NOT_FOUND: &str = "TECHNICIAN_NOT_FOUND";
/// A named service does not exist.
pub const SERVICE_NOT_FOUND: &str = "SERVICE_NOT_FOUND";
/// A named visit does not exist.
pub const VISIT_NOT_FOUND: &str = "VISIT_NOT_FOUND";
/// A technician of that name exists already.
pub const TECHNICIAN_EXISTS: &str = "TECHNICIAN_EXISTS";
/// A service of that name exists already.
pub const SERVICE_EXISTS: &str = "SERVICE_EXISTS";
/// A visit of that name exists already.
pub const VISIT_EXISTS: &str = "VISIT_EXISTS";
/// A defect of ours.
pub const INTERNAL: &str = "INTERNAL";
/// A defect has left the engine in an unknown state: nothing is answered until it is restored from the store.
pub const REBUILDING: &str = "REBUILDING";

/// The reason of a NotFound.
#[must_use]
pub fn not_found(kind: ResourceKind) -> &'static str {
    match kind {
        ResourceKind::Technician => TECHNICIAN_NOT_FOUND,
        ResourceKind::Service => SERVICE_NOT_FOUND,
        ResourceKind::Visit => VISIT_NOT_FOUND,
    }
}

/// The reason of an AlreadyExists.
#[must_use]
pub fn exists(kind: ResourceKind) -> &'static str {
    match kind {
        ResourceKind::Technician => TECHNICIAN_EXISTS,
        ResourceKind::Service => SERVICE_EXISTS,
        ResourceKind::Visit => VISIT_EXISTS,
    }
}

/// Which error a reason belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Reason of one field's violation.
    Field,
    /// Reason of an InvalidRequest.
    InvalidRequest,
    /// Reason of a NotFound.
    NotFound,
    /// Reason of an AlreadyExists.
    AlreadyExists,
    /// Reason of a Conflict.
    Conflict,
    /// Reason of an IllegalTransition.
    IllegalTransition,
    /// Reason of an Overloaded.
    Overloaded,
    /// Reason of an Unavailable.
    Unavailable,
    /// Reason of an InternalError.
    InternalError,
}

impl Kind {
    /// Name of the Python class, or "Violation".
    #[must_use]
    pub fn class_name(self) -> &'static str {
        match self {
            Self::Field => "Violation",
            Self::InvalidRequest => "InvalidRequest",
            Self::NotFound => "NotFound",
            Self::AlreadyExists => "AlreadyExists",
            Self::Conflict => "Conflict",
            Self::IllegalTransition => "IllegalTransition",
            Self::Overloaded => "Overloaded",
            Self::Unavailable => "Unavailable",
            Self::InternalError => "InternalError",
        }
    }
}

/// Every reason the engine can give, each once.
pub const REASONS: &[(&str, Kind)] = &[
    (MALFORMED_MESSAGE, Kind::InvalidRequest),
    (MESSAGE_TOO_LARGE, Kind::InvalidRequest),
    (INVALID_FIELDS, Kind::InvalidRequest),
    (REQUIRED, Kind::Field),
    (OUT_OF_RANGE, Kind::Field),
    (NOT_FINITE, Kind::Field),
    (BAD_FORMAT, Kind::Field),
    (WRONG_REGION, Kind::Field),
    (TOO_MANY_ITEMS, Kind::Field),
    (TOO_FEW_ITEMS, Kind::Field),
    (TOO_LONG, Kind::Field),
    (UNKNOWN_VALUE, Kind::Field),
    (DUPLICATE, Kind::Field),
    (INTERVAL_REVERSED, Kind::Field),
    (OVERLAP, Kind::Field),
    (OUTSIDE_REGION, Kind::Field),
    (OUTSIDE_SHIFT, Kind::Field),
    (UNKNOWN_REFERENCE, Kind::Field),
    (DEPENDENCY_CYCLE, Kind::Field),
    (CREW_INCOMPLETE, Kind::Field),
    (UNKNOWN_TIME_ZONE, Kind::Field),
    (WINDOW_ENDED, Kind::Field),
    (TOO_FAR_AHEAD, Kind::Field),
    (SEQUENCE_GAP, Kind::InvalidRequest),
    (TECHNICIAN_NOT_FOUND, Kind::NotFound),
    (SERVICE_NOT_FOUND, Kind::NotFound),
    (VISIT_NOT_FOUND, Kind::NotFound),
    (TECHNICIAN_EXISTS, Kind::AlreadyExists),
    (SERVICE_EXISTS, Kind::AlreadyExists),
    (VISIT_EXISTS, Kind::AlreadyExists),
    (TECHNICIAN_UNDER_WAY, Kind::IllegalTransition),
    (ILLEGAL_TRANSITION, Kind::IllegalTransition),
    (WRONG_TECHNICIAN, Kind::IllegalTransition),
    (RULE_BROKEN, Kind::IllegalTransition),
    (PLAN_CHANGED, Kind::Conflict),
    (OVER_CREDIT, Kind::Overloaded),
    (REBUILDING, Kind::Unavailable),
    (INTERNAL, Kind::InternalError),
];

#[cfg(test)]
mod tests {
    use super::REASONS;

    #[test]
    fn reasons_are_upper_snake_and_unique() {
        for (index, (reason, _)) in REASONS.iter().enumerate() {
            assert!(reason.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'), "{reason}");
            assert!(REASONS[..index].iter().all(|(earlier, _)| earlier != reason), "{reason} twice");
        }
    }
}
