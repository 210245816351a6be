//! One point as a cell keeps it.

use super::super::sphere::Point;

/// A point in half a cache line: where in its block, whose, and what the first tests of a filter need.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(32))]
pub(crate) struct Entry {
    /// Grid steps from the block's origin, at most 2^30 or so.
    pub(crate) dx: i32,
    pub(crate) dy: i32,
    pub(crate) dz: i32,
    pub(crate) id: u32,
    /// The technician's summary.
    pub(crate) bits: u64,
    /// Event time of the fix; end of the commitment in the grid of those.
    pub(crate) time_ms: i64,
}

impl Entry {
    /// Squared chord to a place given in the same frame: the same bits as [`Point::chord2`] on the absolute points,
    /// because differences of whole numbers below 2^53 are exact.
    #[inline(always)]
    pub(crate) fn chord2(&self, origin: Point) -> f64 {
        let dx = origin.x - f64::from(self.dx);
        let dy = origin.y - f64::from(self.dy);
        let dz = origin.z - f64::from(self.dz);
        dx * dx + dy * dy + dz * dz
    }

    #[inline(always)]
    pub(crate) fn place(&mut self, point: Point, origin: Point) {
        let relative = point.minus(origin);
        debug_assert!(relative.x.abs().max(relative.y.abs()).max(relative.z.abs()) < f64::from(i32::MAX), "Invariant");
        (self.dx, self.dy, self.dz) = (relative.x as i32, relative.y as i32, relative.z as i32);
    }

    #[inline(always)]
    pub(crate) fn point(&self, origin: Point) -> Point {
        Point { x: origin.x + f64::from(self.dx), y: origin.y + f64::from(self.dy), z: origin.z + f64::from(self.dz) }
    }
}
