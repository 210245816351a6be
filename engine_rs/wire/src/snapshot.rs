//! Snapshot: everything the engine begins with, as read from the store.

use dispatch_core::live::Snapshot;
use prost::Message;

use crate::check::Checker;
use crate::error::WireError;
use crate::generated::dispatch::engine::v1 as engine;
use crate::limits::MAX_SNAPSHOT_BYTES;
use crate::{region, service, technician, visit};

/// Reads a Snapshot of `region`.
///
/// # Errors
/// [`WireError::Decode`] when the bytes are no such message or too many; [`WireError::Invalid`] when it is another
/// region's and with every field out of its bounds.
pub fn decode(message: &[u8], region: &str) -> Result<Snapshot, WireError> {
    if message.len() > MAX_SNAPSHOT_BYTES {
        return Err(WireError::too_large(message.len(), MAX_SNAPSHOT_BYTES));
    }
    let snapshot = engine::Snapshot::decode(message)?;
    if snapshot.region.as_ref().is_some_and(|stored| stored.name.strip_prefix("regions/") != Some(region)) {
        return Err(region::wrong_region("region.name", region));
    }
    let mut checker = Checker::new(region);
    let restored = convert(&mut checker, snapshot);
    checker.finish(restored)
}

fn convert(checker: &mut Checker<'_>, snapshot: engine::Snapshot) -> Snapshot {
    let technicians = snapshot.technicians.into_iter().enumerate();
    let technicians =
        technicians.map(|(index, stored)| checker.item("technicians", index, |at| technician::convert(at, stored)));
    let technicians = technicians.collect();
    let services = snapshot.services.into_iter().enumerate();
    let services = services.map(|(index, stored)| checker.item("services", index, |at| service::convert(at, stored)));
    let services = services.collect();
    let visits = snapshot.visits.into_iter().enumerate();
    let visits = visits.map(|(index, stored)| checker.item("visits", index, |at| visit::convert_stored(at, stored)));
    Snapshot { technicians, services, visits: visits.collect() }
}
