//! The checker itself: each rule is broken once in a good plan, and each time it is the one that is found.

use crate::crews::crew;
use crate::dependencies::after;
use crate::world::{World, asap, at, place, skill, technician, visit};
use dispatch_core::check::check_plan;
use dispatch_core::model::{
    Availability, Break, Companion, Dependency, Ended, PartCount, Pin, Policy, Priority, Rule, TimeWindow, VisitEvent,
    WorkPace,
};
use dispatch_core::plan::{Place, Plan};
use std::collections::BTreeSet;

/// A plan with a visit under way and two planned ones for "a", and one for "b".
fn good() -> World {
    let mut world = World::new(at(8, 0));
    let mut a = technician("a", place(0.0, 0.0));
    a.skills = vec![skill("boiler", 3)];
    a.shifts[0].end_location = Some(place(0.0, 0.0));
    a.shifts[0].breaks = vec![Break { start_window: TimeWindow::new(at(12, 0), at(13, 0)), duration_s: 1_800 }];
    world.put(a);
    world.add(asap("under-way", place(300.0, 0.0), at(8, 0), Priority::Urgent));
    world.progress_to("under-way", VisitEvent::Arrive);
    let mut skilled = visit("first", place(900.0, 0.0), at(10, 0), at(11, 0));
    skilled.required_skills = vec![skill("boiler", 2)];
    world.add(skilled);
    world.add(visit("second", place(1_500.0, 900.0), at(14, 0), at(15, 0)));
    world.put(technician("b", place(0.0, 9_000.0)));
    world.add(visit("other", place(0.0, 9_100.0), at(10, 0), at(11, 0)));
    assert_eq!(world.route("a"), ["under-way", "first", "second"]);
    assert_eq!(world.route("b"), ["other"]);
    world
}

/// Breaks something in a copy of the good plan and returns the rules found broken.
fn broken(mutate: impl FnOnce(&mut Plan, &mut Policy)) -> BTreeSet<Rule> {
    let world = good();
    let (mut plan, mut policy) = (world.dispatcher.plan().clone(), world.dispatcher.policy().clone());
    assert_eq!(check_plan(&plan, &policy).violations, vec![]);
    mutate(&mut plan, &mut policy);
    check_plan(&plan, &policy).violations.into_iter().map(|violation| violation.rule).collect()
}

fn only(rule: Rule) -> BTreeSet<Rule> {
    BTreeSet::from([rule])
}

fn place_of(plan: &Plan, id: &str) -> (u32, Place, usize) {
    let number = plan.visit_number(id).unwrap();
    (number, plan.visit(number).place.unwrap(), plan.stop(number).unwrap().0)
}

/// Changes the stop of a visit.
fn with_stop(plan: &mut Plan, id: &str, change: impl FnOnce(&mut dispatch_core::plan::Stop)) {
    let (_, place, position) = place_of(plan, id);
    change(&mut plan.route_mut(place).unwrap().stops[position]);
}

fn with_visit(plan: &mut Plan, id: &str, change: impl FnOnce(&mut dispatch_core::model::Visit)) {
    let number = plan.visit_number(id).unwrap();
    change(&mut plan.visit_mut(number).source);
}

fn with_technician(plan: &mut Plan, id: &str, change: impl FnOnce(&mut dispatch_core::model::Technician)) {
    let number = plan.technician_number(id).unwrap();
    change(&mut plan.technician_mut(number).unwrap().source);
}

#[test]
fn availability() {
    let found = broken(|plan, _| with_technician(plan, "b", |b| b.availability = Availability::Offline));
    assert_eq!(found, only(Rule::Availability));
}

#[test]
fn skill_missing_or_too_low() {
    let lower = broken(|plan, _| with_technician(plan, "a", |a| a.skills[0].level = 1));
    assert_eq!(lower, only(Rule::Skill));
    let missing = broken(|plan, _| with_visit(plan, "other", |visit| visit.required_skills = vec![skill("x", 1)]));
    assert_eq!(missing, only(Rule::Skill));
}

#[test]
fn certificate_missing_or_expired_before_the_end() {
    let asked =
        |plan: &mut Plan| with_visit(plan, "other", |visit| visit.required_certificates = vec!["gas".to_owned()]);
    assert_eq!(broken(|plan, _| asked(plan)), only(Rule::Certificate));
    let found = broken(|plan, _| {
        asked(plan);
        let (number, ..) = place_of(plan, "other");
        let end_s = plan.stop(number).unwrap().1.end_s;
        with_technician(plan, "b", |b| {
            b.certificates = vec![dispatch_core::model::Certificate {
                certificate: "gas".to_owned(),
                valid_from_s: None,
                valid_until_s: Some(end_s - 1),
            }];
        });
    });
    assert_eq!(found, only(Rule::Certificate));
}

#[test]
fn shift_too_short_at_either_end_or_for_the_way_home() {
    let early = broken(|plan, _| with_technician(plan, "b", |b| b.shifts[0].window.end_s = at(10, 20)));
    assert_eq!(early, only(Rule::Shift));
    let late = broken(|plan, _| with_technician(plan, "b", |b| b.shifts[0].window.start_s = at(10, 20)));
    assert_eq!(late, only(Rule::Shift));
    let home = broken(|plan, _| with_technician(plan, "a", |a| a.shifts[0].window.end_s = at(14, 31)));
    assert_eq!(home, only(Rule::Shift));
}

#[test]
fn window() {
    let found = broken(|plan, _| with_visit(plan, "second", |visit| visit.start_windows[0].start_s = at(14, 30)));
    assert_eq!(found, only(Rule::Window));
}

#[test]
fn blackout() {
    let dark = |from_s, until_s| {
        broken(|plan, _| with_visit(plan, "other", |visit| visit.blackouts = vec![TimeWindow::new(from_s, until_s)]))
    };
    let world = good();
    let placement = world.visit("other").unwrap().placement.clone().unwrap();
    assert_eq!(dark(placement.start_s - 60, placement.start_s + 1), only(Rule::Window));
    assert_eq!(dark(placement.end_s - 1, placement.end_s + 60), only(Rule::Window));
    assert_eq!(dark(placement.start_s - 60, placement.start_s), BTreeSet::new());
    assert_eq!(dark(placement.end_s, placement.end_s + 60), BTreeSet::new());
}

#[test]
fn break_without_room() {
    let found = broken(|plan, _| {
        with_technician(plan, "a", |a| a.shifts[0].breaks[0].start_window = TimeWindow::new(at(14, 5), at(14, 20)));
    });
    assert_eq!(found, only(Rule::Break));
    let too_long = broken(|plan, _| with_technician(plan, "a", |a| a.shifts[0].breaks[0].duration_s = 3 * 3_600));
    assert_eq!(too_long, only(Rule::Break));
}

#[test]
fn technician_excluded_or_another_required() {
    let excluded =
        broken(|plan, _| with_visit(plan, "other", |visit| visit.excluded_technician_ids = vec!["b".to_owned()]));
    assert_eq!(excluded, only(Rule::Technician));
    let required =
        broken(|plan, _| with_visit(plan, "other", |visit| visit.required_technician_id = Some("a".to_owned())));
    assert_eq!(required, only(Rule::Technician));
}

#[test]
fn language_not_spoken() {
    let asked = |plan: &mut Plan| {
        with_visit(plan, "other", |visit| visit.required_languages = vec!["ES".to_owned(), "zh-TW".to_owned()]);
    };
    let speaks = |plan: &mut Plan, tag: &str| with_technician(plan, "b", |b| b.languages = vec![tag.to_owned()]);
    for other in ["zh", "est", "en"] {
        let found = broken(|plan, _| {
            asked(plan);
            speaks(plan, other);
        });
        assert_eq!(found, only(Rule::Language), "{other}");
    }
    let met = broken(|plan, _| {
        asked(plan);
        speaks(plan, "es-419");
    });
    assert_eq!(met, BTreeSet::new());
}

#[test]
fn partner_out_of_scope() {
    let scope = |plan: &mut Plan, partner: &str| {
        with_visit(plan, "other", |visit| visit.partners = vec!["north".to_owned(), partner.to_owned()]);
    };
    assert_eq!(broken(|plan, _| scope(plan, "south")), only(Rule::Partner));
    assert_eq!(broken(|plan, _| scope(plan, "-")), BTreeSet::new());
    let lent = broken(|plan, _| {
        scope(plan, "-");
        with_technician(plan, "b", |b| b.partner = "south".to_owned());
    });
    assert_eq!(lent, only(Rule::Partner));
}

#[test]
fn parts_not_on_board() {
    let valves = |count| vec![PartCount { part: "valve".to_owned(), count }];
    let taken = |plan: &mut Plan, carried| {
        with_visit(plan, "first", |visit| visit.parts = valves(2));
        with_visit(plan, "second", |visit| visit.parts = valves(1));
        with_technician(plan, "a", |a| a.parts = valves(carried));
    };
    assert_eq!(broken(|plan, _| taken(plan, 3)), BTreeSet::new());
    assert_eq!(broken(|plan, _| taken(plan, 2)), only(Rule::Parts));
}

#[test]
fn work_that_takes_longer_than_it_gets() {
    let paced = |plan: &mut Plan, service: Option<&str>| {
        with_visit(plan, "other", |visit| visit.service_id = Some("clean".to_owned()));
        with_technician(plan, "b", |b| {
            let of_service = WorkPace { service_id: service.map(str::to_owned), percent: 101 };
            b.paces = vec![WorkPace { service_id: None, percent: 100 }, of_service];
            b.paces.dedup_by_key(|pace| pace.service_id.clone());
        });
    };
    assert_eq!(broken(|plan, _| paced(plan, Some("clean"))), only(Rule::Overlap));
    assert_eq!(broken(|plan, _| paced(plan, Some("repair"))), BTreeSet::new());
}

#[test]
fn too_many_visits() {
    assert_eq!(broken(|plan, _| with_technician(plan, "a", |a| a.max_visits = 2)), only(Rule::MaxVisits));
    assert_eq!(broken(|_, policy| policy.max_visits = 2), only(Rule::MaxVisits));
}

#[test]
fn a_leg_too_long() {
    assert_eq!(broken(|_, policy| policy.max_leg_m = 1_000), only(Rule::MaxTravel));
}

#[test]
fn travel_too_fast_work_too_short_or_begun_before_the_arrival() {
    let fast = broken(|plan, _| {
        with_visit(plan, "second", |visit| visit.start_windows[0].start_s = at(10, 30));
        with_stop(plan, "second", |stop| {
            (stop.arrival_s, stop.start_s, stop.end_s) = (at(10, 31), at(10, 31), at(11, 1));
        });
    });
    assert_eq!(fast, only(Rule::Overlap));
    let short = broken(|plan, _| with_stop(plan, "second", |stop| stop.end_s -= 60));
    assert_eq!(short, only(Rule::Overlap));
    let begun = broken(|plan, _| with_stop(plan, "other", |stop| stop.arrival_s = stop.start_s + 1));
    assert_eq!(begun, only(Rule::Overlap));
}

#[test]
fn references_that_lead_nowhere_or_twice() {
    let twice = broken(|plan, _| {
        let (_, place, position) = place_of(plan, "second");
        let stop = plan.route(place).unwrap().stops[position].clone();
        let (_, other, _) = place_of(plan, "other");
        plan.route_mut(other).unwrap().stops.push(stop);
    });
    assert!(twice.contains(&Rule::Reference), "{twice:?}");
    let lost = broken(|plan, _| {
        let (_, place, position) = place_of(plan, "second");
        plan.route_mut(place).unwrap().stops.remove(position);
    });
    assert_eq!(lost, only(Rule::Reference));
    let unknown = broken(|plan, _| with_stop(plan, "other", |stop| stop.visit = 999));
    assert!(unknown.contains(&Rule::Reference), "{unknown:?}");
}

#[test]
fn a_pinned_visit_that_was_moved() {
    let pinned = |plan: &mut Plan, change: &dyn Fn(&mut Pin, i64)| {
        let (number, ..) = place_of(plan, "second");
        let start_s = plan.stop(number).unwrap().1.start_s;
        with_visit(plan, "second", |visit| {
            let mut pin = Pin {
                technician_id: Some("a".to_owned()),
                start_s: Some(start_s),
                preceding_visit_ids: Some(vec!["gone".to_owned(), "first".to_owned()]),
            };
            change(&mut pin, start_s);
            visit.pin = Some(Box::new(pin));
        });
    };
    assert_eq!(broken(|plan, _| pinned(plan, &|_, _| {})), BTreeSet::new());
    let to_another = broken(|plan, _| pinned(plan, &|pin, _| pin.technician_id = Some("b".to_owned())));
    assert_eq!(to_another, only(Rule::Pin));
    let early = broken(|plan, _| pinned(plan, &|pin, start_s| pin.start_s = Some(start_s + 1)));
    assert_eq!(early, only(Rule::Pin));
    let late = broken(|plan, _| {
        pinned(plan, &|pin, start_s| pin.start_s = Some(start_s - 3_600));
        with_visit(plan, "second", |visit| visit.start_windows[0].start_s -= 3_600);
    });
    assert_eq!(late, only(Rule::Pin));
    let behind_another =
        broken(|plan, _| pinned(plan, &|pin, _| pin.preceding_visit_ids = Some(vec!["gone".to_owned()])));
    assert_eq!(behind_another, only(Rule::Pin));
}

#[test]
fn a_visit_under_way_that_does_not_come_first() {
    let found = broken(|plan, _| {
        let (_, place, _) = place_of(plan, "under-way");
        plan.route_mut(place).unwrap().stops.swap(0, 1);
    });
    assert!(found.contains(&Rule::Pin), "{found:?}");
}

/// A plan with a crew of two who started nothing yet, and a visit after one of them.
fn tied() -> World {
    let mut world = World::new(at(8, 0));
    for (id, east_m) in [("a", 0.0), ("b", 3_000.0), ("c", 6_000.0)] {
        world.put(technician(id, place(east_m, 0.0)));
    }
    let lift = |id: &str| visit(id, place(1_000.0, 0.0), at(9, 0), at(12, 0));
    let mut visits = crew("lift", 600, vec![lift("left"), lift("right")]);
    let dependency = Dependency {
        min_lag_s: 1_800,
        max_lag_s: Some(5_400),
        technician: Companion::Different,
        ..Dependency::new("left")
    };
    visits.push(after(visit("paint", place(2_000.0, 0.0), at(9, 0), at(17, 0)), vec![dependency]));
    world.apply(dispatch_core::live::Command::AddVisits(visits));
    assert!(["left", "right", "paint"].iter().all(|id| world.technician_of(id).is_some()));
    world
}

fn broken_tie(mutate: impl FnOnce(&mut Plan)) -> BTreeSet<Rule> {
    let world = tied();
    let (mut plan, policy) = (world.dispatcher.plan().clone(), world.dispatcher.policy().clone());
    assert_eq!(check_plan(&plan, &policy).violations, vec![]);
    mutate(&mut plan);
    check_plan(&plan, &policy).violations.into_iter().map(|violation| violation.rule).collect()
}

fn shift_stop(plan: &mut Plan, id: &str, by_s: i64) {
    with_stop(plan, id, |stop| {
        stop.start_s += by_s;
        stop.end_s += by_s;
    });
}

#[test]
fn lags_that_are_not_kept_are_found() {
    assert_eq!(broken_tie(|plan| shift_stop(plan, "paint", -60)), only(Rule::Dependency));
    assert_eq!(broken_tie(|plan| shift_stop(plan, "paint", 3_660)), only(Rule::Dependency));
    let ended = Ended { end_s: at(16, 0), technician_id: "a".to_owned() };
    let after_the_end = |plan: &mut Plan| {
        with_visit(plan, "paint", |visit| visit.ties.as_mut().unwrap().after[0].ended = Some(ended));
    };
    assert_eq!(broken_tie(after_the_end), only(Rule::Dependency));
}

#[test]
fn the_wrong_companion_is_found() {
    let same = |plan: &mut Plan| {
        with_visit(plan, "paint", |visit| visit.ties.as_mut().unwrap().after[0].technician = Companion::Same);
    };
    assert_eq!(broken_tie(same), only(Rule::Dependency));
}

#[test]
fn something_planned_before_what_it_waits_for_is_found() {
    let renamed = |plan: &mut Plan| {
        with_visit(plan, "paint", |visit| visit.ties.as_mut().unwrap().after[0].visit_id = "nowhere".to_owned());
    };
    assert_eq!(broken_tie(renamed), only(Rule::Dependency));
}

#[test]
fn a_crew_that_is_torn_or_apart_is_found() {
    assert!(broken_tie(|plan| shift_stop(plan, "right", 660)).contains(&Rule::Crew));
    let alone = |plan: &mut Plan| {
        let number = plan.visit_number("right").unwrap();
        plan.unplace(number);
    };
    assert_eq!(broken_tie(alone), only(Rule::Crew));
    let twice = |plan: &mut Plan| {
        let (left, right) = (plan.visit_number("left").unwrap(), plan.visit_number("right").unwrap());
        let (place, windows) = (plan.visit(left).place.unwrap(), plan.stop(right).unwrap().1.windows.clone());
        let stop = plan.stop(right).unwrap().1.clone();
        plan.unplace(right);
        plan.place(right, place, usize::MAX, windows);
        with_stop(plan, "right", |new| {
            (new.arrival_s, new.start_s, new.end_s) = (stop.arrival_s, stop.start_s, stop.end_s);
        });
    };
    assert!(broken_tie(twice).contains(&Rule::Crew));
}

#[test]
fn a_group_with_two_technicians_is_found() {
    let grouped = |plan: &mut Plan| {
        for id in ["left", "right"] {
            with_visit(plan, id, |visit| visit.ties.as_mut().unwrap().group = Some("g".to_owned()));
        }
    };
    assert_eq!(broken_tie(grouped), only(Rule::Group));
}
