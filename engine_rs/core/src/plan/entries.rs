//! Where technicians could set out from next, in cells: the places from which every way to a visit begins, but for the
//! newest positions of those who stand idle, which the live index keeps.

use super::TechnicianEntry;
use crate::travel::Point;
use rustc_hash::FxHashMap;

/// Side of a cell in decimetres.
const CELL_DM: i32 = 10_000;

type Cell = (i32, i32);

/// Numbers of technicians by the cells of the places they could set out from.
#[derive(Clone, Debug, Default)]
pub struct Entries {
    cells: FxHashMap<Cell, Vec<(u32, Point)>>,
    /// By technician number: the places told last.
    places: Vec<Vec<Point>>,
    /// Corners around every place that there ever was.
    extent: Option<(Point, Point)>,
}

impl Entries {
    /// Brings a technician's places up to date; `None` takes them out. Linear in the technician's shifts.
    pub fn put(&mut self, number: u32, entry: Option<&TechnicianEntry>) {
        let index = number as usize;
        if index >= self.places.len() {
            self.places.resize_with(index + 1, Vec::new);
        }
        let places = entry.map(places_of).unwrap_or_default();
        if self.places[index] == places {
            return;
        }
        for place in std::mem::take(&mut self.places[index]) {
            self.take_out(number, place);
        }
        for place in &places {
            self.cells.entry(cell_of(*place)).or_default().push((number, *place));
            self.stretch(*place);
        }
        self.places[index] = places;
    }

    /// Calls `found` with the number and the place of everybody who could set out from within `radius_m` straight metres of
    /// a point; some come more than once.
    ///
    /// Linear in the cells that the circle touches and in what is in them.
    pub fn each_within(&self, point: Point, radius_m: f64, found: &mut dyn FnMut(u32, Point)) {
        let reach_dm = to_dm(radius_m);
        let low = cell_of(shifted(point, -reach_dm));
        let high = cell_of(shifted(point, reach_dm));
        for x in low.0..=high.0 {
            for y in low.1..=high.1 {
                for (number, place) in self.cells.get(&(x, y)).into_iter().flatten() {
                    if place.line_m(point) <= radius_m {
                        found(*number, *place);
                    }
                }
            }
        }
    }

    /// Longest straight line from a point to any place, or more. 0 when there are none.
    #[must_use]
    pub fn reach_m(&self, point: Point) -> f64 {
        let Some((low, high)) = self.extent else { return 0.0 };
        let corners = [low, high, Point { x_dm: low.x_dm, y_dm: high.y_dm }, Point { x_dm: high.x_dm, y_dm: low.y_dm }];
        corners.into_iter().map(|corner| corner.line_m(point)).fold(0.0, f64::max)
    }

    /// Radius of a circle that holds `count` of `among` technicians if they are spread evenly.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "an estimate")]
    pub fn radius_of_m(&self, count: u32, among: u32) -> f64 {
        let Some((low, high)) = self.extent else { return 0.0 };
        let side_m = |low: i32, high: i32| (f64::from(high) - f64::from(low)).max(1_000.0) * 0.1;
        let area_m2 = side_m(low.x_dm, high.x_dm) * side_m(low.y_dm, high.y_dm);
        (area_m2 * f64::from(count) / (f64::from(among.max(1)) * std::f64::consts::PI)).sqrt()
    }

    fn take_out(&mut self, number: u32, place: Point) {
        let cell = cell_of(place);
        let Some(members) = self.cells.get_mut(&cell) else { return };
        if let Some(at) = members.iter().position(|member| *member == (number, place)) {
            members.swap_remove(at);
        }
        if members.is_empty() {
            self.cells.remove(&cell);
        }
    }

    fn stretch(&mut self, place: Point) {
        let (low, high) = self.extent.unwrap_or((place, place));
        let low = Point { x_dm: low.x_dm.min(place.x_dm), y_dm: low.y_dm.min(place.y_dm) };
        let high = Point { x_dm: high.x_dm.max(place.x_dm), y_dm: high.y_dm.max(place.y_dm) };
        self.extent = Some((low, high));
    }
}

/// Every place that [`TechnicianEntry::ready`] may name, newest positions aside, each once.
fn places_of(entry: &TechnicianEntry) -> Vec<Point> {
    let mut places: Vec<Point> = entry.routes.iter().map(|route| route.duty.start).collect();
    places.extend(entry.idle.map(|(_, place)| place));
    places.extend(entry.under_way().map(|(route, _)| entry.routes[route].stops[0].point));
    places.sort_unstable_by_key(|place| (place.x_dm, place.y_dm));
    places.dedup();
    places
}

fn cell_of(place: Point) -> Cell {
    (place.x_dm.div_euclid(CELL_DM), place.y_dm.div_euclid(CELL_DM))
}

fn shifted(point: Point, by_dm: i32) -> Point {
    Point { x_dm: point.x_dm.saturating_add(by_dm), y_dm: point.y_dm.saturating_add(by_dm) }
}

#[allow(clippy::cast_possible_truncation, reason = "saturates where the plane ends")]
fn to_dm(line_m: f64) -> i32 {
    (line_m * 10.0) as i32 + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{LatLng, RegionConfig, Technician};
    use crate::plan::Dictionary;
    use crate::travel::Travel;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn whoever_is_near_is_found_and_who_has_gone_is_not(
            homes in prop::collection::vec((-0.2f64..0.2, -0.2f64..0.2), 1..60),
            gone in prop::collection::btree_set(0u32..60, 0..20),
            origin in (-0.3f64..0.3, -0.3f64..0.3),
            radius_m in 1.0f64..40_000.0,
        ) {
            let center = LatLng::new(37.7, -122.4);
            let travel = Travel::new(&RegionConfig::new("r", center));
            let place = |(north, east): (f64, f64)| LatLng::new(center.lat_deg + north, center.lon_deg + east);
            let point = travel.project(place(origin));
            let (mut entries, mut dictionary) = (Entries::default(), Dictionary::default());
            let mut near = BTreeSet::new();
            for (number, home) in (0u32..).zip(&homes) {
                let technician = Technician::new(format!("t{number}"), place(*home));
                let entry = TechnicianEntry::new(technician, 0, &mut dictionary, &travel);
                entries.put(number, Some(&entry));
                let line_m = entry.facts.home.line_m(point);
                prop_assert!(line_m <= entries.reach_m(point) + 1e-6);
                if line_m <= radius_m && !gone.contains(&number) {
                    near.insert(number);
                }
            }
            for number in &gone {
                entries.put(*number, None);
            }
            let mut found = BTreeSet::new();
            entries.each_within(point, radius_m, &mut |number, _| {
                found.insert(number);
            });
            prop_assert_eq!(found, near);
        }
    }
}
