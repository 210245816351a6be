//! Location streams: which batch of each stream has been taken, so that a reconnect neither loses nor repeats one.
//!
//! A batch is *taken* when the engine has decided to apply it; applying cannot fail. What a stream sends is observation,
//! so the table is kept in memory only: a stream it does not know may go on at any sequence.

use std::collections::HashMap;

/// Streams remembered; beyond it the eighth that was silent longest is forgotten and may go on at any sequence.
pub const MAX_STREAMS: usize = 65_536;
/// Batches that one stream may have under way at once.
pub const STREAM_CREDIT: u32 = 32;

/// What is to be done with a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is the next one: apply it, then call [`StreamTable::finish`].
    Apply {
        /// Highest sequence taken, this batch included.
        acknowledged: i64,
        /// Further batches that the stream may have under way.
        credit: u32,
    },
    /// It was taken before: acknowledge it, do not apply it again.
    TakenBefore {
        /// Highest sequence taken.
        acknowledged: i64,
        /// Further batches that the stream may have under way.
        credit: u32,
    },
    /// Batches between the last one taken and this one are missing; nothing is taken.
    Gap {
        /// The sequence that must come next.
        expected: i64,
    },
    /// The stream has used up its credit; nothing is taken.
    OverCredit,
}

#[derive(Clone, Copy, Debug)]
struct Stream {
    acknowledged: i64,
    in_flight: u32,
    last_used: u64,
}

/// The streams of one region.
#[derive(Debug)]
pub struct StreamTable {
    // The standard hasher: names of streams are chosen by callers, who must not be able to choose collisions.
    streams: HashMap<Box<str>, Stream>,
    capacity: usize,
    uses: u64,
}

impl Default for StreamTable {
    fn default() -> Self {
        Self::with_capacity(MAX_STREAMS)
    }
}

impl StreamTable {
    /// Builds a table that remembers `capacity` streams, at least one.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self { streams: HashMap::new(), capacity: capacity.max(1), uses: 0 }
    }

    /// Number of streams remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.streams.len()
    }

    /// Whether no stream is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }

    /// Decides about batch `sequence` (at least 1) of `stream`. O(1), amortised over forgetting.
    pub fn admit(&mut self, stream: &str, sequence: i64) -> Admission {
        self.uses += 1;
        if let Some(known) = self.streams.get_mut(stream) {
            known.last_used = self.uses;
            return known.admit(sequence);
        }
        self.make_room();
        let mut unknown = Stream { acknowledged: sequence.saturating_sub(1), in_flight: 0, last_used: self.uses };
        let admission = unknown.admit(sequence);
        self.streams.insert(stream.into(), unknown);
        admission
    }

    /// Tells that a batch of `stream` for which [`Admission::Apply`] was answered has been applied.
    pub fn finish(&mut self, stream: &str) {
        if let Some(known) = self.streams.get_mut(stream) {
            known.in_flight = known.in_flight.saturating_sub(1);
        }
    }

    /// Forgets the streams silent longest when the table is full.
    fn make_room(&mut self) {
        if self.streams.len() < self.capacity {
            return;
        }
        let mut uses: Vec<u64> = self.streams.values().map(|stream| stream.last_used).collect();
        let eighth = uses.len() / 8;
        let (_, &mut newest_forgotten, _) = uses.select_nth_unstable(eighth);
        self.streams.retain(|_, stream| stream.last_used > newest_forgotten);
    }
}

impl Stream {
    fn admit(&mut self, sequence: i64) -> Admission {
        if sequence <= self.acknowledged {
            return Admission::TakenBefore { acknowledged: self.acknowledged, credit: STREAM_CREDIT - self.in_flight };
        }
        if self.in_flight >= STREAM_CREDIT {
            return Admission::OverCredit;
        }
        let expected = self.acknowledged + 1;
        if sequence != expected {
            return Admission::Gap { expected };
        }
        self.acknowledged = sequence;
        self.in_flight += 1;
        Admission::Apply { acknowledged: sequence, credit: STREAM_CREDIT - self.in_flight }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn take(table: &mut StreamTable, stream: &str, sequence: i64) -> Admission {
        let admission = table.admit(stream, sequence);
        if matches!(admission, Admission::Apply { .. }) {
            table.finish(stream);
        }
        admission
    }

    #[test]
    fn only_the_next_batch_is_taken() {
        let mut table = StreamTable::default();
        let apply = |acknowledged| Admission::Apply { acknowledged, credit: STREAM_CREDIT - 1 };
        assert_eq!(take(&mut table, "s", 1), apply(1));
        assert_eq!(take(&mut table, "s", 2), apply(2));
        assert_eq!(take(&mut table, "s", 1), Admission::TakenBefore { acknowledged: 2, credit: STREAM_CREDIT });
        assert_eq!(take(&mut table, "s", 4), Admission::Gap { expected: 3 });
        assert_eq!(take(&mut table, "s", 3), apply(3));
        assert_eq!(take(&mut table, "other", 1), apply(1));
    }

    #[test]
    fn a_stream_goes_on_after_the_table_forgot_it() {
        let mut table = StreamTable::default();
        assert!(matches!(take(&mut table, "s", 1_000), Admission::Apply { acknowledged: 1_000, .. }));
        assert!(matches!(take(&mut table, "s", i64::MAX), Admission::Gap { expected: 1_001 }));
        assert!(matches!(take(&mut table, "t", i64::MAX), Admission::Apply { .. }));
        assert!(matches!(take(&mut table, "t", i64::MAX), Admission::TakenBefore { .. }));
    }

    #[test]
    fn credit_bounds_what_is_under_way() {
        let mut table = StreamTable::default();
        for sequence in 1..=i64::from(STREAM_CREDIT) {
            assert!(matches!(table.admit("s", sequence), Admission::Apply { .. }));
        }
        let next = i64::from(STREAM_CREDIT) + 1;
        assert_eq!(table.admit("s", next), Admission::OverCredit);
        table.finish("s");
        assert_eq!(table.admit("s", next), Admission::Apply { acknowledged: next, credit: 0 });
    }

    #[test]
    fn the_longest_silent_are_forgotten_first() {
        let mut table = StreamTable::with_capacity(16);
        for index in 0..1_000 {
            take(&mut table, "busy", index + 1);
            take(&mut table, &format!("once-{index}"), 1);
            assert!(table.len() <= 16);
        }
        assert_eq!(take(&mut table, "busy", 1_002), Admission::Gap { expected: 1_001 });
    }

    proptest! {
        #[test]
        fn each_batch_is_applied_exactly_once_in_order(sequences in prop::collection::vec(1_i64..12, 1..200)) {
            let mut table = StreamTable::default();
            take(&mut table, "s", 1);
            let mut applied = 1;
            for sequence in sequences {
                match take(&mut table, "s", sequence) {
                    Admission::Apply { acknowledged, .. } => {
                        prop_assert_eq!((sequence, acknowledged), (applied + 1, applied + 1));
                        applied += 1;
                    }
                    Admission::TakenBefore { acknowledged, .. } => prop_assert!(sequence <= applied && acknowledged == applied),
                    Admission::Gap { expected } => prop_assert!(sequence > applied + 1 && expected == applied + 1),
                    Admission::OverCredit => prop_assert!(false, "nothing is under way"),
                }
            }
        }
    }
}
