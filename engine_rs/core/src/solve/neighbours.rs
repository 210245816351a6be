//! Which visits are worth looking at from a visit: near in cost and in time.

use super::instance::{Instance, NodeId};

/// Lists of nearby visits, nearest first.
pub(super) struct Neighbours {
    /// Visits behind which a visit may well be put.
    before: Lists,
    /// Visits in front of which a visit may well be put.
    behind: Lists,
    /// Visits around a visit, whatever the time: what a ruin tears out together.
    around: Lists,
}

struct Lists {
    first: Vec<u32>,
    items: Vec<NodeId>,
}

impl Lists {
    fn of(&self, visit: NodeId) -> &[NodeId] {
        &self.items[self.first[visit as usize] as usize..self.first[visit as usize + 1] as usize]
    }
}

/// Most visits around a visit that a ruin looks at.
const AROUND: usize = 400;
/// Part of the necessary waiting that counts as way (Vidal et al. 2013, section 4.5).
const WAIT_WEIGHT: f64 = 0.2;

impl Neighbours {
    /// Lists of `width` visits before and behind each visit. O(V^2 log V).
    pub(super) fn new(instance: &Instance, width: usize) -> Self {
        let visits = instance.visits as u32;
        let price_of_time = price_of_time(instance);
        let closeness = |from: NodeId, to: NodeId| closeness(instance, from, to, price_of_time);
        let both_ways = |a: NodeId, b: NodeId| Some((instance.effort(a, b) + instance.effort(b, a)) as f64);
        Self {
            before: nearest(visits, width, |visit, other| closeness(other, visit)),
            behind: nearest(visits, width, closeness),
            around: nearest(visits, AROUND, both_ways),
        }
    }

    pub(super) fn before(&self, visit: NodeId) -> &[NodeId] {
        self.before.of(visit)
    }

    pub(super) fn behind(&self, visit: NodeId) -> &[NodeId] {
        self.behind.of(visit)
    }

    pub(super) fn around(&self, visit: NodeId) -> &[NodeId] {
        self.around.of(visit)
    }
}

fn nearest(visits: u32, width: usize, measure: impl Fn(NodeId, NodeId) -> Option<f64>) -> Lists {
    let mut lists = Lists { first: vec![0], items: Vec::new() };
    let mut ranked = Vec::with_capacity(visits as usize);
    for visit in 0..visits {
        ranked.clear();
        ranked.extend(
            (0..visits).filter(|other| *other != visit).filter_map(|other| Some((measure(visit, other)?, other))),
        );
        if ranked.len() > width && width > 0 {
            ranked.select_nth_unstable_by(width - 1, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        }
        ranked.truncate(width);
        ranked.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        lists.items.extend(ranked.iter().map(|(_, other)| *other));
        lists.first.push(lists.items.len() as u32);
    }
    lists
}

/// Effort of going straight from one visit to the other, and waiting; `None` when that is never in time.
fn closeness(instance: &Instance, from: NodeId, to: NodeId, price_of_time: f64) -> Option<f64> {
    let (one, other) = (&instance.places[from as usize], &instance.places[to as usize]);
    let way = one.service + i64::from(instance.arc(0, one.location, other.location).time);
    if one.first_start + way > other.last_start {
        return None;
    }
    let wait = (other.first_start - way - one.last_start).max(0);
    Some(instance.effort(from, to) as f64 + WAIT_WEIGHT * price_of_time * wait as f64)
}

/// Average effort of a unit of travel time, from a sample of ways.
fn price_of_time(instance: &Instance) -> f64 {
    let (mut effort, mut time) = (0.0, 0.0);
    for visit in 1..instance.visits as u32 {
        let (one, other) = (&instance.places[visit as usize - 1], &instance.places[visit as usize]);
        effort += instance.effort(visit - 1, visit) as f64;
        time += f64::from(instance.arc(0, one.location, other.location).time);
    }
    if time > 0.0 { effort / time } else { 1.0 }
}
