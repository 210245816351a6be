//! The plan as readers see it.

use super::{PlanView, RouteView, StopView, UnassignedView};
use crate::model::Policy;
use crate::plan::{Plan, Stop, TechnicianEntry};
use std::collections::BTreeSet;

/// Routes of some technicians, or of all when `technician_ids` is empty, and every unassigned visit.
pub(super) fn plan_view(plan: &Plan, policy: &Policy, technician_ids: &[String]) -> PlanView {
    let wanted: BTreeSet<&str> = technician_ids.iter().map(String::as_str).collect();
    let mut routes: Vec<RouteView> = plan
        .technicians()
        .filter(|(number, _)| wanted.is_empty() || wanted.contains(plan.technician_id(*number)))
        .filter_map(|(number, entry)| route_view(plan, number, entry))
        .collect();
    routes.sort_by(|a, b| a.technician_id.cmp(&b.technician_id));
    let mut unassigned: Vec<UnassignedView> = plan
        .unassigned
        .iter()
        .map(|visit| &plan.visit(*visit).source)
        .map(|source| UnassignedView { visit_id: source.id.clone(), reasons: source.unassigned_reasons.clone() })
        .collect();
    unassigned.sort_by(|a, b| a.visit_id.cmp(&b.visit_id));
    PlanView { routes, unassigned, policy_revision: policy.revision.clone() }
}

/// A technician's stops over all shifts; `None` without any.
fn route_view(plan: &Plan, number: u32, entry: &TechnicianEntry) -> Option<RouteView> {
    let stops: Vec<StopView> =
        entry.routes.iter().flat_map(|route| &route.stops).map(|stop| stop_view(plan, stop)).collect();
    let end_s = entry.routes.iter().filter(|route| !route.stops.is_empty()).map(|route| route.end_s).max()?;
    Some(RouteView { technician_id: plan.technician_id(number).to_owned(), stops, end_s })
}

fn stop_view(plan: &Plan, stop: &Stop) -> StopView {
    let source = &plan.visit(stop.visit).source;
    StopView {
        visit_id: source.id.clone(),
        state: source.state,
        arrival_s: stop.arrival_s,
        start_s: stop.start_s,
        end_s: stop.end_s,
        slack_s: if source.state.is_under_way() { 0 } else { (stop.latest_start_s - stop.start_s).max(0) },
    }
}
