//! The best candidates of a search so far.
//!
//! Candidates are taken in without a branch and put in order by the batch: one by one, a processor would guess wrong at every
//! other of them whether it belongs to the best, and where.

use super::search::Hit;

/// Candidates put in order at a time.
const BATCH: usize = 64;
/// Up to this many are kept in order; more are collected and cut in half when there are twice as many.
const ORDERED_LIMIT: usize = 512;

/// A candidate: its order key, never negative, and its number, as one integer in the order of both.
///
/// Bits of a floating-point number that is not negative are in the order of the number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Candidate(u128);

impl Candidate {
    #[inline(always)]
    pub(crate) fn new(key: f64, id: u32) -> Self {
        debug_assert!(key >= 0.0, "Invariant: keys are distances or times");
        Self(u128::from(key.to_bits()) << 32 | u128::from(id))
    }

    #[inline(always)]
    pub(crate) fn key(self) -> f64 {
        f64::from_bits((self.0 >> 32) as u64)
    }

    #[inline(always)]
    pub(crate) fn id(self) -> u32 {
        self.0 as u32
    }
}

/// Room for the answer of a search, reused from one search to the next so that none allocates.
#[derive(Clone, Debug)]
pub struct SearchBuffer {
    best: Vec<Candidate>,
    spare: Vec<Candidate>,
    batch: Box<[Candidate; BATCH]>,
    pub(crate) hits: Vec<Hit>,
}

impl Default for SearchBuffer {
    fn default() -> Self {
        let batch = Box::new([Candidate::default(); BATCH]);
        Self { best: Vec::new(), spare: Vec::new(), batch, hits: Vec::new() }
    }
}

impl SearchBuffer {
    /// The technicians found by the last search, best first.
    #[must_use]
    pub fn hits(&self) -> &[Hit] {
        &self.hits
    }

    /// The candidates left by the last search, best first, and the hits to make of them.
    pub(crate) fn finished(&mut self) -> (&[Candidate], &mut Vec<Hit>) {
        (&self.best, &mut self.hits)
    }
}

/// Keeps the `limit` first candidates by `(key, id)` of all that are taken in.
pub(crate) struct TopK<'a> {
    /// The best of all settled batches, in order up to [`ORDERED_LIMIT`].
    best: &'a mut Vec<Candidate>,
    spare: &'a mut Vec<Candidate>,
    batch: &'a mut [Candidate; BATCH],
    batch_len: usize,
    limit: usize,
    worst_key: f64,
}

impl<'a> TopK<'a> {
    pub(crate) fn new(buffer: &'a mut SearchBuffer, limit: usize) -> Self {
        let SearchBuffer { best, spare, batch, .. } = buffer;
        best.clear();
        Self { best, spare, batch, batch_len: 0, limit, worst_key: f64::INFINITY }
    }

    /// The last place's key once all places are taken, infinity before: a candidate above it is of no use.
    #[inline(always)]
    pub(crate) fn worst_key(&self) -> f64 {
        self.worst_key
    }

    /// Whether the candidates taken in so far fill all places.
    #[inline(always)]
    pub(crate) fn could_be_full(&self) -> bool {
        self.best.len() + self.batch_len >= self.limit
    }

    /// How many candidates can be taken in before [`TopK::settle`].
    #[inline(always)]
    pub(crate) fn room(&self) -> usize {
        BATCH - self.batch_len
    }

    /// How many candidates wait to be settled, if settling them can shrink [`TopK::worst_key`].
    #[inline(always)]
    pub(crate) fn news(&self) -> usize {
        if self.could_be_full() { self.batch_len } else { 0 }
    }

    /// Judges items, not more than there is room for, and takes in the candidates of those that are wanted.
    #[inline(always)]
    pub(crate) fn take<T>(&mut self, items: &[T], judge: impl Fn(&T) -> (Candidate, bool)) {
        let batch = &mut *self.batch;
        let mut len = self.batch_len;
        for item in items {
            let (candidate, is_wanted) = judge(item);
            // Written first, counted if wanted: no branch.
            batch[len % BATCH] = candidate;
            len += usize::from(is_wanted);
        }
        self.batch_len = len;
    }

    /// Joins the batch to the best; [`TopK::worst_key`] may shrink.
    pub(crate) fn settle(&mut self) {
        let len = core::mem::take(&mut self.batch_len);
        if len == 0 {
            return;
        }
        if self.limit > ORDERED_LIMIT {
            self.collect(len);
        } else {
            self.batch[..len].sort_unstable();
            self.merge(len);
        }
    }

    /// Merges the first `new` in order with the best.
    fn merge(&mut self, new: usize) {
        let ordered = &self.batch[..new];
        let len = self.limit.min(self.best.len() + ordered.len());
        self.spare.clear();
        let (mut i, mut j) = (0, 0);
        while i + j < len && i < self.best.len() && j < ordered.len() {
            let (a, b) = (self.best[i], ordered[j]);
            let is_new = b < a;
            self.spare.push(if is_new { b } else { a });
            i += usize::from(!is_new);
            j += usize::from(is_new);
        }
        let left = len - self.spare.len();
        let rest = if j == ordered.len() { &self.best[i..] } else { &ordered[j..] };
        self.spare.extend_from_slice(&rest[..left]);
        core::mem::swap(self.best, self.spare);
        if len == self.limit {
            self.worst_key = self.best[len - 1].key();
        }
    }

    fn collect(&mut self, len: usize) {
        let worst_key = self.worst_key;
        self.best.extend(self.batch[..len].iter().filter(|candidate| candidate.key() <= worst_key));
        if self.best.len() >= 2 * self.limit {
            self.best.select_nth_unstable(self.limit - 1);
            self.best.truncate(self.limit);
            self.worst_key = self.best[self.limit - 1].key();
        }
    }

    /// Leaves exactly the answer in the buffer, in order.
    pub(crate) fn finish(mut self) {
        self.settle();
        if self.limit > ORDERED_LIMIT {
            self.best.sort_unstable();
            self.best.truncate(self.limit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keeps_the_first_by_key_then_id(keys in proptest::collection::vec(0u16..400, 0..1400), limit in 1usize..700, settle_every in 1usize..70) {
            let all: Vec<_> = keys.iter().zip(0u32..).map(|(&key, id)| (f64::from(key), id)).collect();
            let mut buffer = SearchBuffer::default();
            let mut top = TopK::new(&mut buffer, limit);
            for (i, &(key, id)) in all.iter().rev().enumerate() {
                if top.room() == 0 || i % settle_every == 0 {
                    top.settle();
                }
                let worst_key = top.worst_key();
                top.take(&[(key, id)], |&(key, id)| (Candidate::new(key, id), key <= worst_key));
            }
            top.finish();
            let got: Vec<_> = buffer.finished().0.iter().map(|c| (c.key(), c.id())).collect();
            let mut want = all;
            want.sort_by(|a, b| a.partial_cmp(b).unwrap());
            want.truncate(limit);
            prop_assert_eq!(got, want);
        }
    }
}
