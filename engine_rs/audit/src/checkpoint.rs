//! A checkpoint: size, root and newest link of a chain, signed. The form is that of transparency logs (C2SP
//! tlog-checkpoint), with two lines of our own at the end:
//!
//! ```text
//! {name}/regions/{region}
//! {size}
//! {base64 of the root}
//! link {hex of the link}
//! time_ms {milliseconds since the Unix epoch}
//! ```

use base64ct::{Base64, Encoding};

use crate::hash::{DIGEST_BYTES, Digest};
use crate::note::{self, NoteError, PrivateKey, PublicKey};

/// What a chain was at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Whose chain it is: name of the key, and region.
    pub origin: String,
    /// Records covered.
    pub size: u64,
    /// Root of the Merkle tree over them.
    pub root: Digest,
    /// Link of the last of them.
    pub link: Digest,
    /// When it was signed, in milliseconds since the Unix epoch.
    pub time_ms: i64,
}

impl Checkpoint {
    /// Returns the origin of a region's checkpoints under the key `name`.
    #[must_use]
    pub fn origin_of(name: &str, region: &str) -> String {
        format!("{name}/regions/{region}")
    }

    /// Signs it into a note. The origin should be that of the key.
    #[must_use]
    pub fn sign(&self, key: &PrivateKey) -> String {
        key.sign(&self.text())
    }

    /// Opens a signed note of a region's chain.
    ///
    /// # Errors
    /// [`NoteError`]; [`NoteError::Form`] also when it is no checkpoint, or of another origin than the key's.
    pub fn open(note: &str, region: &str, trusted: &[PublicKey]) -> Result<Self, NoteError> {
        let (text, key) = note::open(note, trusted)?;
        let is_own = |found: &Self| found.origin == Self::origin_of(key.name(), region);
        Self::parse(text).filter(is_own).ok_or(NoteError::Form)
    }

    fn text(&self) -> String {
        let Self { origin, size, root, link, time_ms } = self;
        format!("{origin}\n{size}\n{}\nlink {link}\ntime_ms {time_ms}\n", Base64::encode_string(&root.0))
    }

    /// Reads a text; only the one that [`Checkpoint::text`] would write is taken.
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let found = Self {
            origin: lines.next()?.to_owned(),
            size: lines.next()?.parse().ok()?,
            root: Digest::from_slice(&Base64::decode_vec(lines.next()?).ok()?)?,
            link: parse_hex(lines.next()?.strip_prefix("link ")?)?,
            time_ms: lines.next()?.strip_prefix("time_ms ")?.parse().ok()?,
        };
        (found.text() == text).then_some(found)
    }
}

fn parse_hex(text: &str) -> Option<Digest> {
    let mut digest = Digest::NONE;
    if text.len() != 2 * DIGEST_BYTES || !text.is_ascii() {
        return None;
    }
    for (index, byte) in digest.0.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).ok()?;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::note::SEED_BYTES;

    fn key() -> PrivateKey {
        PrivateKey::from_seed("example.org", &[9; SEED_BYTES]).unwrap()
    }

    fn checkpoint(size: u64, time_ms: i64) -> Checkpoint {
        let origin = Checkpoint::origin_of("example.org", "a");
        Checkpoint { origin, size, root: Digest([1; 32]), link: Digest([0xab; 32]), time_ms }
    }

    proptest! {
        #[test]
        fn what_is_signed_is_opened(size in any::<u64>(), time_ms in any::<i64>()) {
            let checkpoint = checkpoint(size, time_ms);
            let note = checkpoint.sign(&key());
            let trusted = [key().public().clone()];
            prop_assert_eq!(Checkpoint::open(&note, "a", &trusted).unwrap(), checkpoint);
            prop_assert_eq!(Checkpoint::open(&note, "b", &trusted).unwrap_err(), NoteError::Form);
        }

        #[test]
        fn no_altered_note_says_something_else(place in any::<prop::sample::Index>(), bit in 0u8..7) {
            let note = checkpoint(12, 34).sign(&key());
            let mut bytes = note.clone().into_bytes();
            let at = place.index(bytes.len());
            bytes[at] ^= 1 << bit;
            if let Ok(text) = std::str::from_utf8(&bytes) {
                prop_assert!(Checkpoint::open(text, "a", &[key().public().clone()]).is_err());
            }
        }
    }

    #[test]
    fn a_signed_text_that_is_no_checkpoint_is_refused() {
        let trusted = [key().public().clone()];
        for text in ["a\n", "example.org/regions/a\n012\n", "example.org/regions/a\n1\nAAAA\n"] {
            assert_eq!(Checkpoint::open(&key().sign(text), "a", &trusted), Err(NoteError::Form));
        }
    }
}
