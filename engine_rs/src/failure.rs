//! Everything that can go wrong on this side of the line, and the one map to the classes of pydispatch.errors.

use dispatch_core::geo::GeoError;
use dispatch_core::model::{CoreError, ResourceKind};
use dispatch_wire::name::Collection;
use dispatch_wire::{Violation, WireError, outcome, reason};
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyModule};

use crate::enter;

/// Why a call was not answered. Unless said otherwise it has changed nothing.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The bytes were not accepted.
    Wire(WireError),
    /// The planner of the named region refused.
    Core { region: String, error: CoreError },
    /// A batch of a location stream came before its turn.
    SequenceGap { expected: i64 },
    /// A location stream is ahead of its credit.
    OverCredit,
    /// A panic has left something half done; only a restore helps.
    Broken,
    /// A value that the caller made itself is of no use; the text says why. Raised as an ordinary ValueError.
    Value(String),
    /// Something that cannot happen did.
    Defect(&'static str),
}

impl From<WireError> for Failure {
    fn from(error: WireError) -> Self {
        Self::Wire(error)
    }
}

impl Failure {
    /// A failure of one field.
    pub(crate) fn field(field: impl Into<String>, reason: &'static str, description: impl Into<String>) -> Self {
        let violation = Violation { field: field.into(), reason, description: description.into() };
        Self::Wire(WireError::Invalid { violations: vec![violation] })
    }

    /// The failure of a table of the live index that is full, for the field whose value found no room.
    pub(crate) fn index(error: &GeoError, field: &str) -> Self {
        match error {
            GeoError::Full { what, capacity } => {
                let description = format!("the region knows {capacity} {what} already, the most it can");
                Self::field(field, reason::TOO_MANY_ITEMS, description)
            }
            _ => Self::Defect("the index refused what the planner had accepted"),
        }
    }
}

/// How long a caller should wait for a stream to be read further, or for an engine to be rebuilt.
const RETRY_AFTER_S: f64 = 1.0;

/// Turns a failure into an instance of its class.
pub(crate) fn to_python(py: Python<'_>, failure: Failure) -> PyErr {
    match failure {
        Failure::Wire(error) => wire(py, error),
        Failure::Core { region, error } => core(py, &region, error),
        Failure::SequenceGap { expected } => {
            let message = format!("the batch does not follow the last one taken; sequence {expected} must come next");
            raised(py, "InvalidRequest", &message, reason::SEQUENCE_GAP, |fields| {
                let metadata = PyDict::new(py);
                metadata.set_item("expectedSequence", expected.to_string())?;
                fields.set_item("metadata", metadata)
            })
        }
        Failure::OverCredit => {
            let message = "the stream has more batches under way than its credit allows";
            raised(py, "Overloaded", message, reason::OVER_CREDIT, |fields| {
                fields.set_item("retry_after_s", RETRY_AFTER_S)
            })
        }
        Failure::Broken => {
            let message = "a defect has interrupted the engine; it answers again once it is restored from the store";
            raised(py, "Unavailable", message, reason::REBUILDING, |fields| {
                fields.set_item("retry_after_s", RETRY_AFTER_S)
            })
        }
        Failure::Value(text) => PyValueError::new_err(text),
        Failure::Defect(what) => enter::told(py, what),
    }
}

/// The error of a defect: nothing is told but where the log has the story.
pub(crate) fn internal(py: Python<'_>, error_id: &str) -> PyErr {
    let message = "an internal error; its story is in the log";
    raised(py, "InternalError", message, reason::INTERNAL, |fields| fields.set_item("error_id", error_id))
}

fn wire(py: Python<'_>, error: WireError) -> PyErr {
    match error {
        WireError::Decode { reason, description } => raised(py, "InvalidRequest", &description, reason, |_| Ok(())),
        WireError::Invalid { violations } => invalid(py, &violations),
    }
}

fn core(py: Python<'_>, region: &str, error: CoreError) -> PyErr {
    match error {
        CoreError::Invalid(violations) => {
            let violations: Vec<Violation> = violations.into_iter().map(Violation::from).collect();
            invalid(py, &violations)
        }
        CoreError::NotFound { kind, id } => {
            about(py, "NotFound", reason::not_found(kind), "does not exist", kind, &full_name(region, kind, &id))
        }
        CoreError::Exists { kind, id } => {
            about(py, "AlreadyExists", reason::exists(kind), "exists already", kind, &full_name(region, kind, &id))
        }
        CoreError::State { kind, id, reason, from, to } => {
            let subject = full_name(region, kind, &id);
            let message = match kind {
                // The states are those of the visit in the way, not of the technician.
                ResourceKind::Technician => format!("{subject} cannot go: one of its visits is {from}"),
                _ => format!("{} {subject} is {from}; {to} is not possible", kind.name()),
            };
            raised(py, "IllegalTransition", &message, reason, |fields| {
                fields.set_item("subject", subject)?;
                fields.set_item("from_state", from)?;
                fields.set_item("to_state", to)
            })
        }
        CoreError::Broken { visit_id, technician_id, rule, amount, detail } => {
            let subject = full_name(region, ResourceKind::Visit, &visit_id);
            let technician = full_name(region, ResourceKind::Technician, &technician_id);
            let message = format!("{technician} cannot have {subject}: {detail}");
            raised(py, "IllegalTransition", &message, reason::RULE_BROKEN, |fields| {
                fields.set_item("subject", subject)?;
                let metadata = PyDict::new(py);
                metadata.set_item("technician", technician)?;
                metadata.set_item("rule", outcome::rule_name(rule))?;
                metadata.set_item("amount", amount.to_string())?;
                metadata.set_item("unit", rule.unit())?;
                fields.set_item("metadata", metadata)
            })
        }
        CoreError::Stale { detail } => {
            let message = format!("the plan has changed since the change to it was worked out: {detail}");
            raised(py, "Conflict", &message, reason::PLAN_CHANGED, |_| Ok(()))
        }
    }
}

fn invalid(py: Python<'_>, violations: &[Violation]) -> PyErr {
    let first = violations.first().map(|found| format!("{}: {}", found.field, found.description)).unwrap_or_default();
    let message = match violations.len() {
        1 => first,
        count => format!("{count} fields cannot be accepted, first {first}"),
    };
    raised(py, "InvalidRequest", &message, reason::INVALID_FIELDS, |fields| {
        let class = errors(py)?.getattr(intern!(py, "Violation"))?;
        let told = PyList::empty(py);
        for violation in violations {
            told.append(class.call1((&violation.field, violation.reason, &violation.description))?)?;
        }
        fields.set_item("violations", told)
    })
}

fn about(py: Python<'_>, class: &str, reason: &str, what: &str, kind: ResourceKind, resource_name: &str) -> PyErr {
    let message = format!("{} {resource_name} {what}", kind.name());
    raised(py, class, &message, reason, |fields| {
        fields.set_item("resource_type", kind.name())?;
        fields.set_item("resource_name", resource_name)
    })
}

fn full_name(region: &str, kind: ResourceKind, id: &str) -> String {
    let collection = match kind {
        ResourceKind::Technician => Collection::Technicians,
        ResourceKind::Service => Collection::Services,
        ResourceKind::Visit => Collection::Visits,
    };
    collection.name(region, id)
}

/// Builds an instance of `class`; when even that fails, the error that stopped it.
fn raised(
    py: Python<'_>,
    class: &str,
    message: &str,
    reason: &str,
    fill: impl FnOnce(&Bound<'_, PyDict>) -> PyResult<()>,
) -> PyErr {
    let build = || -> PyResult<PyErr> {
        let fields = PyDict::new(py);
        fields.set_item("reason", reason)?;
        fill(&fields)?;
        Ok(PyErr::from_value(errors(py)?.getattr(class)?.call((message,), Some(&fields))?))
    };
    build().unwrap_or_else(|error| error)
}

/// The module pydispatch.errors, imported once.
fn errors(py: Python<'_>) -> PyResult<&Bound<'_, PyModule>> {
    static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    MODULE.get_or_try_init(py, || py.import("pydispatch.errors").map(Bound::unbind)).map(|module| module.bind(py))
}
