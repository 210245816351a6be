//! Who has not been heard of for too long, found without looking at everybody.
//!
//! Technicians wait in buckets of one second of event time. A newer fix does not touch the bucket: when a bucket's time
//! comes, each technician in it is either really stale, or goes to the bucket of the fix held by then. So a technician
//! is looked at about once per staleness period, however often they report, and expiry is exact to the millisecond.

use std::collections::BTreeMap;

/// Width of a bucket in milliseconds of event time.
const BUCKET_MS: i64 = 1_000;
/// A technician who waits nowhere.
const NOWHERE: i64 = i64::MIN;

/// The waiting room; knows numbers and buckets, asks its caller for event times.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expiry {
    buckets: BTreeMap<i64, Vec<u32>>,
    /// The one bucket in which a technician's presence counts; others are leftovers to be dropped.
    bucket_of: Vec<i64>,
}

impl Expiry {
    /// Lets a technician wait who holds a position of `event_time_ms`. Constant time, logarithmic for a new second.
    pub(crate) fn watch(&mut self, id: u32, event_time_ms: i64) {
        let bucket = event_time_ms.div_euclid(BUCKET_MS);
        if self.bucket_of.len() <= id as usize {
            self.bucket_of.resize(id as usize + 1, NOWHERE);
        }
        let waits_in = &mut self.bucket_of[id as usize];
        // An earlier bucket than needed is kept: it will send the technician on.
        if *waits_in == NOWHERE || bucket < *waits_in {
            *waits_in = bucket;
            self.buckets.entry(bucket).or_default().push(id);
        }
    }

    /// Calls `expired` for everybody whose event time is before `before_ms`, by bucket, and stops watching them.
    ///
    /// `event_time_ms` tells the time of the position held, `None` if there is none any more.
    pub(crate) fn expire(
        &mut self,
        before_ms: i64,
        event_time_ms: impl Fn(u32) -> Option<i64>,
        mut expired: impl FnMut(i64, u32),
    ) {
        let last_bucket = before_ms.div_euclid(BUCKET_MS);
        while let Some(bucket) = self.buckets.first_key_value().map(|(&bucket, _)| bucket).filter(|&b| b <= last_bucket)
        {
            let waiting = self.buckets.remove(&bucket).unwrap_or_default();
            let mut staying = Vec::new();
            for id in waiting {
                if self.bucket_of[id as usize] != bucket {
                    continue;
                }
                self.bucket_of[id as usize] = NOWHERE;
                match event_time_ms(id) {
                    None => {}
                    Some(time_ms) if time_ms < before_ms => expired(time_ms, id),
                    Some(time_ms) if time_ms.div_euclid(BUCKET_MS) == bucket => staying.push(id),
                    Some(time_ms) => self.watch(id, time_ms),
                }
            }
            if !staying.is_empty() {
                // Only the bucket that `before_ms` lies in can keep anybody, and it is the last.
                staying.iter().for_each(|&id| self.bucket_of[id as usize] = bucket);
                self.buckets.insert(bucket, staying);
                break;
            }
        }
    }
}
