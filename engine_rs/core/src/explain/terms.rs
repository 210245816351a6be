//! The price of a choice, term by term.

use crate::evaluate::{Evaluation, Sequence, Terms, evaluate, starts};
use crate::plan::{Ready, TechnicianEntry, VisitFacts, Windows};
use crate::search::{Insertion, Search};

/// An insertion explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What the route costs more with the visit; adds up to the insertion's price.
    pub terms: Terms,
    /// Seconds of travel added to the route.
    pub added_travel_s: i64,
}

/// Explains an insertion as the difference of the route's full evaluation with and without the visit.
///
/// `None` only when the insertion is not feasible, which no search returns. Linear in the route's stops.
#[must_use]
pub fn explain_insertion(search: &Search<'_>, visit: &VisitFacts, insertion: &Insertion) -> Option<Explanation> {
    let entry = search.plan.technician(insertion.technician)?;
    let windows = starts::allowed(&entry.facts, visit);
    let mut sequence = planned_sequence(search, entry, insertion, insertion.ready);
    let without = full(search, &sequence)?;
    let index = insertion.slot.position - entry.routes[insertion.route].frozen;
    let with_visit: (&VisitFacts, &Windows, i64) = (visit, &windows, entry.facts.work_s(visit));
    sequence.visits.insert(index, with_visit);
    let with = full(search, &sequence)?;
    Some(Explanation { terms: with.terms.minus(&without.terms), added_travel_s: with.travel_s - without.travel_s })
}

/// Explains a planned visit where it is: the difference of the route's full evaluation with and without it.
///
/// `None` for visits that are not planned, or whose route breaks a rule as of now. Linear in the route's stops.
#[must_use]
pub fn explain_placed(search: &Search<'_>, visit: u32) -> Option<Explanation> {
    let place = search.plan.visit(visit).place?;
    let entry = search.plan.technician(place.technician)?;
    let index = entry.routes[place.route].planned().iter().position(|stop| stop.visit == visit)?;
    let mut sequence = search.sequence(place.technician, entry, place.route);
    let with = full(search, &sequence)?;
    sequence.visits.remove(index);
    let without = full(search, &sequence)?;
    Some(Explanation { terms: with.terms.minus(&without.terms), added_travel_s: with.travel_s - without.travel_s })
}

fn full(search: &Search<'_>, sequence: &Sequence<'_>) -> Option<Evaluation> {
    evaluate(search.policy, &search.plan.travel, sequence).ok()
}

fn planned_sequence<'a>(
    search: &Search<'a>,
    entry: &'a TechnicianEntry,
    insertion: &Insertion,
    ready: Ready,
) -> Sequence<'a> {
    let visits = entry.routes[insertion.route]
        .planned()
        .iter()
        .map(|stop| (&search.plan.visit(stop.visit).facts, &stop.windows, stop.duration_s))
        .collect();
    Sequence { technician: insertion.technician, entry, route: insertion.route, ready, visits }
}
