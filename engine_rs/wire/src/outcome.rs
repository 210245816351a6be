//! Outcome: what a command changed.

use dispatch_core::live::{Outcome, VisitChange};
use dispatch_core::model::Rule;
use prost::Message;

use crate::generated::dispatch::engine::v1 as engine;
use crate::generated::dispatch::v1 as pb;
use crate::name::Collection;
use crate::{pin, ties, visit};

/// Writes an Outcome of `region`.
#[must_use]
pub fn encode(region: &str, outcome: &Outcome) -> Vec<u8> {
    message(region, outcome).encode_to_vec()
}

/// An Outcome of `region`.
pub(crate) fn message(region: &str, outcome: &Outcome) -> engine::Outcome {
    let changes = outcome.changes.iter().map(|change| visit_change(region, change));
    engine::Outcome { changes: changes.collect(), cost_change_milli: outcome.cost_change_milli }
}

/// Name of a rule in the contract, such as `RULE_WINDOW`.
#[must_use]
pub fn rule_name(rule: Rule) -> &'static str {
    pb::Rule::try_from(rule as i32).map_or("RULE_UNSPECIFIED", |rule| rule.as_str_name())
}

fn visit_change(region: &str, change: &VisitChange) -> engine::VisitChange {
    let excluded = change.excluded_technician_ids.iter();
    engine::VisitChange {
        visit_id: change.visit_id.clone(),
        kind: change.kind as i32,
        state: change.state as i32,
        placement: change.placement.as_ref().map(|placed| visit::encode_placement(region, placed)),
        times: Some(visit::encode_times(&change.times)),
        unassigned_reasons: visit::encode_reasons(&change.unassigned_reasons),
        excluded_technicians: excluded.map(|id| Collection::Technicians.name(region, id)).collect(),
        after: ties::encode(region, &change.after),
        disruption_milli: change.disruption_milli,
        pin: change.pin.as_deref().map(|pin| pin::encode(region, pin)),
    }
}

#[cfg(test)]
mod tests {
    use dispatch_core::live::ChangeKind;
    use dispatch_core::model::VisitState;

    use super::*;

    #[test]
    fn numbers_of_the_core_are_numbers_of_the_contract() {
        for state in 1..=10 {
            let named = pb::VisitState::try_from(state).unwrap().as_str_name();
            let ours = [
                VisitState::Unassigned,
                VisitState::Planned,
                VisitState::Accepted,
                VisitState::EnRoute,
                VisitState::Arrived,
                VisitState::InService,
                VisitState::Completed,
                VisitState::Failed,
                VisitState::Cancelled,
                VisitState::Expired,
            ];
            let ours = ours.into_iter().find(|ours| *ours as i32 == state).unwrap();
            assert_eq!(named, format!("VISIT_STATE_{}", ours.name()));
        }
        for rule in Rule::ALL {
            let named = pb::Rule::try_from(rule as i32).unwrap();
            assert_eq!(format!("{named:?}"), format!("{rule:?}"));
        }
        for kind in [
            ChangeKind::Assigned,
            ChangeKind::Moved,
            ChangeKind::Retimed,
            ChangeKind::Unassigned,
            ChangeKind::Progressed,
            ChangeKind::Pinned,
        ] {
            let named = engine::ChangeKind::try_from(kind as i32).unwrap();
            assert_eq!(format!("{named:?}"), format!("{kind:?}"));
        }
    }
}
