//! The least that anybody could cost, whatever the day looks like: kept exactly while people come, change and go.

use super::facts::AS_PLANNED;
use super::{TechnicianFacts, VisitFacts};
use std::collections::BTreeMap;

/// How many technicians have each value.
#[derive(Clone, Debug, Default)]
struct Tally(BTreeMap<i64, u32>);

impl Tally {
    fn add(&mut self, value: i64) {
        *self.0.entry(value).or_default() += 1;
    }

    fn remove(&mut self, value: i64) {
        if let Some(count) = self.0.get_mut(&value) {
            *count -= 1;
            if *count == 0 {
                self.0.remove(&value);
            }
        }
    }

    fn least(&self) -> Option<i64> {
        self.0.first_key_value().map(|(value, _)| *value)
    }

    fn most(&self) -> Option<i64> {
        self.0.last_key_value().map(|(value, _)| *value)
    }
}

/// Least values of what makes up the price of a person.
#[derive(Clone, Debug, Default)]
pub struct Floors {
    standing_milli: Tally,
    load: Tally,
    skills: Tally,
    least_pace: Tally,
    most_pace: Tally,
    /// By skill and level, 1 first: the level, and the other skills held.
    above: Vec<[Tally; LEVELS as usize]>,
}

/// Levels of a skill.
const LEVELS: u8 = 5;

impl Floors {
    /// Counts a technician in. Linear in the skills held.
    pub fn add(&mut self, facts: &TechnicianFacts) {
        self.standing_milli.add(facts.standing_milli);
        self.skills.add(count_of(facts));
        self.least_pace.add(i64::from(facts.least_pace()));
        self.most_pace.add(i64::from(facts.most_pace()));
        self.each_skill(facts, Tally::add);
    }

    /// Counts a technician out, whose facts are as when counted in.
    pub fn remove(&mut self, facts: &TechnicianFacts) {
        self.standing_milli.remove(facts.standing_milli);
        self.skills.remove(count_of(facts));
        self.least_pace.remove(i64::from(facts.least_pace()));
        self.most_pace.remove(i64::from(facts.most_pace()));
        self.each_skill(facts, Tally::remove);
    }

    /// Notes that somebody's least number of visits in a shift has changed; `None` where nobody was or is.
    pub fn change_load(&mut self, before: Option<u32>, now: Option<u32>) {
        if before != now {
            before.into_iter().for_each(|load| self.load.remove(i64::from(load)));
            now.into_iter().for_each(|load| self.load.add(i64::from(load)));
        }
    }

    /// Least price of rating and tier.
    #[must_use]
    pub fn standing_milli(&self) -> i64 {
        self.standing_milli.least().unwrap_or(0)
    }

    /// Between which seconds the work of a visit lies, whoever does it.
    #[must_use]
    pub fn work_s(&self, visit: &VisitFacts) -> (i64, i64) {
        let of_planned = |percent: i64| visit.duration_s * percent;
        let least = of_planned(self.least_pace.least().unwrap_or(i64::from(AS_PLANNED)));
        let most = of_planned(self.most_pace.most().unwrap_or(i64::from(AS_PLANNED)));
        (least / 100, (most + 99) / 100)
    }

    /// Least number of visits in a shift.
    #[must_use]
    pub fn load(&self) -> u32 {
        self.load.least().map_or(0, |load| u32::try_from(load).unwrap_or(0))
    }

    /// Least levels of over-qualification that anybody who holds these skills could have.
    ///
    /// Each skill gives a bound of its own, in which the others asked count as held for nothing, and are taken off again.
    #[must_use]
    pub fn over_qualification(&self, skills: &[(u32, u8)]) -> i64 {
        let others = i64::try_from(skills.len()).unwrap_or(0) - 1;
        let of_skill = |(skill, level): &(u32, u8)| {
            let levels = self.above.get(*skill as usize)?;
            let least = levels[level_index(*level)..].iter().filter_map(Tally::least).min()?;
            Some(least - i64::from(*level) - others)
        };
        match skills {
            [] => self.skills.least().unwrap_or(0),
            some => some.iter().filter_map(of_skill).max().unwrap_or(0).max(0),
        }
    }

    fn each_skill(&mut self, facts: &TechnicianFacts, change: fn(&mut Tally, i64)) {
        for (skill, level) in &facts.skills {
            let skill = *skill as usize;
            if skill >= self.above.len() {
                self.above.resize_with(skill + 1, Default::default);
            }
            // Levels above the highest told apart count as that, which makes the floor no higher.
            let value = i64::from((*level).min(LEVELS)) + count_of(facts) - 1;
            change(&mut self.above[skill][level_index(*level)], value);
        }
    }
}

fn level_index(level: u8) -> usize {
    usize::from(level.clamp(1, LEVELS)) - 1
}

fn count_of(facts: &TechnicianFacts) -> i64 {
    i64::try_from(facts.skills.len()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::travel::Point;
    use proptest::prelude::*;

    fn facts(skills: &[u8], standing_milli: i64) -> TechnicianFacts {
        let held = (0u32..).zip(skills).filter(|(_, level)| **level > 0);
        TechnicianFacts {
            home: Point::default(),
            skills: held.map(|(skill, level)| (skill, *level)).collect(),
            certificates: Vec::new(),
            standing_milli,
            languages: Vec::new(),
            partner: 0,
            parts: Vec::new(),
            paces: Vec::new(),
            pace: AS_PLANNED,
        }
    }

    proptest! {
        #[test]
        fn nobody_is_below_the_floor(
            people in prop::collection::vec((prop::collection::vec(0u8..6, 3), -500i64..1_000), 1..12),
            gone in 0usize..12,
            asked in prop::collection::vec(0u8..6, 3),
        ) {
            let mut people: Vec<_> = people.iter().map(|(skills, standing)| facts(skills, *standing)).collect();
            let mut floors = Floors::default();
            people.iter().for_each(|person| floors.add(person));
            if gone < people.len() && people.len() > 1 {
                floors.remove(&people.remove(gone));
            }
            let asked: Vec<(u32, u8)> = (0u32..).zip(asked).filter(|(_, level)| *level > 0).collect();
            let least = people.iter().map(|person| person.standing_milli).min();
            prop_assert_eq!(Some(floors.standing_milli()), least);
            for person in &people {
                if asked.iter().all(|(skill, level)| person.level(*skill) >= *level) {
                    let above: i64 = asked.iter().map(|(skill, level)| i64::from(person.level(*skill) - *level)).sum();
                    let levels = above + count_of(person) - i64::try_from(asked.len()).unwrap();
                    prop_assert!(floors.over_qualification(&asked) <= levels);
                }
            }
        }
    }
}
