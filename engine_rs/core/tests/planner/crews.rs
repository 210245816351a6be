//! Crews: all roles together or none, exactly the cheapest, mended role by role.

use crate::days::{Happening, any_happening, any_visit};
use crate::dependencies::after;
use crate::world::{World, at, place, rushing_region, skill, technician, visit};
use dispatch_core::evaluate::{Sequence, evaluate, first_personal_rule, has_room, starts};
use dispatch_core::live::Command;
use dispatch_core::model::{
    Availability, CoreError, CrewRole, Dependency, Policy, Rule, TimeWindow, Visit, VisitEvent, VisitState,
};
use dispatch_core::plan::{Plan, VisitFacts};
use dispatch_core::search::Search;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Makes visits the roles of one crew.
pub(crate) fn crew(crew_id: &str, max_start_spread_s: i64, mut members: Vec<Visit>) -> Vec<Visit> {
    let size = u32::try_from(members.len()).unwrap();
    for (member, role) in members.iter_mut().zip(0u32..) {
        let role = CrewRole { crew_id: crew_id.to_owned(), role, size, max_start_spread_s };
        member.ties.get_or_insert_default().crew = Some(role);
    }
    members
}

fn lifting(size: usize) -> Vec<Visit> {
    (0..size).map(|role| visit(&format!("lift-{role}"), place(0.0, 0.0), at(9, 0), at(17, 0))).collect()
}

fn technicians(count: usize) -> World {
    let mut world = World::new(at(8, 0));
    for number in 0..count {
        let mut person = technician(&format!("t{number}"), place(4_000.0 * number as f64, 0.0));
        person.skills = vec![skill("lift", 1)];
        world.put(person);
    }
    world
}

fn who(world: &World) -> BTreeSet<String> {
    ["lift-0", "lift-1", "lift-2"].iter().filter_map(|id| world.technician_of(id)).collect()
}

fn start_s(world: &World, id: &str) -> i64 {
    world.visit(id).unwrap().placement.as_ref().unwrap().start_s
}

#[test]
fn a_crew_starts_together_with_different_technicians() {
    let mut world = technicians(4);
    world.apply(Command::AddVisits(crew("c", 0, lifting(3))));
    assert_eq!(who(&world).len(), 3);
    assert_eq!(start_s(&world, "lift-0"), start_s(&world, "lift-2"));
    assert_eq!(start_s(&world, "lift-0"), start_s(&world, "lift-1"));
}

#[test]
fn without_enough_people_nobody_goes() {
    let mut world = technicians(2);
    let outcome = world.apply(Command::AddVisits(crew("c", 0, lifting(3))));
    for change in &outcome.changes {
        assert_eq!(change.state, VisitState::Unassigned);
        assert_eq!(change.unassigned_reasons[0].rule, Rule::Crew);
        assert!(change.unassigned_reasons[0].detail.contains("crew of 3"), "{change:?}");
    }
    let mut third = technician("t2", place(1_000.0, 0.0));
    third.skills = vec![skill("lift", 1)];
    world.put(third);
    assert_eq!(who(&world).len(), 3, "the third makes it whole");
}

#[test]
fn a_sick_member_is_replaced_at_the_same_start() {
    let mut world = technicians(5);
    world.apply(Command::AddVisits(crew("c", 0, lifting(3))));
    let (before, start) = (who(&world), start_s(&world, "lift-0"));
    let sick = world.technician_of("lift-1").unwrap();
    let outcome =
        world.apply(Command::SetAvailability { technician_id: sick.clone(), availability: Availability::Offline });
    let kept: BTreeSet<String> = before.iter().filter(|id| **id != sick).cloned().collect();
    assert!(who(&world).is_superset(&kept));
    assert_eq!(outcome.changes.len(), 1, "only the role that lost its technician is told");
    assert_eq!(start_s(&world, "lift-1"), start);
}

#[test]
fn a_crew_that_cannot_be_whole_any_more_lets_everybody_go() {
    let mut world = technicians(3);
    world.apply(Command::AddVisits(crew("c", 0, lifting(3))));
    let sick = world.technician_of("lift-1").unwrap();
    world.apply(Command::SetAvailability { technician_id: sick, availability: Availability::Offline });
    assert!(who(&world).is_empty());
}

#[test]
fn who_is_there_first_waits_for_the_others() {
    let mut world = technicians(3);
    world.apply(Command::AddVisits(crew("c", 600, lifting(3))));
    let late = world.technician_of("lift-2").unwrap();
    world.progress_to("lift-0", VisitEvent::Arrive);
    // The third is held up by an hour elsewhere.
    world.now_s = start_s(&world, "lift-0");
    world.report_position(&late, place(25_000.0, 0.0));
    world.tick(0);
    assert!(start_s(&world, "lift-2") > world.now_s + 1_200);
    assert_eq!(start_s(&world, "lift-0"), start_s(&world, "lift-2") - 600, "the first waits");
    // Once begun, the open role is filled as soon as may be, and nobody is called back.
    world.progress("lift-0", VisitEvent::Start);
    world.apply(Command::SetAvailability { technician_id: late, availability: Availability::Offline });
    assert_eq!(world.state("lift-0"), Some(VisitState::InService));
    assert_eq!(world.state("lift-2"), Some(VisitState::Unassigned));
}

#[test]
fn cancelling_one_role_cancels_the_crew() {
    let mut world = technicians(3);
    world.apply(Command::AddVisits(crew("c", 0, lifting(3))));
    let outcome = world.apply(Command::CancelVisit { visit_id: "lift-1".to_owned() });
    assert!(outcome.changes.iter().all(|change| change.state == VisitState::Cancelled));
    assert_eq!(world.dispatcher.stats().open_visits, 0);
}

#[test]
fn a_crew_comes_after_another_crew() {
    let mut world = technicians(4);
    let first = crew("first", 0, lifting(2));
    let second = (0..3).map(|role| visit(&format!("set-{role}"), place(500.0, 0.0), at(9, 0), at(17, 0)));
    let waits = || vec![Dependency { min_lag_s: 900, ..Dependency::new("lift-0") }, Dependency::new("lift-1")];
    let second = crew("second", 0, second.map(|member| after(member, waits())).collect());
    world.apply(Command::AddVisits(second.into_iter().chain(first).collect()));
    let end_s = world.visit("lift-0").unwrap().placement.as_ref().unwrap().end_s;
    assert_eq!(start_s(&world, "set-0"), end_s + 900);
}

#[test]
fn crews_are_refused_unless_whole() {
    let mut world = technicians(3);
    let mut visits = crew("c", 0, lifting(3));
    visits.pop();
    visits[1].ties.as_mut().unwrap().crew.as_mut().unwrap().max_start_spread_s = 5;
    let Err(CoreError::Invalid(found)) = world.try_apply(Command::AddVisits(visits)) else { panic!("refused") };
    assert_eq!(found.iter().map(|found| found.reason).collect::<Vec<_>>(), ["CREW_INCOMPLETE", "CREW_INCOMPLETE"]);
}

/// Cheapest price for each technician, with starts held to a window.
fn prices(search: &Search<'_>, visit: &VisitFacts, window: TimeWindow) -> Vec<(u32, i64)> {
    let mut held = visit.clone();
    held.windows = held.windows.intersect(&[window]);
    let able = search.plan.technicians().filter(|(number, entry)| first_personal_rule(*number, entry, visit).is_none());
    let of = |(number, _)| Some((number, places(search, &held, number).into_iter().map(|(cost, _)| cost).min()?));
    able.filter_map(of).collect()
}

/// Price and start of every feasible place with one technician, by full evaluation.
fn places(search: &Search<'_>, visit: &VisitFacts, number: u32) -> Vec<(i64, i64)> {
    let (plan, policy) = (search.plan, search.policy);
    let entry = plan.technician(number).unwrap();
    let windows = starts::allowed(&entry.facts, visit);
    let mut found = Vec::new();
    for (index, route) in entry.routes.iter().enumerate() {
        if route.duty.window.end_s < search.now_s || !has_room(policy, search.plan, entry, route, visit) {
            continue;
        }
        let visits = route.planned().iter().map(|stop| (&plan.visit(stop.visit).facts, &stop.windows, stop.duration_s));
        let ready = search.ready(number, entry, index);
        let without = Sequence { technician: number, entry, route: index, ready, visits: visits.collect() };
        let Ok(before) = evaluate(policy, &plan.travel, &without) else { continue };
        let first = route.first_free(visit.is_urgent(), policy.freeze_until_s(search.now_s)) - route.frozen;
        for position in first..=without.visits.len() {
            let mut with = without.clone();
            with.visits.insert(position, (visit, &windows, entry.facts.work_s(visit)));
            if let Ok(after) = evaluate(policy, &plan.travel, &with) {
                let cost_milli = after.terms.cost_milli() - before.terms.cost_milli();
                found.push((cost_milli, after.times[position].1));
            }
        }
    }
    found
}

/// Least sum of prices with every role given to another technician.
fn least_sum(rows: &[Vec<(u32, i64)>], taken: &mut Vec<u32>) -> Option<i64> {
    let Some((row, rest)) = rows.split_first() else { return Some(0) };
    let mut least = None;
    for (technician, cost_milli) in row {
        if taken.contains(technician) {
            continue;
        }
        taken.push(*technician);
        let sum = least_sum(rest, taken).map(|sum| sum + cost_milli);
        taken.pop();
        least = [least, sum].into_iter().flatten().min();
    }
    least
}

fn brute_force(search: &Search<'_>, roles: &[VisitFacts], spread_s: i64, last_start_s: i64) -> Option<i64> {
    let window = TimeWindow::new(last_start_s - spread_s, last_start_s);
    let rows: Vec<_> = roles.iter().map(|visit| prices(search, visit, window)).collect();
    least_sum(&rows, &mut Vec::new())
}

/// Instants at which some place of some role may begin, or a window opens.
fn instants(search: &Search<'_>, plan: &Plan, roles: &[VisitFacts]) -> BTreeSet<i64> {
    let mut found = BTreeSet::new();
    for visit in roles {
        for (number, entry) in plan.technicians() {
            if first_personal_rule(number, entry, visit).is_none() {
                found.extend(places(search, visit, number).into_iter().map(|(_, start_s)| start_s));
                found.extend(starts::allowed(&entry.facts, visit).iter().map(|window| window.start_s));
            }
        }
    }
    found
}

proptest! {
    #[test]
    fn the_best_crew_is_that_of_brute_force(
        is_rushing in any::<bool>(),
        happenings in prop::collection::vec(any_happening(), 1..40),
        wanted in prop::collection::vec(any_visit(), 2..4),
        spread_s in prop::sample::select(vec![0, 300, 3_600]),
        others in prop::collection::vec(7 * 3_600..20 * 3_600i64, 6),
    ) {
        let policy = Policy { max_overtime_s: 3_600, ..Policy::default() };
        let mut world = if is_rushing { World::in_region(at(7, 0), rushing_region(), policy) } else { World::new(at(7, 0)) };
        for happening in happenings {
            if !matches!(&happening, Happening::Technician(person) if person.shifts.iter().any(|shift| !shift.breaks.is_empty())) {
                world.happen(happening);
            }
        }
        let plan = world.dispatcher.plan();
        let search =
            Search { plan, policy: world.dispatcher.policy(), positions: &world.positions, now_s: world.now_s };
        let roles: Vec<VisitFacts> =
            wanted.iter().map(|visit| VisitFacts::looked_up(visit, &plan.dictionary, &plan.travel)).collect();
        let instants = instants(&search, plan, &roles);
        let truth = instants.iter().filter_map(|last_start_s| brute_force(&search, &roles, spread_s, *last_start_s)).min();
        let found = search.best_crew(&roles.iter().collect::<Vec<_>>(), spread_s);
        prop_assert_eq!(found.as_ref().map(|found| found.cost_milli), truth);
        // No other instant does better.
        for other_s in others {
            if let Some(other) = brute_force(&search, &roles, spread_s, at(0, 0) + other_s) {
                prop_assert!(truth.is_some_and(|truth| truth <= other));
            }
        }
        if let Some(found) = found {
            let starts: Vec<i64> = found.members.iter().map(|(_, insertion)| insertion.slot.start_s).collect();
            prop_assert!(starts.iter().max().unwrap() - starts.iter().min().unwrap() <= spread_s);
        }
    }
}
