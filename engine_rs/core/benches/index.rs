//! Rates of the live index on a clustered city of fixed seed: one JSON object a line on stdout, progress on stderr.
//!
//! `cargo bench -p dispatch-core --bench index -- [--n 10000,100000,1000000] [--seconds 0.5] [--only nearest10]`
//!
//! Peers are measured elsewhere, on the same points through Python (`make bench-index`); these lines are the rates inside
//! Rust, so their `peer` is null. Half of the technicians are available (`sel50`); a tenth of those have the skill that
//! `sel5` asks for too. Queries start at places strewn like the technicians themselves.

use std::hint::black_box;
use std::time::{Duration, Instant};

use dispatch_core::geo::fence::{Fence, FenceEvent, FenceShape, FenceWatch, SIGHTED};
use dispatch_core::geo::{
    Attributes, Availability, AvailabilitySet, Filter, Fix, FixOutcome, IngestLimits, LatLng, LiveIndex, Order, Search,
    SearchBuffer, SkillRequirement, TechnicianIndex, TravelProfile,
};

const SEED: u64 = 20_240_229;
const NOW_MS: i64 = 1_700_000_000_000;
const CLUSTERS: usize = 40;
const PLACES: usize = 1 << 16;
const BATCH: usize = 1_000;
const SEARCHES: u64 = 64;
const SPELL: Duration = Duration::from_micros(500);
const FENCES: usize = 100_000;
const STEP_DEG: f64 = 0.000_5;

fn main() {
    let options = Options::parse();
    for &n in &options.sizes {
        eprintln!("building a city of {n}");
        let mut city = City::new(n);
        for (name, run) in WORKS {
            if options.only.as_ref().is_none_or(|only| *name == only.as_str()) {
                let rate = measure(options.seconds, || run(&mut city));
                println!(
                    r#"{{"bench":"index.{name}","n":{n},"value":{rate:.0},"unit":"1/s","where":"rust","peer":null}}"#
                );
            }
        }
    }
}

/// A piece of work: its name, what it counts, and a run that says how many were done in which time.
type Work = (&'static str, fn(&mut City) -> (u64, Duration));

const WORKS: &[Work] = &[
    ("move_one", |city| city.move_one_by_one()),
    ("move_batch1000", City::move_batch),
    ("nearest10", |city| city.nearest(10, Wanted::Anybody)),
    ("nearest10_sel50", |city| city.nearest(10, Wanted::Half)),
    ("nearest10_sel5", |city| city.nearest(10, Wanted::Twentieth)),
    ("nearest10_eta", |city| city.nearest(10, Wanted::ByEta)),
    ("nearest10_soonest_free", |city| city.nearest(10, Wanted::BySoonestFree)),
    ("nearest50", |city| city.nearest(50, Wanted::Anybody)),
    ("mixed90", City::mix),
    ("move_batch1000_fences100k", City::move_batch_among_fences),
];

/// Operations a second: the 98th percentile of many short spells, because a neighbour on a shared machine can only make a spell
/// slower. Fixes are made off the clock.
fn measure(seconds: f64, mut run: impl FnMut() -> (u64, Duration)) -> f64 {
    // The first run may build what it needs.
    run();
    let start = Instant::now();
    let mut rates = Vec::new();
    while start.elapsed().as_secs_f64() < seconds {
        let (mut done, mut taken) = (0, Duration::ZERO);
        while taken < SPELL {
            let (count, time) = run();
            done += count;
            taken += time;
        }
        rates.push(done as f64 / taken.as_secs_f64());
    }
    rates.sort_by(f64::total_cmp);
    rates[rates.len() * 98 / 100]
}

struct Options {
    sizes: Vec<usize>,
    seconds: f64,
    only: Option<String>,
}

impl Options {
    fn parse() -> Self {
        let mut options = Self { sizes: vec![10_000, 100_000, 1_000_000], seconds: 0.6, only: None };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let value = |arguments: &mut dyn Iterator<Item = String>| arguments.next().unwrap_or_default();
            match argument.as_str() {
                "--n" => {
                    options.sizes = value(&mut arguments).split(',').filter_map(|n| n.parse().ok()).collect();
                }
                "--seconds" => options.seconds = value(&mut arguments).parse().unwrap_or(options.seconds),
                "--only" => options.only = Some(value(&mut arguments)),
                // Cargo passes `--bench` to every bench.
                _ => {}
            }
        }
        options
    }
}

/// SplitMix64: the same city everywhere.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.unit()).ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
    }
}

/// Where people are: four in five around one of the centres, the rest anywhere in 50 x 50 km.
struct Map {
    clusters: Vec<(LatLng, f64)>,
}

impl Map {
    fn new(dice: &mut Dice) -> Self {
        let clusters = (0..CLUSTERS).map(|_| (anywhere(dice), 0.002 + 0.018 * dice.unit())).collect();
        Self { clusters }
    }

    fn place(&self, dice: &mut Dice) -> LatLng {
        if dice.below(5) == 0 {
            return anywhere(dice);
        }
        let (centre, spread_deg) = self.clusters[dice.below(CLUSTERS)];
        LatLng::new(centre.lat_deg + dice.normal() * spread_deg, centre.lon_deg + dice.normal() * spread_deg)
    }
}

fn anywhere(dice: &mut Dice) -> LatLng {
    LatLng::new(37.5 + 0.45 * dice.unit(), -122.5 + 0.57 * dice.unit())
}

#[derive(Clone, Copy)]
enum Wanted {
    Anybody,
    Half,
    Twentieth,
    ByEta,
    BySoonestFree,
}

struct City {
    index: LiveIndex,
    places: Vec<LatLng>,
    origins: Vec<LatLng>,
    skill: SkillRequirement,
    dice: Dice,
    clock_ms: i64,
    next_origin: usize,
    fixes: Vec<Fix>,
    buffer: SearchBuffer,
    fences: FenceWatch,
    events: Vec<FenceEvent>,
}

impl City {
    fn new(n: usize) -> Self {
        let mut dice = Dice(SEED);
        let map = Map::new(&mut dice);
        let mut index = LiveIndex::new(IngestLimits::default());
        let skill = index.intern_skill("boiler").expect("there is room for one skill");
        let mut places = Vec::with_capacity(n);
        for number in 0..n {
            let draw = dice.below(20);
            let attributes = Attributes {
                skills: if draw == 0 || draw == 19 { [(skill, 2)].into_iter().collect() } else { Default::default() },
                availability: if draw < 10 { Availability::Available } else { Availability::Working },
                ..Attributes::default()
            };
            index.register(&format!("technician-{number}"), attributes).expect("there is room for a city");
            places.push(map.place(&mut dice));
        }
        let origins = (0..PLACES).map(|_| map.place(&mut dice)).collect();
        let skill = SkillRequirement { skill, min_level: 1 };
        let (fixes, buffer) = (Vec::new(), SearchBuffer::default());
        let (fences, events) = (FenceWatch::default(), Vec::new());
        let mut city = Self {
            index,
            places,
            origins,
            skill,
            dice,
            clock_ms: NOW_MS,
            next_origin: 0,
            fixes,
            buffer,
            fences,
            events,
        };
        for number in 0..n {
            city.fixes.push(fix(number, city.places[number], NOW_MS));
        }
        let counts = city.index.apply_fixes(&city.fixes, NOW_MS);
        assert_eq!(counts.applied, n as u64);
        city
    }

    /// Makes random technicians drive up to 50 m each way.
    fn drive(&mut self, count: usize) {
        self.clock_ms += 1_000;
        self.fixes.clear();
        for _ in 0..count {
            let number = self.dice.below(self.places.len());
            let place = &mut self.places[number];
            place.lat_deg += (self.dice.unit() - 0.5) * 2.0 * STEP_DEG;
            place.lon_deg += (self.dice.unit() - 0.5) * 2.0 * STEP_DEG;
            self.fixes.push(fix(number, *place, self.clock_ms));
        }
    }

    fn move_batch(&mut self) -> (u64, Duration) {
        self.drive(BATCH);
        let start = Instant::now();
        black_box(self.index.apply_fixes(&self.fixes, self.clock_ms));
        (BATCH as u64, start.elapsed())
    }

    fn move_one_by_one(&mut self) -> (u64, Duration) {
        self.drive(BATCH);
        let start = Instant::now();
        for fix in &self.fixes {
            black_box(self.index.apply_fix(fix, self.clock_ms));
        }
        (BATCH as u64, start.elapsed())
    }

    fn nearest(&mut self, limit: usize, wanted: Wanted) -> (u64, Duration) {
        let start = Instant::now();
        (0..SEARCHES).for_each(|_| self.search(limit, wanted));
        (SEARCHES, start.elapsed())
    }

    fn search(&mut self, limit: usize, wanted: Wanted) {
        self.next_origin = (self.next_origin + 1) % PLACES;
        let mut search = Search::nearest(self.origins[self.next_origin], limit, self.clock_ms);
        let available = AvailabilitySet::of(&[Availability::Available]);
        let skills = [self.skill];
        match wanted {
            Wanted::Anybody => {}
            Wanted::Half => search.filter = Filter { availability: available, ..Filter::default() },
            Wanted::Twentieth => {
                search.filter = Filter { availability: available, skills: &skills, ..Filter::default() };
            }
            Wanted::ByEta => search.order = Order::Eta(TravelProfile::default()),
            Wanted::BySoonestFree => search.order = Order::SoonestFree(TravelProfile::default()),
        }
        self.index.search(&search, &mut self.buffer).expect("the search is in range");
        black_box(self.buffer.hits());
    }

    /// As `move_batch`, with 100,000 fences of 50 m watched; compare the two for what fences cost.
    fn move_batch_among_fences(&mut self) -> (u64, Duration) {
        if self.fences.is_empty() {
            for number in 0..FENCES {
                let shape = FenceShape::Circle { centre: anywhere(&mut self.dice), radius_m: 50.0 };
                let fence = Fence { shape, exit_margin_m: 20.0, dwell_ms: None };
                self.fences.put(&number.to_string(), fence).expect("the fence is in range");
            }
            for (number, &place) in self.places.iter().enumerate() {
                self.fences.observe(&fix(number, place, self.clock_ms), &mut self.events);
            }
        }
        self.drive(BATCH);
        self.events.clear();
        let start = Instant::now();
        let mut applied = Vec::with_capacity(BATCH);
        self.index.apply_fixes_with(&self.fixes, self.clock_ms, |fix, outcome| {
            if outcome == FixOutcome::Applied {
                applied.push(*fix);
            }
        });
        let Self { fences, events, .. } = self;
        let group = |number: usize| applied.chunks(SIGHTED).nth(number).unwrap_or_default();
        let mut sight = fences.sight(group(0));
        for (number, some) in applied.chunks(SIGHTED).enumerate() {
            let next = fences.sight(group(number + 1));
            fences.warm_up(group(number + 2));
            for (at, fix) in some.iter().enumerate() {
                fences.observe_sighted(fix, &sight, at, events);
            }
            sight = next;
            fences.warm_lists(&sight);
        }
        (BATCH as u64, start.elapsed())
    }

    /// Nine moves, then a search, and so on.
    fn mix(&mut self) -> (u64, Duration) {
        self.drive(BATCH / 10 * 9);
        let fixes = std::mem::take(&mut self.fixes);
        let start = Instant::now();
        for nine in fixes.chunks(9) {
            for fix in nine {
                black_box(self.index.apply_fix(fix, self.clock_ms));
            }
            self.search(10, Wanted::Anybody);
        }
        let taken = start.elapsed();
        self.fixes = fixes;
        (BATCH as u64, taken)
    }
}

fn fix(number: usize, place: LatLng, event_time_ms: i64) -> Fix {
    let technician = TechnicianIndex(u32::try_from(number).expect("a city has fewer than 2^32 technicians"));
    Fix { technician, place, event_time_ms, accuracy_m: 5.0, heading_deg: f32::NAN, speed_mps: 8.0 }
}
