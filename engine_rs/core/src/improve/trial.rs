//! One step of a study, to be kept or undone.

use super::study::Study;
use crate::evaluate::starts;
use crate::plan::{Limits, Place, Route};

/// The routes of everybody whom a step has touched, as they were.
#[derive(Default)]
pub(super) struct Trial {
    saved: Vec<(u32, Vec<Route>, Vec<i64>)>,
}

impl Trial {
    /// Technicians touched so far.
    pub(super) fn technicians(&self) -> impl Iterator<Item = u32> + '_ {
        self.saved.iter().map(|(technician, ..)| *technician)
    }

    /// Takes a placed visit off its route. Times follow with [`Trial::settle`].
    pub(super) fn take_off(&mut self, study: &mut Study, visit: u32) {
        let Some(place) = study.plan().visit(visit).place else { return };
        self.remember(study, place.technician);
        study.plan_mut().unplace(visit);
    }

    /// Puts a visit on a route at a position. Times follow with [`Trial::settle`].
    pub(super) fn put(&mut self, study: &mut Study, visit: u32, place: Place, position: usize) {
        self.remember(study, place.technician);
        let plan = study.plan();
        let Some(entry) = plan.technician(place.technician) else { return };
        let windows = starts::allowed(&entry.facts, &plan.visit(visit).facts).into_owned();
        study.plan_mut().place(visit, place, position, windows);
    }

    /// Renews times and price of a technician's routes; false when a rule is broken.
    pub(super) fn settle(&self, study: &mut Study, technician: u32) -> bool {
        let routes = study.plan().technician(technician).map_or(0, |entry| entry.routes.len());
        (0..routes).all(|route| study.renew(Place { technician, route }))
    }

    /// As [`Trial::settle`] for everybody touched.
    pub(super) fn settle_all(&self, study: &mut Study) -> bool {
        self.technicians().all(|technician| self.settle(study, technician))
    }

    /// Makes everything as it was.
    pub(super) fn undo(self, study: &mut Study) {
        let mut routes = Vec::with_capacity(self.saved.len());
        for (technician, saved, costs) in self.saved {
            study.costs[technician as usize] = costs;
            routes.push((technician, saved));
        }
        study.plan_mut().put_back(routes);
    }

    fn remember(&mut self, study: &Study, technician: u32) {
        if self.technicians().any(|known| known == technician) {
            return;
        }
        if let Some(entry) = study.plan().technician(technician) {
            self.saved.push((technician, entry.routes.clone(), study.costs[technician as usize].clone()));
        }
    }
}

impl Study {
    /// Renews times and price of one route; false when a rule is broken.
    pub(super) fn renew(&mut self, place: Place) -> bool {
        let live = self.search().here(place.technician);
        let (now_s, limits) = (self.now_s, Limits::from(&self.policy));
        let is_broken = self.plan_mut().refresh(place, live, now_s, limits).is_some();
        let cost_milli = if is_broken { None } else { self.search().route_cost(place.technician, place.route) };
        self.costs[place.technician as usize][place.route] = cost_milli.unwrap_or(i64::MAX / 4);
        cost_milli.is_some()
    }
}
