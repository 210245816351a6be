//! The way between two fixes, and the places along it from where fences are looked for.

use super::super::fix::Fix;
use super::super::sphere::Point;
use super::calm::Calm;

/// Steps in which a path is looked up.
const STRIDE_M: f64 = 100.0;
/// A way up to this long is looked up from its end alone: everything it touches is found from there.
const SHORT_WAY_M: f64 = 50.0;
/// Most steps of one path (20 km); a longer one is not taken for a path at all, only its end counts.
const MAX_STRIDES: usize = 200;

/// The straight way from the last fix to the one at hand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    from: Point,
    pub(super) to: Point,
    /// Length along the ground, 0 if the way is not taken for a path.
    pub(super) length_m: f64,
    pub(super) is_path: bool,
    /// Strides in which it is looked up; 0 if looking around the end is enough.
    strides: usize,
}

impl Way {
    pub(super) fn between(last: &Calm, fix: &Fix, to: Point, max_path_ms: i64) -> Self {
        let alone = Self { from: to, to, length_m: 0.0, is_path: false, strides: 0 };
        if !last.is_known() || fix.event_time_ms.saturating_sub(last.event_time_ms) > max_path_ms {
            return alone;
        }
        let from = Point::from_lat_lng(last.place);
        let length_m = from.chord2(to).arc_m();
        let strides = if length_m <= SHORT_WAY_M { 0 } else { (length_m / STRIDE_M).ceil() as usize };
        if strides <= MAX_STRIDES { Self { from, to, length_m, is_path: true, strides } } else { alone }
    }

    /// The end and places along the way, a stride apart; the end alone if there are no strides.
    ///
    /// They lie on the chord, up to 8 m below ground on a path of 20 km: the same addresses, and near enough for a first
    /// look.
    #[inline]
    pub(super) fn stops(&self) -> impl Iterator<Item = Point> {
        let Self { from, to, strides, .. } = *self;
        (0..=strides).map(move |stride| {
            let share = if strides == 0 { 0.0 } else { stride as f64 / strides as f64 };
            let toward = |to: f64, from: f64| to + share * (from - to);
            Point { x: toward(to.x, from.x), y: toward(to.y, from.y), z: toward(to.z, from.z) }
        })
    }
}
