//! Service: an entry of the catalogue.

use dispatch_core::model::{Priority, Service};

use crate::check::Checker;
use crate::generated::dispatch::v1 as pb;
use crate::name::Collection;
use crate::{scope, skill};

const DEFAULT_RESPONSE_TARGET_S: i64 = 14_400;
const DEFAULT_RESPONSE_LIMIT_S: i64 = 86_400;

pub(crate) fn convert(checker: &mut Checker<'_>, service: pb::Service) -> Service {
    Service {
        id: checker.reference("name", &service.name, Collection::Services).to_owned(),
        required_skills: skill::required_skills(checker, service.required_skills),
        required_certificates: skill::required_certificates(checker, service.required_certificates),
        partners: scope::partners(checker, service.partners),
        parts: scope::parts(checker, service.parts, scope::MAX_TAKEN),
        duration_s: i64::from(service.duration_s),
        priority: priority(checker, service.priority).unwrap_or_default(),
        response_target_s: or_default(service.response_target_s, DEFAULT_RESPONSE_TARGET_S),
        response_limit_s: or_default(service.response_limit_s, DEFAULT_RESPONSE_LIMIT_S),
    }
}

fn or_default(value: i32, default: i64) -> i64 {
    if value == 0 { default } else { i64::from(value) }
}

/// Reads the field `priority`; `None` means not said.
pub(crate) fn priority(checker: &mut Checker<'_>, priority: i32) -> Option<Priority> {
    match checker.enumeration("priority", priority)? {
        pb::Priority::Unspecified => None,
        pb::Priority::Routine => Some(Priority::Routine),
        pb::Priority::Urgent => Some(Priority::Urgent),
        pb::Priority::Emergency => Some(Priority::Emergency),
    }
}
