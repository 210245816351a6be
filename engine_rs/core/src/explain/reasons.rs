//! Why technicians cannot take a visit: each counted once, under the first rule that keeps it out.

use crate::evaluate::{first_personal_rule, max_visits, parts, starts, technician};
use crate::model::{Rule, TimeWindow, UnassignedReason};
use crate::plan::{Bits, Route, TechnicianEntry, VisitFacts};
use crate::search::{Probe, Search, Work};

/// The first hard rule that keeps a technician from a visit, or `None` when there is a feasible place.
///
/// Rules about the person come first. Of the shifts that the visit's windows touch, the one that comes closest decides:
/// one in which the visit would fit if nothing else were planned ends in WINDOW, BREAK, MAX_VISITS or PARTS, or in PIN when it
/// would fit before a stop that is pinned or frozen; any other in SHIFT, WINDOW or MAX_TRAVEL.
#[must_use]
pub fn first_rule(search: &Search<'_>, visit: &VisitFacts, number: u32) -> Option<Rule> {
    let entry = search.plan.technician(number)?;
    if let Some(rule) = first_personal_rule(number, entry, visit) {
        return Some(rule);
    }
    let windows = starts::allowed(&entry.facts, visit);
    let span = TimeWindow::new(windows.first_s(), windows.last_s());
    if span.end_s < search.now_s {
        return Some(Rule::Window);
    }
    let mut probe = Probe::new(search.policy, &search.plan.travel, search.now_s);
    let work = Work::of(&entry.facts, visit, &windows);
    let mut closest = Rule::Shift;
    let mut came_close = false;
    for index in entry.routes_touching(span, search.now_s) {
        let route = &entry.routes[index];
        let ready = search.ready(number, entry, index);
        let outcome = probe.best(route, ready, visit, work);
        let full = full_rule(search, entry, route, visit);
        if outcome.is_ok() && full.is_none() {
            return None;
        }
        match probe.alone(route, ready, visit, work) {
            Ok(_) if !came_close => {
                came_close = true;
                let is_held_off = full.is_none() && probe.unheld(route, ready, visit, work).is_ok();
                closest = match (full, outcome) {
                    _ if is_held_off => Rule::Pin,
                    (None, Err(rule)) => rule,
                    (full, _) => full.unwrap_or(Rule::MaxVisits),
                };
            }
            Err(rule) if !came_close && closest == Rule::Shift => closest = rule,
            _ => {}
        }
    }
    Some(closest)
}

/// The rule by which a shift has no room for a visit, whatever the times are.
fn full_rule(search: &Search<'_>, entry: &TechnicianEntry, route: &Route, visit: &VisitFacts) -> Option<Rule> {
    if !max_visits::has_room(search.policy, entry, route) {
        Some(Rule::MaxVisits)
    } else if !parts::has_room(search.plan, entry, route, visit) {
        Some(Rule::Parts)
    } else {
        None
    }
}

/// Counts every technician of the region under the first rule that keeps it out.
///
/// Linear in the technicians, and in the stops of those whom the rules about the person let through.
#[must_use]
pub fn reasons(search: &Search<'_>, visit: &VisitFacts) -> Vec<UnassignedReason> {
    let (mut counts, left) = count_persons(search, visit);
    for number in left.iter() {
        if let Some(rule) = first_rule(search, visit, number) {
            counts[rule as usize] += 1;
        }
    }
    told(search, visit, &counts)
}

/// Like [`reasons`], but only counting rules about the person; what their days look like is left out.
///
/// Only visits that ask for certificates, languages or partners take a look at everybody who holds the skills.
#[must_use]
pub fn personal_reasons(search: &Search<'_>, visit: &VisitFacts) -> Vec<UnassignedReason> {
    if visit.certificates.is_empty() && visit.languages.is_empty() && visit.partners.is_empty() {
        return told(search, visit, &count_sets(search, visit));
    }
    told(search, visit, &count_persons(search, visit).0)
}

/// Numbers of technicians by rule.
pub(crate) type Counts = [u32; Rule::MAX_NUMBER + 1];

/// Counts by availability, skill and technician, without looking at persons.
fn count_sets(search: &Search<'_>, visit: &VisitFacts) -> Counts {
    let holders = &search.plan.holders;
    let qualified = holders.qualified_count(&visit.skills);
    let is_allowed = |number: u32| technician::allows(number, visit);
    let is_qualified = |number: u32| holders.is_qualified(number, &visit.skills);
    let kept_out = match visit.only_technician() {
        Some(only) => qualified - u32::from(is_qualified(only) && is_allowed(only)),
        None => visit.excluded.iter().map(|number| u32::from(is_qualified(*number))).sum(),
    };
    let mut counts = [0u32; Rule::MAX_NUMBER + 1];
    counts[Rule::Availability as usize] = holders.count() - holders.available_count();
    counts[Rule::Skill as usize] = holders.available_count() - qualified;
    counts[Rule::Technician as usize] = kept_out;
    counts
}

/// Counts by the rules about the person, and the technicians whom none of them keeps out.
fn count_persons(search: &Search<'_>, visit: &VisitFacts) -> (Counts, Bits) {
    let holders = &search.plan.holders;
    let mut left = search.qualified(visit);
    let qualified = left.count();
    let mut counts = [0u32; Rule::MAX_NUMBER + 1];
    counts[Rule::Availability as usize] = holders.count() - holders.available_count();
    counts[Rule::Skill as usize] = holders.available_count() - qualified;
    for number in search.qualified(visit).iter() {
        let entry = search.plan.technician(number);
        if let Some(rule) = entry.and_then(|entry| first_personal_rule(number, entry, visit)) {
            counts[rule as usize] += 1;
            left.set(number, false);
        }
    }
    (counts, left)
}

/// Tells counts by rule, each with a sentence.
pub(crate) fn told(search: &Search<'_>, visit: &VisitFacts, counts: &Counts) -> Vec<UnassignedReason> {
    Rule::ALL
        .into_iter()
        .filter(|rule| counts[*rule as usize] > 0)
        .map(|rule| {
            let technician_count = counts[rule as usize];
            UnassignedReason { rule, technician_count, detail: sentence(search, visit, rule, technician_count) }
        })
        .collect()
}

/// One sentence for a person.
fn sentence(search: &Search<'_>, visit: &VisitFacts, rule: Rule, count: u32) -> String {
    let who = if count == 1 { "1 technician".to_owned() } else { format!("{count} technicians") };
    let is = if count == 1 { "is" } else { "are" };
    match rule {
        Rule::Availability => format!("{who} {is} offline or paused"),
        Rule::Skill => format!("{who} {}", skill_gap(search, visit)),
        Rule::Certificate => format!("{who} {}", certificate_gap(search, visit)),
        Rule::Shift => format!("{who} {is} not on shift for the visit and the travel it takes"),
        Rule::Window => format!("{who} cannot start within the visit's windows without breaking earlier promises"),
        Rule::Break => format!("{who} would lose a break"),
        Rule::Technician => format!("{who} {is} excluded, or somebody else is required"),
        Rule::MaxVisits => format!("{who} already {} the most visits allowed in the shift", verb(count, "has", "have")),
        Rule::MaxTravel => format!("{who} {is} farther away than one leg may be long"),
        Rule::Pin => format!("{who} could take the visit only before a stop that is pinned or about to begin"),
        Rule::Language => format!("{who} {}", language_gap(search, visit)),
        Rule::Partner => format!("{who} {is} not of the partners that may come ({})", partners(search, visit)),
        Rule::Parts => format!("{who} {} too few parts on board for the shift", verb(count, "has", "have")),
        other => format!("{who} {is} kept out by {other:?}"),
    }
}

fn verb(count: u32, one: &'static str, many: &'static str) -> &'static str {
    if count == 1 { one } else { many }
}

fn skill_gap(search: &Search<'_>, visit: &VisitFacts) -> String {
    let name = |skill: u32| search.plan.dictionary.skills.name_or(skill, "one nobody holds");
    let asked: Vec<_> = visit.skills.iter().map(|(skill, level)| format!("{} level {level}", name(*skill))).collect();
    format!("lack a skill at the level asked ({})", asked.join(", "))
}

fn language_gap(search: &Search<'_>, visit: &VisitFacts) -> String {
    let names = &search.plan.dictionary.languages;
    let asked: Vec<_> = visit.languages.iter().map(|tag| names.name_or(*tag, "one nobody speaks")).collect();
    format!("speak none of the languages asked for ({})", asked.join(", "))
}

fn partners(search: &Search<'_>, visit: &VisitFacts) -> String {
    let names = &search.plan.dictionary.partners;
    let asked: Vec<_> = visit.partners.iter().map(|it| names.name_or(*it, "one nobody is of")).collect();
    asked.join(", ")
}

fn certificate_gap(search: &Search<'_>, visit: &VisitFacts) -> String {
    let names = &search.plan.dictionary.certificates;
    let name = |certificate: &u32| names.name_or(*certificate, "one nobody holds");
    let asked: Vec<_> = visit.certificates.iter().map(name).collect();
    format!("hold no certificate valid to the visit's end ({})", asked.join(", "))
}
