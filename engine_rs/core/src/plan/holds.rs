//! Which stops no move of the planner may touch.

use super::{Place, Plan, Route};

impl Plan {
    /// Whether a visit keeps its place among the stops of its route because of a pin of its own or of a later stop's.
    #[must_use]
    pub fn is_in_place(&self, visit: u32) -> bool {
        let Some(route) = self.visit(visit).place.and_then(|place| self.route(place)) else { return false };
        route.position_of(visit).is_some_and(|position| position < route.held)
    }

    /// Whether anything is pinned about a planned visit of a route.
    #[must_use]
    pub fn is_route_pinned(&self, place: Place) -> bool {
        let planned = self.route(place).map_or(&[][..], Route::planned);
        planned.iter().any(|stop| self.visit(stop.visit).facts.pin.is_some())
    }

    /// Whether no move of the planner may take a visit from its technician.
    #[must_use]
    pub fn is_held(&self, visit: u32) -> bool {
        self.visit(visit).facts.pinned_technician().is_some() || self.is_in_place(visit)
    }
}
