//! A small city for tests: builders, and a dispatcher whose every step is checked.

use dispatch_core::live::{Command, Dispatcher, LivePosition, Outcome, Snapshot, VisitChange};
use dispatch_core::model::{
    CoreError, LatLng, Pin, PinParts, Policy, Priority, RegionConfig, Shift, SkillLevel, Technician, TimeWindow,
    Timestamp, UtcOffset, Visit, VisitEvent, VisitState,
};
use std::collections::{BTreeMap, HashMap};

/// 2026-03-02T00:00:00Z, a Monday.
pub(crate) const MIDNIGHT_S: Timestamp = 1_772_409_600;
pub(crate) const CENTER: LatLng = LatLng::new(37.77, -122.42);

/// Seconds at an hour and minute of the test's day.
pub(crate) const fn at(hour: i64, minute: i64) -> Timestamp {
    MIDNIGHT_S + hour * 3_600 + minute * 60
}

/// A region with a rush hour, a time zone and a minute to park.
pub(crate) fn rushing_region() -> RegionConfig {
    let mut region = RegionConfig::new("test", CENTER);
    region.travel.speed_mps_by_hour = (0..24).map(|hour| 4.0 + f64::from(hour * 7 % 11)).collect();
    region.travel.fixed_leg_s = 60;
    region.utc_offsets =
        vec![UtcOffset { from_s: 0, offset_s: -8 * 3_600 }, UtcOffset { from_s: at(11, 30), offset_s: -7 * 3_600 }];
    region
}

/// A place some metres east and north of the centre.
pub(crate) fn place(east_m: f64, north_m: f64) -> LatLng {
    LatLng::new(CENTER.lat_deg + north_m / 111_195.0, CENTER.lon_deg + east_m / 87_900.0)
}

pub(crate) fn skill(name: &str, level: u8) -> SkillLevel {
    SkillLevel { skill: name.to_owned(), level }
}

/// A technician on duty from 8 to 18.
pub(crate) fn technician(id: &str, home: LatLng) -> Technician {
    let mut technician = Technician::new(id, home);
    technician.shifts = vec![Shift {
        window: TimeWindow::new(at(8, 0), at(18, 0)),
        start_location: None,
        end_location: None,
        breaks: Vec::new(),
    }];
    technician
}

/// A visit of half an hour promised within a window.
pub(crate) fn visit(id: &str, site: LatLng, from_s: Timestamp, until_s: Timestamp) -> Visit {
    let mut visit = Visit::new(id, site, from_s.min(at(6, 0)), TimeWindow::new(from_s, until_s));
    visit.duration_s = 1_800;
    visit
}

/// A visit asked for now, due in an hour, within eight.
pub(crate) fn asap(id: &str, site: LatLng, now_s: Timestamp, priority: Priority) -> Visit {
    let mut visit = Visit::new(id, site, now_s, TimeWindow::new(now_s, now_s + 8 * 3_600));
    visit.due_time_s = Some(now_s + 3_600);
    visit.duration_s = 1_800;
    visit.priority = priority;
    visit
}

/// A dispatcher that proves after every command that the plan is feasible and that its outcome tells the whole change.
pub(crate) struct World {
    pub(crate) dispatcher: Dispatcher,
    pub(crate) positions: HashMap<String, LivePosition>,
    pub(crate) now_s: Timestamp,
    /// Open visits as somebody knows them who only hears outcomes.
    told: BTreeMap<String, Told>,
}

type Told = (VisitState, Option<dispatch_core::model::Placement>, dispatch_core::model::VisitTimes, Option<Box<Pin>>);

impl World {
    pub(crate) fn new(now_s: Timestamp) -> Self {
        Self::with_policy(now_s, Policy::default())
    }

    pub(crate) fn with_policy(now_s: Timestamp, policy: Policy) -> Self {
        Self::in_region(now_s, RegionConfig::new("test", CENTER), policy)
    }

    pub(crate) fn in_region(now_s: Timestamp, region: RegionConfig, policy: Policy) -> Self {
        let dispatcher = Dispatcher::new(region, policy).unwrap();
        Self { dispatcher, positions: HashMap::new(), now_s, told: BTreeMap::new() }
    }

    pub(crate) fn try_apply(&mut self, command: Command) -> Result<Outcome, CoreError> {
        let outcome = self.dispatcher.apply(command, &self.positions, self.now_s)?;
        self.prove(&outcome);
        Ok(outcome)
    }

    pub(crate) fn apply(&mut self, command: Command) -> Outcome {
        let text = format!("{command:?}");
        self.try_apply(command).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    pub(crate) fn put(&mut self, technician: Technician) -> Outcome {
        self.apply(Command::PutTechnician(technician))
    }

    pub(crate) fn add(&mut self, visit: Visit) -> VisitChange {
        let id = visit.id.clone();
        let outcome = self.apply(Command::AddVisits(vec![visit]));
        outcome.changes.into_iter().find(|change| change.visit_id == id).unwrap()
    }

    pub(crate) fn progress(&mut self, visit: &str, event: VisitEvent) -> Outcome {
        let technician_id = self.technician_of(visit).unwrap();
        self.apply(Command::Progress { visit_id: visit.to_owned(), technician_id, event })
    }

    pub(crate) fn pin(&mut self, visit: &str, parts: PinParts) -> Outcome {
        self.apply(Command::PinVisit { visit_id: visit.to_owned(), parts })
    }

    pub(crate) fn tick(&mut self, max_moves: u32) -> Outcome {
        self.apply(Command::Tick { max_moves })
    }

    /// Drives the visit through every step up to `last`.
    pub(crate) fn progress_to(&mut self, visit: &str, last: VisitEvent) {
        let steps = [VisitEvent::Depart, VisitEvent::Arrive, VisitEvent::Start, VisitEvent::Complete];
        for step in steps {
            self.progress(visit, step);
            if step == last {
                return;
            }
        }
    }

    pub(crate) fn report_position(&mut self, technician: &str, location: LatLng) {
        let live = LivePosition { location, event_time_ms: self.now_s * 1_000 };
        self.positions.insert(technician.to_owned(), live);
    }

    pub(crate) fn visit(&self, id: &str) -> Option<&Visit> {
        self.dispatcher.visits().find(|visit| visit.id == id)
    }

    pub(crate) fn state(&self, id: &str) -> Option<VisitState> {
        self.visit(id).map(|visit| visit.state)
    }

    pub(crate) fn technician_of(&self, id: &str) -> Option<String> {
        self.visit(id)?.placement.as_ref().map(|placement| placement.technician_id.clone())
    }

    /// Visits of a technician in the order planned.
    pub(crate) fn route(&self, technician: &str) -> Vec<String> {
        let view = self.dispatcher.plan_view(&[technician.to_owned()]);
        view.routes.iter().flat_map(|route| &route.stops).map(|stop| stop.visit_id.clone()).collect()
    }

    /// Takes in what came out of something that is no command.
    pub(crate) fn tell(&mut self, outcome: &Outcome) {
        self.prove(outcome);
    }

    /// Begins again from a snapshot, of which everybody has been told.
    pub(crate) fn restore(&mut self, snapshot: Snapshot) {
        let told =
            |visit: &Visit| (visit.id.clone(), (visit.state, visit.placement.clone(), visit.times, visit.pin.clone()));
        self.told = snapshot.visits.iter().map(told).collect();
        self.dispatcher.restore(snapshot, &self.positions, self.now_s).unwrap();
    }

    /// The plan is feasible, and whoever replays outcomes knows every visit as the dispatcher does.
    fn prove(&mut self, outcome: &Outcome) {
        let report = self.dispatcher.check_plan();
        assert_eq!(report.violations, vec![], "at {}", self.now_s - MIDNIGHT_S);
        assert!(outcome.changes.windows(2).all(|pair| pair[0].visit_id < pair[1].visit_id), "changes are ordered");
        for change in &outcome.changes {
            if change.state.is_final() {
                self.told.remove(&change.visit_id);
            } else {
                let told = (change.state, change.placement.clone(), change.times, change.pin.clone());
                self.told.insert(change.visit_id.clone(), told);
            }
        }
        let known: BTreeMap<String, Told> = self
            .dispatcher
            .visits()
            .map(|visit| (visit.id.clone(), (visit.state, visit.placement.clone(), visit.times, visit.pin.clone())))
            .collect();
        for (id, is) in &known {
            assert_eq!(self.told.get(id), Some(is), "{id} was told as it is");
        }
        assert_eq!(self.told.len(), known.len());
    }
}
