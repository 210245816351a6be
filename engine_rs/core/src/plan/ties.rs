//! Ties compiled: what must come before a visit, what waits for it, and who comes along.
//!
//! A tie is a hard window: it says between which instants a visit may start, derived from where its partners stand in the
//! plan now. So nothing that judges one route has to know of other routes. `settle.rs` derives the windows anew whenever
//! one of the partners moves.

use super::{Plan, Stop, VisitFacts, Windows};
use crate::model::{Companion, Dependency, Rule, TimeWindow, Timestamp};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Bounds that no tie narrows.
pub(super) const UNBOUND: TimeWindow = TimeWindow::new(i64::MIN / 4, i64::MAX / 4);
/// Number of a technician who does not exist.
const NOBODY: u32 = u32::MAX;

/// One predecessor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After {
    /// The predecessor, while it is open.
    pub visit: Option<u32>,
    /// When it ended and who attended it, once it is completed.
    ended: Option<(Timestamp, u32)>,
    min_lag_s: i64,
    max_lag_s: Option<i64>,
    technician: Companion,
}

impl After {
    /// Whether so many seconds between its end and the start keep the dependency.
    pub(super) fn keeps(&self, lag_s: i64) -> bool {
        lag_s >= self.min_lag_s && self.max_lag_s.is_none_or(|most_s| lag_s <= most_s)
    }
}

/// The ties of one visit, as numbers.
#[derive(Clone, Debug)]
pub struct Links {
    /// What comes before.
    pub after: Vec<After>,
    /// Open visits that wait for this one.
    pub before: Vec<u32>,
    /// The other open members of the crew.
    pub mates: Vec<u32>,
    /// Number of visits on the longest way through what comes before.
    pub depth: u32,
    /// Roles of the crew; 0 without one.
    crew_size: u32,
    pub(super) max_start_spread_s: i64,
    /// Allowed starts for the present technician, ties aside.
    pub(super) base: Windows,
}

/// Where a placed visit stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    pub(super) start_s: Timestamp,
    pub(super) end_s: Timestamp,
    pub(super) technician: u32,
    pub(super) has_started: bool,
    pub(super) is_under_way: bool,
}

impl Links {
    /// Everything open that this visit is tied to.
    pub fn partners(&self) -> impl Iterator<Item = u32> + '_ {
        self.after
            .iter()
            .filter_map(|after| after.visit)
            .chain(self.before.iter().copied())
            .chain(self.mates.iter().copied())
    }
}

impl Plan {
    /// Whether any open visit is tied to another.
    #[inline]
    #[must_use]
    pub fn has_ties(&self) -> bool {
        self.tied_count > 0
    }

    /// Whether a visit is tied to others; such a visit is moved together with them, never alone.
    #[inline]
    #[must_use]
    pub fn is_tied(&self, visit: u32) -> bool {
        self.has_ties() && self.visit(visit).links.is_some()
    }

    /// The ties of a visit.
    #[must_use]
    pub fn links(&self, visit: u32) -> Option<&Links> {
        self.open_visit(visit)?.links.as_deref()
    }

    /// The members of a visit's crew, itself among them, by number; just itself without a crew.
    #[must_use]
    pub fn crew_of(&self, visit: u32) -> Vec<u32> {
        let mates = self.links(visit).map_or(&[][..], |links| &links.mates);
        let mut members: Vec<u32> = mates.iter().copied().chain([visit]).collect();
        members.sort_unstable();
        members
    }

    /// Whether a member of the crew has set out or is done: such a crew is not taken apart any more.
    #[must_use]
    pub fn has_crew_begun(&self, visit: u32) -> bool {
        let Some(links) = self.links(visit).filter(|links| links.crew_size > 0) else { return false };
        let members = self.crew_of(visit);
        let is_missing = members.len() < links.crew_size as usize;
        let is_begun = |member: &u32| {
            let state = self.visit(*member).source.state;
            state.is_under_way() || state.is_final()
        };
        is_missing || members.iter().any(is_begun)
    }

    /// Longest time between two starts of a visit's crew.
    #[must_use]
    pub fn max_start_spread_s(&self, visit: u32) -> i64 {
        self.links(visit).map_or(0, |links| links.max_start_spread_s)
    }

    /// Compiles the ties of visits just added. What their dependencies name is open or has ended; crews come whole.
    pub fn link(&mut self, visits: &[u32]) {
        let tied: Vec<u32> = visits.iter().copied().filter(|visit| self.visit(*visit).source.ties.is_some()).collect();
        let crews = self.crews_among(&tied);
        for visit in &tied {
            let links = self.compile(*visit, &crews);
            self.tied_count += usize::from(self.visit(*visit).links.is_none());
            let waits_for: Vec<u32> = links.after.iter().filter_map(|after| after.visit).collect();
            self.visit_mut(*visit).links = Some(Box::new(links));
            if let Some(group) = self.group_of(*visit).map(str::to_owned) {
                self.groups.entry(group).or_default().insert(*visit);
            }
            for earlier in waits_for {
                self.links_mut(earlier).before.push(*visit);
            }
        }
        self.measure_depths(&tied);
    }

    /// The ties of a visit to change; empty ones are made where there are none.
    fn links_mut(&mut self, visit: u32) -> &mut Links {
        if self.visit(visit).links.is_none() {
            let base = self
                .stop(visit)
                .map_or_else(|| self.visit(visit).facts.windows.clone(), |(_, stop)| stop.windows.clone());
            let links = Links {
                after: Vec::new(),
                before: Vec::new(),
                mates: Vec::new(),
                depth: 0,
                crew_size: 0,
                max_start_spread_s: 0,
                base,
            };
            self.tied_count += 1;
            self.visit_mut(visit).links = Some(Box::new(links));
        }
        #[allow(clippy::expect_used, reason = "made just above")]
        self.visit_mut(visit).links.as_deref_mut().expect("Invariant: the links were made above")
    }

    fn crews_among(&self, visits: &[u32]) -> BTreeMap<String, Vec<u32>> {
        let mut crews: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for visit in visits {
            let crew = self.visit(*visit).source.ties.as_ref().and_then(|ties| ties.crew.as_ref());
            if let Some(crew) = crew {
                crews.entry(crew.crew_id.clone()).or_default().push(*visit);
            }
        }
        crews
    }

    fn compile(&mut self, visit: u32, crews: &BTreeMap<String, Vec<u32>>) -> Links {
        let ties = self.visit(visit).source.ties.clone().unwrap_or_default();
        let before = self.links(visit).map_or_else(Vec::new, |links| links.before.clone());
        let after = ties.after.iter().filter_map(|dependency| self.compile_after(dependency)).collect();
        let members = ties.crew.as_ref().and_then(|crew| crews.get(&crew.crew_id));
        let mates = members.into_iter().flatten().copied().filter(|member| *member != visit).collect();
        Links {
            after,
            before,
            mates,
            depth: 0,
            crew_size: ties.crew.as_ref().map_or(0, |crew| crew.size),
            max_start_spread_s: ties.crew.as_ref().map_or(0, |crew| crew.max_start_spread_s),
            base: self.visit(visit).facts.windows.clone(),
        }
    }

    /// `None` when what is named is neither open nor known to have ended: there is nothing to wait for.
    fn compile_after(&mut self, dependency: &Dependency) -> Option<After> {
        let ended = dependency
            .ended
            .as_ref()
            .map(|ended| (ended.end_s, self.dictionary.technicians.intern(&ended.technician_id)));
        let visit = if ended.is_some() { None } else { Some(self.visit_number(&dependency.visit_id)?) };
        let Dependency { min_lag_s, max_lag_s, technician, .. } = *dependency;
        Some(After { visit, ended, min_lag_s, max_lag_s, technician })
    }

    /// Depths of tied visits: a member of a crew lies as deep as the deepest. Ends because ties have no cycle.
    fn measure_depths(&mut self, visits: &[u32]) {
        for _ in 0..=visits.len() {
            let mut has_changed = false;
            for visit in visits {
                let Some(links) = self.links(*visit) else { continue };
                let earlier = links.after.iter().filter_map(|after| after.visit);
                let below = earlier.filter_map(|visit| self.links(visit)).map(|links| links.depth + 1);
                let beside = links.mates.iter().filter_map(|mate| self.links(*mate)).map(|links| links.depth);
                let depth = below.chain(beside).max().unwrap_or(0);
                if depth > links.depth {
                    self.links_mut(*visit).depth = depth;
                    has_changed = true;
                }
            }
            if !has_changed {
                return;
            }
        }
    }

    /// A predecessor has ended, or is not waited for any more: the visit's ties follow its source.
    pub fn relink(&mut self, visit: u32) {
        let ties = self.visit(visit).source.ties.clone().unwrap_or_default();
        let after = ties.after.iter().filter_map(|dependency| self.compile_after(dependency)).collect();
        self.links_mut(visit).after = after;
    }

    /// Takes a visit that is dropped out of the ties of all others.
    pub(super) fn unlink(&mut self, visit: u32) {
        let Some(links) = self.visit_mut(visit).links.take() else { return };
        self.tied_count -= 1;
        if let Some(group) = self.group_of(visit).map(str::to_owned)
            && let Some(members) = self.groups.get_mut(&group)
        {
            members.remove(&visit);
            if members.is_empty() {
                self.groups.remove(&group);
            }
        }
        for partner in links.partners() {
            let Some(entry) = self.open_visit_mut(partner) else { continue };
            let Some(theirs) = entry.links.as_deref_mut() else { continue };
            theirs.after.retain(|after| after.visit != Some(visit));
            theirs.before.retain(|other| *other != visit);
            theirs.mates.retain(|other| *other != visit);
        }
    }

    /// Sets the starts that the visit's technician may keep, ties aside; times follow with the next refresh.
    pub fn set_allowed_starts(&mut self, visit: u32, windows: Windows) {
        if let Some(links) = self.visit_mut(visit).links.as_deref_mut() {
            links.base.clone_from(&windows);
        }
        if let Some(place) = self.visit(visit).place
            && let Some(route) = self.route_mut(place)
            && let Some(position) = route.position_of(visit)
        {
            route.stops[position].allow(windows);
        }
    }

    /// A visit as its ties allow it now: windows narrowed, technicians required or excluded by where its partners are.
    ///
    /// # Errors
    /// [`Rule::Dependency`] or [`Rule::Crew`] when no start is left, or something that must come before has no place.
    pub fn wanted(&self, visit: u32) -> Result<Cow<'_, VisitFacts>, Rule> {
        let entry = self.visit(visit);
        let Some(links) = entry.links.as_deref() else { return Ok(Cow::Borrowed(&entry.facts)) };
        let is_missing = |after: &After| after.visit.is_some_and(|earlier| self.standing(earlier).is_none());
        if links.after.iter().any(is_missing) {
            return Err(Rule::Dependency);
        }
        let mut facts = entry.facts.clone();
        let dependencies = self.dependency_bounds(visit, links, self.floors().work_s(&facts));
        let crew = self.crew_bounds(links);
        facts.windows = facts.windows.intersect(&[dependencies]);
        if facts.windows.is_empty() {
            return Err(Rule::Dependency);
        }
        facts.windows = facts.windows.intersect(&[crew]);
        if facts.windows.is_empty() {
            return Err(Rule::Crew);
        }
        self.narrow_technicians(links, visit, &mut facts);
        Ok(Cow::Owned(facts))
    }

    /// Name of a visit's group.
    #[must_use]
    pub fn group_of(&self, visit: u32) -> Option<&str> {
        self.open_visit(visit)?.source.ties.as_ref()?.group.as_deref()
    }

    /// The other open visits of a visit's group that have a place.
    pub fn placed_with(&self, visit: u32) -> impl Iterator<Item = u32> + '_ {
        let members = self.group_of(visit).and_then(|group| self.groups.get(group));
        let others = members.into_iter().flatten().copied().filter(move |member| *member != visit);
        others.filter(|member| self.standing(*member).is_some())
    }

    /// The technician who has the others of a visit's group; `None` while nobody has.
    #[must_use]
    pub fn group_technician(&self, visit: u32) -> Option<u32> {
        self.placed_with(visit).find_map(|member| self.standing(member)).map(|standing| standing.technician)
    }

    fn narrow_technicians(&self, links: &Links, visit: u32, facts: &mut VisitFacts) {
        let earlier = links.after.iter().filter_map(|after| Some((after.technician, self.technician_of(after)?)));
        let later = links.before.iter().filter_map(|later| {
            let standing = self.standing(*later)?;
            let after = self.links(*later)?.after.iter().find(|after| after.visit == Some(visit))?;
            Some((after.technician, standing.technician))
        });
        let mates =
            links.mates.iter().filter_map(|mate| Some((Companion::Different, self.standing(*mate)?.technician)));
        let group = self.group_technician(visit).map(|technician| (Companion::Same, technician));
        for (companion, technician) in earlier.chain(later).chain(mates).chain(group).collect::<Vec<_>>() {
            match companion {
                Companion::Any => {}
                Companion::Same => {
                    let is_other = facts.required.is_some_and(|required| required != technician);
                    facts.required = Some(if is_other { NOBODY } else { technician });
                }
                Companion::Different => facts.excluded.push(technician),
            }
        }
        facts.excluded.sort_unstable();
        facts.excluded.dedup();
    }

    fn technician_of(&self, after: &After) -> Option<u32> {
        match after.ended {
            Some((_, technician)) => Some(technician),
            None => Some(self.standing(after.visit?)?.technician),
        }
    }

    /// Where a visit stands; `None` while it has no place.
    pub(super) fn standing(&self, visit: u32) -> Option<Standing> {
        let entry = self.open_visit(visit)?;
        let place = entry.place?;
        let (_, stop) = self.stop(visit)?;
        Some(Standing {
            start_s: stop.start_s,
            end_s: stop.end_s,
            technician: place.technician,
            has_started: entry.source.times.start_s.is_some(),
            is_under_way: entry.source.state.is_under_way(),
        })
    }

    /// When a predecessor ends; `None` while it has no place.
    pub(super) fn end_of(&self, after: &After) -> Option<Timestamp> {
        match after.ended {
            Some((end_s, _)) => Some(end_s),
            None => self.standing(after.visit?).map(|standing| standing.end_s),
        }
    }

    /// Between which starts a visit keeps the lags to what comes before and after it, when its work takes from the least to the
    /// most of `work_s`.
    ///
    /// Visits under way are facts: what waits for them binds nothing that comes before any more.
    pub(super) fn dependency_bounds(&self, visit: u32, links: &Links, work_s: (i64, i64)) -> TimeWindow {
        let mut bounds = UNBOUND;
        for after in &links.after {
            let Some(end_s) = self.end_of(after) else { continue };
            bounds.start_s = bounds.start_s.max(end_s + after.min_lag_s);
            bounds.end_s = after.max_lag_s.map_or(bounds.end_s, |most_s| bounds.end_s.min(end_s + most_s));
        }
        for later in &links.before {
            let Some(standing) = self.standing(*later).filter(|standing| !standing.is_under_way) else { continue };
            let after =
                self.links(*later).and_then(|links| links.after.iter().find(|after| after.visit == Some(visit)));
            let Some(after) = after else { continue };
            bounds.end_s = bounds.end_s.min(standing.start_s - after.min_lag_s - work_s.1);
            if let Some(most_s) = after.max_lag_s {
                bounds.start_s = bounds.start_s.max(standing.start_s - most_s - work_s.0);
            }
        }
        bounds
    }

    /// Between which starts a member is there together with the others that have a place. Who has begun waits for nobody.
    pub(super) fn crew_bounds(&self, links: &Links) -> TimeWindow {
        let mut bounds = UNBOUND;
        for mate in &links.mates {
            let Some(standing) = self.standing(*mate) else { continue };
            bounds.start_s = bounds.start_s.max(standing.start_s - links.max_start_spread_s);
            if !standing.has_started {
                bounds.end_s = bounds.end_s.min(standing.start_s + links.max_start_spread_s);
            }
        }
        bounds
    }

    /// Numbers of the tied visits on a route.
    #[must_use]
    pub fn tied_on(&self, stops: &[Stop]) -> Vec<u32> {
        stops.iter().map(|stop| stop.visit).filter(|visit| self.is_tied(*visit)).collect()
    }

    /// Open visits that wait, directly or not, for a visit: each once, the visit itself not among them.
    #[must_use]
    pub fn waiting_for(&self, visit: u32) -> BTreeSet<u32> {
        let (mut found, mut open) = (BTreeSet::new(), vec![visit]);
        while let Some(next) = open.pop() {
            let later = self.links(next).map_or(&[][..], |links| &links.before);
            open.extend(later.iter().copied().filter(|later| found.insert(*later)));
        }
        found
    }
}
