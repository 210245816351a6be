//! The objective of one route, evaluated in full: the truth that every shortcut of the search is tested against.

use super::{Terms, fairness, lateness, max_travel, over_qualification, preference, rating, response, shift, tier};
use super::{travel, window};
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

/// Evaluates a sequence in full. Linear in its visits.
///
/// # Errors
/// The index of the first visit that breaks a rule in time, and the rule. Rules about the person are not looked at.
pub fn evaluate(policy: &Policy, travel: &Travel, sequence: &Sequence<'_>) -> Result<Evaluation, (usize, Rule)> {
    let route = &sequence.entry.routes[sequence.route];
    let duty = &route.duty;
    let limit_s = limit_s(duty, policy.max_overtime_s);
    let mut out = Evaluation::default();
    let mut cursor = Cursor::from(sequence.ready);
    let mut place = sequence.ready.point;
    for (index, (visit, windows, duration_s)) in sequence.visits.iter().enumerate() {
        let road_m = travel.road_m(place, visit.point);
        if !max_travel::allows(policy, road_m) && !is_leg_begun(route, index, visit) {
            return Err((index, Rule::MaxTravel));
        }
        let timing = advance(duty, travel, cursor, Leg { road_m, windows, duration_s: *duration_s });
        if let Some(rule) = timing.broken {
            return Err((index, rule));
        }
        if timing.after.time_s > limit_s {
            return Err((index, Rule::Shift));
        }
        add_visit(&mut out.terms, policy, sequence, visit, timing.start_s);
        add_leg(&mut out, policy, road_m, travel.arrival(cursor.time_s, road_m) - cursor.time_s);
        out.times.push((timing.arrival_s, timing.start_s));
        (cursor, place) = (timing.after, visit.point);
    }
    finish_route(&mut out, policy, travel, sequence, (cursor, place))?;
    Ok(out)
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
}

/// Adds what belongs to the route as a whole: the way to its end, overtime and fairness.
fn finish_route(
    out: &mut Evaluation,
    policy: &Policy,
    travel: &Travel,
    sequence: &Sequence<'_>,
    (cursor, place): (Cursor, Point),
) -> Result<(), (usize, Rule)> {
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
    if !sequence.visits.is_empty() && out.end_s > limit_s(duty, policy.max_overtime_s) {
        return Err((sequence.visits.len() - 1, Rule::Shift));
    }
    let load = route.finished + u32::try_from(stops).unwrap_or(u32::MAX);
    let weight = fairness::weight(load);
    out.terms.add(Term::Fairness, weight, weight * policy.fairness_milli_per_visit);
    Ok(())
}
