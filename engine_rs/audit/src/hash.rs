//! The one hash function, SHA-256, and the five ways it is used.
//!
//! Every use has a prefix byte of its own, so that a value of one kind can never pass for a value of another. `leaf` and
//! `node` are those of RFC 6962, so that any transparency-log tool can check our trees.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// Bytes of a digest.
pub const DIGEST_BYTES: usize = 32;
/// Bytes of a salt. 128 bits: nobody tries them all.
pub const SALT_BYTES: usize = 16;

const LEAF: u8 = 0;
const NODE: u8 = 1;
const LINK: u8 = 2;
const GENESIS: u8 = 3;
const CONTENT: u8 = 4;

/// Random bytes that keep a content's digest from being guessed. Whoever destroys them has erased the content.
pub type Salt = [u8; SALT_BYTES];

/// A SHA-256 value. All zeros stands for "nothing".
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; DIGEST_BYTES]);

impl Digest {
    /// Stands for a resource that does not exist.
    pub const NONE: Self = Self([0; DIGEST_BYTES]);

    /// Takes exactly 32 bytes, or nothing.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl AsRef<[u8]> for Digest {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Hashes a record's bytes into its leaf of the Merkle tree.
#[must_use]
pub fn leaf(record: &[u8]) -> Digest {
    of(LEAF, [record])
}

/// Hashes two neighbours of the Merkle tree into their parent.
#[must_use]
pub fn node(left: &Digest, right: &Digest) -> Digest {
    of_two(NODE, left, right)
}

/// Hashes the link of the record before and a record's leaf into the record's link.
#[must_use]
pub fn link(before: &Digest, leaf: &Digest) -> Digest {
    of_two(LINK, before, leaf)
}

/// Returns the link before the first record. It names the region, so that no chain passes for another region's.
#[must_use]
pub fn genesis(region: &str) -> Digest {
    of(GENESIS, [region.as_bytes()])
}

/// Hashes a resource's content under its salt. Without the salt the digest says nothing about the content.
#[must_use]
pub fn content(salt: &Salt, content: &[u8]) -> Digest {
    of(CONTENT, [salt, content])
}

/// Hashes any bytes without a prefix, for formats that others have defined.
pub(crate) fn plain<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Digest {
    let mut hasher = Sha256::new();
    parts.into_iter().for_each(|part| hasher.update(part));
    Digest(hasher.finalize().into())
}

fn of<'a>(prefix: u8, parts: impl IntoIterator<Item = &'a [u8]>) -> Digest {
    let mut hasher = Sha256::new_with_prefix([prefix]);
    parts.into_iter().for_each(|part| hasher.update(part));
    Digest(hasher.finalize().into())
}

/// Like `of`, from one buffer: these two calls are most of a verification's small hashes.
fn of_two(prefix: u8, first: &Digest, second: &Digest) -> Digest {
    let mut buffer = [prefix; 1 + 2 * DIGEST_BYTES];
    buffer[1..=DIGEST_BYTES].copy_from_slice(&first.0);
    buffer[1 + DIGEST_BYTES..].copy_from_slice(&second.0);
    Digest(Sha256::digest(buffer).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaf_and_node_are_those_of_rfc_6962() {
        // The published reference values: the leaf of no bytes, and the tree over the leaves "" and 0x00.
        assert_eq!(leaf(b"").to_string(), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        let two = node(&leaf(b""), &leaf(&[0]));
        assert_eq!(two.to_string(), "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
    }

    #[test]
    fn every_use_has_its_own_prefix() {
        let (a, b) = (leaf(b"a"), leaf(b"b"));
        let values = [node(&a, &b), link(&a, &b), leaf(&[a.0, b.0].concat()), plain([&a.0[..], &b.0[..]])];
        for (index, value) in values.iter().enumerate() {
            assert!(!values[..index].contains(value));
        }
        assert_ne!(genesis("a"), content(b"aaaaaaaaaaaaaaaa", b"a"));
    }
}
