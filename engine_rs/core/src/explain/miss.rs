//! What keeps a technician from a visit, and by how much.

use super::Asked;
use crate::evaluate::parts::Shortage;
use crate::evaluate::skill;
use crate::model::{Rule, TimeWindow};
use crate::plan::{TechnicianEntry, VisitFacts};
use crate::search::Search;

/// The first hard rule that a place breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Miss {
    /// The rule.
    pub rule: Rule,
    /// By how much, in [`Rule::unit`]; 0 when it cannot be measured.
    pub amount: i64,
    /// Number of the visit whose own promise would break; `None` when it is the one asked about.
    pub blocked: Option<u32>,
    /// Number of the skill, certificate or part that is missing.
    pub lacks: Option<u32>,
}

impl Miss {
    /// A miss about nothing further.
    #[must_use]
    pub const fn of(rule: Rule, amount: i64) -> Self {
        Self { rule, amount, blocked: None, lacks: None }
    }

    /// The miss of a part of which too little is on board.
    #[must_use]
    pub const fn short(shortage: Shortage) -> Self {
        Self { lacks: Some(shortage.part), ..Self::of(Rule::Parts, shortage.missing) }
    }

    /// Orders misses, the nearest first: what time would mend, by seconds; then visits or parts too many, metres too far,
    /// certificates, skill levels, and what only another person would mend.
    #[must_use]
    pub const fn key(&self) -> (u8, i64) {
        let class = match self.rule {
            Rule::Window | Rule::Shift | Rule::Break => 0,
            Rule::MaxVisits | Rule::Parts => 1,
            Rule::MaxTravel => 2,
            Rule::Certificate => 3,
            Rule::Skill => 4,
            Rule::Availability => 5,
            _ => 6,
        };
        (class, self.amount)
    }

    /// The miss by a rule about the person.
    #[must_use]
    pub fn personal(rule: Rule, technician: &TechnicianEntry, visit: &VisitFacts) -> Self {
        let (amount, lacks) = match rule {
            Rule::Skill => skill_gap(technician, visit),
            Rule::Certificate => certificate_gap(technician, visit),
            _ => (0, None),
        };
        Self { rule, amount, blocked: None, lacks }
    }

    /// The miss when no position was there to be tried.
    pub(super) fn of_position(
        search: &Search<'_>,
        asked: &Asked<'_>,
        technician: &TechnicianEntry,
        span: TimeWindow,
    ) -> Self {
        let touched = technician.routes_touching(span, search.now_s);
        if !touched.is_empty() && asked.position.is_some() {
            return Self::of(Rule::Pin, 0);
        }
        let from_s = span.start_s.max(search.now_s);
        let gap_s = |window: TimeWindow| (from_s - window.end_s).max(window.start_s - span.end_s);
        let gaps = technician.routes.iter().map(|route| gap_s(route.duty.window));
        Self::of(Rule::Shift, gaps.min().unwrap_or(0).max(0))
    }

    /// One sentence for a person.
    #[must_use]
    pub fn sentence(&self, search: &Search<'_>) -> String {
        let plan = search.plan;
        let name_of =
            |names: &crate::plan::Names| self.lacks.map_or("", |it| names.name_or(it, "one nobody holds")).to_owned();
        let whose = match self.blocked.and_then(|visit| plan.open_visit(visit)) {
            Some(visit) => format!("visit {} of the route", visit.source.id),
            None => "the visit".to_owned(),
        };
        let amount = self.amount;
        match self.rule {
            Rule::Availability => "is offline or paused".to_owned(),
            Rule::Skill => format!("lacks {amount} levels of the skill {}", name_of(&plan.dictionary.skills)),
            Rule::Certificate if amount > 0 => {
                format!("holds the certificate {} for {amount} s too short", name_of(&plan.dictionary.certificates))
            }
            Rule::Certificate => format!("does not hold the certificate {}", name_of(&plan.dictionary.certificates)),
            Rule::Shift => format!("{whose} or the way home would end {amount} s outside the shift"),
            Rule::Window if amount == 0 => "the visit may not start at any time in its windows".to_owned(),
            Rule::Window => format!("{whose} would start {amount} s after its last window"),
            Rule::Break => format!("a break of {amount} s would be lost"),
            Rule::Technician => "is excluded, or somebody else is required".to_owned(),
            Rule::MaxVisits => format!("the shift would hold {amount} visits too many"),
            Rule::Language => "speaks none of the languages asked for".to_owned(),
            Rule::Partner => "is not of a partner that may come".to_owned(),
            Rule::Parts => format!("{amount} of the part {} are missing on board", name_of(&plan.dictionary.parts)),
            Rule::MaxTravel => format!("a leg would be {amount} m too long"),
            Rule::Pin => {
                "what is under way, pinned or about to begin comes first, or is not there to be changed".to_owned()
            }
            Rule::Dependency => format!("{whose} would not keep the lags to what comes before and after it"),
            Rule::Group => format!("{whose} would not be with the technician of its group"),
            Rule::Crew => format!("{whose} would not be there together with its crew"),
            other => format!("is kept out by {other:?}"),
        }
    }
}

/// Levels missing of the first skill that is too low.
fn skill_gap(technician: &TechnicianEntry, visit: &VisitFacts) -> (i64, Option<u32>) {
    debug_assert!(!skill::allows(&technician.facts, visit), "Invariant: asked only where a skill is missing");
    let lacking = visit.skills.iter().find(|(skill, level)| technician.facts.level(*skill) < *level);
    lacking.map_or((0, None), |(skill, level)| {
        (i64::from(*level) - i64::from(technician.facts.level(*skill)), Some(*skill))
    })
}

/// Seconds by which the first certificate that does not last is too short; 0 when it is not held at all.
fn certificate_gap(technician: &TechnicianEntry, visit: &VisitFacts) -> (i64, Option<u32>) {
    let (mut windows, work_s) = (visit.windows.clone(), technician.facts.work_s(visit));
    for certificate in &visit.certificates {
        let held = technician.facts.certificates.iter().filter(|held| held.certificate == *certificate);
        let periods: Vec<_> =
            held.map(|held| TimeWindow::new(held.validity.start_s, held.validity.end_s - work_s)).collect();
        let allowed = windows.intersect(&periods);
        if allowed.is_empty() {
            let short_s =
                |period: &TimeWindow| (windows.first_s() - period.end_s).max(period.start_s - windows.last_s());
            return (periods.iter().map(short_s).min().unwrap_or(0).max(0), Some(*certificate));
        }
        windows = allowed;
    }
    (0, None)
}
