//! Whom to look at next: technicians and routes in order of a price that none of theirs can be below.
//!
//! Whoever is in question is *met* first, then looked at ever more closely each time their bound comes to the front:
//!
//! 0. `glance`, for visits asked for as soon as possible: the person, what the wait costs if the technician set out at once,
//!    what travel that adds before the next stop and what that stop loses, or else what the wait costs after it;
//! 1. `outline`, for others: from the [`Digest`] alone, how far off everything the visit is;
//! 2. `bound` of each route that the visit's windows touch (in `insert.rs`).
//!
//! Not everybody has to be met. For a visit asked for as soon as possible, people are met in growing circles around its
//! site, by the places they could set out from: what the plan knows of ([`Entries`](crate::plan::Entries)) and newest
//! positions ([`Positions::each_within`](crate::plan::Positions::each_within)). With everybody met who could set out from
//! within `R` straight metres, nobody else costs less than
//!
//! ```text
//! unmet(R) = least price of anybody's rating and tier, over-qualification and visits in a shift (`plan/floors.rs`)
//!          + price of the start after driving R at the fastest hour's speed - 3
//! ```
//!
//! because every way to the visit begins at such a place, no way over other stops is shorter than the straight one, other
//! prices and added travel are not negative (rounding aside: 3), and those for whom it is otherwise are met beforehand: the
//! preferred technician, and whoever could gain time by an earlier break. Other visits, rare skills and positions that are
//! not kept by place leave no choice but to meet all who are qualified.

use super::Search;
use crate::evaluate::{fairness, language, over_qualification, partner, preference, start_cost, technician, travel};
use crate::model::{Priority, Timestamp};
use crate::plan::{Digest, LivePosition, Next, PauseGain, SettingOut, VisitFacts};
use crate::travel::Point;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A technician or route with its lower bound, ordered so that the cheapest comes first.
type Bounded = Reverse<(i64, u32, Stage)>;

/// How closely somebody was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Not at the routes.
    Outline,
    /// At the route of this index.
    Route(u32),
}

/// With no more qualified technicians than this all of them are met at once.
const FEW: u32 = 320;
/// Room for so many from the start.
const CROWD: usize = 128;
/// About so many qualified technicians are met in the first circle.
const FIRST: u32 = 8;
/// The next circle is wider by one of these: the least one with which the search could end, else the last.
const WIDER: [f64; 4] = [1.1, 1.2, 1.35, 1.5];
/// Beyond this radius in metres it is easier to meet everybody.
const WIDEST_M: f64 = 30_000.0;

/// The queue of those met, and how far out nobody is left.
pub(super) struct Frontier<'s, 'a> {
    search: &'s Search<'a>,
    visit: &'s VisitFacts,
    except: Option<u32>,
    queue: BinaryHeap<Bounded>,
    /// Those met beforehand.
    met: Vec<u32>,
    /// Whoever costs more need not be kept.
    worst_milli: i64,
    /// Nobody but the preferred technician has a lower price as a person.
    person_milli: i64,
    /// Radius of the last circle; `None` when everybody is met.
    circle_m: Option<f64>,
}

impl<'s, 'a> Frontier<'s, 'a> {
    /// Meets those whom no circle would find in time.
    ///
    /// Who is seen to cost more than `most_milli` is passed over.
    pub(super) fn new(
        search: &'s Search<'a>,
        visit: &'s VisitFacts,
        except: Option<u32>,
        most_milli: Option<i64>,
    ) -> Self {
        let mut frontier = Self {
            search,
            visit,
            except,
            queue: BinaryHeap::with_capacity(CROWD),
            met: Vec::new(),
            worst_milli: most_milli.unwrap_or(i64::MAX),
            person_milli: search.least_person(visit),
            circle_m: Some(0.0),
        };
        let holders = &search.plan.holders;
        if let Some(only) = visit.only_technician() {
            frontier.meet(only);
            frontier.circle_m = None;
        } else if visit.promise.due_s.is_none() || holders.most_qualified(&visit.skills) <= FEW {
            frontier.meet_the_rest();
        } else {
            frontier.met.extend(visit.preferred);
            frontier.met.extend(search.plan.gainers().iter());
            frontier.met.sort_unstable();
            frontier.met.dedup();
            for number in frontier.met.clone() {
                frontier.meet(number);
            }
        }
        frontier
    }

    /// The lowest bound of those met.
    pub(super) fn lowest_met(&self) -> Option<i64> {
        self.queue.peek().map(|Reverse((bound_milli, ..))| *bound_milli)
    }

    /// Nobody who was not met costs less; `None` when everybody is met.
    pub(super) fn lowest_unmet(&self) -> Option<i64> {
        self.circle_m.map(|radius_m| self.unmet(radius_m))
    }

    /// Takes the lowest of those met from the queue.
    pub(super) fn pop(&mut self) -> Option<(u32, Stage)> {
        self.queue.pop().map(|Reverse((_, number, stage))| (number, stage))
    }

    /// Puts somebody back, more closely looked at.
    pub(super) fn push(&mut self, bound_milli: i64, number: u32, stage: Stage) {
        self.queue.push(Reverse((bound_milli, number, stage)));
    }

    /// Meets more people: a wider circle's, wide enough to know that nobody outside costs `enough_milli` or less if that
    /// takes no more than a step. Whoever is seen to cost more is passed over.
    pub(super) fn widen(&mut self, enough_milli: Option<i64>) {
        let Some(inner_m) = self.circle_m else { return };
        self.worst_milli = enough_milli.unwrap_or(i64::MAX);
        let outer_m = if inner_m > 0.0 { self.wider_m(inner_m, enough_milli) } else { self.first_m() };
        let (search, visit) = (self.search, self.visit);
        let entries = search.plan.entries();
        if outer_m > WIDEST_M || outer_m > entries.reach_m(visit.point) {
            return self.meet_the_rest();
        }
        // Whoever can set out from within the inner circle was met there.
        let is_new = |point: Point| inner_m == 0.0 || point.line_m(visit.point) > inner_m;
        let (origin, globe_m) = search.plan.travel.covering(visit.point, outer_m);
        let oldest_ms = (search.now_s - search.policy.max_staleness_s).saturating_mul(1_000);
        let (holders, skills) = (&search.plan.holders, &visit.skills);
        let is_able = |number| holders.is_qualified(number, skills);
        let is_kept = search.positions.each_within(origin, globe_m, &is_able, &mut |number, live: LivePosition| {
            let here = search.plan.travel.project(live.location);
            if live.event_time_ms >= oldest_ms && is_new(here) && here.line_m(visit.point) <= outer_m {
                self.meet_at(number, here);
            }
        });
        if !is_kept {
            return self.meet_the_rest();
        }
        entries.each_within(visit.point, outer_m, &mut |number, point| {
            if is_able(number) && is_new(point) {
                self.meet_unless_seen(number);
            }
        });
        self.circle_m = Some(outer_m);
    }

    fn first_m(&self) -> f64 {
        let qualified = self.search.plan.holders.most_qualified(&self.visit.skills);
        self.search.plan.entries().radius_of_m(FIRST, qualified).max(50.0)
    }

    fn wider_m(&self, radius_m: f64, enough_milli: Option<i64>) -> f64 {
        let is_enough = |factor: &f64| enough_milli.is_some_and(|milli| self.unmet(radius_m * factor) > milli);
        radius_m * WIDER.into_iter().find(is_enough).unwrap_or(WIDER[WIDER.len() - 1])
    }

    /// Lower bound for whoever sets out from beyond a radius; see the module's text.
    fn unmet(&self, radius_m: f64) -> i64 {
        let search = self.search;
        self.person_milli + search.start_after(self.visit, search.now_s, radius_m) + search.no_travel()
    }

    fn meet_the_rest(&mut self) {
        for number in self.search.qualified(self.visit).iter() {
            self.meet(number);
        }
        self.circle_m = None;
    }

    /// Meets somebody by a place that the plan knows, unless the newest position is the only place that counts.
    fn meet_unless_seen(&mut self, number: u32) {
        if !self.is_wanted(number) || self.met.binary_search(&number).is_ok() {
            return;
        }
        let here = self.search.here(number);
        let digest = self.search.plan.digest(number);
        if here.is_none() || !digest.is_some_and(|digest| digest.is_where_seen(self.search.now_s)) {
            self.consider(number, here);
        }
    }

    /// Meets somebody by the newest position, unless it does not count.
    fn meet_at(&mut self, number: u32, here: Point) {
        let may_count = |number| {
            let digest = self.search.plan.digest(number);
            digest.is_some_and(|digest| digest.has_several_routes() || digest.is_where_seen(self.search.now_s))
        };
        if self.is_wanted(number) && may_count(number) && self.met.binary_search(&number).is_err() {
            self.consider(number, Some(here));
        }
    }

    fn meet(&mut self, number: u32) {
        if self.is_wanted(number) {
            self.consider(number, self.search.here(number));
        }
    }

    /// Whether somebody is available, skilled and not excluded.
    fn is_wanted(&self, number: u32) -> bool {
        self.search.plan.holders.is_qualified(number, &self.visit.skills)
            && Some(number) != self.except
            && technician::allows(number, self.visit)
            && self.is_in_scope(number)
    }

    /// Whether somebody speaks a language asked for and belongs to a partner asked for.
    #[inline]
    fn is_in_scope(&self, number: u32) -> bool {
        if self.visit.languages.is_empty() && self.visit.partners.is_empty() {
            return true;
        }
        let facts = self.search.plan.technician(number).map(|entry| &entry.facts);
        facts.is_some_and(|facts| language::allows(facts, self.visit) && partner::allows(facts, self.visit))
    }

    /// Queues somebody with the first bound. Who comes twice is looked at twice, which changes no result.
    fn consider(&mut self, number: u32, here: Option<Point>) {
        let (search, visit) = (self.search, self.visit);
        let is_asap = visit.promise.due_s.is_some();
        let bound_milli =
            if is_asap { search.glance(visit, number, here) } else { search.outline(visit, number, here) };
        if bound_milli <= self.worst_milli {
            self.push(bound_milli, number, Stage::Outline);
        }
    }
}

impl Search<'_> {
    /// Lower bound of the price of anybody as a person, preference aside.
    fn least_person(&self, visit: &VisitFacts) -> i64 {
        let floors = self.plan.floors();
        floors.standing_milli()
            + over_qualification::cost_of(self.policy, floors.over_qualification(&visit.skills))
            + fairness::added_cost(self.policy, floors.load())
    }

    /// Lower bound of the price on any route of a technician, without looking at the routes.
    fn glance(&self, visit: &VisitFacts, number: u32, here: Option<Point>) -> i64 {
        let Some(digest) = self.plan.digest(number) else { return i64::MIN };
        let on_the_way_milli = match digest.setting_out(here, self.now_s) {
            Some(out) => self.least_on_the_way(visit, &out, digest, here),
            None => self.start_after(visit, self.now_s, digest.least_way_m(visit.point, here)) + self.no_travel(),
        };
        self.least_of_person(visit, number, digest) + on_the_way_milli
    }

    /// Lower bound of travel and start on the only route: before what is planned next, unless that is about to begin, or
    /// after it.
    fn least_on_the_way(&self, visit: &VisitFacts, out: &SettingOut, digest: &Digest, here: Option<Point>) -> i64 {
        let to_visit_m = out.point.line_m(visit.point);
        let Some(next) = out.next else {
            let added_m = if out.has_end { 0.0 } else { to_visit_m };
            return self.start_after(visit, out.free_s, to_visit_m) + self.least_travel(added_m);
        };
        let later_s = out.free_s.max(next.window.start_s) + next.duration_s;
        let later_milli = self.start_after(visit, later_s, digest.line_m(visit.point))
            + self.least_travel(digest.least_added_m(visit.point, here));
        let is_frozen = !visit.is_urgent() && next.start_s <= self.policy.freeze_until_s(self.now_s);
        if is_frozen {
            return later_milli;
        }
        let added_m = to_visit_m + visit.point.line_m(next.point) - out.point.line_m(next.point);
        let least_work_s = visit.duration_s * i64::from(digest.least_pace) / 100;
        let at_once_milli = self.start_after(visit, out.free_s, to_visit_m)
            + self.least_travel(added_m)
            + self.least_loss((visit, least_work_s), out, &next, to_visit_m);
        later_milli.min(at_once_milli)
    }

    /// Lower bound of the price of so many straight metres more.
    fn least_travel(&self, added_m: f64) -> i64 {
        travel::least_cost(self.policy, self.plan.travel.least_road_m(added_m))
    }

    /// Lower bound of what the next stop loses when the visit comes before it.
    fn least_loss(
        &self,
        (visit, least_work_s): (&VisitFacts, i64),
        out: &SettingOut,
        next: &Next,
        to_visit_m: f64,
    ) -> i64 {
        if !out.is_idle || !next.is_plain {
            return 0;
        }
        let roads = &self.plan.travel;
        let open = |time_s: Timestamp| time_s.max(next.window.start_s);
        let old_s = open(roads.arrival(out.free_s, roads.road_m(out.point, next.point)));
        let soonest_s = out.free_s + roads.fastest_line_s(to_visit_m);
        let start_s = visit.windows.earliest(soonest_s).unwrap_or(soonest_s);
        let way_s = roads.fastest_line_s(visit.point.line_m(next.point));
        let new_s = open(start_s + least_work_s + way_s);
        (start_cost(self.policy, &next.promise, new_s) - start_cost(self.policy, &next.promise, old_s)).max(0)
    }

    /// Lower bound of the price of travel.
    fn no_travel(&self) -> i64 {
        travel::least_cost(self.policy, 0)
    }

    /// Price of the start after leaving at an instant and driving some straight metres as fast as can be.
    fn start_after(&self, visit: &VisitFacts, leave_s: Timestamp, line_m: f64) -> i64 {
        let soonest_s = leave_s + self.plan.travel.fastest_line_s(line_m);
        let start_s = visit.windows.earliest(soonest_s).unwrap_or(soonest_s);
        start_cost(self.policy, &visit.promise, start_s)
    }

    /// As [`Search::glance`], for visits whose wait is priced low: how far off everything the visit is.
    fn outline(&self, visit: &VisitFacts, number: u32, here: Option<Point>) -> i64 {
        let Some(digest) = self.plan.digest(number) else { return i64::MIN };
        let added_m = self.plan.travel.least_road_m(digest.least_added_m(visit.point, here));
        self.least_of_person(visit, number, digest)
            + self.start_after(visit, self.now_s, digest.least_way_m(visit.point, here))
            + travel::least_cost(self.policy, added_m)
    }

    /// Price of the person, less what later stops may gain.
    fn least_of_person(&self, visit: &VisitFacts, number: u32, digest: &Digest) -> i64 {
        digest.standing_milli
            + self.least_over_qualification(visit, number, digest)
            + preference::cost(self.policy, number, visit)
            + fairness::added_cost(self.policy, digest.least_load)
            - digest.gain.map_or(0, |gain| self.most_gain(&gain))
    }

    /// Price of over-qualification, read from the sets of skill holders.
    fn least_over_qualification(&self, visit: &VisitFacts, number: u32, digest: &Digest) -> i64 {
        let (mut above, mut used) = (0, 0);
        for (skill, asked) in &visit.skills {
            let level = self.plan.holders.level(number, *skill);
            above += level.saturating_sub(usize::from(*asked));
            used += usize::from(level > 0);
        }
        let idle = usize::from(digest.skill_count).saturating_sub(used);
        over_qualification::cost_of(self.policy, i64::try_from(above + idle).unwrap_or(0))
    }

    /// Most that later stops could gain because an inserted visit lets a break be taken earlier.
    ///
    /// Start prices are lines with kinks: no stretch costs more than at the steepest prices.
    pub(super) fn most_gain(&self, gain: &PauseGain) -> i64 {
        let (response, lateness) = (self.policy.response_milli_per_min, self.policy.lateness_milli_per_min);
        let mut per_min = self.policy.overtime_milli_per_min;
        for (priority, stops) in Priority::ALL.into_iter().zip(gain.stops) {
            let steepest = response.of(priority) + lateness.of(priority) + self.policy.window_milli_per_min;
            per_min += steepest * i64::from(stops);
        }
        per_min * (gain.pause_s / 60 + 1)
    }
}
