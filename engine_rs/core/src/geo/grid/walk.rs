//! The walk outwards from a place: cells of the own block by rings, the blocks around it by rings, then everything else
//! by pages and tiles in order of their nearest possible point. It ends where the visitor's reach ends.

use super::super::sphere::Point;
use super::Grid;
use super::address::{Address, BOUND_SLACK, FACE_STEPS, Metric};
use super::block::{BLOCK_BITS, Block};
use super::directory::{NONE, bound2};
use super::entry::Entry;

/// Rings of blocks that are walked one by one before pages and tiles take over.
const BLOCK_RINGS: u32 = 4;
const BLOCK_SIDE: f64 = (1 << BLOCK_BITS) as f64;

/// What a search does with the points it comes by.
pub(crate) trait Visitor {
    /// The squared chord beyond which points no longer matter; may only shrink.
    fn reach(&self) -> f64;
    /// Whether a point may matter whose bits are among `any_bits`.
    fn may_want(&self, any_bits: u64) -> bool;
    /// Looks at some points; `origin` is the search's origin in their frame.
    fn scan(&mut self, entries: &[Entry], origin: Point);
}

/// A rectangle of steps on the origin's own face, high ends excluded.
#[derive(Clone, Copy)]
struct Window {
    low_u: u32,
    high_u: u32,
    low_v: u32,
    high_v: u32,
}

impl Window {
    /// The blocks up to `ring` around an address, as far as the face goes.
    fn around(address: Address, ring: u32) -> Self {
        let low = |step: u32| (step >> BLOCK_BITS).saturating_sub(ring) << BLOCK_BITS;
        let high = |step: u32| (((step >> BLOCK_BITS) + ring + 1) << BLOCK_BITS).min(FACE_STEPS);
        Self { low_u: low(address.u), high_u: high(address.u), low_v: low(address.v), high_v: high(address.v) }
    }

    fn contains(&self, block: &Block) -> bool {
        (self.low_u..self.high_u).contains(&block.u) && (self.low_v..self.high_v).contains(&block.v)
    }

    /// A squared chord that nothing outside, on this face or another, is nearer than.
    fn cleared2(&self, metric: &Metric) -> f64 {
        let low_u = (metric.u - f64::from(self.low_u)) * metric.per_u;
        let high_u = (f64::from(self.high_u) - metric.u) * metric.per_u;
        let low_v = (metric.v - f64::from(self.low_v)) * metric.per_v;
        let high_v = (f64::from(self.high_v) - metric.v) * metric.per_v;
        squared(low_u.min(high_u).min(low_v.min(high_v)))
    }
}

/// Square of a lower bound, made a little shorter.
#[inline(always)]
fn squared(bound: f64) -> f64 {
    let bound = (bound - BOUND_SLACK).max(0.0);
    bound * bound
}

impl Grid {
    /// Shows the visitor every point within its reach, and others, the nearer ones roughly first.
    pub(crate) fn search<V: Visitor>(&self, origin: Point, visitor: &mut V) {
        let at = Address::of(origin);
        let metric = Metric::near(at.face, origin, f64::from(BLOCK_RINGS + 1) * BLOCK_SIDE);
        self.enter(self.directory.block_at(at), origin, &metric, visitor);
        let mut window = Window::around(at, 0);
        for ring in 1..=BLOCK_RINGS {
            if window.cleared2(&metric) > visitor.reach() {
                return;
            }
            self.search_ring(at, ring, origin, &metric, visitor);
            window = Window::around(at, ring);
        }
        if window.cleared2(&metric) <= visitor.reach() {
            self.search_rest(origin, at.face, &window, visitor);
        }
    }

    /// The blocks at exactly `ring` blocks from the origin's.
    fn search_ring<V: Visitor>(&self, at: Address, ring: u32, origin: Point, metric: &Metric, visitor: &mut V) {
        let ring = ring as i32;
        for dv in -ring..=ring {
            let step = if dv.abs() == ring { 1 } else { 2 * ring };
            let mut du = -ring;
            while du <= ring {
                self.enter_neighbour(at, (du, dv), origin, metric, visitor);
                du += step;
            }
        }
    }

    #[inline]
    fn enter_neighbour<V: Visitor>(
        &self,
        at: Address,
        (du, dv): (i32, i32),
        origin: Point,
        metric: &Metric,
        visitor: &mut V,
    ) {
        let u = (at.u >> BLOCK_BITS).wrapping_add_signed(du) << BLOCK_BITS;
        let v = (at.v >> BLOCK_BITS).wrapping_add_signed(dv) << BLOCK_BITS;
        if u >= FACE_STEPS || v >= FACE_STEPS {
            return;
        }
        let gap_u = gap(metric.u, f64::from(u), BLOCK_SIDE) * metric.per_u;
        let gap_v = gap(metric.v, f64::from(v), BLOCK_SIDE) * metric.per_v;
        if squared(gap_u.max(gap_v)) <= visitor.reach() {
            self.enter(self.directory.block_at(Address { face: at.face, u, v }), origin, metric, visitor);
        }
    }

    #[inline]
    fn enter<V: Visitor>(&self, block: u32, origin: Point, metric: &Metric, visitor: &mut V) {
        if block != NONE {
            let block = &self.blocks[block as usize];
            if visitor.may_want(block.any_bits) {
                self.search_block(block, origin, metric, visitor);
            }
        }
    }

    /// Everything outside the window: pages, in them tiles, in them blocks, each in order of its nearest possible point.
    #[cold]
    fn search_rest<V: Visitor>(&self, origin: Point, face: u32, done: &Window, visitor: &mut V) {
        let pages = self.directory.pages.iter();
        let mut pages: Vec<_> = pages.map(|page| (page.cover.bound2(origin), page)).collect();
        pages.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut tiles = Vec::new();
        for (bound, page) in pages {
            if bound > visitor.reach() {
                break;
            }
            tiles.clear();
            tiles.extend(page.used.iter().map(|&tile| {
                let tile = &self.directory.tiles[tile as usize];
                (tile.cover.bound2(origin), tile)
            }));
            tiles.sort_unstable_by(|a: &(f64, _), b| a.0.total_cmp(&b.0));
            for &(bound, tile) in &tiles {
                if bound > visitor.reach() {
                    break;
                }
                self.search_tile(tile.used, &tile.blocks, origin, face, done, visitor);
            }
        }
    }

    fn search_tile<V: Visitor>(
        &self,
        mut used: u64,
        blocks: &[u32; 64],
        origin: Point,
        face: u32,
        done: &Window,
        visitor: &mut V,
    ) {
        let mut near = [(0.0, 0u32); 64];
        let mut len = 0;
        while used != 0 {
            let number = blocks[used.trailing_zeros() as usize];
            used &= used - 1;
            let block = &self.blocks[number as usize];
            if block.face == face && done.contains(block) || !visitor.may_want(block.any_bits) {
                continue;
            }
            let bound = bound2(origin, block.origin, block.radius);
            if bound <= visitor.reach() {
                near[len] = (bound, number);
                len += 1;
            }
        }
        near[..len].sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        for &(bound, number) in &near[..len] {
            if bound > visitor.reach() {
                return;
            }
            let block = &self.blocks[number as usize];
            self.search_block(block, origin, &Metric::far(block.face, origin), visitor);
        }
    }

    /// The cells of a block by rings around the one nearest to the origin.
    fn search_block<V: Visitor>(&self, block: &Block, origin: Point, metric: &Metric, visitor: &mut V) {
        let local = origin.minus(block.origin);
        if block.cells.len() == 1 {
            visitor.scan(&self.slab.entries[block.cells[0].range()], local);
            return;
        }
        let last = (1 << (BLOCK_BITS - block.cell_bits)) - 1;
        let cell_steps = f64::from(1u32 << block.cell_bits);
        let (u, v) = ((metric.u - f64::from(block.u)) / cell_steps, (metric.v - f64::from(block.v)) / cell_steps);
        let (per_u, per_v) = (metric.per_u * cell_steps, metric.per_v * cell_steps);
        // Casts saturate: an origin outside starts from the nearest cell.
        let (column, row) = ((u as i32).clamp(0, last), (v as i32).clamp(0, last));
        let rings = Rings { grid: self, block, local, u, v, per_u, per_v, last };
        rings.scan_row(row, column, column, visitor);
        for ring in 1.. {
            if !rings.scan_ring(column, row, ring, visitor) {
                return;
            }
        }
    }
}

/// How far a coordinate is outside `low..low + side`.
#[inline]
fn gap(at: f64, low: f64, side: f64) -> f64 {
    (low - at).max(at - low - side).max(0.0)
}

/// One block's cells as an origin sees them: its place and bounds are in cells.
struct Rings<'a> {
    grid: &'a Grid,
    block: &'a Block,
    local: Point,
    u: f64,
    v: f64,
    per_u: f64,
    per_v: f64,
    last: i32,
}

impl Rings<'_> {
    /// Scans the cells at exactly `ring` cells from the centre, as far as they matter; returns whether any could.
    fn scan_ring<V: Visitor>(&self, column: i32, row: i32, ring: i32, visitor: &mut V) -> bool {
        let (left, right, top, bottom) = (column - ring, column + ring, row - ring, row + ring);
        let mut could_matter = false;
        let rows = (top.max(0), bottom.min(self.last));
        let columns = (left.max(0), right.min(self.last));
        if top >= 0 && self.matters((self.v - f64::from(top + 1)) * self.per_v, visitor) {
            could_matter = true;
            self.scan_row(top, columns.0, columns.1, visitor);
        }
        if bottom <= self.last && self.matters((f64::from(bottom) - self.v) * self.per_v, visitor) {
            could_matter = true;
            self.scan_row(bottom, columns.0, columns.1, visitor);
        }
        let between = (rows.0.max(top + 1), rows.1.min(bottom - 1));
        if left >= 0 && self.matters((self.u - f64::from(left + 1)) * self.per_u, visitor) {
            could_matter = true;
            self.scan_column(left, between, visitor);
        }
        if right <= self.last && self.matters((f64::from(right) - self.u) * self.per_u, visitor) {
            could_matter = true;
            self.scan_column(right, between, visitor);
        }
        could_matter
    }

    #[inline(always)]
    fn matters<V: Visitor>(&self, bound: f64, visitor: &V) -> bool {
        squared(bound) <= visitor.reach()
    }

    #[inline]
    fn scan_row<V: Visitor>(&self, row: i32, from: i32, to: i32, visitor: &mut V) {
        for column in from..=to {
            let bound = gap(self.u, f64::from(column), 1.0) * self.per_u;
            if self.matters(bound, visitor) {
                self.scan_cell(row, column, visitor);
            }
        }
    }

    #[inline]
    fn scan_column<V: Visitor>(&self, column: i32, (from, to): (i32, i32), visitor: &mut V) {
        for row in from..=to {
            let bound = gap(self.v, f64::from(row), 1.0) * self.per_v;
            if self.matters(bound, visitor) {
                self.scan_cell(row, column, visitor);
            }
        }
    }

    #[inline]
    fn scan_cell<V: Visitor>(&self, row: i32, column: i32, visitor: &mut V) {
        let cell = self.block.cells[(row * (self.last + 1) + column) as usize];
        visitor.scan(&self.grid.slab.entries[cell.range()], self.local);
    }
}
