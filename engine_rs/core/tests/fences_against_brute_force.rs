//! Fence events equal those of a plain model that tries every fence at every fix, and the rules hold one by one.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use dispatch_core::geo::fence::{Fence, FenceEvent, FenceEventKind, FenceIndex, FenceLimits, FenceShape, FenceWatch};
use dispatch_core::geo::{Fix, LatLng, Polygon, TechnicianIndex};
use proptest::prelude::*;

/// A metre in degrees of latitude.
const METRE_DEG: f64 = 1.0 / 111_195.08;

fn fix(technician: u32, lat_deg: f64, lon_deg: f64, event_time_ms: i64, accuracy_m: f32) -> Fix {
    let technician = TechnicianIndex(technician);
    let place = LatLng::new(lat_deg, lon_deg);
    Fix { technician, place, event_time_ms, accuracy_m, heading_deg: f32::NAN, speed_mps: f32::NAN }
}

fn circle(lat_deg: f64, lon_deg: f64, radius_m: f64) -> Fence {
    let shape = FenceShape::Circle { centre: LatLng::new(lat_deg, lon_deg), radius_m };
    Fence { shape, exit_margin_m: 20.0, dwell_ms: Some(60_000) }
}

fn square(lat_deg: f64, lon_deg: f64, half_deg: f64) -> Fence {
    let ring = |half_deg: f64| -> Vec<LatLng> {
        [(-1.0, -1.0), (-1.0, 1.0), (1.0, 1.0), (1.0, -1.0)]
            .map(|(y, x)| LatLng::new(lat_deg + y * half_deg, lon_deg + x * half_deg))
            .to_vec()
    };
    let area = Polygon::new(&ring(half_deg), &[ring(half_deg / 4.0)]).unwrap();
    Fence { shape: FenceShape::Area(area), exit_margin_m: 0.0, dwell_ms: None }
}

/// The rules as they are written in the documentation, without any index.
#[derive(Default)]
struct Model {
    last: BTreeMap<u32, Fix>,
    stays: BTreeMap<(u32, usize), (i64, bool)>,
    sequences: BTreeMap<u32, u64>,
}

impl Model {
    fn observe(&mut self, fences: &[Fence], limits: FenceLimits, fix: &Fix) -> Vec<FenceEvent> {
        let id = fix.technician.0;
        let last = self.last.get(&id).copied();
        if last.is_some_and(|last| last.event_time_ms >= fix.event_time_ms) {
            return Vec::new();
        }
        let mut found = Vec::new();
        for (number, fence) in fences.iter().enumerate() {
            let distance_m = fence.shape.signed_distance_m(fix.place);
            let accuracy_m = f64::from(fix.accuracy_m).min(limits.max_accuracy_m);
            let is_accurate = f64::from(fix.accuracy_m) <= limits.max_accuracy_m;
            let at_ms = fix.event_time_ms;
            if let Some((since_ms, has_dwelt)) = self.stays.get_mut(&(id, number)) {
                let end_ms = fence.dwell_ms.map(|dwell_ms| *since_ms + dwell_ms);
                if distance_m > fence.exit_margin_m + accuracy_m {
                    self.stays.remove(&(id, number));
                    found.push((at_ms, number, FenceEventKind::Exit));
                } else if let Some(end_ms) = end_ms.filter(|&end_ms| end_ms <= at_ms && !*has_dwelt) {
                    *has_dwelt = true;
                    found.push((end_ms, number, FenceEventKind::Dwell));
                }
            } else if distance_m <= 0.0 && is_accurate {
                self.stays.insert((id, number), (at_ms, false));
                found.push((at_ms, number, FenceEventKind::Enter));
            } else if let Some(last) =
                last.filter(|last| is_accurate && at_ms - last.event_time_ms <= limits.max_path_ms)
                && distance_m > 0.0
                && last.place.distance_m(fix.place) <= 20_000.0
                && let Some((first, end)) = fence.shape.passage(last.place, fix.place)
            {
                let moment = |share: f64| last.event_time_ms + (share * (at_ms - last.event_time_ms) as f64) as i64;
                found.push((moment(first), number, FenceEventKind::Enter));
                found.push((moment(end), number, FenceEventKind::Exit));
            }
        }
        self.last.insert(id, *fix);
        found.sort_unstable();
        let sequence = self.sequences.entry(id).or_default();
        let number = |sequence: &mut u64| {
            *sequence += 1;
            *sequence
        };
        found
            .into_iter()
            .map(|(at_ms, fence, kind)| FenceEvent {
                technician: fix.technician,
                sequence: number(sequence),
                fence: FenceIndex(u32::try_from(fence).unwrap()),
                kind,
                at_ms,
            })
            .collect()
    }
}

fn any_fence() -> impl Strategy<Value = Fence> {
    let place = (-0.05..0.05, -0.05..0.05);
    prop_oneof![
        (place.clone(), prop_oneof![5.0..100.0, 100.0..3_000.0, 3_000.0..60_000.0], 0.0..50.0, any::<bool>()).prop_map(
            |((lat, lon), radius_m, exit_margin_m, has_dwell)| {
                let fence = circle(48.0 + lat, 11.0 + lon, radius_m);
                Fence { exit_margin_m, dwell_ms: has_dwell.then_some(30_000), ..fence }
            }
        ),
        (place, 0.0005..0.05).prop_map(|((lat, lon), half_deg)| square(48.0 + lat, 11.0 + lon, half_deg)),
    ]
}

/// A step of a technician: mostly a few metres or a short drive, sometimes a leap, with some time and accuracy.
fn any_step() -> impl Strategy<Value = (u32, f64, f64, i64, f32)> {
    let way = prop_oneof![4 => -0.0002..0.0002, 4 => -0.0015..0.0015, 1 => -0.05..0.05];
    (0u32..4, way.clone(), way, prop_oneof![5 => 1i64..30_000, 1 => 100_000i64..200_000], 0.0f32..150.0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, ..ProptestConfig::default() })]

    #[test]
    fn events_equal_those_of_a_try_at_every_fence(
        fences in proptest::collection::vec(any_fence(), 0..60),
        first in 0usize..60,
        steps in proptest::collection::vec((any_step(), 0usize..3), 1..150),
    ) {
        let limits = FenceLimits::default();
        let mut watch = FenceWatch::new(limits);
        let mut put = 0;
        let mut model = Model::default();
        let mut at = [(48.0, 11.0, 1_000_000i64); 4];
        for ((technician, lat, lon, wait_ms, accuracy_m), more) in steps {
            // Some fences are there from the start, the others come on the way.
            let wanted = (put + more).max(first).min(fences.len());
            for (number, fence) in fences.iter().enumerate().take(wanted).skip(put) {
                prop_assert_eq!(watch.put(&number.to_string(), fence.clone()).unwrap().0 as usize, number);
            }
            put = wanted;
            let (lat_deg, lon_deg, time_ms) = &mut at[technician as usize];
            (*lat_deg, *lon_deg, *time_ms) = (*lat_deg + lat, *lon_deg + lon, *time_ms + wait_ms);
            let fix = fix(technician, *lat_deg, *lon_deg, *time_ms, accuracy_m);
            let mut events = Vec::new();
            watch.observe(&fix, &mut events);
            prop_assert_eq!(events, model.observe(&fences[..put], limits, &fix));
        }
    }
}

fn kinds(events: &[FenceEvent]) -> Vec<(FenceEventKind, i64)> {
    events.iter().map(|event| (event.kind, event.at_ms)).collect()
}

/// A watch with one circle of 100 m at (10, 20), and what a run of fixes (metres north of it, time, accuracy) makes happen.
fn events_of(fixes: &[(f64, i64, f32)]) -> Vec<FenceEvent> {
    let mut watch = FenceWatch::default();
    watch.put("site", circle(10.0, 20.0, 100.0)).unwrap();
    let mut events = Vec::new();
    for &(north_m, time_ms, accuracy_m) in fixes {
        watch.observe(&fix(0, 10.0 + north_m * METRE_DEG, 20.0, time_ms, accuracy_m), &mut events);
    }
    events
}

#[test]
fn a_technician_at_the_boundary_does_not_flap() {
    let fixes =
        [(300.0, 0, 5.0), (99.0, 10, 5.0), (102.0, 20, 5.0), (98.0, 30, 5.0), (120.0, 40, 5.0), (126.0, 50, 5.0)];
    assert_eq!(kinds(&events_of(&fixes)), [(FenceEventKind::Enter, 10), (FenceEventKind::Exit, 50)]);
}

#[test]
fn a_vague_fix_neither_enters_nor_leaves() {
    let fixes = [(50.0, 0, 500.0), (50.0, 10, 5.0), (180.0, 20, 80.0), (180.0, 30, 50.0)];
    assert_eq!(kinds(&events_of(&fixes)), [(FenceEventKind::Enter, 10), (FenceEventKind::Exit, 30)]);
}

#[test]
fn nobody_jumps_through_a_fence() {
    let events = events_of(&[(-1_000.0, 0, 5.0), (1_000.0, 20_000, 5.0)]);
    assert_eq!(kinds(&events), [(FenceEventKind::Enter, 9_000), (FenceEventKind::Exit, 11_000)]);
    assert_eq!(events.iter().map(|event| event.sequence).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn a_long_silence_is_not_taken_for_a_path() {
    assert!(events_of(&[(-1_000.0, 0, 5.0), (1_000.0, 600_000, 5.0)]).is_empty());
}

#[test]
fn an_older_fix_changes_nothing() {
    assert_eq!(kinds(&events_of(&[(300.0, 100, 5.0), (0.0, 50, 5.0)])), []);
}

#[test]
fn a_stay_is_told_once_by_fix_or_by_clock() {
    let by_fix = events_of(&[(0.0, 0, 5.0), (1.0, 59_999, 5.0), (2.0, 60_001, 5.0), (0.0, 70_000, 5.0)]);
    assert_eq!(kinds(&by_fix), [(FenceEventKind::Enter, 0), (FenceEventKind::Dwell, 60_000)]);

    let mut watch = FenceWatch::default();
    let site = watch.put("site", circle(10.0, 20.0, 100.0)).unwrap();
    let mut events = Vec::new();
    watch.observe(&fix(0, 10.0, 20.0, 0, 5.0), &mut events);
    for now_ms in [59_999, 60_000, 90_000] {
        watch.advance(now_ms, &mut events);
    }
    watch.observe(&fix(0, 10.0, 20.0, 100_000, 5.0), &mut events);
    assert_eq!(kinds(&events), [(FenceEventKind::Enter, 0), (FenceEventKind::Dwell, 60_000)]);
    assert_eq!(watch.stays(TechnicianIndex(0)), [(site, 0)]);
}

#[test]
fn a_lost_technician_leaves_every_fence() {
    let mut watch = FenceWatch::default();
    watch.put("near", circle(10.0, 20.0, 100.0)).unwrap();
    watch.put("wide", circle(10.0, 20.0, 5_000.0)).unwrap();
    let mut events = Vec::new();
    watch.observe(&fix(3, 10.0, 20.0, 0, 5.0), &mut events);
    events.clear();
    watch.lose(TechnicianIndex(3), 500, &mut events);
    assert_eq!(kinds(&events), [(FenceEventKind::Exit, 500), (FenceEventKind::Exit, 500)]);
    assert!(watch.stays(TechnicianIndex(3)).is_empty());
    watch.advance(1_000_000, &mut events);
    assert_eq!(events.len(), 2);
}

#[test]
fn fences_come_and_go() {
    let mut watch = FenceWatch::default();
    let mut events = Vec::new();
    watch.observe(&fix(0, 10.0, 20.0, 0, 5.0), &mut events);
    let site = watch.put("site", circle(10.0, 20.0, 100.0)).unwrap();
    watch.observe(&fix(0, 10.0, 20.0, 10, 5.0), &mut events);
    assert_eq!(kinds(&events), [(FenceEventKind::Enter, 10)]);
    // Replaced by a fence elsewhere: the next fix is outside of it.
    assert_eq!(watch.put("site", circle(11.0, 20.0, 100.0)).unwrap(), site);
    watch.observe(&fix(0, 10.0, 20.0, 20, 5.0), &mut events);
    assert_eq!(kinds(&events)[1..], [(FenceEventKind::Exit, 20)]);
    assert!(watch.remove(site));
    assert!(!watch.remove(site));
    assert!(watch.is_empty());
    assert_eq!(watch.find("site"), None);
    watch.observe(&fix(0, 11.0, 20.0, 30, 5.0), &mut events);
    assert_eq!(events.len(), 2);
}

#[test]
fn bad_fences_are_refused() {
    let mut watch = FenceWatch::default();
    let good = circle(10.0, 20.0, 100.0);
    for bad in [
        circle(95.0, 20.0, 100.0),
        circle(10.0, 20.0, 0.0),
        Fence { exit_margin_m: f64::NAN, ..good.clone() },
        Fence { exit_margin_m: -1.0, ..good.clone() },
        Fence { dwell_ms: Some(0), ..good },
    ] {
        assert!(watch.put("bad", bad).is_err());
    }
    assert!(watch.is_empty());
}
