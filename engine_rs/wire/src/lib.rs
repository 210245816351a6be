//! Protobuf bytes to core types and back.
//!
//! Size limits come first, then decoding, then checks that collect every violation with its field path. What a
//! request *means* is decided in `dispatch_core`.
