//! Who may come, what is taken along and how long it takes whom: languages, partners, parts and paces.

use crate::world::{World, at, place, technician, visit};
use dispatch_core::explain::Relaxation;
use dispatch_core::live::{Detail, VisitOrder};
use dispatch_core::model::{
    Certificate, OWN_STAFF, PartCount, Rule, Technician, TimeWindow, Visit, VisitEvent, WorkPace,
};

fn valves(count: u32) -> Vec<PartCount> {
    vec![PartCount { part: "valve".to_owned(), count }]
}

fn carrying(id: &str, east_m: f64, count: u32) -> Technician {
    let mut person = technician(id, place(east_m, 0.0));
    person.parts = if count > 0 { valves(count) } else { Vec::new() };
    person
}

#[test]
fn who_speaks_the_language_comes_and_the_others_are_counted() {
    let mut world = World::new(at(8, 0));
    let mut far = technician("far", place(9_000.0, 0.0));
    far.languages = vec!["de".to_owned(), "zh-Hant-TW".to_owned()];
    world.put(technician("near", place(0.0, 0.0)));
    world.put(far);
    let mut wanted = visit("v", place(100.0, 0.0), at(10, 0), at(12, 0));
    wanted.required_languages = vec!["fr".to_owned(), "ZH-Hant".to_owned()];
    world.add(wanted.clone());
    assert_eq!(world.technician_of("v").as_deref(), Some("far"));
    (wanted.id, wanted.required_languages) = ("w".to_owned(), vec!["zh-Hans".to_owned()]);
    let refused = world.add(wanted);
    let reason = &refused.unassigned_reasons[0];
    assert_eq!((reason.rule, reason.technician_count), (Rule::Language, 2));
    assert_eq!(reason.detail, "2 technicians speak none of the languages asked for (zh-hans)");
}

#[test]
fn only_the_partners_named_come() {
    let mut world = World::new(at(8, 0));
    let mut lent = technician("lent", place(9_000.0, 0.0));
    lent.partner = "north".to_owned();
    world.put(technician("own", place(0.0, 0.0)));
    world.put(lent.clone());
    let mut theirs = visit("theirs", place(100.0, 0.0), at(10, 0), at(12, 0));
    theirs.partners = vec!["north".to_owned()];
    let mut ours = theirs.clone();
    (ours.id, ours.partners) = ("ours".to_owned(), vec![OWN_STAFF.to_owned()]);
    world.add(theirs);
    world.add(ours);
    assert_eq!((world.route("lent"), world.route("own")), (vec!["theirs".to_owned()], vec!["ours".to_owned()]));
    // Who leaves the partner loses the visit.
    lent.partner = "south".to_owned();
    world.put(lent);
    let left = world.visit("theirs").unwrap();
    assert_eq!(left.unassigned_reasons[0].rule, Rule::Partner);
    assert_eq!(left.unassigned_reasons[0].technician_count, 2);
}

#[test]
fn a_shift_takes_no_more_parts_than_are_on_board() {
    let mut world = World::new(at(8, 0));
    world.put(carrying("near", 0.0, 3));
    world.put(carrying("far", 9_000.0, 2));
    let with = |id: &str, hour: i64, count: u32| {
        let mut wanted = visit(id, place(100.0, 0.0), at(hour, 0), at(hour + 1, 0));
        wanted.parts = valves(count);
        wanted
    };
    world.add(with("first", 9, 2));
    world.progress_to("first", VisitEvent::Complete);
    // What a finished visit has used is gone for this shift.
    world.add(with("second", 11, 2));
    world.add(with("third", 13, 1));
    assert_eq!(
        (world.technician_of("second").as_deref(), world.technician_of("third").as_deref()),
        (Some("far"), Some("near"))
    );
    let refused = world.add(with("fourth", 15, 1));
    assert_eq!((refused.unassigned_reasons[0].rule, refused.unassigned_reasons[0].technician_count), (Rule::Parts, 2));
    // A visit that takes nothing is not concerned.
    world.add(visit("plain", place(100.0, 0.0), at(15, 0), at(16, 0)));
    assert!(world.technician_of("plain").is_some());
    // Parts are lost: what they were for leaves. More of them come: what waited for them is taken.
    world.put(carrying("near", 0.0, 2));
    assert_eq!(world.technician_of("third"), None);
    world.put(carrying("near", 0.0, 4));
    world.now_s += 600;
    world.tick(0);
    assert_eq!(
        (world.technician_of("third").as_deref(), world.technician_of("fourth").as_deref()),
        (Some("near"), Some("near"))
    );
}

#[test]
fn work_takes_as_long_as_it_takes_who_does_it() {
    let mut world = World::new(at(8, 0));
    let mut slow = technician("slow", place(0.0, 0.0));
    let pace = |service: Option<&str>, percent| WorkPace { service_id: service.map(str::to_owned), percent };
    slow.paces = vec![pace(None, 50), pace(Some("boiler"), 150)];
    world.put(slow.clone());
    let of = |id: &str, service: &str, hour: i64| {
        let mut wanted = visit(id, place(100.0, 0.0), at(hour, 0), at(hour, 0));
        (wanted.service_id, wanted.duration_s) = (Some(service.to_owned()), 3_601);
        wanted
    };
    let work_s = |world: &World, id: &str| {
        let placement = world.visit(id).unwrap().placement.clone().unwrap();
        placement.end_s - placement.start_s
    };
    world.add(of("boiler", "boiler", 9));
    world.add(of("other", "clean", 12));
    assert_eq!((work_s(&world, "boiler"), work_s(&world, "other")), (5_402, 1_801));
    // Two of an hour would fit one after the other; an hour and a half is too long.
    world.add(of("behind", "boiler", 10));
    assert_eq!(world.technician_of("behind"), None);
    // Who learns is faster from then on, with what is planned already.
    slow.paces = vec![pace(None, 90)];
    world.put(slow);
    world.now_s += 600;
    world.tick(0);
    assert_eq!((work_s(&world, "boiler"), world.technician_of("behind").as_deref()), (3_241, Some("slow")));
}

#[test]
fn no_work_goes_on_in_a_blackout() {
    let mut world = World::new(at(8, 0));
    let mut slow = technician("slow", place(0.0, 0.0));
    slow.paces = vec![WorkPace { service_id: None, percent: 200 }];
    slow.certificates = vec![Certificate { certificate: "gas".to_owned(), valid_from_s: None, valid_until_s: None }];
    world.put(slow);
    let mut wanted = visit("v", place(100.0, 0.0), at(9, 0), at(12, 0));
    (wanted.duration_s, wanted.blackouts) = (1_800, vec![TimeWindow::new(at(9, 59), at(11, 0))]);
    world.add(wanted.clone());
    // It would be over by 9:59 at the planned pace, not at this one.
    assert_eq!(world.visit("v").unwrap().placement.as_ref().map(|placed| placed.start_s), Some(at(11, 0)));
    (wanted.id, wanted.start_windows) = ("w".to_owned(), vec![TimeWindow::new(at(9, 0), at(10, 30))]);
    // Nor is it for want of a certificate that is held.
    wanted.required_certificates = vec!["gas".to_owned()];
    let refused = world.add(wanted);
    assert_eq!(refused.unassigned_reasons.iter().map(|reason| reason.rule).collect::<Vec<_>>(), [Rule::Window]);
    let detail = Detail { max_candidates: 1, max_misses: 1, technician_ids: Vec::new() };
    let why = world.dispatcher.explain_unassigned("w", &detail, &world.positions, world.now_s).unwrap();
    assert_eq!((why.misses[0].rule, why.misses[0].amount), (Rule::Window, 0));
    let order = VisitOrder { technician_id: "slow".to_owned(), visit_ids: vec!["w".to_owned()] };
    let found = world.dispatcher.evaluate_orders(&[order], &world.positions, world.now_s).unwrap();
    assert!(found.violations.iter().any(|broken| broken.rule == Rule::Window));
}

#[test]
fn what_would_have_to_give_is_the_scope_that_keeps_all_out() {
    let mut world = World::new(at(8, 0));
    world.put(carrying("t", 0.0, 1));
    let with = |id: &str, change: fn(&mut Visit)| {
        let mut wanted = visit(id, place(100.0, 0.0), at(10, 0), at(12, 0));
        change(&mut wanted);
        wanted
    };
    world.add(with("language", |wanted| wanted.required_languages = vec!["fr".to_owned()]));
    world.add(with("partner", |wanted| wanted.partners = vec!["north".to_owned()]));
    world.add(with("part", |wanted| wanted.parts = valves(2)));
    world.add(with("blackout", |wanted| wanted.blackouts = vec![TimeWindow::new(at(9, 0), at(13, 0))]));
    world.add(with("two", |wanted| {
        wanted.partners = vec!["north".to_owned()];
        wanted.required_languages = vec!["fr".to_owned()];
    }));
    let relaxations = |id: &str| {
        let detail = Detail { max_candidates: 1, max_misses: 1, technician_ids: Vec::new() };
        world.dispatcher.explain_unassigned(id, &detail, &world.positions, world.now_s).unwrap().relaxations
    };
    assert_eq!(relaxations("language"), [Relaxation::Language]);
    assert_eq!(relaxations("partner"), [Relaxation::Partner]);
    assert_eq!(relaxations("part"), [Relaxation::Part { part: "valve".to_owned() }]);
    assert!(relaxations("blackout").contains(&Relaxation::Blackout));
    assert_eq!(relaxations("two"), []);
}
