//! What is pinned stays, whatever the planner does; what reality breaks is let go and told.

use crate::days::{Happening, any_happening, any_visit};
use crate::world::{World, asap, at, place, technician, visit};
use dispatch_core::live::{ChangeKind, Command, Dispatcher};
use dispatch_core::model::{
    Availability, CoreError, PinParts, Policy, Priority, Rule, Technician, TimeWindow, Timestamp, VisitEvent,
};
use proptest::prelude::*;

const EVERYTHING: PinParts = PinParts { technician: true, start: true, position: true };
const TECHNICIAN: PinParts = PinParts { technician: true, start: false, position: false };
const START: PinParts = PinParts { technician: false, start: true, position: false };
const POSITION: PinParts = PinParts { technician: false, start: false, position: true };

/// Two technicians; "near" has "v" at ten.
fn booked() -> World {
    let mut world = World::new(at(8, 0));
    world.put(technician("near", place(0.0, 0.0)));
    world.add(visit("v", place(4_000.0, 0.0), at(10, 0), at(12, 0)));
    world.put(technician("far", place(9_000.0, 0.0)));
    world
}

fn start_of(world: &World, id: &str) -> Timestamp {
    world.visit(id).unwrap().placement.as_ref().unwrap().start_s
}

#[test]
fn a_pin_is_told_and_holds_what_was_planned() {
    let mut world = booked();
    let outcome = world.pin("v", EVERYTHING);
    assert_eq!((outcome.changes.len(), outcome.changes[0].kind), (1, ChangeKind::Pinned));
    let pin = outcome.changes[0].pin.clone().unwrap();
    assert_eq!((pin.technician_id.as_deref(), pin.start_s), (Some("near"), Some(at(10, 0))));
    assert_eq!(pin.preceding_visit_ids, Some(Vec::new()));
    let outcome = world.apply(Command::UnpinVisit { visit_id: "v".to_owned() });
    assert_eq!((outcome.changes[0].kind, outcome.changes[0].pin.clone()), (ChangeKind::Pinned, None));
    let again = world.apply(Command::UnpinVisit { visit_id: "v".to_owned() });
    assert!(again.changes.is_empty(), "nothing is pinned any more");
}

#[test]
fn only_what_is_planned_can_be_pinned() {
    let mut world = booked();
    let pin = |id: &str, parts| Command::PinVisit { visit_id: id.to_owned(), parts };
    assert!(matches!(world.try_apply(pin("v", PinParts::default())), Err(CoreError::Invalid(_))));
    assert!(matches!(world.try_apply(pin("nobody", START)), Err(CoreError::NotFound { .. })));
    let mut unwanted = visit("nowhere", place(0.0, 0.0), at(10, 0), at(11, 0));
    unwanted.excluded_technician_ids = vec!["near".to_owned(), "far".to_owned()];
    world.add(unwanted);
    assert!(matches!(world.try_apply(pin("nowhere", START)), Err(CoreError::State { .. })));
    world.progress("v", VisitEvent::Depart);
    assert!(matches!(world.try_apply(pin("v", START)), Err(CoreError::State { .. })));
}

#[test]
fn improvement_leaves_a_pinned_technician_alone() {
    let mut world = booked();
    world.pin("v", TECHNICIAN);
    // Somebody who lives next door joins: without the pin the visit would move.
    world.put(technician("next-door", place(4_000.0, 50.0)));
    world.tick(5);
    assert_eq!(world.technician_of("v").as_deref(), Some("near"));
    world.apply(Command::UnpinVisit { visit_id: "v".to_owned() });
    world.tick(5);
    assert_eq!(world.technician_of("v").as_deref(), Some("next-door"));
}

#[test]
fn nothing_comes_before_a_pinned_position_and_the_reason_says_so() {
    let mut world = booked();
    world.apply(Command::DeleteTechnician { technician_id: "far".to_owned() });
    world.pin("v", POSITION);
    let before = world.add(visit("early", place(500.0, 0.0), at(8, 30), at(9, 30)));
    assert_eq!(before.unassigned_reasons[0].rule, Rule::Pin);
    world.add(visit("later", place(500.0, 0.0), at(8, 30), at(14, 30)));
    assert_eq!(world.route("near"), ["v", "later"]);
    world.apply(Command::UnpinVisit { visit_id: "v".to_owned() });
    world.now_s += 600;
    world.tick(0);
    assert_eq!(world.route("near"), ["early", "v", "later"], "the room is there again");
}

#[test]
fn an_urgent_visit_pushes_out_nothing_that_is_pinned() {
    let mut world = World::new(at(8, 0));
    world.put(technician("near", place(0.0, 0.0)));
    let mut long = visit("v", place(1_000.0, 0.0), at(8, 10), at(8, 30));
    long.duration_s = 8 * 3_600;
    world.add(long);
    let mut other = technician("far", place(9_000.0, 0.0));
    other.shifts[0].window = TimeWindow::new(at(8, 0), at(17, 30));
    world.put(other);
    world.pin("v", TECHNICIAN);
    let mut wanted = asap("now", place(0.0, 0.0), at(8, 0), Priority::Emergency);
    wanted.required_technician_id = Some("near".to_owned());
    world.add(wanted.clone());
    assert_eq!(world.technician_of("now"), None);
    world.apply(Command::CancelVisit { visit_id: "now".to_owned() });
    world.apply(Command::UnpinVisit { visit_id: "v".to_owned() });
    world.add(wanted);
    assert_eq!(
        (world.technician_of("now").as_deref(), world.technician_of("v").as_deref()),
        (Some("near"), Some("far"))
    );
}

#[test]
fn a_pinned_start_yields_to_reality_and_comes_back() {
    let mut world = booked();
    world.add(visit("first", place(500.0, 0.0), at(8, 30), at(9, 0)));
    assert_eq!(world.route("near"), ["first", "v"]);
    world.pin("v", EVERYTHING);
    world.now_s = at(8, 30);
    world.apply(Command::VisitLate { visit_id: "first".to_owned(), delay_s: 3_600 });
    assert!(start_of(&world, "v") > at(10, 0), "held up");
    assert_eq!(world.technician_of("v").as_deref(), Some("near"));
    let held = world.visit("v").unwrap().pin.clone().unwrap();
    assert_eq!(held.start_s, Some(at(10, 0)), "the pin itself stays");
    world.apply(Command::CancelVisit { visit_id: "first".to_owned() });
    assert_eq!(start_of(&world, "v"), at(10, 0));
}

#[test]
fn who_falls_out_loses_the_pin_but_the_start_stays() {
    let mut world = booked();
    world.pin("v", EVERYTHING);
    let outcome = world.apply(Command::TechnicianOffline { technician_id: "near".to_owned() });
    let change = &outcome.changes[0];
    assert_eq!(change.kind, ChangeKind::Moved);
    let pin = change.pin.clone().unwrap();
    assert_eq!((pin.technician_id, pin.start_s, pin.preceding_visit_ids), (None, Some(at(10, 0)), None));
    assert_eq!(start_of(&world, "v"), at(10, 0));
}

#[test]
fn an_unpinned_visit_gives_way_to_a_pinned_one_behind_it() {
    let mut world = booked();
    world.add(visit("first", place(500.0, 0.0), at(8, 30), at(13, 0)));
    assert_eq!(world.route("near"), ["first", "v"]);
    world.pin("v", TECHNICIAN);
    // Nobody has set out, so that the second could not start inside its window any more.
    world.now_s = at(11, 45);
    world.tick(0);
    assert_eq!(world.route("near"), ["v", "first"]);
    assert!(world.visit("v").unwrap().pin.is_some());
}

#[test]
fn what_is_about_to_begin_keeps_its_place_but_for_something_urgent() {
    let mut world = World::new(at(8, 0));
    world.put(technician("near", place(0.0, 0.0)));
    world.add(visit("soon", place(3_000.0, 0.0), at(8, 0), at(12, 0)));
    world.add(asap("routine", place(100.0, 0.0), at(8, 0), Priority::Routine));
    assert_eq!(world.route("near"), ["soon", "routine"]);
    world.add(asap("urgent", place(200.0, 0.0), at(8, 0), Priority::Emergency));
    assert_eq!(world.route("near")[0], "urgent");
    let mut free = World::with_policy(at(8, 0), Policy { freeze_horizon_s: 0, ..Policy::default() });
    free.put(technician("near", place(0.0, 0.0)));
    free.add(visit("soon", place(3_000.0, 0.0), at(8, 0), at(12, 0)));
    free.add(asap("routine", place(100.0, 0.0), at(8, 0), Priority::Routine));
    assert_eq!(free.route("near"), ["routine", "soon"]);
}

/// A pinned visit as it is planned now: of what is not pinned, nothing.
#[derive(Debug)]
pub(crate) struct Pinned {
    pub(crate) visit: String,
    pub(crate) technician: Option<String>,
    start_s: Option<Timestamp>,
    /// The planned visits before it.
    pub(crate) before: Option<Vec<String>>,
}

pub(crate) fn pinned(dispatcher: &Dispatcher) -> Vec<Pinned> {
    let plan = dispatcher.plan();
    let mut found = Vec::new();
    for (id, number) in plan.visits() {
        let entry = plan.visit(number);
        let (Some(pin), Some(place)) = (&entry.source.pin, entry.place) else { continue };
        if entry.source.state.is_under_way() {
            continue;
        }
        let (position, stop) = plan.stop(number).unwrap();
        let route = plan.route(place).unwrap();
        let before = route.stops[route.frozen..position].iter();
        let before = before.map(|stop| plan.visit(stop.visit).source.id.clone()).collect();
        let technician = pin.technician_id.as_ref().map(|_| plan.technician_id(place.technician).to_owned());
        found.push(Pinned {
            visit: id.to_owned(),
            technician,
            start_s: pin.start_s.map(|_| stop.start_s),
            before: pin.preceding_visit_ids.as_ref().map(|_| before),
        });
    }
    found
}

/// Something that the planner has to deal with and that is no news about anybody's technician or time.
fn any_demand() -> impl Strategy<Value = Happening> {
    prop_oneof![
        5 => prop::collection::vec(any_visit(), 1..14).prop_map(Happening::Visits),
        3 => (1..6u32).prop_map(Happening::Tick),
    ]
}

fn somebody_new(number: usize, at_home: Technician) -> Technician {
    Technician { id: format!("new{number}"), ..at_home }
}

proptest! {
    /// The clock stands still, nobody reports anything: what happens then is the planner's doing alone.
    #[test]
    fn nothing_the_planner_does_moves_a_pinned_visit(
        happenings in prop::collection::vec(any_happening(), 1..60),
        demands in prop::collection::vec(any_demand(), 1..12),
    ) {
        let mut world = World::new(at(7, 0));
        for happening in happenings {
            world.happen(happening);
        }
        world.tick(0);
        let before = pinned(&world.dispatcher);
        for (number, demand) in demands.into_iter().enumerate() {
            world.happen(demand);
            world.put(somebody_new(number, technician("t", place(0.0, 100.0))));
        }
        let after = pinned(&world.dispatcher);
        for was in before {
            let Some(is) = after.iter().find(|is| is.visit == was.visit) else { panic!("{was:?} is gone") };
            prop_assert_eq!((&was.technician, &was.before), (&is.technician, &is.before));
            // Somebody else may keep a start that is held when its technician is held up; nobody makes it later.
            prop_assert!(is.start_s <= was.start_s, "{was:?} became {is:?}");
        }
    }

    /// Whoever keeps a technician pinned has that technician; a start is held or late, never early.
    #[test]
    fn a_pin_is_kept_or_told_to_be_let_go(happenings in prop::collection::vec(any_happening(), 1..80)) {
        let mut world = World::new(at(7, 0));
        for happening in happenings {
            world.happen(happening);
            for visit in world.dispatcher.visits() {
                let Some(pin) = &visit.pin else { continue };
                let placed_with = visit.placement.as_ref().map(|placement| placement.technician_id.as_str());
                prop_assert!(pin.technician_id.is_none() || pin.technician_id.as_deref() == placed_with);
                prop_assert!(pin.preceding_visit_ids.is_none() || pin.technician_id.is_some());
                let start_s = visit.placement.as_ref().map(|placement| placement.start_s);
                let is_early = pin.start_s.zip(start_s).is_some_and(|(pinned_s, start_s)| start_s < pinned_s);
                prop_assert!(!is_early || visit.state.is_under_way());
            }
        }
    }
}

#[test]
fn a_technician_who_is_paused_keeps_what_is_pinned() {
    let mut world = booked();
    world.pin("v", EVERYTHING);
    let paused = Command::SetAvailability { technician_id: "near".to_owned(), availability: Availability::Paused };
    world.apply(paused);
    world.tick(5);
    assert_eq!((world.technician_of("v").as_deref(), start_of(&world, "v")), (Some("near"), at(10, 0)));
}
