//! Rates of the live planner on a city of fixed seed: one JSON object a line on stdout, progress on stderr.
//!
//! `cargo bench -p dispatch-core --bench plan -- [--n 1000,10000] [--rounds 400] [--only insert]`
//!
//! Every technician has six planned stops with windows of three hours, a shift, three of ten skills and a live position.
//! `insert` adds one urgent visit with a skill to the live plan through `Dispatcher::apply` and withdraws it again (not
//! timed); `recommend` ranks the best three with reasons; `disruption` makes one technician fall out, and brings
//! everything back by a restore (not timed); `match` assigns 10,000 visits with 20 candidates each, then one by one. Each figure is of whole calls, outcome included. Peers are measured elsewhere.

#![allow(
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::cast_possible_truncation,
    reason = "a benchmark of small numbers"
)]

use dispatch_core::live::{Command, Dispatcher, LivePosition, Positions, RecommendQuery, Snapshot};
use dispatch_core::model::{
    LatLng, Placement, Policy, Priority, RegionConfig, Shift, SkillLevel, Technician, TimeWindow, Timestamp, Visit,
    VisitState,
};
use dispatch_core::search::{Candidate, Matching};
use std::hint::black_box;
use std::time::Instant;

const SEED: u64 = 20_260_302;
const NOW_S: Timestamp = 1_772_438_400;
const CENTER: LatLng = LatLng::new(37.77, -122.42);
const STOPS: usize = 6;
const SKILLS: u64 = 10;
const HOUR_S: i64 = 3_600;

fn main() {
    let options = Options::parse();
    if options.wants("match") {
        matching("plenty", 30_000);
        matching("tight", 10_000);
    }
    for &n in &options.sizes {
        eprintln!("building a city of {n} technicians and {} visits", n * STOPS);
        let mut city = City::new(n);
        if options.wants("insert") {
            insert(&mut city, options.rounds);
        }
        if options.wants("recommend") {
            recommend(&mut city, options.rounds);
        }
        if options.wants("disruption") {
            disruption(&mut city, options.rounds.min(200));
        }
        if options.wants("tick") {
            tick(&mut city, options.rounds.min(50));
        }
        if options.wants("batch") {
            batch(&mut city);
        }
    }
}

fn insert(city: &mut City, rounds: usize) {
    let mut times_us = Vec::with_capacity(rounds);
    for round in 0..rounds {
        let visit = city.urgent_visit(&format!("new{round}"));
        let started = Instant::now();
        let outcome = city.apply(Command::AddVisits(vec![visit]));
        times_us.push(started.elapsed().as_secs_f64() * 1e6);
        assert!(outcome > 0, "an insertion changes something");
        city.apply(Command::CancelVisit { visit_id: format!("new{round}") });
    }
    print_quantiles("plan.insert", city.n, "us", &mut times_us);
}

fn recommend(city: &mut City, rounds: usize) {
    let mut times_us = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let mut query = RecommendQuery::new(city.random.place());
        query.required_skills = vec![city.random.skill()];
        let started = Instant::now();
        let answer = city.dispatcher.recommend(&query, &city.positions, NOW_S);
        times_us.push(started.elapsed().as_secs_f64() * 1e6);
        black_box(answer.expect("a good query"));
    }
    let total_s: f64 = times_us.iter().sum::<f64>() / 1e6;
    print_line("plan.recommend_per_s", city.n, rounds as f64 / total_s, "1/s");
    print_quantiles("plan.recommend", city.n, "us", &mut times_us);
}

fn disruption(city: &mut City, rounds: usize) {
    let mut times_ms = Vec::with_capacity(rounds);
    let fresh = city.dispatcher.clone();
    for _ in 0..rounds {
        let technician_id = format!("t{}", city.random.below(city.n as u64));
        let started = Instant::now();
        city.apply(Command::TechnicianOffline { technician_id });
        times_ms.push(started.elapsed().as_secs_f64() * 1e3);
        city.dispatcher.clone_from(&fresh);
    }
    print_quantiles("plan.disruption", city.n, "ms", &mut times_ms);
}

fn tick(city: &mut City, rounds: usize) {
    let mut times_ms = Vec::with_capacity(rounds);
    let fresh = city.dispatcher.clone();
    for _ in 0..rounds {
        let started = Instant::now();
        city.apply(Command::Tick { max_moves: 0 });
        times_ms.push(started.elapsed().as_secs_f64() * 1e3);
        city.dispatcher.clone_from(&fresh);
    }
    print_quantiles("plan.tick", city.n, "ms", &mut times_ms);
}

fn batch(city: &mut City) {
    let visits: Vec<_> = (0..1_000).map(|index| city.windowed_visit(&format!("batch{index}"))).collect();
    let started = Instant::now();
    city.apply(Command::AddVisits(visits));
    print_line("plan.batch1000_s", city.n, started.elapsed().as_secs_f64(), "s");
}

/// Matches 10,000 visits, 20 near technicians each, then lets one more visit come and one technician go, again and again.
fn matching(kind: &str, technicians: usize) {
    const VISITS: usize = 10_000;
    const CANDIDATES: usize = 20;
    const CHANGES: usize = 1_000;
    const LEFT_OUT_MILLI: i64 = 10_000_000;
    let mut random = Random(SEED);
    let rows: Vec<Vec<Candidate>> =
        (0..VISITS + CHANGES).map(|_| near_candidates(&mut random, technicians, CANDIDATES)).collect();
    let started = Instant::now();
    let (first, later) = rows.split_at(VISITS);
    let mut matching = Matching::of(technicians, first.iter().map(|row| (row.as_slice(), LEFT_OUT_MILLI)));
    let seconds = started.elapsed().as_secs_f64();
    print_line(&format!("plan.match_10000x20_s_{kind}"), technicians, seconds, "s");
    eprintln!("{kind}: {} left out", (0..VISITS).filter(|visit| matching.technician_of(*visit).is_none()).count());
    let mut add_us = Vec::new();
    let mut remove_us = Vec::new();
    for row in later {
        let started = Instant::now();
        matching.add(row, LEFT_OUT_MILLI);
        add_us.push(started.elapsed().as_secs_f64() * 1e6);
        let technician = random.below(technicians as u64) as u32;
        let started = Instant::now();
        matching.remove_technician(technician);
        remove_us.push(started.elapsed().as_secs_f64() * 1e6);
    }
    print_quantiles(&format!("plan.match_add_{kind}"), technicians, "us", &mut add_us);
    print_quantiles(&format!("plan.match_remove_{kind}"), technicians, "us", &mut remove_us);
}

/// Technicians on a square grid near a random place, priced by distance with some noise.
fn near_candidates(random: &mut Random, technicians: usize, count: usize) -> Vec<Candidate> {
    let side = (technicians as f64).sqrt() as i64;
    let (x, y) = (random.unit() * side as f64, random.unit() * side as f64);
    let mut near = Vec::new();
    for step_x in -2..=2 {
        for step_y in -2..=2 {
            let (column, line) = ((x as i64 + step_x).rem_euclid(side), (y as i64 + step_y).rem_euclid(side));
            let (dx, dy) = (x - (x as i64 + step_x) as f64, y - (y as i64 + step_y) as f64);
            let cost_milli = ((dx * dx + dy * dy).sqrt() * 1_000.0) as i64 + random.below(300) as i64;
            near.push(Candidate { technician: (column * side + line) as u32, cost_milli });
        }
    }
    near.sort_by_key(|candidate| candidate.cost_milli);
    near.truncate(count);
    near
}

/// A city with a live plan.
struct City {
    n: usize,
    dispatcher: Dispatcher,
    positions: Table,
    random: Random,
}

/// Positions by the dispatcher's own numbers, which follow the order of the snapshot.
struct Table(Vec<LivePosition>);

impl Positions for Table {
    fn position(&self, _technician_id: &str, technician_number: u32) -> Option<LivePosition> {
        self.0.get(technician_number as usize).copied()
    }
}

impl City {
    fn new(n: usize) -> Self {
        let mut random = Random(SEED);
        let mut snapshot = Snapshot::default();
        let mut positions = Vec::new();
        for index in 0..n {
            let home = random.place();
            snapshot.technicians.push(technician(index, home, &mut random));
            positions.push(LivePosition { location: home, event_time_ms: NOW_S * 1_000 });
            let mut place = home;
            for stop in 0..STOPS {
                place = random.near(place);
                snapshot.visits.push(planned_visit(index, stop, place));
            }
        }
        let mut dispatcher =
            Dispatcher::new(RegionConfig::new("bench", CENTER), Policy::default()).expect("a good region");
        let positions = Table(positions);
        dispatcher.restore(snapshot, &positions, NOW_S).expect("a good snapshot");
        let report = dispatcher.check_plan();
        assert!(report.violations.is_empty(), "{:?}", report.violations.first());
        Self { n, dispatcher, positions, random }
    }

    fn apply(&mut self, command: Command) -> usize {
        self.dispatcher.apply(command, &self.positions, NOW_S).expect("a good command").changes.len()
    }

    fn urgent_visit(&mut self, id: &str) -> Visit {
        let window = TimeWindow::new(NOW_S, NOW_S + 8 * HOUR_S);
        let mut visit = Visit::new(id, self.random.place(), NOW_S, window);
        visit.due_time_s = Some(NOW_S + HOUR_S);
        visit.duration_s = 1_800;
        visit.priority = Priority::Urgent;
        visit.required_skills = vec![self.random.skill()];
        visit
    }

    fn windowed_visit(&mut self, id: &str) -> Visit {
        let from_s = NOW_S + HOUR_S * (1 + self.random.below(6) as i64);
        let mut visit = Visit::new(id, self.random.place(), NOW_S, TimeWindow::new(from_s, from_s + 2 * HOUR_S));
        visit.duration_s = 1_800;
        visit.required_skills = vec![self.random.skill()];
        visit
    }
}

fn technician(index: usize, home: LatLng, random: &mut Random) -> Technician {
    let mut technician = Technician::new(format!("t{index}"), home);
    let shift = TimeWindow::new(NOW_S - HOUR_S, NOW_S + 9 * HOUR_S);
    technician.shifts = vec![Shift { window: shift, start_location: None, end_location: None, breaks: Vec::new() }];
    let first = random.below(SKILLS);
    technician.skills = (0..3)
        .map(|step| SkillLevel { skill: format!("s{}", (first + step) % SKILLS), level: 1 + random.below(5) as u8 })
        .collect();
    technician.rating_mean = 3.5 + random.below(150) as f64 / 100.0;
    technician.rating_count = random.below(200) as u32;
    technician.star_tier = random.below(6) as u8;
    technician
}

/// One of six visits an hour and a half apart, each with a window of three hours.
fn planned_visit(technician: usize, stop: usize, site: LatLng) -> Visit {
    let start_s = NOW_S + 900 + 5_000 * stop as i64;
    let mut visit =
        Visit::new(format!("v{technician}-{stop}"), site, NOW_S, TimeWindow::new(start_s, start_s + 3 * HOUR_S));
    visit.duration_s = 1_800;
    visit.state = VisitState::Planned;
    visit.placement = Some(Placement {
        technician_id: format!("t{technician}"),
        position: stop as u32,
        start_s,
        end_s: start_s + visit.duration_s,
        ..Placement::default()
    });
    visit
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Anywhere within about 15 km of the centre.
    fn place(&mut self) -> LatLng {
        LatLng::new(CENTER.lat_deg + (self.unit() - 0.5) * 0.27, CENTER.lon_deg + (self.unit() - 0.5) * 0.34)
    }

    /// Within about 3 km.
    fn near(&mut self, place: LatLng) -> LatLng {
        LatLng::new(place.lat_deg + (self.unit() - 0.5) * 0.05, place.lon_deg + (self.unit() - 0.5) * 0.06)
    }

    fn skill(&mut self) -> SkillLevel {
        SkillLevel { skill: format!("s{}", self.below(SKILLS)), level: 1 + self.below(2) as u8 }
    }
}

fn print_quantiles(bench: &str, n: usize, unit: &str, times: &mut [f64]) {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    print_line(&format!("{bench}_p50_{unit}"), n, at(0.50), unit);
    print_line(&format!("{bench}_p99_{unit}"), n, at(0.99), unit);
}

fn print_line(bench: &str, n: usize, value: f64, unit: &str) {
    println!(r#"{{"bench":"{bench}","n":{n},"value":{value:.3},"unit":"{unit}","where":"rust","peer":null}}"#);
}

struct Options {
    sizes: Vec<usize>,
    rounds: usize,
    only: Option<String>,
}

impl Options {
    fn parse() -> Self {
        let mut options = Self { sizes: vec![1_000, 10_000], rounds: 400, only: None };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--n" => {
                    let sizes = arguments.next().unwrap_or_default();
                    options.sizes = sizes.split(',').filter_map(|size| size.parse().ok()).collect();
                }
                "--rounds" => options.rounds = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(options.rounds),
                "--only" => options.only = arguments.next(),
                _ => {}
            }
        }
        options
    }

    fn wants(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| name.contains(only.as_str()))
    }
}
