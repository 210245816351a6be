//! Protobuf bytes to core types and back.
//!
//! Size limits come first, then decoding, then checks that collect every violation with its field path. What a
//! request *means* is decided in `dispatch_core`.

/// Types generated from `protos/` by `make proto`, checked in; never edited by hand.
#[allow(missing_docs, unreachable_pub, clippy::all, rustdoc::all)]
#[rustfmt::skip]
pub mod generated;
