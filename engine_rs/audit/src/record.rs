//! One audit record and its canonical bytes: each record has exactly one form, and each form is exactly one record.
//!
//! ```text
//! version  u8 = 1
//! sequence u64, epoch u64, time_ms i64        big-endian
//! before   32 bytes, after 32 bytes           digests of the resource's salted content; zeros: it did not exist
//! region, type, resource, decision_id, policy_revision, actor
//!          u8 length, then that many bytes of UTF-8 each
//! ```
//! Nothing personal belongs in here: a record is never changed or erased. What a person can be told by lies outside,
//! and the record holds only its salted digest.

use std::fmt;

use crate::hash::{DIGEST_BYTES, Digest};

/// First byte of every record. Another layout gets another number.
pub const VERSION: u8 = 1;
/// Most bytes of one text of a record.
pub const TEXT_MAX_BYTES: usize = u8::MAX as usize;
/// Most bytes of a record.
pub const RECORD_MAX_BYTES: usize = FIXED_BYTES + TEXTS * (1 + TEXT_MAX_BYTES);

const TEXTS: usize = 6;
const FIXED_BYTES: usize = 1 + 3 * 8 + 2 * DIGEST_BYTES;

/// What happened to one resource, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Number in the region's chain; the first is 1, each next one more.
    pub sequence: u64,
    /// Epoch of the owner that decided.
    pub epoch: u64,
    /// When it was decided, in milliseconds since the Unix epoch.
    pub time_ms: i64,
    /// Salted digest of the resource before, [`Digest::NONE`] when it did not exist.
    pub before: Digest,
    /// Salted digest of the resource after, [`Digest::NONE`] when it is gone.
    pub after: Digest,
    /// Identifier of the region.
    pub region: &'a str,
    /// What happened, such as `visit.assigned`.
    pub event_type: &'a str,
    /// Full name of the resource.
    pub resource: &'a str,
    /// The decision that this is part of. Records of one decision share it.
    pub decision_id: &'a str,
    /// Revision of the policy in force.
    pub policy_revision: &'a str,
    /// Who asked, as a pseudonym.
    pub actor: &'a str,
}

/// Why a record cannot be written or bytes are no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordError {
    /// A text has more than [`TEXT_MAX_BYTES`] bytes.
    TextTooLong,
    /// The bytes end too early or go on too long.
    Length,
    /// The first byte is not [`VERSION`].
    Version,
    /// A text is not UTF-8.
    Text,
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TextTooLong => "a text of the record has more than 255 bytes",
            Self::Length => "the record has too few or too many bytes",
            Self::Version => "the record is of another version",
            Self::Text => "a text of the record is not UTF-8",
        })
    }
}

impl std::error::Error for RecordError {}

impl<'a> Record<'a> {
    /// Writes the canonical bytes.
    ///
    /// # Errors
    /// [`RecordError::TextTooLong`].
    pub fn encode(&self) -> Result<Vec<u8>, RecordError> {
        let texts = self.texts();
        let length = FIXED_BYTES + texts.iter().map(|text| 1 + text.len()).sum::<usize>();
        let mut bytes = Vec::with_capacity(length);
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.sequence.to_be_bytes());
        bytes.extend_from_slice(&self.epoch.to_be_bytes());
        bytes.extend_from_slice(&self.time_ms.to_be_bytes());
        bytes.extend_from_slice(&self.before.0);
        bytes.extend_from_slice(&self.after.0);
        for text in texts {
            bytes.push(u8::try_from(text.len()).map_err(|_| RecordError::TextTooLong)?);
            bytes.extend_from_slice(text.as_bytes());
        }
        Ok(bytes)
    }

    /// Reads canonical bytes; anything [`Record::encode`] would not write is refused.
    ///
    /// # Errors
    /// What is wrong with the bytes.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, RecordError> {
        let mut reader = Reader(bytes);
        if reader.array::<1>()? != [VERSION] {
            return Err(RecordError::Version);
        }
        let record = Self {
            sequence: u64::from_be_bytes(reader.array()?),
            epoch: u64::from_be_bytes(reader.array()?),
            time_ms: i64::from_be_bytes(reader.array()?),
            before: Digest(reader.array()?),
            after: Digest(reader.array()?),
            region: reader.text()?,
            event_type: reader.text()?,
            resource: reader.text()?,
            decision_id: reader.text()?,
            policy_revision: reader.text()?,
            actor: reader.text()?,
        };
        if reader.0.is_empty() { Ok(record) } else { Err(RecordError::Length) }
    }

    fn texts(&self) -> [&'a str; TEXTS] {
        [self.region, self.event_type, self.resource, self.decision_id, self.policy_revision, self.actor]
    }
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], RecordError> {
        let (head, rest) = self.0.split_first_chunk::<N>().ok_or(RecordError::Length)?;
        self.0 = rest;
        Ok(*head)
    }

    fn text(&mut self) -> Result<&'a str, RecordError> {
        let [length] = self.array::<1>()?;
        let (head, rest) = self.0.split_at_checked(usize::from(length)).ok_or(RecordError::Length)?;
        self.0 = rest;
        std::str::from_utf8(head).map_err(|_| RecordError::Text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record(texts: &[String], numbers: (u64, u64, i64), digests: ([u8; 32], [u8; 32])) -> Record<'_> {
        Record {
            sequence: numbers.0,
            epoch: numbers.1,
            time_ms: numbers.2,
            before: Digest(digests.0),
            after: Digest(digests.1),
            region: &texts[0],
            event_type: &texts[1],
            resource: &texts[2],
            decision_id: &texts[3],
            policy_revision: &texts[4],
            actor: &texts[5],
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            texts in proptest::collection::vec(".{0,60}", TEXTS..=TEXTS),
            numbers in any::<(u64, u64, i64)>(),
            digests in any::<([u8; 32], [u8; 32])>(),
        ) {
            let record = record(&texts, numbers, digests);
            let bytes = record.encode().unwrap();
            prop_assert!(bytes.len() <= RECORD_MAX_BYTES);
            prop_assert_eq!(Record::decode(&bytes), Ok(record));
        }

        #[test]
        fn what_is_read_is_written_the_same(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(record) = Record::decode(&bytes) {
                prop_assert_eq!(record.encode().unwrap(), bytes);
            }
        }
    }

    #[test]
    fn only_canonical_bytes_are_read() {
        let texts = vec![String::from("x"); TEXTS];
        let bytes = record(&texts, (1, 1, 1), ([0; 32], [1; 32])).encode().unwrap();
        assert_eq!(Record::decode(&bytes[..bytes.len() - 1]), Err(RecordError::Length));
        assert_eq!(Record::decode(&[&bytes[..], &[0]].concat()), Err(RecordError::Length));
        assert_eq!(Record::decode(&[&[2], &bytes[1..]].concat()), Err(RecordError::Version));
        assert_eq!(Record::decode(&[&bytes[..bytes.len() - 1], &[0xff]].concat()), Err(RecordError::Text));
    }

    #[test]
    fn a_long_text_is_refused() {
        let mut texts = vec![String::new(); TEXTS];
        texts[5] = "x".repeat(TEXT_MAX_BYTES + 1);
        assert_eq!(record(&texts, (1, 1, 1), Default::default()).encode(), Err(RecordError::TextTooLong));
    }
}
