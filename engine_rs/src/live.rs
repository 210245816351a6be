//! The half of an engine that knows where technicians are: the live index behind its own lock, and the stream table.
//!
//! Ingest and search need nothing but what is here, so neither ever waits for planning. A writer holds the lock for at
//! most [`CHUNK`] fixes at a time and lets readers in between.

use std::cell::RefCell;
use std::collections::BTreeSet;

use dispatch_core::geo::{
    Attributes, Availability, Commitment, Filter, Fix, FixCounts, FixOutcome, Hit, IngestLimits, LatLng, LiveIndex,
    Order, Search, SearchBuffer, TechnicianIndex, TravelProfile,
};
use dispatch_core::model::{RegionConfig, Technician};
use dispatch_core::stream::{Admission, StreamTable};
use dispatch_core::travel::Travel;
use dispatch_wire::geofence::{self, EventView};
use dispatch_wire::location::{self, FixView, StreamBatch};
use dispatch_wire::nearby::{self, NearbyOrder, NearbyQuery, NearbyTechnician};
use parking_lot::Mutex;

use crate::attributes;
use crate::failure::Failure;
use crate::fences::{Fences, SiteNews};
use crate::guarded::Guarded;
use crate::named::Named;

/// Most fixes or registrations made under one hold of the lock: the longest that a reader waits for a writer.
const CHUNK: usize = 1_000;
/// How far in the future an event time may lie.
const MAX_FUTURE_MS: i64 = 60_000;

thread_local! {
    /// Memory of searches, reused so that they allocate nothing after the first.
    static BUFFER: RefCell<SearchBuffer> = RefCell::default();
}

/// The index with what is counted beside it.
#[derive(Default)]
pub(crate) struct Indexed {
    pub(crate) index: LiveIndex,
    taken: FixCounts,
    /// Technicians who got a position while they had none, from a snapshot and from fixes.
    warmed: usize,
    relearned: usize,
    /// Memory of the chunk at work.
    chunk: Vec<Fix>,
}

impl Indexed {
    fn new() -> Self {
        let limits = IngestLimits { max_future_ms: MAX_FUTURE_MS, ..IngestLimits::default() };
        Self { index: LiveIndex::new(limits), ..Self::default() }
    }
}

/// Where fixes come from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// Somebody reports them.
    Reported,
    /// An earlier process knew them.
    Snapshot,
}

/// What is known of positions.
pub(crate) struct Figures {
    /// Technicians with a position.
    pub(crate) positions: usize,
    /// Technicians who got a position from a snapshot.
    pub(crate) warmed: usize,
    /// Technicians who got a position from a fix while they had none.
    pub(crate) relearned: usize,
    /// Fixes reported so far.
    pub(crate) fixes: FixCounts,
}

/// What became of one batch of a stream.
pub(crate) struct Taken {
    /// Highest sequence taken.
    pub(crate) acknowledged: i64,
    /// Further batches that the stream may have under way.
    pub(crate) credit: u32,
    /// What became of its fixes, `None` when it had been taken before.
    pub(crate) counts: Option<FixCounts>,
}

/// Where the technicians of one region are.
pub(crate) struct Live {
    region_id: String,
    travel: Travel,
    detour_factor: f64,
    pub(crate) indexed: Guarded<Indexed>,
    // Its lock is taken after the index has let go of its own.
    fences: Fences,
    // Never held together with another lock.
    streams: Mutex<StreamTable>,
}

impl Live {
    pub(crate) fn new(region: &RegionConfig) -> Self {
        Self {
            region_id: region.id.clone(),
            travel: Travel::new(region),
            detour_factor: region.travel.detour_factor,
            indexed: Guarded::new(Indexed::new()),
            fences: Fences::new(),
            streams: Mutex::default(),
        }
    }

    // ---- fixes ----

    /// Takes one batch of fixes.
    pub(crate) fn report(&self, request: &[u8], now_ms: i64) -> Result<Vec<u8>, Failure> {
        let batch = location::decode_batch(request, &self.region_id)?;
        let counts = self.take(&batch.fixes, Origin::Reported, now_ms)?;
        Ok(location::encode_batch_response(&counts))
    }

    /// Takes one batch of a stream, unless it was taken before, and writes its acknowledgement.
    pub(crate) fn stream(&self, request: &[u8], now_ms: i64) -> Result<Vec<u8>, Failure> {
        let taken = self.take_stream(&self.decode_stream(request)?, now_ms)?;
        Ok(location::encode_stream_response(taken.acknowledged, taken.credit, taken.counts.as_ref()))
    }

    pub(crate) fn decode_stream<'m>(&self, request: &'m [u8]) -> Result<StreamBatch<'m>, Failure> {
        Ok(location::decode_stream(request, &self.region_id)?)
    }

    /// Takes one batch of a stream, unless it was taken before.
    pub(crate) fn take_stream(&self, batch: &StreamBatch<'_>, now_ms: i64) -> Result<Taken, Failure> {
        let admission = self.streams.lock().admit(batch.stream_id, batch.sequence);
        match admission {
            Admission::Apply { acknowledged, credit } => {
                let counts = self.take(&batch.fixes, Origin::Reported, now_ms);
                self.streams.lock().finish(batch.stream_id);
                Ok(Taken { acknowledged, credit, counts: Some(counts?) })
            }
            Admission::TakenBefore { acknowledged, credit } => Ok(Taken { acknowledged, credit, counts: None }),
            Admission::Gap { expected } => Err(Failure::SequenceGap { expected }),
            Admission::OverCredit => Err(Failure::OverCredit),
        }
    }

    /// Takes positions of a snapshot, written as a batch of fixes, unless no search can ask for them any more. Returns how
    /// many are held now and how many were left out.
    pub(crate) fn warm(&self, part: &[u8], now_ms: i64) -> Result<(u64, u64), Failure> {
        let mut batch = location::decode_batch(part, &self.region_id)?;
        let told = batch.fixes.len() as u64;
        let oldest_ms = now_ms.saturating_sub(nearby::MAX_STALENESS_MS);
        batch.fixes.retain(|fix| fix.event_time_ms >= oldest_ms);
        let counts = self.take(&batch.fixes, Origin::Snapshot, now_ms)?;
        Ok((counts.applied, told - counts.applied))
    }

    fn take(&self, fixes: &[FixView<'_>], origin: Origin, now_ms: i64) -> Result<FixCounts, Failure> {
        let mut counts = FixCounts::default();
        let mut applied = (!self.fences.is_empty()).then(Vec::new);
        let mut writing = self.indexed.write()?;
        for (number, chunk) in fixes.chunks(CHUNK).enumerate() {
            if number > 0 {
                writing.yield_to_others();
            }
            counts.merge(&writing.take_chunk(chunk, origin, now_ms, applied.as_mut()));
        }
        drop(writing);
        if let Some(applied) = applied {
            self.fences.observe(&applied)?;
        }
        Ok(counts)
    }

    // ---- technicians ----

    /// Interns the names of a technician, which is what can fail, before the planner takes the technician in.
    pub(crate) fn attributes_of(&self, technician: &Technician, path: &str) -> Result<Attributes, Failure> {
        attributes::of(technician, path, &mut self.indexed.write()?.index)
    }

    /// Adds a technician or replaces its attributes; its position stays.
    pub(crate) fn register(&self, technician_id: &str, attributes: Attributes) -> Result<(), Failure> {
        let registered = self.indexed.write()?.index.register(technician_id, attributes);
        registered.map(drop).map_err(|error| Failure::index(&error, "technician"))
    }

    /// Forgets a technician.
    pub(crate) fn remove(&self, technician_id: &str, now_ms: i64) -> Result<(), Failure> {
        let mut writing = self.indexed.write()?;
        let Some(technician) = writing.index.technician(technician_id) else { return Ok(()) };
        writing.index.remove(technician);
        drop(writing);
        self.fences.lose(&[technician], now_ms)
    }

    pub(crate) fn set_availability(&self, technician_id: &str, value: Availability) -> Result<(), Failure> {
        let mut writing = self.indexed.write()?;
        match writing.index.technician(technician_id) {
            Some(known) => writing.index.set_availability(known, value).map_err(|_| NOT_MIRRORED),
            None => Err(NOT_MIRRORED),
        }
    }

    /// Replaces the commitments of technicians; those no longer known are passed over.
    pub(crate) fn set_commitments(&self, commitments: &[(String, Option<Commitment>)]) -> Result<(), Failure> {
        for chunk in commitments.chunks(CHUNK) {
            let mut writing = self.indexed.write()?;
            for (technician_id, commitment) in chunk {
                if let Some(known) = writing.index.technician(technician_id) {
                    writing.index.set_commitment(known, *commitment).map_err(|_| NOT_MIRRORED)?;
                }
            }
            writing.yield_to_others();
        }
        Ok(())
    }

    /// Makes `technicians` the only ones known. Those who remain keep their positions; streams go on.
    pub(crate) fn restore(&self, technicians: &[(String, Attributes)], now_ms: i64) -> Result<(), Failure> {
        let mut writing = self.indexed.write()?;
        let mut gone: BTreeSet<TechnicianIndex> = writing.index.technicians().collect();
        for chunk in technicians.chunks(CHUNK) {
            for (technician_id, attributes) in chunk {
                let registered = writing.index.register(technician_id, attributes.clone());
                gone.remove(&registered.map_err(|error| Failure::index(&error, "technicians"))?);
            }
            writing.yield_to_others();
        }
        for &technician in &gone {
            writing.index.remove(technician);
        }
        drop(writing);
        self.fences.lose(&gone.into_iter().collect::<Vec<_>>(), now_ms)
    }

    /// Drops the positions that no search can ask for any more.
    pub(crate) fn expire(&self, now_ms: i64) -> Result<(), Failure> {
        let before_ms = now_ms.saturating_sub(nearby::MAX_STALENESS_MS);
        let mut gone = Vec::new();
        self.indexed.write()?.index.expire(before_ms, &mut gone);
        self.fences.lose(&gone, now_ms)
    }

    /// Begins again with an empty index after a defect; positions are relearned.
    pub(crate) fn mend(&self) {
        // Fences know technicians by their numbers in the index.
        if self.indexed.is_broken() || self.fences.is_broken() {
            self.indexed.replace(Indexed::new());
            self.fences.mend();
        }
    }

    // ---- fences ----

    pub(crate) fn put_geofence(&self, message: &[u8]) -> Result<(), Failure> {
        self.fences.put(geofence::decode(message, &self.region_id)?)
    }

    pub(crate) fn delete_geofence(&self, geofence_id: &str) -> Result<(), Failure> {
        self.fences.delete(geofence_id)
    }

    /// Makes the geofences of a list the only ones.
    pub(crate) fn restore_geofences(&self, message: &[u8]) -> Result<(), Failure> {
        self.fences.restore(geofence::decode_all(message, &self.region_id)?)
    }

    /// Tells what time alone makes happen.
    pub(crate) fn advance_fences(&self, now_ms: i64) -> Result<(), Failure> {
        self.fences.advance(now_ms)
    }

    /// Sequence of the newest event at a fence.
    pub(crate) fn newest_event(&self) -> i64 {
        self.fences.newest()
    }

    /// What happened after a sequence.
    pub(crate) fn events(&self, after_sequence: i64, limit: usize) -> Result<Vec<u8>, Failure> {
        let told = self.fences.events(after_sequence, limit)?;
        let reading = self.indexed.read()?;
        let views = told.as_ref().map(|told| {
            let views = told.iter().map(|told| EventView {
                sequence: told.sequence,
                kind: told.kind,
                place: told.place.view(),
                // A name once given stays, even when the technician is gone.
                technician_id: reading.index.name(told.technician).unwrap_or_default(),
                at_ms: told.at_ms,
                location: told.location,
            });
            views.collect::<Vec<_>>()
        });
        Ok(geofence::encode_events(&self.region_id, self.fences.newest(), views.as_deref()))
    }

    /// Whether the planner need not tell of visits that end.
    pub(crate) fn has_no_sites(&self) -> bool {
        self.fences.has_no_sites()
    }

    pub(crate) fn follow_sites(&self, news: Vec<SiteNews>) -> Result<(), Failure> {
        if news.is_empty() { Ok(()) } else { self.fences.follow(news) }
    }

    pub(crate) fn restore_sites(&self, sites: Vec<SiteNews>) -> Result<(), Failure> {
        self.fences.restore_sites(sites)
    }

    /// The number of a technician.
    pub(crate) fn number(&self, technician_id: &str) -> Result<Option<TechnicianIndex>, Failure> {
        Ok(self.indexed.read()?.index.technician(technician_id))
    }

    // ---- questions ----

    /// Name of the region.
    pub(crate) fn region_id(&self) -> &str {
        &self.region_id
    }

    /// Looks at the index, which waits meanwhile: `look` must be short.
    pub(crate) fn with_index<T>(&self, look: impl FnOnce(&LiveIndex) -> T) -> Result<T, Failure> {
        Ok(look(&self.indexed.read()?.index))
    }

    /// Finds technicians near a place.
    pub(crate) fn search(&self, request: &[u8], now_ms: i64) -> Result<Vec<u8>, Failure> {
        let query = nearby::decode(request, &self.region_id)?;
        let reading = self.indexed.read()?;
        let Some(named) = Named::of(&query, &reading.index) else { return Ok(nearby::encode(&[])) };
        let search = self.search_of(&query, &named, now_ms);
        BUFFER.with_borrow_mut(|buffer| {
            let searched = reading.index.search(&search, buffer);
            searched.map_err(|_| Failure::Defect("the index refused a search that had been checked"))?;
            let found = buffer.hits().chunk_by(|left, right| key(left, query.order) == key(right, query.order));
            let found = found.flat_map(|equals| self.found_equals(&reading.index, equals, &search));
            Ok(nearby::encode(&found.collect::<Vec<_>>()))
        })
    }

    fn search_of<'q>(&self, query: &'q NearbyQuery, named: &'q Named, now_ms: i64) -> Search<'q> {
        let filter = Filter {
            skills: &named.skills,
            certificates: &named.certificates,
            certified_at_ms: query.certified_at_ms.unwrap_or(now_ms),
            availability: query.availability,
            max_staleness_ms: Some(query.max_staleness_ms),
            partners: named.partners.as_deref(),
            region: query.within.as_ref(),
            exclude: &named.excluded,
        };
        let speed_mps = self.travel.speed_mps(seconds(now_ms));
        let profile = TravelProfile { speed_mps: [speed_mps; 4], detour_factor: self.detour_factor };
        let order = match query.order {
            NearbyOrder::Distance => Order::Distance,
            NearbyOrder::Eta => Order::Eta(profile),
            NearbyOrder::SoonestFree => Order::SoonestFree(profile),
        };
        Search { origin: query.origin, limit: query.limit, max_distance_m: query.max_distance_m, order, now_ms, filter }
    }

    /// Hits that compare equal, by identifier: the index orders them by number.
    fn found_equals<'i>(&self, index: &'i LiveIndex, hits: &[Hit], search: &Search<'_>) -> Vec<NearbyTechnician<'i>> {
        let mut found: Vec<_> = hits.iter().filter_map(|hit| self.found(index, hit, search)).collect();
        found.sort_by_key(|technician| technician.technician_id);
        found
    }

    fn found<'i>(&self, index: &'i LiveIndex, hit: &Hit, search: &Search<'_>) -> Option<NearbyTechnician<'i>> {
        let position = index.position(hit.technician)?;
        let commitment = index.attributes(hit.technician)?.commitment;
        let free_at_ms = commitment.map_or(search.now_ms, |promised| promised.free_at_ms.max(search.now_ms));
        // Who is asked for the soonest comes from where the work at hand ends.
        let (depart_ms, from) = match (search.order, commitment) {
            (Order::SoonestFree(_), Some(promised)) => (free_at_ms, promised.place),
            _ => (search.now_ms, position.place),
        };
        Some(NearbyTechnician {
            technician_id: index.name(hit.technician)?,
            place: position.place,
            distance_m: hit.distance_m,
            travel_s: clamped(self.travel_s(from, search.origin, seconds(depart_ms))),
            age_ms: (search.now_ms - position.event_time_ms).max(0),
            free_in_s: clamped((free_at_ms - search.now_ms).div_euclid(1_000)),
        })
    }

    fn travel_s(&self, from: LatLng, to: LatLng, depart_s: i64) -> i64 {
        let road_m = self.travel.road_m(self.travel.project(from), self.travel.project(to));
        self.travel.arrival(depart_s, road_m) - depart_s
    }

    /// What is known of positions.
    pub(crate) fn figures(&self) -> Result<Figures, Failure> {
        let reading = self.indexed.read()?;
        Ok(Figures {
            positions: reading.index.positioned(),
            warmed: reading.warmed,
            relearned: reading.relearned,
            fixes: reading.taken,
        })
    }
}

const NOT_MIRRORED: Failure = Failure::Defect("the index does not mirror the planner");

impl Indexed {
    /// Takes fixes; those that the index applies are added to `applied`, if anybody wants them.
    fn take_chunk(
        &mut self,
        fixes: &[FixView<'_>],
        origin: Origin,
        now_ms: i64,
        applied: Option<&mut Vec<Fix>>,
    ) -> FixCounts {
        let (mut counts, positions_before) = (FixCounts::default(), self.index.positioned());
        let Self { index, chunk, .. } = self;
        chunk.clear();
        index.each_technician(
            fixes,
            |fix| fix.technician_id,
            |fix, technician| match technician {
                _ if fix.event_time_ms <= 0 => counts.invalid_coordinate += 1,
                Some(technician) => chunk.push(to_fix(fix, technician)),
                None => counts.unknown_technician += 1,
            },
        );
        match applied {
            None => counts.merge(&self.index.apply_fixes(&self.chunk, now_ms)),
            Some(applied) => self.index.apply_fixes_with(&self.chunk, now_ms, |fix, outcome| {
                counts.add(outcome);
                if matches!(outcome, FixOutcome::Applied | FixOutcome::Recovered) {
                    applied.push(*fix);
                }
            }),
        }
        let learned = self.index.positioned() - positions_before;
        match origin {
            Origin::Snapshot => self.warmed += learned,
            Origin::Reported => {
                self.relearned += learned;
                self.taken.merge(&counts);
            }
        }
        counts
    }
}

/// The contract says unknown by 0, the index by NaN.
fn to_fix(fix: &FixView<'_>, technician: TechnicianIndex) -> Fix {
    let known = |value: f32| if value > 0.0 { value } else { f32::NAN };
    Fix {
        technician,
        place: LatLng::new(fix.lat_deg, fix.lon_deg),
        event_time_ms: fix.event_time_ms,
        accuracy_m: known(fix.accuracy_m),
        heading_deg: fix.heading_deg,
        speed_mps: known(fix.speed_mps),
    }
}

/// What two hits are compared by.
#[allow(clippy::cast_precision_loss, reason = "equal instants stay equal")]
fn key(hit: &Hit, order: NearbyOrder) -> f64 {
    match order {
        NearbyOrder::Distance | NearbyOrder::Eta => hit.distance_m,
        NearbyOrder::SoonestFree => hit.arrival_ms as f64,
    }
}

fn seconds(instant_ms: i64) -> i64 {
    instant_ms.div_euclid(1_000)
}

fn clamped(value: i64) -> i32 {
    i32::try_from(value.max(0)).unwrap_or(i32::MAX)
}
