//! Every answer of the live index equals a look at everybody, whatever the layout, the moves made and the filter.

#![allow(clippy::unwrap_used)]

use dispatch_core::geo::{
    Attributes, Availability, AvailabilitySet, Certificate, CertificateIndex, Chord2, Commitment, Filter, Fix,
    FixOutcome, IngestLimits, LatLng, LiveIndex, Order, PartnerIndex, Point, Polygon, Search, SearchBuffer, SkillIndex,
    SkillRequirement, SkillSet, TechnicianIndex, TravelMode, TravelProfile,
};
use proptest::prelude::*;

const NOW_MS: i64 = 1_700_000_000_000;
const SKILLS: u32 = 60;
const PARTNERS: u32 = 11;
const CERTIFICATES: u32 = 5;

/// A small deterministic generator (SplitMix64), so that one seed tells a whole day.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    fn below(&mut self, bound: u32) -> u32 {
        (self.next() % u64::from(bound)) as u32
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    fn one_in(&mut self, n: u32) -> bool {
        self.below(n) == 0
    }
}

/// How places are strewn.
#[derive(Clone, Copy, Debug)]
enum Layout {
    City,
    Crowd,
    OnePoint,
    Lattice,
    Antimeridian,
    NorthPole,
    SouthPole,
    CubeEdge,
    CubeCorner,
    Globe,
    TwoCities,
}

const LAYOUTS: [Layout; 11] = [
    Layout::City,
    Layout::Crowd,
    Layout::OnePoint,
    Layout::Lattice,
    Layout::Antimeridian,
    Layout::NorthPole,
    Layout::SouthPole,
    Layout::CubeEdge,
    Layout::CubeCorner,
    Layout::Globe,
    Layout::TwoCities,
];

impl Layout {
    fn place(self, dice: &mut Dice) -> LatLng {
        match self {
            Self::City => {
                let spread = [0.002, 0.01, 0.1][dice.below(3) as usize];
                around(dice, 37.77, -122.42, spread)
            }
            Self::Crowd => {
                let spread = if dice.one_in(10) { 0.2 } else { 0.0003 };
                around(dice, 31.23, 121.47, spread)
            }
            Self::OnePoint => LatLng::new(48.2, 16.37),
            Self::Lattice => {
                LatLng::new(10.0 + f64::from(dice.below(40)) * 0.01, 20.0 + f64::from(dice.below(40)) * 0.01)
            }
            Self::Antimeridian => around(dice, -17.0, 180.0, 0.05),
            Self::NorthPole => LatLng::new(90.0 - dice.unit() * dice.unit() * 0.1, dice.between(-180.0, 180.0)),
            Self::SouthPole => LatLng::new(-90.0 + dice.unit() * 3.0, dice.between(-180.0, 180.0)),
            Self::CubeEdge => around(dice, 34.0, 135.0, 0.03),
            Self::CubeCorner => around(dice, 35.264_389_682_754_654, -45.0, 0.02),
            Self::Globe => LatLng::new(dice.between(-1.0, 1.0).asin().to_degrees(), dice.between(-180.0, 180.0)),
            Self::TwoCities => {
                let (lat, lon) = if dice.one_in(2) { (52.5, 13.4) } else { (48.1, 11.6) };
                around(dice, lat, lon, 0.05)
            }
        }
    }
}

fn around(dice: &mut Dice, lat_deg: f64, lon_deg: f64, spread_deg: f64) -> LatLng {
    let lon_deg = lon_deg + dice.between(-spread_deg, spread_deg);
    let wrapped = if lon_deg > 180.0 { lon_deg - 360.0 } else { lon_deg };
    LatLng::new(lat_deg + dice.between(-spread_deg, spread_deg), wrapped)
}

fn attributes(dice: &mut Dice, layout: Layout) -> Attributes {
    let skills: SkillSet =
        (0..dice.below(6)).map(|_| (SkillIndex(dice.below(SKILLS) as u8), 1 + dice.below(4) as u8)).collect();
    let certificates = (0..dice.below(3))
        .map(|_| Certificate {
            kind: CertificateIndex(dice.below(CERTIFICATES) as u16),
            valid_from_ms: NOW_MS - i64::from(dice.below(1000)),
            valid_until_ms: NOW_MS + i64::from(dice.below(1000)),
        })
        .collect();
    Attributes {
        skills,
        certificates,
        partner: (!dice.one_in(3)).then(|| PartnerIndex(dice.below(PARTNERS))),
        availability: Availability::ALL[dice.below(5) as usize],
        mode: TravelMode::ALL[dice.below(4) as usize],
        commitment: commitment(dice, layout),
    }
}

fn commitment(dice: &mut Dice, layout: Layout) -> Option<Commitment> {
    let free_at_ms = NOW_MS - 100_000 + i64::from(dice.below(2_000_000));
    dice.one_in(2).then(|| Commitment { free_at_ms, place: layout.place(dice) })
}

/// The plain model: everybody in a list.
struct World {
    index: LiveIndex,
    attributes: Vec<Option<Attributes>>,
    positions: Vec<Option<(LatLng, i64)>>,
}

impl World {
    fn new(dice: &mut Dice, layout: Layout, population: u32) -> Self {
        let limits = IngestLimits { max_speed_mps: f64::INFINITY, ..IngestLimits::default() };
        let mut world = Self { index: LiveIndex::new(limits), attributes: Vec::new(), positions: Vec::new() };
        (0..SKILLS).for_each(|n| assert_eq!(world.index.intern_skill(&format!("s{n}")).unwrap().0, n as u8));
        (0..PARTNERS).for_each(|n| assert_eq!(world.index.intern_partner(&format!("p{n}")).unwrap().0, n));
        (0..CERTIFICATES)
            .for_each(|n| assert_eq!(world.index.intern_certificate(&format!("c{n}")).unwrap().0, n as u16));
        for n in 0..population {
            let attributes = attributes(dice, layout);
            let technician = world.index.register(&format!("t{n}"), attributes.clone()).unwrap();
            assert_eq!(technician, TechnicianIndex(n));
            world.attributes.push(Some(attributes));
            world.positions.push(None);
            if !dice.one_in(20) {
                world.report(dice, layout, n);
            }
        }
        world
    }

    /// A random change of any kind.
    fn stir(&mut self, dice: &mut Dice, layout: Layout) {
        let n = dice.below(self.attributes.len() as u32);
        let technician = TechnicianIndex(n);
        let is_registered = self.attributes[n as usize].is_some();
        assert_eq!(self.index.is_registered(technician), is_registered);
        match dice.below(40) {
            0 => {
                assert_eq!(self.index.remove(technician), is_registered);
                (self.attributes[n as usize], self.positions[n as usize]) = (None, None);
            }
            1 | 2 => {
                let attributes = attributes(dice, layout);
                assert_eq!(self.index.register(&format!("t{n}"), attributes.clone()).unwrap(), technician);
                self.attributes[n as usize] = Some(attributes);
            }
            3 => {
                let value = Availability::ALL[dice.below(5) as usize];
                assert_eq!(self.index.set_availability(technician, value).is_ok(), is_registered);
                self.attributes[n as usize].iter_mut().for_each(|attributes| attributes.availability = value);
            }
            4 => {
                let value = commitment(dice, layout);
                assert_eq!(self.index.set_commitment(technician, value).is_ok(), is_registered);
                self.attributes[n as usize].iter_mut().for_each(|attributes| attributes.commitment = value);
            }
            _ => self.report(dice, layout, n),
        }
    }

    fn report(&mut self, dice: &mut Dice, layout: Layout, n: u32) {
        let place = match self.positions[n as usize] {
            Some((held, _)) if dice.one_in(2) => nudge(dice, held),
            _ => layout.place(dice),
        };
        let event_time_ms = NOW_MS - i64::from(dice.below(60_000));
        let fix = Fix {
            technician: TechnicianIndex(n),
            place,
            event_time_ms,
            accuracy_m: 5.0,
            heading_deg: f32::NAN,
            speed_mps: f32::NAN,
        };
        let is_registered = self.attributes[n as usize].is_some();
        let slot = &mut self.positions[n as usize];
        let expected = match slot {
            _ if !is_registered => FixOutcome::UnknownTechnician,
            Some((_, held_ms)) if event_time_ms == *held_ms => FixOutcome::Duplicate,
            Some((_, held_ms)) if event_time_ms < *held_ms => FixOutcome::Older,
            _ => FixOutcome::Applied,
        };
        if expected == FixOutcome::Applied {
            *slot = Some((place, event_time_ms));
        }
        assert_eq!(self.index.apply_fix(&fix, NOW_MS), expected);
    }

    /// Whether a technician counts, by the plain meaning of the filter.
    fn counts(&self, n: usize, filter: &Filter<'_>) -> bool {
        let (Some(attributes), Some((place, time_ms))) = (&self.attributes[n], self.positions[n]) else { return false };
        filter.skills.iter().all(|need| attributes.skills.level(need.skill) >= need.min_level.max(1))
            && filter.certificates.iter().all(|&kind| attributes.is_certified(kind, filter.certified_at_ms))
            && filter.availability.contains(attributes.availability)
            && filter.max_staleness_ms.is_none_or(|staleness_ms| NOW_MS - time_ms <= staleness_ms)
            && filter.partners.is_none_or(|partners| partners.contains(&attributes.partner))
            && filter.region.is_none_or(|region| region.contains(place))
            && !filter.exclude.contains(&TechnicianIndex(n as u32))
    }

    /// The answer by looking at everybody: technician, squared chord and key.
    fn brute_force(&self, search: &Search<'_>) -> Vec<(TechnicianIndex, Chord2, f64)> {
        let origin = Point::from_lat_lng(search.origin);
        let mut all = Vec::new();
        for n in (0..self.attributes.len()).filter(|&n| self.counts(n, &search.filter)) {
            let (Some(attributes), Some((place, _))) = (&self.attributes[n], self.positions[n]) else { continue };
            let commitment = attributes.commitment.filter(|_| matches!(search.order, Order::SoonestFree(_)));
            let from = commitment.map_or(place, |commitment| commitment.place);
            let chord2 = origin.chord2(Point::from_lat_lng(from));
            if search.max_distance_m.is_some_and(|distance_m| chord2 > Chord2::from_arc_m(distance_m)) {
                continue;
            }
            let wait_ms = commitment.map_or(0, |commitment| (commitment.free_at_ms - NOW_MS).max(0));
            let key = match search.order {
                Order::Distance => 0.0,
                Order::Eta(profile) | Order::SoonestFree(profile) => {
                    wait_ms as f64 + profile.travel_ms(chord2.arc_m(), attributes.mode as usize)
                }
            };
            all.push((TechnicianIndex(n as u32), chord2, key));
        }
        if search.order == Order::Distance {
            all.sort_by(|a, b| a.1.partial_cmp(&b.1).unwrap().then(a.0.cmp(&b.0)));
        } else {
            all.sort_by(|a, b| a.2.total_cmp(&b.2).then(a.0.cmp(&b.0)));
        }
        all.truncate(search.limit);
        all
    }

    fn check(&self, search: &Search<'_>, buffer: &mut SearchBuffer) {
        self.index.search(search, buffer).unwrap();
        let got: Vec<_> = buffer.hits().iter().map(|hit| (hit.technician, hit.distance_m, hit.arrival_ms)).collect();
        let want: Vec<_> = self
            .brute_force(search)
            .into_iter()
            .map(|(technician, chord2, key)| (technician, chord2.arc_m(), NOW_MS + key.ceil() as i64))
            .collect();
        assert_eq!(got, want, "{search:?}");
    }
}

fn nudge(dice: &mut Dice, place: LatLng) -> LatLng {
    let lat_deg = (place.lat_deg + dice.between(-0.0005, 0.0005)).clamp(-90.0, 90.0);
    LatLng::new(lat_deg, (place.lon_deg + dice.between(-0.0005, 0.0005)).clamp(-180.0, 180.0))
}

/// The parts a filter borrows from.
struct Wish {
    skills: Vec<SkillRequirement>,
    certificates: Vec<CertificateIndex>,
    partners: Option<Vec<Option<PartnerIndex>>>,
    exclude: Vec<TechnicianIndex>,
    region: Option<Polygon>,
    availability: AvailabilitySet,
    max_staleness_ms: Option<i64>,
}

impl Wish {
    fn any(dice: &mut Dice, layout: Layout, population: u32) -> Self {
        let need = |dice: &mut Dice| SkillRequirement {
            skill: SkillIndex(dice.below(SKILLS) as u8),
            min_level: dice.below(4) as u8,
        };
        let states: Vec<_> = Availability::ALL.into_iter().filter(|_| !dice.one_in(3)).collect();
        let partner = |dice: &mut Dice| (!dice.one_in(4)).then(|| PartnerIndex(dice.below(PARTNERS)));
        Self {
            skills: if dice.one_in(3) { vec![need(dice)] } else { Vec::new() },
            certificates: if dice.one_in(5) {
                vec![CertificateIndex(dice.below(CERTIFICATES) as u16)]
            } else {
                Vec::new()
            },
            partners: dice.one_in(3).then(|| (0..dice.below(4)).map(|_| partner(dice)).collect()),
            exclude: (0..dice.below(8)).map(|_| TechnicianIndex(dice.below(population))).collect(),
            region: if dice.one_in(4) { region(dice, layout) } else { None },
            availability: if dice.one_in(2) { AvailabilitySet::of(&states) } else { AvailabilitySet::ANY },
            max_staleness_ms: dice.one_in(2).then(|| i64::from(dice.below(60_000))),
        }
    }

    fn filter(&self) -> Filter<'_> {
        Filter {
            skills: &self.skills,
            certificates: &self.certificates,
            certified_at_ms: NOW_MS + 100,
            availability: self.availability,
            max_staleness_ms: self.max_staleness_ms,
            partners: self.partners.as_deref(),
            region: self.region.as_ref(),
            exclude: &self.exclude,
        }
    }
}

/// A square with a hole around some place, if that makes a valid area there.
fn region(dice: &mut Dice, layout: Layout) -> Option<Polygon> {
    let (centre, half_deg) = (layout.place(dice), dice.between(0.0001, 0.1));
    let square = |half_deg: f64| -> Vec<LatLng> {
        [(-1.0, -1.0), (-1.0, 1.0), (1.0, 1.0), (1.0, -1.0)]
            .map(|(dlat, dlon)| {
                let lon_deg = centre.lon_deg + dlon * half_deg;
                let wrapped = if lon_deg.abs() > 180.0 { lon_deg - 360.0 * lon_deg.signum() } else { lon_deg };
                LatLng::new(centre.lat_deg + dlat * half_deg, wrapped)
            })
            .to_vec()
    };
    Polygon::new(&square(half_deg), &[square(half_deg / 3.0)]).ok()
}

fn order(dice: &mut Dice) -> Order {
    let profile = TravelProfile { speed_mps: [9.0, 11.0, 4.0, 1.5], detour_factor: 1.3 };
    match dice.below(4) {
        0 => Order::Eta(profile),
        1 => Order::SoonestFree(profile),
        _ => Order::Distance,
    }
}

fn any_layout() -> impl Strategy<Value = Layout> {
    proptest::sample::select(&LAYOUTS[..])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn searches_equal_a_look_at_everybody(
        seed in any::<u64>(),
        layout in any_layout(),
        population in prop_oneof![1u32..40, 40u32..400, 400u32..3000],
        limit in prop_oneof![1usize..30, 100usize..400],
    ) {
        let mut dice = Dice(seed);
        let mut world = World::new(&mut dice, layout, population);
        let mut buffer = SearchBuffer::default();
        for _ in 0..8 {
            (0..population / 2).for_each(|_| world.stir(&mut dice, layout));
            let wish = Wish::any(&mut dice, layout, population);
            let origin = if dice.one_in(8) { Layout::Globe.place(&mut dice) } else { layout.place(&mut dice) };
            let max_distance_m = dice.one_in(3).then(|| dice.between(0.0, 5_000.0));
            let order = order(&mut dice);
            let mut search =
                Search { origin, limit, max_distance_m, order, now_ms: NOW_MS, filter: wish.filter() };
            world.check(&search, &mut buffer);
            search.filter = Filter::default();
            world.check(&search, &mut buffer);
        }
        let held = world.positions.iter().flatten().count();
        prop_assert_eq!(world.index.positioned(), held);
    }

    #[test]
    fn expiry_takes_exactly_the_old(seed in any::<u64>(), population in 1u32..300) {
        let mut dice = Dice(seed);
        let mut world = World::new(&mut dice, Layout::City, population);
        let mut before_ms = NOW_MS - 60_000;
        while before_ms < NOW_MS {
            before_ms += 1 + i64::from(dice.below(5_000));
            (0..population / 4).for_each(|_| world.report_fresh(&mut dice, before_ms));
            let mut expired = Vec::new();
            world.index.expire(before_ms, &mut expired);
            let mut want: Vec<_> = (0..population)
                .filter_map(|n| world.positions[n as usize].map(|(_, time_ms)| (time_ms, TechnicianIndex(n))))
                .filter(|&(time_ms, _)| time_ms < before_ms)
                .collect();
            want.sort();
            prop_assert_eq!(&expired, &want.iter().map(|&(_, technician)| technician).collect::<Vec<_>>());
            expired.iter().for_each(|technician| world.positions[technician.0 as usize] = None);
            prop_assert_eq!(world.index.positioned(), world.positions.iter().flatten().count());
        }
    }

    #[test]
    fn the_last_event_time_wins_in_any_order_of_arrival(mut times in proptest::collection::vec(0i64..50, 1..40)) {
        let mut index = LiveIndex::new(IngestLimits { max_speed_mps: f64::INFINITY, ..IngestLimits::default() });
        let technician = index.register("t", Attributes::default()).unwrap();
        let fixes: Vec<_> = times.iter().map(|&time_ms| fix_at(technician, time_ms)).collect();
        let counts = index.apply_fixes(&fixes, 1_000);
        prop_assert_eq!(counts.total(), fixes.len() as u64);
        times.sort_unstable();
        let newest_ms = times[times.len() - 1];
        let held = index.position(technician).unwrap();
        prop_assert_eq!(held.event_time_ms, newest_ms);
        prop_assert_eq!(held.place, fix_at(technician, newest_ms).place);
    }
}

fn fix_at(technician: TechnicianIndex, time_ms: i64) -> Fix {
    let place = LatLng::new(time_ms as f64, -(time_ms as f64));
    Fix { technician, place, event_time_ms: time_ms, accuracy_m: 1.0, heading_deg: 0.0, speed_mps: 0.0 }
}

impl World {
    /// A fix observed around `near_ms`, newer than what is held or not.
    fn report_fresh(&mut self, dice: &mut Dice, near_ms: i64) {
        let n = dice.below(self.attributes.len() as u32) as usize;
        let event_time_ms = near_ms + i64::from(dice.below(8_000)) - 2_000;
        let fix = Fix { event_time_ms, place: Layout::City.place(dice), ..fix_at(TechnicianIndex(n as u32), 0) };
        if self.index.apply_fix(&fix, NOW_MS) == FixOutcome::Applied {
            assert!(self.positions[n].is_none_or(|(_, held_ms)| held_ms < event_time_ms));
            self.positions[n] = Some((fix.place, event_time_ms));
        }
    }
}

#[test]
fn a_million_identical_places_are_searched_by_number() {
    let mut index = LiveIndex::default();
    let place = LatLng::new(1.0, 2.0);
    for n in 0..1_000_000 {
        let technician = index.register(&n.to_string(), Attributes::default()).unwrap();
        let fix = Fix { technician, place, ..fix_at(technician, 5) };
        assert_eq!(index.apply_fix(&fix, 10), FixOutcome::Applied);
    }
    let mut buffer = SearchBuffer::default();
    index.search(&Search::nearest(place, 10, 10), &mut buffer).unwrap();
    let found: Vec<_> = buffer.hits().iter().map(|hit| (hit.technician.0, hit.distance_m)).collect();
    assert_eq!(found, (0..10).map(|n| (n, 0.0)).collect::<Vec<_>>());
}
