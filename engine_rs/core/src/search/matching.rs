//! Many visits, each for one technician, at the least total price: optimal assignment over sparse candidates.
//!
//! Every visit names a few technicians with a price each, and a price of being left out. The method is that of Jonker and
//! Volgenant ("A shortest augmenting path algorithm for dense and sparse linear assignment problems", 1987): each technician
//! has a price to pay on top, never positive and nothing for a free one; a short auction lets visits outbid one another, and
//! whoever is left finds the cheapest chain of exchanges that ends at a free technician or in leaving somebody out. What
//! differs: leaving out is a choice of each visit rather than a column of the matrix, duals of visits are not kept but read
//! off their present choice, and the finished matching stays open: one more visit, or one technician less, takes one chain.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Rounds of the auction over the visits before chains take over.
const AUCTION_ROUNDS: usize = 2;
/// Longest run of one visit outbidding the next, as a multiple of the visits, so that a price war ends.
const MAX_BIDS_PER_VISIT: usize = 4;
const NOBODY: u32 = u32::MAX;

/// A technician who could take a visit, and the price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Number of the technician, below the size the matching was made for.
    pub technician: u32,
    /// Price in milli-cost.
    pub cost_milli: i64,
}

/// An optimal matching that can be changed.
#[derive(Clone, Debug)]
pub struct Matching {
    candidates: Vec<Candidate>,
    visits: Vec<VisitRow>,
    technicians: Vec<TechnicianColumn>,
    paths: Paths,
}

/// A visit: where its candidates are, what leaving it out costs, and what it has.
#[derive(Clone, Copy, Debug)]
struct VisitRow {
    begin: u32,
    end: u32,
    left_out_milli: i64,
    technician: u32,
    /// Price of the present choice, the technician's own price aside.
    cost_milli: i64,
}

/// A technician: the price on top, and who has it.
#[derive(Clone, Copy, Debug)]
struct TechnicianColumn {
    price_milli: i64,
    visit: u32,
    is_gone: bool,
}

/// Scratch of the search for a chain; entries of earlier searches are told by their stamp.
#[derive(Clone, Debug, Default)]
struct Paths {
    stamp: u32,
    /// By technician: stamp, distance, visit it was reached from, price of that step, whether it is final.
    reached: Vec<(u32, i64, u32, i64, bool)>,
    queue: BinaryHeap<Reverse<(i64, u32)>>,
    settled: Vec<u32>,
}

/// Where a chain ends.
#[derive(Clone, Copy, Debug)]
enum End {
    /// This technician is free.
    Free(u32),
    /// This visit is left out.
    LeftOut(u32),
}

impl Matching {
    /// An empty matching for technicians numbered below `technicians`.
    #[must_use]
    pub fn new(technicians: usize) -> Self {
        let column = TechnicianColumn { price_milli: 0, visit: NOBODY, is_gone: false };
        Self {
            candidates: Vec::new(),
            visits: Vec::new(),
            technicians: vec![column; technicians],
            paths: Paths { reached: vec![(0, 0, 0, 0, false); technicians], ..Paths::default() },
        }
    }

    /// Matches many visits at once. Each comes with its candidates and the price of leaving it out.
    ///
    /// Candidates of numbers not below `technicians` are not considered.
    #[must_use]
    pub fn of<'c>(technicians: usize, visits: impl IntoIterator<Item = (&'c [Candidate], i64)>) -> Self {
        let mut matching = Self::new(technicians);
        for (candidates, left_out_milli) in visits {
            matching.push(candidates, left_out_milli);
        }
        let unsettled = matching.auction();
        for visit in unsettled {
            matching.chain(visit);
        }
        matching
    }

    /// Adds one visit and rematches optimally. Returns its number, counted from 0 in order of addition.
    pub fn add(&mut self, candidates: &[Candidate], left_out_milli: i64) -> usize {
        let visit = self.push(candidates, left_out_milli);
        self.chain(visit);
        visit as usize
    }

    /// Takes a technician out for good and rematches optimally.
    pub fn remove_technician(&mut self, technician: u32) {
        let Some(column) = self.technicians.get_mut(technician as usize) else { return };
        let visit = std::mem::replace(&mut column.visit, NOBODY);
        (column.is_gone, column.price_milli) = (true, 0);
        if visit != NOBODY {
            self.chain(visit);
        }
    }

    /// Technician of a visit; `None` when it is left out.
    #[must_use]
    pub fn technician_of(&self, visit: usize) -> Option<u32> {
        let technician = self.visits.get(visit)?.technician;
        (technician != NOBODY).then_some(technician)
    }

    /// Total price, that of visits left out included.
    #[must_use]
    pub fn cost_milli(&self) -> i64 {
        self.visits.iter().map(|row| row.cost_milli).sum()
    }

    fn push(&mut self, candidates: &[Candidate], left_out_milli: i64) -> u32 {
        let number = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let begin = number(self.candidates.len());
        let known = self.technicians.len();
        self.candidates.extend(candidates.iter().filter(|candidate| (candidate.technician as usize) < known));
        let end = number(self.candidates.len());
        let row = VisitRow { begin, end, left_out_milli, technician: NOBODY, cost_milli: left_out_milli };
        self.visits.push(row);
        number(self.visits.len() - 1)
    }

    fn candidates_of(&self, row: VisitRow) -> &[Candidate] {
        &self.candidates[row.begin as usize..row.end as usize]
    }

    /// Gives every visit to its favourite, who may outbid another; returns those left without.
    fn auction(&mut self) -> Vec<u32> {
        let all = u32::try_from(self.visits.len()).unwrap_or(u32::MAX);
        let mut unsettled: Vec<u32> = (0..all).collect();
        for _ in 0..AUCTION_ROUNDS {
            let mut outbid = Vec::new();
            let mut bids_left = unsettled.len() * MAX_BIDS_PER_VISIT;
            for visit in unsettled {
                let mut next = Some(visit);
                while let Some(bidder) = next {
                    if bids_left == 0 {
                        outbid.push(bidder);
                        break;
                    }
                    bids_left -= 1;
                    next = self.bid(bidder, &mut outbid);
                }
            }
            unsettled = outbid;
        }
        unsettled
    }

    /// Takes the favourite. Whoever had it goes on bidding if the price rose, else waits in `outbid`.
    fn bid(&mut self, visit: u32, outbid: &mut Vec<u32>) -> Option<u32> {
        let row = self.visits[visit as usize];
        let (mut best, mut best_milli) = (NOBODY, row.left_out_milli);
        let (mut best_cost_milli, mut second_milli) = (row.left_out_milli, i64::MAX);
        for candidate in self.candidates_of(row) {
            let column = self.technicians[candidate.technician as usize];
            if column.is_gone {
                continue;
            }
            let milli = candidate.cost_milli - column.price_milli;
            if milli < best_milli {
                second_milli = best_milli;
                (best, best_milli, best_cost_milli) = (candidate.technician, milli, candidate.cost_milli);
            } else if milli < second_milli {
                second_milli = milli;
            }
        }
        if best == NOBODY {
            self.choose(visit, NOBODY, row.left_out_milli);
            return None;
        }
        let column = &mut self.technicians[best as usize];
        let owner = column.visit;
        // Nobody outbids for nothing: an owner who would lose a tie keeps the technician.
        if owner != NOBODY && second_milli <= best_milli {
            outbid.push(visit);
            return None;
        }
        if owner == NOBODY {
            // A free technician must cost nothing on top until somebody contests it.
            self.choose(visit, best, best_cost_milli);
            return None;
        }
        column.price_milli -= second_milli - best_milli;
        self.choose(visit, best, best_cost_milli);
        Some(owner)
    }

    fn choose(&mut self, visit: u32, technician: u32, cost_milli: i64) {
        let row = &mut self.visits[visit as usize];
        (row.technician, row.cost_milli) = (technician, cost_milli);
        if technician != NOBODY {
            self.technicians[technician as usize].visit = visit;
        }
    }

    /// Finds the cheapest chain of exchanges that settles `visit`, and makes it.
    fn chain(&mut self, visit: u32) {
        let (end, length_milli) = self.shortest(visit);
        for index in 0..self.paths.settled.len() {
            let technician = self.paths.settled[index] as usize;
            self.technicians[technician].price_milli += self.paths.reached[technician].1 - length_milli;
        }
        let (mut gives_way, mut free) = match end {
            End::Free(technician) => (NOBODY, technician),
            End::LeftOut(last) => {
                let freed = if last == visit { NOBODY } else { self.visits[last as usize].technician };
                self.choose(last, NOBODY, self.visits[last as usize].left_out_milli);
                (last, freed)
            }
        };
        // Backwards along the chain: each visit takes the technician that has become free, and frees its own.
        while gives_way != visit && free != NOBODY {
            let (_, _, from, cost_milli, _) = self.paths.reached[free as usize];
            let freed = if from == visit { NOBODY } else { self.visits[from as usize].technician };
            self.choose(from, free, cost_milli);
            (gives_way, free) = (from, freed);
        }
    }

    /// Shortest way from a visit to a free technician or to leaving somebody out, by reduced prices (Dijkstra).
    fn shortest(&mut self, visit: u32) -> (End, i64) {
        self.paths.begin();
        let mut end = (End::LeftOut(visit), self.visits[visit as usize].left_out_milli);
        self.reach_from(visit, 0, 0);
        while let Some(Reverse((distance_milli, technician))) = self.paths.queue.pop() {
            if distance_milli >= end.1 {
                break;
            }
            let entry = &mut self.paths.reached[technician as usize];
            if entry.4 {
                continue;
            }
            entry.4 = true;
            let column = self.technicians[technician as usize];
            if column.visit == NOBODY {
                end = (End::Free(technician), distance_milli);
                break;
            }
            self.paths.settled.push(technician);
            let row = self.visits[column.visit as usize];
            let dual_milli = row.cost_milli - column.price_milli;
            let out_milli = distance_milli + row.left_out_milli - dual_milli;
            if out_milli < end.1 {
                end = (End::LeftOut(column.visit), out_milli);
            }
            self.reach_from(column.visit, distance_milli, dual_milli);
        }
        (end.0, end.1)
    }

    /// Notes what can be reached by giving `visit` another technician.
    fn reach_from(&mut self, visit: u32, distance_milli: i64, dual_milli: i64) {
        let row = self.visits[visit as usize];
        for index in row.begin..row.end {
            let candidate = self.candidates[index as usize];
            let column = self.technicians[candidate.technician as usize];
            if !column.is_gone {
                let milli = distance_milli + candidate.cost_milli - column.price_milli - dual_milli;
                self.paths.reach(candidate.technician, milli, visit, candidate.cost_milli);
            }
        }
    }
}

impl Paths {
    fn begin(&mut self) {
        self.stamp = self.stamp.wrapping_add(1);
        if self.stamp == 0 {
            self.reached.fill((0, 0, 0, 0, false));
            self.stamp = 1;
        }
        self.queue.clear();
        self.settled.clear();
    }

    fn reach(&mut self, technician: u32, milli: i64, from: u32, cost_milli: i64) {
        let entry = &mut self.reached[technician as usize];
        if entry.0 != self.stamp || (!entry.4 && milli < entry.1) {
            *entry = (self.stamp, milli, from, cost_milli, false);
            self.queue.push(Reverse((milli, technician)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Row = (Vec<Candidate>, i64);

    /// Least total price by trying everything.
    fn brute_force(rows: &[Row], taken: u32, gone: u32) -> i64 {
        let Some(((candidates, left_out_milli), rest)) = rows.split_first() else { return 0 };
        let mut best = left_out_milli + brute_force(rest, taken, gone);
        for candidate in candidates {
            let bit = 1 << candidate.technician;
            if (taken | gone) & bit == 0 {
                best = best.min(candidate.cost_milli + brute_force(rest, taken | bit, gone));
            }
        }
        best
    }

    fn any_rows() -> impl Strategy<Value = Vec<Row>> {
        let candidate = (0..6u32, -20..60i64).prop_map(|(technician, cost_milli)| Candidate { technician, cost_milli });
        prop::collection::vec((prop::collection::vec(candidate, 0..5), 0..80i64), 0..8)
    }

    /// Every technician has one visit, the one that says so, and the total is that of the choices.
    fn check(matching: &Matching, rows: &[Row]) {
        let mut taken = std::collections::BTreeSet::new();
        let mut total = 0;
        for (visit, (candidates, left_out_milli)) in rows.iter().enumerate() {
            match matching.technician_of(visit) {
                None => total += left_out_milli,
                Some(technician) => {
                    assert!(taken.insert(technician), "one visit a technician");
                    let costs = candidates.iter().filter(|c| c.technician == technician).map(|c| c.cost_milli);
                    total += costs.min().unwrap();
                }
            }
        }
        assert_eq!(total, matching.cost_milli());
    }

    proptest! {
        #[test]
        fn the_total_is_the_least_there_is(rows in any_rows()) {
            let matching = Matching::of(6, rows.iter().map(|(candidates, out)| (candidates.as_slice(), *out)));
            check(&matching, &rows);
            prop_assert_eq!(matching.cost_milli(), brute_force(&rows, 0, 0));
        }

        #[test]
        fn it_stays_the_least_as_visits_come_and_technicians_go(
            rows in any_rows(), late in any_rows(), leaving in prop::collection::vec(0..6u32, 0..4),
        ) {
            let mut matching = Matching::of(6, rows.iter().map(|(candidates, out)| (candidates.as_slice(), *out)));
            let mut all = rows;
            let mut gone = 0;
            for technician in leaving {
                matching.remove_technician(technician);
                gone |= 1 << technician;
                prop_assert_eq!(matching.cost_milli(), brute_force(&all, 0, gone));
            }
            for row in late.into_iter().take(4) {
                matching.add(&row.0, row.1);
                all.push(row);
                check(&matching, &all);
                prop_assert_eq!(matching.cost_milli(), brute_force(&all, 0, gone));
            }
        }
    }
}
