//! The one place that says how a technician's time passes: driving, waiting, breaks, work.
//!
//! Breaks follow an exact rule. Wherever the technician is between stops, a break whose start window is open is taken at
//! once. Before setting out, the technician looks one stop ahead: if the break could not begin any more after that stop, it
//! is taken at the site before the work begins, or, when the drive is too long for that, before setting out. Waiting for a
//! start window to open is used for a break that fits into the wait. A break is broken ([`Rule::Break`]) when none of this
//! lets it begin inside its window; one that work under way has already overrun is taken right after it, and forgiven.

use super::{Duty, Ready, Route, Stop, Windows};
use crate::model::{Policy, Rule, Timestamp};
use crate::travel::{Point, Travel};

/// Where a technician is in time, between two stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The time.
    pub time_s: Timestamp,
    /// Number of pauses taken so far.
    pub pauses_taken: u8,
    /// Whether nothing planned came before, so that an overrun break is forgiven.
    pub is_first: bool,
}

impl From<Ready> for Cursor {
    fn from(ready: Ready) -> Self {
        Self { time_s: ready.time_s, pauses_taken: ready.pauses_taken, is_first: true }
    }
}

/// Times of one stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Arrival at the site.
    pub arrival_s: Timestamp,
    /// Start of work.
    pub start_s: Timestamp,
    /// After the work.
    pub after: Cursor,
    /// First rule broken on the way; times go on as if it were not.
    pub broken: Option<Rule>,
}

/// The way to a stop and the work there.
#[derive(Clone, Copy, Debug)]
pub struct Leg<'a> {
    /// Metres of road.
    pub road_m: i64,
    /// Allowed starts.
    pub windows: &'a Windows,
    /// Work in seconds.
    pub duration_s: i64,
}

impl<'a> From<&'a Stop> for Leg<'a> {
    fn from(stop: &'a Stop) -> Self {
        Self { road_m: stop.leg_m, windows: &stop.windows, duration_s: stop.duration_s }
    }
}

/// Goes from `cursor` over `leg` to the end of the work there.
#[inline]
#[must_use]
pub fn advance(duty: &Duty, travel: &Travel, cursor: Cursor, leg: Leg<'_>) -> Timing {
    if usize::from(cursor.pauses_taken) < duty.pauses.len() {
        return advance_with_pauses(duty, travel, cursor, leg);
    }
    let arrival_s = travel.arrival(cursor.time_s, leg.road_m);
    let (start_s, broken) = start_of(leg.windows, arrival_s);
    let after = Cursor { time_s: start_s + leg.duration_s, pauses_taken: cursor.pauses_taken, is_first: false };
    Timing { arrival_s, start_s, after, broken }
}

/// Earliest start at or after `time_s`; past every window, the time itself and the broken rule.
#[inline]
fn start_of(windows: &Windows, time_s: Timestamp) -> (Timestamp, Option<Rule>) {
    match windows.earliest(time_s) {
        Some(start_s) => (start_s, None),
        None => (time_s, Some(Rule::Window)),
    }
}

fn advance_with_pauses(duty: &Duty, travel: &Travel, cursor: Cursor, leg: Leg<'_>) -> Timing {
    let mut broken = None;
    let (mut depart_s, mut taken) = (cursor.time_s, usize::from(cursor.pauses_taken));
    while let Some(pause) = duty.pauses.get(taken).filter(|pause| pause.start_window.start_s <= depart_s) {
        if depart_s > pause.start_window.end_s && !cursor.is_first {
            broken = broken.or(Some(Rule::Break));
        }
        depart_s += pause.duration_s;
        taken += 1;
    }
    let mut arrival_s = travel.arrival(depart_s, leg.road_m);
    let mut at_site_s = arrival_s;
    let mut has_paused_at_site = false;
    let (mut start_s, mut late) = start_of(leg.windows, at_site_s);
    while let Some(pause) = duty.pauses.get(taken) {
        let begin_s = at_site_s.max(pause.start_window.start_s);
        let can_pause_at_site = begin_s <= pause.start_window.end_s;
        let is_free = can_pause_at_site && begin_s + pause.duration_s <= start_s;
        let must = start_s + leg.duration_s > pause.start_window.end_s;
        if !is_free && !must {
            break;
        }
        if can_pause_at_site || has_paused_at_site {
            broken = if can_pause_at_site { broken } else { broken.or(Some(Rule::Break)) };
            at_site_s = begin_s + pause.duration_s;
            has_paused_at_site = true;
        } else {
            // The drive ends after the break's window: rest where the window opens, then drive.
            depart_s = depart_s.max(pause.start_window.start_s) + pause.duration_s;
            arrival_s = travel.arrival(depart_s, leg.road_m);
            at_site_s = arrival_s;
        }
        taken += 1;
        (start_s, late) = start_of(leg.windows, at_site_s);
    }
    let pauses_taken = u8::try_from(taken).unwrap_or(u8::MAX);
    let after = Cursor { time_s: start_s + leg.duration_s, pauses_taken, is_first: false };
    Timing { arrival_s, start_s, after, broken: broken.or(late) }
}

/// When the way from the last stop to the shift's end location ends.
#[inline]
#[must_use]
pub fn finish(duty: &Duty, travel: &Travel, last: Point, cursor: Cursor) -> Timestamp {
    match duty.end {
        Some(end) => travel.arrival(cursor.time_s, travel.road_m(last, end)),
        None => cursor.time_s,
    }
}

/// Latest instant at which the route must have ended.
#[inline]
#[must_use]
pub fn limit_s(duty: &Duty, max_overtime_s: i64) -> Timestamp {
    duty.window.end_s + max_overtime_s
}

/// The bounds of the policy that a schedule must keep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Seconds by which a route may run over the shift's end.
    pub max_overtime_s: i64,
    /// Longest leg between two stops in metres of road; 0 means no limit.
    pub max_leg_m: i64,
}

impl From<&Policy> for Limits {
    fn from(policy: &Policy) -> Self {
        Self { max_overtime_s: policy.max_overtime_s, max_leg_m: policy.max_leg_m }
    }
}

/// Writes the times of all planned stops from `route.ready` on, and their latest starts.
///
/// Returns the first stop that breaks a rule, counted from the front of the route, with the rule. Times are written
/// even then. Linear in the stops.
pub fn schedule(route: &mut Route, travel: &Travel, limits: Limits) -> Option<(usize, Rule)> {
    let limit_s = limit_s(&route.duty, limits.max_overtime_s);
    let mut first_broken = None;
    let (mut cursor, mut place) = (Cursor::from(route.ready), route.ready.point);
    route.hold();
    for index in route.frozen..route.stops.len() {
        route.stops[index].hold_start(Timestamp::MAX);
        let leg_m = travel.road_m(place, route.stops[index].point);
        let stop = &mut route.stops[index];
        stop.leg_m = leg_m;
        let timing = advance(&route.duty, travel, cursor, Leg::from(&*stop));
        (stop.arrival_s, stop.start_s, stop.end_s) = (timing.arrival_s, timing.start_s, timing.after.time_s);
        stop.hold_start(timing.start_s);
        let overrun = (stop.end_s > limit_s).then_some(Rule::Shift);
        let too_far = (index > 0 && limits.max_leg_m > 0 && leg_m > limits.max_leg_m).then_some(Rule::MaxTravel);
        first_broken = first_broken.or_else(|| timing.broken.or(overrun).or(too_far).map(|rule| (index, rule)));
        (cursor, place) = (timing.after, stop.point);
    }
    let has_planned = route.stops.len() > route.frozen;
    route.end_s = if route.stops.is_empty() { cursor.time_s } else { finish(&route.duty, travel, place, cursor) };
    if has_planned && route.end_s > limit_s {
        first_broken = first_broken.or(Some((route.stops.len() - 1, Rule::Shift)));
    }
    write_latest_starts(route, travel, limit_s);
    first_broken
}

/// Backwards over the planned stops: the latest start that keeps every later window and the shift's end.
fn write_latest_starts(route: &mut Route, travel: &Travel, limit_s: Timestamp) {
    let mut latest_end_s = limit_s;
    if let (Some(end), Some(last)) = (route.duty.end, route.stops.last()) {
        latest_end_s = travel.latest_departure(limit_s, travel.road_m(last.point, end));
    }
    for stop in route.stops[route.frozen..].iter_mut().rev() {
        stop.latest_start_s = stop.windows.latest(latest_end_s - stop.duration_s).unwrap_or(i64::MIN / 4);
        latest_end_s = travel.latest_departure(stop.latest_start_s, stop.leg_m);
    }
}
