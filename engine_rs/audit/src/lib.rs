//! The audit chain: an append-only record of every change, in which any later alteration is found and located.
//!
//! - [`record`] is one entry and its canonical bytes; nothing personal is in it, only salted digests.
//! - [`chain`] appends: `link(n) = H(link(n-1), leaf(n))`. A stored link a record tells which record was altered.
//! - [`tree`] is the Merkle tree over the same leaves, by which one record is proved without showing the others.
//! - [`checkpoint`] states size, root and last link, signed with Ed25519 as a signed [`note`]: what nobody can rewrite
//!   who lacks the key.
//! - [`verify`] reads all of it again and says what is wrong and where.
//!
//! The hash is SHA-256 ([`hash`]). Records are a few hundred bytes, where BLAKE3's wide tree brings nothing and the
//! processor's SHA instructions are as fast; and an auditor can recompute the chain with any language's standard library.
//!
//! Everything here is a function of its arguments: times, salts and keys are passed in, nothing is read or written.

pub mod chain;
pub mod checkpoint;
pub mod hash;
pub mod note;
pub mod record;
pub mod subjects;
pub mod tree;
pub mod verify;

pub use chain::{Appended, Chain, Entry, SaltChange};
pub use checkpoint::Checkpoint;
pub use hash::{Digest, Salt};
pub use note::{PrivateKey, PublicKey};
pub use record::Record;
pub use verify::{Fault, FaultKind, Report, Row, Verifier};
