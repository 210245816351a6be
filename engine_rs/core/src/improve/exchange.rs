//! Exchanges between two routes: one visit for another, or all that follows some point (2-opt*).

use super::study::Study;
use super::trial::Trial;
use crate::evaluate::{first_personal_rule, fits};
use crate::plan::{Place, Route};
use crate::solve::rng::Rng;

/// Of so many technicians drawn, the one whose work is nearest is the partner.
const DRAWN: usize = 4;

/// Two visits change places; false when that does not work out.
pub(super) fn pair(study: &mut Study, trial: &mut Trial, random: &mut Rng) -> bool {
    let Some((one, two)) = two_routes(study, random) else { return false };
    let (Some(left), Some(right)) = (any_free(study, one, random), any_free(study, two, random)) else { return false };
    trial.take_off(study, left);
    trial.take_off(study, right);
    trial.settle_all(study) && give(study, trial, left, two.technician) && give(study, trial, right, one.technician)
}

/// Two routes change all that follows some point; false when that does not work out.
pub(super) fn tails(study: &mut Study, trial: &mut Trial, random: &mut Rng) -> bool {
    let Some((one, two)) = two_routes(study, random) else { return false };
    let (left, right) = (any_tail(study, one, random), any_tail(study, two, random));
    if left.is_empty() && right.is_empty() {
        return false;
    }
    let is_free = |visit: &u32| study.known[*visit as usize].is_free;
    let may =
        |visits: &[u32], place: Place| visits.iter().all(|visit| is_free(visit) && is_allowed(study, *visit, place));
    if !may(&left, two) || !may(&right, one) {
        return false;
    }
    left.iter().chain(&right).for_each(|visit| trial.take_off(study, *visit));
    left.iter().for_each(|visit| trial.put(study, *visit, two, usize::MAX));
    right.iter().for_each(|visit| trial.put(study, *visit, one, usize::MAX));
    has_room(study, one) && has_room(study, two) && trial.settle_all(study)
}

/// Routes of two technicians at about the same time and place; `None` when luck finds none.
fn two_routes(study: &Study, random: &mut Rng) -> Option<(Place, Place)> {
    let one = any_route(study, random)?;
    let first = study.plan().route(one)?;
    let center = first.planned().first()?.point;
    let mut nearest: Option<(f64, Place)> = None;
    for _ in 0..DRAWN {
        let Some(two) = any_route(study, random).filter(|two| two.technician != one.technician) else { continue };
        let Some(second) = study.plan().route(two).filter(|second| overlap(first, second)) else { continue };
        let points = second.planned().iter().map(|stop| stop.point);
        let line_m = points.map(|point| point.line_m(center)).fold(f64::INFINITY, f64::min);
        if nearest.is_none_or(|(known_m, _)| line_m < known_m) {
            nearest = Some((line_m, two));
        }
    }
    nearest.map(|(_, two)| (one, two))
}

fn overlap(one: &Route, two: &Route) -> bool {
    let (one, two) = (one.duty.window, two.duty.window);
    one.start_s <= two.end_s && two.start_s <= one.end_s
}

fn any_route(study: &Study, random: &mut Rng) -> Option<Place> {
    let technician = u32::try_from(random.below(study.costs.len())).ok()?;
    let routes = &study.plan().technician(technician)?.routes;
    Some(Place { technician, route: random.below(routes.len()) })
}

fn any_free(study: &Study, place: Place, random: &mut Rng) -> Option<u32> {
    let visits = study.plan().route(place)?.planned().iter().map(|stop| stop.visit);
    let free: Vec<u32> = visits.filter(|visit| study.known[*visit as usize].is_free).collect();
    (!free.is_empty()).then(|| free[random.below(free.len())])
}

/// Everything planned after some point, nothing included.
fn any_tail(study: &Study, place: Place, random: &mut Rng) -> Vec<u32> {
    let Some(route) = study.plan().route(place) else { return Vec::new() };
    let begin = random.below(route.planned().len() + 1);
    route.planned()[begin..].iter().map(|stop| stop.visit).collect()
}

fn is_allowed(study: &Study, visit: u32, place: Place) -> bool {
    let entry = study.plan().technician(place.technician);
    entry.is_some_and(|entry| first_personal_rule(place.technician, entry, &study.plan().visit(visit).facts).is_none())
}

/// Whether a route has no more visits than it may, and the parts that they take.
fn has_room(study: &Study, place: Place) -> bool {
    let Some(entry) = study.plan().technician(place.technician) else { return false };
    fits(&study.policy, study.plan(), entry, &entry.routes[place.route])
}

/// Puts a visit where it costs a technician least; false when it fits nowhere.
fn give(study: &mut Study, trial: &mut Trial, visit: u32, technician: u32) -> bool {
    let found = study.search().best_of(&study.plan().visit(visit).facts, technician);
    let Some(insertion) = found else { return false };
    trial.put(study, visit, Place { technician, route: insertion.route }, insertion.slot.position);
    trial.settle(study, technician)
}
