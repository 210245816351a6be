//! Ties as they were told: lags between visits, who attends them, crews whole and together.
//!
//! What is under way is reality: a visit that somebody has set out for is not held to what should have come before it, and a
//! crew of which somebody has set out, or is done, may lack a role.

use super::{CheckReport, PlanViolation};
use crate::model::{Companion, CrewRole, Dependency, Rule, Ties, Timestamp, Visit};
use crate::plan::Plan;
use std::collections::BTreeMap;

/// A visit with the times and the technician that the plan gives it.
#[derive(Clone, Copy)]
struct Placed<'a> {
    visit: &'a Visit,
    technician_id: &'a str,
    start_s: Timestamp,
    end_s: Timestamp,
}

/// Checks every tie of a plan. Linear in the ties but for looking visits up.
pub(super) fn check_ties(plan: &Plan, report: &mut CheckReport) {
    let placed = placed(plan);
    let mut crews: BTreeMap<&str, Vec<&Visit>> = BTreeMap::new();
    let mut groups: BTreeMap<&str, Placed<'_>> = BTreeMap::new();
    for (_, number) in plan.visits() {
        let visit = &plan.visit(number).source;
        let Some(ties) = visit.ties.as_deref() else { continue };
        if let Some(crew) = &ties.crew {
            crews.entry(&crew.crew_id).or_default().push(visit);
        }
        let at = placed.get(visit.id.as_str()).copied();
        if let (Some(group), Some(at)) = (&ties.group, at) {
            let first = groups.entry(group.as_str()).or_insert(at);
            if first.technician_id != at.technician_id {
                add(report, Rule::Group, at, 0, "the visits of one group are with different technicians");
            }
        }
        if let Some(at) = placed.get(visit.id.as_str()).filter(|at| !at.visit.state.is_under_way()) {
            ties.after.iter().for_each(|after| check_dependency(&placed, *at, after, report));
        }
    }
    for members in crews.values() {
        check_crew(&placed, members, report);
    }
}

fn placed(plan: &Plan) -> BTreeMap<&str, Placed<'_>> {
    let mut found = BTreeMap::new();
    for (_, entry) in plan.technicians() {
        for stop in entry.routes.iter().flat_map(|route| &route.stops) {
            let Some(open) = plan.open_visit(stop.visit) else { continue };
            let visit = &open.source;
            let technician_id = entry.source.id.as_str();
            found.insert(visit.id.as_str(), Placed { visit, technician_id, start_s: stop.start_s, end_s: stop.end_s });
        }
    }
    found
}

fn add(report: &mut CheckReport, rule: Rule, at: Placed<'_>, amount: i64, detail: &str) {
    report.violations.push(PlanViolation {
        rule,
        technician_id: at.technician_id.to_owned(),
        visit_id: at.visit.id.clone(),
        amount,
        detail: detail.to_owned(),
    });
}

fn check_dependency(placed: &BTreeMap<&str, Placed<'_>>, at: Placed<'_>, after: &Dependency, report: &mut CheckReport) {
    let earlier = match &after.ended {
        Some(ended) => Some((ended.end_s, ended.technician_id.as_str())),
        None => placed.get(after.visit_id.as_str()).map(|earlier| (earlier.end_s, earlier.technician_id)),
    };
    let Some((end_s, technician_id)) = earlier else {
        return add(report, Rule::Dependency, at, 0, "what must come before is on no route");
    };
    let lag_s = at.start_s - end_s;
    if lag_s < after.min_lag_s {
        add(report, Rule::Dependency, at, after.min_lag_s - lag_s, "it starts too soon after what comes before");
    }
    if let Some(most_s) = after.max_lag_s.filter(|most_s| lag_s > *most_s) {
        add(report, Rule::Dependency, at, lag_s - most_s, "it starts too long after what comes before");
    }
    let is_right = match after.technician {
        Companion::Any => true,
        Companion::Same => technician_id == at.technician_id,
        Companion::Different => technician_id != at.technician_id,
    };
    if !is_right {
        add(report, Rule::Dependency, at, 0, "the wrong technician attends what comes before");
    }
}

fn role(visit: &Visit) -> Option<&CrewRole> {
    visit.ties.as_deref().and_then(|ties: &Ties| ties.crew.as_ref())
}

fn check_crew(placed: &BTreeMap<&str, Placed<'_>>, members: &[&Visit], report: &mut CheckReport) {
    let Some(crew) = members.first().and_then(|visit| role(visit)) else { return };
    let there: Vec<Placed<'_>> = members.iter().filter_map(|visit| placed.get(visit.id.as_str()).copied()).collect();
    let is_begun = members.len() < crew.size as usize || members.iter().any(|visit| visit.state.is_under_way());
    if let Some(first) = there.first().filter(|_| !is_begun && there.len() < members.len()) {
        let missing = i64::try_from(members.len() - there.len()).unwrap_or(i64::MAX);
        add(report, Rule::Crew, *first, missing, "roles of the crew are on no route");
    }
    for (index, one) in there.iter().enumerate() {
        for other in &there[index + 1..] {
            check_pair(crew, *one, *other, report);
        }
    }
}

fn check_pair(crew: &CrewRole, one: Placed<'_>, other: Placed<'_>, report: &mut CheckReport) {
    if one.technician_id == other.technician_id {
        add(report, Rule::Crew, other, 0, "one technician has two roles of the crew");
    }
    let has_started = |at: Placed<'_>| at.visit.times.start_s.is_some();
    let is_reality = one.visit.state.is_under_way() && other.visit.state.is_under_way();
    if has_started(one) || has_started(other) || is_reality {
        return;
    }
    let apart_s = (one.start_s - other.start_s).abs();
    if apart_s > crew.max_start_spread_s {
        let late_s = apart_s - crew.max_start_spread_s;
        add(report, Rule::Crew, other, late_s, "members of the crew start too far apart");
    }
}
