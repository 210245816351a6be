//! Several technicians who must be there together: one for each role, all different, started within a spread.
//!
//! Prices of a start never fall as time goes on, so in the cheapest crew whoever starts last starts as early as that place
//! allows, or when a window opens. Hence the last start `M` is tried at every such instant of every place of every role; for each `M` every role is priced for every candidate with starts held to `[M - spread, M]`, and the roles are
//! given to different candidates at the least sum, exactly.
//!
//! The result equals that of trying every order of technicians at every such `M` (proved by `tests/planner/crews.rs`) as
//! long as each role has at most [`MAX_CANDIDATES`] technicians and there are at most [`MAX_STARTS`] instants; beyond that
//! the cheapest candidates of each role and the earliest instants are looked at, which bounds the time.

use super::{Insertion, Probe, Search, Slot, Work};
use crate::evaluate::{has_room, personal_cost, start_cost, starts};
use crate::model::{TimeWindow, Timestamp};
use crate::plan::VisitFacts;

/// Technicians looked at for each role: the cheapest when it is alone.
pub const MAX_CANDIDATES: usize = 24;
/// Instants tried for the last start.
pub const MAX_STARTS: usize = 96;

/// The places of one crew.
#[derive(Clone, Debug)]
pub struct CrewPlace {
    /// For each role its visit with starts held to those of the crew, and its place.
    pub members: Vec<(VisitFacts, Insertion)>,
    /// Sum of the prices.
    pub cost_milli: i64,
}

/// A role with those who could take it.
struct Role<'a> {
    visit: &'a VisitFacts,
    /// Numbers of the technicians, and every place each could take.
    candidates: Vec<(u32, Vec<Slot>)>,
    /// When windows open, for any of them.
    openings: Vec<Timestamp>,
}

impl Search<'_> {
    /// The cheapest way to bring all roles together, or `None`. `max_start_spread_s` is the most between two starts.
    ///
    /// Time: for each instant tried one probe of every candidate of every role.
    #[must_use]
    pub fn best_crew(&self, roles: &[&VisitFacts], max_start_spread_s: i64) -> Option<CrewPlace> {
        let roles: Vec<Role<'_>> = roles.iter().map(|visit| self.role(visit)).collect();
        let has_pauses = roles.iter().any(|role| self.has_pauses(role));
        let mut best: Option<CrewPlace> = None;
        for last_start_s in last_starts(&roles)? {
            let window = TimeWindow::new(last_start_s - max_start_spread_s, last_start_s);
            let least_milli = self.least_cost(&roles, window.start_s);
            if !has_pauses && best.as_ref().is_some_and(|best| least_milli >= best.cost_milli) {
                // Later starts cost no less.
                break;
            }
            let most_milli = best.as_ref().map(|best| best.cost_milli);
            if let Some(found) = self.crew_within(&roles, window, most_milli) {
                best = Some(found);
            }
        }
        best
    }

    fn role<'a>(&self, visit: &'a VisitFacts) -> Role<'a> {
        let found = self.best(visit, MAX_CANDIDATES, None);
        let mut numbers: Vec<u32> = found.iter().map(|insertion| insertion.technician).collect();
        numbers.sort_unstable();
        let openings = numbers.iter().flat_map(|number| self.window_openings(visit, *number)).collect();
        let candidates = numbers.into_iter().map(|number| (number, self.slots(visit, number))).collect();
        Role { visit, candidates, openings }
    }

    fn window_openings(&self, visit: &VisitFacts, number: u32) -> Vec<Timestamp> {
        let Some(entry) = self.plan.technician(number) else { return Vec::new() };
        starts::allowed(&entry.facts, visit).iter().map(|window| window.start_s).collect()
    }

    /// Every feasible place of a visit with one technician; prices include the person.
    fn slots(&self, visit: &VisitFacts, number: u32) -> Vec<Slot> {
        let Some(entry) = self.plan.technician(number) else { return Vec::new() };
        let windows = starts::allowed(&entry.facts, visit);
        let person_milli = personal_cost(self.policy, number, entry, visit);
        let mut probe = Probe::new(self.policy, &self.plan.travel, self.now_s);
        let span = TimeWindow::new(windows.first_s(), windows.last_s());
        let mut found = Vec::new();
        for index in entry.routes_touching(span, self.now_s) {
            let route = &entry.routes[index];
            if has_room(self.policy, self.plan, entry, route, visit) {
                let ready = self.ready(number, entry, index);
                found.extend(probe.all(route, ready, visit, Work::of(&entry.facts, visit, &windows)));
            }
        }
        for slot in &mut found {
            slot.cost_milli += person_milli;
        }
        found
    }

    fn has_pauses(&self, role: &Role<'_>) -> bool {
        let has = |number: u32| self.plan.digest(number).is_none_or(|digest| digest.has_pauses);
        role.candidates.iter().any(|(number, _)| has(*number))
    }

    /// No crew whose starts lie at or after `from_s` costs less: each role's cheapest place, begun no earlier.
    fn least_cost(&self, roles: &[Role<'_>], from_s: Timestamp) -> i64 {
        let least = |role: &Role<'_>| {
            let promise = &role.visit.promise;
            let from_milli = start_cost(self.policy, promise, from_s);
            let slots = role.candidates.iter().flat_map(|(_, slots)| slots);
            let later = slots
                .map(|slot| slot.cost_milli + (from_milli - start_cost(self.policy, promise, slot.start_s)).max(0));
            later.min().unwrap_or(0)
        };
        roles.iter().map(least).sum()
    }

    /// The cheapest crew with all starts in `window` that costs less than `most_milli`.
    fn crew_within(&self, roles: &[Role<'_>], window: TimeWindow, most_milli: Option<i64>) -> Option<CrewPlace> {
        let mut held = Vec::with_capacity(roles.len());
        for role in roles {
            let mut visit = role.visit.clone();
            visit.windows = visit.windows.intersect(&[window]);
            let able =
                role.candidates.iter().filter(|(_, slots)| slots.iter().any(|slot| slot.start_s <= window.end_s));
            let mut options: Vec<Insertion> = able.filter_map(|(number, _)| self.best_of(&visit, *number)).collect();
            if options.is_empty() {
                return None;
            }
            options.sort_by_key(|insertion| (insertion.cost_milli, insertion.technician));
            held.push((visit, options));
        }
        let mut choice = Choice::new(&held, most_milli.unwrap_or(i64::MAX));
        choice.choose(0, 0);
        let (cost_milli, picks) = choice.best?;
        let members = held.into_iter().zip(picks).map(|((visit, options), pick)| (visit, options[pick])).collect();
        Some(CrewPlace { members, cost_milli })
    }
}

/// Instants at which the last member may start: nobody could begin earlier than at the first of them.
fn last_starts(roles: &[Role<'_>]) -> Option<Vec<Timestamp>> {
    let starts = |role: &Role<'_>| -> Vec<Timestamp> {
        role.candidates.iter().flat_map(|(_, slots)| slots).map(|slot| slot.start_s).collect()
    };
    let mut soonest_s = Timestamp::MIN;
    let mut all = Vec::new();
    for role in roles {
        let own = starts(role);
        soonest_s = soonest_s.max(*own.iter().min()?);
        all.extend(own);
        all.extend(&role.openings);
    }
    all.sort_unstable();
    all.dedup();
    Some(all.into_iter().filter(|start_s| *start_s >= soonest_s).take(MAX_STARTS).collect())
}

/// Roles given to different technicians at the least sum: depth first, cheapest first, cut by what is left at least.
struct Choice<'a> {
    held: &'a [(VisitFacts, Vec<Insertion>)],
    /// Least price of all roles from this one on.
    rest_milli: Vec<i64>,
    picks: Vec<usize>,
    most_milli: i64,
    best: Option<(i64, Vec<usize>)>,
}

impl<'a> Choice<'a> {
    fn new(held: &'a [(VisitFacts, Vec<Insertion>)], most_milli: i64) -> Self {
        let mut rest_milli = vec![0; held.len() + 1];
        for (index, (_, options)) in held.iter().enumerate().rev() {
            rest_milli[index] = rest_milli[index + 1] + options[0].cost_milli;
        }
        Self { held, rest_milli, picks: Vec::new(), most_milli, best: None }
    }

    fn choose(&mut self, role: usize, cost_milli: i64) {
        let Some((_, options)) = self.held.get(role) else {
            self.most_milli = cost_milli;
            self.best = Some((cost_milli, self.picks.clone()));
            return;
        };
        for (pick, option) in options.iter().enumerate() {
            let so_far_milli = cost_milli + option.cost_milli;
            if so_far_milli + self.rest_milli[role + 1] >= self.most_milli {
                break;
            }
            let is_taken =
                |(earlier, pick): (usize, &usize)| self.held[earlier].1[*pick].technician == option.technician;
            if self.picks.iter().enumerate().any(is_taken) {
                continue;
            }
            self.picks.push(pick);
            self.choose(role + 1, so_far_milli);
            self.picks.pop();
        }
    }
}
