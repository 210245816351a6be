//! The search in circles against brute force, in a city large enough that most people are never met.

use crate::insertion::brute_force;
use crate::world::{CENTER, asap, at, place, rushing_region, skill, technician, visit};
use dispatch_core::explain::{personal_reasons, reasons};
use dispatch_core::live::{Command, Dispatcher, LivePosition, Positions, Snapshot};
use dispatch_core::model::{
    Break, LatLng, Pin, PinParts, Placement, Policy, Priority, RegionConfig, Rule, Technician, TimeWindow, Timestamp,
    UnassignedReason, Visit, VisitEvent, VisitState,
};
use dispatch_core::plan::VisitFacts;
use dispatch_core::search::Search;
use proptest::prelude::*;

const PEOPLE: u64 = 1_200;

/// Positions by the planner's numbers, kept so that they can be asked for by place.
#[derive(Default)]
struct Chart(Vec<Option<LivePosition>>);

impl Positions for Chart {
    fn position(&self, _technician_id: &str, technician_number: u32) -> Option<LivePosition> {
        *self.0.get(technician_number as usize)?
    }

    fn each_within(
        &self,
        origin: LatLng,
        radius_m: f64,
        wants: &dyn Fn(u32) -> bool,
        found: &mut dyn FnMut(u32, LivePosition),
    ) -> bool {
        for (number, live) in (0u32..).zip(&self.0) {
            if let Some(live) = live.filter(|live| wants(number) && live.location.distance_m(origin) <= radius_m) {
                found(number, live);
            }
        }
        true
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }

    fn chance(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }

    fn place(&mut self) -> LatLng {
        let mut metres = || self.below(30_000) as f64 - 15_000.0;
        place(metres(), metres())
    }

    fn person(&mut self, id: &str) -> Technician {
        let mut person = technician(id, self.place());
        person.skills = vec![skill("a", 1 + self.below(5) as u8)];
        if self.chance(2) {
            person.skills.push(skill("b", 1 + self.below(5) as u8));
        }
        person.star_tier = self.below(6) as u8;
        (person.rating_mean, person.rating_count) = (1.0 + self.below(5) as f64, self.below(60) as u32);
        match self.below(12) {
            0 => person.shifts.clear(),
            1 => person.shifts[0].window.start_s = at(12, 0),
            2 => {
                let mut tomorrow = person.shifts[0].clone();
                tomorrow.window = TimeWindow::new(at(32, 0), at(40, 0));
                tomorrow.start_location = Some(self.place());
                person.shifts.push(tomorrow);
            }
            3 => person.shifts[0].end_location = Some(self.place()),
            4 => {
                let start_window = TimeWindow::new(at(11, 0), at(13, 0));
                person.shifts[0].breaks = vec![Break { start_window, duration_s: 1_800 }];
            }
            _ => {}
        }
        person
    }
}

/// A city at ten o'clock: some are at work, some on their way, some idle, and not everybody has been seen.
struct City {
    dispatcher: Dispatcher,
    chart: Chart,
    now_s: Timestamp,
    random: Random,
}

impl City {
    fn new(seed: u64, is_rushing: bool) -> Self {
        let mut random = Random(seed);
        let mut snapshot = Snapshot::default();
        for number in 0..PEOPLE {
            let person = random.person(&format!("t{number:03}"));
            let mut site = person.home_location;
            for stop in 0..random.below(4) {
                site = LatLng::new(site.lat_deg + random.below(9) as f64 * 0.004 - 0.016, site.lon_deg);
                snapshot.visits.push(planned(&person, stop, site));
            }
            snapshot.technicians.push(person);
        }
        let region = if is_rushing { rushing_region() } else { RegionConfig::new("test", CENTER) };
        let mut dispatcher = Dispatcher::new(region, Policy::default()).unwrap();
        dispatcher.restore(snapshot, &Chart::default(), at(9, 0)).unwrap();
        let mut city = Self { dispatcher, chart: Chart::default(), now_s: at(9, 30), random };
        city.pin();
        city.live();
        city
    }

    /// Some hold a part of what is planned for them, and some let it go again.
    fn pin(&mut self) {
        for _ in 0..PEOPLE / 4 {
            let visit_id = format!("vt{:03}-{}", self.random.below(PEOPLE), self.random.below(2));
            let mut chance = || self.random.chance(2);
            let parts = PinParts { technician: chance(), start: chance(), position: chance() };
            let pin = Command::PinVisit { visit_id: visit_id.clone(), parts };
            let is_pinned = self.dispatcher.apply(pin, &self.chart, self.now_s).is_ok();
            if is_pinned && self.random.chance(3) {
                self.dispatcher.apply(Command::UnpinVisit { visit_id }, &self.chart, self.now_s).unwrap();
            }
        }
    }

    /// Half an hour passes: people set out, arrive, finish, and are seen here and there.
    fn live(&mut self) {
        for number in 0..PEOPLE {
            let technician_id = format!("t{number:03}");
            let visit_id = format!("v{technician_id}-0");
            let steps = [VisitEvent::Depart, VisitEvent::Arrive, VisitEvent::Start, VisitEvent::Complete];
            for event in steps.into_iter().take(self.random.below(6) as usize) {
                self.now_s = at(9, 30) + self.random.below(600).cast_signed();
                let (visit_id, technician_id) = (visit_id.clone(), technician_id.clone());
                let step = Command::Progress { visit_id, technician_id, event };
                if self.dispatcher.apply(step, &self.chart, self.now_s).is_err() {
                    break;
                }
            }
        }
        self.now_s = at(10, 0);
        for _ in 0..PEOPLE {
            let age_s = if self.random.chance(8) { 3_600 } else { 30 };
            let seen = LivePosition { location: self.random.place(), event_time_ms: (self.now_s - age_s) * 1_000 };
            self.chart.0.push((!self.random.chance(4)).then_some(seen));
        }
    }

    fn wanted(&mut self) -> Visit {
        let priority = Priority::ALL[self.random.below(3) as usize];
        let mut wanted = asap("wanted", self.random.place(), self.now_s, priority);
        if self.random.chance(6) {
            wanted = visit("wanted", self.random.place(), at(11, 0), at(14, 0));
        }
        if !self.random.chance(4) {
            wanted.required_skills = vec![skill("a", 1 + self.random.below(3) as u8)];
        }
        if self.random.chance(4) {
            wanted.required_skills.push(skill("b", 2));
        }
        let anybody = |random: &mut Random| format!("t{:03}", random.below(PEOPLE));
        if self.random.chance(3) {
            wanted.preferred_technician_id = Some(anybody(&mut self.random));
        }
        if self.random.chance(10) {
            wanted.required_technician_id = Some(anybody(&mut self.random));
        }
        if self.random.chance(10) {
            let technician_id = Some(anybody(&mut self.random));
            wanted.pin = Some(Box::new(Pin { technician_id, ..Pin::default() }));
        }
        wanted.excluded_technician_ids = (0..self.random.below(4)).map(|_| anybody(&mut self.random)).collect();
        wanted
    }
}

fn planned(person: &Technician, stop: u64, site: LatLng) -> Visit {
    let start_s = at(10, 0) + stop.cast_signed() * 5_400;
    let mut visit = visit(&format!("v{}-{stop}", person.id), site, start_s - 3_600, start_s + 7_200);
    visit.state = VisitState::Planned;
    visit.placement = Some(Placement {
        technician_id: person.id.clone(),
        position: stop as u32,
        start_s,
        end_s: start_s + visit.duration_s,
        ..Placement::default()
    });
    visit
}

fn counts(told: &[UnassignedReason], rules: &[Rule]) -> Vec<(Rule, u32)> {
    told.iter()
        .filter(|reason| rules.contains(&reason.rule))
        .map(|reason| (reason.rule, reason.technician_count))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    #[test]
    fn nobody_who_was_not_met_costs_less(seed in any::<u64>(), is_rushing in any::<bool>(), count in 1..6usize) {
        let mut city = City::new(seed, is_rushing);
        for _ in 0..6 {
            let wanted = city.wanted();
            let plan = city.dispatcher.plan();
            let policy = city.dispatcher.policy();
            let search = Search { plan, policy, positions: &city.chart, now_s: city.now_s };
            let visit = VisitFacts::looked_up(&wanted, &plan.dictionary, &plan.travel);
            let found = search.best(&visit, count, None);
            let ours: Vec<_> = found
                .iter()
                .map(|insertion| (insertion.cost_milli, plan.technician_id(insertion.technician).to_owned()))
                .collect();
            let mut truth = brute_force(&search, &visit);
            truth.truncate(count);
            prop_assert_eq!(ours, truth);
            // Counting by sets is counting everybody.
            let rules = [Rule::Availability, Rule::Skill, Rule::Certificate, Rule::Technician];
            let everybody = counts(&reasons(&search, &visit), &rules);
            prop_assert_eq!(counts(&personal_reasons(&search, &visit), &rules), everybody);
        }
    }
}
