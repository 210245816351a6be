//! Arrangement and Preview: changes worked out beforehand.

use dispatch_core::live::{Arrangement, MAX_ARRANGED, Preview, ShiftOrder};
use prost::Message;

use crate::check::Checker;
use crate::generated::dispatch::engine::v1 as engine;
use crate::outcome;

const MAX_SHIFT: i64 = 10_000;

/// Reads an arrangement, which the engine itself once wrote.
pub(crate) fn convert(checker: &mut Checker<'_>, arrangement: engine::Arrangement) -> Arrangement {
    let named: usize = arrangement.orders.iter().map(|order| order.visit_ids.len()).sum();
    checker.at_most("orders", named + arrangement.unassigned_visit_ids.len(), MAX_ARRANGED);
    let orders = arrangement.orders.into_iter().enumerate();
    let orders = orders.map(|(index, order)| checker.item("orders", index, |at| shift_order(at, order)));
    Arrangement { orders: orders.collect(), unassigned_visit_ids: arrangement.unassigned_visit_ids }
}

fn shift_order(checker: &mut Checker<'_>, order: engine::ShiftOrder) -> ShiftOrder {
    checker.id("technician_id", &order.technician_id);
    let shift = checker.small("shift", order.shift, MAX_SHIFT);
    ShiftOrder { technician_id: order.technician_id, shift, visit_ids: order.visit_ids }
}

/// Writes a Preview of `region`.
#[must_use]
pub fn encode_preview(region: &str, preview: &Preview) -> Vec<u8> {
    let preview = engine::Preview {
        outcome: Some(outcome::message(region, &preview.outcome)),
        before: Some(message(&preview.before)),
        after: Some(message(&preview.after)),
    };
    preview.encode_to_vec()
}

fn message(arrangement: &Arrangement) -> engine::Arrangement {
    let order = |order: &ShiftOrder| engine::ShiftOrder {
        technician_id: order.technician_id.clone(),
        shift: i32::try_from(order.shift).unwrap_or(i32::MAX),
        visit_ids: order.visit_ids.clone(),
    };
    engine::Arrangement {
        orders: arrangement.orders.iter().map(order).collect(),
        unassigned_visit_ids: arrangement.unassigned_visit_ids.clone(),
    }
}
