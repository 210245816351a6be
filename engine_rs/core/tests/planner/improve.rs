//! Studies: what is found while the plan lives on never undoes what has happened meanwhile.

use crate::days::{Happening, any_happening};
use crate::pins::{Pinned, pinned};
use crate::world::{World, at, place, rushing_region, technician, visit};
use dispatch_core::improve::RouteOrder;
use dispatch_core::live::Command;
use dispatch_core::model::{Policy, VisitState};
use dispatch_core::solve::Iterations;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Who has each open visit, and in which state it is.
fn places(world: &World) -> BTreeMap<String, (VisitState, Option<String>)> {
    let visits = world.dispatcher.visits();
    visits.map(|visit| (visit.id.clone(), (visit.state, world.technician_of(&visit.id)))).collect()
}

fn found(world: &World, seed: u64, max_moves: u32) -> Vec<RouteOrder> {
    let mut study = world.dispatcher.study(seed, max_moves, &world.positions, world.now_s);
    let before_milli = study.cost_milli();
    study.improve(seed, &mut Iterations(160));
    assert!(study.cost_milli() <= before_milli, "a study never ends worse than it began");
    study.orders()
}

fn lived(is_rushing: bool, happenings: Vec<Happening>) -> World {
    let policy = Policy { max_overtime_s: 3_600, ..Policy::default() };
    let mut world = if is_rushing {
        World::in_region(at(7, 0), rushing_region(), policy)
    } else {
        World::with_policy(at(7, 0), policy)
    };
    for happening in happenings {
        world.happen(happening);
    }
    world
}

/// Each pinned visit with the technician and the visits before it, as far as these are pinned.
fn held(world: &World) -> Vec<(String, Option<String>, Option<Vec<String>>)> {
    let of = |Pinned { visit, technician, before, .. }: Pinned| (visit, technician, before);
    pinned(&world.dispatcher).into_iter().map(of).collect()
}

fn unplaced(places: &BTreeMap<String, (VisitState, Option<String>)>) -> usize {
    places.values().filter(|(_, technician)| technician.is_none()).count()
}

fn moved(before: &BTreeMap<String, (VisitState, Option<String>)>, world: &World) -> Vec<String> {
    let now = places(world);
    let has_moved = |(id, (_, technician)): &(&String, &(VisitState, Option<String>))| {
        technician.is_some() && now.get(*id).is_some_and(|(_, other)| other != technician)
    };
    before.iter().filter(has_moved).map(|(id, _)| id.clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// `World` proves after each command that the plan is feasible and that outcomes tell the whole change.
    #[test]
    fn what_happens_meanwhile_stands(
        is_rushing in any::<bool>(),
        before in prop::collection::vec(any_happening(), 1..50),
        meanwhile in prop::collection::vec(any_happening(), 0..6),
        seed in any::<u64>(),
        max_moves in 0..8u32,
    ) {
        let mut world = lived(is_rushing, before);
        let orders = found(&world, seed, max_moves);
        for happening in meanwhile {
            world.happen(happening);
        }
        let known = places(&world);
        let was_pinned = held(&world);
        world.apply(Command::AdoptOrders { orders, max_moves });
        let now = places(&world);
        prop_assert!(now.keys().eq(known.keys()), "no visit comes or goes");
        prop_assert!(unplaced(&now) <= unplaced(&known));
        let moved = moved(&known, &world);
        prop_assert!(moved.len() <= max_moves as usize);
        prop_assert_eq!(was_pinned, held(&world), "what is pinned stays");
        for (id, (state, technician)) in &known {
            if state.is_under_way() {
                prop_assert_eq!(&now[id], &(*state, technician.clone()), "who is on the way goes on");
            }
        }
    }

    #[test]
    fn at_once_it_finds_what_it_said_and_repeats_with_the_seed(
        before in prop::collection::vec(any_happening(), 1..50),
        max_moves in 0..8u32,
    ) {
        let mut world = lived(false, before);
        let known = places(&world);
        let mut again = world.dispatcher.clone();
        let outcome =
            world.dispatcher.reoptimize(&mut Iterations(4), 9, Some(max_moves), &world.positions, world.now_s);
        let repeated = again.reoptimize(&mut Iterations(4), 9, Some(max_moves), &world.positions, world.now_s);
        prop_assert_eq!(&outcome, &repeated);
        world.tell(&outcome);
        prop_assert!(unplaced(&places(&world)) <= unplaced(&known));
        prop_assert!(moved(&known, &world).len() <= max_moves as usize);
    }
}

#[test]
fn nothing_to_adopt_changes_nothing() {
    let mut world = World::new(at(8, 0));
    world.put(technician("a", place(0.0, 0.0)));
    world.add(visit("v", place(3_000.0, 0.0), at(9, 0), at(12, 0)));
    let outcome = world.apply(Command::AdoptOrders { orders: Vec::new(), max_moves: 10 });
    assert_eq!(outcome.changes, vec![]);
    assert_eq!(found(&world, 1, 10), vec![], "one visit is where it is best");
}

/// Each of two technicians works at the other's door, with no time for one visit more: no visit can go over alone.
#[test]
fn routes_that_cross_are_untangled() {
    let mut world = World::new(at(8, 0));
    world.put(technician("east", place(9_000.0, 0.0)));
    world.put(technician("west", place(-9_000.0, 0.0)));
    for (number, east_m) in [(0, -9_000.0), (1, 9_000.0)] {
        for hour in 10..14 {
            let mut crossed = visit(&format!("v{number}-{hour}"), place(east_m, 500.0), at(hour, 0), at(hour, 30));
            crossed.required_technician_id = Some(if east_m < 0.0 { "east" } else { "west" }.to_owned());
            world.add(crossed);
        }
    }
    let mut snapshot = world.dispatcher.snapshot();
    snapshot.visits.iter_mut().for_each(|visit| visit.required_technician_id = None);
    world.restore(snapshot);
    let outcome = world.dispatcher.reoptimize(&mut Iterations(20), 7, None, &world.positions, world.now_s);
    world.tell(&outcome);
    for hour in 10..14 {
        assert_eq!(world.technician_of(&format!("v0-{hour}")).as_deref(), Some("west"));
        assert_eq!(world.technician_of(&format!("v1-{hour}")).as_deref(), Some("east"));
    }
}

/// The day is cut to pieces so that the last visit fits nowhere; compaction makes room without moving anybody's windows.
#[test]
fn compaction_finds_room_that_no_insertion_does() {
    let mut world = World::new(at(8, 0));
    for id in ["a", "b"] {
        world.put(technician(id, place(0.0, 0.0)));
    }
    for (id, hour) in [("a", 9), ("b", 11)] {
        let mut narrow = visit(&format!("fixed-{id}"), place(0.0, 0.0), at(hour, 0), at(hour, 0));
        narrow.required_technician_id = Some(id.to_owned());
        narrow.duration_s = 7_200;
        world.add(narrow);
    }
    // Fits before or after b's fixed visit; put where it stands in the way of the long one.
    let mut loose = visit("loose", place(0.0, 0.0), at(13, 0), at(16, 0));
    loose.required_technician_id = Some("a".to_owned());
    loose.duration_s = 3_600;
    world.add(loose);
    let mut snapshot = world.dispatcher.snapshot();
    snapshot
        .visits
        .iter_mut()
        .filter(|visit| visit.id == "loose")
        .for_each(|visit| visit.required_technician_id = None);
    world.restore(snapshot);
    let mut long = visit("long", place(0.0, 0.0), at(11, 0), at(11, 30));
    long.duration_s = 6 * 3_600;
    assert_eq!(world.add(long).state, VisitState::Unassigned);
    let outcome = world.dispatcher.reoptimize(&mut Iterations(10), 3, Some(10), &world.positions, world.now_s);
    world.tell(&outcome);
    assert_eq!(world.technician_of("long").as_deref(), Some("a"));
    assert_eq!(world.technician_of("loose").as_deref(), Some("b"));
}
