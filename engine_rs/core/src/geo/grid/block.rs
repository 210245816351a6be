//! A block: a square of about 1.5 km, cut into as many cells as its own crowd needs.

use super::super::sphere::Point;
use super::address::{Address, corner};
use super::slab::Class;

/// Steps along one side of a block, as a power of two.
pub(crate) const BLOCK_BITS: u32 = 8;
/// Finest cut: `2^MAX_LEVEL` cells along a side, a step each.
pub(crate) const MAX_LEVEL: u32 = BLOCK_BITS;
/// A cut aims at this many entries a cell over the whole block.
const ENTRIES_PER_CELL: u32 = 4;
/// It goes finer while an average entry shares its cell with more than this many.
const CROWD_LIMIT: u64 = 10;
/// ... but never has more cells than this many times the entries.
const CELLS_PER_ENTRY: u32 = 2;

/// A run of entries.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cell {
    pub(crate) start: u32,
    /// Length above, class in the five lowest bits; meaningless class when empty.
    packed: u32,
}

impl Cell {
    pub(crate) fn new(start: u32, len: u32, class: Class) -> Self {
        Self { start, packed: len << 5 | u32::from(class.0) }
    }

    #[inline(always)]
    pub(crate) fn len(self) -> u32 {
        self.packed >> 5
    }

    pub(crate) fn class(self) -> Class {
        Class((self.packed & 31) as u8)
    }

    pub(crate) fn range(self) -> core::ops::Range<usize> {
        self.start as usize..(self.start + self.len()) as usize
    }

    pub(crate) fn grow_by_one(&mut self) {
        self.packed += 1 << 5;
    }

    pub(crate) fn shrink_by_one(&mut self) {
        self.packed -= 1 << 5;
    }
}

/// A square of the sphere with its own frame and its own cut.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// The place entries are measured from: the block's centre.
    pub(crate) origin: Point,
    pub(crate) face: u32,
    /// Steps of the low corner.
    pub(crate) u: u32,
    pub(crate) v: u32,
    /// Steps along a cell's side, as a power of two.
    pub(crate) cell_bits: u32,
    pub(crate) len: u32,
    /// Lengths at which the cut is reconsidered.
    pub(crate) grow_at: u32,
    pub(crate) shrink_at: u32,
    /// Every bit that an entry may have.
    pub(crate) any_bits: u64,
    /// No entry is further than this from `origin`, in grid steps.
    pub(crate) radius: f64,
    /// Row by row along `u`.
    pub(crate) cells: Vec<Cell>,
}

impl Block {
    /// An empty block, in one cell, around an address.
    pub(crate) fn around(address: Address) -> Self {
        let (u, v) = (low_corner(address.u), low_corner(address.v));
        let side = f64::from(1 << BLOCK_BITS);
        let (fu, fv) = (f64::from(u), f64::from(v));
        let origin = corner(address.face, fu + side / 2.0, fv + side / 2.0);
        Self {
            origin,
            face: address.face,
            u,
            v,
            cell_bits: BLOCK_BITS,
            len: 0,
            grow_at: ENTRIES_PER_CELL * 3,
            shrink_at: 0,
            any_bits: 0,
            radius: radius(address.face, origin, (fu, fv), side),
            cells: vec![Cell::default()],
        }
    }

    #[inline]
    pub(crate) fn covers(&self, address: Address) -> bool {
        (address.face == self.face) & (low_corner(address.u) == self.u) & (low_corner(address.v) == self.v)
    }

    /// Number of the cell an address of this block is in.
    #[inline]
    pub(crate) fn cell_at(&self, address: Address) -> u32 {
        let (column, row) = ((address.u - self.u) >> self.cell_bits, (address.v - self.v) >> self.cell_bits);
        row << (BLOCK_BITS - self.cell_bits) | column
    }

    /// Cuts the empty block anew for a crowd at these addresses.
    pub(crate) fn cut_for(&mut self, addresses: &[Address]) {
        let len = addresses.len() as u32;
        let mut level = 0;
        while level < MAX_LEVEL && len > ENTRIES_PER_CELL << (2 * level) {
            level += 1;
        }
        while level < MAX_LEVEL
            && 1 << (2 * (level + 1)) <= CELLS_PER_ENTRY * len
            && self.crowd(addresses, level) > CROWD_LIMIT * u64::from(len)
        {
            level += 1;
        }
        self.cell_bits = BLOCK_BITS - level;
        self.cells = vec![Cell::default(); 1 << (2 * level)];
        self.grow_at = (2 * len).max(ENTRIES_PER_CELL * 3);
        self.shrink_at = if level == 0 { 0 } else { len / 4 };
    }

    /// Sum over the entries of how many share their cell.
    fn crowd(&mut self, addresses: &[Address], level: u32) -> u64 {
        self.cell_bits = BLOCK_BITS - level;
        let mut counts = vec![0u32; 1 << (2 * level)];
        addresses.iter().for_each(|&address| counts[self.cell_at(address) as usize] += 1);
        counts.iter().map(|&count| u64::from(count) * u64::from(count)).sum()
    }

    /// Whether a finer cut is allowed at all.
    pub(crate) fn may_be_cut_finer(&self) -> bool {
        self.cell_bits > 0 && 4 * self.cells.len() as u32 <= CELLS_PER_ENTRY * self.len
    }
}

fn low_corner(step: u32) -> u32 {
    step >> BLOCK_BITS << BLOCK_BITS
}

/// The largest distance from `origin` to a square's corner, in grid steps, rounded up.
pub(crate) fn radius(face: u32, origin: Point, (u, v): (f64, f64), side: f64) -> f64 {
    let corners = [(u, v), (u + side, v), (u, v + side), (u + side, v + side)];
    let chord2 = corners.iter().map(|&(u, v)| origin.chord2(corner(face, u, v)).0).fold(0.0, f64::max);
    chord2.sqrt() * (1.0 + 1e-9) + 4.0
}
