//! Reads a whole chain again and says what is wrong, and where.
//!
//! A row *follows* another when its link is the hash of the other's link and its own leaf. In an untouched chain every
//! row follows the one before. A row that does not is a suspect until the next row tells what happened: see `judge`.
//! Whatever was done, the report is not intact; what was done to one place is named by its record number.
//!
//! Somebody who can rewrite everything after a record can make the links right again. The signed checkpoints and the
//! stored block roots are there for that: feed them first.

mod fault;
mod judge;

use fault::Faults;
pub use fault::{Fault, FaultKind, Report};

use crate::checkpoint::Checkpoint;
use crate::hash::{self, Digest};
use crate::note::PublicKey;
use crate::record::Record;
use crate::tree::{BLOCK_LEAVES, Tree};

/// One stored row.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The number under which it is stored.
    pub number: u64,
    /// The resource under which it is found.
    pub resource: &'a str,
    /// Bytes of the record.
    pub record: &'a [u8],
    /// Its link.
    pub link: &'a [u8],
}

/// What is remembered of a row read.
#[derive(Clone, Copy, Debug)]
struct Seen {
    /// The number under which it is stored.
    number: u64,
    /// The number its record gives itself; the expected one when the record cannot be read.
    own: u64,
    epoch: u64,
    leaf: Digest,
    link: Digest,
    /// The record can be read and is of this region, and the link has its length.
    is_whole: bool,
    /// The resource under which it is stored is the record's.
    is_filed_right: bool,
}

impl Seen {
    fn follows(&self, link_before: &Digest) -> bool {
        self.is_whole && self.link == hash::link(link_before, &self.leaf)
    }
}

/// Verifies one region's chain, row by row. Memory is bounded by checkpoints and block roots, not by records.
#[derive(Debug)]
pub struct Verifier {
    region: String,
    checkpoints: Vec<Checkpoint>,
    blocks: Vec<Digest>,
    tree: Tree,
    /// The row that the next one should follow, and the one before it.
    last: Seen,
    before: Seen,
    suspect: Option<Seen>,
    /// What is to be added to a record's own number to get its row's.
    offset: u64,
    next_checkpoint: usize,
    /// Size of the newest checkpoint that was right.
    confirmed: u64,
    rows: u64,
    faults: Faults,
}

impl Verifier {
    /// Begins with a region's first record.
    ///
    /// # Arguments
    /// * `faults_max` - Faults that are kept; further ones are only counted.
    #[must_use]
    pub fn new(region: &str, faults_max: usize) -> Self {
        let genesis = Seen {
            number: 0,
            own: 0,
            epoch: 0,
            leaf: Digest::NONE,
            link: hash::genesis(region),
            is_whole: true,
            is_filed_right: true,
        };
        Self {
            region: region.to_owned(),
            checkpoints: Vec::new(),
            blocks: Vec::new(),
            tree: Tree::default(),
            last: genesis,
            before: genesis,
            suspect: None,
            offset: 0,
            next_checkpoint: 0,
            confirmed: 0,
            rows: 0,
            faults: Faults::new(faults_max),
        }
    }

    /// Gives a signed checkpoint that the chain must agree with. All of them come before the first row.
    ///
    /// # Arguments
    /// * `size` - The size under which it is stored, if it is.
    pub fn expect_checkpoint(&mut self, note: &str, size: Option<u64>, trusted: &[PublicKey]) {
        debug_assert_eq!(self.rows, 0, "Invariant: checkpoints come first");
        match Checkpoint::open(note, &self.region, trusted) {
            Ok(found) if size.is_none_or(|size| size == found.size) => {
                let place = self.checkpoints.partition_point(|other| other.size <= found.size);
                self.checkpoints.insert(place, found);
            }
            Ok(found) => self.faults.add(FaultKind::CheckpointInvalid, found.size, found.size),
            Err(_) => self.faults.add(FaultKind::CheckpointInvalid, size.unwrap_or(0), size.unwrap_or(0)),
        }
    }

    /// Gives the stored roots of all whole blocks. They come before the first row.
    pub fn expect_blocks(&mut self, blocks: Vec<Digest>) {
        debug_assert_eq!(self.rows, 0, "Invariant: block roots come first");
        self.blocks = blocks;
    }

    /// Takes the next row, in the order of the numbers under which rows are stored. O(1): four hashes.
    pub fn row(&mut self, row: &Row<'_>) {
        self.rows += 1;
        let seen = self.look_at(row);
        match self.suspect.take() {
            Some(suspect) => self.judge(suspect, seen),
            None if seen.follows(&self.last.link) => self.accept(seen),
            None => self.doubt(seen),
        }
    }

    /// Returns how many rows were taken.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns how many faults were found so far.
    #[must_use]
    pub fn fault_count(&self) -> u64 {
        self.faults.count()
    }

    /// Ends the verification.
    ///
    /// # Arguments
    /// * `size` - How many records there should be, where that is known from elsewhere.
    #[must_use]
    pub fn finish(mut self, size: Option<u64>) -> Report {
        if let Some(suspect) = self.suspect.take() {
            self.judge_last(suspect);
        }
        let newest = self.checkpoints.last().map_or(0, |checkpoint| checkpoint.size);
        let expected = size.unwrap_or(0).max(newest);
        if self.last.own < expected {
            self.faults.add(FaultKind::Truncated, self.last.own + 1, expected);
        }
        if self.faults.count() == 0 && self.blocks.len() as u64 != self.tree.size() / BLOCK_LEAVES {
            let first = (self.tree.size() / BLOCK_LEAVES).min(self.blocks.len() as u64);
            self.faults.add(FaultKind::BlockChanged, first * BLOCK_LEAVES + 1, (first + 1) * BLOCK_LEAVES);
        }
        let is_intact = self.faults.count() == 0;
        Report {
            size: self.last.own,
            root: is_intact.then(|| self.tree.root()),
            link: is_intact.then_some(self.last.link),
            confirmed: self.confirmed,
            fault_count: self.faults.count(),
            faults: self.faults.into_list(),
        }
    }

    fn look_at(&self, row: &Row<'_>) -> Seen {
        let record = Record::decode(row.record).ok();
        let expected = self.suspect.as_ref().unwrap_or(&self.last).own.wrapping_add(1);
        let link = Digest::from_slice(row.link);
        Seen {
            number: row.number,
            own: record.map_or(expected, |record| record.sequence),
            epoch: record.map_or(self.last.epoch, |record| record.epoch),
            leaf: hash::leaf(row.record),
            link: link.unwrap_or(Digest::NONE),
            is_whole: link.is_some() && record.is_some_and(|record| record.region == self.region),
            is_filed_right: record.is_none_or(|record| record.resource == row.resource),
        }
    }

    /// Takes a row that follows the last one.
    fn accept(&mut self, seen: Seen) {
        let expected = self.last.own.wrapping_add(1);
        if seen.own != expected {
            // Linked by whoever put it there: the link is right and the number is not.
            self.faults.add_jump(expected, seen.own);
        } else if !seen.is_filed_right || seen.number != seen.own.wrapping_add(self.offset) {
            self.faults.add(FaultKind::RowChanged, seen.own, seen.own);
        } else if seen.epoch < self.last.epoch {
            self.faults.add(FaultKind::EpochReversed, seen.own, seen.own);
        }
        self.advance(seen);
        self.compare_block(&seen);
        self.compare_checkpoints(&seen);
    }

    fn advance(&mut self, seen: Seen) {
        self.before = self.last;
        self.last = seen;
    }

    /// Grows the tree as long as nothing is wrong: after that its nodes are not the ones that were stored.
    fn compare_block(&mut self, seen: &Seen) {
        if self.faults.count() > 0 {
            return;
        }
        let Some(root) = self.tree.push(seen.leaf) else { return };
        let number = usize::try_from(self.tree.size() / BLOCK_LEAVES - 1).unwrap_or(usize::MAX);
        if self.blocks.get(number) != Some(&root) {
            self.faults.add(FaultKind::BlockChanged, seen.own + 1 - BLOCK_LEAVES, seen.own);
        }
    }

    /// Compares with every checkpoint of just this size.
    fn compare_checkpoints(&mut self, seen: &Seen) {
        while let Some(checkpoint) = self.checkpoints.get(self.next_checkpoint).filter(|found| found.size <= seen.own) {
            self.next_checkpoint += 1;
            if checkpoint.size < seen.own || checkpoint.size == 0 {
                continue;
            }
            let is_tree_whole = self.tree.size() == seen.own;
            if checkpoint.link == seen.link && (!is_tree_whole || checkpoint.root == self.tree.root()) {
                self.confirmed = seen.own;
            } else {
                self.faults.add(FaultKind::Rewritten, self.confirmed + 1, seen.own);
                // Every later checkpoint disagrees for the same reason.
                self.next_checkpoint = self.checkpoints.len();
            }
        }
    }
}
