//! Small random problems against brute force, and promises kept on larger ones.

use super::rng::Rng;
use super::*;

const HORIZON: i64 = 60;

/// What a random problem has besides visits, ways and windows.
#[derive(Clone, Copy, Default)]
struct Traits {
    has_span_price: bool,
    has_kit: bool,
    has_prizes: bool,
    has_limits: bool,
    is_matrix: bool,
}

fn draw(rng: &mut Rng, least: i64, most: i64) -> i64 {
    least + rng.below((most - least + 1) as usize) as i64
}

fn subset(rng: &mut Rng, of: u32, probability: f64) -> Vec<u32> {
    (0..of).filter(|_| rng.unit() < probability).collect()
}

fn random_travel(rng: &mut Rng, size: usize, is_matrix: bool) -> Travel {
    if is_matrix {
        let mut table = |most| -> Vec<i64> {
            (0..size * size).map(|cell| if cell % (size + 1) == 0 { 0 } else { draw(rng, 0, most) }).collect()
        };
        return Travel::Matrix { size, durations: table(9), distances: table(20) };
    }
    let points = (0..size).map(|_| Point { x: draw(rng, 0, 9) as f64, y: draw(rng, 0, 9) as f64 }).collect();
    Travel::Plane { points, scale: 1.0, rounding: Rounding::Up }
}

fn random_technician(rng: &mut Rng, size: usize, traits: Traits) -> Technician {
    let open_end = |rng: &mut Rng| (rng.unit() < 0.8).then(|| rng.below(size));
    let leave_start = draw(rng, 0, 10);
    let leave = Window { start: leave_start, end: draw(rng, leave_start, HORIZON) };
    Technician {
        start: open_end(rng),
        end: open_end(rng),
        leave,
        back_by: draw(rng, 40, HORIZON),
        capacity: vec![draw(rng, 3, 12)],
        max_visits: (traits.has_limits && rng.unit() < 0.5).then(|| rng.below(4)),
        max_travel: (traits.has_limits && rng.unit() < 0.5).then(|| draw(rng, 5, 40)),
        skills: subset(rng, 2, 0.8),
        tools: if traits.has_kit { subset(rng, 2, 0.6) } else { Vec::new() },
        parts: if traits.has_kit { vec![draw(rng, 0, 3)] } else { Vec::new() },
        is_under_way: false,
        paid_from: None,
        price: Price {
            fixed: draw(rng, 0, 10),
            per_distance: draw(rng, 0, 2),
            per_travel: draw(rng, 0, 2),
            per_span: if traits.has_span_price { draw(rng, 0, 3) } else { 0 },
        },
    }
}

fn random_visit(rng: &mut Rng, size: usize, traits: Traits) -> Visit {
    let first = draw(rng, 0, 30);
    let mut windows = vec![Window { start: first, end: draw(rng, first, first + 15) }];
    // With several windows and a span price the best schedule is defined, not minimal: brute force would differ.
    if !traits.has_span_price && rng.unit() < 0.3 {
        let second = windows[0].end + draw(rng, 1, 10);
        windows.push(Window { start: second, end: second + draw(rng, 0, 10) });
    }
    Visit {
        location: rng.below(size),
        windows,
        service: draw(rng, 0, 6),
        demand: vec![draw(rng, 0, 4)],
        skills: subset(rng, 2, 0.2),
        tools: if traits.has_kit { subset(rng, 2, 0.3) } else { Vec::new() },
        parts: if traits.has_kit { vec![draw(rng, 0, 2)] } else { Vec::new() },
        prize: (traits.has_prizes && rng.unit() < 0.5).then(|| draw(rng, 0, 60)),
    }
}

fn random_problem(seed: u64, visits: usize, technicians: usize, traits: Traits) -> Problem {
    let mut rng = Rng::new(seed);
    let size = visits + 2;
    Problem {
        travel: random_travel(&mut rng, size, traits.is_matrix),
        technicians: (0..technicians).map(|_| random_technician(&mut rng, size, traits)).collect(),
        visits: (0..visits).map(|_| random_visit(&mut rng, size, traits)).collect(),
        restock: traits.has_kit.then_some(Restock { location: 0, service: 1 }),
    }
}

/// Missing required visits, then cost and lost prizes: what a search minimises, in its order.
fn value(solution: &Solution) -> (usize, i64) {
    (solution.required_missing, solution.cost + solution.prize_lost)
}

fn run(problem: &Problem, seed: u64, iterations: u64) -> Solution {
    let settings = Settings { seed, ..Settings::default() };
    let solution = solve(problem, &[], &settings, &mut Iterations(iterations)).expect("a valid problem");
    assert_eq!(check(problem, &solution), Vec::<String>::new());
    solution
}

/// Everything by enumeration, sharing no code with the search.
mod brute {
    use super::{HORIZON, Problem, Solution, Stop, Technician};
    use crate::solve::RoutePlan;

    /// Least (missing, cost) over all plans.
    pub(super) fn best(problem: &Problem) -> (usize, i64) {
        let all = (1_usize << problem.visits.len()) - 1;
        share_out(problem, 0, all)
    }

    fn share_out(problem: &Problem, technician: usize, left: usize) -> (usize, i64) {
        if technician == problem.technicians.len() {
            let members = members(left);
            let prizes: Vec<Option<i64>> = members.iter().map(|visit| problem.visits[*visit].prize).collect();
            return (prizes.iter().filter(|prize| prize.is_none()).count(), prizes.iter().flatten().sum());
        }
        let mut least = (usize::MAX, i64::MAX);
        let mut taken = left;
        loop {
            if let Some(cost) = best_route(problem, technician, taken) {
                let (missing, rest) = share_out(problem, technician + 1, left & !taken);
                least = least.min((missing, rest + cost));
            }
            if taken == 0 {
                return least;
            }
            taken = (taken - 1) & left;
        }
    }

    fn members(set: usize) -> Vec<usize> {
        (0..usize::BITS as usize).filter(|visit| set >> visit & 1 == 1).collect()
    }

    fn best_route(problem: &Problem, technician: usize, set: usize) -> Option<i64> {
        if set == 0 && !problem.technicians[technician].is_under_way {
            return Some(0);
        }
        let mut stops: Vec<Option<usize>> = members(set).into_iter().map(Some).collect();
        let mut least = cheapest_order(problem, technician, &mut stops.clone(), 0);
        if problem.restock.is_some() {
            stops.push(None);
            least = [least, cheapest_order(problem, technician, &mut stops, 0)].into_iter().flatten().min();
        }
        least
    }

    fn cheapest_order(problem: &Problem, technician: usize, stops: &mut [Option<usize>], fixed: usize) -> Option<i64> {
        if fixed == stops.len() {
            let window = problem.technicians[technician].leave;
            let leaves = window.start..=window.end.min(HORIZON);
            return leaves.filter_map(|leave| cost_when_leaving(problem, technician, stops, leave)).min();
        }
        let mut least = None;
        for at in fixed..stops.len() {
            stops.swap(fixed, at);
            let found = cheapest_order(problem, technician, stops, fixed + 1);
            least = [least, found].into_iter().flatten().min();
            stops.swap(fixed, at);
        }
        least
    }

    /// Serves each stop as early as possible and asks the checker whether that is a plan.
    fn cost_when_leaving(problem: &Problem, technician: usize, stops: &[Option<usize>], leave: i64) -> Option<i64> {
        let member = &problem.technicians[technician];
        let (mut place, mut depart, mut timed) = (member.start, leave, Vec::new());
        let (mut distance, mut travel) = (0, 0);
        let mut go = |from, to| {
            distance += problem.travel.distance(from, to);
            travel += problem.travel.duration(from, to);
            problem.travel.duration(from, to)
        };
        for visit in stops {
            let restock = problem.restock.unwrap_or(super::Restock { location: 0, service: 0 });
            let (location, service) = visit.map_or((restock.location, restock.service), |v| {
                (problem.visits[v].location, problem.visits[v].service)
            });
            let arrival = depart + go(place, Some(location));
            let start = match visit {
                Some(v) => {
                    problem.visits[*v].windows.iter().find(|w| arrival <= w.end).map(|w| arrival.max(w.start))?
                }
                None => arrival,
            };
            depart = start + service;
            place = Some(location);
            timed.push(Stop { visit: *visit, arrival, start, finish: depart });
        }
        let back = depart + go(place, member.end);
        let cost = price(member, distance, travel, back - leave);
        let plan = RoutePlan { technician, leave, stops: timed, back, distance, travel, cost };
        let mut unassigned: Vec<usize> = (0..problem.visits.len()).collect();
        unassigned.retain(|visit| !stops.contains(&Some(*visit)));
        let missing = unassigned.iter().filter(|visit| problem.visits[**visit].prize.is_none()).count();
        let prize_lost = unassigned.iter().filter_map(|visit| problem.visits[*visit].prize).sum();
        let routes = vec![plan];
        let solution = Solution { routes, unassigned, cost, prize_lost, required_missing: missing, iterations: 0 };
        let faults = crate::solve::check(problem, &solution);
        faults.iter().all(|fault| fault.contains("under way and has no route")).then_some(cost)
    }

    fn price(member: &Technician, distance: i64, travel: i64, span: i64) -> i64 {
        let price = member.price;
        price.fixed + price.per_distance * distance + price.per_travel * travel + price.per_span * span
    }
}

fn assert_optimal(traits: Traits, seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let problem = random_problem(seed, 4, 2, traits);
        let found = value(&run(&problem, seed, 2_000));
        assert_eq!(found, brute::best(&problem), "seed {seed}");
    }
}

#[test]
fn small_problems_are_solved_to_optimality() {
    assert_optimal(Traits::default(), 0..60);
}

#[test]
fn small_problems_with_prizes_limits_and_matrices_are_solved_to_optimality() {
    assert_optimal(Traits { has_prizes: true, has_limits: true, is_matrix: true, ..Traits::default() }, 0..60);
}

#[test]
fn small_problems_with_span_prices_are_solved_to_optimality() {
    assert_optimal(Traits { has_span_price: true, has_prizes: true, ..Traits::default() }, 0..60);
}

#[test]
fn small_problems_with_tools_and_parts_are_solved_to_optimality() {
    assert_optimal(Traits { has_kit: true, has_span_price: true, ..Traits::default() }, 0..60);
}

#[test]
fn every_solution_of_a_larger_problem_passes_the_checker_whatever_its_traits() {
    for code in 0..32_u64 {
        let has = |bit: u64| code >> bit & 1 == 1;
        let traits = Traits {
            has_span_price: has(0),
            has_kit: has(1),
            has_prizes: has(2),
            has_limits: has(3),
            is_matrix: has(4),
        };
        let problem = random_problem(1_000 + code, 30, 8, traits);
        let one = run(&problem, 5, 300);
        assert_eq!(one, run(&problem, 5, 300), "the same seed and iterations give the same plan");
        assert!(value(&run(&problem, 5, 1_200)) <= value(&run(&problem, 5, 0)), "searching never makes it worse");
    }
}

#[test]
fn given_routes_are_kept_when_there_is_nothing_to_improve_them_with() {
    let traits = Traits { has_kit: true, ..Traits::default() };
    for seed in 0..20 {
        let problem = random_problem(seed, 20, 6, traits);
        let first = run(&problem, seed, 500);
        let given: Vec<GivenRoute> = first
            .routes
            .iter()
            .map(|plan| GivenRoute {
                technician: plan.technician,
                stops: plan.stops.iter().map(|stop| stop.visit).collect(),
            })
            .collect();
        let again = solve(&problem, &given, &Settings::default(), &mut Iterations(0)).expect("a valid problem");
        assert_eq!(value(&again), value(&first));
        assert_eq!(again.routes, first.routes);
    }
}

#[test]
fn fewer_technicians_serve_the_same_when_asked() {
    for seed in 0..10 {
        let mut problem = random_problem(seed, 24, 12, Traits::default());
        let one = problem.technicians[0].clone();
        problem.technicians.iter_mut().for_each(|technician| technician.clone_from(&one));
        let settings = Settings { fewest_technicians: true, ..Settings::default() };
        let fewest = solve(&problem, &[], &settings, &mut Iterations(4_000)).expect("a valid problem");
        let cheapest = run(&problem, 1, 2_000);
        assert_eq!(check(&problem, &fewest), Vec::<String>::new());
        assert!(fewest.required_missing <= cheapest.required_missing);
        assert!(fewest.routes.len() <= cheapest.routes.len() || fewest.required_missing < cheapest.required_missing);
    }
}

#[test]
fn a_technician_under_way_is_paid_for_without_visits_too() {
    let mut problem = random_problem(3, 0, 1, Traits::default());
    problem.technicians[0].is_under_way = true;
    problem.technicians[0].price.fixed = 7;
    let solution = run(&problem, 1, 10);
    assert_eq!(solution.routes.len(), 1);
    assert!(solution.cost >= 7);
}

#[test]
fn a_span_may_be_counted_from_another_window_than_the_leave() {
    let visit = |start| Visit {
        location: 1,
        windows: vec![Window { start, end: start + 5 }],
        service: 4,
        demand: vec![],
        skills: vec![],
        tools: vec![],
        parts: vec![],
        prize: None,
    };
    let mut problem = random_problem(1, 0, 1, Traits { has_span_price: true, ..Traits::default() });
    let points = vec![Point { x: 0.0, y: 0.0 }, Point { x: 3.0, y: 0.0 }];
    problem.travel = Travel::Plane { points, scale: 1.0, rounding: Rounding::Up };
    problem.visits = vec![visit(30)];
    let technician = &mut problem.technicians[0];
    *technician = Technician {
        start: Some(0),
        end: Some(0),
        leave: Window { start: 25, end: 25 },
        back_by: HORIZON,
        max_visits: None,
        max_travel: None,
        price: Price { fixed: 0, per_distance: 0, per_travel: 0, per_span: 1 },
        paid_from: None,
        ..technician.clone()
    };
    assert_eq!(run(&problem, 1, 10).cost, 5 + 4 + 3, "left at 25, waits from 28 to 30");
    problem.technicians[0].paid_from = Some(Window { start: 10, end: 20 });
    assert_eq!(run(&problem, 1, 10).cost, 3 + 7 + 4 + 3, "as if left at 20, waiting from 23 to 30");
    problem.technicians[0].paid_from = Some(Window { start: 10, end: 40 });
    assert_eq!(run(&problem, 1, 10).cost, 3 + 4 + 3, "as if left at 27, which needs no waiting");
}

#[test]
fn a_technician_under_way_must_be_able_to_reach_the_end() {
    let mut problem = random_problem(3, 0, 1, Traits::default());
    problem.technicians[0].is_under_way = true;
    problem.technicians[0].back_by = problem.technicians[0].leave.start - 1;
    let fields: Vec<String> = problem.violations().into_iter().map(|violation| violation.field).collect();
    assert_eq!(fields, ["technicians[0].is_under_way"]);
}

#[test]
fn a_broken_plan_is_caught() {
    let traits = Traits { has_kit: true, has_span_price: true, ..Traits::default() };
    let problem = random_problem(11, 30, 8, traits);
    let good = run(&problem, 1, 500);
    let longest = good.routes.iter().position(|plan| plan.stops.len() >= 2).expect("a route of two stops");
    let broken_by = |change: &dyn Fn(&mut Solution)| {
        let mut broken = good.clone();
        change(&mut broken);
        assert_ne!(check(&problem, &broken), Vec::<String>::new());
    };
    broken_by(&|plan| plan.routes[longest].stops.swap(0, 1));
    broken_by(&|plan| plan.routes[longest].stops[0].start += 1_000);
    broken_by(&|plan| plan.routes[longest].stops[1].arrival -= 1);
    broken_by(&|plan| plan.routes[longest].stops[1].finish += 1);
    broken_by(&|plan| plan.routes[longest].leave -= 1_000);
    broken_by(&|plan| plan.routes[longest].back += 1);
    broken_by(&|plan| plan.routes[longest].cost += 1);
    broken_by(&|plan| plan.routes[longest].distance += 1);
    broken_by(&|plan| plan.cost += 1);
    broken_by(&|plan| plan.required_missing += 1);
    broken_by(&|plan| plan.unassigned.push(0));
    broken_by(&|plan| {
        let stop = plan.routes[longest].stops[0];
        plan.routes[longest].stops.insert(0, stop);
    });
    broken_by(&|plan| {
        plan.routes.remove(longest);
    });
}

#[test]
fn everything_wrong_with_a_problem_is_said_at_once() {
    let mut problem = random_problem(1, 3, 2, Traits::default());
    problem.visits[0].location = 99;
    problem.visits[1].windows.clear();
    problem.technicians[1].leave = Window { start: 5, end: 1 };
    problem.technicians[1].price.fixed = -1;
    let fields: Vec<String> = problem.violations().into_iter().map(|violation| violation.field).collect();
    assert_eq!(
        fields,
        ["technicians[1].leave", "technicians[1].price.fixed", "visits[0].location", "visits[1].windows"]
    );
    assert!(solve(&problem, &[], &Settings::default(), &mut Iterations(1)).is_err());
}
