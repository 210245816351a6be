//! Why a tied visit has no place: what keeps technicians out whatever it is tied to, and whom only the ties keep out.

use super::reasons::{first_rule, reasons};
use crate::model::{Rule, UnassignedReason};
use crate::plan::VisitFacts;
use crate::search::Search;

/// Like [`reasons`], for a visit of the plan with all that it is tied to.
///
/// Who could take the visit alone but not with its ties is counted under DEPENDENCY, under GROUP when the others of its group
/// are with somebody else, or under CREW when it has a crew that has no place.
#[must_use]
pub fn reasons_of(search: &Search<'_>, visit: u32) -> Vec<UnassignedReason> {
    let facts = &search.plan.visit(visit).facts;
    let mut found = reasons(search, facts);
    if !search.plan.is_tied(visit) {
        return found;
    }
    let able = able(search, facts);
    let narrowed = search.plan.wanted(visit);
    let kept_out = match &narrowed {
        Ok(narrowed) => able.iter().filter(|number| first_rule(search, narrowed, **number).is_some()).count(),
        Err(_) => able.len(),
    };
    let by_crew = if search.plan.crew_of(visit).len() > 1 { able.len() - kept_out } else { 0 };
    let lags = match narrowed {
        Err(rule) => rule,
        Ok(_) if has_lags(search, visit) => Rule::Dependency,
        Ok(_) => Rule::Group,
    };
    for (rule, count) in [(lags, kept_out), (Rule::Crew, by_crew)] {
        if let Some(told) = told(search, visit, rule, count) {
            found.push(told);
        }
    }
    if found.is_empty() {
        // Nobody is left to be counted: the ties alone say no.
        found.push(UnassignedReason { rule: lags, technician_count: 0, detail: sentence(search, visit, lags) });
    }
    found.sort_by_key(|reason| reason.rule);
    found
}

/// Whether the visit waits for others, or others for it, or it has a crew that is in part under way.
fn has_lags(search: &Search<'_>, visit: u32) -> bool {
    search.plan.group_technician(visit).is_none()
        || search.plan.links(visit).is_some_and(|links| !links.after.is_empty() || !links.before.is_empty())
}

/// Technicians who could take the visit if it were tied to nothing.
fn able(search: &Search<'_>, facts: &VisitFacts) -> Vec<u32> {
    search.qualified(facts).iter().filter(|number| first_rule(search, facts, *number).is_none()).collect()
}

fn told(search: &Search<'_>, visit: u32, rule: Rule, count: usize) -> Option<UnassignedReason> {
    let technician_count = u32::try_from(count).ok().filter(|count| *count > 0)?;
    let who = if count == 1 { "1 technician".to_owned() } else { format!("{count} technicians") };
    let detail = format!("{who} could come, but {}", sentence(search, visit, rule));
    Some(UnassignedReason { rule, technician_count, detail })
}

fn sentence(search: &Search<'_>, visit: u32, rule: Rule) -> String {
    let plan = search.plan;
    let is_without_place = |number: &u32| plan.open_visit(*number).is_some_and(|entry| entry.place.is_none());
    if rule == Rule::Crew {
        let size = plan.crew_of(visit).len();
        return format!("not together with the others of the crew of {size}");
    }
    if rule == Rule::Group {
        let technician = plan.group_technician(visit).map_or("nobody", |technician| plan.technician_id(technician));
        return format!("the others of the group {} are with {technician}", plan.group_of(visit).unwrap_or_default());
    }
    let earlier = plan.links(visit).into_iter().flat_map(|links| &links.after).filter_map(|after| after.visit);
    match earlier.filter(is_without_place).min() {
        Some(missing) => format!("{} must come before and has no place", plan.visit(missing).source.id),
        None => "not within the lags to what comes before and after".to_owned(),
    }
}
