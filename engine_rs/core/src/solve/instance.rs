//! The problem made ready for the search: flat arrays, numbers for everything, nothing that changes while searching.
//!
//! Nodes are numbered visits first, then one start, one end and one restock stop per technician.

use std::collections::BTreeMap;

use super::problem::{MAX_ARC, Price, Problem, Restock, Technician, Violation};

/// A node of a route: a visit, or the start, end or restock stop of a technician.
pub(super) type NodeId = u32;

/// What going from one location to another takes and costs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Arc {
    pub(super) time: i32,
    pub(super) cost: i32,
}

/// The fixed facts of a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) location: u32,
    /// More than one only where a visit has several windows.
    windows: u32,
    first_window: u32,
    pub(super) first_start: i64,
    pub(super) last_start: i64,
    pub(super) service: i64,
}

/// Whether technicians of a kind may serve a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    No,
    Yes,
    /// A required tool is not on board at the start.
    OnlyRestocked,
}

/// A technician as the search needs it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crew {
    pub(super) kind: u32,
    /// Which arc table holds for the technician.
    pub(super) profile: u32,
    pub(super) fixed: i64,
    pub(super) per_span: i64,
    pub(super) max_travel: i64,
    pub(super) is_under_way: bool,
    /// When the span may begin.
    pub(super) paid_from: (i64, i64),
}

/// Technicians that are alike in everything, so that trying one idle one of them is enough.
#[derive(Clone, Debug)]
pub(super) struct Kind {
    pub(super) members: Vec<u32>,
}

/// The problem made ready.
#[derive(Debug)]
pub(super) struct Instance {
    pub(super) visits: usize,
    pub(super) technicians: usize,
    pub(super) places: Vec<Place>,
    pub(super) crews: Vec<Crew>,
    pub(super) kinds: Vec<Kind>,
    /// Loads and, as a last dimension where anyone has a limit, the number of visits.
    pub(super) dimensions: usize,
    pub(super) demand: Vec<i64>,
    pub(super) capacity: Vec<i64>,
    pub(super) part_kinds: usize,
    pub(super) parts_used: Vec<i64>,
    pub(super) parts_on_board: Vec<i64>,
    /// Price of leaving each visit out.
    pub(super) prize: Vec<i64>,
    required_prize: i64,
    pub(super) has_restock: bool,
    pub(super) has_span_price: bool,
    fits: Vec<Fit>,
    windows: Vec<(i64, i64)>,
    locations: usize,
    arcs_from: Vec<Arc>,
    /// The transposed table, so that arcs into a location lie side by side too; empty where tables are symmetric.
    arcs_into: Vec<Arc>,
}

impl Instance {
    /// Prepares a problem, or says everything wrong with it. O(locations^2 x distinct prices).
    pub(super) fn new(problem: &Problem) -> Result<Self, Vec<Violation>> {
        let violations = problem.violations();
        if !violations.is_empty() {
            return Err(violations);
        }
        let (crews, kinds, prices) = group(problem);
        let locations = problem.travel.size() + 1;
        let arcs_from = arc_tables(problem, &prices, locations)?;
        let arcs_into = transposed(&arcs_from, prices.len(), locations);
        let (places, windows) = places(problem);
        let fits = fits(problem, &kinds);
        let limits_visits = problem.technicians.iter().any(|technician| technician.max_visits.is_some());
        let loads = widest(problem.visits.iter().map(|visit| visit.demand.len()));
        let part_kinds = widest(problem.visits.iter().map(|visit| visit.parts.len()));
        let dimensions = loads + usize::from(limits_visits);
        let mut demand = padded(problem.visits.iter().map(|visit| visit.demand.as_slice()), dimensions);
        let mut capacity = padded(problem.technicians.iter().map(|member| member.capacity.as_slice()), dimensions);
        if limits_visits {
            demand.iter_mut().skip(loads).step_by(dimensions).for_each(|count| *count = 1);
            for (limit, member) in capacity.iter_mut().skip(loads).step_by(dimensions).zip(&problem.technicians) {
                *limit = member.max_visits.map_or(i64::MAX, |most| i64::try_from(most).unwrap_or(i64::MAX));
            }
        }
        let required = required_prize(problem, &arcs_from);
        Ok(Self {
            visits: problem.visits.len(),
            technicians: problem.technicians.len(),
            places,
            dimensions,
            demand,
            capacity,
            part_kinds,
            parts_used: padded(problem.visits.iter().map(|visit| visit.parts.as_slice()), part_kinds),
            parts_on_board: padded(problem.technicians.iter().map(|member| member.parts.as_slice()), part_kinds),
            required_prize: required,
            prize: problem.visits.iter().map(|visit| visit.prize.unwrap_or(required)).collect(),
            has_restock: problem.restock.is_some(),
            has_span_price: crews.iter().any(|crew| crew.per_span > 0),
            crews,
            kinds,
            fits,
            windows,
            locations,
            arcs_from,
            arcs_into,
        })
    }

    pub(super) fn start_of(&self, technician: usize) -> NodeId {
        (self.visits + technician) as NodeId
    }

    pub(super) fn end_of(&self, technician: usize) -> NodeId {
        (self.visits + self.technicians + technician) as NodeId
    }

    pub(super) fn restock_of(&self, technician: usize) -> NodeId {
        (self.visits + 2 * self.technicians + technician) as NodeId
    }

    pub(super) fn is_required(&self, visit: NodeId) -> bool {
        self.prize[visit as usize] == self.required_prize
    }

    pub(super) fn is_visit(&self, node: NodeId) -> bool {
        (node as usize) < self.visits
    }

    pub(super) fn fit(&self, kind: u32, visit: NodeId) -> Fit {
        self.fits[kind as usize * self.visits + visit as usize]
    }

    /// Arcs out of a location, by the other end's location.
    pub(super) fn from(&self, profile: u32, location: u32) -> &[Arc] {
        let first = (profile as usize * self.locations + location as usize) * self.locations;
        &self.arcs_from[first..first + self.locations]
    }

    /// Arcs into a location, by the other end's location.
    pub(super) fn into(&self, profile: u32, location: u32) -> &[Arc] {
        let table = if self.arcs_into.is_empty() { &self.arcs_from } else { &self.arcs_into };
        let first = (profile as usize * self.locations + location as usize) * self.locations;
        &table[first..first + self.locations]
    }

    pub(super) fn arc(&self, profile: u32, from: u32, to: u32) -> Arc {
        self.arcs_from[(profile as usize * self.locations + from as usize) * self.locations + to as usize]
    }

    /// What going from one node to another costs the first technician, the time it takes included: a measure of nearness.
    pub(super) fn effort(&self, from: NodeId, to: NodeId) -> i64 {
        let Some(crew) = self.crews.first() else { return 0 };
        let arc = self.arc(crew.profile, self.places[from as usize].location, self.places[to as usize].location);
        i64::from(arc.cost) + crew.per_span * i64::from(arc.time)
    }

    /// When service starts after arriving at `arrival`; `None` past the last window.
    #[inline]
    pub(super) fn start_at(&self, node: NodeId, arrival: i64) -> Option<i64> {
        let place = &self.places[node as usize];
        if arrival > place.last_start {
            None
        } else if place.windows == 1 {
            Some(arrival.max(place.first_start))
        } else {
            let window = self.windows_of(place).iter().find(|(_, end)| arrival <= *end)?;
            Some(arrival.max(window.0))
        }
    }

    /// The last start of service at or before `limit`; `None` before the first window.
    pub(super) fn latest_start(&self, node: NodeId, limit: i64) -> Option<i64> {
        let place = &self.places[node as usize];
        if limit < place.first_start {
            None
        } else if place.windows == 1 {
            Some(limit.min(place.last_start))
        } else {
            let window = self.windows_of(place).iter().rev().find(|(start, _)| *start <= limit)?;
            Some(limit.min(window.1))
        }
    }

    /// The window that holds a start of service.
    pub(super) fn window_around(&self, node: NodeId, start: i64) -> (i64, i64) {
        let place = &self.places[node as usize];
        if place.windows == 1 {
            return (place.first_start, place.last_start);
        }
        let holding = self.windows_of(place).iter().find(|(first, last)| (*first..=*last).contains(&start));
        *holding.unwrap_or(&(place.first_start, place.last_start))
    }

    fn windows_of(&self, place: &Place) -> &[(i64, i64)] {
        &self.windows[place.first_window as usize..(place.first_window + place.windows) as usize]
    }
}

/// Gives each technician its kind and arc table; returns the distinct (per distance, per travel) prices as well.
fn group(problem: &Problem) -> (Vec<Crew>, Vec<Kind>, Vec<(i64, i64)>) {
    let mut kinds: Vec<Kind> = Vec::new();
    let mut prices: Vec<(i64, i64)> = Vec::new();
    let mut by_likeness: BTreeMap<String, u32> = BTreeMap::new();
    let mut crews = Vec::with_capacity(problem.technicians.len());
    for (k, technician) in problem.technicians.iter().enumerate() {
        let price = (technician.price.per_distance, technician.price.per_travel);
        let profile = prices.iter().position(|known| *known == price).unwrap_or_else(|| {
            prices.push(price);
            prices.len() - 1
        });
        let kind = *by_likeness.entry(format!("{technician:?}")).or_insert_with(|| {
            kinds.push(Kind { members: Vec::new() });
            (kinds.len() - 1) as u32
        });
        kinds[kind as usize].members.push(k as u32);
        let Technician { price: Price { fixed, per_span, .. }, max_travel, is_under_way, .. } = *technician;
        let max_travel = max_travel.unwrap_or(i64::MAX);
        let paid = technician.paid_from.unwrap_or(technician.leave);
        let paid_from = (paid.start, paid.end);
        crews.push(Crew { kind, profile: profile as u32, fixed, per_span, max_travel, is_under_way, paid_from });
    }
    if prices.is_empty() {
        prices.push((1, 0));
    }
    (crews, kinds, prices)
}

/// One table a price, with a last row and column of nothing for technicians without a start or end.
fn arc_tables(problem: &Problem, prices: &[(i64, i64)], locations: usize) -> Result<Vec<Arc>, Vec<Violation>> {
    let real = locations - 1;
    let mut arcs = vec![Arc::default(); prices.len() * locations * locations];
    for from in 0..real {
        for to in 0..real {
            let (time, distance) = problem.travel.both(from, to);
            for (p, (per_distance, per_travel)) in prices.iter().enumerate() {
                let cost = per_distance * distance + per_travel * time;
                if cost > MAX_ARC {
                    let description = format!("the priced way from {from} to {to} exceeds {MAX_ARC}");
                    return Err(vec![Violation { field: "technicians[].price".into(), description }]);
                }
                arcs[(p * locations + from) * locations + to] = Arc { time: time as i32, cost: cost as i32 };
            }
        }
    }
    Ok(arcs)
}

fn transposed(arcs: &[Arc], tables: usize, locations: usize) -> Vec<Arc> {
    let at = |p: usize, from: usize, to: usize| arcs[(p * locations + from) * locations + to];
    let is_mirrored = |p: usize, a: usize, b: usize| {
        let (one, two) = (at(p, a, b), at(p, b, a));
        one.time == two.time && one.cost == two.cost
    };
    if (0..tables).all(|p| (0..locations).all(|a| (a..locations).all(|b| is_mirrored(p, a, b)))) {
        return Vec::new();
    }
    let mut into = Vec::with_capacity(arcs.len());
    for p in 0..tables {
        for to in 0..locations {
            into.extend((0..locations).map(|from| at(p, from, to)));
        }
    }
    into
}

fn places(problem: &Problem) -> (Vec<Place>, Vec<(i64, i64)>) {
    let nowhere = problem.travel.size();
    let mut windows = Vec::new();
    let mut places = Vec::with_capacity(problem.visits.len() + 3 * problem.technicians.len());
    for visit in &problem.visits {
        let first_window = windows.len() as u32;
        windows.extend(visit.windows.iter().map(|window| (window.start, window.end)));
        places.push(Place {
            location: visit.location as u32,
            windows: visit.windows.len() as u32,
            first_window,
            first_start: visit.windows.first().map_or(0, |window| window.start),
            last_start: visit.windows.last().map_or(0, |window| window.end),
            service: visit.service,
        });
    }
    let plain = |location: usize, first_start, last_start, service| Place {
        location: location as u32,
        windows: 1,
        first_window: 0,
        first_start,
        last_start,
        service,
    };
    for member in &problem.technicians {
        places.push(plain(member.start.unwrap_or(nowhere), member.leave.start, member.leave.end, 0));
    }
    for member in &problem.technicians {
        places.push(plain(member.end.unwrap_or(nowhere), i64::MIN / 4, member.back_by, 0));
    }
    let restock = problem.restock.unwrap_or(Restock { location: nowhere, service: 0 });
    for member in &problem.technicians {
        places.push(plain(restock.location, i64::MIN / 4, member.back_by, restock.service));
    }
    (places, windows)
}

fn fits(problem: &Problem, kinds: &[Kind]) -> Vec<Fit> {
    let mut fits = Vec::with_capacity(kinds.len() * problem.visits.len());
    for kind in kinds {
        let member = &problem.technicians[kind.members[0] as usize];
        for visit in &problem.visits {
            let holds = |held: &[u32], required: &[u32]| required.iter().all(|item| held.contains(item));
            let lacks_parts = |k: usize| member.parts.get(k).copied().unwrap_or(0) < visit.parts[k];
            fits.push(if !holds(&member.skills, &visit.skills) {
                Fit::No
            } else if holds(&member.tools, &visit.tools) && !(0..visit.parts.len()).any(lacks_parts) {
                Fit::Yes
            } else if problem.restock.is_some() {
                Fit::OnlyRestocked
            } else {
                Fit::No
            });
        }
    }
    fits
}

fn widest(lengths: impl Iterator<Item = usize>) -> usize {
    lengths.max().unwrap_or(0)
}

/// Rows cut or filled with zeros to one width, one after the other.
fn padded<'a>(rows: impl Iterator<Item = &'a [i64]>, width: usize) -> Vec<i64> {
    rows.flat_map(|row| (0..width).map(|d| row.get(d).copied().unwrap_or(0))).collect()
}

/// More than any plan can cost, so that one required visit more always outweighs every cost.
fn required_prize(problem: &Problem, arcs: &[Arc]) -> i64 {
    let longest = arcs.iter().map(|arc| i64::from(arc.cost)).max().unwrap_or(0);
    let stops = (problem.visits.len() + 2 * problem.technicians.len()) as i64;
    let fixed: i64 = problem.technicians.iter().map(|member| member.price.fixed).sum();
    let spans: i64 = problem
        .technicians
        .iter()
        .map(|member| member.price.per_span.saturating_mul((member.back_by - member.leave.start).max(0)))
        .fold(0, i64::saturating_add);
    let prizes: i64 = problem.visits.iter().filter_map(|visit| visit.prize).fold(0, i64::saturating_add);
    let bound = longest.saturating_mul(stops).saturating_add(fixed).saturating_add(spans).saturating_add(prizes);
    bound.saturating_add(1).min(i64::MAX / 4 / (problem.visits.len().max(1) as i64))
}
