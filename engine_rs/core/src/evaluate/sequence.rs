//! The objective of one route, evaluated in full: the truth that every shortcut of the search is tested against.

use super::{
    Terms, fairness, lateness, max_travel, over_qualification, preference, rating, repeats, response, shift, tier,
};
use super::{travel, visit_cost, window};
use crate::model::{Policy, Rule, Term, Timestamp};
use crate::plan::{Cursor, Leg, Ready, Route, TechnicianEntry, VisitFacts, Windows, advance, finish, limit_s};
use crate::travel::{Point, Travel};

/// A planned order of visits on one route, after what is under way.
#[derive(Clone, Debug)]
pub struct Sequence<'a> {
    /// Number of the technician.
    pub technician: u32,
    /// The technician.
    pub entry: &'a TechnicianEntry,
    /// Index of the route.
    pub route: usize,
    /// From where and when the sequence follows.
    pub ready: Ready,
    /// Visits in order, each with the starts allowed for this technician and the seconds of work.
    pub visits: Vec<(&'a VisitFacts, &'a Windows, i64)>,
}

/// The terms of a sequence, with the end of the route and the times of each visit (arrival and start).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evaluation {
    /// The terms.
    pub terms: Terms,
    /// Arrival and start of each visit.
    pub times: Vec<(Timestamp, Timestamp)>,
    /// End of the route.
    pub end_s: Timestamp,
    /// Seconds of travel.
    pub travel_s: i64,
}

/// A rule in time that a sequence breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Break {
    /// Index of the visit at which it is broken.
    pub index: usize,
    /// The rule.
    pub rule: Rule,
    /// By how much: seconds, or metres for MAX_TRAVEL. For BREAK the length of the break that is lost.
    pub amount: i64,
}

/// Evaluates a sequence in full. Linear in its visits.
///
/// # Errors
/// The index of the first visit that breaks a rule in time, and the rule. Rules about the person are not looked at.
pub fn evaluate(policy: &Policy, travel: &Travel, sequence: &Sequence<'_>) -> Result<Evaluation, (usize, Rule)> {
    let mut first = None;
    let out = walk(policy, travel, sequence, |found| {
        first = Some((found.index, found.rule));
        false
    });
    match first {
        Some(broken) => Err(broken),
        None => Ok(out),
    }
}

/// Evaluates a sequence in full and goes on where a rule is broken: what it costs, and everything that it breaks, in order.
///
/// Times behind a broken rule are as if it had not been broken. Linear in the visits.
#[must_use]
pub fn measure(policy: &Policy, travel: &Travel, sequence: &Sequence<'_>) -> (Evaluation, Vec<Break>) {
    let mut found = Vec::new();
    let out = walk(policy, travel, sequence, |broken| {
        found.push(broken);
        true
    });
    (out, found)
}

/// Goes through a sequence. `on_break` hears of each broken rule and says whether to go on.
fn walk(
    policy: &Policy,
    travel: &Travel,
    sequence: &Sequence<'_>,
    mut on_break: impl FnMut(Break) -> bool,
) -> Evaluation {
    let route = &sequence.entry.routes[sequence.route];
    let duty = &route.duty;
    let limit_s = limit_s(duty, policy.max_overtime_s);
    let mut out = Evaluation::default();
    let mut cursor = Cursor::from(sequence.ready);
    let mut place = sequence.ready.point;
    for (index, (visit, windows, duration_s)) in sequence.visits.iter().enumerate() {
        let road_m = travel.road_m(place, visit.point);
        if !max_travel::allows(policy, road_m)
            && !is_leg_begun(route, index, visit)
            && !on_break(Break { index, rule: Rule::MaxTravel, amount: road_m - policy.max_leg_m })
        {
            return out;
        }
        let timing = advance(duty, travel, cursor, Leg { road_m, windows, duration_s: *duration_s });
        if let Some(rule) = timing.broken {
            let amount = match rule {
                Rule::Break => duty.pauses.get(usize::from(cursor.pauses_taken)).map_or(0, |pause| pause.duration_s),
                _ if windows.is_empty() => 0,
                _ => timing.start_s - windows.last_s(),
            };
            if !on_break(Break { index, rule, amount }) {
                return out;
            }
        }
        let over_s = timing.after.time_s - limit_s;
        if over_s > 0 && !on_break(Break { index, rule: Rule::Shift, amount: over_s }) {
            return out;
        }
        add_visit(&mut out.terms, policy, sequence, visit, timing.start_s);
        add_leg(&mut out, policy, road_m, travel.arrival(cursor.time_s, road_m) - cursor.time_s);
        out.times.push((timing.arrival_s, timing.start_s));
        (cursor, place) = (timing.after, visit.point);
    }
    finish_route(&mut out, policy, travel, sequence, (cursor, place));
    let over_s = out.end_s - limit_s;
    // Told already when the last visit itself ends too late.
    if !sequence.visits.is_empty() && over_s > 0 && cursor.time_s <= limit_s {
        on_break(Break { index: sequence.visits.len() - 1, rule: Rule::Shift, amount: over_s });
    }
    out
}

/// Whether this is the leg from where the technician happens to be now to the stop planned next: chance, not a decision.
fn is_leg_begun(route: &Route, index: usize, visit: &VisitFacts) -> bool {
    index == 0 && route.frozen == 0 && route.stops.first().is_some_and(|stop| stop.point == visit.point)
}

fn add_leg(out: &mut Evaluation, policy: &Policy, road_m: i64, seconds: i64) {
    out.terms.add(Term::Travel, road_m, travel::cost(policy, road_m));
    out.travel_s += seconds;
}

fn add_visit(terms: &mut Terms, policy: &Policy, sequence: &Sequence<'_>, visit: &VisitFacts, start_s: Timestamp) {
    let promise = &visit.promise;
    let source = &sequence.entry.source;
    let facts = &sequence.entry.facts;
    let number = sequence.technician;
    terms.add(Term::Response, response::wait_s(promise, start_s), response::cost(policy, promise, start_s));
    terms.add(Term::Lateness, lateness::late_s(promise, start_s), lateness::cost(policy, promise, start_s));
    terms.add(Term::Window, window::used_s(promise, start_s), window::cost(policy, promise, start_s));
    let levels = over_qualification::levels(facts, visit);
    terms.add(Term::OverQualification, levels, over_qualification::cost(policy, facts, visit));
    terms.add(Term::Rating, rating::missing_milli_stars(policy, source), rating::cost(policy, source));
    let wishes = preference::wishes_met(number, visit);
    terms.add(Term::Preference, wishes, preference::cost(policy, number, visit));
    terms.add(Term::Tier, i64::from(source.star_tier), tier::cost(policy, source));
    terms.add(Term::Repeats, repeats::excess_basis_points(policy, source), repeats::cost(policy, source));
    terms.add(Term::VisitCost, source.cost_per_visit_milli, visit_cost::cost(policy, source));
    let newcomers = i64::from(tier::is_newcomer(policy, source));
    terms.add(Term::Newcomer, newcomers, tier::newcomer_cost(policy, source));
}

/// Adds what belongs to the route as a whole: the way to its end, overtime and fairness.
fn finish_route(
    out: &mut Evaluation,
    policy: &Policy,
    travel: &Travel,
    sequence: &Sequence<'_>,
    (cursor, place): (Cursor, Point),
) {
    let route = &sequence.entry.routes[sequence.route];
    let duty = &route.duty;
    let stops = sequence.visits.len() + route.frozen;
    out.end_s = cursor.time_s;
    if stops > 0 {
        out.end_s = finish(duty, travel, place, cursor);
        if let Some(end) = duty.end {
            add_leg(out, policy, travel.road_m(place, end), out.end_s - cursor.time_s);
        }
        let overtime_s = shift::overtime_s(duty, out.end_s);
        out.terms.add(Term::Overtime, overtime_s, shift::cost(policy, duty, out.end_s));
    }
    let load = route.finished + u32::try_from(stops).unwrap_or(u32::MAX);
    let weight = fairness::weight(load);
    out.terms.add(Term::Fairness, weight, weight * policy.fairness_milli_per_visit);
}
