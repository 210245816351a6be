//! Questions about the plan as it stands, answered exactly: who and why, why not, and what an order would cost.

use super::Dispatcher;
use crate::evaluate::Terms;
use crate::explain::{Asked, Choice, Miss, Relaxation, judge, relaxations, told};
use crate::model::{CoreError, ResourceKind, Rule, ScoreTerm, Timestamp, UnassignedReason, reason};
use crate::plan::{Positions, VisitFacts};
use crate::search::Search;
use std::borrow::Cow;

/// A technician who could take a visit.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// 1 for the cheapest of all.
    pub rank: u32,
    /// Who.
    pub technician_id: String,
    /// Position among the technician's stops not yet finished.
    pub position: u32,
    /// Arrival.
    pub arrival_s: Timestamp,
    /// Start of work.
    pub start_s: Timestamp,
    /// Extra travel on the route in seconds.
    pub added_travel_s: i64,
    /// Sum of the terms.
    pub cost_milli: i64,
    /// The terms.
    pub score_terms: Vec<ScoreTerm>,
    /// What this costs more than the one compared with.
    pub gap_milli: i64,
    /// Term by term.
    pub gap_terms: Vec<ScoreTerm>,
}

/// A technician who cannot take a visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    /// Who.
    pub technician_id: String,
    /// The first hard rule of the nearest place.
    pub rule: Rule,
    /// By how much it is broken, in [`Rule::unit`].
    pub amount: i64,
    /// The visit whose promise would break, when it is another one.
    pub blocked_visit_id: Option<String>,
    /// One sentence for a person.
    pub detail: String,
}

/// Who could take a visit, and what keeps the others from it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Explained {
    /// Who has the visit.
    pub technician_id: Option<String>,
    /// Candidates told, cheapest first.
    pub candidates: Vec<Candidate>,
    /// Number of all candidates.
    pub candidate_count: u32,
    /// Misses told, nearest first.
    pub misses: Vec<Missed>,
    /// All misses counted by rule.
    pub reasons: Vec<UnassignedReason>,
    /// What would have to give; only of a visit that nobody can take.
    pub relaxations: Vec<Relaxation>,
}

/// How much of an explanation is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    /// Most candidates.
    pub max_candidates: usize,
    /// Most misses.
    pub max_misses: usize,
    /// Technicians told in any case.
    pub technician_ids: Vec<String>,
}

/// Whether and how one technician can take a visit.
pub type Verdict = Result<Candidate, Missed>;

/// Everybody judged.
struct Judged {
    /// Technician and place, cheapest first; ties by identifier.
    can: Vec<(u32, Choice)>,
    /// Technician and miss, nearest first; ties by identifier.
    cannot: Vec<(u32, Miss)>,
}

impl Dispatcher {
    /// Who could take a visit and what keeps the others from it. Every technician is judged exactly.
    ///
    /// Linear in the technicians, quadratic in the stops of those whom no rule about the person keeps out.
    ///
    /// # Errors
    /// [`CoreError::NotFound`] for an unknown visit or technician, [`CoreError::State`] for a visit under way.
    pub fn explain_assignment(
        &self,
        visit_id: &str,
        detail: &Detail,
        positions: &dyn Positions,
        now_s: Timestamp,
    ) -> Result<Explained, CoreError> {
        let search = self.search(positions, now_s);
        let visit = self.asked_about(visit_id)?;
        let wanted =
            detail.technician_ids.iter().map(|id| self.technician_number(id)).collect::<Result<Vec<_>, _>>()?;
        let entry = self.plan().visit(visit);
        let holder = entry.place.map(|place| place.technician);
        let (facts, tie) = self.wanted(visit);
        let asked = Asked { facts: &facts, number: Some(visit), position: None };
        let judged = judge_all(&search, &asked, tie);
        let is_told = |index: usize, most: usize, number: u32| index < most || wanted.contains(&number);
        let base = holder.and_then(|holder| judged.can.iter().find(|(number, _)| *number == holder));
        let base = base.or(judged.can.first()).map(|(_, choice)| choice.terms);
        let mut explained = Explained {
            technician_id: holder.map(|holder| self.plan().technician_id(holder).to_owned()),
            candidate_count: u32::try_from(judged.can.len()).unwrap_or(u32::MAX),
            reasons: counted(&search, &asked, &judged.cannot),
            ..Explained::default()
        };
        for (index, (number, choice)) in judged.can.iter().enumerate() {
            if is_told(index, detail.max_candidates, *number) || Some(*number) == holder {
                explained.candidates.push(candidate(&search, *number, choice, index, base.as_ref()));
            }
        }
        for (index, (number, miss)) in judged.cannot.iter().enumerate() {
            if is_told(index, detail.max_misses, *number) {
                explained.misses.push(missed(&search, *number, miss));
            }
        }
        Ok(explained)
    }

    /// Why nobody has a visit, and what would have to give.
    ///
    /// # Errors
    /// [`CoreError::NotFound`] for an unknown visit, [`CoreError::State`] for one on a route.
    pub fn explain_unassigned(
        &self,
        visit_id: &str,
        detail: &Detail,
        positions: &dyn Positions,
        now_s: Timestamp,
    ) -> Result<Explained, CoreError> {
        let visit = self.asked_about(visit_id)?;
        let source = &self.plan().visit(visit).source;
        if self.plan().visit(visit).place.is_some() {
            return Err(refused(visit_id, source.state.name(), "EXPLAINED_AS_UNASSIGNED"));
        }
        let mut explained = self.explain_assignment(visit_id, detail, positions, now_s)?;
        if explained.candidate_count == 0 {
            explained.relaxations = relaxations(&self.search(positions, now_s), &self.plan().visit(visit).facts);
        }
        Ok(explained)
    }

    /// Two technicians for one visit, term by term; each candidate's gap is that to the other one.
    ///
    /// # Errors
    /// As [`Dispatcher::explain_assignment`].
    pub fn compare_candidates(
        &self,
        visit_id: &str,
        technician_ids: [&str; 2],
        positions: &dyn Positions,
        now_s: Timestamp,
    ) -> Result<[Verdict; 2], CoreError> {
        let search = self.search(positions, now_s);
        let visit = self.asked_about(visit_id)?;
        let numbers = [self.technician_number(technician_ids[0])?, self.technician_number(technician_ids[1])?];
        let (facts, tie) = self.wanted(visit);
        let asked = Asked { facts: &facts, number: Some(visit), position: None };
        let found = numbers.map(|number| judge_tied(&search, &asked, number, tie));
        let terms = [0, 1].map(|index: usize| found[index].as_ref().ok().map(|choice| choice.terms));
        let key = |index: usize| {
            let choice = found[index].as_ref().ok()?;
            Some((choice.insertion.cost_milli, technician_ids[index]))
        };
        let verdict = |index: usize| match &found[index] {
            Ok(choice) => {
                let is_first = key(1 - index).is_none_or(|other| key(index) <= Some(other));
                let other = terms[1 - index].as_ref();
                Ok(candidate(&search, numbers[index], choice, usize::from(!is_first), other))
            }
            Err(miss) => Err(missed(&search, numbers[index], miss)),
        };
        Ok([verdict(0), verdict(1)])
    }

    /// The plan as it is now, to be searched.
    pub(super) fn search<'a>(&'a self, positions: &'a dyn Positions, now_s: Timestamp) -> Search<'a> {
        Search { plan: self.plan(), policy: self.policy(), positions, now_s }
    }

    /// What a visit needs, narrowed by what it is tied to; with the rule when its ties alone keep everybody out.
    fn wanted(&self, visit: u32) -> (Cow<'_, VisitFacts>, Option<Rule>) {
        match self.plan().wanted(visit) {
            Ok(facts) => (facts, None),
            Err(rule) => (Cow::Borrowed(&self.plan().visit(visit).facts), Some(rule)),
        }
    }

    /// Number of an open visit that nobody has set out for.
    fn asked_about(&self, visit_id: &str) -> Result<u32, CoreError> {
        let missing = || CoreError::NotFound { kind: ResourceKind::Visit, id: visit_id.to_owned() };
        let visit = self.plan().visit_number(visit_id).ok_or_else(missing)?;
        let state = self.plan().visit(visit).source.state;
        if state.is_under_way() { Err(refused(visit_id, state.name(), "EXPLAINED")) } else { Ok(visit) }
    }

    /// Number of a technician who exists.
    pub(super) fn technician_number(&self, technician_id: &str) -> Result<u32, CoreError> {
        let missing = || CoreError::NotFound { kind: ResourceKind::Technician, id: technician_id.to_owned() };
        self.plan().technician_number(technician_id).ok_or_else(missing)
    }
}

fn refused(visit_id: &str, from: &'static str, to: &'static str) -> CoreError {
    let (kind, id) = (ResourceKind::Visit, visit_id.to_owned());
    CoreError::State { kind, id, reason: reason::ILLEGAL_TRANSITION, from, to }
}

/// Like [`judge`]; whom nothing but the ties keeps out misses by the rule about these.
fn judge_tied(search: &Search<'_>, asked: &Asked<'_>, number: u32, tie: Option<Rule>) -> Result<Choice, Miss> {
    let judged = judge(search, asked, number);
    match tie {
        Some(rule) if judged.is_ok() => Err(Miss::of(rule, 0)),
        _ => judged,
    }
}

fn judge_all(search: &Search<'_>, asked: &Asked<'_>, tie: Option<Rule>) -> Judged {
    let mut judged = Judged { can: Vec::new(), cannot: Vec::new() };
    for (number, _) in search.plan.technicians() {
        match judge_tied(search, asked, number, tie) {
            Ok(choice) => judged.can.push((number, choice)),
            Err(miss) => judged.cannot.push((number, miss)),
        }
    }
    let id = |number: u32| search.plan.technician_id(number);
    judged.can.sort_by_key(|(number, choice)| (choice.insertion.cost_milli, id(*number)));
    judged.cannot.sort_by_key(|(number, miss)| (miss.key(), id(*number)));
    judged
}

/// The nearest misses of a visit that need not exist, at most `count`.
pub(super) fn nearest_misses(search: &Search<'_>, asked: &Asked<'_>, count: usize) -> Vec<Missed> {
    let judged = judge_all(search, asked, None);
    judged.cannot.iter().take(count).map(|(number, miss)| missed(search, *number, miss)).collect()
}

fn counted(search: &Search<'_>, asked: &Asked<'_>, cannot: &[(u32, Miss)]) -> Vec<UnassignedReason> {
    let mut counts = [0u32; Rule::MAX_NUMBER + 1];
    for (_, miss) in cannot {
        counts[miss.rule as usize] += 1;
    }
    told(search, asked.facts, &counts)
}

fn candidate(search: &Search<'_>, number: u32, choice: &Choice, index: usize, base: Option<&Terms>) -> Candidate {
    let gap = base.map_or_else(Terms::default, |base| choice.terms.minus(base));
    Candidate {
        rank: u32::try_from(index + 1).unwrap_or(u32::MAX),
        technician_id: search.plan.technician_id(number).to_owned(),
        position: u32::try_from(choice.position).unwrap_or(u32::MAX),
        arrival_s: choice.insertion.slot.arrival_s,
        start_s: choice.insertion.slot.start_s,
        added_travel_s: choice.added_travel_s,
        cost_milli: choice.insertion.cost_milli,
        score_terms: choice.terms.to_score(),
        gap_milli: gap.cost_milli(),
        gap_terms: gap.to_score(),
    }
}

fn missed(search: &Search<'_>, number: u32, miss: &Miss) -> Missed {
    let blocked = miss.blocked.and_then(|visit| search.plan.open_visit(visit));
    Missed {
        technician_id: search.plan.technician_id(number).to_owned(),
        rule: miss.rule,
        amount: miss.amount,
        blocked_visit_id: blocked.map(|visit| visit.source.id.clone()),
        detail: miss.sentence(search),
    }
}
