//! Which part of the plan to look at: technicians whose work lies close together, and visits near them without a place.

use crate::model::Availability;
use crate::plan::{Place, TechnicianEntry};
use crate::search::Search;
use crate::solve::rng::Rng;
use crate::travel::Point;

/// Most technicians of one study.
pub const MAX_TECHNICIANS: usize = 64;
/// Most visits without a place of one study, the nearest first.
const MAX_UNASSIGNED: usize = 32;

/// A part of the plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Numbers of technicians.
    pub technicians: Vec<u32>,
    /// Numbers of visits on no route.
    pub unassigned: Vec<u32>,
}

impl Scope {
    /// The surroundings of a visit or technician that the seed picks: half the time of a visit without a place, if any.
    ///
    /// Only technicians who may be given work, whose routes keep every rule as of now and have neither ties to others nor
    /// pins. Linear in the technicians, and in the stops of those.
    #[must_use]
    pub fn around(search: &Search<'_>, seed: u64) -> Self {
        let mut random = Rng::new(seed);
        let plan = search.plan;
        let is_open = |visit: &u32| {
            let entry = plan.visit(*visit);
            !entry.source.state.is_final() && entry.links.is_none() && entry.facts.pin.is_none()
        };
        let waiting: Vec<u32> = plan.unassigned.iter().copied().filter(is_open).collect();
        let able: Vec<u32> = plan
            .technicians()
            .filter(|(number, entry)| is_sound(search, *number, entry))
            .map(|(number, _)| number)
            .collect();
        if able.is_empty() {
            return Self::default();
        }
        let center = if !waiting.is_empty() && random.below(2) == 0 {
            plan.visit(waiting[random.below(waiting.len())]).facts.point
        } else {
            somewhere(search, able[random.below(able.len())], &mut random)
        };
        let technicians = nearest(able, MAX_TECHNICIANS, |number| {
            plan.digest(*number).map_or(f64::INFINITY, |digest| digest.line_m(center))
        });
        let unassigned = nearest(waiting, MAX_UNASSIGNED, |visit| plan.visit(*visit).facts.point.line_m(center));
        Self { technicians, unassigned }
    }
}

fn is_sound(search: &Search<'_>, number: u32, entry: &TechnicianEntry) -> bool {
    entry.source.availability == Availability::Available
        && (0..entry.routes.len()).all(|route| {
            let place = Place { technician: number, route };
            let is_bound = search.plan.is_route_tied(place) || search.plan.is_route_pinned(place);
            !is_bound && search.route_cost(number, route).is_some()
        })
}

/// The place of one of the technician's stops, or home.
fn somewhere(search: &Search<'_>, number: u32, random: &mut Rng) -> Point {
    let visits = search.plan.visits_of(number);
    if visits.is_empty() {
        return search.plan.technician(number).map_or_else(Point::default, |entry| entry.facts.home);
    }
    search.plan.visit(visits[random.below(visits.len())]).facts.point
}

/// The `count` nearest, in order of their numbers.
fn nearest(mut numbers: Vec<u32>, count: usize, line_m: impl Fn(&u32) -> f64) -> Vec<u32> {
    if numbers.len() > count {
        let mut near: Vec<(f64, u32)> = numbers.iter().map(|number| (line_m(number), *number)).collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        numbers = near.into_iter().take(count).map(|(_, number)| number).collect();
    }
    numbers.sort_unstable();
    numbers
}
