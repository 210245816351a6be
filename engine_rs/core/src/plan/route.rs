//! A technician's ordered stops in one shift, with cached times.

use super::{PinFacts, Promise, Windows};
use crate::model::{Shift, TimeWindow, Timestamp};
use crate::travel::{Point, Travel};

/// A pause of the shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// The interval in which it must begin.
    pub start_window: TimeWindow,
    /// Length in seconds.
    pub duration_s: i64,
}

/// The shift as the plan needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct Duty {
    /// Start and end; from the beginning to the end of time for a technician without shifts.
    pub window: TimeWindow,
    /// Place at the start.
    pub start: Point,
    /// Place where the shift must end.
    pub end: Option<Point>,
    /// Pauses in order.
    pub pauses: Box<[Pause]>,
}

/// The window of somebody who is always on duty. Far from overflow when seconds are added.
pub(crate) const ALWAYS: TimeWindow = TimeWindow::new(i64::MIN / 4, i64::MAX / 4);

impl Duty {
    /// Compiles a shift.
    #[must_use]
    pub fn new(shift: &Shift, home: Point, travel: &Travel) -> Self {
        let pauses = shift
            .breaks
            .iter()
            .map(|pause| Pause { start_window: pause.start_window, duration_s: pause.duration_s })
            .collect();
        Self {
            window: shift.window,
            start: shift.start_location.map_or(home, |place| travel.project(place)),
            end: shift.end_location.map(|place| travel.project(place)),
            pauses,
        }
    }

    /// The duty of somebody without shifts.
    #[must_use]
    pub fn always(home: Point) -> Self {
        Self { window: ALWAYS, start: home, end: None, pauses: Box::default() }
    }

    /// Whether this is the duty of somebody without shifts.
    #[must_use]
    pub fn is_always(&self) -> bool {
        self.window == ALWAYS
    }
}

/// From where and when a route goes on: everything before it is past or under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ready {
    /// When the technician can leave.
    pub time_s: Timestamp,
    /// From where.
    pub point: Point,
    /// Number of pauses already taken.
    pub pauses_taken: u8,
}

/// A visit placed on a route, with its planned times.
#[derive(Clone, Debug, PartialEq)]
pub struct Stop {
    /// Number of the visit.
    pub visit: u32,
    /// Site.
    pub point: Point,
    /// Allowed starts for this technician: the visit's windows within the validity of the certificates it needs, and of
    /// these only the pinned one where the start is pinned.
    pub windows: Windows,
    /// The start that is held, with the starts allowed without it; `None` for nearly every stop.
    pub start_pin: Option<Box<StartPin>>,
    /// Whether everything planned before this stop stays as it is.
    pub is_in_place: bool,
    /// Planned time at the site in seconds.
    pub duration_s: i64,
    /// Price of the start time.
    pub promise: Promise,
    /// Metres of road from the previous stop, or from where the technician is ready.
    pub leg_m: i64,
    /// Planned arrival.
    pub arrival_s: Timestamp,
    /// Planned start.
    pub start_s: Timestamp,
    /// Planned end.
    pub end_s: Timestamp,
    /// Start after which this or a later stop would break a window or the shift; breaks are not in it.
    pub latest_start_s: Timestamp,
}

/// A stop's pinned start.
#[derive(Clone, Debug, PartialEq)]
pub struct StartPin {
    /// The start that is held.
    pub start_s: Timestamp,
    /// Starts allowed without the pin.
    pub allowed: Windows,
}

impl Stop {
    /// Sets the starts that the visit's windows and the technician's certificates allow; a pinned start stays pinned.
    pub fn allow(&mut self, windows: Windows) {
        match &mut self.start_pin {
            Some(pin) => pin.allowed = windows,
            None => self.windows = windows,
        }
    }

    /// Takes over what is pinned. `allowed` are the starts allowed without a pin.
    pub fn pin(&mut self, pin: Option<PinFacts>, allowed: Windows) {
        let pin = pin.unwrap_or_default();
        self.is_in_place = pin.is_in_place;
        self.windows = allowed.clone();
        self.start_pin = pin.start_s.map(|start_s| Box::new(StartPin { start_s, allowed }));
        self.hold_start(self.start_s);
    }

    /// Narrows the windows of a stop whose start is pinned: from the pinned start to `until_s`, when a technician held up can
    /// make it. So nothing that is planned delays it further, and it goes back as far as the pinned start by itself.
    pub fn hold_start(&mut self, until_s: Timestamp) {
        if let Some(pin) = &self.start_pin {
            self.windows = pin.allowed.intersect(&[TimeWindow::new(pin.start_s, until_s.max(pin.start_s))]);
        }
    }
}

/// One technician's stops of one shift. A stop under way comes first and stands outside the planned sequence.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// The shift.
    pub duty: Duty,
    /// Stops not yet finished, in order; the first `frozen` of them (none or one) are under way.
    pub stops: Vec<Stop>,
    /// Number of stops under way.
    pub frozen: usize,
    /// Number of stops, from the front, that keep their places because of a pin; as of the last refresh or pin.
    pub held: usize,
    /// Number of visits finished in this shift; stays 0 without shifts.
    pub finished: u32,
    /// Parts used by the visits finished in this shift, ordered by number; stays empty without shifts.
    pub used: Vec<(u32, u32)>,
    /// From where and when the planned stops follow, as of the last refresh.
    pub ready: Ready,
    /// End of the last stop and of the way to the shift's end location.
    pub end_s: Timestamp,
}

impl Route {
    /// An empty route of a shift.
    #[must_use]
    pub fn new(duty: Duty) -> Self {
        let ready = Ready { time_s: duty.window.start_s, point: duty.start, pauses_taken: 0 };
        Self { duty, stops: Vec::new(), frozen: 0, held: 0, finished: 0, used: Vec::new(), ready, end_s: ready.time_s }
    }

    /// The stops not under way.
    #[must_use]
    pub fn planned(&self) -> &[Stop] {
        &self.stops[self.frozen..]
    }

    /// Counts anew which stops keep their places because of a pin.
    pub fn hold(&mut self) {
        self.held = self.stops.iter().rposition(|stop| stop.is_in_place).map_or(0, |last| last + 1);
    }

    /// First position that a visit of this urgency may be put at: behind what is under way, behind what is pinned in place
    /// and, unless it is urgent, behind what is planned to start by `freeze_until_s`.
    #[must_use]
    pub fn first_free(&self, is_urgent: bool, freeze_until_s: Timestamp) -> usize {
        let from = self.held.max(self.frozen).min(self.stops.len());
        if is_urgent {
            return from;
        }
        from + self.stops[from..].iter().take_while(|stop| stop.start_s <= freeze_until_s).count()
    }

    /// Like [`Route::first_free`], counted among the planned stops without the visit `but`.
    #[must_use]
    pub fn first_free_without(&self, but: Option<u32>, is_urgent: bool, freeze_until_s: Timestamp) -> usize {
        let others: Vec<&Stop> = self.planned().iter().filter(|stop| Some(stop.visit) != but).collect();
        let held = others.iter().rposition(|stop| stop.is_in_place).map_or(0, |last| last + 1);
        let frozen = others[held..].iter().take_while(|stop| !is_urgent && stop.start_s <= freeze_until_s).count();
        held + frozen
    }

    /// Counts a visit that was attended, with the parts that it took.
    pub fn finish(&mut self, parts: &[(u32, u32)]) {
        self.finished += 1;
        for (part, count) in parts {
            match self.used.binary_search_by_key(part, |known| known.0) {
                Ok(at) => self.used[at].1 = self.used[at].1.saturating_add(*count),
                Err(at) => self.used.insert(at, (*part, *count)),
            }
        }
    }

    /// Number of visits of the shift, finished ones included.
    #[must_use]
    pub fn load(&self) -> u32 {
        self.finished + u32::try_from(self.stops.len()).unwrap_or(u32::MAX)
    }

    /// Position of a visit.
    #[must_use]
    pub fn position_of(&self, visit: u32) -> Option<usize> {
        self.stops.iter().position(|stop| stop.visit == visit)
    }
}
