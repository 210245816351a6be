//! Recomputes a solution from the raw problem: what the search keeps, assumes or derives is not looked at.

use super::problem::{Problem, Technician};
use super::solution::{RoutePlan, Solution, Stop};

/// Everything wrong with a solution, as sentences that name the place; empty for one that keeps every rule and whose
/// times and costs are right. O(visits + stops).
#[must_use]
pub fn check(problem: &Problem, solution: &Solution) -> Vec<String> {
    let mut faults = Vec::new();
    let mut seen = vec![0_u32; problem.visits.len()];
    let mut is_used = vec![false; problem.technicians.len()];
    let mut cost = 0;
    for plan in &solution.routes {
        let Some(technician) = problem.technicians.get(plan.technician) else {
            faults.push(format!("route of an unknown technician {}", plan.technician));
            continue;
        };
        if std::mem::replace(&mut is_used[plan.technician], true) {
            faults.push(format!("technician {} has two routes", plan.technician));
        }
        let unknown = plan.stops.iter().any(|stop| stop.visit.is_some_and(|visit| visit >= seen.len()));
        if unknown {
            faults.push(format!("technician {}: unknown visit", plan.technician));
            continue;
        }
        plan.stops.iter().filter_map(|stop| stop.visit).for_each(|visit| seen[visit] += 1);
        let route = Route { problem, technician, plan };
        faults.extend(route.faults().into_iter().map(|fault| format!("technician {}: {fault}", plan.technician)));
        cost += plan.cost;
    }
    for (k, technician) in problem.technicians.iter().enumerate() {
        if technician.is_under_way && !is_used[k] {
            faults.push(format!("technician {k} is under way and has no route"));
        }
    }
    for (visit, times) in seen.iter().enumerate() {
        let is_left_out = solution.unassigned.binary_search(&visit).is_ok();
        if *times != u32::from(!is_left_out) {
            faults.push(format!("visit {visit} is served {times} times and left out: {is_left_out}"));
        }
    }
    if cost != solution.cost {
        faults.push(format!("routes cost {cost}, not {}", solution.cost));
    }
    faults.extend(left_out_faults(problem, solution));
    faults
}

fn left_out_faults(problem: &Problem, solution: &Solution) -> Vec<String> {
    if solution.unassigned.iter().any(|visit| *visit >= problem.visits.len()) {
        return vec!["unknown visit left out".into()];
    }
    let prizes: Vec<Option<i64>> = solution.unassigned.iter().map(|visit| problem.visits[*visit].prize).collect();
    let lost: i64 = prizes.iter().flatten().sum();
    let missing = prizes.iter().filter(|prize| prize.is_none()).count();
    let mut faults = Vec::new();
    if lost != solution.prize_lost {
        faults.push(format!("prizes lost are {lost}, not {}", solution.prize_lost));
    }
    if missing != solution.required_missing {
        faults.push(format!("required visits missing are {missing}, not {}", solution.required_missing));
    }
    faults
}

struct Route<'a> {
    problem: &'a Problem,
    technician: &'a Technician,
    plan: &'a RoutePlan,
}

impl Route<'_> {
    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        self.check_times(&mut faults);
        self.check_loads(&mut faults);
        self.check_kit(&mut faults);
        self.check_sums(&mut faults);
        faults
    }

    fn location(&self, stop: &Stop) -> Option<usize> {
        match stop.visit {
            Some(visit) => Some(self.problem.visits[visit].location),
            None => self.problem.restock.map(|restock| restock.location),
        }
    }

    fn service(&self, stop: &Stop) -> i64 {
        match stop.visit {
            Some(visit) => self.problem.visits[visit].service,
            None => self.problem.restock.map_or(0, |restock| restock.service),
        }
    }

    fn check_times(&self, faults: &mut Vec<String>) {
        let (technician, plan) = (self.technician, self.plan);
        if !(technician.leave.start..=technician.leave.end).contains(&plan.leave) {
            faults.push(format!("leaves at {}, outside of its window", plan.leave));
        }
        let (mut place, mut depart) = (technician.start, plan.leave);
        for (s, stop) in plan.stops.iter().enumerate() {
            let location = self.location(stop);
            if stop.arrival != depart + self.problem.travel.duration(place, location) {
                faults.push(format!("stop {s}: arrival {} does not follow from leaving at {depart}", stop.arrival));
            }
            if stop.start < stop.arrival {
                faults.push(format!("stop {s}: starts before it arrives"));
            }
            let is_open = |visit: usize| {
                self.problem.visits[visit]
                    .windows
                    .iter()
                    .any(|window| (window.start..=window.end).contains(&stop.start))
            };
            if !stop.visit.is_none_or(is_open) {
                faults.push(format!("stop {s}: starts at {}, outside of every window", stop.start));
            }
            if stop.finish != stop.start + self.service(stop) {
                faults.push(format!("stop {s}: service has another duration"));
            }
            (place, depart) = (location, stop.finish);
        }
        if plan.back != depart + self.problem.travel.duration(place, technician.end) {
            faults.push(format!("end {} does not follow from leaving at {depart}", plan.back));
        }
        if plan.back > technician.back_by {
            faults.push(format!("ends at {}, after {}", plan.back, technician.back_by));
        }
    }

    fn check_loads(&self, faults: &mut Vec<String>) {
        let visits: Vec<usize> = self.plan.stops.iter().filter_map(|stop| stop.visit).collect();
        let widest = visits.iter().map(|visit| self.problem.visits[*visit].demand.len()).max().unwrap_or(0);
        for d in 0..widest {
            let load: i64 = visits.iter().filter_map(|visit| self.problem.visits[*visit].demand.get(d)).sum();
            if load > self.technician.capacity.get(d).copied().unwrap_or(0) {
                faults.push(format!("load {load} in dimension {d} exceeds the capacity"));
            }
        }
        if self.technician.max_visits.is_some_and(|most| visits.len() > most) {
            faults.push(format!("{} visits are too many", visits.len()));
        }
        for visit in visits {
            if let Some(skill) =
                self.problem.visits[visit].skills.iter().find(|skill| !self.technician.skills.contains(skill))
            {
                faults.push(format!("visit {visit} requires skill {skill}"));
            }
        }
    }

    fn check_kit(&self, faults: &mut Vec<String>) {
        let mut parts = self.technician.parts.clone();
        let mut restocks = 0;
        for stop in &self.plan.stops {
            let Some(visit) = stop.visit else {
                restocks += 1;
                continue;
            };
            if restocks > 0 {
                continue;
            }
            let asked = &self.problem.visits[visit];
            if let Some(tool) = asked.tools.iter().find(|tool| !self.technician.tools.contains(tool)) {
                faults.push(format!("visit {visit} requires tool {tool}"));
            }
            parts.resize(parts.len().max(asked.parts.len()), 0);
            for (kind, used) in asked.parts.iter().enumerate() {
                parts[kind] -= used;
                if parts[kind] < 0 && *used > 0 {
                    faults.push(format!("visit {visit} lacks part {kind}"));
                }
            }
        }
        if restocks > usize::from(self.problem.restock.is_some()) {
            faults.push(format!("{restocks} restock stops"));
        }
    }

    /// Time from leaving to the end; with `paid_from`, the shortest that some begin in that window allows.
    fn span(&self) -> i64 {
        let Some(paid_from) = self.technician.paid_from else { return self.plan.back - self.plan.leave };
        let travel = &self.problem.travel;
        let (mut place, mut end, mut waits) = (self.technician.start, paid_from.start, Vec::new());
        for stop in &self.plan.stops {
            let arrival = end + travel.duration(place, self.location(stop));
            let window = stop.visit.and_then(|v| self.problem.visits[v].windows.iter().find(|w| arrival <= w.end));
            let start = window.map_or(arrival, |window| arrival.max(window.start));
            waits.push((start - arrival, window.map_or(i64::MAX, |window| window.end - start)));
            (place, end) = (self.location(stop), start + self.service(stop));
        }
        let end = end + travel.duration(place, self.technician.end);
        // Beginning later eats up waits until a window closes or nothing is left to wait for.
        let total_wait: i64 = waits.iter().map(|(wait, _)| wait).sum();
        let mut waited = 0;
        let mut delay = paid_from.end - paid_from.start;
        for (wait, slack) in waits {
            waited += wait;
            delay = delay.min(slack.saturating_add(waited));
        }
        end - paid_from.start - delay.min(total_wait)
    }

    fn check_sums(&self, faults: &mut Vec<String>) {
        let (technician, plan) = (self.technician, self.plan);
        let places: Vec<Option<usize>> = std::iter::once(technician.start)
            .chain(plan.stops.iter().map(|stop| self.location(stop)))
            .chain(std::iter::once(technician.end))
            .collect();
        let distance: i64 = places.windows(2).map(|pair| self.problem.travel.distance(pair[0], pair[1])).sum();
        let travel: i64 = places.windows(2).map(|pair| self.problem.travel.duration(pair[0], pair[1])).sum();
        if (distance, travel) != (plan.distance, plan.travel) {
            faults.push(format!("ways are {distance} long and take {travel}"));
        }
        if technician.max_travel.is_some_and(|most| travel > most) {
            faults.push(format!("travels {travel}, too much"));
        }
        let price = technician.price;
        let ways = price.per_distance * distance + price.per_travel * travel;
        let cost = price.fixed + ways + price.per_span * self.span();
        if cost != plan.cost {
            faults.push(format!("costs {cost}, not {}", plan.cost));
        }
    }
}
