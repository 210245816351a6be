//! Ties of a visit: what must come before it, and its place in a crew.

use dispatch_core::model::{Companion, CrewRole, Dependency, Ended, MAX_CREW_SIZE, MAX_DEPENDENCIES, Ties, Withdrawal};

use crate::check::Checker;
use crate::generated::dispatch::v1 as pb;
use crate::name::Collection;
use crate::region;

/// Reads what a visit is tied to; `None` when it is tied to nothing. Lags and sizes are judged by the core.
pub(crate) fn convert(checker: &mut Checker<'_>, visit: &pb::Visit) -> Option<Box<Ties>> {
    if visit.after.is_empty() && visit.crew.is_none() && visit.group.is_empty() {
        return None;
    }
    checker.at_most("after", visit.after.len(), MAX_DEPENDENCIES);
    let after = visit.after.iter().take(MAX_DEPENDENCIES).enumerate();
    let after = after.map(|(index, after)| checker.item("after", index, |at| dependency(at, after))).collect();
    let crew = visit.crew.as_ref().map(|member| checker.at("crew", |at| crew_role(at, member)));
    let group = (!visit.group.is_empty()).then(|| checker.id("group", &visit.group).to_owned());
    Some(Box::new(Ties { after, crew, group }))
}

fn dependency(checker: &mut Checker<'_>, after: &pb::VisitDependency) -> Dependency {
    Dependency {
        visit_id: checker.reference("visit", &after.visit, Collection::Visits).to_owned(),
        min_lag_s: i64::from(after.min_lag_s),
        max_lag_s: after.max_lag_s.map(i64::from),
        technician: companion(checker, after.technician),
        withdrawal: withdrawal(checker, after.withdrawal),
        ended: checker.optional_instant_s("end_time", after.end_time.as_ref()).map(|end_s| {
            let technician_id =
                checker.reference("end_technician", &after.end_technician, Collection::Technicians).to_owned();
            Ended { end_s, technician_id }
        }),
    }
}

fn companion(checker: &mut Checker<'_>, technician: i32) -> Companion {
    match checker.enumeration("technician", technician) {
        Some(pb::Companion::Unspecified | pb::Companion::Any) | None => Companion::Any,
        Some(pb::Companion::Same) => Companion::Same,
        Some(pb::Companion::Different) => Companion::Different,
    }
}

fn withdrawal(checker: &mut Checker<'_>, withdrawal: i32) -> Withdrawal {
    match checker.enumeration("withdrawal", withdrawal) {
        Some(pb::Withdrawal::Unspecified | pb::Withdrawal::Release) | None => Withdrawal::Release,
        Some(pb::Withdrawal::Cancel) => Withdrawal::Cancel,
    }
}

fn crew_role(checker: &mut Checker<'_>, member: &pb::CrewMember) -> CrewRole {
    CrewRole {
        crew_id: checker.id("crew", &member.crew).to_owned(),
        role: checker.small("role", member.role, i64::from(MAX_CREW_SIZE)),
        size: checker.small("size", member.size, i64::from(MAX_CREW_SIZE)),
        max_start_spread_s: i64::from(member.max_start_spread_s),
    }
}

/// Dependencies as the contract has them.
pub(crate) fn encode(region: &str, after: &[Dependency]) -> Vec<pb::VisitDependency> {
    let seconds = |lag_s: i64| i32::try_from(lag_s).unwrap_or(i32::MAX);
    let told = after.iter().map(|after| pb::VisitDependency {
        visit: Collection::Visits.name(region, &after.visit_id),
        min_lag_s: seconds(after.min_lag_s),
        max_lag_s: after.max_lag_s.map(seconds),
        technician: match after.technician {
            Companion::Any => pb::Companion::Any,
            Companion::Same => pb::Companion::Same,
            Companion::Different => pb::Companion::Different,
        } as i32,
        withdrawal: match after.withdrawal {
            Withdrawal::Release => pb::Withdrawal::Release,
            Withdrawal::Cancel => pb::Withdrawal::Cancel,
        } as i32,
        end_time: after.ended.as_ref().map(|ended| region::instant(ended.end_s)),
        end_technician: after
            .ended
            .as_ref()
            .map_or_else(String::new, |ended| Collection::Technicians.name(region, &ended.technician_id)),
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_come_back_as_they_went() {
        let ended = Ended { end_s: 1_700_000_000, technician_id: "anna".into() };
        let every = [
            (Companion::Any, Withdrawal::Release, None, None),
            (Companion::Same, Withdrawal::Cancel, Some(600), Some(ended)),
            (Companion::Different, Withdrawal::Release, Some(0), None),
        ];
        let after: Vec<Dependency> = every
            .into_iter()
            .zip(["a", "b", "c"])
            .map(|((technician, withdrawal, max_lag_s, ended), id)| Dependency {
                max_lag_s,
                technician,
                withdrawal,
                ended,
                ..Dependency::new(id)
            })
            .collect();
        let visit = pb::Visit { after: encode("sf", &after), ..Default::default() };
        let mut checker = Checker::new("sf");
        let ties = convert(&mut checker, &visit);
        assert!(!checker.is_refused());
        assert_eq!(ties.map(|ties| ties.after), Some(after));
    }
}
