//! The raw problem of the stand-alone solver, as the caller states it. Nothing here is derived or cached.
//!
//! Time, distance and money are integers in units of the caller's choice; the solver only adds and compares them.
//! [`Problem::violations`] says everything that is wrong with a problem; the other parts of the solver rely on it.

/// Most visits, technicians and locations of one problem: the two arc tables take 16 bytes per pair of locations.
pub const MAX_ITEMS: usize = 5_000;
/// Most capacity dimensions, and most kinds of spare part.
pub const MAX_DIMENSIONS: usize = 16;
/// Most windows of one visit.
pub const MAX_WINDOWS: usize = 64;
/// Largest absolute value of a time, a load or a prize.
pub const MAX_QUANTITY: i64 = 1 << 40;
/// Largest duration, distance and priced arc: they are kept in 32 bits.
pub const MAX_ARC: i64 = 1 << 30;

/// A problem: who can work, what is asked, and how long ways take.
#[derive(Clone, Debug, Default)]
pub struct Problem {
    /// Travel between locations.
    pub travel: Travel,
    /// Everyone who can work. Equal technicians are recognised and cost nothing extra.
    pub technicians: Vec<Technician>,
    /// Everything asked for.
    pub visits: Vec<Visit>,
    /// Where technicians can fetch tools and spare parts, at most once each.
    pub restock: Option<Restock>,
}

/// Durations and distances between locations numbered from 0.
#[derive(Clone, Debug)]
pub enum Travel {
    /// Row-major square tables of `size * size` numbers.
    Matrix {
        /// Number of locations.
        size: usize,
        /// Duration of each way.
        durations: Vec<i64>,
        /// Length of each way.
        distances: Vec<i64>,
    },
    /// Points of a plane at unit speed: duration and distance are both the scaled Euclidean distance, made an integer.
    Plane {
        /// The locations.
        points: Vec<Point>,
        /// Factor from coordinates to the problem's unit.
        scale: f64,
        /// How a scaled distance becomes an integer.
        rounding: Rounding,
    },
}

/// A point of the plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// First coordinate.
    pub x: f64,
    /// Second coordinate.
    pub y: f64,
}

/// How a scaled distance becomes an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest integer.
    Nearest,
    /// Towards zero: with a scale of 10 the convention of the DIMACS challenge.
    Down,
    /// Away from zero: a route that is feasible here is feasible in exact arithmetic.
    Up,
}

/// A closed interval of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First moment inside.
    pub start: i64,
    /// Last moment inside.
    pub end: i64,
}

/// One technician (or vehicle) and one route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Technician {
    /// Location where the route starts; without one it starts at its first visit.
    pub start: Option<usize>,
    /// Location where the route ends; without one it ends at its last visit.
    pub end: Option<usize>,
    /// When the technician may leave the start.
    pub leave: Window,
    /// When the technician must have reached the end.
    pub back_by: i64,
    /// Largest sum of demands, one number a dimension.
    pub capacity: Vec<i64>,
    /// Most visits of the route.
    pub max_visits: Option<usize>,
    /// Longest sum of travel durations.
    pub max_travel: Option<i64>,
    /// Skills held.
    pub skills: Vec<u32>,
    /// Tools on board at the start.
    pub tools: Vec<u32>,
    /// Spare parts on board at the start, one number a kind.
    pub parts: Vec<i64>,
    /// Whether the route is under way: it ends at `end`, and is paid for, without any visit too.
    pub is_under_way: bool,
    /// For a technician whose earlier stops may be thought of as shifted: when the last of them may have been left.
    /// The span then is the shortest from a moment of this window through all stops to the end, whatever `leave` says.
    pub paid_from: Option<Window>,
    /// What the route costs.
    pub price: Price,
}

/// What a route costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// For using the technician at all.
    pub fixed: i64,
    /// Per unit of distance.
    pub per_distance: i64,
    /// Per unit of travel duration.
    pub per_travel: i64,
    /// Per unit of time from leaving the start to reaching the end.
    pub per_span: i64,
}

/// One attendance at a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Location.
    pub location: usize,
    /// When service may start: disjoint windows in order, at least one.
    pub windows: Vec<Window>,
    /// Duration of the service.
    pub service: i64,
    /// Load put on the technician's capacity.
    pub demand: Vec<i64>,
    /// Skills required, all of them.
    pub skills: Vec<u32>,
    /// Tools required, all of them; tools are not used up.
    pub tools: Vec<u32>,
    /// Spare parts used up, one number a kind.
    pub parts: Vec<i64>,
    /// Price of leaving the visit out; without one the visit is required and comes before any cost.
    pub prize: Option<i64>,
}

/// A place that has every tool and any number of spare parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restock {
    /// Location.
    pub location: usize,
    /// Duration of the stop.
    pub service: i64,
}

/// One thing wrong with a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field, such as `visits[3].windows[0]`.
    pub field: String,
    /// What is wrong, for people.
    pub description: String,
}

impl Default for Travel {
    fn default() -> Self {
        Self::Plane { points: Vec::new(), scale: 1.0, rounding: Rounding::Nearest }
    }
}

impl Travel {
    /// Number of locations.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Matrix { size, .. } => *size,
            Self::Plane { points, .. } => points.len(),
        }
    }

    /// Duration of the way; nothing when either end is not a place.
    #[must_use]
    pub fn duration(&self, from: Option<usize>, to: Option<usize>) -> i64 {
        self.way(from, to, |durations, _| durations)
    }

    /// Length of the way; nothing when either end is not a place.
    #[must_use]
    pub fn distance(&self, from: Option<usize>, to: Option<usize>) -> i64 {
        self.way(from, to, |_, distances| distances)
    }

    /// Duration and length of the way between two places: one root where both are the same.
    pub(super) fn both(&self, from: usize, to: usize) -> (i64, i64) {
        let time = self.duration(Some(from), Some(to));
        match self {
            Self::Matrix { .. } => (time, self.distance(Some(from), Some(to))),
            Self::Plane { .. } => (time, time),
        }
    }

    fn way<'a>(
        &'a self,
        from: Option<usize>,
        to: Option<usize>,
        table: impl Fn(&'a [i64], &'a [i64]) -> &'a [i64],
    ) -> i64 {
        let (Some(from), Some(to)) = (from, to) else { return 0 };
        match self {
            Self::Matrix { size, durations, distances } => table(durations, distances)[from * size + to],
            Self::Plane { points, scale, rounding } => {
                let (a, b) = (points[from], points[to]);
                let exact = (a.x - b.x).hypot(a.y - b.y) * scale;
                #[allow(clippy::cast_possible_truncation, reason = "a float's cast saturates; MAX_ARC is checked")]
                match rounding {
                    Rounding::Nearest => exact.round() as i64,
                    // The guard keeps an exact multiple from losing a unit to the last bit of the root.
                    Rounding::Down => (exact + ROOT_GUARD).floor() as i64,
                    Rounding::Up => (exact - ROOT_GUARD).ceil() as i64,
                }
            }
        }
    }
}

/// Far below the distance of any root of an integer from the next integer, far above a double's error.
const ROOT_GUARD: f64 = 1e-9;

impl Problem {
    /// Everything wrong with the problem, with field paths; empty for one that can be solved.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        let mut found = Findings::default();
        self.check_travel(&mut found);
        if self.technicians.len() > MAX_ITEMS {
            found.add("technicians", format!("at most {MAX_ITEMS} technicians"));
        }
        if self.visits.len() > MAX_ITEMS {
            found.add("visits", format!("at most {MAX_ITEMS} visits"));
        }
        if !found.list.is_empty() {
            return found.list;
        }
        self.technicians
            .iter()
            .enumerate()
            .for_each(|(k, technician)| self.check_technician(k, technician, &mut found));
        self.visits.iter().enumerate().for_each(|(v, visit)| self.check_visit(v, visit, &mut found));
        if let Some(restock) = self.restock {
            found.place("restock.location", restock.location, self.travel.size());
            found.quantity("restock.service", restock.service, 0);
        }
        found.list
    }

    fn check_travel(&self, found: &mut Findings) {
        let size = self.travel.size();
        if size > MAX_ITEMS {
            return found.add("travel", format!("at most {MAX_ITEMS} locations"));
        }
        match &self.travel {
            Travel::Matrix { durations, distances, .. } => {
                for (name, table) in [("durations", durations), ("distances", distances)] {
                    if table.len() != size * size {
                        found.add(format!("travel.{name}"), format!("must hold {size} rows of {size} numbers"));
                    } else if table.iter().any(|value| !(0..=MAX_ARC).contains(value)) {
                        found.add(format!("travel.{name}"), format!("numbers must be from 0 to {MAX_ARC}"));
                    }
                }
            }
            Travel::Plane { points, scale, .. } => {
                if !(scale.is_finite() && *scale > 0.0) {
                    return found.add("travel.scale", "must be a positive number");
                }
                let reach = points.iter().fold(0.0_f64, |reach, point| reach.max(point.x.abs()).max(point.y.abs()));
                let is_finite = points.iter().all(|point| point.x.is_finite() && point.y.is_finite());
                #[allow(clippy::cast_precision_loss, reason = "a power of two is exact")]
                if !is_finite || reach * scale * 4.0 > MAX_ARC as f64 {
                    found.add("travel.points", "scaled coordinates must stay below a quarter of the largest arc");
                }
            }
        }
    }

    fn check_technician(&self, k: usize, technician: &Technician, found: &mut Findings) {
        let path = format!("technicians[{k}]");
        for (name, place) in [("start", technician.start), ("end", technician.end)] {
            if let Some(place) = place {
                found.place(&format!("{path}.{name}"), place, self.travel.size());
            }
        }
        found.window(&format!("{path}.leave"), technician.leave);
        if let Some(window) = technician.paid_from {
            found.window(&format!("{path}.paid_from"), window);
        }
        found.quantity(&format!("{path}.back_by"), technician.back_by, -MAX_QUANTITY);
        found.dimensions(&format!("{path}.capacity"), &technician.capacity);
        found.dimensions(&format!("{path}.parts"), &technician.parts);
        if let Some(limit) = technician.max_travel {
            found.quantity(&format!("{path}.max_travel"), limit, 0);
        }
        self.check_under_way(&path, technician, found);
        let price = technician.price;
        let longest = technician.back_by.saturating_sub(technician.leave.start);
        if price.per_span.saturating_mul(longest) > MAX_QUANTITY {
            found.add(format!("{path}.price.per_span"), format!("the longest span must cost at most {MAX_QUANTITY}"));
        }
        found.quantity(&format!("{path}.price.fixed"), price.fixed, 0);
        for (name, rate) in
            [("per_distance", price.per_distance), ("per_travel", price.per_travel), ("per_span", price.per_span)]
        {
            if !(0..=MAX_RATE).contains(&rate) {
                found.add(format!("{path}.price.{name}"), format!("must be from 0 to {MAX_RATE}"));
            }
        }
    }

    fn check_under_way(&self, path: &str, technician: &Technician, found: &mut Findings) {
        let exists = |place: Option<usize>| place.is_none_or(|place| place < self.travel.size());
        if technician.is_under_way && exists(technician.start) && exists(technician.end) {
            let way = self.travel.duration(technician.start, technician.end);
            let is_late = technician.leave.start.saturating_add(way) > technician.back_by;
            if is_late || technician.max_travel.is_some_and(|most| way > most) {
                found.add(format!("{path}.is_under_way"), "the end cannot be reached even without visits");
            }
        }
        if technician.paid_from.is_some() && self.visits.iter().any(|visit| visit.windows.len() > 1) {
            found.add(format!("{path}.paid_from"), "needs visits of one window each");
        }
    }

    fn check_visit(&self, v: usize, visit: &Visit, found: &mut Findings) {
        let path = format!("visits[{v}]");
        found.place(&format!("{path}.location"), visit.location, self.travel.size());
        found.quantity(&format!("{path}.service"), visit.service, 0);
        found.dimensions(&format!("{path}.demand"), &visit.demand);
        found.dimensions(&format!("{path}.parts"), &visit.parts);
        if let Some(prize) = visit.prize {
            found.quantity(&format!("{path}.prize"), prize, 0);
        }
        if visit.windows.is_empty() || visit.windows.len() > MAX_WINDOWS {
            found.add(format!("{path}.windows"), format!("must hold from 1 to {MAX_WINDOWS} windows"));
        }
        for (w, window) in visit.windows.iter().enumerate() {
            found.window(&format!("{path}.windows[{w}]"), *window);
        }
        if visit.windows.windows(2).any(|pair| pair[1].start <= pair[0].end) {
            found.add(format!("{path}.windows"), "must be disjoint and in order");
        }
    }
}

/// Largest price per unit of distance or time.
const MAX_RATE: i64 = 1 << 20;

#[derive(Default)]
struct Findings {
    list: Vec<Violation>,
}

impl Findings {
    fn add(&mut self, field: impl Into<String>, description: impl Into<String>) {
        self.list.push(Violation { field: field.into(), description: description.into() });
    }

    fn place(&mut self, field: &str, place: usize, size: usize) {
        if place >= size {
            self.add(field, format!("must be below {size}, the number of locations"));
        }
    }

    fn quantity(&mut self, field: &str, value: i64, least: i64) {
        if !(least..=MAX_QUANTITY).contains(&value) {
            self.add(field, format!("must be from {least} to {MAX_QUANTITY}"));
        }
    }

    fn window(&mut self, field: &str, window: Window) {
        self.quantity(field, window.start, -MAX_QUANTITY);
        self.quantity(field, window.end, -MAX_QUANTITY);
        if window.end < window.start {
            self.add(field, "must not end before it starts");
        }
    }

    fn dimensions(&mut self, field: &str, values: &[i64]) {
        if values.len() > MAX_DIMENSIONS {
            self.add(field, format!("must hold at most {MAX_DIMENSIONS} numbers"));
        }
        values.iter().for_each(|value| self.quantity(field, *value, 0));
    }
}
