//! From an address to its block, and all blocks by nearness: pages of tiles of blocks.
//!
//! A tile is 8 x 8 blocks (12 km at most), a page 32 x 32 tiles. Only what is in use exists. Each has a centre and a radius,
//! so that a search can rule it out as a whole.

use super::super::sphere::Point;
use super::address::{Address, FACE_STEPS, FACES, corner};
use super::block::BLOCK_BITS;

/// Steps along a side, as powers of two.
const TILE_BITS: u32 = BLOCK_BITS + 3;
const PAGE_BITS: u32 = TILE_BITS + 5;
const BLOCKS_PER_TILE: usize = 64;
const TILES_PER_PAGE: usize = 1024;
/// Pages along a face's side, as a power of two.
const FACE_BITS: u32 = FACE_STEPS.trailing_zeros() - PAGE_BITS;
/// No block, tile or page.
pub(crate) const NONE: u32 = u32::MAX;

/// A circle on the sphere that everything in it lies within.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cover {
    centre: Point,
    radius: f64,
}

impl Cover {
    fn of_square(address: Address, bits: u32) -> Self {
        let low = |step: u32| f64::from(step >> bits << bits);
        let side = f64::from(1 << bits);
        let centre = corner(address.face, low(address.u) + side / 2.0, low(address.v) + side / 2.0);
        Self { centre, radius: radius(address.face, centre, (low(address.u), low(address.v)), side) }
    }

    /// A squared chord that nothing inside is nearer than.
    pub(crate) fn bound2(&self, origin: Point) -> f64 {
        bound2(origin, self.centre, self.radius)
    }
}

/// The squared chord from `origin` that nothing within `radius` of `centre` is nearer than.
pub(crate) fn bound2(origin: Point, centre: Point, radius: f64) -> f64 {
    let gap = (origin.chord2(centre).0.sqrt() * (1.0 - 1e-9) - radius).max(0.0);
    gap * gap
}

/// The largest distance from `origin` to a square's corner, in grid steps, rounded up.
fn radius(face: u32, origin: Point, (u, v): (f64, f64), side: f64) -> f64 {
    let corners = [(u, v), (u + side, v), (u, v + side), (u + side, v + side)];
    let chord2 = corners.iter().map(|&(u, v)| origin.chord2(corner(face, u, v)).0).fold(0.0, f64::max);
    chord2.sqrt() * (1.0 + 1e-9) + 4.0
}

#[derive(Clone, Debug)]
pub(crate) struct Tile {
    pub(crate) cover: Cover,
    /// One bit a block in use.
    pub(crate) used: u64,
    pub(crate) blocks: [u32; BLOCKS_PER_TILE],
}

#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) cover: Cover,
    /// The tiles in use, in no order.
    pub(crate) used: Vec<u32>,
    tiles: Box<[u32; TILES_PER_PAGE]>,
}

/// The directory of one grid.
#[derive(Clone, Debug)]
pub(crate) struct Directory {
    top: Vec<u32>,
    pub(crate) pages: Vec<Page>,
    pub(crate) tiles: Vec<Tile>,
    free_tiles: Vec<u32>,
}

impl Default for Directory {
    fn default() -> Self {
        Self { top: vec![NONE; FACES << (2 * FACE_BITS)], pages: Vec::new(), tiles: Vec::new(), free_tiles: Vec::new() }
    }
}

impl Directory {
    /// Number of the block that an address lies in, [`NONE`] if there is none.
    #[inline]
    pub(crate) fn block_at(&self, address: Address) -> u32 {
        let page = self.top[top_slot(address)];
        if page == NONE {
            return NONE;
        }
        let tile = self.pages[page as usize].tiles[slot_in(address, TILE_BITS, 5)];
        if tile == NONE { NONE } else { self.tiles[tile as usize].blocks[slot_in(address, BLOCK_BITS, 3)] }
    }

    /// Enters a block at an address where there is none.
    pub(crate) fn insert(&mut self, address: Address, block: u32) {
        let page = self.page_for(address);
        let tile = self.tile_for(page, address);
        let slot = slot_in(address, BLOCK_BITS, 3);
        let tile = &mut self.tiles[tile as usize];
        tile.blocks[slot] = block;
        tile.used |= 1 << slot;
    }

    /// Strikes out the block at an address, and the tile around it if that was its last.
    pub(crate) fn remove(&mut self, address: Address) {
        let page = &mut self.pages[self.top[top_slot(address)] as usize];
        let tile_slot = slot_in(address, TILE_BITS, 5);
        let number = page.tiles[tile_slot];
        let tile = &mut self.tiles[number as usize];
        let slot = slot_in(address, BLOCK_BITS, 3);
        tile.blocks[slot] = NONE;
        tile.used &= !(1 << slot);
        if tile.used == 0 {
            page.tiles[tile_slot] = NONE;
            page.used.retain(|&used| used != number);
            self.free_tiles.push(number);
        }
    }

    fn page_for(&mut self, address: Address) -> u32 {
        let slot = top_slot(address);
        if self.top[slot] == NONE {
            self.top[slot] = self.pages.len() as u32;
            let cover = Cover::of_square(address, PAGE_BITS);
            self.pages.push(Page { cover, used: Vec::new(), tiles: Box::new([NONE; TILES_PER_PAGE]) });
        }
        self.top[slot]
    }

    fn tile_for(&mut self, page: u32, address: Address) -> u32 {
        let page = &mut self.pages[page as usize];
        let slot = slot_in(address, TILE_BITS, 5);
        if page.tiles[slot] == NONE {
            let tile = Tile { cover: Cover::of_square(address, TILE_BITS), used: 0, blocks: [NONE; BLOCKS_PER_TILE] };
            page.tiles[slot] = match self.free_tiles.pop() {
                Some(number) => {
                    self.tiles[number as usize] = tile;
                    number
                }
                None => {
                    self.tiles.push(tile);
                    self.tiles.len() as u32 - 1
                }
            };
            page.used.push(page.tiles[slot]);
        }
        page.tiles[slot]
    }
}

#[inline]
fn top_slot(address: Address) -> usize {
    ((address.face << FACE_BITS | address.v >> PAGE_BITS) << FACE_BITS | address.u >> PAGE_BITS) as usize
}

/// Slot within a square of `2^side_bits` by as many parts of `2^bits` steps each.
#[inline]
fn slot_in(address: Address, bits: u32, side_bits: u32) -> usize {
    let mask = (1 << side_bits) - 1;
    ((address.v >> bits & mask) << side_bits | (address.u >> bits & mask)) as usize
}
