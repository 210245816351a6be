//! The search against brute force: every technician, every shift, every position, evaluated in full.

use crate::days::{Happening, any_happening, any_visit};
use crate::world::{World, at, rushing_region};
use dispatch_core::evaluate::{Sequence, evaluate, first_personal_rule, has_room, starts};
use dispatch_core::explain::{explain_insertion, first_rule};
use dispatch_core::model::{Policy, Visit};
use dispatch_core::plan::{Plan, VisitFacts};
use dispatch_core::search::{Insertion, Search};
use proptest::prelude::*;

/// Cheapest price for each technician who can take the visit: `(cost, identifier)`, best first.
pub(crate) fn brute_force(search: &Search<'_>, visit: &VisitFacts) -> Vec<(i64, String)> {
    let plan = search.plan;
    let mut found = Vec::new();
    for (number, entry) in plan.technicians() {
        if first_personal_rule(number, entry, visit).is_some() {
            continue;
        }
        let costs = (0..entry.routes.len()).flat_map(|route| positions_of(search, visit, number, route));
        if let Some(best) = costs.min() {
            found.push((best, plan.technician_id(number).to_owned()));
        }
    }
    found.sort();
    found
}

/// Price of every feasible position on one route.
fn positions_of(search: &Search<'_>, visit: &VisitFacts, number: u32, index: usize) -> Vec<i64> {
    let (plan, policy) = (search.plan, search.policy);
    let entry = plan.technician(number).unwrap();
    let route = &entry.routes[index];
    if route.duty.window.end_s < search.now_s || !has_room(policy, search.plan, entry, route, visit) {
        return Vec::new();
    }
    let windows = starts::allowed(&entry.facts, visit);
    let visits: Vec<_> =
        route.planned().iter().map(|stop| (&plan.visit(stop.visit).facts, &stop.windows, stop.duration_s)).collect();
    let ready = search.ready(number, entry, index);
    let without = Sequence { technician: number, entry, route: index, ready, visits };
    let Ok(before) = evaluate(policy, &plan.travel, &without) else { return Vec::new() };
    let mut costs = Vec::new();
    let first = route.first_free(visit.is_urgent(), policy.freeze_until_s(search.now_s)) - route.frozen;
    for position in first..=without.visits.len() {
        let mut with = without.clone();
        with.visits.insert(position, (visit, &windows, entry.facts.work_s(visit)));
        if let Ok(after) = evaluate(policy, &plan.travel, &with) {
            costs.push(after.terms.cost_milli() - before.terms.cost_milli());
        }
    }
    costs
}

pub(crate) fn lived(is_rushing: bool, happenings: Vec<Happening>) -> World {
    let policy = Policy { max_overtime_s: 3_600, ..Policy::default() };
    let mut world =
        if is_rushing { World::in_region(at(7, 0), rushing_region(), policy) } else { World::new(at(7, 0)) };
    for happening in happenings {
        world.happen(happening);
    }
    world
}

pub(crate) fn compiled(plan: &Plan, visit: &Visit) -> VisitFacts {
    VisitFacts::looked_up(visit, &plan.dictionary, &plan.travel)
}

proptest! {
    #[test]
    fn the_best_insertions_are_those_of_brute_force(
        is_rushing in any::<bool>(),
        happenings in prop::collection::vec(any_happening(), 1..60),
        wanted in prop::collection::vec(any_visit(), 1..8),
        count in 1..9usize,
    ) {
        let world = lived(is_rushing, happenings);
        let plan = world.dispatcher.plan();
        let search =
            Search { plan, policy: world.dispatcher.policy(), positions: &world.positions, now_s: world.now_s };
        for visit in &wanted {
            let visit = compiled(plan, visit);
            let found = search.best(&visit, count, None);
            let mut truth = brute_force(&search, &visit);
            truth.truncate(count);
            let told = |found: &[Insertion]| -> Vec<_> {
                let of = |found: &Insertion| (found.cost_milli, plan.technician_id(found.technician).to_owned());
                found.iter().map(of).collect()
            };
            prop_assert_eq!(told(&found), &*truth);
            if let Some((most_milli, _)) = truth.get(truth.len() / 2).cloned() {
                truth.retain(|(cost_milli, _)| *cost_milli <= most_milli);
                prop_assert_eq!(told(&search.best_within(&visit, count, None, Some(most_milli))), truth);
            }
            for insertion in &found {
                let explained = explain_insertion(&search, &visit, insertion).unwrap();
                prop_assert_eq!(explained.terms.cost_milli(), insertion.cost_milli);
            }
        }
    }

    #[test]
    fn everybody_can_or_has_a_reason(
        is_rushing in any::<bool>(),
        happenings in prop::collection::vec(any_happening(), 1..60),
        wanted in any_visit(),
    ) {
        let world = lived(is_rushing, happenings);
        let plan = world.dispatcher.plan();
        let search =
            Search { plan, policy: world.dispatcher.policy(), positions: &world.positions, now_s: world.now_s };
        let visit = compiled(plan, &wanted);
        let can: Vec<_> = brute_force(&search, &visit).into_iter().map(|(_, id)| id).collect();
        for (number, entry) in plan.technicians() {
            let reason = first_rule(&search, &visit, number);
            prop_assert_eq!(reason.is_none(), can.contains(&entry.source.id), "{:?} {}", reason, &entry.source.id);
        }
    }
}
