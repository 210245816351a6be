//! Why bytes were not accepted.

use dispatch_core::model;

use crate::reason;

/// One field that cannot be accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field as the proto names it, such as `technician.shifts[1].window.end_time`.
    pub field: String,
    /// One of [`reason::REASONS`].
    pub reason: &'static str,
    /// One sentence for a person.
    pub description: String,
}

/// Why bytes were not accepted. Nothing has been changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WireError {
    /// The bytes are no message of the type, or more of them than one message may have.
    Decode {
        /// One of [`reason::REASONS`].
        reason: &'static str,
        /// One sentence for a person.
        description: String,
    },
    /// The message can be read, but fields of it break their bounds; all of them are listed, in the message's order.
    Invalid {
        /// Never empty.
        violations: Vec<Violation>,
    },
}

impl WireError {
    /// The error of bytes that are no message of their type.
    pub(crate) fn malformed(description: impl Into<String>) -> Self {
        Self::Decode { reason: reason::MALFORMED_MESSAGE, description: description.into() }
    }

    /// The error of a message larger than its limit.
    pub(crate) fn too_large(size_bytes: usize, limit_bytes: usize) -> Self {
        let description = format!("the message has {size_bytes} bytes; at most {limit_bytes} are read");
        Self::Decode { reason: reason::MESSAGE_TOO_LARGE, description }
    }
}

impl From<prost::DecodeError> for WireError {
    fn from(error: prost::DecodeError) -> Self {
        // prost names the message and field it stumbled over, never the content.
        Self::malformed(error.to_string())
    }
}

impl From<model::Violation> for Violation {
    fn from(violation: model::Violation) -> Self {
        Self { field: violation.field, reason: violation.reason, description: violation.description }
    }
}
