//! A block: a square of at most 1.6 km, cut into as many cells as its own crowd needs.

use super::super::sphere::{Point, STEPS_PER_RADIUS};
use super::address::{Address, FACE_STEPS, corner};
use super::slab::{Class, Slab};

/// Steps along one side of a block, as a power of two.
pub(crate) const BLOCK_BITS: u32 = 8;
/// Finest cut: `2^MAX_LEVEL` cells along a side, a step each.
const MAX_LEVEL: u32 = BLOCK_BITS;
/// A cut aims at this many entries a cell over the whole block.
const ENTRIES_PER_CELL: u32 = 4;
/// It goes finer while an average entry shares its cell with more than this many.
const CROWD_LIMIT: u64 = 10;
/// ... but never has more cells than this many times the entries.
const CELLS_PER_ENTRY: u32 = 2;
/// A block is cut anew when its crowd falls to its growth limit over this.
const GROWTH_OVER_SHRINKAGE: u32 = 8;
/// Half of the diagonal of the largest block, that at a face's centre, in grid steps.
pub(crate) const BLOCK_RADIUS: f64 =
    STEPS_PER_RADIUS * (1 << BLOCK_BITS) as f64 / FACE_STEPS as f64 * core::f64::consts::SQRT_2 * 1.000_01;

/// A run of entries, and every bit that one of them has (and maybe more bits, in long runs).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cell {
    pub(crate) any_bits: u64,
    pub(crate) start: u32,
    /// Length above, class in the five lowest bits; meaningless class when empty.
    packed: u32,
}

impl Cell {
    pub(crate) fn new(start: u32, len: u32, class: Class, any_bits: u64) -> Self {
        Self { any_bits, start, packed: len << 5 | u32::from(class.0) }
    }

    #[inline(always)]
    pub(crate) fn len(self) -> u32 {
        self.packed >> 5
    }

    #[inline(always)]
    pub(crate) fn class(self) -> Class {
        Class((self.packed & 31) as u8)
    }

    #[inline(always)]
    pub(crate) fn range(self) -> core::ops::Range<usize> {
        self.start as usize..(self.start + self.len()) as usize
    }

    /// The same run with one more entry of these bits.
    #[inline(always)]
    pub(crate) fn with_one_more(self, bits: u64) -> Self {
        Self { any_bits: self.any_bits | bits, packed: self.packed + (1 << 5), ..self }
    }

    /// The same run without its last entry.
    #[inline(always)]
    pub(crate) fn with_one_less(self) -> Self {
        Self { packed: self.packed - (1 << 5), ..self }
    }
}

/// A square of the sphere with its own frame and its own cut, in one cache line.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(crate) struct Block {
    /// The place entries are measured from: the block's centre.
    pub(crate) origin: Point,
    /// Every bit that an entry may have.
    any_bits: u64,
    /// Steps of the low corner.
    pub(crate) u: u32,
    pub(crate) v: u32,
    pub(crate) len: u32,
    /// Length at which the cut is reconsidered.
    grow_at: u32,
    /// Run of the only cell of a block that is not cut; else the start is where its cells are, row by row along `u`.
    root_start: u32,
    root_packed: u32,
    pub(crate) face: u8,
    /// Steps along a cell's side, as a power of two.
    pub(crate) cell_bits: u8,
}

impl Block {
    /// An empty block, in one cell, around an address.
    pub(crate) fn around(address: Address) -> Self {
        let (u, v) = (low_corner(address.u), low_corner(address.v));
        let half_side = f64::from(1 << BLOCK_BITS) / 2.0;
        Self {
            origin: corner(address.face, f64::from(u) + half_side, f64::from(v) + half_side),
            any_bits: 0,
            u,
            v,
            len: 0,
            grow_at: ENTRIES_PER_CELL * 3,
            root_start: 0,
            root_packed: 0,
            face: address.face as u8,
            cell_bits: BLOCK_BITS as u8,
        }
    }

    #[inline]
    pub(crate) fn covers(&self, address: Address) -> bool {
        (address.face == u32::from(self.face)) & (low_corner(address.u) == self.u) & (low_corner(address.v) == self.v)
    }

    pub(crate) fn address(&self) -> Address {
        Address { face: u32::from(self.face), u: self.u, v: self.v }
    }

    /// Cells along a side, as a power of two.
    #[inline(always)]
    pub(crate) fn level(&self) -> u32 {
        BLOCK_BITS - u32::from(self.cell_bits)
    }

    /// Number of the cell an address of this block is in.
    #[inline]
    pub(crate) fn cell_at(&self, address: Address) -> u32 {
        let (column, row) = ((address.u - self.u) >> self.cell_bits, (address.v - self.v) >> self.cell_bits);
        row << self.level() | column
    }

    /// Every bit that an entry may have.
    #[inline(always)]
    pub(crate) fn any_bits(&self) -> u64 {
        self.any_bits
    }

    #[inline(always)]
    pub(crate) fn cell(&self, cells: &Slab<Cell>, number: u32) -> Cell {
        if self.level() == 0 {
            Cell { any_bits: self.any_bits, start: self.root_start, packed: self.root_packed }
        } else {
            cells.items[self.cell_slot(number)]
        }
    }

    #[inline(always)]
    pub(crate) fn set_cell(&mut self, cells: &mut Slab<Cell>, number: u32, cell: Cell) {
        if self.level() == 0 {
            (self.any_bits, self.root_start, self.root_packed) = (cell.any_bits, cell.start, cell.packed);
        } else {
            self.any_bits |= cell.any_bits;
            let slot = self.cell_slot(number);
            cells.items[slot] = cell;
        }
    }

    /// Where a cell is in the array of cells, if the block is cut.
    #[inline(always)]
    pub(crate) fn cell_slot(&self, number: u32) -> usize {
        (self.root_start + number) as usize
    }

    /// The cells of a block that is cut; none of one that is not.
    #[inline]
    pub(crate) fn cut<'a>(&self, cells: &'a Slab<Cell>) -> &'a [Cell] {
        if self.level() == 0 {
            return &[];
        }
        &cells.items[self.root_start as usize..][..1 << (2 * self.level())]
    }

    /// The cells of the block.
    pub(crate) fn cells<'a>(&'a self, cells: &'a Slab<Cell>) -> impl Iterator<Item = Cell> + 'a {
        (0..1 << (2 * self.level())).map(|number| self.cell(cells, number))
    }

    /// Whether the crowd has outgrown or deserted the cut.
    #[inline]
    pub(crate) fn is_outgrown(&self) -> bool {
        self.len >= self.grow_at
    }

    #[inline]
    pub(crate) fn is_deserted(&self) -> bool {
        self.level() > 0 && self.len < self.grow_at / GROWTH_OVER_SHRINKAGE
    }

    /// Whether a finer cut is allowed at all.
    pub(crate) fn may_be_cut_finer(&self) -> bool {
        self.cell_bits > 0 && 4 << (2 * self.level()) <= CELLS_PER_ENTRY * self.len
    }

    /// Cuts the block anew for a crowd at these addresses; all cells are empty then.
    pub(crate) fn cut_for(&mut self, addresses: &[Address], cells: &mut Slab<Cell>) {
        if let Some(class) = cells_class(self.level()) {
            cells.give_back(self.root_start, class);
        }
        let level = self.best_level(addresses);
        self.cell_bits = (BLOCK_BITS - level) as u8;
        self.grow_at = (2 * addresses.len() as u32).max(ENTRIES_PER_CELL * 3);
        (self.any_bits, self.root_start, self.root_packed) = (0, 0, 0);
        if let Some(class) = cells_class(level) {
            self.root_start = cells.take(class);
            cells.items[self.root_start as usize..][..1 << (2 * level)].fill(Cell::default());
        }
    }

    fn best_level(&mut self, addresses: &[Address]) -> u32 {
        let len = addresses.len() as u32;
        let mut level = 0;
        while level < MAX_LEVEL && len > ENTRIES_PER_CELL << (2 * level) {
            level += 1;
        }
        while level < MAX_LEVEL
            && 4 << (2 * level) <= CELLS_PER_ENTRY * len
            && self.crowd(addresses, level) > CROWD_LIMIT * u64::from(len)
        {
            level += 1;
        }
        level
    }

    /// Sum over the entries of how many share their cell, were the block cut at `level`.
    fn crowd(&mut self, addresses: &[Address], level: u32) -> u64 {
        self.cell_bits = (BLOCK_BITS - level) as u8;
        let mut counts = vec![0u32; 1 << (2 * level)];
        addresses.iter().for_each(|&address| counts[self.cell_at(address) as usize] += 1);
        counts.iter().map(|&count| u64::from(count) * u64::from(count)).sum()
    }

    /// Gives back the array of cells before the block is dropped.
    pub(crate) fn release(&mut self, cells: &mut Slab<Cell>) {
        if let Some(class) = cells_class(self.level()) {
            cells.give_back(self.root_start, class);
        }
        self.cell_bits = BLOCK_BITS as u8;
    }
}

/// Class of the run that holds the cells of a cut; an uncut block needs none.
fn cells_class(level: u32) -> Option<Class> {
    (level > 0).then(|| Class::holding(1 << (2 * level)))
}

fn low_corner(step: u32) -> u32 {
    step >> BLOCK_BITS << BLOCK_BITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_one_cache_line() {
        assert_eq!(size_of::<Block>(), 64);
    }

    #[test]
    fn the_radius_reaches_every_corner() {
        for (u, v) in [(0, 0), (FACE_STEPS / 2, FACE_STEPS / 2), (FACE_STEPS - 1, 12), (FACE_STEPS / 2, 5)] {
            let block = Block::around(Address { face: 3, u, v });
            for (du, dv) in [(0, 0), (256, 0), (0, 256), (256, 256)] {
                let at = corner(3, f64::from(block.u + du), f64::from(block.v + dv));
                assert!(at.chord2(block.origin).0.sqrt() <= BLOCK_RADIUS);
            }
        }
    }
}
