//! What a verification can find.

use crate::hash::Digest;

/// What was done to the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultKind {
    /// A record was altered.
    RecordChanged,
    /// The stored link of a record was altered; the record is as it was.
    LinkChanged,
    /// The number or resource under which a record is stored is not the record's own.
    RowChanged,
    /// Records are missing before one that is there.
    Missing,
    /// Records were put in that do not belong there, before or in place of the first one named.
    Inserted,
    /// Two records have changed places.
    OutOfOrder,
    /// Records at the end are missing.
    Truncated,
    /// The records are consistent with each other, but are not those that were signed.
    Rewritten,
    /// The stored root of a block of records is not theirs, or is missing.
    BlockChanged,
    /// A checkpoint is not signed by a trusted key, or not what it claims to be. Named by its size.
    CheckpointInvalid,
    /// A record was decided under an older epoch than the one before it.
    EpochReversed,
}

impl FaultKind {
    /// The stable UPPER_SNAKE word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RecordChanged => "RECORD_CHANGED",
            Self::LinkChanged => "LINK_CHANGED",
            Self::RowChanged => "ROW_CHANGED",
            Self::Missing => "MISSING",
            Self::Inserted => "INSERTED",
            Self::OutOfOrder => "OUT_OF_ORDER",
            Self::Truncated => "TRUNCATED",
            Self::Rewritten => "REWRITTEN",
            Self::BlockChanged => "BLOCK_CHANGED",
            Self::CheckpointInvalid => "CHECKPOINT_INVALID",
            Self::EpochReversed => "EPOCH_REVERSED",
        }
    }
}

/// Something wrong, and where: the records `first` to `last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What was done.
    pub kind: FaultKind,
    /// Number of the first record concerned.
    pub first: u64,
    /// Number of the last record concerned.
    pub last: u64,
}

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Number of the newest record.
    pub size: u64,
    /// Root of the tree over all records, when nothing is wrong.
    pub root: Option<Digest>,
    /// Link of the newest record, when nothing is wrong.
    pub link: Option<Digest>,
    /// Size of the newest checkpoint that agrees.
    pub confirmed: u64,
    /// Faults found, also those that are not listed.
    pub fault_count: u64,
    /// The faults, in the order found.
    pub faults: Vec<Fault>,
}

impl Report {
    /// Tells whether nothing is wrong.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.fault_count == 0
    }
}

/// The faults found so far: a bounded list and a count.
#[derive(Debug)]
pub(super) struct Faults {
    list: Vec<Fault>,
    max: usize,
    count: u64,
}

impl Faults {
    pub(super) fn new(max: usize) -> Self {
        Self { list: Vec::new(), max, count: 0 }
    }

    pub(super) fn add(&mut self, kind: FaultKind, first: u64, last: u64) {
        self.count += 1;
        if self.list.len() < self.max {
            self.list.push(Fault { kind, first, last });
        }
    }

    /// Adds what explains a record that calls itself `own` where `expected` should be.
    pub(super) fn add_jump(&mut self, expected: u64, own: u64) {
        if own > expected {
            self.add(FaultKind::Missing, expected, own - 1);
        } else {
            self.add(FaultKind::Inserted, own, expected.saturating_sub(1));
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn into_list(self) -> Vec<Fault> {
        self.list
    }
}
