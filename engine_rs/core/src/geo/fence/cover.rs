//! From a place to the fences near it, at a cost that does not depend on how many fences there are elsewhere.
//!
//! The faces of the cube are cut into cells at five levels (about 0.1, 1, 9, 70 and 600 km). A fence is entered in the cells it
//! touches at the finest level that needs only a few of them. Before a cell's list is looked up, one bit of a small
//! table is: away from all fences that bit is nearly always clear.

use rustc_hash::FxHashMap;

use super::super::grid::{Address, FACE_STEPS, corner};
use super::super::sphere::{Point, STEP_M, STEPS_PER_RADIUS};
use super::shape::FenceShape;

/// Steps along a cell's side at each level, as powers of two.
const LEVEL_BITS: [u32; LEVELS] = [5, 8, 11, 14, 17];
const LEVELS: usize = 5;
/// A fence goes to the finest level at which its half-width is at most this many of the narrowest cells.
const CELLS_PER_HALF_WIDTH: f64 = 3.0;
/// Bits in a level's table for each cell entered, at least.
const BITS_PER_CELL: usize = 16;
const FEWEST_BITS: usize = 1 << 12;

/// A circle around a fence, from where a place can be ruled out by one comparison.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cap {
    pub(crate) centre: Point,
    pub(crate) radius_m: f64,
}

impl Cap {
    pub(crate) fn of(shape: &FenceShape) -> Self {
        match shape {
            FenceShape::Circle { centre, radius_m } => {
                Self { centre: Point::from_lat_lng(*centre), radius_m: *radius_m }
            }
            FenceShape::Area(area) => {
                let (centre, radius_m) = area.cover();
                Self { centre, radius_m }
            }
        }
    }
}

/// The cells of one level that hold fences.
#[derive(Clone, Debug, Default)]
struct Level {
    cells: FxHashMap<u32, Vec<u32>>,
    /// One bit, by a hash, for each cell that ever held a fence since the table was last made.
    table: Vec<u64>,
}

impl Level {
    #[inline]
    fn may_hold(&self, key: u32) -> bool {
        let Some(word) = self.table.get(table_bit(key, self.table.len()) / 64) else { return false };
        word >> (table_bit(key, self.table.len()) % 64) & 1 == 1
    }

    fn enter(&mut self, key: u32, fence: u32) {
        self.cells.entry(key).or_default().push(fence);
        if self.table.len() * 64 < self.cells.len() * BITS_PER_CELL {
            self.table = vec![0; (self.cells.len() * 4 * BITS_PER_CELL).next_power_of_two().max(FEWEST_BITS) / 64];
            let words = self.table.len();
            for &key in self.cells.keys() {
                let bit = table_bit(key, words);
                self.table[bit / 64] |= 1 << (bit % 64);
            }
        }
        let bit = table_bit(key, self.table.len());
        self.table[bit / 64] |= 1 << (bit % 64);
    }

    fn strike(&mut self, key: u32, fence: u32) {
        if let Some(fences) = self.cells.get_mut(&key) {
            fences.retain(|&entered| entered != fence);
            if fences.is_empty() {
                self.cells.remove(&key);
            }
        }
    }
}

/// Number of a key's bit in a table of so many words, a power of two.
#[inline]
fn table_bit(key: u32, words: usize) -> usize {
    let spread = u64::from(key).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (spread >> 32) as usize & (words * 64).wrapping_sub(1)
}

/// All fences by the cells they touch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cover {
    levels: [Level; LEVELS],
}

impl Cover {
    /// Enters a fence in every cell that comes within `pad_m` of it.
    pub(crate) fn enter(&mut self, fence: u32, shape: &FenceShape, pad_m: f64) {
        let (level, keys) = cells_of(shape, pad_m);
        keys.into_iter().for_each(|key| self.levels[level].enter(key, fence));
    }

    /// Strikes out a fence entered with the same shape and pad.
    pub(crate) fn strike(&mut self, fence: u32, shape: &FenceShape, pad_m: f64) {
        let (level, keys) = cells_of(shape, pad_m);
        keys.into_iter().for_each(|key| self.levels[level].strike(key, fence));
    }

    /// Whether any fence may be near an address. Constant time.
    #[inline]
    pub(crate) fn may_be_near(&self, address: Address) -> bool {
        self.levels.iter().zip(LEVEL_BITS).any(|(level, bits)| level.may_hold(key(address, bits)))
    }

    /// Calls `each` with the fences entered at an address, by level.
    #[inline]
    pub(crate) fn near(&self, address: Address, mut each: impl FnMut(u32)) {
        for (level, bits) in self.levels.iter().zip(LEVEL_BITS) {
            let key = key(address, bits);
            if level.may_hold(key)
                && let Some(fences) = level.cells.get(&key)
            {
                fences.iter().for_each(|&fence| each(fence));
            }
        }
    }
}

/// A cell's number within its level.
#[inline]
fn key(address: Address, bits: u32) -> u32 {
    let side_bits = FACE_STEPS.trailing_zeros() - bits;
    (address.face << side_bits | address.v >> bits) << side_bits | address.u >> bits
}

/// The level that suits a shape, and its cells there that come within `pad_m` of it.
fn cells_of(shape: &FenceShape, pad_m: f64) -> (usize, Vec<u32>) {
    let cap = Cap::of(shape);
    let half_width_m = cap.radius_m + pad_m;
    let suits = |bits: u32| half_width_m <= CELLS_PER_HALF_WIDTH * narrowest_side_m(bits);
    let level = LEVEL_BITS.iter().position(|&bits| suits(bits)).unwrap_or(LEVELS - 1);
    let mut keys = Vec::new();
    for face in 0..6 {
        descend(
            Address { face, u: 0, v: 0 },
            FACE_STEPS.trailing_zeros(),
            LEVEL_BITS[level],
            &cap,
            pad_m,
            &mut |cell| {
                keys.push(key(cell, LEVEL_BITS[level]));
            },
        );
    }
    (level, keys)
}

/// Halves a square again and again, as long as it comes within `pad_m` of the cap, down to cells of `2^bits` steps.
fn descend(low: Address, size_bits: u32, bits: u32, cap: &Cap, pad_m: f64, each: &mut impl FnMut(Address)) {
    let half = f64::from(1u32 << size_bits) / 2.0;
    let centre = corner(low.face, f64::from(low.u) + half, f64::from(low.v) + half);
    // Onto the sphere everything only moves closer, so a square is no larger there than on the cube.
    let square_radius = half / f64::from(FACE_STEPS / 2) * STEPS_PER_RADIUS * core::f64::consts::SQRT_2;
    let reach = square_radius + (cap.radius_m + pad_m) / STEP_M;
    if centre.chord2(cap.centre).0 > reach * reach * (1.0 + 1e-9) {
        return;
    }
    if size_bits == bits {
        return each(low);
    }
    let step = 1 << (size_bits - 1);
    for (du, dv) in [(0, 0), (step, 0), (0, step), (step, step)] {
        descend(Address { u: low.u + du, v: low.v + dv, ..low }, size_bits - 1, bits, cap, pad_m, each);
    }
}

/// The side of the narrowest cells of a level, those at a corner of the cube, in metres.
fn narrowest_side_m(bits: u32) -> f64 {
    f64::from(1u32 << bits) / f64::from(FACE_STEPS / 2) * STEPS_PER_RADIUS * STEP_M / 3.0
}

#[cfg(test)]
mod tests {
    use super::super::super::position::{EARTH_RADIUS_M, LatLng};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_place_near_a_fence_is_missed(
            lat_deg in -90.0..=90.0, lon_deg in -180.0..=180.0,
            radius_m in prop_oneof![1.0..200.0, 200.0..5_000.0, 5_000.0..100_000.0],
            bearing in 0.0..core::f64::consts::TAU, share in 0.0..1.0,
        ) {
            let shape = FenceShape::Circle { centre: LatLng::new(lat_deg, lon_deg), radius_m };
            let mut cover = Cover::default();
            cover.enter(7, &shape, 50.0);
            // Some place not further than the radius and the pad, or nearly.
            let reach_deg = f64::to_degrees(share * (radius_m + 49.0) / EARTH_RADIUS_M);
            let lat = (lat_deg + reach_deg * bearing.cos()).clamp(-90.0, 90.0);
            let shrink = lat.to_radians().cos().max(1e-9);
            let lon = (lon_deg + reach_deg * bearing.sin() / shrink).clamp(-180.0, 180.0);
            let place = LatLng::new(lat, lon);
            if shape.signed_distance_m(place) <= 50.0 {
                let address = Address::of(Point::from_lat_lng(place));
                prop_assert!(cover.may_be_near(address));
                let mut found = Vec::new();
                cover.near(address, |fence| found.push(fence));
                prop_assert_eq!(found, vec![7]);
            }
            let entered: usize = cover.levels.iter().map(|level| level.cells.len()).sum();
            prop_assert!(entered <= 600, "{entered} cells");
            cover.strike(7, &shape, 50.0);
            prop_assert!(cover.levels.iter().all(|level| level.cells.is_empty()));
        }
    }
}
