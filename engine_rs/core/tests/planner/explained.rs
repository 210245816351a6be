//! The exact pass against brute force: who could take a visit at what price, and what keeps the others from it.

use crate::days::{any_happening, any_visit};
use crate::insertion::{brute_force, compiled, lived};
use crate::world::{World, at, place, skill, technician, visit};
use dispatch_core::evaluate::{Sequence, evaluate, first_personal_rule, max_visits, parts, starts};
use dispatch_core::explain::{Asked, Miss, Relaxation, judge};
use dispatch_core::live::{Command, Detail, Dispatcher, VisitOrder};
use dispatch_core::model::{Rule, SkillLevel};
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
    let windows: Windows = starts::allowed(&entry.facts, visit).into_owned();
    let mut rules = BTreeSet::new();
    for (index, route) in entry.routes.iter().enumerate() {
        if !max_visits::has_room(policy, entry, route) {
            rules.insert(Rule::MaxVisits);
            continue;
        }
        if !parts::has_room(plan, entry, route, visit) {
            rules.insert(Rule::Parts);
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
            with.visits.insert(position, (visit, &windows, entry.facts.work_s(visit)));
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

fn detail(max_candidates: usize, max_misses: usize) -> Detail {
    Detail { max_candidates, max_misses, technician_ids: Vec::new() }
}

fn nobody_has(world: &World) -> Vec<String> {
    world.dispatcher.plan_view(&[]).unassigned.into_iter().map(|open| open.visit_id).collect()
}

/// What the world would be like if `relaxation` were granted to a visit; `None` when the visit is placed then.
fn unplaced_if(world: &World, visit_id: &str, relaxation: &Relaxation) -> Option<String> {
    let mut wanted = world.visit(visit_id).unwrap().clone();
    wanted.id = "granted".to_owned();
    let mut policy = world.dispatcher.policy().clone();
    let mut snapshot = world.dispatcher.snapshot();
    match relaxation {
        Relaxation::LaterEnd { seconds } => wanted.start_windows.last_mut().unwrap().end_s += seconds,
        Relaxation::ShorterWork { seconds } => wanted.duration_s -= seconds,
        Relaxation::Skill { skill, level: 0 } => wanted.required_skills.retain(|asked| asked.skill != *skill),
        Relaxation::Skill { skill, level } => {
            wanted.required_skills.iter_mut().find(|asked| asked.skill == *skill).unwrap().level = *level;
        }
        Relaxation::SkillHolder { technician_id, skill, level } => {
            let holder = snapshot.technicians.iter_mut().find(|person| person.id == *technician_id).unwrap();
            holder.skills.retain(|held| held.skill != *skill);
            holder.skills.push(SkillLevel { skill: skill.clone(), level: *level });
        }
        Relaxation::Certificate { certificate } => wanted.required_certificates.retain(|asked| asked != certificate),
        Relaxation::Language => wanted.required_languages.clear(),
        Relaxation::Partner => wanted.partners.clear(),
        Relaxation::Part { part } => wanted.parts.retain(|taken| taken.part != *part),
        Relaxation::Blackout => wanted.blackouts.clear(),
        Relaxation::Technician => {
            wanted.required_technician_id = None;
            wanted.excluded_technician_ids.clear();
        }
        Relaxation::Overtime { seconds, .. } => policy.max_overtime_s += seconds,
    }
    let mut then = Dispatcher::new(world.dispatcher.region().clone(), policy).unwrap();
    then.restore(snapshot, &world.positions, world.now_s).unwrap();
    then.apply(Command::AddVisits(vec![wanted]), &world.positions, world.now_s).unwrap();
    let placed = then.visits().find(|visit| visit.id == "granted").unwrap().placement.is_some();
    (!placed).then(|| format!("{visit_id}: {relaxation:?}"))
}

proptest! {
    #[test]
    fn explanations_count_everybody_once_and_their_gaps_add_up(
        happenings in prop::collection::vec(any_happening(), 1..60),
        number in 0..40usize,
    ) {
        let world = lived(false, happenings);
        let Some(visit) = world.dispatcher.visits().nth(number) else { return Ok(()) };
        let (id, is_under_way) = (visit.id.clone(), visit.state.is_under_way());
        let found = world.dispatcher.explain_assignment(&id, &detail(50, 1_000), &world.positions, world.now_s);
        prop_assert_eq!(found.is_err(), is_under_way);
        let Ok(found) = found else { return Ok(()) };
        let counted: u32 = found.reasons.iter().map(|reason| reason.technician_count).sum();
        let everybody = u32::try_from(world.dispatcher.stats().technicians).unwrap();
        prop_assert_eq!(counted + found.candidate_count, everybody);
        prop_assert_eq!(found.misses.len() + found.candidates.len(), everybody as usize);
        prop_assert_eq!(&found.technician_id, &world.technician_of(&id));
        let base = found.candidates.iter().find(|one| Some(&one.technician_id) == found.technician_id.as_ref());
        let base = base.or(found.candidates.first()).cloned();
        for one in &found.candidates {
            let sum: i64 = one.score_terms.iter().map(|term| term.cost_milli).sum();
            let gap: i64 = one.gap_terms.iter().map(|term| term.cost_milli).sum();
            prop_assert_eq!((sum, gap), (one.cost_milli, one.gap_milli));
            prop_assert_eq!(one.gap_milli, one.cost_milli - base.as_ref().unwrap().cost_milli);
        }
        prop_assert!(found.candidates.windows(2).all(|pair| pair[0].cost_milli <= pair[1].cost_milli));
        if let [one, other, ..] = found.candidates.as_slice() {
            let ids = [one.technician_id.as_str(), other.technician_id.as_str()];
            let compared = world.dispatcher.compare_candidates(&id, ids, &world.positions, world.now_s).unwrap();
            let [Ok(first), Ok(second)] = compared else { panic!("both can") };
            prop_assert_eq!((first.rank, second.rank), (1, 2));
            prop_assert_eq!(first.gap_milli, -second.gap_milli);
            prop_assert_eq!(second.gap_milli, other.cost_milli - one.cost_milli);
        }
    }

    #[test]
    fn doing_what_a_relaxation_says_places_the_visit(happenings in prop::collection::vec(any_happening(), 20..60)) {
        let mut world = lived(false, happenings);
        world.tick(0);
        for visit_id in nobody_has(&world).into_iter().take(3) {
            let found = world.dispatcher.explain_unassigned(&visit_id, &detail(3, 5), &world.positions, world.now_s);
            let found = found.unwrap();
            prop_assert!(found.relaxations.is_empty() || found.candidate_count == 0);
            for relaxation in &found.relaxations {
                // Restored anew, so that nothing but the relaxation differs.
                prop_assert_eq!(unplaced_if(&world, &visit_id, relaxation), None);
            }
        }
    }

    #[test]
    fn the_standing_plan_evaluated_is_the_standing_plan(happenings in prop::collection::vec(any_happening(), 1..60)) {
        let mut world = lived(true, happenings);
        world.tick(0);
        let view = world.dispatcher.plan_view(&[]);
        let orders: Vec<VisitOrder> = view
            .routes
            .iter()
            .map(|route| {
                let visit_ids = route.stops.iter().map(|stop| stop.visit_id.clone()).collect();
                VisitOrder { technician_id: route.technician_id.clone(), visit_ids }
            })
            .collect();
        let found = world.dispatcher.evaluate_orders(&orders, &world.positions, world.now_s).unwrap();
        prop_assert_eq!(&found.violations, &vec![]);
        for (route, planned) in found.routes.iter().zip(&view.routes) {
            prop_assert_eq!(route.cost_milli, route.planned_cost_milli);
            let times: Vec<_> = route.stops.iter().map(|stop| (&stop.visit_id, stop.start_s, stop.end_s)).collect();
            let open = planned.stops.iter().filter(|stop| !stop.state.is_under_way());
            let expected: Vec<_> = open.map(|stop| (&stop.visit_id, stop.start_s, stop.end_s)).collect();
            prop_assert_eq!(times, expected);
        }
    }
}

#[test]
fn an_order_is_told_with_everything_that_it_breaks() {
    let mut world = World::new(at(8, 0));
    world.put(technician("anna", place(0.0, 0.0)));
    world.put(technician("bert", place(0.0, 0.0)));
    let mut hard = visit("hard", place(0.0, 0.0), at(9, 0), at(9, 10));
    hard.required_skills = vec![skill("boiler", 2)];
    world.add(hard);
    world.add(visit("early", place(0.0, 0.0), at(9, 0), at(9, 10)));
    let order =
        VisitOrder { technician_id: "bert".into(), visit_ids: vec!["hard".into(), "early".into(), "early".into()] };
    let found = world.dispatcher.evaluate_orders(&[order], &world.positions, world.now_s).unwrap();
    let told: Vec<_> = found.violations.iter().map(|v| (v.visit_id.as_str(), v.rule, v.amount)).collect();
    let expected = [("hard", Rule::Skill, 2), ("early", Rule::Reference, 0), ("early", Rule::Window, 1_200)];
    assert_eq!(told, expected);
    assert_eq!(found.routes[0].stops.len(), 2);
    let unknown = VisitOrder { technician_id: "carl".into(), visit_ids: vec![] };
    assert!(world.dispatcher.evaluate_orders(&[unknown], &world.positions, world.now_s).is_err());
}

#[test]
fn a_skill_holder_is_named() {
    let mut world = World::new(at(8, 0));
    world.put(technician("anna", place(0.0, 0.0)));
    let mut hard = visit("hard", place(0.0, 0.0), at(9, 0), at(10, 0));
    hard.required_skills = vec![skill("boiler", 2)];
    world.add(hard);
    let found = world.dispatcher.explain_unassigned("hard", &detail(3, 5), &world.positions, world.now_s).unwrap();
    let holder = Relaxation::SkillHolder { technician_id: "anna".into(), skill: "boiler".into(), level: 2 };
    assert_eq!(found.relaxations, [Relaxation::Skill { skill: "boiler".into(), level: 0 }, holder]);
    assert_eq!(found.relaxations[1].to_string(), "anna held the skill boiler at level 2");
    assert_eq!((found.misses[0].rule, found.misses[0].amount), (Rule::Skill, 2));
}
