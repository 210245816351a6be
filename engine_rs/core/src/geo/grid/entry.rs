//! One point as a cell keeps it.

use super::super::sphere::Point;

/// A point in half a cache line: where in its block, whose, and what the first tests of a filter need.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C, align(32))]
pub(crate) struct Entry {
    /// Grid steps from the block's origin.
    pub(crate) dx: i32,
    pub(crate) dy: i32,
    pub(crate) dz: i32,
    pub(crate) id: u32,
    /// The technician's summary.
    pub(crate) bits: u64,
    /// Event time of the fix.
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
}
