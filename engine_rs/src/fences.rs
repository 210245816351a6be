//! The part of an engine that tells who comes to, stays at and leaves a place: geofences, and the sites of visits.
//!
//! It has its own lock, taken after the index has let go of its own, so that a fence never holds up a search. Without any
//! fence, ingest does no more than look at one number. The newest events are kept in a ring under sequences that only
//! grow; whoever asks for older ones is told so.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use dispatch_core::geo::fence::{Fence, FenceEvent, FenceEventKind, FenceIndex, FenceShape, FenceWatch, SIGHTED};
use dispatch_core::geo::{Fix, LatLng, TechnicianIndex};
use dispatch_wire::geofence::{BoundaryEvent, DEFAULT_HYSTERESIS_M, EventPlace, NamedFence};

use crate::failure::Failure;
use crate::guarded::Guarded;

/// Newest events kept.
const MAX_EVENTS: usize = 65_536;
/// Most fixes or fences handled under one hold of the lock.
const CHUNK: usize = 1_000;
/// A technician this near to a visit's site has arrived.
const SITE_RADIUS_M: f64 = 75.0;

/// Where an event happened, by identifier. Shared, so that telling an event copies no text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Place {
    Geofence(Arc<str>),
    Visit(Arc<str>),
}

impl Place {
    pub(crate) fn view(&self) -> EventPlace<'_> {
        match self {
            Self::Geofence(id) => EventPlace::Geofence(id),
            Self::Visit(id) => EventPlace::Visit(id),
        }
    }
}

/// One event as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) sequence: i64,
    pub(crate) kind: BoundaryEvent,
    pub(crate) place: Place,
    pub(crate) technician: TechnicianIndex,
    pub(crate) at_ms: i64,
    pub(crate) location: Option<LatLng>,
}

/// What the planner says of a visit's site.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SiteNews {
    /// The technician is on the way or there.
    UnderWay { visit_id: String, technician: TechnicianIndex, location: LatLng },
    /// The visit is over; who is still there is told to leave.
    Over { visit_id: String },
    /// Nobody is on the way any more.
    CalledOff { visit_id: String },
}

/// The fences of one region and the newest events.
pub(crate) struct Fences {
    watched: Guarded<Watched>,
    fence_count: AtomicUsize,
    site_count: AtomicUsize,
    newest: AtomicI64,
}

impl Fences {
    pub(crate) fn new() -> Self {
        Self {
            watched: Guarded::new(Watched::after(0)),
            fence_count: AtomicUsize::new(0),
            site_count: AtomicUsize::new(0),
            newest: AtomicI64::new(0),
        }
    }

    /// Whether there is nothing to watch.
    pub(crate) fn is_empty(&self) -> bool {
        self.fence_count.load(Ordering::Relaxed) == 0
    }

    /// Whether no site is watched.
    pub(crate) fn has_no_sites(&self) -> bool {
        self.site_count.load(Ordering::Relaxed) == 0
    }

    /// Sequence of the newest event.
    pub(crate) fn newest(&self) -> i64 {
        self.newest.load(Ordering::Acquire)
    }

    /// Adds a geofence or replaces it.
    pub(crate) fn put(&self, geofence: NamedFence) -> Result<(), Failure> {
        self.change(|watched| watched.put(geofence))
    }

    /// Removes a geofence; one that is not there is passed over.
    pub(crate) fn delete(&self, geofence_id: &str) -> Result<(), Failure> {
        self.change(|watched| {
            watched.delete(geofence_id);
            Ok(())
        })
    }

    /// Makes `geofences` the only ones; stays in those that remain go on.
    pub(crate) fn restore(&self, geofences: Vec<NamedFence>) -> Result<(), Failure> {
        let kept: BTreeSet<String> = geofences.iter().map(|geofence| geofence.id.clone()).collect();
        self.change(|watched| {
            let gone: Vec<_> = watched.geofences.keys().filter(|id| !kept.contains(&***id)).map(Arc::clone).collect();
            gone.iter().for_each(|id| watched.delete(id));
            Ok(())
        })?;
        let mut geofences = geofences.into_iter().peekable();
        while geofences.peek().is_some() {
            self.change(|watched| geofences.by_ref().take(CHUNK).try_for_each(|geofence| watched.put(geofence)))?;
        }
        Ok(())
    }

    /// Follows the sites of visits.
    pub(crate) fn follow(&self, news: Vec<SiteNews>) -> Result<(), Failure> {
        self.change(|watched| news.into_iter().try_for_each(|news| watched.follow(news)))
    }

    /// Makes these the only sites; stays at those that remain go on.
    pub(crate) fn restore_sites(&self, sites: Vec<SiteNews>) -> Result<(), Failure> {
        let kept = sites.iter().filter_map(|site| match site {
            SiteNews::UnderWay { visit_id, .. } => Some(visit_id.clone()),
            _ => None,
        });
        let kept: BTreeSet<_> = kept.collect();
        self.change(|watched| {
            let gone: Vec<_> =
                watched.sites.keys().filter(|id| !kept.contains(&***id)).map(ToString::to_string).collect();
            gone.into_iter().try_for_each(|visit_id| watched.follow(SiteNews::Over { visit_id }))?;
            sites.into_iter().try_for_each(|site| watched.follow(site))
        })
    }

    /// Takes fixes that the index applied, in their order. One that was overtaken meanwhile by a newer fix of the same
    /// technician is passed over.
    pub(crate) fn observe(&self, fixes: &[Fix]) -> Result<(), Failure> {
        for chunk in fixes.chunks(CHUNK) {
            self.change(|watched| {
                watched.observe(chunk);
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Tells the dwells that are complete.
    pub(crate) fn advance(&self, now_ms: i64) -> Result<(), Failure> {
        if self.is_empty() {
            return Ok(());
        }
        self.change(|watched| {
            watched.watch.advance(now_ms, &mut watched.found);
            watched.tell(None);
            Ok(())
        })
    }

    /// Ends the stays of technicians whose position is no longer known.
    pub(crate) fn lose(&self, technicians: &[TechnicianIndex], at_ms: i64) -> Result<(), Failure> {
        if self.is_empty() || technicians.is_empty() {
            return Ok(());
        }
        self.change(|watched| {
            for &technician in technicians {
                watched.watch.lose(technician, at_ms, &mut watched.found);
            }
            watched.tell(None);
            Ok(())
        })
    }

    /// At most `limit` events after a sequence, oldest first; `None` when they are no longer kept.
    pub(crate) fn events(&self, after_sequence: i64, limit: usize) -> Result<Option<Vec<Told>>, Failure> {
        let watched = self.watched.read()?;
        if after_sequence < watched.complete_after || after_sequence > watched.sequence {
            return Ok(None);
        }
        let begin = watched.ring.partition_point(|told| told.sequence <= after_sequence);
        Ok(Some(watched.ring.range(begin..).take(limit).cloned().collect()))
    }

    /// Begins again without fences after a defect; sequences go on.
    pub(crate) fn mend(&self) {
        self.watched.replace(Watched::after(self.newest()));
        self.fence_count.store(0, Ordering::Relaxed);
        self.site_count.store(0, Ordering::Relaxed);
    }

    /// Whether a defect has left something half done.
    pub(crate) fn is_broken(&self) -> bool {
        self.watched.is_broken()
    }

    fn change(&self, work: impl FnOnce(&mut Watched) -> Result<(), Failure>) -> Result<(), Failure> {
        let mut watched = self.watched.write()?;
        let result = work(&mut watched);
        self.fence_count.store(watched.watch.len(), Ordering::Relaxed);
        self.site_count.store(watched.sites.len(), Ordering::Relaxed);
        self.newest.store(watched.sequence, Ordering::Release);
        result
    }
}

/// The site of a visit.
#[derive(Clone, Copy, Debug)]
struct Site {
    fence: FenceIndex,
    technician: TechnicianIndex,
    /// The visit is over, its technician still there.
    is_over: bool,
}

struct Watched {
    watch: FenceWatch,
    /// What each fence is, by its number.
    places: Vec<Option<Place>>,
    geofences: BTreeMap<Arc<str>, FenceIndex>,
    sites: BTreeMap<Arc<str>, Site>,
    /// Names of fences of sites that are free again: the watch never forgets a name, so they are used over and over.
    free_sites: Vec<String>,
    site_names: usize,
    ring: VecDeque<Told>,
    sequence: i64,
    /// Every event after this sequence is in the ring.
    complete_after: i64,
    /// Memory of the fix at hand.
    found: Vec<FenceEvent>,
}

impl Watched {
    fn after(sequence: i64) -> Self {
        Self {
            watch: FenceWatch::default(),
            places: Vec::new(),
            geofences: BTreeMap::new(),
            sites: BTreeMap::new(),
            free_sites: Vec::new(),
            site_names: 0,
            ring: VecDeque::new(),
            sequence,
            complete_after: sequence,
            found: Vec::new(),
        }
    }

    // ---- geofences ----

    fn put(&mut self, geofence: NamedFence) -> Result<(), Failure> {
        let known = self.geofences.get(geofence.id.as_str());
        if known.is_some_and(|&fence| self.watch.fence(fence) == Some(&geofence.fence)) {
            return Ok(());
        }
        let id: Arc<str> = geofence.id.into();
        let fence = self.enter(&id, geofence.fence, Place::Geofence(Arc::clone(&id)))?;
        self.geofences.insert(id, fence);
        Ok(())
    }

    fn delete(&mut self, geofence_id: &str) {
        if let Some(fence) = self.geofences.remove(geofence_id) {
            self.take_out(fence);
        }
    }

    fn enter(&mut self, name: &str, fence: Fence, place: Place) -> Result<FenceIndex, Failure> {
        let fence = self.watch.put(name, fence).map_err(|error| Failure::index(&error, "geofence"))?;
        let number = fence.0 as usize;
        if self.places.len() <= number {
            self.places.resize(number + 1, None);
        }
        self.places[number] = Some(place);
        Ok(fence)
    }

    fn take_out(&mut self, fence: FenceIndex) {
        self.watch.remove(fence);
        self.places[fence.0 as usize] = None;
    }

    // ---- sites ----

    fn follow(&mut self, news: SiteNews) -> Result<(), Failure> {
        match news {
            SiteNews::UnderWay { visit_id, technician, location } => self.put_site(visit_id, technician, location)?,
            SiteNews::Over { visit_id } => {
                let Some(site) = self.sites.get_mut(visit_id.as_str()) else { return Ok(()) };
                let is_there = self.watch.stays(site.technician).iter().any(|&(fence, _)| fence == site.fence);
                if is_there {
                    site.is_over = true;
                } else {
                    self.remove_site(&visit_id);
                }
            }
            SiteNews::CalledOff { visit_id } => self.remove_site(&visit_id),
        }
        Ok(())
    }

    fn put_site(&mut self, visit_id: String, technician: TechnicianIndex, location: LatLng) -> Result<(), Failure> {
        if self.sites.get(visit_id.as_str()).is_some_and(|site| site.technician == technician) {
            return Ok(());
        }
        self.remove_site(&visit_id);
        let visit_id: Arc<str> = visit_id.into();
        let shape = FenceShape::Circle { centre: location, radius_m: SITE_RADIUS_M };
        let fence = Fence { shape, exit_margin_m: DEFAULT_HYSTERESIS_M, dwell_ms: None };
        // No identifier of a geofence has a slash.
        let name = self.free_sites.pop().unwrap_or_else(|| {
            self.site_names += 1;
            format!("site/{}", self.site_names)
        });
        let fence = self.enter(&name, fence, Place::Visit(Arc::clone(&visit_id)))?;
        self.sites.insert(visit_id, Site { fence, technician, is_over: false });
        Ok(())
    }

    fn remove_site(&mut self, visit_id: &str) {
        if let Some(site) = self.sites.remove(visit_id) {
            self.take_out(site.fence);
            self.free_sites.extend(self.watch.name(site.fence).map(str::to_owned));
        }
    }

    // ---- events ----

    fn observe(&mut self, fixes: &[Fix]) {
        let group = |number: usize| fixes.chunks(SIGHTED).nth(number).unwrap_or_default();
        self.watch.warm_up(group(0));
        let mut sight = self.watch.sight(group(0));
        self.watch.warm_up(group(1));
        self.watch.warm_lists(&sight);
        for (number, some) in fixes.chunks(SIGHTED).enumerate() {
            let next = self.watch.sight(group(number + 1));
            self.watch.warm_up(group(number + 2));
            for (at, fix) in some.iter().enumerate() {
                self.watch.observe_sighted(fix, &sight, at, &mut self.found);
                if !self.found.is_empty() {
                    self.tell(Some(fix.place));
                }
            }
            sight = next;
            self.watch.warm_lists(&sight);
        }
    }

    /// Numbers what was found and keeps it. Coming in and leaving with the same fix is passing through.
    fn tell(&mut self, location: Option<LatLng>) {
        let mut found = std::mem::take(&mut self.found);
        let mut over = Vec::new();
        for (at, event) in found.iter().enumerate() {
            let is_same = |other: &&FenceEvent| {
                location.is_some() && other.fence == event.fence && other.technician == event.technician
            };
            let kind = match event.kind {
                FenceEventKind::Dwell => BoundaryEvent::Dwell,
                FenceEventKind::Enter => {
                    let has_exit = found[at + 1..].iter().filter(is_same).any(|e| e.kind == FenceEventKind::Exit);
                    if has_exit { BoundaryEvent::Cross } else { BoundaryEvent::Enter }
                }
                FenceEventKind::Exit => {
                    if found[..at].iter().filter(is_same).any(|e| e.kind == FenceEventKind::Enter) {
                        continue;
                    }
                    BoundaryEvent::Exit
                }
            };
            over.extend(self.keep(event, kind, location));
        }
        found.clear();
        self.found = found;
        for visit_id in over {
            self.remove_site(&visit_id);
        }
    }

    /// Keeps one event, unless it is of somebody at another's site. Returns the visit whose site need not be watched any
    /// more, because its technician has left after the end.
    fn keep(&mut self, event: &FenceEvent, kind: BoundaryEvent, location: Option<LatLng>) -> Option<Arc<str>> {
        let place = self.places.get(event.fence.0 as usize)?.clone()?;
        let mut over = None;
        if let Place::Visit(visit_id) = &place {
            let site = self.sites.get(visit_id)?;
            if site.technician != event.technician {
                return None;
            }
            over = (site.is_over && kind == BoundaryEvent::Exit).then(|| Arc::clone(visit_id));
        }
        if self.ring.len() == MAX_EVENTS {
            self.complete_after = self.ring.pop_front().map_or(self.complete_after, |oldest| oldest.sequence);
        }
        self.sequence += 1;
        let (sequence, technician, at_ms) = (self.sequence, event.technician, event.at_ms);
        self.ring.push_back(Told { sequence, kind, place, technician, at_ms, location });
        over
    }
}
