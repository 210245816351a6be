//! Random days of tied visits: after whatever happens every crew is whole or on no route, every lag is kept, and the plan
//! depends on the order of stops alone.

use crate::crews::crew;
use crate::days::{Happening, any_happening, any_visit};
use crate::dependencies::after;
use crate::world::{CENTER, World, at, rushing_region};
use dispatch_core::live::{Dispatcher, Outcome};
use dispatch_core::model::{Companion, Dependency, Policy, RegionConfig, Visit, Withdrawal};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn any_dependency() -> impl Strategy<Value = (usize, i64, Option<i64>, Companion, Withdrawal)> {
    let companion = prop::sample::select(vec![Companion::Any, Companion::Any, Companion::Same, Companion::Different]);
    let withdrawal = prop::sample::select(vec![Withdrawal::Release, Withdrawal::Cancel]);
    (0..90usize, 0..3_600i64, prop::option::of(0..7_200i64), companion, withdrawal)
}

/// Visits of which some are crews and some wait for others; names that do not exist are taken away when it happens.
fn any_tied_visits() -> impl Strategy<Value = Happening> {
    let visits = prop::collection::vec((any_visit(), prop::collection::vec(any_dependency(), 0..3)), 2..8);
    let group = prop::sample::select(vec![None, None, Some("g"), Some("h")]);
    (visits, 0..4usize, prop::sample::select(vec![0, 600, 3_600]), group).prop_map(
        |(visits, crew_size, spread_s, group)| {
            let tied = visits.into_iter().map(|(visit, waits)| {
                let waits = waits.into_iter().map(|(id, min_lag_s, extra_s, technician, withdrawal)| Dependency {
                    min_lag_s,
                    max_lag_s: extra_s.map(|extra_s| min_lag_s + extra_s),
                    technician,
                    withdrawal,
                    ..Dependency::new(format!("v{id}"))
                });
                after(visit, waits.collect())
            });
            let mut visits: Vec<Visit> = tied.collect();
            let rest = visits.split_off(crew_size.min(visits.len()));
            if visits.len() > 1 {
                let crew_id = visits[0].id.clone();
                visits = crew(&crew_id, spread_s, visits);
            }
            visits.extend(rest.into_iter().map(|mut visit| {
                visit.ties.get_or_insert_default().group = group.map(str::to_owned);
                visit
            }));
            Happening::Visits(visits)
        },
    )
}

fn any_tied_happening() -> impl Strategy<Value = Happening> {
    prop_oneof![2 => any_tied_visits(), 7 => any_happening()]
}

/// Makes what is about to be added acceptable: names once, ties to what is open only, crews whole.
fn sanitised(world: &World, happening: Happening) -> Happening {
    let Happening::Visits(mut visits) = happening else { return happening };
    let mut seen = BTreeSet::new();
    visits.retain(|visit| seen.insert(visit.id.clone()) && world.visit(&visit.id).is_none());
    let mut earlier: BTreeSet<String> = BTreeSet::new();
    for visit in &mut visits {
        let ties = visit.ties.get_or_insert_default();
        let mut named = BTreeSet::new();
        let is_known = |id: &String| earlier.contains(id) || world.visit(id).is_some();
        ties.after.retain(|after| named.insert(after.visit_id.clone()) && is_known(&after.visit_id));
        if ties.crew.is_none() {
            // Members of a crew come first and do not wait for one another.
            earlier.insert(visit.id.clone());
        }
    }
    let crew_ids: BTreeSet<String> =
        visits.iter().filter_map(|visit| Some(visit.ties.as_ref()?.crew.as_ref()?.crew_id.clone())).collect();
    for crew_id in crew_ids {
        let is_member = |visit: &Visit| {
            visit.ties.as_ref().and_then(|ties| ties.crew.as_ref()).is_some_and(|crew| crew.crew_id == crew_id)
        };
        let is_known = world.dispatcher.visits().any(is_member);
        let (members, rest): (Vec<Visit>, Vec<Visit>) = visits.into_iter().partition(|visit| is_member(visit));
        let spread_s = members[0].ties.as_ref().unwrap().crew.as_ref().unwrap().max_start_spread_s;
        let mut members = members;
        if members.len() < 2 || is_known {
            members.iter_mut().for_each(|member| member.ties.as_mut().unwrap().crew = None);
        } else {
            members = crew(&crew_id, spread_s, members);
        }
        visits = members.into_iter().chain(rest).collect();
    }
    Happening::Visits(visits)
}

impl World {
    fn live(&mut self, happenings: Vec<Happening>) -> Vec<Option<Outcome>> {
        let lived = happenings.into_iter().map(|happening| {
            let happening = sanitised(self, happening);
            self.happen(happening)
        });
        lived.collect()
    }
}

proptest! {
    #[test]
    fn ties_hold_whatever_happens(happenings in prop::collection::vec(any_tied_happening(), 1..70)) {
        World::new(at(7, 0)).live(happenings);
    }

    #[test]
    fn so_they_do_with_rush_hours_and_tight_limits(happenings in prop::collection::vec(any_tied_happening(), 1..70)) {
        let policy = Policy { max_visits: 4, max_leg_m: 14_000, max_overtime_s: 1_800, ..Policy::default() };
        World::in_region(at(7, 0), rushing_region(), policy).live(happenings);
    }

    #[test]
    fn a_tied_day_twice_is_the_same_and_restores_to_itself(
        happenings in prop::collection::vec(any_tied_happening(), 1..50),
    ) {
        let (mut world, mut again) = (World::new(at(7, 0)), World::new(at(7, 0)));
        prop_assert_eq!(world.live(happenings.clone()), again.live(happenings));
        world.tick(0);
        prop_assert!(world.tick(0).changes.is_empty(), "a second tick at the same instant changes nothing");
        let mut twin = Dispatcher::new(RegionConfig::new("test", CENTER), Policy::default()).unwrap();
        twin.restore(world.dispatcher.snapshot(), &world.positions, world.now_s).unwrap();
        prop_assert_eq!(twin.snapshot(), world.dispatcher.snapshot());
        prop_assert_eq!(twin.plan_view(&[]).routes, world.dispatcher.plan_view(&[]).routes);
    }
}
