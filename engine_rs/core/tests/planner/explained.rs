//! The exact pass against brute force: who could take a visit at what price, and what keeps the others from it.

use crate::days::{any_happening, any_visit};
use crate::insertion::{brute_force, compiled, lived};
use crate::world::{World, at, place, skill, technician, visit};
use dispatch_core::evaluate::{Sequence, certificate, evaluate, first_personal_rule, max_visits};
use dispatch_core::explain::{Asked, Miss, judge};
use dispatch_core::model::Rule;
use dispatch_core::plan::{VisitFacts, Windows};
use dispatch_core::search::Search;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn searched(world: &World) -> Search<'_> {
    let (plan, policy) = (world.dispatcher.plan(), world.dispatcher.policy());
    Search { plan, policy, positions: &world.positions, now_s: world.now_s }
}

/// The first rule that each position of a technician's shifts breaks when the visit is put there.
fn broken_rules(search: &Search<'_>, visit: &VisitFacts, number: u32) -> BTreeSet<Rule> {
    let (plan, policy) = (search.plan, search.policy);
    let entry = plan.technician(number).unwrap();
    let windows: Windows = certificate::allowed_starts(&entry.facts, visit).into_owned();
    let mut rules = BTreeSet::new();
    for (index, route) in entry.routes.iter().enumerate() {
        if !max_visits::has_room(policy, entry, route) {
            rules.insert(Rule::MaxVisits);
            continue;
        }
        let ready = search.ready(number, entry, index);
        let planned = route.planned().iter();
        let visits: Vec<_> =
            planned.map(|stop| (&plan.visit(stop.visit).facts, &stop.windows, stop.duration_s)).collect();
        let base = Sequence { technician: number, entry, route: index, ready, visits };
        if let Err((_, rule)) = evaluate(policy, &plan.travel, &base) {
            rules.insert(rule);
            continue;
        }
        for position in 0..=base.visits.len() {
            let mut with = base.clone();
            with.visits.insert(position, (visit, &windows, visit.duration_s));
            rules.extend(evaluate(policy, &plan.travel, &with).err().map(|(_, rule)| rule));
        }
    }
    rules
}

proptest! {
    #[test]
    fn the_exact_pass_finds_what_brute_force_finds(
        is_rushing in any::<bool>(),
        happenings in prop::collection::vec(any_happening(), 1..60),
        wanted in any_visit(),
    ) {
        let world = lived(is_rushing, happenings);
        let search = searched(&world);
        let visit = compiled(search.plan, &wanted);
        let truth = brute_force(&search, &visit);
        let mut ours = Vec::new();
        for (number, entry) in search.plan.technicians() {
            match judge(&search, &Asked { facts: &visit, number: None, position: None }, number) {
                Ok(choice) => {
                    prop_assert_eq!(choice.terms.cost_milli(), choice.insertion.cost_milli);
                    ours.push((choice.insertion.cost_milli, entry.source.id.clone()));
                }
                Err(miss) => {
                    let personal = first_personal_rule(number, entry, &visit);
                    if personal.is_some() {
                        prop_assert_eq!(Some(miss.rule), personal);
                    } else {
                        let rules = broken_rules(&search, &visit, number);
                        let is_outside = matches!(miss.rule, Rule::Shift | Rule::Window);
                        prop_assert!(rules.contains(&miss.rule) || is_outside, "{:?} {:?}", miss, rules);
                    }
                    prop_assert!(miss.amount >= 0);
                }
            }
        }
        ours.sort();
        prop_assert_eq!(ours, truth);
    }

    /// A start that comes too late is early enough once the last window ends later by what was told.
    #[test]
    fn what_is_told_to_be_missing_is_what_is_missing(
        happenings in prop::collection::vec(any_happening(), 1..60),
        wanted in any_visit(),
    ) {
        let world = lived(false, happenings);
        let search = searched(&world);
        let missed = |visit: &VisitFacts, number: u32| -> Option<Miss> {
            judge(&search, &Asked { facts: visit, number: None, position: None }, number).err()
        };
        for (number, _) in search.plan.technicians() {
            let visit = compiled(search.plan, &wanted);
            let Some(miss) = missed(&visit, number) else { continue };
            if miss.rule != Rule::Window || miss.blocked.is_some() || !visit.certificates.is_empty() {
                continue;
            }
            let mut later = wanted.clone();
            later.start_windows.last_mut().unwrap().end_s += miss.amount - 1;
            let almost = missed(&compiled(search.plan, &later), number);
            later.start_windows.last_mut().unwrap().end_s += 1;
            let then = missed(&compiled(search.plan, &later), number);
            // Nothing smaller would have been enough at this place; behind it another rule may still stand.
            prop_assert!(almost.is_some());
            prop_assert!(then.is_none_or(|then| then.rule != Rule::Window || then.blocked.is_some() || then.amount > 0));
        }
    }
}

#[test]
fn a_miss_names_the_rule_and_by_how_much() {
    let mut world = World::new(at(8, 0));
    let mut anna = technician("anna", place(0.0, 0.0));
    anna.skills = vec![skill("boiler", 1)];
    world.put(anna);
    let search = searched(&world);
    let judged = |wanted: &dispatch_core::model::Visit| {
        let facts = compiled(search.plan, wanted);
        let miss = judge(&search, &Asked { facts: &facts, number: None, position: None }, 0).unwrap_err();
        (miss.rule, miss.amount, miss.sentence(&search))
    };
    let mut hard = visit("hard", place(0.0, 0.0), at(9, 0), at(10, 0));
    hard.required_skills = vec![skill("boiler", 3)];
    assert_eq!(judged(&hard), (Rule::Skill, 2, "lacks 2 levels of the skill boiler".to_owned()));
    let evening = visit("evening", place(0.0, 0.0), at(17, 50), at(17, 55));
    assert_eq!(judged(&evening).0, Rule::Shift);
    assert_eq!(judged(&evening).1, 1_200);
    let night = visit("night", place(0.0, 0.0), at(20, 0), at(21, 0));
    assert_eq!((judged(&night).0, judged(&night).1), (Rule::Shift, 7_200));
}
