//! The appending end of a region's chain: gives every change its record, its link and its place in the tree.
//!
//! One owner a region holds it. What it hands out is written in one transaction with the change itself; when that fails
//! the chain is thrown away and resumed from what is stored.

use std::fmt;

use crate::checkpoint::Checkpoint;
use crate::hash::{self, Digest, Salt};
use crate::record::{Record, RecordError, TEXT_MAX_BYTES};
use crate::subjects::Subjects;
pub use crate::subjects::{Change, SaltChange};
use crate::tree::{BLOCK_LEAVES, Tree};

/// One change to record.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Epoch of the owner that decided.
    pub epoch: u64,
    /// When it was decided, in milliseconds since the Unix epoch.
    pub time_ms: i64,
    /// What happened, such as `visit.assigned`.
    pub event_type: &'a str,
    /// Full name of the resource.
    pub resource: &'a str,
    /// What it did to the resource.
    pub change: Change<'a>,
    /// The decision that this is part of.
    pub decision_id: &'a str,
    /// Revision of the policy in force.
    pub policy_revision: &'a str,
    /// Who asked, as a pseudonym.
    pub actor: &'a str,
    /// Random bytes never used before, taken when the resource needs a salt.
    pub fresh_salt: Salt,
}

impl Entry<'_> {
    /// Tells whether the entry fits into a record.
    ///
    /// # Errors
    /// [`RecordError::TextTooLong`].
    pub fn check(&self) -> Result<(), RecordError> {
        let texts = [self.event_type, self.resource, self.decision_id, self.policy_revision, self.actor];
        if texts.iter().all(|text| text.len() <= TEXT_MAX_BYTES) { Ok(()) } else { Err(RecordError::TextTooLong) }
    }
}

/// What to store for one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Number of the record.
    pub sequence: u64,
    /// Canonical bytes of the record.
    pub record: Vec<u8>,
    /// Its link.
    pub link: Digest,
    /// What happens to the salt of the resource.
    pub salt: SaltChange,
    /// Root of the block that the record completes, if it does.
    pub block: Option<Digest>,
}

/// Stored records do not hang together where the chain should go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokenTail {
    /// Number of the first record that does not fit, or that is missing.
    pub sequence: u64,
}

impl fmt::Display for BrokenTail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the audit chain is broken at record {}", self.sequence)
    }
}

impl std::error::Error for BrokenTail {}

/// The chain of one region at its newest record.
#[derive(Clone, Debug)]
pub struct Chain {
    region: String,
    link: Digest,
    tree: Tree,
    subjects: Subjects,
}

impl Chain {
    /// Starts the chain of a region without records.
    ///
    /// # Errors
    /// [`RecordError::TextTooLong`] when the region's identifier fits in no record.
    pub fn new(region: &str) -> Result<Self, RecordError> {
        if region.len() > TEXT_MAX_BYTES {
            return Err(RecordError::TextTooLong);
        }
        let (tree, subjects) = (Tree::default(), Subjects::default());
        Ok(Self { region: region.to_owned(), link: hash::genesis(region), tree, subjects })
    }

    /// Goes on where stored records end.
    ///
    /// # Arguments
    /// * `blocks` - Roots of all whole blocks.
    /// * `tail` - Record and link of every record after them, preceded by the last record of the last block if there is
    ///   a block. It is checked that they hang together.
    ///
    /// # Errors
    /// [`BrokenTail`].
    pub fn resume<'a>(
        region: &str,
        blocks: &[Digest],
        tail: impl IntoIterator<Item = (&'a [u8], Digest)>,
    ) -> Result<Self, BrokenTail> {
        let mut chain = Self::new(region).map_err(|_| BrokenTail { sequence: 1 })?;
        chain.tree = Tree::from_blocks(blocks);
        let mut tail = tail.into_iter();
        if !blocks.is_empty() {
            let anchor = tail.next().filter(|(record, _)| chain.is_own(record, chain.size()));
            chain.link = anchor.ok_or(BrokenTail { sequence: chain.size() })?.1;
        }
        for (record, link) in tail {
            let sequence = chain.size() + 1;
            let leaf = hash::leaf(record);
            let fits = chain.is_own(record, sequence) && link == hash::link(&chain.link, &leaf);
            if !fits || chain.tree.push(leaf).is_some() {
                return Err(BrokenTail { sequence });
            }
            chain.link = link;
        }
        Ok(chain)
    }

    /// Learns a resource as it is stored, with its salt.
    pub fn remember(&mut self, resource: &str, salt: Salt, content: &[u8]) {
        self.subjects.remember(resource, salt, content);
    }

    /// Forgets a resource, to bound memory. It must be remembered again before it changes.
    pub fn forget(&mut self, resource: &str) {
        self.subjects.forget(resource);
    }

    /// Returns the number of records.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    /// Returns the link of the newest record.
    #[must_use]
    pub fn link(&self) -> Digest {
        self.link
    }

    /// Appends a change. O(log resources), two to four hashes.
    ///
    /// # Errors
    /// [`RecordError::TextTooLong`]; nothing has changed then.
    pub fn append(&mut self, entry: &Entry<'_>) -> Result<Appended, RecordError> {
        entry.check()?;
        let sequence = self.size() + 1;
        let (before, after, salt) = self.subjects.change(entry.resource, entry.change, entry.fresh_salt);
        let record = Record {
            sequence,
            epoch: entry.epoch,
            time_ms: entry.time_ms,
            before,
            after,
            region: &self.region,
            event_type: entry.event_type,
            resource: entry.resource,
            decision_id: entry.decision_id,
            policy_revision: entry.policy_revision,
            actor: entry.actor,
        }
        .encode()?;
        let leaf = hash::leaf(&record);
        self.link = hash::link(&self.link, &leaf);
        let block = self.tree.push(leaf);
        debug_assert_eq!(block.is_some(), sequence.is_multiple_of(BLOCK_LEAVES), "Invariant: blocks are aligned");
        Ok(Appended { sequence, record, link: self.link, salt, block })
    }

    /// States where the chain stands.
    ///
    /// # Arguments
    /// * `name` - Name of the key that will sign.
    #[must_use]
    pub fn checkpoint(&self, name: &str, time_ms: i64) -> Checkpoint {
        Checkpoint {
            origin: Checkpoint::origin_of(name, &self.region),
            size: self.size(),
            root: self.tree.root(),
            link: self.link,
            time_ms,
        }
    }

    fn is_own(&self, record: &[u8], sequence: u64) -> bool {
        Record::decode(record).is_ok_and(|found| found.sequence == sequence && found.region == self.region)
    }
}
