//! A simulated day of one city, ours beside nearest-free-first-come on identical input: one JSON object a line on stdout.
//!
//! `cargo bench -p dispatch-core --bench day -- [--technicians 60] [--visits 700] [--seed 1] [--routine 100] ...`
//!
//! Calls come in all day, a seventh of them urgent and one in forty an emergency; every seventh visit needs a skill that a
//! third of the technicians hold. Technicians drive at the model's speed, work takes 0.7 to 1.4 times what was planned.
//! `peer_value` is the baseline: a call goes to the nearest idle technician with the skill, else waits in the order of
//! priority and arrival. Response is request to start of work, in seconds; `ratio` is theirs over ours.

#![allow(clippy::cast_possible_wrap, clippy::cast_sign_loss, reason = "a simulation of small numbers")]

use dispatch_core::live::{Command, Dispatcher, LivePosition, Positions};
use dispatch_core::model::{
    LatLng, Policy, Priority, RegionConfig, SkillLevel, Technician, TimeWindow, Timestamp, Visit, VisitEvent,
    VisitState,
};
use dispatch_core::solve::Iterations;
use dispatch_core::travel::Travel;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

const CENTER: LatLng = LatLng::new(37.77, -122.42);
const DAY_S: Timestamp = 1_772_438_400;
const HOURS: i64 = 10;
const TICK_S: i64 = 30;
const STUDY_EVERY_S: i64 = 60;
const WORK_S: i64 = 1_500;

fn main() {
    let options = Options::parse();
    let day = Day::new(&options);
    let ours = Ours::new(&day, &options).run();
    let theirs = baseline(&day);
    for priority in [Priority::Routine, Priority::Urgent, Priority::Emergency] {
        let name = format!("plan.day_response_s_{priority:?}").to_lowercase();
        let (our_mean, their_mean) = (mean(&day, &ours.responses, priority), mean(&day, &theirs, priority));
        print(&name, &options, our_mean, "s", their_mean);
    }
    eprintln!("{} reassigned, {} of {} served", ours.reassigned, ours.responses.len(), day.calls.len());
}

fn mean(day: &Day, responses: &BTreeMap<usize, i64>, priority: Priority) -> f64 {
    let of: Vec<i64> =
        responses.iter().filter(|(call, _)| day.calls[**call].priority == priority).map(|(_, s)| *s).collect();
    of.iter().sum::<i64>() as f64 / of.len().max(1) as f64
}

fn print(bench: &str, options: &Options, value: f64, unit: &str, peer: f64) {
    let n = options.technicians;
    println!(
        r#"{{"bench":"{bench}","n":{n},"visits":{},"value":{value:.0},"unit":"{unit}","peer":"nearest-free-first-come","peer_value":{peer:.0},"ratio":{:.2}}}"#,
        options.visits,
        peer / value
    );
}

struct Call {
    at_s: Timestamp,
    site: LatLng,
    priority: Priority,
    is_skilled: bool,
    work_s: i64,
}

/// The input both sides get.
struct Day {
    homes: Vec<LatLng>,
    calls: Vec<Call>,
    travel: Travel,
    region: RegionConfig,
    policy: Policy,
}

impl Day {
    fn new(options: &Options) -> Self {
        let mut random = Random(options.seed);
        let homes = (0..options.technicians).map(|_| random.place()).collect();
        let mut calls: Vec<Call> = (0..options.visits)
            .map(|index| Call {
                at_s: DAY_S + (random.unit() * (HOURS * 3_600) as f64) as i64,
                site: random.place(),
                priority: match index % 40 {
                    0 => Priority::Emergency,
                    n if n % 7 == 1 => Priority::Urgent,
                    _ => Priority::Routine,
                },
                is_skilled: random.unit() < 1.0 / 7.0,
                work_s: (WORK_S as f64 * (0.7 + 0.7 * random.unit())) as i64,
            })
            .collect();
        for call in &mut calls {
            call.at_s -= (call.at_s - DAY_S) % options.every_s;
        }
        calls.sort_by_key(|call| call.at_s);
        let region = RegionConfig::new("day", CENTER);
        Self { homes, calls, travel: Travel::new(&region), region, policy: options.policy.clone() }
    }

    fn has_skill(technician: usize) -> bool {
        technician.is_multiple_of(3)
    }

    fn road_m(&self, from: LatLng, to: LatLng) -> i64 {
        self.travel.road_m(self.travel.project(from), self.travel.project(to))
    }
}

/// Every call to the nearest idle technician who can, else to whom becomes idle first.
fn baseline(day: &Day) -> BTreeMap<usize, i64> {
    let mut idle: BTreeMap<usize, LatLng> = day.homes.iter().copied().enumerate().collect();
    let mut waiting: BTreeSet<(Reverse<Priority>, usize)> = BTreeSet::new();
    let mut busy: BinaryHeap<Reverse<(Timestamp, usize, usize)>> = BinaryHeap::new();
    let mut responses = BTreeMap::new();
    let mut calls = day.calls.iter().enumerate().peekable();
    loop {
        let next_call_s = calls.peek().map_or(i64::MAX, |(_, call)| call.at_s);
        let next_free_s = busy.peek().map_or(i64::MAX, |Reverse((at_s, ..))| *at_s);
        let now_s = next_call_s.min(next_free_s);
        if now_s == i64::MAX {
            return responses;
        }
        if next_call_s <= next_free_s {
            if let Some((index, call)) = calls.next() {
                waiting.insert((Reverse(call.priority), index));
            }
        } else if let Some(Reverse((_, technician, call))) = busy.pop() {
            idle.insert(technician, day.calls[call].site);
        }
        for (priority, index) in waiting.clone() {
            let call = &day.calls[index];
            let able = idle.iter().filter(|(technician, _)| !call.is_skilled || Day::has_skill(**technician));
            let nearest = able.map(|(technician, place)| (day.road_m(*place, call.site), *technician)).min();
            if let Some((road_m, technician)) = nearest {
                idle.remove(&technician);
                waiting.remove(&(priority, index));
                let start_s = day.travel.arrival(now_s, road_m);
                responses.insert(index, start_s - call.at_s);
                busy.push(Reverse((start_s + call.work_s, technician, index)));
            }
        }
    }
}

/// The planner's side: technicians do what the plan says.
struct Ours<'a> {
    day: &'a Day,
    dispatcher: Dispatcher,
    fleet: Fleet,
    /// Next thing of a technician: time, technician, visit.
    agenda: BinaryHeap<Reverse<(Timestamp, usize, usize)>>,
    responses: BTreeMap<usize, i64>,
    reassigned: u32,
    study_steps: u64,
}

/// Where everybody is: standing still, or on a straight way.
struct Fleet {
    now_s: Timestamp,
    ways: Vec<(LatLng, Timestamp, LatLng, Timestamp)>,
}

impl Positions for Fleet {
    fn position(&self, _: &str, number: u32) -> Option<LivePosition> {
        let (from, depart_s, to, arrive_s) = *self.ways.get(number as usize)?;
        let share = (self.now_s - depart_s) as f64 / (arrive_s - depart_s).max(1) as f64;
        let share = share.clamp(0.0, 1.0);
        let location = LatLng::new(
            from.lat_deg + (to.lat_deg - from.lat_deg) * share,
            from.lon_deg + (to.lon_deg - from.lon_deg) * share,
        );
        Some(LivePosition { location, event_time_ms: self.now_s * 1_000 })
    }
}

impl<'a> Ours<'a> {
    fn new(day: &'a Day, options: &Options) -> Self {
        let mut dispatcher = Dispatcher::new(day.region.clone(), day.policy.clone()).expect("a good region");
        let ways = day.homes.iter().map(|home| (*home, DAY_S, *home, DAY_S)).collect();
        let fleet = Fleet { now_s: DAY_S, ways };
        for (index, home) in day.homes.iter().enumerate() {
            let mut technician = Technician::new(format!("{index:05}"), *home);
            if Day::has_skill(index) {
                technician.skills = vec![SkillLevel { skill: "s".to_owned(), level: 3 }];
            }
            dispatcher.apply(Command::PutTechnician(technician), &fleet, DAY_S).expect("a good technician");
        }
        Self {
            day,
            dispatcher,
            fleet,
            agenda: BinaryHeap::new(),
            responses: BTreeMap::new(),
            reassigned: 0,
            study_steps: options.study_steps,
        }
    }

    fn run(mut self) -> Self {
        let mut next_call = 0;
        let mut next_tick_s = DAY_S;
        while self.responses.len() < self.day.calls.len() {
            let call_s = self.day.calls.get(next_call).map_or(i64::MAX, |call| call.at_s);
            let agenda_s = self.agenda.peek().map_or(i64::MAX, |Reverse((at_s, ..))| *at_s);
            self.fleet.now_s = call_s.min(agenda_s).min(next_tick_s);
            if self.fleet.now_s == agenda_s {
                self.live();
            } else if self.fleet.now_s == call_s {
                let last =
                    next_call + self.day.calls[next_call..].iter().take_while(|call| call.at_s == call_s).count();
                self.apply(Command::AddVisits((next_call..last).map(|call| self.visit(call)).collect()));
                next_call = last;
            } else {
                self.apply(Command::Tick { max_moves: 5 });
                self.study(next_tick_s);
                next_tick_s += TICK_S;
            }
            self.set_out();
        }
        self
    }

    fn visit(&self, index: usize) -> Visit {
        let call = &self.day.calls[index];
        let window = TimeWindow::new(call.at_s, call.at_s + 86_400);
        let mut visit = Visit::new(format!("{index:05}"), call.site, call.at_s, window);
        let target_s = if call.priority == Priority::Routine { 7_200 } else { 900 };
        visit.due_time_s = Some(call.at_s + target_s);
        visit.duration_s = WORK_S;
        visit.priority = call.priority;
        if call.is_skilled {
            visit.required_skills = vec![SkillLevel { skill: "s".to_owned(), level: 1 }];
        }
        visit
    }

    fn apply(&mut self, command: Command) {
        let now_s = self.fleet.now_s;
        self.dispatcher.apply(command, &self.fleet, now_s).expect("a legal command");
    }

    /// Improves the plan beyond single moves, once a minute.
    fn study(&mut self, tick_s: Timestamp) {
        if self.study_steps > 0 && (tick_s - DAY_S) % STUDY_EVERY_S == 0 {
            let seed = (tick_s - DAY_S) as u64;
            let mut study = self.dispatcher.study(seed, 8, &self.fleet, self.fleet.now_s);
            study.improve(seed, &mut Iterations(self.study_steps));
            self.apply(Command::AdoptOrders { orders: study.orders(), max_moves: 8 });
        }
    }

    fn report(&mut self, technician: usize, call: usize, event: VisitEvent) {
        let (visit_id, technician_id) = (format!("{call:05}"), format!("{technician:05}"));
        if event == VisitEvent::Complete {
            let visit = self.dispatcher.visits().find(|visit| visit.id == visit_id);
            self.reassigned += visit.map_or(0, |visit| visit.times.reassignment_count);
        }
        self.apply(Command::Progress { visit_id, technician_id, event });
    }

    /// The next thing on the agenda happens: an arrival with the start of work, or the end of work.
    fn live(&mut self) {
        let Some(Reverse((at_s, technician, call))) = self.agenda.pop() else { return };
        if let std::collections::btree_map::Entry::Vacant(entry) = self.responses.entry(call) {
            entry.insert(at_s - self.day.calls[call].at_s);
            self.report(technician, call, VisitEvent::Arrive);
            self.report(technician, call, VisitEvent::Start);
            self.agenda.push(Reverse((at_s + self.day.calls[call].work_s, technician, call)));
        } else {
            self.report(technician, call, VisitEvent::Complete);
        }
    }

    /// Everybody who is idle and has something to do sets out.
    fn set_out(&mut self) {
        let view = self.dispatcher.plan_view(&[]);
        for route in view.routes {
            let Some(first) = route.stops.first().filter(|stop| stop.state == VisitState::Planned) else { continue };
            let technician: usize = route.technician_id.parse().expect("a number");
            let call: usize = first.visit_id.parse().expect("a number");
            self.report(technician, call, VisitEvent::Depart);
            let here = self.fleet.position("", technician as u32).map_or(CENTER, |live| live.location);
            let site = self.day.calls[call].site;
            let arrive_s = self.day.travel.arrival(self.fleet.now_s, self.day.road_m(here, site));
            self.fleet.ways[technician] = (here, self.fleet.now_s, site, arrive_s);
            self.agenda.push(Reverse((arrive_s, technician, call)));
        }
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Within about 8 km of the centre.
    fn place(&mut self) -> LatLng {
        LatLng::new(CENTER.lat_deg + (self.unit() - 0.5) * 0.14, CENTER.lon_deg + (self.unit() - 0.5) * 0.18)
    }
}

struct Options {
    technicians: usize,
    visits: usize,
    seed: u64,
    /// Calls come in together every so many seconds.
    every_s: i64,
    policy: Policy,
    /// Steps of a study, 0 for none.
    study_steps: u64,
}

impl Options {
    fn parse() -> Self {
        let mut options =
            Self { technicians: 60, visits: 700, seed: 1, every_s: 1, policy: Policy::default(), study_steps: 300 };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut number = |present: u64| arguments.next().and_then(|n| n.parse().ok()).unwrap_or(present);
            match argument.as_str() {
                "--technicians" => options.technicians = number(60) as usize,
                "--visits" => options.visits = number(700) as usize,
                "--seed" => options.seed = number(1),
                "--every" => options.every_s = number(1) as i64,
                "--study" => options.study_steps = number(0),
                "--routine" => options.policy.response_milli_per_min.routine = number(0) as i64,
                "--urgent" => options.policy.response_milli_per_min.urgent = number(0) as i64,
                "--emergency" => options.policy.response_milli_per_min.emergency = number(0) as i64,
                "--move" => options.policy.move_milli = number(0) as i64,
                "--notice" => options.policy.move_without_notice_milli = number(0) as i64,
                "--freeze" => options.policy.freeze_horizon_s = number(0) as i64,
                "--over" => options.policy.over_qualification_milli_per_level = number(0) as i64,
                "--fairness" => options.policy.fairness_milli_per_visit = number(0) as i64,
                _ => {}
            }
        }
        options
    }
}
