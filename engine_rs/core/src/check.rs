//! The independent checker: recomputes from raw inputs whether a plan keeps every hard rule.
//!
//! It imports the model and the plan only, never evaluation or search, and reads technicians and visits as they were told,
//! not as they were compiled. Every plan made in any test passes it; its own tests break each rule once in a good plan.

mod ties;

use crate::model::{Availability, Pin, Policy, Rule, Shift, Technician, TimeWindow, Timestamp, Visit};
use crate::plan::{Place, Plan, Route, Stop, TechnicianEntry};
use crate::travel::Point;
use std::collections::{BTreeMap, BTreeSet};

/// What the checker found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Everything broken. Empty is good.
    pub violations: Vec<PlanViolation>,
    /// Routes looked at.
    pub checked_routes: u32,
    /// Stops looked at.
    pub checked_stops: u32,
}

/// One broken hard rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanViolation {
    /// The rule.
    pub rule: Rule,
    /// Whose route.
    pub technician_id: String,
    /// Which visit; empty when the rule is about the whole route.
    pub visit_id: String,
    /// By how much, in seconds for times and units for counts; 0 when it cannot be measured.
    pub amount: i64,
    /// One sentence for a person.
    pub detail: String,
}

/// Checks every route of a plan. Linear in the stops.
///
/// What is under way is reality, not plan: such a stop is only checked for its place at the front and for the person.
#[must_use]
pub fn check_plan(plan: &Plan, policy: &Policy) -> CheckReport {
    let mut report = CheckReport::default();
    let mut seen = BTreeSet::new();
    for (number, entry) in plan.technicians() {
        for (index, route) in entry.routes.iter().enumerate() {
            if route.stops.is_empty() {
                continue;
            }
            report.checked_routes += 1;
            let place = Place { technician: number, route: index };
            let mut checker = Checker { plan, policy, entry, place, route, report: &mut report };
            checker.check(&mut seen);
        }
    }
    for (_, visit) in plan.visits() {
        let place = plan.visit(visit).place;
        if place.is_some() && !seen.contains(&visit) {
            report.violations.push(PlanViolation {
                rule: Rule::Reference,
                technician_id: place.map(|place| plan.technician_id(place.technician).to_owned()).unwrap_or_default(),
                visit_id: plan.visit(visit).source.id.clone(),
                amount: 0,
                detail: "the visit is said to be on a route that does not hold it".to_owned(),
            });
        }
    }
    ties::check_ties(plan, &mut report);
    report
}

/// One route under check.
struct Checker<'a> {
    plan: &'a Plan,
    policy: &'a Policy,
    entry: &'a TechnicianEntry,
    place: Place,
    route: &'a Route,
    report: &'a mut CheckReport,
}

impl Checker<'_> {
    fn check(&mut self, seen: &mut BTreeSet<u32>) {
        for (position, stop) in self.route.stops.iter().enumerate() {
            self.report.checked_stops += 1;
            if self.is_reference_good(stop, seen) {
                self.check_person(stop, position);
                self.check_pin(stop, position);
            }
        }
        self.check_times();
        self.check_breaks();
        self.check_count();
        self.check_parts();
    }

    fn add(&mut self, rule: Rule, stop: Option<&Stop>, amount: i64, detail: &str) {
        let visit_id = stop.and_then(|stop| self.plan.open_visit(stop.visit)).map(|entry| entry.source.id.clone());
        self.report.violations.push(PlanViolation {
            rule,
            technician_id: self.entry.source.id.clone(),
            visit_id: visit_id.unwrap_or_default(),
            amount,
            detail: detail.to_owned(),
        });
    }

    fn is_reference_good(&mut self, stop: &Stop, seen: &mut BTreeSet<u32>) -> bool {
        let Some(visit) = self.plan.open_visit(stop.visit) else {
            self.add(Rule::Reference, Some(stop), 0, "a stop refers to a visit that does not exist");
            return false;
        };
        if !seen.insert(stop.visit) {
            self.add(Rule::Reference, Some(stop), 0, "the visit is on two routes");
        }
        if visit.place != Some(self.place) || !visit.source.state.is_on_route() {
            self.add(Rule::Reference, Some(stop), 0, "the visit does not know of the route that holds it");
        }
        true
    }

    fn check_person(&mut self, stop: &Stop, position: usize) {
        let (technician, visit) = (&self.entry.source, &self.plan.visit(stop.visit).source);
        let is_under_way = position < self.route.frozen;
        if technician.availability == Availability::Offline && !is_under_way {
            self.add(Rule::Availability, Some(stop), 0, "the technician is offline");
        }
        for asked in &visit.required_skills {
            let held = technician.skills.iter().find(|held| held.skill == asked.skill).map_or(0, |held| held.level);
            if held < asked.level && !is_under_way {
                let missing = i64::from(asked.level) - i64::from(held);
                self.add(Rule::Skill, Some(stop), missing, "a required skill is missing or too low");
            }
        }
        if !is_under_way && !has_certificates(technician, visit, TimeWindow::new(stop.start_s, stop.end_s)) {
            self.add(Rule::Certificate, Some(stop), 0, "a required certificate is not valid to the visit's end");
        }
        let is_excluded = visit.excluded_technician_ids.contains(&technician.id);
        let is_other = visit.required_technician_id.as_ref().is_some_and(|id| *id != technician.id);
        if (is_excluded || is_other) && !is_under_way {
            self.add(Rule::Technician, Some(stop), 0, "the technician is excluded, or another one is required");
        }
        if !speaks_one_of(technician, &visit.required_languages) && !is_under_way {
            self.add(Rule::Language, Some(stop), 0, "the technician speaks none of the languages asked for");
        }
        let partner = if technician.partner.is_empty() { "-" } else { &technician.partner };
        if !visit.partners.is_empty() && !visit.partners.iter().any(|it| it == partner) && !is_under_way {
            self.add(Rule::Partner, Some(stop), 0, "the technician is not of a partner that may come");
        }
    }

    fn check_pin(&mut self, stop: &Stop, position: usize) {
        let is_under_way = self.plan.visit(stop.visit).source.state.is_under_way();
        if is_under_way != (position < self.route.frozen) || (is_under_way && position != 0) {
            self.add(Rule::Pin, Some(stop), 0, "a visit under way must come first on its route");
        }
        let visit = self.plan.visit(stop.visit);
        if let Some(pin) = visit.source.pin.as_deref().filter(|_| !is_under_way) {
            self.check_pinned(stop, pin, position);
        }
    }

    /// What is pinned about a planned stop is as it was pinned.
    fn check_pinned(&mut self, stop: &Stop, pin: &Pin, position: usize) {
        if pin.technician_id.as_ref().is_some_and(|id| *id != self.entry.source.id) {
            self.add(Rule::Pin, Some(stop), 0, "the visit is pinned to another technician");
        }
        if let Some(start_s) = pin.start_s {
            let latest_s = self.latest_held_up(start_s.max(stop.arrival_s), stop);
            if stop.start_s < start_s {
                self.add(Rule::Pin, Some(stop), start_s - stop.start_s, "the visit starts before its pinned start");
            } else if stop.start_s > latest_s {
                self.add(Rule::Pin, Some(stop), stop.start_s - start_s, "the visit starts after its pinned start");
            }
        }
        if let Some(preceding) = &pin.preceding_visit_ids {
            let mut left = preceding.iter();
            let before = &self.route.stops[self.route.frozen.min(position)..position];
            let mut names =
                before.iter().filter_map(|stop| self.plan.open_visit(stop.visit)).map(|open| &open.source.id);
            if !names.all(|id| left.any(|known| known == id)) {
                self.add(Rule::Pin, Some(stop), 0, "something else comes before a visit that is pinned in its place");
            }
        }
    }

    /// Latest start of somebody who could begin at `from_s`: only breaks before the stop's start, closed windows and
    /// blackouts hold up.
    fn latest_held_up(&self, from_s: Timestamp, stop: &Stop) -> Timestamp {
        let rested_s = self.shift().iter().flat_map(|shift| &shift.breaks).fold(from_s, |latest_s, pause| {
            let window = pause.start_window;
            let is_between = window.start_s <= stop.start_s && latest_s <= window.end_s + pause.duration_s;
            if is_between { latest_s.max(window.start_s) + pause.duration_s } else { latest_s }
        });
        let visit = &self.plan.visit(stop.visit).source;
        let work_s = stop.end_s - stop.start_s;
        let mut start_s = rested_s;
        // Each round passes a blackout.
        for _ in 0..=visit.blackouts.len() {
            let next = visit.start_windows.iter().find(|window| start_s <= window.end_s);
            start_s = next.map_or(start_s, |window| start_s.max(window.start_s));
            let in_the_way = |dark: &&TimeWindow| start_s < dark.end_s && dark.start_s < start_s + work_s;
            start_s = visit.blackouts.iter().find(in_the_way).map_or(start_s, |dark| dark.end_s);
        }
        start_s
    }

    fn check_times(&mut self) {
        let limit_s = self.shift_window().end_s + self.policy.max_overtime_s;
        let (mut free_s, mut place) = (self.route.ready.time_s, self.route.ready.point);
        for (index, stop) in self.route.planned().iter().enumerate() {
            self.check_leg(stop, free_s, place, index > 0 || self.route.frozen > 0);
            self.check_start(stop);
            if stop.end_s > limit_s {
                self.add(Rule::Shift, Some(stop), stop.end_s - limit_s, "the visit ends after the shift");
            }
            let begin_s = self.shift_window().start_s;
            if stop.start_s < begin_s {
                self.add(Rule::Shift, Some(stop), begin_s - stop.start_s, "the visit starts before the shift");
            }
            (free_s, place) = (stop.end_s, stop.point);
        }
        let Some(end) = self.shift().and_then(|shift| shift.end_location) else { return };
        let road_m = self.plan.travel.road_m(place, self.plan.travel.project(end));
        let home_s = self.plan.travel.arrival(free_s, road_m);
        if home_s > limit_s && !self.route.planned().is_empty() {
            self.add(
                Rule::Shift,
                self.route.stops.last(),
                home_s - limit_s,
                "the shift's end location is reached late",
            );
        }
    }

    /// The drive to a stop, and that it does not start before one has arrived.
    fn check_leg(&mut self, stop: &Stop, free_s: Timestamp, place: Point, is_between_stops: bool) {
        let site = self
            .plan
            .open_visit(stop.visit)
            .map_or(stop.point, |visit| self.plan.travel.project(visit.source.location));
        let road_m = self.plan.travel.road_m(place, site);
        let soonest_s = self.plan.travel.arrival(free_s, road_m);
        if stop.arrival_s < soonest_s {
            self.add(Rule::Overlap, Some(stop), soonest_s - stop.arrival_s, "the site cannot be reached that soon");
        }
        if stop.start_s < stop.arrival_s {
            self.add(Rule::Overlap, Some(stop), stop.arrival_s - stop.start_s, "work starts before the arrival");
        }
        let is_too_far = self.policy.max_leg_m > 0 && road_m > self.policy.max_leg_m;
        if is_too_far && is_between_stops {
            self.add(Rule::MaxTravel, Some(stop), road_m - self.policy.max_leg_m, "the leg is too long");
        }
    }

    /// The start lies in a window and the work gets the time it takes.
    fn check_start(&mut self, stop: &Stop) {
        let Some(visit) = self.plan.open_visit(stop.visit) else { return };
        let windows = &visit.source.start_windows;
        if !windows.iter().any(|window| window.start_s <= stop.start_s && stop.start_s <= window.end_s) {
            let late_s = windows.last().map_or(0, |window| (stop.start_s - window.end_s).max(0));
            self.add(Rule::Window, Some(stop), late_s, "the visit starts outside its windows");
        }
        for dark in &visit.source.blackouts {
            let common_s = stop.end_s.min(dark.end_s) - stop.start_s.max(dark.start_s);
            if common_s > 0 {
                self.add(Rule::Window, Some(stop), common_s, "work goes on in a blackout");
            }
        }
        let planned_s = work_s(&self.entry.source, &visit.source);
        let missing_s = planned_s + visit.extra_s - (stop.end_s - stop.start_s);
        if missing_s > 0 {
            self.add(Rule::Overlap, Some(stop), missing_s, "the work gets less time than it takes");
        }
    }

    /// Every break still to come fits into the time between the stops.
    fn check_breaks(&mut self) {
        let Some(shift) = self.shift() else { return };
        let pauses = shift.breaks.clone();
        if self.route.planned().is_empty() {
            return;
        }
        let gaps = self.idle_gaps();
        let ready_s = self.route.ready.time_s;
        let mut rested_s = Timestamp::MIN;
        for pause in pauses.iter().skip(usize::from(self.route.ready.pauses_taken)) {
            // One that work under way has overrun is taken right after it.
            let window = TimeWindow::new(pause.start_window.start_s, pause.start_window.end_s.max(ready_s));
            let begin = gaps.iter().find_map(|gap| {
                let begin_s = gap.start_s.max(window.start_s).max(rested_s);
                (begin_s <= window.end_s && begin_s + pause.duration_s <= gap.end_s).then_some(begin_s)
            });
            match begin {
                Some(begin_s) => rested_s = begin_s + pause.duration_s,
                None => self.add(Rule::Break, None, pause.duration_s, "a break does not fit between the stops"),
            }
        }
    }

    /// When the technician neither drives nor works, from readiness on.
    fn idle_gaps(&self) -> Vec<TimeWindow> {
        let mut gaps = Vec::new();
        let (mut free_s, mut place) = (self.route.ready.time_s, self.route.ready.point);
        for stop in self.route.planned() {
            let road_m = self.plan.travel.road_m(place, stop.point);
            gaps.push(TimeWindow::new(free_s, self.plan.travel.latest_departure(stop.arrival_s, road_m)));
            gaps.push(TimeWindow::new(stop.arrival_s, stop.start_s));
            (free_s, place) = (stop.end_s, stop.point);
        }
        gaps.push(TimeWindow::new(free_s, Timestamp::MAX));
        gaps
    }

    fn check_count(&mut self) {
        let most = match (self.entry.source.max_visits, self.policy.max_visits) {
            (0, 0) => return,
            (0, most) | (most, _) => i64::from(most),
        };
        let load = i64::from(self.route.load());
        // What is under way cannot be refused any more.
        if load > most && !self.route.planned().is_empty() {
            self.add(Rule::MaxVisits, None, load - most, "the shift holds too many visits");
        }
    }

    /// What the stops take together is on board, less what finished visits of the shift have used.
    fn check_parts(&mut self) {
        let mut taken: BTreeMap<&str, i64> = BTreeMap::new();
        let open = self.route.stops.iter().filter_map(|stop| self.plan.open_visit(stop.visit));
        for part in open.flat_map(|visit| &visit.source.parts) {
            *taken.entry(&part.part).or_default() += i64::from(part.count);
        }
        for (part, count) in &self.route.used {
            let used = taken.get_mut(self.plan.dictionary.parts.name(*part));
            used.into_iter().for_each(|all| *all += i64::from(*count));
        }
        for (part, all) in taken {
            let carried = self.entry.source.parts.iter().find(|known| known.part == part);
            let missing = all - carried.map_or(0, |known| i64::from(known.count));
            let mut planned = self.route.planned().iter().filter_map(|stop| self.plan.open_visit(stop.visit));
            // What is under way cannot be refused any more.
            if missing > 0 && planned.any(|visit| visit.source.parts.iter().any(|taken| taken.part == part)) {
                self.add(Rule::Parts, None, missing, "the shift takes more of a part than is on board");
            }
        }
    }

    /// The shift as told; `None` for a technician without shifts.
    fn shift(&self) -> Option<&Shift> {
        self.entry.source.shifts.get(self.place.route)
    }

    fn shift_window(&self) -> TimeWindow {
        self.shift().map_or(TimeWindow::new(i64::MIN / 4, i64::MAX / 4), |shift| shift.window)
    }
}

/// Seconds that the work takes this technician: the pace for the service, else the general one, else as planned.
fn work_s(technician: &Technician, visit: &Visit) -> i64 {
    let of_service =
        technician.paces.iter().find(|pace| pace.service_id.is_some() && pace.service_id == visit.service_id);
    let pace = of_service.or_else(|| technician.paces.iter().find(|pace| pace.service_id.is_none()));
    let percent = pace.map_or(100, |pace| i64::from(pace.percent));
    (visit.duration_s * percent).div_euclid(100) + i64::from((visit.duration_s * percent) % 100 != 0)
}

/// Whether a language is asked for that the technician speaks, or none is asked for.
fn speaks_one_of(technician: &Technician, asked: &[String]) -> bool {
    let meets = |spoken: &str, asked: &str| spoken == asked || spoken.starts_with(&format!("{asked}-"));
    let spoken: Vec<_> = technician.languages.iter().map(|tag| tag.to_lowercase()).collect();
    asked.is_empty() || asked.iter().any(|tag| spoken.iter().any(|spoken| meets(spoken, &tag.to_lowercase())))
}

/// Whether every certificate asked for is valid throughout the work.
fn has_certificates(technician: &Technician, visit: &Visit, work: TimeWindow) -> bool {
    visit.required_certificates.iter().all(|asked| {
        technician.certificates.iter().any(|held| {
            held.certificate == *asked
                && held.valid_from_s.is_none_or(|from_s| from_s <= work.start_s)
                && held.valid_until_s.is_none_or(|until_s| work.end_s <= until_s)
        })
    })
}
