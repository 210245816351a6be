//! What became of a row that does not follow the one before it. The rows around it tell.

use super::{FaultKind, Seen, Verifier};
use crate::hash::{self, Digest};

impl Verifier {
    /// Takes a row that does not follow the last one, which nothing was wrong with.
    pub(super) fn doubt(&mut self, seen: Seen) {
        let replaces_last = seen.own == self.last.own && seen.follows(&self.before.link);
        if replaces_last {
            // Two records claim one number and both are linked: the one before this was put in.
            self.faults.add(FaultKind::Inserted, seen.own, seen.own);
            self.go_on_from(seen);
        } else {
            self.suspect = Some(seen);
        }
    }

    /// Names what happened to `suspect`, given the row after it. `self.last` is the row before it.
    pub(super) fn judge(&mut self, suspect: Seen, next: Seen) {
        let expected = self.last.own.wrapping_add(1);
        let computed = hash::link(&self.last.link, &suspect.leaf);
        if next.follows(&suspect.link) {
            let agrees_with_next = suspect.is_whole && suspect.own.wrapping_add(1) == next.own;
            if agrees_with_next && suspect.own != expected {
                // The suspect is as it was; what should be before it is not there, or something else is.
                self.faults.add_jump(expected, suspect.own);
                self.go_on_from(suspect);
            } else {
                self.faults.add(FaultKind::RecordChanged, expected, expected);
                self.advance(suspect.in_place_of(&self.last));
            }
            self.accept(next);
        } else if suspect.own == expected && next.follows(&computed) {
            self.faults.add(FaultKind::LinkChanged, expected, expected);
            self.advance(suspect);
            self.accept(next);
        } else if next.follows(&self.last.link) && next.own == expected {
            if suspect.is_whole && suspect.own == next.own.wrapping_add(1) {
                self.faults.add(FaultKind::OutOfOrder, next.own, suspect.own);
                self.advance(next);
                self.advance(suspect);
            } else {
                self.faults.add(FaultKind::Inserted, expected, expected);
                self.go_on_from(next);
            }
        } else {
            self.faults.add(FaultKind::RecordChanged, expected, expected);
            self.advance(suspect.in_place_of(&self.last));
            self.suspect = Some(next);
        }
    }

    /// Names what happened to a suspect that no row comes after.
    pub(super) fn judge_last(&mut self, suspect: Seen) {
        let expected = self.last.own.wrapping_add(1);
        let is_filed_so = suspect.number == suspect.own.wrapping_add(self.offset);
        let is_moved = suspect.is_whole && suspect.own != expected;
        if is_moved && (is_filed_so || self.is_signed(suspect.own, &suspect.link)) {
            self.faults.add_jump(expected, suspect.own);
            self.go_on_from(suspect);
            return;
        }
        let is_record_signed = self.is_signed(expected, &hash::link(&self.last.link, &suspect.leaf));
        let kind = if is_record_signed { FaultKind::LinkChanged } else { FaultKind::RecordChanged };
        self.faults.add(kind, expected, expected);
        self.advance(suspect.in_place_of(&self.last));
    }

    fn is_signed(&self, size: u64, link: &Digest) -> bool {
        self.checkpoints.iter().any(|found| found.size == size && found.link == *link)
    }

    /// Takes a row as right although it follows nothing, with whatever shift of row numbers it brings.
    fn go_on_from(&mut self, seen: Seen) {
        self.offset = seen.number.wrapping_sub(seen.own);
        self.advance(seen);
        self.compare_checkpoints(&seen);
    }
}

impl Seen {
    /// Takes a record that cannot be trusted for the one after `last`, so that the next row is measured by that.
    fn in_place_of(self, last: &Self) -> Self {
        Self { own: last.own.wrapping_add(1), epoch: last.epoch, ..self }
    }
}
