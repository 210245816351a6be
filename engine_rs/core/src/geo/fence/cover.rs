//! From a place to the fences near it, at a cost that does not depend on how many fences there are elsewhere.
//!
//! The faces of the cube are cut into cells at five levels (about 0.1, 1, 9, 70 and 600 km). A fence is entered in the cells it
//! touches at the finest level that needs only a few of them. Before a cell's list is looked up, one bit of a table is
//! that stands, by a hash, for a spot half as wide: away from all fences that bit is nearly always clear.

use rustc_hash::FxHashMap;

use super::super::grid::{Address, FACE_STEPS, corner};
use super::super::prefetch::prefetch;
use super::super::sphere::{Point, STEP_M, STEPS_PER_RADIUS};
use super::shape::FenceShape;

/// Steps along a cell's side at each level, as powers of two.
const LEVEL_BITS: [u32; LEVELS] = [5, 8, 11, 14, 17];
const LEVELS: usize = 5;
/// A fence goes to the finest level at which its half-width is at most this many of the narrowest cells.
const CELLS_PER_HALF_WIDTH: f64 = 3.0;
/// Spots are so much smaller than cells, as a power of two.
const SPOT_BITS: u32 = 1;
/// Bits in a level's table for each spot entered, at least; and in the smallest table.
const BITS_PER_SPOT: usize = 8;
const FEWEST_BITS: usize = 1 << 12;
/// Cache lines of a cell's list that are asked for before it is read.
const LISTS_WARMED: usize = 6;

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

/// A fence as the cells near it know it: whoever reads a cell's list reads on in one piece of memory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Near {
    pub(crate) cap: Cap,
    pub(crate) fence: u32,
}

/// The cells of one level that hold fences.
#[derive(Clone, Debug, Default)]
struct Level {
    cells: FxHashMap<u64, Vec<Near>>,
    /// Every spot entered since the level was last empty.
    spots: Vec<u64>,
    /// A bit for each of them.
    table: Vec<u64>,
}

impl Level {
    #[inline]
    fn may_hold(&self, spot: u64) -> bool {
        let bit = table_bit(spot, self.table.len());
        self.table.get(bit / 64).is_some_and(|word| word >> (bit % 64) & 1 == 1)
    }

    /// Asks memory for the word that [`Level::may_hold`] reads.
    #[inline]
    fn warm_word(&self, spot: u64) {
        prefetch(&self.table, table_bit(spot, self.table.len()) / 64);
    }

    fn enter(&mut self, near: Near, cells: &[u64], spots: &[u64]) {
        cells.iter().for_each(|&cell| self.cells.entry(cell).or_default().push(near));
        self.spots.extend_from_slice(spots);
        if self.table.len() * 64 < self.spots.len() * BITS_PER_SPOT {
            let bits = (self.spots.len() * 2 * BITS_PER_SPOT).next_power_of_two().max(FEWEST_BITS);
            self.table = vec![0; bits / 64];
            set_bits(&mut self.table, &self.spots);
        } else {
            set_bits(&mut self.table, spots);
        }
    }

    fn strike(&mut self, fence: u32, cells: &[u64]) {
        for cell in cells {
            if let Some(fences) = self.cells.get_mut(cell) {
                fences.retain(|entered| entered.fence != fence);
                if fences.is_empty() {
                    self.cells.remove(cell);
                }
            }
        }
        if self.cells.is_empty() {
            *self = Self::default();
        }
    }
}

fn set_bits(table: &mut [u64], spots: &[u64]) {
    let words = table.len();
    for &spot in spots {
        let bit = table_bit(spot, words);
        table[bit / 64] |= 1 << (bit % 64);
    }
}

/// Number of a spot's bit in a table of so many words, a power of two.
#[inline]
fn table_bit(spot: u64, words: usize) -> usize {
    let spread = spot.wrapping_mul(0x9E37_79B9_7F4A_7C15);
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
        let cap = Cap::of(shape);
        let level = level_for(&cap, pad_m);
        let bits = LEVEL_BITS[level];
        let near = Near { cap, fence };
        self.levels[level].enter(near, &squares(&cap, pad_m, bits), &squares(&cap, pad_m, bits - SPOT_BITS));
    }

    /// Strikes out a fence entered with the same shape and pad.
    pub(crate) fn strike(&mut self, fence: u32, shape: &FenceShape, pad_m: f64) {
        let cap = Cap::of(shape);
        let level = level_for(&cap, pad_m);
        self.levels[level].strike(fence, &squares(&cap, pad_m, LEVEL_BITS[level]));
    }

    /// Whether any fence may be near an address. Constant time.
    #[inline]
    pub(crate) fn may_be_near(&self, address: Address) -> bool {
        self.levels.iter().zip(LEVEL_BITS).any(|(level, bits)| level.may_hold(key(address, bits - SPOT_BITS)))
    }

    /// Calls `each` with the fences entered at an address, by level.
    #[inline]
    pub(crate) fn near(&self, address: Address, each: impl FnMut(&Near)) {
        self.lists(address).flatten().for_each(each);
    }

    /// Asks memory for what tells whether any fence may be near an address.
    #[inline]
    pub(crate) fn warm_words(&self, address: Address) {
        for (level, bits) in self.levels.iter().zip(LEVEL_BITS).filter(|(level, _)| !level.table.is_empty()) {
            level.warm_word(key(address, bits - SPOT_BITS));
        }
    }

    /// Asks memory for the fences entered at an address.
    #[inline]
    pub(crate) fn warm_lists(&self, address: Address) {
        for list in self.lists(address) {
            for at in (0..list.len()).step_by(64 / size_of::<Near>() + 1).take(LISTS_WARMED) {
                prefetch(list, at);
            }
        }
    }

    #[inline]
    fn lists(&self, address: Address) -> impl Iterator<Item = &Vec<Near>> {
        let levels = self.levels.iter().zip(LEVEL_BITS);
        let levels = levels.filter(move |(level, bits)| level.may_hold(key(address, bits - SPOT_BITS)));
        levels.filter_map(move |(level, bits)| level.cells.get(&key(address, bits)))
    }
}

/// A square's number among those of its size.
#[inline]
fn key(address: Address, bits: u32) -> u64 {
    let side_bits = FACE_STEPS.trailing_zeros() - bits;
    (u64::from(address.face) << side_bits | u64::from(address.v >> bits)) << side_bits | u64::from(address.u >> bits)
}

/// The level that suits a cap.
fn level_for(cap: &Cap, pad_m: f64) -> usize {
    let half_width_m = cap.radius_m + pad_m;
    let suits = |bits: u32| half_width_m <= CELLS_PER_HALF_WIDTH * narrowest_side_m(bits);
    LEVEL_BITS.iter().position(|&bits| suits(bits)).unwrap_or(LEVELS - 1)
}

/// The squares of `2^bits` steps that come within `pad_m` of a cap.
fn squares(cap: &Cap, pad_m: f64, bits: u32) -> Vec<u64> {
    let mut keys = Vec::new();
    for face in 0..6 {
        descend(Address { face, u: 0, v: 0 }, FACE_STEPS.trailing_zeros(), bits, cap, pad_m, &mut |square| {
            keys.push(key(square, bits));
        });
    }
    keys
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
                cover.near(address, |near| found.push(near.fence));
                prop_assert_eq!(found, vec![7]);
            }
            let entered: usize = cover.levels.iter().map(|level| level.cells.len()).sum();
            prop_assert!(entered <= 600, "{entered} cells");
            let spots: usize = cover.levels.iter().map(|level| level.spots.len()).sum();
            prop_assert!(spots <= 6_000, "{spots} spots");
            cover.strike(7, &shape, 50.0);
            prop_assert!(cover.levels.iter().all(|level| level.cells.is_empty()));
        }
    }
}
