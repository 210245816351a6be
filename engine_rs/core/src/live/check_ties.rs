//! Ties of visits to be added, before anything changes: references lead somewhere, crews are whole, nothing waits in a circle.

use crate::model::{CrewRole, Ties, Violations, Visit, reason};
use crate::plan::Plan;
use std::collections::{BTreeMap, BTreeSet};

/// Checks the ties of visits that are added together, all violations at once.
pub(super) fn check_ties(plan: &Plan, visits: &[Visit], out: &mut Violations) {
    if visits.iter().all(|visit| visit.ties.is_none()) {
        return;
    }
    let numbers: BTreeMap<&str, usize> =
        visits.iter().enumerate().map(|(index, visit)| (visit.id.as_str(), index)).collect();
    check_references(plan, visits, &numbers, out);
    let crews = crews_of(visits);
    for (crew_id, members) in &crews {
        check_crew(plan, visits, crew_id, members, out);
    }
    Circles::new(visits, &numbers, &crews).report(out);
}

fn ties(visit: &Visit) -> Option<&Ties> {
    visit.ties.as_deref()
}

/// Every predecessor that has not ended is open, or comes with the same command.
fn check_references(plan: &Plan, visits: &[Visit], numbers: &BTreeMap<&str, usize>, out: &mut Violations) {
    for (index, visit) in visits.iter().enumerate() {
        for (at, after) in ties(visit).map_or(&[][..], |ties| &ties.after).iter().enumerate() {
            let id = after.visit_id.as_str();
            let is_known = after.ended.is_some() || numbers.contains_key(id) || plan.visit_number(id).is_some();
            let field = format!("visits[{index}].after[{at}].visit");
            out.check(is_known || id.is_empty(), field, reason::UNKNOWN_REFERENCE, "there is no such open visit");
        }
    }
}

type Crews<'a> = BTreeMap<&'a str, Vec<usize>>;

fn crews_of(visits: &[Visit]) -> Crews<'_> {
    let mut crews = Crews::new();
    for (index, visit) in visits.iter().enumerate() {
        if let Some(crew) = ties(visit).and_then(|ties| ties.crew.as_ref()) {
            crews.entry(crew.crew_id.as_str()).or_default().push(index);
        }
    }
    crews
}

/// All roles of a crew come together, each once, and agree; the name is not that of a crew already known.
fn check_crew(plan: &Plan, visits: &[Visit], crew_id: &str, members: &[usize], out: &mut Violations) {
    let role = |index: usize| -> Option<&CrewRole> { ties(&visits[index])?.crew.as_ref() };
    let Some(first) = members.first().copied().and_then(role) else { return };
    let roles: BTreeSet<u32> = members.iter().filter_map(|index| role(*index)).map(|crew| crew.role).collect();
    let field = |index: usize| format!("visits[{index}].crew");
    if members.len() != first.size as usize || roles.len() != members.len() {
        let text =
            format!("the crew {crew_id} has {} of {} roles, each of which must come once", roles.len(), first.size);
        out.add(field(members[0]), reason::CREW_INCOMPLETE, text);
    }
    for index in &members[1..] {
        let agrees = role(*index)
            .is_some_and(|crew| crew.size == first.size && crew.max_start_spread_s == first.max_start_spread_s);
        out.check(agrees, field(*index), reason::CREW_INCOMPLETE, "size and spread differ between the crew's members");
    }
    let is_known = plan.has_ties()
        && plan.visits().any(|(_, number)| {
            let crew = ties(&plan.visit(number).source).and_then(|ties| ties.crew.as_ref());
            crew.is_some_and(|crew| crew.crew_id == crew_id)
        });
    out.check(!is_known, field(members[0]), reason::DUPLICATE, "a crew of that name has open visits");
}

/// A search for circles among units: single visits, and crews as a whole.
struct Circles<'a> {
    visits: &'a [Visit],
    /// Unit of each visit: the index of its crew's first member, or its own.
    unit: Vec<usize>,
    /// From each unit to those that come before it: visit, place in its list, unit before.
    before: BTreeMap<usize, Vec<(usize, usize, usize)>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Unseen,
    Open,
    Done,
}

impl<'a> Circles<'a> {
    fn new(visits: &'a [Visit], numbers: &BTreeMap<&str, usize>, crews: &Crews<'_>) -> Self {
        let mut unit: Vec<usize> = (0..visits.len()).collect();
        for members in crews.values() {
            for member in members {
                unit[*member] = members[0];
            }
        }
        let mut before: BTreeMap<usize, Vec<(usize, usize, usize)>> = BTreeMap::new();
        for (index, visit) in visits.iter().enumerate() {
            for (at, after) in ties(visit).map_or(&[][..], |ties| &ties.after).iter().enumerate() {
                // A visit that comes after itself is told by its own check.
                let earlier = numbers.get(after.visit_id.as_str()).filter(|earlier| **earlier != index);
                if let Some(earlier) = earlier {
                    before.entry(unit[index]).or_default().push((index, at, unit[*earlier]));
                }
            }
        }
        Self { visits, unit, before }
    }

    /// Depth first without recursion; every edge that closes a circle is told, with the circle.
    fn report(&self, out: &mut Violations) {
        let mut marks = vec![Mark::Unseen; self.visits.len()];
        for start in 0..self.visits.len() {
            if self.unit[start] == start && marks[start] == Mark::Unseen {
                self.walk(start, &mut marks, out);
            }
        }
    }

    fn walk(&self, start: usize, marks: &mut [Mark], out: &mut Violations) {
        let mut path: Vec<(usize, usize)> = vec![(start, 0)];
        marks[start] = Mark::Open;
        while let Some((unit, next)) = path.last_mut() {
            let edge = self.before.get(unit).and_then(|edges| edges.get(*next)).copied();
            *next += 1;
            let Some((visit, at, earlier)) = edge else {
                marks[*unit] = Mark::Done;
                path.pop();
                continue;
            };
            match marks[earlier] {
                Mark::Done => {}
                Mark::Unseen => {
                    marks[earlier] = Mark::Open;
                    path.push((earlier, 0));
                }
                Mark::Open => {
                    let circle = self.named(&path, earlier);
                    let text = format!("these wait for one another, each for the next: {circle}");
                    out.add(format!("visits[{visit}].after[{at}].visit"), reason::DEPENDENCY_CYCLE, text);
                }
            }
        }
    }

    /// The circle that ends where it begins, such as `a -> b -> a`.
    fn named(&self, path: &[(usize, usize)], begin: usize) -> String {
        let from = path.iter().position(|(unit, _)| *unit == begin).unwrap_or(0);
        let mut names: Vec<&str> = path[from..].iter().map(|(unit, _)| self.visits[*unit].id.as_str()).collect();
        names.push(&self.visits[begin].id);
        names.join(" -> ")
    }
}
