//! Collects everything that is wrong with a message, each with the field's path, instead of stopping at the first.
//!
//! A converter walks its message with a [`Checker`]: `at` and `item` descend, the typed checks hand back a value to go
//! on with even when it is refused, and `finish` turns the whole into a result.

use std::fmt::Write as _;

use dispatch_core::geo::LatLng;
use dispatch_core::model::{self, CoreError, TimeWindow};
use prost_types::Timestamp;

use crate::error::{Violation, WireError};
use crate::generated::dispatch::v1 as pb;
use crate::limits::{MAX_ID_BYTES, MAX_VIOLATIONS};
use crate::name::{self, Collection};
use crate::reason;

/// Collects violations while a message is converted.
pub struct Checker<'r> {
    region: &'r str,
    path: String,
    violations: Vec<Violation>,
}

impl<'r> Checker<'r> {
    /// Begins a message that belongs to `region`, an identifier.
    #[must_use]
    pub fn new(region: &'r str) -> Self {
        Self { region, path: String::new(), violations: Vec::new() }
    }

    /// The region everything must belong to.
    #[must_use]
    pub fn region(&self) -> &'r str {
        self.region
    }

    /// Ends the message: the value, or every violation.
    ///
    /// # Errors
    /// [`WireError::Invalid`] with every violation found.
    pub fn finish<T>(self, value: T) -> Result<T, WireError> {
        if self.violations.is_empty() { Ok(value) } else { Err(WireError::Invalid { violations: self.violations }) }
    }

    /// Descends into the message field `field`.
    pub fn at<T>(&mut self, field: &str, walk: impl FnOnce(&mut Self) -> T) -> T {
        self.descend(|path| path.push_str(field), walk)
    }

    /// Descends into item `index` of the list `field`.
    pub fn item<T>(&mut self, field: &str, index: usize, walk: impl FnOnce(&mut Self) -> T) -> T {
        self.descend(
            |path| {
                // Writing to a String cannot fail.
                let _ = write!(path, "{field}[{index}]");
            },
            walk,
        )
    }

    fn descend<T>(&mut self, name: impl FnOnce(&mut String), walk: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        name(&mut self.path);
        let value = walk(self);
        self.path.truncate(length);
        value
    }

    /// Refuses the field `field` of the present message; an empty `field` is the present field itself.
    pub fn refuse(&mut self, field: &str, reason: &'static str, description: impl Into<String>) {
        if self.violations.len() >= MAX_VIOLATIONS {
            return;
        }
        let field = match (self.path.as_str(), field) {
            (path, "") => path.to_owned(),
            ("", field) => field.to_owned(),
            (path, field) => format!("{path}.{field}"),
        };
        self.violations.push(Violation { field, reason, description: description.into() });
    }

    /// Whether anything has been refused so far.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        !self.violations.is_empty()
    }

    /// Adds what the core finds wrong with a converted value, but for fields refused already: those hold a stand-in.
    pub fn absorb(&mut self, validate: impl FnOnce(&mut model::Violations)) {
        let mut found = model::Violations::new();
        validate(&mut found);
        let Err(CoreError::Invalid(found)) = found.into_result() else { return };
        let known = self.violations.len();
        for violation in found {
            let is_stand_in = |told: &Violation| is_within(&violation.field, &told.field);
            if self.violations.len() < MAX_VIOLATIONS && !self.violations[..known].iter().any(is_stand_in) {
                self.violations.push(violation.into());
            }
        }
    }

    /// Requires a message field to be set.
    pub fn required<'m, T>(&mut self, field: &str, value: Option<&'m T>) -> Option<&'m T> {
        if value.is_none() {
            self.refuse(field, reason::REQUIRED, "is required");
        }
        value
    }

    /// Requires at most `max` items.
    pub fn at_most(&mut self, field: &str, count: usize, max: usize) {
        if count > max {
            self.refuse(field, reason::TOO_MANY_ITEMS, format!("has {count} items, at most {max} are allowed"));
        }
    }

    /// Requires at least one item and at most `max`.
    pub fn some_but_at_most(&mut self, field: &str, count: usize, max: usize) {
        if count == 0 {
            self.refuse(field, reason::TOO_FEW_ITEMS, "needs at least one item");
        }
        self.at_most(field, count, max);
    }

    /// Requires a whole number in `min..=max`.
    pub fn integer(&mut self, field: &str, value: i64, min: i64, max: i64) -> i64 {
        if !(min..=max).contains(&value) {
            self.refuse(field, reason::OUT_OF_RANGE, format!("must be {min} to {max}"));
        }
        value
    }

    /// Requires a whole number in `0..=max`, where `max` fits the result; 0 stands in for a refused one.
    pub fn small<T: TryFrom<i64> + Default>(&mut self, field: &str, value: i32, max: i64) -> T {
        let value = self.integer(field, i64::from(value), 0, max);
        T::try_from(value).unwrap_or_default()
    }

    /// Requires a finite number in `min..=max`.
    pub fn number(&mut self, field: &str, value: f64, min: f64, max: f64) -> f64 {
        if !value.is_finite() {
            self.refuse(field, reason::NOT_FINITE, "must be a finite number");
        } else if !(min..=max).contains(&value) {
            self.refuse(field, reason::OUT_OF_RANGE, format!("must be {min} to {max}"));
        }
        value
    }

    /// Requires an identifier.
    pub fn id<'m>(&mut self, field: &str, id: &'m str) -> &'m str {
        if id.is_empty() {
            self.refuse(field, reason::REQUIRED, "is required");
        } else if !name::is_id(id) {
            let form = format!("must be lower case letters, digits, '-' and '_', at most {MAX_ID_BYTES} of them");
            self.refuse(field, reason::BAD_FORMAT, form);
        }
        id
    }

    /// Requires an identifier or nothing.
    pub fn optional_id<'m>(&mut self, field: &str, id: &'m str) -> Option<&'m str> {
        (!id.is_empty()).then(|| self.id(field, id))
    }

    /// Requires `regions/{region}` of this region.
    pub fn parent(&mut self, field: &str, parent: &str) {
        match parent.strip_prefix("regions/") {
            _ if parent.is_empty() => self.refuse(field, reason::REQUIRED, "is required"),
            Some(region) if name::is_id(region) => self.same_region(field, region),
            _ => self.refuse(field, reason::BAD_FORMAT, "must be \"regions/{region}\""),
        }
    }

    /// Requires the name of a resource of this region and returns its identifier.
    pub fn reference<'m>(&mut self, field: &str, full_name: &'m str, collection: Collection) -> &'m str {
        match name::split(full_name, collection) {
            Some((region, id)) => {
                self.same_region(field, region);
                id
            }
            None if full_name.is_empty() => {
                self.refuse(field, reason::REQUIRED, "is required");
                full_name
            }
            None => {
                let form = format!("must be \"regions/{{region}}/{}/{{id}}\"", collection.segment());
                self.refuse(field, reason::BAD_FORMAT, form);
                full_name
            }
        }
    }

    /// Requires the name of a resource of this region, or nothing.
    pub fn optional_reference<'m>(
        &mut self,
        field: &str,
        full_name: &'m str,
        collection: Collection,
    ) -> Option<&'m str> {
        (!full_name.is_empty()).then(|| self.reference(field, full_name, collection))
    }

    fn same_region(&mut self, field: &str, region: &str) {
        if region != self.region {
            let description = format!("must belong to region \"{}\"", self.region);
            self.refuse(field, reason::WRONG_REGION, description);
        }
    }

    /// Requires a place.
    pub fn place(&mut self, field: &str, place: Option<&pb::LatLng>) -> LatLng {
        let Some(place) = self.required(field, place) else { return LatLng::default() };
        self.at(field, |at| LatLng {
            lat_deg: at.number("lat_deg", place.lat_deg, -90.0, 90.0),
            lon_deg: at.number("lon_deg", place.lon_deg, -180.0, 180.0),
        })
    }

    /// Requires a place, or nothing.
    pub fn optional_place(&mut self, field: &str, place: Option<&pb::LatLng>) -> Option<LatLng> {
        place.map(|place| self.place(field, Some(place)))
    }

    /// Requires an instant; seconds since the Unix epoch, fractions dropped.
    pub fn instant_s(&mut self, field: &str, instant: Option<&Timestamp>) -> i64 {
        let Some(instant) = self.required(field, instant) else { return 0 };
        let is_nanos = (0..1_000_000_000).contains(&instant.nanos);
        if !is_nanos || !(model::MIN_TIME_S..=model::MAX_TIME_S).contains(&instant.seconds) {
            self.refuse(field, reason::OUT_OF_RANGE, "must be an instant of the years 1 to 9999");
            return 0;
        }
        instant.seconds
    }

    /// Requires an instant, or nothing.
    pub fn optional_instant_s(&mut self, field: &str, instant: Option<&Timestamp>) -> Option<i64> {
        instant.map(|instant| self.instant_s(field, Some(instant)))
    }

    /// Requires a window whose start is not after its end; both ends included.
    pub fn window(&mut self, field: &str, window: Option<&pb::TimeWindow>) -> TimeWindow {
        match self.required(field, window) {
            Some(window) => self.at(field, |at| at.open_window(window)),
            None => TimeWindow::new(0, 0),
        }
    }

    /// Requires the present message, a window, to have both ends in order.
    pub fn open_window(&mut self, window: &pb::TimeWindow) -> TimeWindow {
        let start_s = self.instant_s("start_time", window.start_time.as_ref());
        let end_s = self.instant_s("end_time", window.end_time.as_ref());
        let are_set = window.start_time.is_some() && window.end_time.is_some();
        if are_set && start_s > end_s {
            self.refuse("end_time", reason::INTERVAL_REVERSED, "must not be before start_time");
        }
        TimeWindow::new(start_s, end_s)
    }

    /// Requires a defined value of an enumeration.
    pub fn enumeration<E: TryFrom<i32>>(&mut self, field: &str, value: i32) -> Option<E> {
        let known = E::try_from(value).ok();
        if known.is_none() {
            self.refuse(field, reason::UNKNOWN_VALUE, format!("{value} is not a defined value"));
        }
        known
    }
}

/// Whether one of two paths lies inside the other.
fn is_within(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
    long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(error: &WireError) -> Vec<(&str, &str)> {
        match error {
            WireError::Invalid { violations } => violations.iter().map(|v| (v.field.as_str(), v.reason)).collect(),
            WireError::Decode { .. } => Vec::new(),
        }
    }

    #[test]
    fn every_violation_is_told_with_its_path() {
        let mut checker = Checker::new("sf");
        checker.parent("parent", "regions/la");
        checker.at("technician", |at| {
            at.item("shifts", 1, |at| {
                let window = pb::TimeWindow {
                    start_time: Some(Timestamp { seconds: 10, nanos: 0 }),
                    end_time: Some(Timestamp { seconds: 5, nanos: 0 }),
                };
                at.window("window", Some(&window));
                at.place("start_location", Some(&pb::LatLng { lat_deg: f64::NAN, lon_deg: 181.0 }));
            });
        });
        let error = checker.finish(()).unwrap_err();
        assert_eq!(
            paths(&error),
            [
                ("parent", reason::WRONG_REGION),
                ("technician.shifts[1].window.end_time", reason::INTERVAL_REVERSED),
                ("technician.shifts[1].start_location.lat_deg", reason::NOT_FINITE),
                ("technician.shifts[1].start_location.lon_deg", reason::OUT_OF_RANGE),
            ]
        );
    }

    #[test]
    fn impossible_instants_are_refused() {
        for (seconds, nanos) in [(i64::MAX, 0), (i64::MIN, 0), (model::MAX_TIME_S + 1, 0), (0, -1), (0, 1_000_000_000)]
        {
            let mut checker = Checker::new("sf");
            checker.instant_s("time", Some(&Timestamp { seconds, nanos }));
            assert!(checker.finish(()).is_err(), "{seconds} s {nanos} ns");
        }
    }

    #[test]
    fn violations_are_bounded() {
        let mut checker = Checker::new("sf");
        for index in 0..10 * MAX_VIOLATIONS {
            checker.item("x", index, |at| at.refuse("", reason::REQUIRED, "is required"));
        }
        let error = checker.finish(()).unwrap_err();
        assert_eq!(paths(&error).len(), MAX_VIOLATIONS);
    }
}
