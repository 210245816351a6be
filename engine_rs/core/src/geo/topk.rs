//! The best candidates of a search so far.

use super::search::Hit;

/// Up to this many candidates are kept sorted by insertion; more are collected and cut in half when twice as many.
const INSERTION_LIMIT: usize = 128;

/// A candidate: its order key, its number, and the squared chord its travel starts with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate {
    pub(crate) key: f64,
    pub(crate) chord2: f64,
    pub(crate) id: u32,
}

impl Candidate {
    #[inline]
    fn is_before(&self, other: &Self) -> bool {
        self.key < other.key || (self.key == other.key && self.id < other.id)
    }

    fn order(a: &Self, b: &Self) -> core::cmp::Ordering {
        a.key.total_cmp(&b.key).then(a.id.cmp(&b.id))
    }
}

/// Room for the answer of a search, reused from one search to the next so that none allocates.
#[derive(Clone, Debug, Default)]
pub struct SearchBuffer {
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) hits: Vec<Hit>,
}

impl SearchBuffer {
    /// The technicians found by the last search, best first.
    #[must_use]
    pub fn hits(&self) -> &[Hit] {
        &self.hits
    }
}

/// Keeps the `limit` first candidates by `(key, id)` of all that are offered.
pub(crate) struct TopK<'a> {
    candidates: &'a mut Vec<Candidate>,
    limit: usize,
    /// The last place's key once all places are taken, infinity before: a candidate above it is of no use.
    worst_key: f64,
}

impl<'a> TopK<'a> {
    pub(crate) fn new(candidates: &'a mut Vec<Candidate>, limit: usize) -> Self {
        candidates.clear();
        Self { candidates, limit, worst_key: f64::INFINITY }
    }

    #[inline(always)]
    pub(crate) fn worst_key(&self) -> f64 {
        self.worst_key
    }

    /// Takes a candidate in if it is among the first; returns whether [`TopK::worst_key`] changed.
    #[inline]
    pub(crate) fn offer(&mut self, candidate: Candidate) -> bool {
        if self.limit > INSERTION_LIMIT {
            return self.collect(candidate);
        }
        if self.candidates.len() == self.limit {
            let Some(last) = self.candidates.last() else { return false };
            if !candidate.is_before(last) {
                return false;
            }
        } else {
            self.candidates.push(candidate);
        }
        self.sink(candidate);
        let is_full = self.candidates.len() == self.limit;
        if is_full {
            self.worst_key = self.candidates[self.limit - 1].key;
        }
        is_full
    }

    /// Overwrites the last place with `candidate` moved to where it belongs.
    #[inline]
    fn sink(&mut self, candidate: Candidate) {
        let mut hole = self.candidates.len() - 1;
        while hole > 0 && candidate.is_before(&self.candidates[hole - 1]) {
            self.candidates[hole] = self.candidates[hole - 1];
            hole -= 1;
        }
        self.candidates[hole] = candidate;
    }

    fn collect(&mut self, candidate: Candidate) -> bool {
        if candidate.key > self.worst_key {
            return false;
        }
        self.candidates.push(candidate);
        if self.candidates.len() < 2 * self.limit {
            return false;
        }
        self.candidates.select_nth_unstable_by(self.limit - 1, Candidate::order);
        self.candidates.truncate(self.limit);
        self.worst_key = self.candidates[self.limit - 1].key;
        true
    }

    /// Leaves exactly the answer in the buffer, in order.
    pub(crate) fn finish(self) {
        if self.limit > INSERTION_LIMIT {
            self.candidates.sort_unstable_by(Candidate::order);
            self.candidates.truncate(self.limit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keeps_the_first_by_key_then_id(keys in proptest::collection::vec(0u8..40, 0..900), limit in 1usize..300) {
            let all: Vec<_> = keys.iter().zip(0u32..).map(|(&key, id)| (f64::from(key), id)).collect();
            let mut buffer = Vec::new();
            let mut top = TopK::new(&mut buffer, limit);
            for &(key, id) in all.iter().rev() {
                top.offer(Candidate { key, chord2: 0.0, id });
            }
            top.finish();
            let got: Vec<_> = buffer.iter().map(|c| (c.key, c.id)).collect();
            let mut want = all;
            want.sort_by(|a, b| a.partial_cmp(b).unwrap());
            want.truncate(limit);
            prop_assert_eq!(got, want);
        }
    }
}
