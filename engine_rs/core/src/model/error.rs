//! Everything the planner can refuse, and the collector of violations.

use super::Rule;
use std::fmt;

/// Reasons of violations, UPPER_SNAKE and stable.
pub mod reason {
    /// A number, coordinate or time is outside its range.
    pub const OUT_OF_RANGE: &str = "OUT_OF_RANGE";
    /// An identifier is missing.
    pub const REQUIRED: &str = "REQUIRED";
    /// The end of an interval lies before its start.
    pub const INTERVAL_REVERSED: &str = "INTERVAL_REVERSED";
    /// Two entries of a list are the same.
    pub const DUPLICATE: &str = "DUPLICATE";
    /// A list has too many entries.
    pub const TOO_MANY_ITEMS: &str = "TOO_MANY_ITEMS";
    /// Two shifts or two start windows overlap, or are out of order.
    pub const OVERLAP: &str = "OVERLAP";
    /// An interval is longer than allowed.
    pub const TOO_LONG: &str = "TOO_LONG";
    /// A break cannot be taken inside its shift.
    pub const OUTSIDE_SHIFT: &str = "OUTSIDE_SHIFT";
    /// A place is too far from the region's centre.
    pub const OUTSIDE_REGION: &str = "OUTSIDE_REGION";
    /// A list has too few entries.
    pub const TOO_FEW_ITEMS: &str = "TOO_FEW_ITEMS";
    /// A technician has a visit under way.
    pub const TECHNICIAN_UNDER_WAY: &str = "TECHNICIAN_UNDER_WAY";
    /// The visit cannot take this step from its present state.
    pub const ILLEGAL_TRANSITION: &str = "ILLEGAL_TRANSITION";
    /// Visits wait for one another in a circle.
    pub const DEPENDENCY_CYCLE: &str = "DEPENDENCY_CYCLE";
    /// A crew is not told whole: a role is missing, or its members disagree.
    pub const CREW_INCOMPLETE: &str = "CREW_INCOMPLETE";
    /// What is named does not exist.
    pub const UNKNOWN_REFERENCE: &str = "UNKNOWN_REFERENCE";
    /// The visit is not placed with the technician who reports.
    pub const WRONG_TECHNICIAN: &str = "WRONG_TECHNICIAN";
    /// The window has already ended.
    pub const WINDOW_ENDED: &str = "WINDOW_ENDED";
    /// A time lies further ahead than is planned for.
    pub const TOO_FAR_AHEAD: &str = "TOO_FAR_AHEAD";
    /// A hard rule would be broken.
    pub const RULE_BROKEN: &str = "RULE_BROKEN";
    /// The plan has changed since the change to it was worked out.
    pub const PLAN_CHANGED: &str = "PLAN_CHANGED";
}

/// One thing wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field as the protobuf names it, such as `technician.shifts[1].window`.
    pub field: String,
    /// Stable UPPER_SNAKE reason out of [`reason`].
    pub reason: &'static str,
    /// One sentence for a person.
    pub description: String,
}

/// Collects violations below a field path.
#[derive(Debug, Default)]
pub struct Violations {
    found: Vec<Violation>,
}

impl Violations {
    /// Starts with none.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn add(&mut self, field: impl Into<String>, reason: &'static str, description: impl Into<String>) {
        self.found.push(Violation { field: field.into(), reason, description: description.into() });
    }

    /// Adds one when `is_ok` is false.
    pub fn check(
        &mut self,
        is_ok: bool,
        field: impl Into<String>,
        reason: &'static str,
        description: impl Into<String>,
    ) {
        if !is_ok {
            self.add(field, reason, description);
        }
    }

    /// Ends the collection.
    ///
    /// # Errors
    /// [`CoreError::Invalid`] with everything found, if anything was.
    pub fn into_result(self) -> Result<(), CoreError> {
        if self.found.is_empty() { Ok(()) } else { Err(CoreError::Invalid(self.found)) }
    }
}

/// What kind of thing an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ResourceKind {
    /// A technician.
    Technician,
    /// A service of the catalogue.
    Service,
    /// A visit.
    Visit,
}

impl ResourceKind {
    /// The word for people, such as "technician".
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Technician => "technician",
            Self::Service => "service",
            Self::Visit => "visit",
        }
    }
}

/// Why a call was refused. A refused call has changed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CoreError {
    /// The request breaks rules about its own fields; every violation is listed.
    Invalid(Vec<Violation>),
    /// Something named does not exist.
    NotFound {
        /// What kind of thing.
        kind: ResourceKind,
        /// Its identifier.
        id: String,
    },
    /// Something to be added exists already.
    Exists {
        /// What kind of thing.
        kind: ResourceKind,
        /// Its identifier.
        id: String,
    },
    /// The step is not legal now.
    State {
        /// What kind of thing.
        kind: ResourceKind,
        /// Its identifier.
        id: String,
        /// Stable UPPER_SNAKE reason out of [`reason`].
        reason: &'static str,
        /// State it is in, UPPER_SNAKE.
        from: &'static str,
        /// State or step asked for, UPPER_SNAKE.
        to: &'static str,
    },
    /// A technician cannot have a visit there: a hard rule would be broken.
    Broken {
        /// Identifier of the visit.
        visit_id: String,
        /// Identifier of the technician.
        technician_id: String,
        /// The rule.
        rule: Rule,
        /// By how much, in [`Rule::unit`]; 0 when it cannot be measured.
        amount: i64,
        /// One sentence for a person.
        detail: String,
    },
    /// The plan is no longer the one that the change was worked out for.
    Stale {
        /// One sentence for a person.
        detail: String,
    },
}

impl fmt::Display for CoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(violations) => {
                let fields: Vec<_> = violations.iter().map(|v| format!("{}: {}", v.field, v.description)).collect();
                write!(f, "invalid request: {}", fields.join("; "))
            }
            Self::NotFound { kind, id } => write!(f, "{} {id} does not exist", kind.name()),
            Self::Exists { kind, id } => write!(f, "{} {id} exists already", kind.name()),
            Self::State { kind, id, reason, from, to } => {
                write!(f, "{} {id} is {from} and cannot become {to} ({reason})", kind.name())
            }
            Self::Broken { visit_id, technician_id, detail, .. } => {
                write!(f, "technician {technician_id} cannot have visit {visit_id}: {detail}")
            }
            Self::Stale { detail } => write!(f, "the plan has changed: {detail}"),
        }
    }
}

impl std::error::Error for CoreError {}
