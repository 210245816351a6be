//! Changes that people ask for: assigned by hand, bounded, seen beforehand and then made exactly so.

use crate::days::any_happening;
use crate::insertion::lived;
use crate::world::{World, asap, at, place, skill, technician, visit};
use dispatch_core::live::{ChangeKind, Command, Outcome, Preview};
use dispatch_core::model::{Availability, CoreError, Priority, Rule, VisitEvent, VisitState};
use proptest::prelude::*;

/// Who does what in which order, and what nobody does.
fn order(world: &World) -> (Vec<(String, Vec<String>)>, Vec<String>) {
    let view = world.dispatcher.plan_view(&[]);
    let ids = |stops: &[dispatch_core::live::StopView]| stops.iter().map(|stop| stop.visit_id.clone()).collect();
    let routes = view.routes.iter().map(|route| (route.technician_id.clone(), ids(&route.stops))).collect();
    (routes, view.unassigned.iter().map(|open| open.visit_id.clone()).collect())
}

fn preview(world: &World, command: Command) -> Result<Preview, CoreError> {
    world.dispatcher.clone().preview(command, &world.positions, world.now_s)
}

fn moved(outcome: &Outcome) -> usize {
    outcome.changes.iter().filter(|change| change.kind == ChangeKind::Moved).count()
}

/// Something that a person may ask for.
fn asked(world: &World, kind: u8, number: usize) -> Option<Command> {
    let visit_id = world.dispatcher.visits().nth(number % 40)?.id.clone();
    let technician_id = format!("t{}", number % 8);
    Some(match kind {
        0 => Command::SetAvailability { technician_id, availability: Availability::Offline },
        1 => Command::VisitLate { visit_id, delay_s: 3_600 },
        2 => Command::AddVisits(vec![asap("new", place(900.0, 0.0), world.now_s, Priority::Emergency)]),
        3 => Command::CancelVisit { visit_id },
        4 => Command::AssignVisit { visit_id, technician_id, position: None },
        5 => Command::UnassignVisit { visit_id, is_excluding: number.is_multiple_of(2) },
        _ => Command::Improve { rounds: 3, seed: 7 },
    })
}

/// What must be told again when the change is made: an arrangement says the rest.
fn first(command: Command) -> Option<Box<Command>> {
    match command {
        Command::AssignVisit { .. } | Command::Improve { .. } => None,
        other => Some(Box::new(other)),
    }
}

proptest! {
    #[test]
    fn what_was_seen_beforehand_is_what_is_made(
        happenings in prop::collection::vec(any_happening(), 1..60),
        kind in 0..7u8,
        number in 0..200usize,
    ) {
        let mut world = lived(false, happenings);
        world.tick(0);
        let Some(command) = asked(&world, kind, number) else { return Ok(()) };
        let before = world.dispatcher.snapshot();
        let seen = preview(&world, command.clone());
        prop_assert_eq!(&world.dispatcher.snapshot(), &before, "a preview changes nothing");
        let Ok(seen) = seen else { return Ok(()) };
        let mut twin = World::new(world.now_s);
        twin.dispatcher = world.dispatcher.clone();
        twin.positions.clone_from(&world.positions);
        twin.dispatcher.apply(command.clone(), &twin.positions, twin.now_s).unwrap();
        world.apply(Command::Commit { first: first(command), expected: Some(seen.before), arrangement: seen.after });
        prop_assert_eq!(order(&world), order(&twin));
    }

    #[test]
    fn an_empty_change_changes_nothing(happenings in prop::collection::vec(any_happening(), 1..60), number in 0..200usize) {
        let mut world = lived(false, happenings);
        world.tick(0);
        let Some(command) = asked(&world, 1, number) else { return Ok(()) };
        let Ok(seen) = preview(&world, command) else { return Ok(()) };
        let outcome = world.apply(Command::Commit { first: None, expected: Some(seen.before.clone()), arrangement: seen.before });
        prop_assert_eq!(outcome, Outcome::default());
        let nothing = Command::Bounded { max_moves: Some(3), command: Box::new(Command::Tick { max_moves: 0 }) };
        prop_assert_eq!(world.apply(nothing), Outcome::default());
    }

    #[test]
    fn no_more_visits_move_than_allowed(
        happenings in prop::collection::vec(any_happening(), 1..60),
        kind in 0..4u8,
        number in 0..200usize,
        most in 0..3u32,
    ) {
        let mut world = lived(false, happenings);
        let Some(command) = asked(&world, kind, number) else { return Ok(()) };
        let bounded = Command::Bounded { max_moves: Some(most), command: Box::new(command) };
        let Ok(outcome) = world.try_apply(bounded) else { return Ok(()) };
        prop_assert!(moved(&outcome) <= most as usize, "{:?}", outcome);
    }

    #[test]
    fn a_hand_assignment_is_made_or_refused_with_the_rule(
        happenings in prop::collection::vec(any_happening(), 1..60),
        number in 0..200usize,
        position in prop::option::of(0..4u32),
    ) {
        let mut world = lived(false, happenings);
        let Some(visit) = world.dispatcher.visits().nth(number % 40) else { return Ok(()) };
        let (visit_id, technician_id) = (visit.id.clone(), format!("t{}", number % 8));
        let before = world.dispatcher.snapshot();
        let command =
            Command::AssignVisit { visit_id: visit_id.clone(), technician_id: technician_id.clone(), position };
        match world.try_apply(command) {
            Ok(_) => prop_assert_eq!(world.technician_of(&visit_id), Some(technician_id)),
            Err(error) => {
                prop_assert_eq!(world.dispatcher.snapshot(), before);
                prop_assert!(!matches!(error, CoreError::Stale { .. }), "{}", error);
            }
        }
    }
}

/// Anna and Bert, a kilometre apart, both on duty all day; `v` is with Anna.
fn town() -> World {
    let mut world = World::new(at(8, 0));
    world.put(technician("anna", place(0.0, 0.0)));
    world.put(technician("bert", place(1_000.0, 0.0)));
    world.add(visit("v", place(0.0, 0.0), at(9, 0), at(10, 0)));
    world
}

#[test]
fn a_visit_goes_where_it_is_put() {
    let mut world = town();
    let to_bert = |position| Command::AssignVisit { visit_id: "v".into(), technician_id: "bert".into(), position };
    let bounded = Command::Bounded { max_moves: None, command: Box::new(to_bert(None)) };
    let outcome = world.apply(bounded);
    assert_eq!(world.technician_of("v").as_deref(), Some("bert"));
    let [change] = outcome.changes.as_slice() else { panic!("{outcome:?}") };
    assert_eq!(change.kind, ChangeKind::Moved);
    assert_eq!(change.times.reassignment_count, 1);
    assert!(change.disruption_milli > 0);
    assert!(outcome.cost_change_milli > change.disruption_milli, "bert has the longer way");
    world.add(visit("w", place(1_000.0, 0.0), at(9, 0), at(15, 0)));
    let command = Command::AssignVisit { visit_id: "w".into(), technician_id: "bert".into(), position: Some(1) };
    world.apply(command);
    assert_eq!(world.route("bert"), ["v", "w"]);
    let beyond = Command::AssignVisit { visit_id: "w".into(), technician_id: "bert".into(), position: Some(2) };
    assert!(matches!(world.try_apply(beyond), Err(CoreError::Invalid(_))));
}

#[test]
fn a_hard_rule_is_told_with_what_is_missing() {
    let mut world = town();
    let mut boiler = visit("boiler", place(0.0, 0.0), at(9, 0), at(10, 0));
    boiler.required_skills = vec![skill("boiler", 2)];
    world.add(boiler);
    let command = Command::AssignVisit { visit_id: "boiler".into(), technician_id: "anna".into(), position: None };
    match world.try_apply(command) {
        Err(CoreError::Broken { rule, amount, technician_id, .. }) => {
            assert_eq!((rule, amount, technician_id.as_str()), (Rule::Skill, 2, "anna"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_visit_taken_off_stays_off_until_it_is_tried_again() {
    let mut world = town();
    world.apply(Command::UnassignVisit { visit_id: "v".into(), is_excluding: true });
    assert_eq!(world.state("v"), Some(VisitState::Unassigned));
    world.tick(0);
    assert_eq!(world.state("v"), Some(VisitState::Unassigned));
    world.now_s += world.dispatcher.policy().retry_interval_s;
    world.tick(0);
    assert_eq!(world.technician_of("v").as_deref(), Some("bert"), "anna is excluded");
    let again = Command::UnassignVisit { visit_id: "v".into(), is_excluding: false };
    world.progress("v", VisitEvent::Depart);
    assert!(matches!(world.try_apply(again), Err(CoreError::State { .. })), "somebody is on the way");
}

#[test]
fn a_customer_who_is_not_there_fails_the_visit_and_makes_room() {
    let mut world = town();
    world.add(visit("next", place(0.0, 0.0), at(9, 10), at(9, 20)));
    let absent = || Command::CustomerAbsent { visit_id: "v".into() };
    assert!(matches!(world.try_apply(absent()), Err(CoreError::State { .. })), "nobody is there yet");
    world.now_s = at(8, 50);
    world.progress_to("v", VisitEvent::Arrive);
    world.apply(absent());
    assert_eq!(world.visit("v"), None);
}

#[test]
fn a_stale_arrangement_is_refused_and_changes_nothing() {
    let mut world = town();
    let command = Command::AssignVisit { visit_id: "v".into(), technician_id: "bert".into(), position: None };
    let seen = preview(&world, command).unwrap();
    world.add(visit("w", place(1_000.0, 0.0), at(9, 0), at(15, 0)));
    let before = world.dispatcher.snapshot();
    let commit = Command::Commit { first: None, expected: None, arrangement: seen.after };
    assert!(matches!(world.try_apply(commit), Err(CoreError::Stale { .. })));
    assert_eq!(world.dispatcher.snapshot(), before);
}

#[test]
fn improvement_ends_by_itself_and_tells_what_it_gains() {
    let mut world = World::new(at(7, 0));
    for number in 0..4 {
        world.put(technician(&format!("t{number}"), place(f64::from(number) * 2_000.0, 0.0)));
    }
    for number in 0..24u32 {
        let site = place(f64::from(number * 977 % 8_000), f64::from(number * 331 % 3_000));
        world.add(visit(&format!("v{number:02}"), site, at(9, 0), at(17, 0)));
    }
    let improve =
        |rounds| Command::Bounded { max_moves: None, command: Box::new(Command::Improve { rounds, seed: 1 }) };
    let outcome = world.apply(improve(1_000));
    assert!(outcome.cost_change_milli <= 0, "{}", outcome.cost_change_milli);
    assert_eq!(world.apply(improve(1_000)), Outcome::default());
}
