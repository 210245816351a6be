//! Pin: what the planner may not change about a visit.

use dispatch_core::model::{MAX_PRECEDING, Pin};

use crate::check::Checker;
use crate::generated::dispatch::v1 as pb;
use crate::name::Collection;
use crate::region;

/// Reads a pin as the store has it.
pub(crate) fn convert(checker: &mut Checker<'_>, pin: &pb::Pin) -> Pin {
    checker.at_most("preceding_visits", pin.preceding_visits.len(), MAX_PRECEDING);
    let technician_id = checker.optional_reference("technician", &pin.technician, Collection::Technicians);
    let preceding = pin.preceding_visits.iter().take(MAX_PRECEDING).enumerate();
    let preceding = preceding.map(|(index, full_name)| {
        checker.item("preceding_visits", index, |at| at.reference("", full_name, Collection::Visits).to_owned())
    });
    let preceding: Vec<String> = preceding.collect();
    Pin {
        technician_id: technician_id.map(str::to_owned),
        start_s: checker.optional_instant_s("start_time", pin.start_time.as_ref()),
        preceding_visit_ids: pin.position.then_some(preceding),
    }
}

/// A pin as the contract has it.
pub(crate) fn encode(region: &str, pin: &Pin) -> pb::Pin {
    let preceding = pin.preceding_visit_ids.iter().flatten();
    pb::Pin {
        technician: pin.technician_id.as_ref().map_or_else(String::new, |id| Collection::Technicians.name(region, id)),
        start_time: pin.start_s.map(region::instant),
        position: pin.preceding_visit_ids.is_some(),
        preceding_visits: preceding.map(|id| Collection::Visits.name(region, id)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            technician_id in prop::option::of("[a-z]{1,8}"),
            start_s in prop::option::of(0..4_000_000_000i64),
            preceding_visit_ids in prop::option::of(prop::collection::vec("[a-z]{1,8}", 0..4)),
        ) {
            let pin = Pin { technician_id, start_s, preceding_visit_ids };
            let mut checker = Checker::new("sf");
            let read = convert(&mut checker, &encode("sf", &pin));
            prop_assert_eq!(checker.finish(read).unwrap(), pin);
        }
    }
}
