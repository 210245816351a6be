//! Which visits to take off their routes: some that might do better together elsewhere.

use super::study::Study;
use crate::plan::{Route, Stop};
use crate::solve::rng::Rng;

/// Most visits taken off in one step.
const MOST: usize = 9;
/// Seconds between two starts that count as much as a metre between two sites.
const SECONDS_A_METRE: f64 = 0.5;

/// A way of choosing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ruin {
    /// Neighbours in space.
    Near,
    /// Neighbours in space and time.
    NearInTime,
    /// Neighbours that ask for a skill in common.
    SameSkill,
    /// Those whose way costs most.
    Detours,
    /// A few in a row on one route.
    Chain,
    /// Everything on one route.
    Whole,
}

impl Ruin {
    /// The way of a number.
    pub(super) fn of(number: usize) -> Self {
        [Self::Near, Self::NearInTime, Self::SameSkill, Self::Detours, Self::Chain, Self::Whole][number % 6]
    }
}

/// Chooses placed visits that are free to move; none when there are none.
pub(super) fn pick(study: &Study, ruin: Ruin, random: &mut Rng) -> Vec<u32> {
    let stops = free_stops(study);
    if stops.is_empty() {
        return Vec::new();
    }
    let count = 1 + random.below(MOST.min(stops.len()));
    match ruin {
        Ruin::Chain | Ruin::Whole => of_one_route(study, ruin, count, random),
        Ruin::Detours => detours(study, count, random),
        Ruin::Near | Ruin::NearInTime | Ruin::SameSkill => neighbours(study, &stops, ruin, count, random),
    }
}

/// Stops that may be taken off.
fn free_stops(study: &Study) -> Vec<&Stop> {
    routes(study).flat_map(|route| free_of(study, route)).collect()
}

fn routes(study: &Study) -> impl Iterator<Item = &Route> {
    study.plan().technicians().flat_map(|(_, entry)| &entry.routes)
}

fn free_of<'a>(study: &'a Study, route: &'a Route) -> impl Iterator<Item = &'a Stop> {
    route.planned().iter().filter(|stop| study.known[stop.visit as usize].is_free)
}

/// Those nearest to one visit, which is one without a place every other time there is any.
fn neighbours(study: &Study, stops: &[&Stop], ruin: Ruin, count: usize, random: &mut Rng) -> Vec<u32> {
    let waiting: Vec<u32> = study.plan().unassigned.iter().copied().collect();
    let seed = if waiting.is_empty() || random.below(2) == 0 {
        stops[random.below(stops.len())].visit
    } else {
        waiting[random.below(waiting.len())]
    };
    let facts = &study.plan().visit(seed).facts;
    let start_s = study.plan().stop(seed).map_or(facts.windows.first_s().max(study.now_s), |(_, stop)| stop.start_s);
    let shares_skill = |stop: &Stop| {
        let skills = &study.plan().visit(stop.visit).facts.skills;
        skills.iter().any(|(skill, _)| facts.skills.iter().any(|(asked, _)| asked == skill))
    };
    let mut near: Vec<(f64, u32)> = stops
        .iter()
        .filter(|stop| ruin != Ruin::SameSkill || facts.skills.is_empty() || shares_skill(stop))
        .map(|stop| {
            let apart = if ruin == Ruin::Near { 0.0 } else { seconds(stop.start_s - start_s) / SECONDS_A_METRE };
            (stop.point.line_m(facts.point) + apart, stop.visit)
        })
        .collect();
    near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    // Not always the very nearest ones, so that the same seed does not always mean the same step.
    let mut taken = Vec::with_capacity(count);
    for (_, visit) in near {
        if taken.len() == count {
            break;
        }
        if random.below(5) > 0 {
            taken.push(visit);
        }
    }
    taken
}

#[allow(clippy::cast_precision_loss, reason = "seconds of a day")]
fn seconds(span_s: i64) -> f64 {
    span_s.abs() as f64
}

/// Those whose legs would become shortest without them, with some luck.
fn detours(study: &Study, count: usize, random: &mut Rng) -> Vec<u32> {
    let mut saved: Vec<(i64, u32)> = Vec::new();
    let travel = &study.plan().travel;
    for route in routes(study) {
        let planned = route.planned();
        for (index, stop) in planned.iter().enumerate().filter(|(_, stop)| study.known[stop.visit as usize].is_free) {
            let before = if index == 0 { route.ready.point } else { planned[index - 1].point };
            let without_m = planned.get(index + 1).map_or(0, |next| next.leg_m - travel.road_m(before, next.point));
            saved.push((-(stop.leg_m + without_m), stop.visit));
        }
    }
    saved.sort_unstable();
    let mut taken = Vec::with_capacity(count);
    while taken.len() < count && !saved.is_empty() {
        let luck = random.unit().powi(4);
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index"
        )]
        let at = (luck * saved.len() as f64) as usize;
        taken.push(saved.remove(at.min(saved.len() - 1)).1);
    }
    taken
}

/// A chain, or everything free, of one route.
fn of_one_route(study: &Study, ruin: Ruin, count: usize, random: &mut Rng) -> Vec<u32> {
    let all: Vec<&Route> = routes(study).filter(|route| free_of(study, route).next().is_some()).collect();
    if all.is_empty() {
        return Vec::new();
    }
    let route = all[random.below(all.len())];
    let free: Vec<u32> = free_of(study, route).map(|stop| stop.visit).collect();
    if ruin == Ruin::Whole {
        return free.into_iter().take(2 * MOST).collect();
    }
    let length = count.min(3).min(free.len());
    let begin = random.below(free.len() - length + 1);
    free[begin..begin + length].to_vec()
}
