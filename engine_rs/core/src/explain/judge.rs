//! One visit and one technician, exactly: the cheapest place, or the nearest miss with the rule and by how much.
//!
//! Every position of every shift that the visit's windows touch is evaluated in full; nothing is taken over from the
//! search. So it costs more than a probe, and serves questions that people ask, not the search.

use super::Miss;
use crate::evaluate::{Evaluation, Sequence, Terms, first_personal_rule, measure, parts, personal_cost, starts};
use crate::model::{Rule, TimeWindow};
use crate::plan::{Route, TechnicianEntry, VisitFacts, Windows};
use crate::search::{Insertion, Search, Slot};
use std::cmp::Ordering;

/// A visit asked about.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// What it needs.
    pub facts: &'a VisitFacts,
    /// Its number when it may stand on a route already: it is judged as if it did not.
    pub number: Option<u32>,
    /// The only position looked at, among all stops of the technician without the visit, over all shifts.
    pub position: Option<usize>,
}

/// The cheapest place with a technician.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The place and its price.
    pub insertion: Insertion,
    /// Position among all stops of the technician not yet finished.
    pub position: usize,
    /// What the route costs more with the visit; adds up to the price.
    pub terms: Terms,
    /// Seconds of travel added to the route.
    pub added_travel_s: i64,
}

/// One shift of the technician without the visit.
struct Base<'a> {
    sequence: Sequence<'a>,
    /// Stops under way.
    frozen: usize,
    /// Stops of earlier shifts.
    earlier: usize,
    /// First position among the planned visits that no pin or freeze keeps.
    first: usize,
    /// Visits of the shift.
    load: u32,
    /// The visit's starts and seconds of work with this technician.
    own: (Windows, i64),
    /// Numbers of the planned visits without the one asked about.
    stops: Vec<u32>,
}

/// The cheapest place of a visit with one technician; the earlier one of two that cost the same.
///
/// Quadratic in the stops of the technician's shifts.
///
/// # Errors
/// The nearest miss: the rule about the person, else the smallest of what the positions break, see [`Miss::key`].
pub fn judge(search: &Search<'_>, asked: &Asked<'_>, number: u32) -> Result<Choice, Miss> {
    let Some(entry) = search.plan.technician(number) else { return Err(Miss::of(Rule::Reference, 0)) };
    if let Some(rule) = first_personal_rule(number, entry, asked.facts) {
        return Err(Miss::personal(rule, entry, asked.facts));
    }
    let windows = starts::allowed(&entry.facts, asked.facts);
    if windows.is_empty() {
        return Err(Miss::of(Rule::Window, 0));
    }
    let span = TimeWindow::new(windows.first_s(), windows.last_s());
    if span.end_s < search.now_s {
        return Err(Miss::of(Rule::Window, search.now_s - span.end_s));
    }
    let touched = entry.routes_touching(span, search.now_s);
    let mut best: Option<Choice> = None;
    let mut nearest: Option<Miss> = None;
    let mut earlier = 0;
    for index in 0..entry.routes.len() {
        let base = base(search, asked, (number, entry), index, earlier);
        earlier += base.frozen + base.sequence.visits.len();
        if !touched.contains(&index) {
            continue;
        }
        for tried in try_positions(search, asked, &base) {
            match tried {
                Ok(choice) if best.as_ref().is_none_or(|best| choice.is_cheaper_than(best)) => best = Some(choice),
                Ok(_) => {}
                Err(miss) if nearest.as_ref().is_none_or(|nearest| miss.key() < nearest.key()) => nearest = Some(miss),
                Err(_) => {}
            }
        }
    }
    best.ok_or_else(|| nearest.unwrap_or_else(|| Miss::of_position(search, asked, entry, span)))
}

impl Choice {
    fn is_cheaper_than(&self, other: &Self) -> bool {
        self.insertion.cost_milli < other.insertion.cost_milli
    }
}

/// A shift without the visit.
fn base<'a>(
    search: &Search<'a>,
    asked: &Asked<'_>,
    (number, entry): (u32, &'a TechnicianEntry),
    index: usize,
    earlier: usize,
) -> Base<'a> {
    let route = &entry.routes[index];
    let own_stop = route.planned().iter().find(|stop| Some(stop.visit) == asked.number);
    let own = match own_stop {
        Some(stop) => (stop.windows.clone(), stop.duration_s),
        None => (starts::allowed(&entry.facts, asked.facts).into_owned(), entry.facts.work_s(asked.facts)),
    };
    let others = route.planned().iter().filter(|stop| Some(stop.visit) != asked.number);
    let stops = others.clone().map(|stop| stop.visit).collect();
    let visits = others.map(|stop| (&search.plan.visit(stop.visit).facts, &stop.windows, stop.duration_s)).collect();
    let ready = search.ready(number, entry, index);
    let load = route.load() - u32::from(own_stop.is_some());
    let sequence = Sequence { technician: number, entry, route: index, ready, visits };
    // Who names a position may put it before what is frozen, not before what is pinned.
    let is_free = asked.facts.is_urgent() || asked.position.is_some();
    let first = route.first_free_without(asked.number, is_free, search.policy.freeze_until_s(search.now_s));
    Base { sequence, frozen: route.frozen, earlier, first, load, own, stops }
}

/// What comes of every position of a shift, in order.
fn try_positions(search: &Search<'_>, asked: &Asked<'_>, base: &Base<'_>) -> Vec<Result<Choice, Miss>> {
    let count = base.sequence.visits.len();
    let is_asked = |position: &usize| asked.position.is_none_or(|only| only == base.before() + position);
    let positions = (0..=count).filter(is_asked);
    let most = base.sequence.entry.max_visits(search.policy.max_visits);
    if base.load >= most {
        let over = i64::from(base.load) + 1 - i64::from(most);
        return positions.map(|_| Err(Miss::of(Rule::MaxVisits, over))).collect();
    }
    if let Some(short) =
        parts::shortage_without(search.plan, base.sequence.entry, base.route(), asked.facts, asked.number)
    {
        let miss = Miss::short(short);
        return positions.map(|_| Err(miss)).collect();
    }
    let (without, broken) = measure(search.policy, &search.plan.travel, &base.sequence);
    if let Some(broken) = broken.first() {
        // What is planned does not fit any more as of now: nothing is added until that is mended.
        let miss = Miss { blocked: Some(base.stops[broken.index]), ..Miss::of(broken.rule, broken.amount) };
        return positions.map(|_| Err(miss)).collect();
    }
    let try_it = |position: usize| match position < base.first {
        true => Err(Miss::of(Rule::Pin, 0)),
        false => try_position(search, asked, base, &without, position),
    };
    positions.map(try_it).collect()
}

fn try_position(
    search: &Search<'_>,
    asked: &Asked<'_>,
    base: &Base<'_>,
    without: &Evaluation,
    position: usize,
) -> Result<Choice, Miss> {
    let (policy, travel) = (search.policy, &search.plan.travel);
    let mut sequence = base.sequence.clone();
    sequence.visits.insert(position, (asked.facts, &base.own.0, base.own.1));
    let (with, broken) = measure(policy, travel, &sequence);
    if let Some(first) = broken.first() {
        let blocked = base.blocked_by(position, first.index);
        return Err(Miss { blocked, ..Miss::of(first.rule, first.amount) });
    }
    let terms = with.terms.minus(&without.terms);
    let (arrival_s, start_s) = with.times[position];
    let cost_milli = terms.cost_milli();
    let person_milli = personal_cost(policy, sequence.technician, sequence.entry, asked.facts);
    let slot = Slot { position: base.frozen + position, cost_milli: cost_milli - person_milli, arrival_s, start_s };
    let (technician, route, ready) = (sequence.technician, sequence.route, sequence.ready);
    let insertion = Insertion { technician, route, slot, ready, cost_milli };
    let added_travel_s = with.travel_s - without.travel_s;
    Ok(Choice { insertion, position: base.before() + position, terms, added_travel_s })
}

impl Base<'_> {
    fn route(&self) -> &Route {
        &self.sequence.entry.routes[self.sequence.route]
    }

    /// Stops before the first one that is planned here.
    fn before(&self) -> usize {
        self.earlier + self.frozen
    }

    /// Number of the visit at `index` of the sequence with the visit asked about at `position`, if it is another one.
    fn blocked_by(&self, position: usize, index: usize) -> Option<u32> {
        match index.cmp(&position) {
            Ordering::Less => self.stops.get(index).copied(),
            Ordering::Equal => None,
            Ordering::Greater => self.stops.get(index - 1).copied(),
        }
    }
}
