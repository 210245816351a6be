//! Random days: whatever happens, in whatever order, the plan stays feasible and the outcomes tell the whole story.

use crate::world::{CENTER, World, asap, at, place, rushing_region, skill, technician, visit};
use dispatch_core::live::{Command, Dispatcher, Outcome};
use dispatch_core::model::{
    Availability, Break, Certificate, LatLng, OWN_STAFF, PartCount, PinParts, Policy, Priority, RegionConfig, Shift,
    Technician, TimeWindow, Visit, VisitEvent, WorkPace,
};
use proptest::prelude::*;

/// Something that happens on a random day. Numbers pick among what there is.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    Technician(Box<Technician>),
    Visits(Vec<Visit>),
    Cancel(usize),
    Progress(usize, VisitEvent),
    Advance(usize),
    Availability(usize, Availability),
    Delete(usize),
    Late(usize, i64),
    Position(usize, LatLng),
    Wait(i64),
    Tick(u32),
    Pin(usize, PinParts),
    Unpin(usize),
}

fn any_place() -> impl Strategy<Value = LatLng> {
    (-12_000.0..12_000.0, -12_000.0..12_000.0).prop_map(|(x, y)| place(x, y))
}

fn any_technician() -> impl Strategy<Value = Technician> {
    (0..8u32, any_place(), 0..4u8, 1..=5u8, 6..14i64, 2..10i64, prop::option::of(any_place()), 0..6u8).prop_map(
        |(id, home, kind, level, begin, hours, end, flags)| {
            let mut person = technician(&format!("t{id}"), home);
            person.star_tier = level;
            (person.rating_mean, person.rating_count) = (f64::from(level), u32::from(level) * 7);
            person.languages = if level % 2 == 0 { vec!["zh-CN".to_owned()] } else { vec!["en".to_owned()] };
            person.partner = if flags > 2 { "north".to_owned() } else { String::new() };
            person.parts = vec![PartCount { part: "valve".to_owned(), count: u32::from(level) }];
            (person.attended_count, person.repeat_count) = (u32::from(kind) * 20, u32::from(kind) * u32::from(flags));
            person.cost_per_visit_milli = i64::from(flags) * 700;
            if flags == 1 || flags == 3 {
                let pace =
                    |service: Option<&str>, percent| WorkPace { service_id: service.map(str::to_owned), percent };
                person.paces =
                    vec![pace(None, 60 + 20 * u32::from(level)), pace(Some("clean"), 50 * u32::from(kind + 1))];
            }
            if kind > 0 {
                person.skills = vec![skill("a", level)];
            }
            if kind > 1 {
                person.skills.push(skill("b", 3));
            }
            let window = TimeWindow::new(at(begin, 0), at(begin + hours, 0));
            let lunch = Break { start_window: TimeWindow::new(at(begin + 1, 0), at(begin + 1, 40)), duration_s: 1_800 };
            let breaks = if flags % 2 == 0 { vec![lunch] } else { Vec::new() };
            person.shifts = vec![Shift { window, start_location: None, end_location: end, breaks }];
            if flags == 5 {
                person.shifts.clear();
            }
            if flags == 4 {
                let mut tomorrow = person.shifts[0].clone();
                tomorrow.window = TimeWindow::new(at(begin + 24, 0), at(begin + 24 + hours, 0));
                tomorrow.breaks.clear();
                person.shifts.push(tomorrow);
            }
            if flags % 3 == 0 {
                person.certificates = vec![Certificate {
                    certificate: "c".to_owned(),
                    valid_from_s: None,
                    valid_until_s: Some(at(13, 0)),
                }];
            }
            person
        },
    )
}

pub(crate) fn any_visit() -> impl Strategy<Value = Visit> {
    (0..90u32, any_place(), 0..10u8, 7..20i64, 1..6i64, 1..120i64, 0..3u8, any::<bool>()).prop_map(
        |(id, site, kind, from, hours, minutes, priority, is_asap)| {
            let priority = [Priority::Routine, Priority::Urgent, Priority::Emergency][usize::from(priority)];
            let id = format!("v{id}");
            let mut wanted = if is_asap {
                asap(&id, site, at(from, 0), priority)
            } else {
                visit(&id, site, at(from, 0), at(from + hours, 0))
            };
            wanted.duration_s = minutes * 60;
            wanted.service_id = (minutes % 3 == 0).then(|| "clean".to_owned());
            match kind {
                1 => wanted.required_skills = vec![skill("a", 2)],
                2 => wanted.required_skills = vec![skill("a", 1), skill("b", 3)],
                3 => wanted.required_certificates = vec!["c".to_owned()],
                4 => wanted.preferred_technician_id = Some("t1".to_owned()),
                9 => wanted.blackouts = vec![TimeWindow::new(at(from, 20), at(from + 1, 0))],
                6 => wanted.required_languages = vec!["ZH".to_owned(), "fr".to_owned()],
                7 => wanted.partners = vec![OWN_STAFF.to_owned()],
                8 => wanted.parts = vec![PartCount { part: "valve".to_owned(), count: 2 }],
                5 => wanted.start_windows.push(TimeWindow::new(at(from + 9, 0), at(from + 10, 0))),
                _ => {}
            }
            wanted
        },
    )
}

pub(crate) fn any_happening() -> impl Strategy<Value = Happening> {
    let event = prop::sample::select(vec![
        VisitEvent::Accept,
        VisitEvent::Decline,
        VisitEvent::Depart,
        VisitEvent::Arrive,
        VisitEvent::Start,
        VisitEvent::Complete,
        VisitEvent::Fail,
    ]);
    let availability = prop::sample::select(vec![Availability::Available, Availability::Paused, Availability::Offline]);
    prop_oneof![
        3 => any_technician().prop_map(|person| Happening::Technician(Box::new(person))),
        5 => prop::collection::vec(any_visit(), 1..14).prop_map(Happening::Visits),
        1 => (0..90usize).prop_map(Happening::Cancel),
        4 => (0..90usize, event).prop_map(|(visit, event)| Happening::Progress(visit, event)),
        8 => (0..90usize).prop_map(Happening::Advance),
        1 => (0..8usize, availability).prop_map(|(who, how)| Happening::Availability(who, how)),
        1 => (0..8usize).prop_map(Happening::Delete),
        2 => (0..90usize, 60..9_000i64).prop_map(|(visit, delay_s)| Happening::Late(visit, delay_s)),
        2 => (0..8usize, any_place()).prop_map(|(who, place)| Happening::Position(who, place)),
        4 => (30..5_000i64).prop_map(Happening::Wait),
        3 => (0..3u32).prop_map(Happening::Tick),
        3 => (0..90usize, any_parts()).prop_map(|(visit, parts)| Happening::Pin(visit, parts)),
        1 => (0..90usize).prop_map(Happening::Unpin),
    ]
}

fn any_parts() -> impl Strategy<Value = PinParts> {
    (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(technician, start, position)| PinParts {
        technician,
        start,
        position,
    })
}

/// The next step of a visit on its way.
fn next_event(visit: &Visit) -> VisitEvent {
    use dispatch_core::model::VisitState::{Accepted, Arrived, EnRoute, Planned};
    match visit.state {
        Planned => VisitEvent::Accept,
        Accepted => VisitEvent::Depart,
        EnRoute => VisitEvent::Arrive,
        Arrived => VisitEvent::Start,
        _ => VisitEvent::Complete,
    }
}

impl World {
    /// Lets something happen. Refusals are fine: they must change nothing.
    pub(crate) fn happen(&mut self, happening: Happening) -> Option<Outcome> {
        let visit_id = |number: usize| format!("v{number}");
        let command = match happening {
            Happening::Wait(seconds) => {
                self.now_s += seconds;
                return None;
            }
            Happening::Position(who, place) => {
                self.report_position(&format!("t{who}"), place);
                return None;
            }
            Happening::Technician(person) => Command::PutTechnician(*person),
            Happening::Visits(mut visits) => {
                // Mostly new names: what is refused teaches little.
                let mut seen = std::collections::BTreeSet::new();
                visits.retain(|visit| seen.insert(visit.id.clone()) && self.visit(&visit.id).is_none());
                Command::AddVisits(visits)
            }
            Happening::Cancel(number) => Command::CancelVisit { visit_id: visit_id(number) },
            Happening::Progress(number, event) => {
                let technician_id = self.technician_of(&visit_id(number))?;
                Command::Progress { visit_id: visit_id(number), technician_id, event }
            }
            Happening::Advance(number) => {
                let technician_id = self.technician_of(&visit_id(number))?;
                let event = next_event(self.visit(&visit_id(number))?);
                Command::Progress { visit_id: visit_id(number), technician_id, event }
            }
            Happening::Availability(who, availability) => {
                Command::SetAvailability { technician_id: format!("t{who}"), availability }
            }
            Happening::Delete(who) => Command::DeleteTechnician { technician_id: format!("t{who}") },
            Happening::Late(number, delay_s) => Command::VisitLate { visit_id: visit_id(number), delay_s },
            Happening::Tick(max_moves) => Command::Tick { max_moves },
            Happening::Pin(number, parts) => Command::PinVisit { visit_id: visit_id(number), parts },
            Happening::Unpin(number) => Command::UnpinVisit { visit_id: visit_id(number) },
        };
        let before = self.dispatcher.snapshot();
        match self.try_apply(command) {
            Ok(outcome) => Some(outcome),
            Err(_) => {
                assert_eq!(self.dispatcher.snapshot(), before, "a refused command changes nothing");
                None
            }
        }
    }
}

proptest! {
    #[test]
    fn every_plan_of_a_random_day_is_feasible_and_told(happenings in prop::collection::vec(any_happening(), 1..80)) {
        let mut world = World::new(at(7, 0));
        for happening in happenings {
            world.happen(happening);
        }
    }

    #[test]
    fn so_it_is_with_rush_hours_and_tight_limits(happenings in prop::collection::vec(any_happening(), 1..80)) {
        let policy = Policy { max_visits: 4, max_leg_m: 14_000, max_overtime_s: 1_800, ..Policy::default() };
        let mut world = World::in_region(at(7, 0), rushing_region(), policy);
        for happening in happenings {
            world.happen(happening);
        }
    }

    #[test]
    fn the_same_day_twice_gives_the_same_outcomes(happenings in prop::collection::vec(any_happening(), 1..60)) {
        let live = |happenings: Vec<Happening>| {
            let mut world = World::new(at(7, 0));
            let outcomes: Vec<_> = happenings.into_iter().map(|happening| world.happen(happening)).collect();
            (outcomes, world.dispatcher.snapshot())
        };
        prop_assert_eq!(live(happenings.clone()), live(happenings));
    }

    #[test]
    fn a_second_tick_at_the_same_instant_changes_nothing(happenings in prop::collection::vec(any_happening(), 1..60)) {
        let mut world = World::new(at(7, 0));
        for happening in happenings {
            world.happen(happening);
        }
        world.tick(0);
        prop_assert!(world.tick(0).changes.is_empty());
    }

    #[test]
    fn restoring_the_snapshot_gives_the_same_plan(happenings in prop::collection::vec(any_happening(), 1..60)) {
        let mut world = World::new(at(7, 0));
        for happening in happenings {
            world.happen(happening);
        }
        world.tick(0);
        let mut twin = Dispatcher::new(RegionConfig::new("test", CENTER), Policy::default()).unwrap();
        twin.restore(world.dispatcher.snapshot(), &world.positions, world.now_s).unwrap();
        prop_assert_eq!(twin.snapshot(), world.dispatcher.snapshot());
        let order = |dispatcher: &Dispatcher| -> Vec<(String, Vec<String>)> {
            let routes = dispatcher.plan_view(&[]).routes;
            let ids = |route: &dispatch_core::live::RouteView| route.stops.iter().map(|stop| stop.visit_id.clone()).collect();
            routes.iter().map(|route| (route.technician_id.clone(), ids(route))).collect()
        };
        prop_assert_eq!(order(&twin), order(&world.dispatcher));
    }
}
