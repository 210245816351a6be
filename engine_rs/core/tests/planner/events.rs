//! One event after another: what changes, and what does not.

use crate::world::{World, asap, at, place, skill, technician, visit};
use dispatch_core::explain::Relaxation;
use dispatch_core::live::{ChangeKind, Command, RecommendQuery};
use dispatch_core::model::{Availability, Break, CoreError, Priority, Rule, Term, TimeWindow, VisitEvent, VisitState};

fn two_technicians() -> World {
    let mut world = World::new(at(8, 0));
    world.put(technician("near", place(0.0, 0.0)));
    world.put(technician("far", place(8_000.0, 0.0)));
    world
}

#[test]
fn a_visit_goes_to_the_nearest_who_can() {
    let mut world = two_technicians();
    let change = world.add(asap("v", place(500.0, 0.0), at(8, 0), Priority::Routine));
    assert_eq!(change.kind, ChangeKind::Assigned);
    let placement = change.placement.unwrap();
    assert_eq!(placement.technician_id, "near");
    assert_eq!(placement.score_terms.iter().map(|term| term.cost_milli).sum::<i64>(), placement.cost_milli);
    assert!(placement.score_terms.iter().any(|term| term.term == Term::Travel));
}

#[test]
fn nobody_qualified_leaves_it_unassigned_with_reasons() {
    let mut world = two_technicians();
    let mut wanted = asap("v", place(0.0, 0.0), at(8, 0), Priority::Urgent);
    wanted.required_skills = vec![skill("boiler", 3)];
    let change = world.add(wanted);
    assert_eq!(change.kind, ChangeKind::Unassigned);
    assert_eq!((change.unassigned_reasons[0].rule, change.unassigned_reasons[0].technician_count), (Rule::Skill, 2));
    // Room appears: somebody learns the skill.
    let mut expert = technician("far", place(8_000.0, 0.0));
    expert.skills = vec![skill("boiler", 3)];
    let outcome = world.put(expert);
    assert_eq!(outcome.changes[0].kind, ChangeKind::Assigned);
    assert_eq!(world.technician_of("v").as_deref(), Some("far"));
}

#[test]
fn a_live_position_counts_at_once() {
    let mut world = two_technicians();
    world.report_position("far", place(0.0, 3_000.0));
    world.report_position("near", place(9_000.0, 0.0));
    world.add(asap("v", place(0.0, 3_100.0), at(8, 0), Priority::Routine));
    assert_eq!(world.technician_of("v").as_deref(), Some("far"));
}

#[test]
fn a_whole_visit_is_lived_through() {
    let mut world = two_technicians();
    world.add(asap("v", place(500.0, 0.0), at(8, 0), Priority::Routine));
    for (minute, event, state) in [
        (1, VisitEvent::Accept, VisitState::Accepted),
        (2, VisitEvent::Depart, VisitState::EnRoute),
        (4, VisitEvent::Arrive, VisitState::Arrived),
        (5, VisitEvent::Start, VisitState::InService),
    ] {
        world.now_s = at(8, minute);
        let outcome = world.progress("v", event);
        assert_eq!(outcome.changes.len(), 1);
        assert_eq!((outcome.changes[0].kind, outcome.changes[0].state), (ChangeKind::Progressed, state));
    }
    world.now_s = at(8, 40);
    let outcome = world.progress("v", VisitEvent::Complete);
    assert_eq!(outcome.changes[0].state, VisitState::Completed);
    assert_eq!(outcome.changes[0].times.end_s, Some(at(8, 40)));
    assert!(outcome.changes[0].placement.is_some());
    assert_eq!(world.visit("v"), None);
}

#[test]
fn illegal_steps_are_refused_and_change_nothing() {
    let mut world = two_technicians();
    world.add(asap("v", place(500.0, 0.0), at(8, 0), Priority::Routine));
    let before = world.dispatcher.snapshot();
    let report = |technician: &str, event| Command::Progress {
        visit_id: "v".to_owned(),
        technician_id: technician.to_owned(),
        event,
    };
    for (command, wanted) in [
        (report("near", VisitEvent::Complete), "ILLEGAL_TRANSITION"),
        (report("far", VisitEvent::Accept), "WRONG_TECHNICIAN"),
    ] {
        match world.try_apply(command) {
            Err(CoreError::State { reason, .. }) => assert_eq!(reason, wanted),
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(world.try_apply(report("nobody", VisitEvent::Accept)), Err(CoreError::NotFound { .. })));
    assert_eq!(world.dispatcher.snapshot(), before);
}

#[test]
fn a_declined_visit_goes_to_somebody_else_and_never_comes_back() {
    let mut world = two_technicians();
    world.add(asap("v", place(500.0, 0.0), at(8, 0), Priority::Routine));
    let outcome = world.progress("v", VisitEvent::Decline);
    assert_eq!(outcome.changes[0].kind, ChangeKind::Moved);
    assert_eq!(outcome.changes[0].excluded_technician_ids, vec!["near".to_owned()]);
    assert_eq!(outcome.changes[0].times.reassignment_count, 1);
    world.progress("v", VisitEvent::Decline);
    assert_eq!(world.state("v"), Some(VisitState::Unassigned));
}

#[test]
fn somebody_falling_out_moves_only_what_was_there() {
    let mut world = two_technicians();
    for (index, x) in [500.0, 900.0, 7_500.0].into_iter().enumerate() {
        world.add(visit(&format!("v{index}"), place(x, 0.0), at(9, 0), at(17, 0)));
    }
    assert_eq!(world.route("near").len(), 2);
    let outcome = world.apply(Command::TechnicianOffline { technician_id: "near".to_owned() });
    let moved: Vec<_> =
        outcome.changes.iter().filter(|c| c.kind == ChangeKind::Moved).map(|c| c.visit_id.as_str()).collect();
    assert_eq!(moved, ["v0", "v1"]);
    assert_eq!(world.route("far").len(), 3);
    let outcome = world.apply(Command::TechnicianOffline { technician_id: "far".to_owned() });
    assert!(outcome.changes.iter().all(|change| change.kind == ChangeKind::Unassigned));
    let outcome = world
        .apply(Command::SetAvailability { technician_id: "near".to_owned(), availability: Availability::Available });
    assert_eq!(outcome.changes.len(), 3);
    assert!(outcome.changes.iter().all(|change| change.kind == ChangeKind::Assigned));
}

#[test]
fn lateness_is_passed_on_and_only_what_must_moves() {
    let mut world = two_technicians();
    world.add(visit("first", place(500.0, 0.0), at(9, 0), at(9, 30)));
    world.add(visit("second", place(900.0, 0.0), at(10, 0), at(10, 30)));
    world.add(visit("third", place(900.0, 300.0), at(11, 0), at(17, 0)));
    assert_eq!(world.route("near"), ["first", "second", "third"]);
    let outcome = world.apply(Command::VisitLate { visit_id: "first".to_owned(), delay_s: 4_800 });
    let kinds: Vec<_> = outcome.changes.iter().map(|change| (change.visit_id.as_str(), change.kind)).collect();
    // The third keeps its time but comes second now.
    let retimed = ChangeKind::Retimed;
    assert_eq!(kinds, [("first", retimed), ("second", ChangeKind::Moved), ("third", retimed)]);
    assert_eq!(world.route("near"), ["first", "third"]);
}

#[test]
fn a_tick_without_news_changes_nothing() {
    let mut world = two_technicians();
    world.add(asap("v", place(500.0, 0.0), at(8, 0), Priority::Routine));
    world.add(visit("w", place(900.0, 0.0), at(10, 0), at(12, 0)));
    assert!(world.tick(10).changes.is_empty());
    assert!(world.tick(10).changes.is_empty());
}

#[test]
fn unassigned_visits_expire_after_their_last_window() {
    let mut world = World::new(at(8, 0));
    world.add(visit("v", place(0.0, 0.0), at(9, 0), at(10, 0)));
    world.now_s = at(10, 0);
    assert!(world.tick(0).changes.is_empty());
    world.now_s = at(10, 1);
    let outcome = world.tick(0);
    assert_eq!((outcome.changes[0].kind, outcome.changes[0].state), (ChangeKind::Progressed, VisitState::Expired));
}

#[test]
fn a_break_is_kept_free() {
    let mut world = World::new(at(8, 0));
    let mut lone = technician("t", place(0.0, 0.0));
    lone.shifts[0].breaks = vec![Break { start_window: TimeWindow::new(at(12, 0), at(12, 30)), duration_s: 3_600 }];
    world.put(lone);
    let mut long = visit("long", place(100.0, 0.0), at(8, 0), at(17, 0));
    long.duration_s = 5 * 3_600;
    let start_s = world.add(long).placement.unwrap().start_s;
    // Five hours from eight would swallow the break: it is taken first.
    assert!(start_s >= at(13, 0), "{}", start_s - at(0, 0));
    let change = world.add(visit("short", place(100.0, 0.0), at(12, 10), at(12, 20)));
    assert_eq!(change.unassigned_reasons[0].rule, Rule::Window);
}

#[test]
fn recommendations_are_ranked_and_add_up() {
    let mut world = two_technicians();
    let mut star = technician("star", place(600.0, 0.0));
    star.skills = vec![skill("boiler", 5)];
    world.put(star);
    let query = RecommendQuery::new(place(500.0, 0.0));
    let answer = world.dispatcher.recommend(&query, &world.positions, world.now_s).unwrap();
    let ids: Vec<_> = answer.recommendations.iter().map(|r| r.technician_id.as_str()).collect();
    // The star is nearer, but can do more than is asked for.
    assert_eq!(ids, ["star", "near", "far"]);
    for recommendation in &answer.recommendations {
        let sum: i64 = recommendation.score_terms.iter().map(|term| term.cost_milli).sum();
        assert_eq!(sum, recommendation.cost_milli);
    }
    let mut picky = query;
    picky.required_skills = vec![skill("boiler", 2)];
    let answer = world.dispatcher.recommend(&picky, &world.positions, world.now_s).unwrap();
    assert_eq!(answer.recommendations.len(), 1);
    assert_eq!((answer.reasons[0].rule, answer.reasons[0].technician_count), (Rule::Skill, 2));
}

#[test]
fn under_way_stays_with_its_technician() {
    let mut world = two_technicians();
    world.add(asap("v", place(500.0, 0.0), at(8, 0), Priority::Routine));
    world.progress_to("v", VisitEvent::Arrive);
    assert!(matches!(
        world.try_apply(Command::DeleteTechnician { technician_id: "near".to_owned() }),
        Err(CoreError::State { reason: "TECHNICIAN_UNDER_WAY", .. })
    ));
    world.apply(Command::TechnicianOffline { technician_id: "near".to_owned() });
    assert_eq!(world.technician_of("v").as_deref(), Some("near"));
}

#[test]
fn an_emergency_pushes_out_a_routine_visit_that_finds_another_place() {
    let mut world = World::new(at(8, 0));
    let mut expert = technician("expert", place(0.0, 0.0));
    expert.skills = vec![skill("boiler", 3)];
    expert.max_visits = 1;
    world.put(expert);
    world.add(visit("routine", place(200.0, 0.0), at(9, 0), at(17, 0)));
    world.put(technician("other", place(5_000.0, 0.0)));
    assert_eq!(world.technician_of("routine").as_deref(), Some("expert"));
    let mut emergency = asap("emergency", place(100.0, 0.0), at(8, 0), Priority::Emergency);
    emergency.required_skills = vec![skill("boiler", 3)];
    let mut same_but_routine = emergency.clone();
    (same_but_routine.id, same_but_routine.priority) = ("waits".to_owned(), Priority::Routine);
    assert_eq!(world.add(same_but_routine).kind, ChangeKind::Unassigned);
    assert_eq!(world.add(emergency).kind, ChangeKind::Assigned);
    assert_eq!(world.technician_of("emergency").as_deref(), Some("expert"));
    assert_eq!(world.technician_of("routine").as_deref(), Some("other"));
    assert_eq!(world.visit("routine").unwrap().times.reassignment_count, 1);
}

#[test]
fn a_batch_places_first_what_has_least_choice() {
    let mut world = World::new(at(8, 0));
    for (id, x) in [("expert", 0.0), ("other", 6_000.0)] {
        let mut person = technician(id, place(x, 0.0));
        person.max_visits = 1;
        person.skills = if id == "expert" { vec![skill("boiler", 3)] } else { Vec::new() };
        world.put(person);
    }
    let easy = visit("a-easy", place(0.0, 0.0), at(9, 0), at(17, 0));
    let mut hard = visit("b-hard", place(3_000.0, 0.0), at(9, 0), at(17, 0));
    hard.required_skills = vec![skill("boiler", 1)];
    let outcome = world.apply(Command::AddVisits(vec![easy, hard]));
    assert!(outcome.changes.iter().all(|change| change.kind == ChangeKind::Assigned));
    assert_eq!(world.technician_of("b-hard").as_deref(), Some("expert"));
}

#[test]
fn a_tick_gives_an_urgent_visit_to_somebody_who_became_nearer() {
    let mut world = two_technicians();
    world.add(asap("v", place(2_000.0, 0.0), at(8, 0), Priority::Emergency));
    assert_eq!(world.technician_of("v").as_deref(), Some("near"));
    world.report_position("far", place(2_010.0, 0.0));
    assert!(world.tick(0).changes.is_empty());
    let outcome = world.tick(1);
    assert_eq!((outcome.changes[0].kind, outcome.changes.len()), (ChangeKind::Moved, 1));
    assert_eq!(world.technician_of("v").as_deref(), Some("far"));
    assert!(world.tick(1).changes.is_empty());
}

#[test]
fn what_would_have_to_give_places_the_visit_when_it_gives() {
    let mut world = World::new(at(8, 0));
    let mut person = technician("t", place(0.0, 0.0));
    person.skills = vec![skill("boiler", 2)];
    world.put(person.clone());
    let mut wanted = visit("v", place(100.0, 0.0), at(17, 20), at(17, 45));
    wanted.duration_s = 3_600;
    wanted.required_skills = vec![skill("boiler", 2)];
    assert_eq!(world.add(wanted.clone()).kind, ChangeKind::Unassigned);
    let found = world.dispatcher.relaxations("v", &world.positions, world.now_s).unwrap();
    let overtime = Relaxation::Overtime { technician_id: "t".to_owned(), seconds: 1_200 };
    assert_eq!(found, vec![Relaxation::ShorterWork { seconds: 1_200 }, overtime]);
    let mut shorter = wanted.clone();
    (shorter.id, shorter.duration_s) = ("shorter".to_owned(), 2_400);
    assert_eq!(world.add(shorter).kind, ChangeKind::Assigned);

    let mut hard = visit("hard", place(100.0, 0.0), at(9, 0), at(10, 0));
    hard.required_skills = vec![skill("boiler", 4)];
    assert_eq!(world.add(hard.clone()).kind, ChangeKind::Unassigned);
    let found = world.dispatcher.relaxations("hard", &world.positions, world.now_s).unwrap();
    let holder = Relaxation::SkillHolder { technician_id: "t".to_owned(), skill: "boiler".to_owned(), level: 4 };
    assert_eq!(found, vec![Relaxation::Skill { skill: "boiler".to_owned(), level: 2 }, holder]);
    person.skills = vec![skill("boiler", 4)];
    world.put(person);
    assert_eq!(world.technician_of("hard").as_deref(), Some("t"));

    let mut long = visit("long", place(100.0, 0.0), at(8, 0), at(9, 0));
    long.duration_s = 6 * 3_600;
    long.required_skills = vec![skill("boiler", 1)];
    assert_eq!(world.add(long.clone()).kind, ChangeKind::Unassigned);
    let found = world.dispatcher.relaxations("long", &world.positions, world.now_s).unwrap();
    let [Relaxation::LaterEnd { seconds }, ..] = found[..] else { panic!("{found:?}") };
    long.id = "later".to_owned();
    long.start_windows[0].end_s += seconds;
    assert_eq!(world.add(long).kind, ChangeKind::Assigned);
}

#[test]
fn a_tick_puts_stops_into_a_better_order() {
    let mut world = World::new(at(8, 0));
    world.put(technician("t", place(0.0, 0.0)));
    // Each went to the end of the day when it came: nothing else was known.
    world.add(visit("far", place(9_000.0, 0.0), at(9, 0), at(17, 0)));
    let mut early = visit("early", place(8_000.0, 0.0), at(8, 0), at(9, 0));
    early.duration_s = 5_400;
    world.add(early);
    world.add(visit("near", place(1_000.0, 0.0), at(8, 0), at(17, 0)));
    world.apply(Command::CancelVisit { visit_id: "early".to_owned() });
    world.tick(5);
    assert_eq!(world.route("t"), ["near", "far"]);
}
