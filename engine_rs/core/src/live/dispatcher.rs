//! One region's planner.

use super::{CheckReport, Command, Outcome, PlanView, Positions, RecommendQuery, Recommendations, Snapshot};
use crate::model::{CoreError, Policy, RegionConfig, Timestamp, Violations};

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
    policy: Policy,
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
        Ok(Self { region, policy })
    }

    /// Replaces everything by what the store has.
    ///
    /// # Errors
    /// [`CoreError::Invalid`] with every violation; nothing is changed then.
    pub fn restore(&mut self, snapshot: Snapshot, positions: &dyn Positions, now_s: Timestamp) -> Result<(), CoreError> {
        let _ = (snapshot, positions, now_s);
        todo!()
    }

    /// Applies one command wholly or not at all.
    ///
    /// # Errors
    /// Any [`CoreError`]; nothing is changed then.
    pub fn apply(
        &mut self,
        command: Command,
        positions: &dyn Positions,
        now_s: Timestamp,
    ) -> Result<Outcome, CoreError> {
        let _ = (command, positions, now_s);
        todo!()
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
        let _ = (query, positions, now_s);
        todo!()
    }

    /// The plan as it stands, of some technicians or, when `technician_ids` is empty, of all.
    #[must_use]
    pub fn plan_view(&self, technician_ids: &[String], now_s: Timestamp) -> PlanView {
        let _ = (technician_ids, now_s);
        todo!()
    }

    /// Recomputes the feasibility of the whole plan from raw inputs.
    #[must_use]
    pub fn check(&self, now_s: Timestamp) -> CheckReport {
        let _ = now_s;
        todo!()
    }

    /// Figures for operators.
    #[must_use]
    pub fn stats(&self) -> PlanStats {
        todo!()
    }

    /// Revision of the policy in force.
    #[must_use]
    pub fn policy_revision(&self) -> &str {
        &self.policy.revision
    }

    /// The region.
    #[must_use]
    pub const fn region(&self) -> &RegionConfig {
        &self.region
    }
}
