//! Visits that wait for others: lags kept, changes carried on, circles refused.

use crate::world::{World, at, place, technician, visit};
use dispatch_core::live::Command;
use dispatch_core::model::{
    Availability, Companion, CoreError, Dependency, Ended, Rule, Ties, Visit, VisitEvent, VisitState, Withdrawal,
};

/// Lets a visit come after others.
pub(crate) fn after(mut visit: Visit, after: Vec<Dependency>) -> Visit {
    visit.ties.get_or_insert_default().after = after;
    visit
}

fn dependency(id: &str, min_lag_s: i64, max_lag_s: Option<i64>) -> Dependency {
    Dependency { min_lag_s, max_lag_s, ..Dependency::new(id) }
}

/// Two technicians at two ends of the city.
fn two() -> World {
    let mut world = World::new(at(8, 0));
    world.put(technician("west", place(-6_000.0, 0.0)));
    world.put(technician("east", place(6_000.0, 0.0)));
    world
}

fn planned(world: &World, id: &str) -> (String, i64, i64) {
    let placement = world.visit(id).unwrap().placement.clone().unwrap();
    (placement.technician_id, placement.start_s, placement.end_s)
}

fn wire_then_paint(min_lag_s: i64, max_lag_s: Option<i64>) -> Vec<Visit> {
    let wire = visit("wire", place(-5_000.0, 0.0), at(9, 0), at(17, 0));
    let paint = visit("paint", place(5_000.0, 0.0), at(9, 0), at(17, 0));
    vec![after(paint, vec![dependency("wire", min_lag_s, max_lag_s)]), wire]
}

#[test]
fn a_visit_starts_its_lag_after_what_comes_before() {
    let mut world = two();
    world.apply(Command::AddVisits(wire_then_paint(7_200, Some(7_200))));
    let ((first, _, end_s), (second, start_s, _)) = (planned(&world, "wire"), planned(&world, "paint"));
    assert_eq!((first.as_str(), second.as_str()), ("west", "east"));
    assert_eq!(start_s, end_s + 7_200);
}

#[test]
fn a_delay_is_carried_on_to_another_route() {
    let mut world = two();
    world.apply(Command::AddVisits(wire_then_paint(600, None)));
    let before = planned(&world, "paint");
    let outcome = world.apply(Command::VisitLate { visit_id: "wire".to_owned(), delay_s: 3_600 });
    let (_, start_s, _) = planned(&world, "paint");
    assert_eq!(start_s, before.1 + 3_600);
    assert_eq!(outcome.changes.len(), 2, "both are told");
}

#[test]
fn an_insertion_that_would_break_a_lag_elsewhere_is_refused() {
    let mut world = two();
    world.apply(Command::AddVisits(wire_then_paint(600, Some(600))));
    let (_, start_s, _) = planned(&world, "wire");
    // Only west can, and only before the wiring: there is no room without pushing the painting on.
    let mut between = visit("between", place(-5_500.0, 0.0), at(8, 30), start_s);
    between.required_technician_id = Some("west".to_owned());
    let change = world.add(between);
    assert_eq!(change.state, VisitState::Unassigned);
    assert_eq!(planned(&world, "wire").1, start_s);
}

#[test]
fn what_waits_for_a_visit_without_a_place_has_none() {
    let mut world = two();
    let mut visits = wire_then_paint(0, None);
    visits[1].required_technician_id = Some("nobody".to_owned());
    let outcome = world.apply(Command::AddVisits(visits));
    let paint = outcome.changes.iter().find(|change| change.visit_id == "paint").unwrap();
    assert_eq!(paint.unassigned_reasons.iter().map(|reason| reason.rule).collect::<Vec<_>>(), [Rule::Dependency]);
    assert!(paint.unassigned_reasons[0].detail.contains("wire must come before"), "{paint:?}");
    // Somebody who may wire comes: both find their places.
    world.put(technician("nobody", place(-5_000.0, 0.0)));
    assert_eq!(world.state("paint"), Some(VisitState::Planned));
}

#[test]
fn the_same_or_a_different_technician_attends() {
    for (companion, second) in [(Companion::Same, "west"), (Companion::Different, "east")] {
        let mut world = two();
        let wire = visit("wire", place(-5_000.0, 0.0), at(9, 0), at(17, 0));
        let near = visit("near", place(-5_100.0, 0.0), at(9, 0), at(17, 0));
        let far = visit("far", place(5_100.0, 0.0), at(9, 0), at(17, 0));
        let wanted = if companion == Companion::Same { far } else { near };
        let id = wanted.id.clone();
        let tie = Dependency { technician: companion, ..Dependency::new("wire") };
        world.apply(Command::AddVisits(vec![wire, after(wanted, vec![tie])]));
        assert_eq!(planned(&world, &id).0, second);
    }
}

#[test]
fn an_end_is_remembered_when_the_visit_is_gone() {
    let mut world = two();
    world.apply(Command::AddVisits(wire_then_paint(3_600, Some(10_800))));
    world.now_s = planned(&world, "wire").1;
    world.progress_to("wire", VisitEvent::Start);
    world.now_s += 1_000;
    let outcome = world.progress("wire", VisitEvent::Complete);
    let ended = Ended { end_s: world.now_s, technician_id: "west".to_owned() };
    let told = outcome.changes.iter().find(|change| change.visit_id == "paint").unwrap();
    assert_eq!(told.after[0].ended, Some(ended));
    assert_eq!(planned(&world, "paint").1, world.now_s + 3_600);
}

#[test]
fn a_withdrawn_predecessor_releases_or_cancels() {
    for (withdrawal, expected) in [(Withdrawal::Release, Some(VisitState::Planned)), (Withdrawal::Cancel, None)] {
        let mut world = two();
        let mut visits = wire_then_paint(7_200, None);
        visits[0].ties.as_mut().unwrap().after[0].withdrawal = withdrawal;
        world.apply(Command::AddVisits(visits));
        let start_s = planned(&world, "paint").1;
        world.apply(Command::CancelVisit { visit_id: "wire".to_owned() });
        assert_eq!(world.state("paint"), expected);
        if expected.is_some() {
            assert!(planned(&world, "paint").1 < start_s, "it need not wait any more");
        }
    }
}

#[test]
fn losing_the_technician_of_the_first_moves_no_more_than_needed() {
    let mut world = two();
    world.put(technician("reserve", place(-6_100.0, 0.0)));
    world.apply(Command::AddVisits(wire_then_paint(600, Some(3_600))));
    let (who, ..) = planned(&world, "wire");
    let before = planned(&world, "paint");
    world.apply(Command::SetAvailability { technician_id: who.clone(), availability: Availability::Offline });
    assert_ne!(planned(&world, "wire").0, who);
    assert_eq!(planned(&world, "paint").0, before.0, "the painter keeps the visit");
}

#[test]
fn circles_are_refused_with_their_names() {
    let mut world = two();
    let wait =
        |id: &str, other: &str| after(visit(id, place(0.0, 0.0), at(9, 0), at(17, 0)), vec![Dependency::new(other)]);
    let visits = vec![wait("a", "c"), wait("b", "a"), wait("c", "b"), wait("d", "d"), wait("e", "unknown")];
    let Err(CoreError::Invalid(found)) = world.try_apply(Command::AddVisits(visits)) else { panic!("refused") };
    let told: Vec<_> = found.iter().map(|found| (found.field.as_str(), found.reason)).collect();
    let expected = [
        ("visits[3].after[0].visit", "DEPENDENCY_CYCLE"),
        ("visits[4].after[0].visit", "UNKNOWN_REFERENCE"),
        ("visits[1].after[0].visit", "DEPENDENCY_CYCLE"),
    ];
    assert_eq!(told, expected);
    assert!(found[2].description.ends_with("a -> c -> b -> a"), "{}", found[2].description);
    assert_eq!(world.dispatcher.stats().open_visits, 0);
}

#[test]
fn nonsense_in_ties_is_told_at_once() {
    let mut world = two();
    let mut wanted = visit("v", place(0.0, 0.0), at(9, 0), at(17, 0));
    let bad = Dependency { min_lag_s: -1, max_lag_s: Some(40 * 86_400), ..Dependency::new("") };
    wanted.ties = Some(Box::new(Ties { after: vec![bad.clone(), bad], ..Ties::default() }));
    let Err(CoreError::Invalid(found)) = world.try_apply(Command::AddVisits(vec![wanted])) else { panic!("refused") };
    let fields: Vec<_> = found.iter().map(|found| found.field.trim_start_matches("visits[0].after")).collect();
    let first = ["[0].visit", "[0].min_lag_s", "[0].max_lag_s"];
    assert_eq!(fields[..3], first);
    assert_eq!(fields[3..], ["[1].visit", "[1].visit", "[1].min_lag_s", "[1].max_lag_s"]);
}

fn grouped(id: &str, east_m: f64) -> Visit {
    let mut wanted = visit(id, place(east_m, 0.0), at(9, 0), at(17, 0));
    wanted.ties.get_or_insert_default().group = Some("tower".to_owned());
    wanted
}

#[test]
fn a_group_goes_to_one_technician_without_driving_twice() {
    let mut world = two();
    // One job in the middle of the other technician's ground: alone it would be east's.
    world.apply(Command::AddVisits(vec![grouped("a", -5_000.0), grouped("b", -5_000.0), grouped("c", 5_500.0)]));
    let who = world.technician_of("a");
    assert!(["b", "c"].iter().all(|id| world.technician_of(id) == who));
    let route = world.route(who.as_deref().unwrap());
    let positions: Vec<usize> = ["a", "b"].iter().filter_map(|id| route.iter().position(|stop| stop == id)).collect();
    assert_eq!(positions[0].abs_diff(positions[1]), 1, "{route:?}");
}

#[test]
fn who_does_not_fit_with_the_group_says_so() {
    let mut world = two();
    world.add(grouped("a", -5_000.0));
    let who = world.technician_of("a").unwrap();
    let mut other = grouped("b", -5_000.0);
    other.duration_s = 9 * 3_600;
    other.start_windows = vec![dispatch_core::model::TimeWindow::new(at(8, 0), at(9, 0))];
    let change = world.add(other);
    let told = change.unassigned_reasons.iter().find(|reason| reason.rule == Rule::Group).unwrap();
    assert!(told.detail.contains(&who), "{told:?}");
}

#[test]
fn a_group_moves_as_one_when_its_technician_refuses_a_part() {
    let mut world = two();
    world.apply(Command::AddVisits(vec![grouped("a", -5_000.0), grouped("b", -5_000.0)]));
    let who = world.technician_of("a");
    world.progress("a", VisitEvent::Decline);
    assert_ne!(world.technician_of("a"), who);
    assert_eq!(world.technician_of("b"), world.technician_of("a"));
}
