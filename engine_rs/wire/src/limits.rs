//! Bounds of messages and lists. Each repeats the bound written in the proto; beyond it the message is refused.

/// Most bytes of one location message; 10,000 fixes with the longest identifiers take about 1.2 MB.
pub const MAX_LOCATION_BYTES: usize = 2 << 20;
/// Most bytes of one search, recommend or plan request.
pub const MAX_QUERY_BYTES: usize = 256 << 10;
/// Most bytes of one geofence: 33 rings of 1,000 corners take about 700 kB.
pub const MAX_GEOFENCE_BYTES: usize = 1 << 20;
/// Most bytes of one command: 1,000 visits with long windows, sites and exclusion lists.
pub const MAX_COMMAND_BYTES: usize = 16 << 20;
/// Most bytes of one region.
pub const MAX_REGION_BYTES: usize = 64 << 10;
/// Most bytes of one policy as JSON.
pub const MAX_POLICY_BYTES: usize = 64 << 10;
/// Most bytes of a snapshot. It comes from our own store, so this bounds memory, not an adversary.
pub const MAX_SNAPSHOT_BYTES: usize = 1 << 30;

/// Most fixes of one batch.
pub const MAX_FIXES: usize = 10_000;
/// Most bytes of an identifier.
pub const MAX_ID_BYTES: usize = 63;
/// Most characters of a stream's name.
pub const MAX_STREAM_ID_CHARS: usize = 64;
/// Most visits of one command.
pub const MAX_VISITS_PER_COMMAND: usize = 1_000;
/// Most violations told of one message; the rest would only repeat the pattern.
pub const MAX_VIOLATIONS: usize = 100;
