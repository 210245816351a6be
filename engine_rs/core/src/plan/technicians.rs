//! The technicians of a plan with their routes, and sets of them by what they may do.

use super::{Bits, Dictionary, Duty, Ready, Route, TechnicianFacts};
use crate::model::{Availability, Technician, TimeWindow, Timestamp};
use crate::travel::{Point, Travel};

/// A visit under way: until when and where its technician is busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy {
    /// Index of its route.
    pub route: usize,
    /// When the technician set out.
    pub depart_s: Timestamp,
    /// Expected end.
    pub end_s: Timestamp,
    /// Its site.
    pub point: Point,
}

/// A technician with routes, one for each shift.
#[derive(Clone, Debug)]
pub struct TechnicianEntry {
    /// As told.
    pub source: Technician,
    /// As compiled.
    pub facts: TechnicianFacts,
    /// One route a shift, ordered by time; exactly one without shifts.
    pub routes: Vec<Route>,
    /// Since when and where the technician has been idle, as far as the plan saw it.
    pub idle: Option<(Timestamp, Point)>,
}

impl TechnicianEntry {
    /// Compiles a validated technician with empty routes.
    pub fn new(source: Technician, standing_milli: i64, dictionary: &mut Dictionary, travel: &Travel) -> Self {
        let facts = TechnicianFacts::new(&source, standing_milli, dictionary, travel);
        let routes = if source.shifts.is_empty() {
            vec![Route::new(Duty::always(facts.home))]
        } else {
            source.shifts.iter().map(|shift| Route::new(Duty::new(shift, facts.home, travel))).collect()
        };
        Self { source, facts, routes, idle: None }
    }

    /// Most visits of one shift under the policy's own limit; `u32::MAX` for no limit.
    #[must_use]
    pub fn max_visits(&self, policy_max_visits: u32) -> u32 {
        match (self.source.max_visits, policy_max_visits) {
            (0, 0) => u32::MAX,
            (0, most) | (most, _) => most,
        }
    }

    /// Index of the route whose shift is on at `now_s`, else of the next one, else of the last one.
    #[must_use]
    pub fn current_route(&self, now_s: Timestamp) -> usize {
        let ended = self.routes.partition_point(|route| route.duty.window.end_s <= now_s);
        ended.min(self.routes.len() - 1)
    }

    /// Index of the route that a visit planned to start at `start_s` belongs to.
    #[must_use]
    pub fn route_at(&self, start_s: Timestamp) -> usize {
        let ended = self.routes.partition_point(|route| route.duty.window.end_s < start_s);
        ended.min(self.routes.len() - 1)
    }

    /// Indices of the routes whose shifts touch `window` and are not over at `now_s`.
    #[must_use]
    pub fn routes_touching(&self, window: TimeWindow, now_s: Timestamp) -> std::ops::Range<usize> {
        let from_s = window.start_s.max(now_s);
        let begin = self.routes.partition_point(|route| route.duty.window.end_s < from_s);
        let end = self.routes.partition_point(|route| route.duty.window.start_s <= window.end_s);
        begin..end.max(begin)
    }

    /// Route index and position of the stop under way.
    #[must_use]
    pub fn under_way(&self) -> Option<(usize, u32)> {
        self.routes.iter().position(|route| route.frozen > 0).map(|at| (at, self.routes[at].stops[0].visit))
    }

    /// From where and when the planned stops of a route follow.
    ///
    /// `live` is the believed live position.
    #[must_use]
    pub fn ready(&self, route: usize, live: Option<Point>, busy: Option<Busy>, now_s: Timestamp) -> Ready {
        let duty = &self.routes[route].duty;
        if let Some(busy) = busy {
            if busy.route == route {
                let (_, pauses_taken) = pauses_before(duty, self.idle_since(duty), busy.depart_s, true);
                // Who begins before the shift has done so for this one visit.
                let time_s = busy.end_s.max(duty.window.start_s);
                return Ready { time_s, point: busy.point, pauses_taken };
            }
            // Another shift's work is still going on: this shift cannot begin before it ends.
            if now_s < busy.end_s {
                let time_s = duty.window.start_s.max(busy.end_s);
                return Ready { time_s, point: duty.start, pauses_taken: 0 };
            }
        }
        if now_s < duty.window.start_s {
            return Ready { time_s: duty.window.start_s, point: duty.start, pauses_taken: 0 };
        }
        let idle_place = self.idle.filter(|(since_s, _)| *since_s >= duty.window.start_s).map(|(_, place)| place);
        let point = live.or(idle_place).unwrap_or(duty.start);
        let (time_s, pauses_taken) = pauses_before(duty, self.idle_since(duty), now_s, false);
        Ready { time_s, point, pauses_taken }
    }

    fn idle_since(&self, duty: &Duty) -> Timestamp {
        self.idle.map_or(duty.window.start_s, |(since_s, _)| since_s.max(duty.window.start_s))
    }
}

/// When somebody idle since `idle_s` is free again at or after `now_s`, and how many pauses are taken by then.
///
/// An idle technician takes a pause as soon as its window opens, or at once when work has overrun the window. Somebody
/// who `is_busy` stopped being idle some time before `now_s`, so that a pause only counts when it is over.
fn pauses_before(duty: &Duty, idle_s: Timestamp, now_s: Timestamp, is_busy: bool) -> (Timestamp, u8) {
    let (mut idle_s, mut free_s, mut taken) = (idle_s, now_s, 0u8);
    for pause in &duty.pauses {
        let begin_s = idle_s.max(pause.start_window.start_s);
        let end_s = begin_s + pause.duration_s;
        if begin_s > now_s || (is_busy && end_s > now_s) {
            break;
        }
        taken += 1;
        (idle_s, free_s) = (end_s, free_s.max(end_s));
    }
    (free_s, taken)
}

/// Highest level of a skill that is told apart; higher ones count as this.
const TOP_LEVEL: usize = 5;

/// Sets of technicians by availability and by skill at each level, counted as they change.
#[derive(Clone, Debug, Default)]
pub struct Holders {
    all: Bits,
    all_count: u32,
    available: Bits,
    available_count: u32,
    /// By skill number: who holds it at level 1, 2, 3, 4, 5 or higher.
    by_skill: Vec<[Bits; TOP_LEVEL]>,
    /// How many of each of those sets are available.
    available_by_skill: Vec<[u32; TOP_LEVEL]>,
}

impl Holders {
    /// Puts a technician into the sets. Constant time in the number of technicians.
    pub fn add(&mut self, number: u32, entry: &TechnicianEntry) {
        self.all.set(number, true);
        self.all_count += 1;
        for (skill, level) in &entry.facts.skills {
            let skill = *skill as usize;
            if skill >= self.by_skill.len() {
                self.by_skill.resize_with(skill + 1, Default::default);
                self.available_by_skill.resize(skill + 1, [0; TOP_LEVEL]);
            }
            for bits in &mut self.by_skill[skill][..usize::from(*level).min(TOP_LEVEL)] {
                bits.set(number, true);
            }
        }
        self.set_available(number, entry, entry.source.availability == Availability::Available);
    }

    /// Takes a technician out of every set.
    pub fn remove(&mut self, number: u32, entry: &TechnicianEntry) {
        self.set_available(number, entry, false);
        self.all.set(number, false);
        self.all_count -= 1;
        for (skill, _) in &entry.facts.skills {
            for bits in &mut self.by_skill[*skill as usize] {
                bits.set(number, false);
            }
        }
    }

    /// Says whether a technician who is in the sets may be given work.
    pub fn set_available(&mut self, number: u32, entry: &TechnicianEntry, is_available: bool) {
        if self.available.contains(number) == is_available {
            return;
        }
        self.available.set(number, is_available);
        let counted = |count: &mut u32| *count = if is_available { *count + 1 } else { *count - 1 };
        counted(&mut self.available_count);
        for (skill, level) in &entry.facts.skills {
            let levels = &mut self.available_by_skill[*skill as usize];
            levels[..usize::from(*level).min(TOP_LEVEL)].iter_mut().for_each(counted);
        }
    }

    /// Number of technicians known.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.all_count
    }

    /// Number of technicians who may be given work.
    #[must_use]
    pub fn available_count(&self) -> u32 {
        self.available_count
    }

    /// Number of technicians who are available and hold every skill asked for.
    ///
    /// Constant time for one skill or none, else a sixty-fourth of the technicians a skill.
    #[must_use]
    pub fn qualified_count(&self, skills: &[(u32, u8)]) -> u32 {
        match skills {
            [] => self.available_count,
            [(skill, level)] => {
                self.available_by_skill.get(*skill as usize).map_or(0, |levels| levels[level_index(*level)])
            }
            _ => self.qualified(skills).count(),
        }
    }

    /// No more technicians than this are available and hold every skill asked for. Constant time a skill.
    #[must_use]
    pub fn most_qualified(&self, skills: &[(u32, u8)]) -> u32 {
        let counts = skills.iter().map(|asked| self.qualified_count(std::slice::from_ref(asked)));
        counts.min().unwrap_or(self.available_count)
    }

    /// Technicians who are available and hold every skill asked for. A sixty-fourth of the technicians a skill.
    #[must_use]
    pub fn qualified(&self, skills: &[(u32, u8)]) -> Bits {
        let mut bits = self.available.clone();
        for (skill, level) in skills {
            match self.of_skill(*skill, *level) {
                Some(holders) => bits.intersect(holders),
                None => bits.clear(),
            }
        }
        bits
    }

    /// Whether a technician is available and holds every skill asked for.
    #[inline]
    #[must_use]
    pub fn is_qualified(&self, number: u32, skills: &[(u32, u8)]) -> bool {
        let holds =
            |(skill, level): &(u32, u8)| self.of_skill(*skill, *level).is_some_and(|bits| bits.contains(number));
        self.available.contains(number) && skills.iter().all(holds)
    }

    /// Level at which a technician holds a skill, 0 for not at all; levels above the highest told apart count as that.
    #[inline]
    #[must_use]
    pub fn level(&self, number: u32, skill: u32) -> usize {
        let Some(levels) = self.by_skill.get(skill as usize) else { return 0 };
        levels.iter().take_while(|bits| bits.contains(number)).count()
    }

    /// Who holds `skill` at `level` or higher; `None` when nobody ever did.
    fn of_skill(&self, skill: u32, level: u8) -> Option<&Bits> {
        self.by_skill.get(skill as usize).map(|levels| &levels[level_index(level)])
    }
}

fn level_index(level: u8) -> usize {
    usize::from(level).clamp(1, TOP_LEVEL) - 1
}
