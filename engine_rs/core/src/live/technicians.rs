//! Technicians come, change, go, sign off and return.

use super::day::Day;
use crate::evaluate::{has_room, language, partner, skill, standing_cost, starts, technician};
use crate::model::{Availability, CoreError, ResourceKind, Technician, Timestamp, VisitState, reason};
use crate::plan::{Place, Route, Stop, TechnicianEntry, Windows};

impl Day<'_> {
    /// Adds or replaces a technician. Stops that no longer fit are moved.
    pub(super) fn put_technician(&mut self, source: Technician) {
        let standing_milli = standing_cost(self.policy, &source);
        let Some(number) = self.plan.technician_number(&source.id) else {
            let number = self.plan.put_technician(source, standing_milli);
            self.offer_room(number);
            return;
        };
        let old = self.take_stops(number);
        self.plan.put_technician(source, standing_milli);
        let homeless = self.put_stops_back(number, old);
        self.rehome(homeless.into_iter().map(|visit| (visit, Some(number))).collect());
        self.offer_room(number);
    }

    /// Removes a technician; refused while a visit is under way.
    pub(super) fn delete_technician(&mut self, id: &str) -> Result<(), CoreError> {
        let number = self.technician_number(id)?;
        if let Some((_, visit)) = self.plan.technician(number).and_then(TechnicianEntry::under_way) {
            return Err(CoreError::State {
                kind: ResourceKind::Technician,
                id: id.to_owned(),
                reason: reason::TECHNICIAN_UNDER_WAY,
                from: self.plan.visit(visit).source.state.name(),
                to: "DELETED",
            });
        }
        let homeless = self.take_off(number);
        self.plan.remove_technician(number);
        self.rehome(homeless.into_iter().map(|visit| (visit, Some(number))).collect());
        Ok(())
    }

    /// Changes a technician's availability; OFFLINE moves what has not been begun at a site.
    pub(super) fn set_availability(&mut self, id: &str, availability: Availability) -> Result<(), CoreError> {
        let number = self.technician_number(id)?;
        if self.plan.technician(number).is_none_or(|entry| entry.source.availability == availability) {
            return Ok(());
        }
        self.plan.set_availability(number, availability);
        match availability {
            Availability::Available => self.offer_room(number),
            Availability::Paused => {}
            Availability::Offline => {
                let homeless = self.take_off(number);
                self.rehome(homeless.into_iter().map(|visit| (visit, Some(number))).collect());
            }
        }
        Ok(())
    }

    /// Number of a technician who exists.
    pub(super) fn technician_number(&self, id: &str) -> Result<u32, CoreError> {
        let missing = || CoreError::NotFound { kind: ResourceKind::Technician, id: id.to_owned() };
        self.plan.technician_number(id).ok_or_else(missing)
    }

    /// Takes every visit off a technician that has not been begun at its site.
    fn take_off(&mut self, number: u32) -> Vec<u32> {
        let Some(entry) = self.plan.technician(number) else { return Vec::new() };
        let all: Vec<u32> = entry.routes.iter().flat_map(|route| &route.stops).map(|stop| stop.visit).collect();
        let open: Vec<u32> =
            all.into_iter().filter(|visit| !self.plan.visit(*visit).source.state.is_at_site()).collect();
        for visit in &open {
            self.unassign(*visit);
        }
        open
    }

    /// Takes a technician's routes away, remembering the stops.
    fn take_stops(&mut self, number: u32) -> OldDays {
        let mut old = OldDays::default();
        let Some(entry) = self.plan.technician(number) else { return old };
        old.idle = entry.idle;
        for route in &entry.routes {
            let Route { finished, used, .. } = route;
            let begin_s = route.duty.window.start_s;
            old.finished.push(Finished { begin_s, count: *finished, used: used.clone() });
            for (position, stop) in route.stops.iter().enumerate() {
                old.stops.push((position < route.frozen, stop.clone()));
            }
        }
        for (_, stop) in &old.stops {
            self.journal.touch(self.plan, stop.visit);
        }
        old
    }

    /// Puts remembered stops onto the technician's new routes; returns the visits that no longer fit.
    fn put_stops_back(&mut self, number: u32, old: OldDays) -> Vec<u32> {
        let mut homeless = Vec::new();
        let now_s = self.now_s;
        if let Some(entry) = self.plan.technician_mut(number) {
            entry.idle = old.idle;
            for route in &mut entry.routes {
                let same = old.finished.iter().find(|shift| shift.begin_s == route.duty.window.start_s);
                (route.finished, route.used) = same.map_or((0, Vec::new()), |shift| (shift.count, shift.used.clone()));
            }
        }
        for (is_frozen, mut stop) in old.stops {
            let visit = stop.visit;
            let Some(entry) = self.plan.technician(number) else { break };
            // What is under way belongs to the shift it was set out for in, even when that is over by now.
            let depart_s = self.plan.visit(visit).source.times.depart_s.unwrap_or(now_s);
            let route = if is_frozen { entry.current_route(depart_s) } else { entry.route_at(stop.start_s) };
            let place = Place { technician: number, route };
            let facts = &self.plan.visit(visit).facts;
            stop.duration_s = entry.facts.work_s(facts) + self.plan.visit(visit).extra_s;
            let has_room = has_room(self.policy, self.plan, entry, &entry.routes[route], facts);
            match self.still_allowed(entry, number, visit, stop.duration_s).filter(|_| has_room || is_frozen) {
                Some(windows) => {
                    self.plan.set_allowed_starts(visit, windows.clone());
                    stop.allow(windows);
                }
                None if is_frozen => {}
                None => {
                    self.evict(visit);
                    homeless.push(visit);
                    continue;
                }
            }
            self.plan.visit_mut(visit).place = Some(place);
            if let Some(route) = self.plan.route_mut(place) {
                put_back(route, stop, is_frozen);
            }
        }
        for route in 0..self.plan.technician(number).map_or(0, |entry| entry.routes.len()) {
            homeless.extend(self.mend(Place { technician: number, route }).into_iter().map(|(visit, _)| visit));
        }
        homeless
    }

    /// Starts that the changed technician may still keep for a visit that was placed already.
    fn still_allowed(&self, entry: &TechnicianEntry, number: u32, visit: u32, duration_s: i64) -> Option<Windows> {
        let facts = &self.plan.visit(visit).facts;
        let is_at_work = entry.source.availability != Availability::Offline;
        let windows = starts::promised(&entry.facts, facts, duration_s);
        let is_able = skill::allows(&entry.facts, facts) && language::allows(&entry.facts, facts);
        let is_wanted = technician::allows(number, facts) && partner::allows(&entry.facts, facts);
        let fits = is_at_work && is_able && is_wanted;
        (fits && !windows.is_empty()).then(|| windows.into_owned())
    }

    /// Marks a visit as on no route when its route is gone already.
    fn evict(&mut self, visit: u32) {
        let entry = self.plan.visit_mut(visit);
        entry.place = None;
        entry.extra_s = 0;
        entry.source.state = VisitState::Unassigned;
        entry.source.placement = None;
        entry.source.times.accept_s = None;
        self.plan.unassigned.insert(visit);
        self.let_go(visit);
    }
}

/// What a technician had before being replaced.
#[derive(Default)]
struct OldDays {
    idle: Option<(Timestamp, crate::travel::Point)>,
    /// What was finished in each shift.
    finished: Vec<Finished>,
    /// Whether under way, and the stop, in order.
    stops: Vec<(bool, Stop)>,
}

/// What was finished in a shift.
struct Finished {
    /// Start of the shift.
    begin_s: Timestamp,
    /// Visits finished.
    count: u32,
    /// Parts that they used, ordered by number.
    used: Vec<(u32, u32)>,
}

fn put_back(route: &mut Route, stop: Stop, is_frozen: bool) {
    if is_frozen {
        route.stops.insert(0, stop);
        route.frozen = 1;
    } else {
        route.stops.push(stop);
    }
}
