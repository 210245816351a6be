//! The best candidates of a search so far.
//!
//! Candidates are taken in without a branch and put in order by the batch: a processor that guesses wrong at every other
//! candidate loses more time than it takes to compare all pairs of a small batch.

use super::search::Hit;

/// Candidates put in order at a time.
const BATCH: usize = 64;
/// New candidates that make it worth while to settle before the batch is full.
const SETTLE_AT: usize = 12;
/// Up to this many are kept in order; more are collected and cut in half when there are twice as many.
const ORDERED_LIMIT: usize = 512;

/// A candidate: its order key, its number, and the squared chord its travel starts with.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Candidate {
    pub(crate) key: f64,
    pub(crate) chord2: f64,
    pub(crate) id: u32,
}

impl Candidate {
    #[inline(always)]
    fn is_before(&self, other: &Self) -> bool {
        (self.key < other.key) | ((self.key == other.key) & (self.id < other.id))
    }

    fn order(a: &Self, b: &Self) -> core::cmp::Ordering {
        a.key.total_cmp(&b.key).then(a.id.cmp(&b.id))
    }
}

/// Room for the answer of a search, reused from one search to the next so that none allocates.
#[derive(Clone, Debug)]
pub struct SearchBuffer {
    best: Vec<Candidate>,
    spare: Vec<Candidate>,
    batch: Box<[Candidate; BATCH]>,
    ordered: Box<[Candidate; BATCH]>,
    pub(crate) hits: Vec<Hit>,
}

impl Default for SearchBuffer {
    fn default() -> Self {
        let batch = Box::new([Candidate::default(); BATCH]);
        Self { best: Vec::new(), spare: Vec::new(), ordered: batch.clone(), batch, hits: Vec::new() }
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
    /// Room to put a batch in order.
    ordered: &'a mut [Candidate; BATCH],
    batch_len: usize,
    limit: usize,
    worst_key: f64,
}

impl<'a> TopK<'a> {
    pub(crate) fn new(buffer: &'a mut SearchBuffer, limit: usize) -> Self {
        let SearchBuffer { best, spare, batch, ordered, .. } = buffer;
        best.clear();
        Self { best, spare, batch, ordered, batch_len: 0, limit, worst_key: f64::INFINITY }
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

    /// Whether settling now is worth its while: enough new candidates, or the first that fill all places.
    #[inline(always)]
    pub(crate) fn should_settle(&self) -> bool {
        self.batch_len >= SETTLE_AT || (self.worst_key == f64::INFINITY && self.could_be_full())
    }

    /// Judges items, not more than there is room for, and takes in the candidates of those that are wanted.
    #[inline(always)]
    pub(crate) fn take<T>(&mut self, items: &[T], judge: impl Fn(&T) -> (Candidate, bool)) {
        let mut len = self.batch_len;
        for item in items {
            let (candidate, is_wanted) = judge(item);
            // Written first, counted if wanted: no branch.
            self.batch[len % BATCH] = candidate;
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
            put_in_order(&self.batch[..len], self.ordered);
            self.merge(len);
        }
    }

    /// Merges the first `new` in order with the best.
    fn merge(&mut self, new: usize) {
        let ordered = &self.ordered[..new];
        let len = self.limit.min(self.best.len() + ordered.len());
        self.spare.clear();
        let (mut i, mut j) = (0, 0);
        while i + j < len && i < self.best.len() && j < ordered.len() {
            let (a, b) = (self.best[i], ordered[j]);
            let is_new = b.is_before(&a);
            self.spare.push(if is_new { b } else { a });
            i += usize::from(!is_new);
            j += usize::from(is_new);
        }
        let left = len - self.spare.len();
        let rest = if j == ordered.len() { &self.best[i..] } else { &ordered[j..] };
        self.spare.extend_from_slice(&rest[..left]);
        core::mem::swap(self.best, self.spare);
        if len == self.limit {
            self.worst_key = self.best[len - 1].key;
        }
    }

    fn collect(&mut self, len: usize) {
        let worst_key = self.worst_key;
        self.best.extend(self.batch[..len].iter().filter(|candidate| candidate.key <= worst_key));
        if self.best.len() >= 2 * self.limit {
            self.best.select_nth_unstable_by(self.limit - 1, Candidate::order);
            self.best.truncate(self.limit);
            self.worst_key = self.best[self.limit - 1].key;
        }
    }

    /// Leaves exactly the answer in the buffer, in order.
    pub(crate) fn finish(mut self) {
        self.settle();
        if self.limit > ORDERED_LIMIT {
            self.best.sort_unstable_by(Candidate::order);
            self.best.truncate(self.limit);
        }
    }
}

/// Sorts a batch by counting for each candidate how many come before it.
fn put_in_order(batch: &[Candidate], ordered: &mut [Candidate; BATCH]) {
    const LANES: usize = 4;
    let mut keys = [0.0; BATCH];
    let padded = batch.len().next_multiple_of(LANES);
    for (i, key) in keys[..padded].iter_mut().enumerate() {
        *key = batch.get(i).map_or(f64::INFINITY, |candidate| candidate.key);
    }
    let mut has_ties = false;
    for (i, candidate) in batch.iter().enumerate() {
        let mut before = [0u64; LANES];
        let mut same = [0u64; LANES];
        for lanes in keys[..padded].chunks_exact(LANES) {
            for lane in 0..LANES {
                before[lane] += u64::from(lanes[lane] < candidate.key);
                same[lane] += u64::from(lanes[lane] == candidate.key);
            }
        }
        let mut rank = before.iter().sum::<u64>() as usize;
        if same.iter().sum::<u64>() > 1 {
            has_ties = true;
            rank += batch[..i].iter().filter(|other| other.key == candidate.key).count();
        }
        ordered[rank % BATCH] = *candidate;
    }
    if has_ties {
        ordered[..batch.len()].sort_unstable_by(Candidate::order);
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
                top.take(&[(key, id)], |&(key, id)| (Candidate { key, chord2: 0.0, id }, key <= worst_key));
            }
            top.finish();
            let got: Vec<_> = buffer.finished().0.iter().map(|c| (c.key, c.id)).collect();
            let mut want = all;
            want.sort_by(|a, b| a.partial_cmp(b).unwrap());
            want.truncate(limit);
            prop_assert_eq!(got, want);
        }
    }
}
