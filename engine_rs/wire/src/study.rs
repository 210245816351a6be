//! Studies: what one is asked for, and the orders it finds.

use dispatch_core::improve::RouteOrder;
use dispatch_core::live::{Command, MAX_MOVES, MAX_ORDERS};
use prost::Message;

use crate::check::Checker;
use crate::error::WireError;
use crate::generated::dispatch::engine::v1 as engine;
use crate::limits::MAX_QUERY_BYTES;

const MAX_ITERATIONS: i64 = 1_000_000;
const MAX_BUDGET_MS: i64 = 60_000;
const MOST_MOVES: i64 = MAX_MOVES as i64;

/// What a study is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StudyQuery {
    /// Picks the part of the plan and the way through the search.
    pub seed: u64,
    /// Steps of the search.
    pub iterations: u64,
    /// Milliseconds after which it ends.
    pub budget_ms: u64,
    /// Most visits that may go to somebody else.
    pub max_moves: u32,
}

/// Reads a StudyRequest.
///
/// # Errors
/// [`WireError::Decode`] when the bytes are no such message or too many; [`WireError::Invalid`] with every field out of
/// its bounds.
pub fn decode(message: &[u8], region: &str) -> Result<StudyQuery, WireError> {
    if message.len() > MAX_QUERY_BYTES {
        return Err(WireError::too_large(message.len(), MAX_QUERY_BYTES));
    }
    let request = engine::StudyRequest::decode(message)?;
    let mut checker = Checker::new(region);
    let iterations = checker.integer("iterations", i64::from(request.iterations), 1, MAX_ITERATIONS);
    let budget_ms = checker.integer("budget_ms", i64::from(request.budget_ms), 1, MAX_BUDGET_MS);
    let query = StudyQuery {
        seed: request.seed,
        iterations: iterations.unsigned_abs(),
        budget_ms: budget_ms.unsigned_abs(),
        max_moves: checker.small("max_moves", request.max_moves, MOST_MOVES),
    };
    checker.finish(query)
}

/// Writes the orders as the AdoptOrders that adopts them; no bytes when there are none.
#[must_use]
pub fn encode(orders: Vec<RouteOrder>, max_moves: u32) -> Vec<u8> {
    if orders.is_empty() {
        return Vec::new();
    }
    let order = |order: RouteOrder| engine::RouteOrder {
        technician_id: order.technician_id,
        shift_start_s: order.shift_start_s,
        before: order.before,
        after: order.after,
    };
    let orders = orders.into_iter().map(order).collect();
    engine::AdoptOrders { orders, max_moves: i32::try_from(max_moves).unwrap_or(i32::MAX) }.encode_to_vec()
}

/// Reads the orders of a command.
pub(crate) fn convert_orders(checker: &mut Checker<'_>, found: engine::AdoptOrders) -> Command {
    checker.at_most("orders", found.orders.len(), MAX_ORDERS);
    let max_moves = checker.small("max_moves", found.max_moves, MOST_MOVES);
    let order = |order: engine::RouteOrder| RouteOrder {
        technician_id: order.technician_id,
        shift_start_s: order.shift_start_s,
        before: order.before,
        after: order.after,
    };
    Command::AdoptOrders { orders: found.orders.into_iter().take(MAX_ORDERS).map(order).collect(), max_moves }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reason;
    use proptest::prelude::*;

    #[test]
    fn every_field_out_of_bounds_is_told() {
        let bad = engine::StudyRequest { seed: 1, iterations: 0, budget_ms: 60_001, max_moves: -1 };
        let Err(WireError::Invalid { violations }) = decode(&bad.encode_to_vec(), "sf") else { panic!("accepted") };
        for field in ["iterations", "budget_ms", "max_moves"] {
            let is_told = violations.iter().any(|v| v.field == field && v.reason == reason::OUT_OF_RANGE);
            assert!(is_told, "{field}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = decode(&bytes, "sf");
        }
    }
}
