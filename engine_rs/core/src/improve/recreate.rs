//! Finding places for visits on no route, one after the other, in an order that luck decides.

use super::study::Study;
use super::trial::Trial;
use crate::plan::Place;
use crate::search::Insertion;
use crate::solve::rng::Rng;
use std::cmp::Reverse;

/// Most visits that had no place before which one step tries, too.
const MOST_WAITING: usize = 3;
/// Once in so many times the second best place is taken.
const BLINK: usize = 16;

/// Places the visits taken off, and tries some that wait; false when one that had a place finds none.
pub(super) fn all(study: &mut Study, trial: &mut Trial, taken: &[u32], random: &mut Rng) -> bool {
    let mut waiting: Vec<u32> =
        study.plan().unassigned.iter().copied().filter(|visit| study.known[*visit as usize].home.is_none()).collect();
    random.shuffle(&mut waiting);
    waiting.truncate(MOST_WAITING);
    // One that was placed on the way is among those taken.
    waiting.retain(|visit| !taken.contains(visit));
    let mut queue: Vec<u32> = waiting.into_iter().chain(taken.iter().copied()).collect();
    put_in_order(study, &mut queue, random);
    for visit in queue {
        match choose(study, visit, random) {
            Some(insertion) => {
                let place = Place { technician: insertion.technician, route: insertion.route };
                trial.put(study, visit, place, insertion.slot.position);
                if !trial.settle(study, insertion.technician) {
                    return false;
                }
            }
            None if study.known[visit as usize].home.is_some() => return false,
            None => {}
        }
    }
    true
}

fn put_in_order(study: &Study, queue: &mut [u32], random: &mut Rng) {
    random.shuffle(queue);
    let plan = study.plan();
    let facts = |visit: &u32| &plan.visit(*visit).facts;
    match random.below(4) {
        0 => queue.sort_by_key(|visit| Reverse(facts(visit).duration_s)),
        1 => queue.sort_by_key(|visit| facts(visit).windows.last_s()),
        2 => queue.sort_by_key(|visit| plan.holders.most_qualified(&facts(visit).skills)),
        _ => {}
    }
    queue.sort_by_key(|visit| Reverse(facts(visit).promise.priority));
}

/// The cheapest place, the price of taking the visit from who had it included.
fn choose(study: &Study, visit: u32, random: &mut Rng) -> Option<Insertion> {
    let search = study.search();
    let facts = &study.plan().visit(visit).facts;
    let rank = usize::from(random.below(BLINK) == 0);
    let places = search.best(facts, rank + 1, None);
    let best = places.get(rank).or(places.first()).copied();
    let known = study.known[visit as usize];
    let Some(home) = known.home.filter(|home| best.is_none_or(|best| best.technician != *home)) else { return best };
    let is_cheaper = |stay: &Insertion| best.is_none_or(|best| stay.cost_milli <= best.cost_milli + known.move_milli);
    search.best_of(facts, home).filter(is_cheaper).or(best)
}
