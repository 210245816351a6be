//! What a command would change, worked out on a copy.

use super::{Arrangement, Command, Dispatcher, Outcome, ShiftOrder};
use crate::model::{CoreError, Timestamp};
use crate::plan::{Place, Positions};
use crate::solve::Budget;
use std::collections::BTreeSet;

/// What a command would change, and how to have exactly that.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preview {
    /// What would change.
    pub outcome: Outcome,
    /// How the shifts of everybody concerned are now, and which of the visits concerned are on no route.
    pub before: Arrangement,
    /// How they would be: the arrangement of a [`Command::Commit`].
    pub after: Arrangement,
}

impl Dispatcher {
    /// Works out what a command would change; `self` is a copy and thrown away.
    ///
    /// # Errors
    /// As [`Dispatcher::apply`].
    pub fn preview(self, command: Command, positions: &dyn Positions, now_s: Timestamp) -> Result<Preview, CoreError> {
        self.compared(|copy| copy.apply(command, positions, now_s))
    }

    /// Works out what [`Dispatcher::reoptimize`] would change; `self` is a copy and thrown away.
    #[must_use]
    pub fn preview_reoptimized(
        self,
        budget: &mut dyn Budget,
        seed: u32,
        max_moves: Option<u32>,
        positions: &dyn Positions,
        now_s: Timestamp,
    ) -> Preview {
        let compared = self.compared(|copy| Ok(copy.reoptimize(budget, seed, max_moves, positions, now_s)));
        compared.unwrap_or_default()
    }

    fn compared(mut self, change: impl FnOnce(&mut Self) -> Result<Outcome, CoreError>) -> Result<Preview, CoreError> {
        let original = self.clone();
        let outcome = change(&mut self)?;
        let placed = |dispatcher: &Self, id: &str| -> Option<Option<Place>> {
            let number = dispatcher.plan().visit_number(id)?;
            Some(dispatcher.plan().visit(number).place)
        };
        let mut places = BTreeSet::new();
        let (mut were_unassigned, mut are_unassigned) = (Vec::new(), Vec::new());
        for change in &outcome.changes {
            let (old, new) = (placed(&original, &change.visit_id), placed(&self, &change.visit_id));
            let both = [old, new].into_iter().flatten().flatten();
            places.extend(both.map(|place| (place.technician, place.route)));
            if old == Some(None) {
                were_unassigned.push(change.visit_id.clone());
            }
            if new == Some(None) {
                are_unassigned.push(change.visit_id.clone());
            }
        }
        let before = original.arrangement(&places, were_unassigned);
        Ok(Preview { before, after: self.arrangement(&places, are_unassigned), outcome })
    }

    /// The planned visits of some shifts, in order.
    fn arrangement(&self, places: &BTreeSet<(u32, usize)>, unassigned_visit_ids: Vec<String>) -> Arrangement {
        let plan = self.plan();
        let order = |(technician, route): &(u32, usize)| {
            let shift = plan.route(Place { technician: *technician, route: *route })?;
            let visit_ids = shift.planned().iter().map(|stop| plan.visit(stop.visit).source.id.clone()).collect();
            let technician_id = plan.technician_id(*technician).to_owned();
            Some(ShiftOrder { technician_id, shift: u32::try_from(*route).ok()?, visit_ids })
        };
        Arrangement { orders: places.iter().filter_map(order).collect(), unassigned_visit_ids }
    }
}
