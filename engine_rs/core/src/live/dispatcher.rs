//! One region's planner: takes commands, answers questions.

use super::day::Day;
use super::price::Prices;
use super::sight::{Sight, Sightings};
use super::{
    CheckReport, Command, MAX_DELAY_S, MAX_ORDERS, MAX_ROUNDS, Outcome, PlanView, RecommendQuery, Recommendations,
    Snapshot,
};
use super::{query, restore, view, visits};
use crate::check::check_plan;
use crate::explain::{Relaxation, relaxations};
use crate::model::{Availability, CoreError, Policy, RegionConfig, ResourceKind, Service, Timestamp, Visit};
use crate::model::{Violations, reason};
use crate::plan::{Plan, Positions};
use crate::search::Search;
use crate::solve::{Budget, Iterations};
use std::collections::BTreeMap;

/// Figures of the plan for operators.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlanStats {
    /// Technicians known.
    pub technicians: usize,
    /// Visits not final.
    pub open_visits: usize,
    /// Visits on no route.
    pub unassigned_visits: usize,
}

/// Everything the planner knows of one region.
#[derive(Clone, Debug)]
pub struct Dispatcher {
    region: RegionConfig,
    pub(super) policy: Policy,
    services: BTreeMap<String, Service>,
    pub(super) plan: Plan,
    sightings: Sightings,
    /// Number of the visit at which the next improvement step goes on.
    improve_next: u32,
}

impl Dispatcher {
    /// Begins an empty plan.
    ///
    /// # Errors
    /// [`CoreError::Invalid`] with every violation of the region and the policy.
    pub fn new(region: RegionConfig, policy: Policy) -> Result<Self, CoreError> {
        let mut violations = Violations::new();
        region.validate("region", &mut violations);
        policy.validate("policy", &mut violations);
        violations.into_result()?;
        let plan = Plan::new(&region);
        let services = BTreeMap::new();
        Ok(Self { region, policy, services, plan, sightings: Sightings::default(), improve_next: 0 })
    }

    /// Replaces everything by what the store has. Placements are kept as they are; the next tick mends what time has broken.
    ///
    /// # Errors
    /// [`CoreError::Invalid`] with every violation, [`CoreError::NotFound`] when a placed visit names a technician who is not
    /// in the snapshot. Nothing is changed then.
    pub fn restore(
        &mut self,
        snapshot: Snapshot,
        positions: &dyn Positions,
        now_s: Timestamp,
    ) -> Result<(), CoreError> {
        restore::check(&snapshot, self.region.center)?;
        let mut snapshot = snapshot;
        let services = std::mem::take(&mut snapshot.services);
        self.services = services.into_iter().map(|service| (service.id.clone(), service)).collect();
        self.plan = restore::build(&self.region, &self.policy, snapshot, positions, now_s);
        Ok(())
    }

    /// Applies one command wholly or not at all. The same state and arguments always give the same outcome.
    ///
    /// # Errors
    /// Any [`CoreError`]; nothing is changed then.
    pub fn apply(
        &mut self,
        command: Command,
        positions: &dyn Positions,
        now_s: Timestamp,
    ) -> Result<Outcome, CoreError> {
        self.check(&command)?;
        // An arrangement proves itself while it is made: a refused one is undone by putting the old plan back.
        let undo = matches!(command, Command::Commit { .. }).then(|| (self.plan.clone(), self.services.clone()));
        let sight = Sight::new(positions, std::mem::take(&mut self.sightings));
        let outcome = self.change(command, &sight, now_s);
        self.sightings = sight.into_sightings();
        if let (Err(_), Some((plan, services))) = (&outcome, undo) {
            (self.plan, self.services) = (plan, services);
        }
        outcome
    }

    /// Applies a command whose fields are checked.
    fn change(&mut self, command: Command, positions: &dyn Positions, now_s: Timestamp) -> Result<Outcome, CoreError> {
        let threshold_s = retime_threshold_s(&self.policy, &command);
        let mut day = Day::new(&mut self.plan, &self.policy, positions, now_s);
        let mut desk = Desk { services: &mut self.services, improve_next: &mut self.improve_next };
        desk.run(&mut day, command)?;
        Ok(day.settle(threshold_s))
    }

    /// Improves the standing plan until the budget is used up or nothing is found any more.
    ///
    /// Moves at most `max_moves` visits to other technicians. With [`Iterations`] as the budget the same arguments always
    /// give the same outcome.
    pub fn reoptimize(
        &mut self,
        budget: &mut dyn Budget,
        seed: u32,
        max_moves: Option<u32>,
        positions: &dyn Positions,
        now_s: Timestamp,
    ) -> Outcome {
        let sight = Sight::new(positions, std::mem::take(&mut self.sightings));
        let mut day = Day::new(&mut self.plan, &self.policy, &sight, now_s);
        (day.moves_left, day.prices) = (max_moves, Some(Prices::new()));
        day.improve_on(budget, seed);
        let outcome = day.settle(1);
        self.sightings = sight.into_sightings();
        outcome
    }

    /// Ranks the technicians who could take a visit, changing nothing.
    ///
    /// # Errors
    /// [`CoreError::Invalid`] for a bad query, [`CoreError::NotFound`] for an unknown service.
    pub fn recommend(
        &self,
        query: &RecommendQuery,
        positions: &dyn Positions,
        now_s: Timestamp,
    ) -> Result<Recommendations, CoreError> {
        let visit = query::compile(query, &self.services, self.region.center, &self.plan, now_s)?;
        let search = Search { plan: &self.plan, policy: &self.policy, positions, now_s };
        Ok(query::answer(&search, &visit, query.max_results, query.explain_rejected))
    }

    /// The smallest single changes that would place an unassigned visit, each found by trying it.
    ///
    /// # Errors
    /// [`CoreError::NotFound`] when there is no such open visit.
    pub fn relaxations(
        &self,
        visit_id: &str,
        positions: &dyn Positions,
        now_s: Timestamp,
    ) -> Result<Vec<Relaxation>, CoreError> {
        let missing = || CoreError::NotFound { kind: ResourceKind::Visit, id: visit_id.to_owned() };
        let visit = self.plan.visit_number(visit_id).ok_or_else(missing)?;
        if self.plan.visit(visit).place.is_some() {
            return Ok(Vec::new());
        }
        let search = Search { plan: &self.plan, policy: &self.policy, positions, now_s };
        Ok(self.plan.wanted(visit).map_or_else(|_| Vec::new(), |facts| relaxations(&search, &facts)))
    }

    /// The plan as it stands, of some technicians or, when `technician_ids` is empty, of all.
    ///
    /// Times are those of the last command or tick that touched the route.
    #[must_use]
    pub fn plan_view(&self, technician_ids: &[String]) -> PlanView {
        view::plan_view(&self.plan, &self.policy, technician_ids)
    }

    /// Open visits as last reported, ordered by identifier.
    pub fn visits(&self) -> impl Iterator<Item = &Visit> {
        self.plan.visits().map(|(_, number)| &self.plan.visit(number).source)
    }

    /// Everything known, as a snapshot that restores the same plan.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            technicians: self.plan.technicians().map(|(_, entry)| entry.source.clone()).collect(),
            services: self.services.values().cloned().collect(),
            visits: self.visits().cloned().collect(),
        }
    }

    /// Recomputes the feasibility of the whole plan from raw inputs, independently of evaluation and search.
    #[must_use]
    pub fn check_plan(&self) -> CheckReport {
        check_plan(&self.plan, &self.policy)
    }

    /// Figures for operators.
    #[must_use]
    pub fn stats(&self) -> PlanStats {
        PlanStats {
            technicians: self.plan.technicians().count(),
            open_visits: self.plan.visit_count(),
            unassigned_visits: self.plan.unassigned.len(),
        }
    }

    /// Revision of the policy in force.
    #[must_use]
    pub fn policy_revision(&self) -> &str {
        &self.policy.revision
    }

    /// The plan itself, to be searched or checked.
    #[must_use]
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The policy in force.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The region.
    #[must_use]
    pub const fn region(&self) -> &RegionConfig {
        &self.region
    }

    /// Checks a command's own fields, all violations at once, and what it refers to. At most two levels deep.
    fn check(&self, command: &Command) -> Result<(), CoreError> {
        let mut violations = Violations::new();
        match command {
            Command::PutTechnician(technician) => {
                technician.validate("technician", self.region.center, &mut violations);
            }
            Command::PutService(service) => service.validate("service", &mut violations),
            Command::DeleteService { service_id } if !self.services.contains_key(service_id) => {
                return Err(CoreError::NotFound { kind: ResourceKind::Service, id: service_id.clone() });
            }
            Command::AddVisits(visits) => return visits::check_new(&self.plan, visits, self.region.center),
            Command::VisitLate { delay_s, .. } => check_delay(&mut violations, "visit_late.delay_s", *delay_s),
            Command::VisitOverrun { delay_s, .. } => check_delay(&mut violations, "visit_overrun.delay_s", *delay_s),
            Command::Bounded { command, .. } | Command::Commit { first: Some(command), .. } => {
                let is_plain = !matches!(**command, Command::Bounded { .. } | Command::Commit { .. });
                violations.check(is_plain, "command", reason::OUT_OF_RANGE, "commands are not nested any deeper");
                if is_plain {
                    self.check(command)?;
                }
            }
            Command::Improve { rounds, .. } => {
                let is_ok = (1..=MAX_ROUNDS).contains(rounds);
                violations.check(is_ok, "rounds", reason::OUT_OF_RANGE, "1 to 10,000 rounds");
            }
            Command::PinVisit { parts, .. } => {
                violations.check(parts.is_any(), "parts", reason::REQUIRED, "at least one part must be pinned");
            }
            Command::AdoptOrders { orders, .. } => {
                let is_ok = orders.len() <= MAX_ORDERS;
                violations.check(is_ok, "adopt_orders.orders", reason::TOO_MANY_ITEMS, "at most 4,096 orders at once");
            }
            _ => {}
        }
        violations.into_result()
    }
}

fn check_delay(violations: &mut Violations, field: &str, delay_s: i64) {
    let is_ok = (1..=MAX_DELAY_S).contains(&delay_s);
    violations.check(is_ok, field, reason::OUT_OF_RANGE, "a delay is 1 to 86,400 seconds");
}

/// What a command may change beside the plan.
struct Desk<'a> {
    services: &'a mut BTreeMap<String, Service>,
    improve_next: &'a mut u32,
}

impl Desk<'_> {
    fn run(&mut self, day: &mut Day<'_>, command: Command) -> Result<(), CoreError> {
        match command {
            Command::PutTechnician(technician) => day.put_technician(technician),
            Command::DeleteTechnician { technician_id } => day.delete_technician(&technician_id)?,
            Command::PutService(service) => {
                self.services.insert(service.id.clone(), service);
            }
            Command::DeleteService { service_id } => {
                self.services.remove(&service_id);
            }
            Command::AddVisits(visits) => day.add_visits(visits),
            Command::CancelVisit { visit_id } => day.cancel_visit(&visit_id)?,
            Command::Progress { visit_id, technician_id, event } => day.progress(&visit_id, &technician_id, event)?,
            Command::SetAvailability { technician_id, availability } => {
                day.set_availability(&technician_id, availability)?;
            }
            Command::TechnicianOffline { technician_id } => {
                day.set_availability(&technician_id, Availability::Offline)?;
            }
            Command::VisitLate { visit_id, delay_s } => day.visit_late(&visit_id, delay_s)?,
            Command::VisitOverrun { visit_id, delay_s } => day.visit_overrun(&visit_id, delay_s)?,
            Command::CustomerAbsent { visit_id } => day.customer_absent(&visit_id)?,
            Command::AssignVisit { visit_id, technician_id, position } => {
                day.assign_visit(&visit_id, &technician_id, position)?;
            }
            Command::UnassignVisit { visit_id, is_excluding } => day.unassign_visit(&visit_id, is_excluding)?,
            Command::PinVisit { visit_id, parts } => day.pin_visit(&visit_id, parts)?,
            Command::UnpinVisit { visit_id } => day.unpin_visit(&visit_id)?,
            Command::Bounded { max_moves, command } => {
                (day.moves_left, day.prices) = (max_moves, Some(Prices::new()));
                self.run(day, *command)?;
            }
            Command::Commit { first, expected, arrangement } => {
                day.prices = Some(Prices::new());
                if let Some(expected) = expected {
                    day.expect(&expected)?;
                }
                if let Some(first) = first {
                    day.is_quiet = true;
                    self.run(day, *first)?;
                    day.is_quiet = false;
                }
                day.arrange(&arrangement)?;
            }
            Command::Improve { rounds, seed } => day.improve_on(&mut Iterations(u64::from(rounds)), seed),
            Command::Tick { max_moves } => day.tick(max_moves, self.improve_next),
            Command::AdoptOrders { orders, max_moves } => {
                day.adopt(&orders, max_moves as usize);
            }
        }
        Ok(())
    }
}

/// Smallest change of planned times that is told: after what happens all the time only what is worth storing.
fn retime_threshold_s(policy: &Policy, command: &Command) -> i64 {
    match command {
        Command::Tick { .. } | Command::Progress { .. } | Command::Commit { first: None, .. } => {
            policy.retime_threshold_s
        }
        Command::Bounded { command, .. } => retime_threshold_s(policy, command),
        _ => 1,
    }
}
