//! A given order of visits, evaluated without any search: its times, its price, and everything that it breaks.

use super::Dispatcher;
use crate::evaluate::{Sequence, Terms, certificate, first_personal_rule, measure, parts, starts};
use crate::explain::Miss;
use crate::model::{CoreError, ResourceKind, Rule, ScoreTerm, Timestamp};
use crate::plan::{Positions, TechnicianEntry, VisitFacts, Windows};
use crate::search::Search;
use std::collections::BTreeSet;

/// The visits of one technician in order, behind what is under way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VisitOrder {
    /// Whose.
    pub technician_id: String,
    /// Which visits.
    pub visit_ids: Vec<String>,
}

/// One visit with the times that follow from the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderedStop {
    /// Which.
    pub visit_id: String,
    /// Arrival.
    pub arrival_s: Timestamp,
    /// Start of work.
    pub start_s: Timestamp,
    /// End of work.
    pub end_s: Timestamp,
}

/// One technician's order, evaluated.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderedRoute {
    /// Whose.
    pub technician_id: String,
    /// The visits.
    pub stops: Vec<OrderedStop>,
    /// End of the last route with a stop.
    pub end_s: Timestamp,
    /// Travel in seconds.
    pub travel_s: i64,
    /// The terms of all shifts.
    pub score_terms: Vec<ScoreTerm>,
    /// Their sum.
    pub cost_milli: i64,
    /// What the technician's routes cost as planned now.
    pub planned_cost_milli: i64,
}

/// A hard rule that an order breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderViolation {
    /// Whose route.
    pub technician_id: String,
    /// Which visit.
    pub visit_id: String,
    /// The rule.
    pub rule: Rule,
    /// By how much, in [`Rule::unit`].
    pub amount: i64,
    /// One sentence for a person.
    pub detail: String,
}

/// Orders, evaluated.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evaluated {
    /// As asked.
    pub routes: Vec<OrderedRoute>,
    /// Everything broken, in order.
    pub violations: Vec<OrderViolation>,
}

/// A visit of an order, ready to be measured.
struct Piece<'a> {
    visit: u32,
    facts: &'a VisitFacts,
    windows: Windows,
    duration_s: i64,
    shift: usize,
}

impl Dispatcher {
    /// Evaluates given orders: no search, nothing changes. Linear in the visits.
    ///
    /// # Errors
    /// [`CoreError::NotFound`] for unknown technicians or visits.
    pub fn evaluate_orders(
        &self,
        orders: &[VisitOrder],
        positions: &dyn Positions,
        now_s: Timestamp,
    ) -> Result<Evaluated, CoreError> {
        let search = self.search(positions, now_s);
        let mut evaluated = Evaluated::default();
        let mut seen = BTreeSet::new();
        for order in orders {
            let number = self.technician_number(&order.technician_id)?;
            let Some(entry) = self.plan().technician(number) else { continue };
            let visits = order.visit_ids.iter().map(|id| {
                let missing = || CoreError::NotFound { kind: ResourceKind::Visit, id: id.clone() };
                self.plan().visit_number(id).ok_or_else(missing)
            });
            let visits = visits.collect::<Result<Vec<_>, _>>()?;
            let mut desk = Desk { search, number, entry, evaluated: &mut evaluated };
            let pieces = desk.pieces(&visits, &mut seen);
            desk.evaluate(&pieces);
        }
        Ok(evaluated)
    }
}

/// One technician at work.
struct Desk<'a, 'e> {
    search: Search<'a>,
    number: u32,
    entry: &'a TechnicianEntry,
    evaluated: &'e mut Evaluated,
}

impl<'a> Desk<'a, '_> {
    /// The visits in their shifts; what is under way is left out, with a violation unless it comes first here.
    fn pieces(&mut self, visits: &[u32], seen: &mut BTreeSet<u32>) -> Vec<Piece<'a>> {
        let (plan, mut shift) = (self.search.plan, 0);
        let mut pieces = Vec::with_capacity(visits.len());
        for (index, visit) in visits.iter().enumerate() {
            let entry = plan.visit(*visit);
            if !seen.insert(*visit) {
                self.violate(*visit, &Miss::of(Rule::Reference, 0), "is named twice");
                continue;
            }
            let is_own = entry.place.is_some_and(|place| place.technician == self.number);
            if entry.source.state.is_under_way() {
                if !is_own || index > 0 {
                    self.violate(*visit, &Miss::of(Rule::Pin, 0), "is under way and comes first with its technician");
                }
                continue;
            }
            if let Some(rule) = first_personal_rule(self.number, self.entry, &entry.facts).filter(|_| !is_own) {
                let miss = Miss::personal(rule, self.entry, &entry.facts);
                self.violate(*visit, &miss, "");
            }
            let opens_s = entry.facts.windows.first_s().max(self.search.now_s);
            let own = entry.place.filter(|_| is_own).map(|place| place.route);
            shift = own.unwrap_or_else(|| self.entry.route_at(opens_s)).max(shift);
            let stop = plan.stop(*visit).filter(|_| is_own).map(|(_, stop)| stop);
            let (windows, duration_s) = match stop {
                Some(stop) => (stop.windows.clone(), stop.duration_s),
                None => (
                    starts::allowed(&self.entry.facts, &entry.facts).into_owned(),
                    self.entry.facts.work_s(&entry.facts),
                ),
            };
            // What never may start is told as such; its times follow the visit's own windows.
            if windows.is_empty() && certificate::allows(&self.entry.facts, &entry.facts) {
                self.violate(*visit, &Miss::of(Rule::Window, 0), "may not start in any of its windows");
            }
            let windows = if windows.is_empty() { entry.facts.windows.clone() } else { windows };
            pieces.push(Piece { visit: *visit, facts: &entry.facts, windows, duration_s, shift });
        }
        pieces
    }

    fn evaluate(&mut self, pieces: &[Piece<'_>]) {
        let (policy, travel) = (self.search.policy, &self.search.plan.travel);
        let mut route = OrderedRoute {
            technician_id: self.search.plan.technician_id(self.number).to_owned(),
            stops: Vec::with_capacity(pieces.len()),
            end_s: 0,
            travel_s: 0,
            score_terms: Vec::new(),
            cost_milli: 0,
            planned_cost_milli: 0,
        };
        let mut terms = Terms::default();
        for shift in 0..self.entry.routes.len() {
            let of_shift: Vec<&Piece<'_>> = pieces.iter().filter(|piece| piece.shift == shift).collect();
            let visits = of_shift.iter().map(|piece| (piece.facts, &piece.windows, piece.duration_s)).collect();
            let (found, broken) = measure(policy, travel, &self.sequence(shift, visits));
            terms = terms.plus(&found.terms);
            route.travel_s += found.travel_s;
            for (piece, (arrival_s, start_s)) in of_shift.iter().zip(&found.times) {
                route.stops.push(OrderedStop {
                    visit_id: self.search.plan.visit(piece.visit).source.id.clone(),
                    arrival_s: *arrival_s,
                    start_s: *start_s,
                    end_s: start_s + piece.duration_s,
                });
            }
            if !of_shift.is_empty() {
                route.end_s = found.end_s;
            }
            for broken in broken {
                self.violate(of_shift[broken.index].visit, &Miss::of(broken.rule, broken.amount), "");
            }
            self.count(shift, &of_shift);
            let planned = self.entry.routes[shift].planned().iter();
            let planned = planned
                .map(|stop| (&self.search.plan.visit(stop.visit).facts, &stop.windows, stop.duration_s))
                .collect();
            route.planned_cost_milli += measure(policy, travel, &self.sequence(shift, planned)).0.terms.cost_milli();
        }
        (route.cost_milli, route.score_terms) = (terms.cost_milli(), terms.to_score());
        self.evaluated.routes.push(route);
    }

    fn sequence<'s>(&self, shift: usize, visits: Vec<(&'s VisitFacts, &'s Windows, i64)>) -> Sequence<'s>
    where
        'a: 's,
    {
        let ready = self.search.ready(self.number, self.entry, shift);
        Sequence { technician: self.number, entry: self.entry, route: shift, ready, visits }
    }

    /// Tells a shift that holds too many visits, or has too few parts for them.
    fn count(&mut self, shift: usize, pieces: &[&Piece<'_>]) {
        let route = &self.entry.routes[shift];
        let planned = i64::try_from(pieces.len()).unwrap_or(i64::MAX);
        let load = i64::from(route.finished) + i64::try_from(route.frozen).unwrap_or(0) + planned;
        let most = i64::from(self.entry.max_visits(self.search.policy.max_visits));
        if let Some(last) = pieces.last().filter(|_| load > most) {
            self.violate(last.visit, &Miss::of(Rule::MaxVisits, load - most), "");
        }
        let planned = pieces.iter().map(|piece| piece.facts);
        let short = parts::overdrawn_by(self.search.plan, self.entry, route, planned);
        if let (Some(last), Some(short)) = (pieces.last(), short) {
            self.violate(last.visit, &Miss::short(short), "");
        }
    }

    fn violate(&mut self, visit: u32, miss: &Miss, what: &str) {
        let detail = if what.is_empty() { miss.sentence(&self.search) } else { format!("the visit {what}") };
        self.evaluated.violations.push(OrderViolation {
            technician_id: self.search.plan.technician_id(self.number).to_owned(),
            visit_id: self.search.plan.visit(visit).source.id.clone(),
            rule: miss.rule,
            amount: miss.amount,
            detail,
        });
    }
}
