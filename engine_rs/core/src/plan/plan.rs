//! The plan: all technicians with their routes, all open visits, and where each visit is placed.

use super::{
    Bits, Busy, Dictionary, Digest, Entries, Floors, Holders, Limits, Links, Positions, Ready, Route, Stop,
    TechnicianEntry, VisitFacts, Windows, schedule,
};
use crate::model::{Availability, RegionConfig, Rule, Technician, Timestamp, Visit, VisitState};
use crate::travel::{Point, Travel};
use std::collections::{BTreeMap, BTreeSet};

/// Where a visit is placed: the technician and the index of the route; its position is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Number of the technician.
    pub technician: u32,
    /// Index of the route.
    pub route: usize,
}

/// An open visit.
#[derive(Clone, Debug)]
pub struct VisitEntry {
    /// As told, with state, times and the placement last reported.
    pub source: Visit,
    /// As compiled.
    pub facts: VisitFacts,
    /// Where the plan has it.
    pub place: Option<Place>,
    /// Seconds that the work takes longer than promised, as reported for the present technician.
    pub extra_s: i64,
    /// When a place was last looked for in vain.
    pub tried_s: Timestamp,
    /// What ties it to other visits; `None` for nearly all.
    pub links: Option<Box<Links>>,
}

/// All technicians, routes and open visits of one region.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Travel model.
    pub travel: Travel,
    /// Names met so far.
    pub dictionary: Dictionary,
    /// Sets of technicians by availability and skill.
    pub holders: Holders,
    /// Numbers of the visits on no route.
    pub unassigned: BTreeSet<u32>,
    technicians: Vec<Option<TechnicianEntry>>,
    /// Outline of each technician, as of the last refresh.
    digests: Vec<Option<Digest>>,
    /// Places that technicians could set out from, as of the last refresh.
    entries: Entries,
    /// Technicians for whom an insertion may also gain time, as of the last refresh.
    gainers: Bits,
    /// The least that anybody could cost, as of the last refresh.
    floors: Floors,
    visits: Vec<Option<VisitEntry>>,
    visit_numbers: BTreeMap<String, u32>,
    free_numbers: Vec<u32>,
    /// Number of open visits that have links.
    pub(super) tied_count: usize,
    /// Open visits of each group, by the group's name.
    pub(super) groups: BTreeMap<String, BTreeSet<u32>>,
}

impl Plan {
    /// An empty plan of a validated region.
    #[must_use]
    pub fn new(region: &RegionConfig) -> Self {
        Self::over(Travel::new(region))
    }

    /// An empty plan over a travel model.
    pub(super) fn over(travel: Travel) -> Self {
        Self {
            travel,
            dictionary: Dictionary::default(),
            holders: Holders::default(),
            unassigned: BTreeSet::new(),
            technicians: Vec::new(),
            digests: Vec::new(),
            entries: Entries::default(),
            gainers: Bits::default(),
            floors: Floors::default(),
            visits: Vec::new(),
            visit_numbers: BTreeMap::new(),
            free_numbers: Vec::new(),
            tied_count: 0,
            groups: BTreeMap::new(),
        }
    }

    /// Number of a technician who exists.
    #[must_use]
    pub fn technician_number(&self, id: &str) -> Option<u32> {
        self.dictionary.technicians.get(id).filter(|number| self.technician(*number).is_some())
    }

    /// A technician by number.
    #[inline]
    #[must_use]
    pub fn technician(&self, number: u32) -> Option<&TechnicianEntry> {
        self.technicians.get(number as usize)?.as_ref()
    }

    /// A technician to change.
    pub fn technician_mut(&mut self, number: u32) -> Option<&mut TechnicianEntry> {
        self.technicians.get_mut(number as usize)?.as_mut()
    }

    /// Identifier of a technician mentioned before.
    #[must_use]
    pub fn technician_id(&self, number: u32) -> &str {
        self.dictionary.technicians.name(number)
    }

    /// Number and entry of every technician, by number.
    pub fn technicians(&self) -> impl Iterator<Item = (u32, &TechnicianEntry)> {
        self.technicians.iter().zip(0u32..).filter_map(|(entry, number)| Some((number, entry.as_ref()?)))
    }

    /// Outline of a technician as of the last refresh.
    #[inline]
    #[must_use]
    pub fn digest(&self, number: u32) -> Option<&Digest> {
        self.digests.get(number as usize)?.as_ref()
    }

    /// Places that technicians could set out from, newest positions aside, as of the last refresh.
    #[must_use]
    pub const fn entries(&self) -> &Entries {
        &self.entries
    }

    /// Technicians for whom an insertion may also gain time by an earlier break, as of the last refresh.
    #[must_use]
    pub const fn gainers(&self) -> &Bits {
        &self.gainers
    }

    /// The least that anybody could cost, as of the last refresh.
    #[must_use]
    pub const fn floors(&self) -> &Floors {
        &self.floors
    }

    /// Says whether a technician may be given work.
    pub fn set_availability(&mut self, number: u32, availability: Availability) {
        let Some(entry) = self.technicians.get_mut(number as usize).and_then(Option::as_mut) else { return };
        entry.source.availability = availability;
        self.holders.set_available(number, entry, availability == Availability::Available);
    }

    /// Adds a technician, or replaces one, routes included: the caller has taken the stops off first.
    ///
    /// `standing_milli` is the price of the person's rating and tier.
    pub fn put_technician(&mut self, technician: Technician, standing_milli: i64) -> u32 {
        let number = self.dictionary.technicians.intern(&technician.id);
        self.remove_technician(number);
        let entry = TechnicianEntry::new(technician, standing_milli, &mut self.dictionary, &self.travel);
        self.put_entry(number, entry);
        number
    }

    /// Puts a compiled technician where nobody is.
    pub(super) fn put_entry(&mut self, number: u32, entry: TechnicianEntry) {
        self.holders.add(number, &entry);
        let index = number as usize;
        if index >= self.technicians.len() {
            self.technicians.resize_with(index + 1, || None);
            self.digests.resize(index + 1, None);
        }
        self.floors.add(&entry.facts);
        self.technicians[index] = Some(entry);
        self.outline(number);
    }

    /// Takes a technician out with all routes and returns the entry.
    pub fn remove_technician(&mut self, number: u32) -> Option<TechnicianEntry> {
        let entry = self.technicians.get_mut(number as usize)?.take()?;
        self.outline(number);
        self.holders.remove(number, &entry);
        self.floors.remove(&entry.facts);
        Some(entry)
    }

    /// Brings everything up to date that the search knows of a technician beside the routes.
    pub fn outline(&mut self, number: u32) {
        let entry = self.technician(number);
        let free_s = entry.and_then(|entry| {
            let (route, visit) = entry.under_way()?;
            self.visit(visit).source.state.is_at_site().then(|| entry.routes[route].stops[0].end_s)
        });
        let digest = entry.map(|entry| Digest::new(entry, free_s));
        self.gainers.set(number, digest.is_some_and(|digest| digest.gain.is_some()));
        let load = |digest: Option<Digest>| digest.map(|digest| digest.least_load);
        self.floors.change_load(load(self.digests[number as usize]), load(digest));
        self.digests[number as usize] = digest;
        let entry = self.technicians.get(number as usize).and_then(Option::as_ref);
        self.entries.put(number, entry);
    }

    /// Number of an open visit.
    #[must_use]
    pub fn visit_number(&self, id: &str) -> Option<u32> {
        self.visit_numbers.get(id).copied()
    }

    /// An open visit by number.
    ///
    /// # Panics
    /// If there is none: numbers come from this plan.
    #[inline]
    #[must_use]
    #[allow(clippy::expect_used, reason = "a wrong number is a bug, and the gate turns a panic into an error")]
    pub fn visit(&self, number: u32) -> &VisitEntry {
        self.visits[number as usize].as_ref().expect("Invariant: visit numbers in use lead to a visit")
    }

    /// An open visit by a number that may be stale.
    #[must_use]
    pub fn open_visit(&self, number: u32) -> Option<&VisitEntry> {
        self.visits.get(number as usize)?.as_ref()
    }

    /// An open visit by a number that may be stale, to change.
    pub(super) fn open_visit_mut(&mut self, number: u32) -> Option<&mut VisitEntry> {
        self.visits.get_mut(number as usize)?.as_mut()
    }

    /// An open visit to change.
    ///
    /// # Panics
    /// If there is none: numbers come from this plan.
    #[allow(clippy::expect_used, reason = "a wrong number is a bug, and the gate turns a panic into an error")]
    pub fn visit_mut(&mut self, number: u32) -> &mut VisitEntry {
        self.visits[number as usize].as_mut().expect("Invariant: visit numbers in use lead to a visit")
    }

    /// Identifier and number of every open visit, by identifier.
    pub fn visits(&self) -> impl Iterator<Item = (&str, u32)> {
        self.visit_numbers.iter().map(|(id, number)| (id.as_str(), *number))
    }

    /// At most `count` open visits from number `next` on, going round once; leaves `next` behind the last one.
    #[must_use]
    pub fn visits_from(&self, next: &mut u32, count: usize) -> Vec<u32> {
        let size = self.visits.len();
        let begin = if size == 0 { 0 } else { *next as usize % size };
        let numbers = (begin..size).chain(0..begin);
        let found: Vec<usize> = numbers.filter(|number| self.visits[*number].is_some()).take(count).collect();
        *next = found.last().map_or(0, |last| u32::try_from(last + 1).unwrap_or(0));
        found.into_iter().filter_map(|number| u32::try_from(number).ok()).collect()
    }

    /// Number of open visits.
    #[must_use]
    pub fn visit_count(&self) -> usize {
        self.visit_numbers.len()
    }

    /// Adds a validated visit on no route.
    pub fn add_visit(&mut self, visit: Visit) -> u32 {
        let facts = VisitFacts::new(&visit, &mut self.dictionary, &self.travel);
        self.put_visit(VisitEntry { source: visit, facts, place: None, extra_s: 0, tried_s: i64::MIN / 4, links: None })
    }

    /// Puts a compiled visit in under a number of its own; the caller sees to the route it may be on.
    pub(super) fn put_visit(&mut self, entry: VisitEntry) -> u32 {
        let number = self.free_numbers.pop().unwrap_or_else(|| {
            self.visits.push(None);
            u32::try_from(self.visits.len() - 1).unwrap_or(u32::MAX)
        });
        self.visit_numbers.insert(entry.source.id.clone(), number);
        if entry.place.is_none() {
            self.unassigned.insert(number);
        }
        self.visits[number as usize] = Some(entry);
        number
    }

    /// Forgets a visit that is on no route.
    pub fn drop_visit(&mut self, number: u32) -> Option<VisitEntry> {
        self.open_visit(number)?;
        self.unlink(number);
        let entry = self.visits.get_mut(number as usize)?.take()?;
        debug_assert!(entry.place.is_none(), "Invariant: a dropped visit is on no route");
        self.visit_numbers.remove(&entry.source.id);
        self.unassigned.remove(&number);
        self.free_numbers.push(number);
        Some(entry)
    }

    /// The route of a place.
    #[must_use]
    pub fn route(&self, place: Place) -> Option<&Route> {
        self.technician(place.technician)?.routes.get(place.route)
    }

    /// The route of a place, to change.
    pub fn route_mut(&mut self, place: Place) -> Option<&mut Route> {
        self.technician_mut(place.technician)?.routes.get_mut(place.route)
    }

    /// Visits on all routes of a technician, in the order of their stops.
    #[must_use]
    pub fn visits_of(&self, technician: u32) -> Vec<u32> {
        let routes = self.technician(technician).map_or(&[][..], |entry| &entry.routes);
        routes.iter().flat_map(|route| route.stops.iter().map(|stop| stop.visit)).collect()
    }

    /// The stop of a placed visit.
    #[must_use]
    pub fn stop(&self, visit: u32) -> Option<(usize, &Stop)> {
        let route = self.route(self.visit(visit).place?)?;
        let position = route.position_of(visit)?;
        Some((position, &route.stops[position]))
    }

    /// Puts an unplaced visit onto a route; times follow with the next refresh.
    ///
    /// `windows` are the starts allowed for the technician, pins aside.
    pub fn place(&mut self, visit: u32, place: Place, position: usize, windows: Windows) {
        let technician = self.technician(place.technician);
        let work_s = technician.map(|technician| technician.facts.work_s(&self.visit(visit).facts));
        let entry = self.visit_mut(visit);
        debug_assert!(entry.place.is_none(), "Invariant: a visit is on one route at most");
        entry.place = Some(place);
        entry.extra_s = 0;
        if let Some(links) = entry.links.as_deref_mut() {
            links.base.clone_from(&windows);
        }
        let facts = &entry.facts;
        let mut stop = Stop {
            visit,
            point: facts.point,
            windows: windows.clone(),
            start_pin: None,
            is_in_place: false,
            duration_s: work_s.unwrap_or(facts.duration_s),
            promise: facts.promise,
            leg_m: 0,
            arrival_s: 0,
            start_s: 0,
            end_s: 0,
            latest_start_s: 0,
        };
        if let Some(pin) = &facts.pin {
            stop.pin(Some(**pin), windows);
        }
        self.unassigned.remove(&visit);
        if let Some(route) = self.route_mut(place) {
            let position = position.clamp(route.frozen, route.stops.len());
            route.stops.insert(position, stop);
        }
    }

    /// Takes a visit off its route and returns where it was; times of the rest follow with the next refresh.
    pub fn unplace(&mut self, visit: u32) -> Option<Place> {
        let place = self.visit_mut(visit).place.take()?;
        self.visit_mut(visit).extra_s = 0;
        self.unassigned.insert(visit);
        if let Some(route) = self.route_mut(place)
            && let Some(position) = route.position_of(visit)
        {
            route.stops.remove(position);
            if position < route.frozen {
                route.frozen -= 1;
            }
        }
        Some(place)
    }

    /// Puts a planned visit at another position of its route, counted without it; times follow with the next refresh.
    pub fn reposition(&mut self, visit: u32, position: usize) {
        let Some(place) = self.visit(visit).place else { return };
        let Some(route) = self.route_mut(place) else { return };
        let Some(present) = route.position_of(visit) else { return };
        let stop = route.stops.remove(present);
        let position = position.clamp(route.frozen, route.stops.len());
        route.stops.insert(position, stop);
    }

    /// Puts back the routes that technicians had before: whatever is on their routes now is on no route, then what was on
    /// them is again. Linear in their stops.
    pub fn put_back(&mut self, saved: Vec<(u32, Vec<Route>)>) {
        for (technician, _) in &saved {
            for visit in self.visits_of(*technician) {
                self.visit_mut(visit).place = None;
                self.unassigned.insert(visit);
            }
        }
        for (technician, routes) in saved {
            for (route, day) in routes.iter().enumerate() {
                for stop in &day.stops {
                    self.visit_mut(stop.visit).place = Some(Place { technician, route });
                    self.unassigned.remove(&stop.visit);
                }
            }
            if let Some(entry) = self.technician_mut(technician) {
                entry.routes = routes;
            }
            self.outline(technician);
        }
    }

    /// Where a technician is believed to be, if a fix is no older than `max_staleness_s`.
    #[inline]
    #[must_use]
    pub fn live_point(
        &self,
        number: u32,
        positions: &dyn Positions,
        now_s: Timestamp,
        max_staleness_s: i64,
    ) -> Option<Point> {
        let live = positions.position(self.technician_id(number), number)?;
        let oldest_ms = (now_s - max_staleness_s).saturating_mul(1_000);
        (live.event_time_ms >= oldest_ms).then(|| self.travel.project(live.location))
    }

    /// Until when and where a technician is busy with the visit under way.
    #[must_use]
    pub fn busy(&self, entry: &TechnicianEntry, live: Option<Point>, now_s: Timestamp) -> Option<Busy> {
        let (route, visit) = entry.under_way()?;
        let stop = &entry.routes[route].stops[0];
        let (_, _, end_s) = self.expected_times(visit, stop, live, now_s);
        let depart_s = self.visit(visit).source.times.depart_s.unwrap_or(now_s);
        Some(Busy { route, depart_s, end_s, point: stop.point })
    }

    /// Expected arrival, start and end of a stop under way.
    fn expected_times(
        &self,
        visit: u32,
        stop: &Stop,
        live: Option<Point>,
        now_s: Timestamp,
    ) -> (Timestamp, Timestamp, Timestamp) {
        let source = &self.visit(visit).source;
        let times = &source.times;
        let arrival_s = times.arrive_s.unwrap_or_else(|| match live {
            Some(point) => self.travel.arrival(now_s, self.travel.road_m(point, stop.point)),
            None => self.travel.arrival(times.depart_s.unwrap_or(now_s), stop.leg_m).max(now_s),
        });
        let start_s = times.start_s.unwrap_or_else(|| {
            let ready_s = if source.state == VisitState::Arrived { arrival_s.max(now_s) } else { arrival_s };
            stop.windows.earliest(ready_s).unwrap_or(ready_s)
        });
        (arrival_s, start_s, (start_s + stop.duration_s).max(now_s))
    }

    /// From where and when a route's planned stops follow, seen from `now_s`.
    #[must_use]
    pub fn ready(&self, entry: &TechnicianEntry, route: usize, live: Option<Point>, now_s: Timestamp) -> Ready {
        entry.ready(route, live, self.busy(entry, live, now_s), now_s)
    }

    /// Renews all times of a route as seen from `now_s`.
    ///
    /// Returns the first planned stop that breaks a rule, with the rule. Linear in the stops.
    pub fn refresh(
        &mut self,
        place: Place,
        live: Option<Point>,
        now_s: Timestamp,
        limits: Limits,
    ) -> Option<(usize, Rule)> {
        let entry = self.technician(place.technician)?;
        let ready = self.ready(entry, place.route, live, now_s);
        let frozen = entry.routes[place.route]
            .stops
            .first()
            .filter(|_| entry.routes[place.route].frozen > 0)
            .map(|stop| self.expected_times(stop.visit, stop, live, now_s));
        let entry = self.technicians[place.technician as usize].as_mut()?;
        let route = &mut entry.routes[place.route];
        route.ready = ready;
        if let Some((arrival_s, start_s, end_s)) = frozen {
            let stop = &mut route.stops[0];
            (stop.arrival_s, stop.start_s, stop.end_s) = (arrival_s, start_s, end_s);
            stop.latest_start_s = stop.latest_start_s.max(start_s);
        }
        let broken = schedule(route, &self.travel, limits);
        self.outline(place.technician);
        broken
    }
}
