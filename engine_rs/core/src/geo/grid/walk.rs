//! The walk outwards from a place: cells of the own block by rings, the blocks around it by rings, then everything else
//! by pages and tiles in order of their nearest possible point. It ends where the visitor's reach ends.

use super::super::prefetch::prefetch;
use super::super::sphere::Point;
use super::Grid;
use super::address::{Address, BOUND_SLACK, FACE_STEPS, Metric};
use super::block::{BLOCK_BITS, BLOCK_RADIUS, Block, Cell};
use super::directory::{NONE, Tile, bound2};
use super::entry::Entry;

/// Rings of blocks that are walked one by one before pages and tiles take over.
const BLOCK_RINGS: u32 = 8;
/// Blocks of the outermost of them.
const MOST_IN_RING: usize = 8 * BLOCK_RINGS as usize;
const BLOCK_SIDE: f64 = (1 << BLOCK_BITS) as f64;

/// What a search does with the points it comes by.
pub(crate) trait Visitor {
    /// The squared chord beyond which points no longer matter; may only shrink.
    fn reach(&self) -> f64;
    /// Whether a point may matter whose bits are among `any_bits`.
    fn may_want(&self, any_bits: u64) -> bool;
    /// Whether as many points were taken as are wanted.
    fn could_be_full(&self) -> bool;
    /// How many points were taken since the reach was brought up to date that may shrink it.
    fn news(&self) -> usize;
    /// Brings the reach up to date with the points taken.
    fn settle(&mut self);
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
        let radius = radius(visitor.reach());
        let mut walk =
            Walk { grid: self, origin, visitor, runs: [Run::default(); RUNS], runs_len: 0, has_read: false, radius };
        walk.enter(self.directory.block_at(at), &metric);
        let mut window = Window::around(at, 0);
        for ring in 1..=BLOCK_RINGS {
            if window.cleared2(&metric) > walk.visitor.reach() {
                return walk.read();
            }
            walk.search_ring(at, ring, &metric);
            window = Window::around(at, ring);
        }
        if window.cleared2(&metric) <= walk.visitor.reach() {
            walk.search_rest(at.face, &window);
        }
    }
}

/// A reach as a distance, made a little longer.
fn radius(reach: f64) -> f64 {
    reach.sqrt() * (1.0 + 1e-9) + BOUND_SLACK
}

/// Once a search has read something and is still wanting points, it reads blocks of up to this many entries as a whole.
const SMALL_CROWD: u32 = 48;

/// So many new points make it worth while to shorten the reach: in the midst of reading, and before looking further.
const SETTLE_WITHIN: usize = 12;
const SETTLE_BETWEEN: usize = 1;

/// Runs that are asked of memory together before the first is read.
const RUNS: usize = 32;

/// A cell's run, and the block whose frame it is in.
#[derive(Clone, Copy, Default)]
struct Run {
    start: u32,
    len: u32,
    block: u32,
}

/// One search under way.
struct Walk<'a, V> {
    grid: &'a Grid,
    origin: Point,
    visitor: &'a mut V,
    /// Runs on their way from memory.
    runs: [Run; RUNS],
    runs_len: usize,
    /// Whether any run has been read yet.
    has_read: bool,
    /// The visitor's reach as a distance, made a little longer.
    radius: f64,
}

impl<V: Visitor> Walk<'_, V> {
    /// Notes a cell for [`Walk::read`], unless nobody in it can matter.
    #[inline(always)]
    fn note(&mut self, cell: Cell, block: u32) {
        // Written first, counted if wanted: whether a cell matters is anybody's guess.
        let run = Run { start: cell.start, len: cell.len(), block };
        let is_wanted = (run.len > 0) & self.visitor.may_want(cell.any_bits);
        self.runs[self.runs_len % RUNS] = run;
        self.runs_len += usize::from(is_wanted);
        if is_wanted {
            prefetch(&self.grid.entries.items, run.start as usize);
            prefetch(&self.grid.entries.items, (run.start + run.len - 1) as usize);
        }
        if self.runs_len == RUNS {
            self.read();
        }
    }

    /// Asks memory for all runs noted, then shows them to the visitor.
    fn read(&mut self) {
        let len = core::mem::take(&mut self.runs_len);
        self.has_read = true;
        let grid = self.grid;
        for run in &self.runs[..len] {
            let local = self.origin.minus(grid.blocks[run.block as usize].origin);
            self.visitor.scan(&grid.entries.items[run.start as usize..][..run.len as usize], local);
            if self.visitor.news() >= SETTLE_WITHIN {
                self.visitor.settle();
            }
        }
        if self.visitor.news() >= SETTLE_BETWEEN {
            self.visitor.settle();
        }
        self.radius = radius(self.visitor.reach());
    }

    /// The blocks at exactly `ring` blocks from the origin's, as far as they may matter, the nearer ones first: what is
    /// found there rules most of the others out.
    fn search_ring(&mut self, at: Address, ring: u32, metric: &Metric) {
        let ring = ring as i32;
        let mut near = [(0.0, 0u32); MOST_IN_RING];
        let mut len = 0;
        for dv in -ring..=ring {
            let step = if dv.abs() == ring { 1 } else { 2 * ring };
            let mut du = -ring;
            while du <= ring {
                if let Some(block) = self.neighbour(at, (du, dv), metric) {
                    // In order of nearness: a ring has few that matter, and they come nearly sorted.
                    let mut slot = len;
                    while slot > 0 && near[slot - 1].0 > block.0 {
                        near[slot] = near[slot - 1];
                        slot -= 1;
                    }
                    near[slot] = block;
                    len += 1;
                }
                du += step;
            }
        }
        for &(gap2, number) in &near[..len] {
            if gap2 <= self.visitor.reach() {
                self.enter(number, metric);
            }
        }
        self.read();
    }

    /// A neighbouring block within reach, asked of memory, and the squared chord that nothing in it is nearer than.
    #[inline]
    fn neighbour(&self, at: Address, (du, dv): (i32, i32), metric: &Metric) -> Option<(f64, u32)> {
        let u = (at.u >> BLOCK_BITS).wrapping_add_signed(du) << BLOCK_BITS;
        let v = (at.v >> BLOCK_BITS).wrapping_add_signed(dv) << BLOCK_BITS;
        if u >= FACE_STEPS || v >= FACE_STEPS {
            return None;
        }
        let gap_u = gap(metric.u, f64::from(u), BLOCK_SIDE) * metric.per_u;
        let gap_v = gap(metric.v, f64::from(v), BLOCK_SIDE) * metric.per_v;
        let gap2 = squared(gap_u.max(gap_v));
        if gap2 > self.visitor.reach() {
            return None;
        }
        let number = self.grid.directory.block_at(Address { face: at.face, u, v });
        if number == NONE {
            return None;
        }
        prefetch(&self.grid.blocks, number as usize);
        Some((gap2, number))
    }

    #[inline]
    fn enter(&mut self, number: u32, metric: &Metric) {
        if number != NONE && self.visitor.may_want(self.grid.blocks[number as usize].any_bits()) {
            self.search_block(number, metric);
        }
    }

    /// Everything outside the window: pages, in them tiles, in them blocks, each in order of its nearest possible point.
    #[cold]
    fn search_rest(&mut self, face: u32, done: &Window) {
        let grid = self.grid;
        let pages = grid.directory.pages.iter();
        let mut pages: Vec<_> = pages.map(|page| (page.cover.bound2(self.origin), page)).collect();
        pages.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut tiles = Vec::new();
        for (bound, page) in pages {
            if bound > self.visitor.reach() {
                break;
            }
            tiles.clear();
            tiles.extend(page.used.iter().map(|&tile| {
                let tile = &grid.directory.tiles[tile as usize];
                (tile.cover.bound2(self.origin), tile)
            }));
            tiles.sort_unstable_by(|a: &(f64, _), b| a.0.total_cmp(&b.0));
            for &(bound, tile) in &tiles {
                if bound > self.visitor.reach() {
                    break;
                }
                self.search_tile(tile, face, done);
            }
        }
    }

    fn search_tile(&mut self, tile: &Tile, face: u32, done: &Window) {
        let mut used = tile.used;
        let mut near = [(0.0, 0u32); 64];
        let mut len = 0;
        while used != 0 {
            let number = tile.blocks[used.trailing_zeros() as usize];
            used &= used - 1;
            let block = &self.grid.blocks[number as usize];
            if u32::from(block.face) == face && done.contains(block) || !self.visitor.may_want(block.any_bits()) {
                continue;
            }
            let bound = bound2(self.origin, block.origin, BLOCK_RADIUS);
            if bound <= self.visitor.reach() {
                near[len] = (bound, number);
                len += 1;
            }
        }
        near[..len].sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        for &(bound, number) in &near[..len] {
            if bound > self.visitor.reach() {
                break;
            }
            let face = u32::from(self.grid.blocks[number as usize].face);
            self.search_block(number, &Metric::far(face, self.origin));
        }
        self.read();
    }

    /// The cells of a block: rings around the one nearest to the origin until enough points are taken, then row by row
    /// what else lies within reach. Some may be left noted.
    fn search_block(&mut self, number: u32, metric: &Metric) {
        let block = &self.grid.blocks[number as usize];
        if block.level() == 0 {
            self.note(block.cell(&self.grid.cells, 0), number);
            return;
        }
        let view = View::new(block, block.cut(&self.grid.cells), metric);
        view.warm_up();
        if self.has_read && block.len <= SMALL_CROWD && !self.visitor.could_be_full() {
            return view.cells.iter().for_each(|&cell| self.note(cell, number));
        }
        let ring = if self.visitor.could_be_full() { -1 } else { self.note_rings(&view, number) };
        self.note_rows(&view, number, ring);
    }

    /// Reads rings of cells until enough points are taken or no further ring matters; returns the last ring read.
    fn note_rings(&mut self, view: &View<'_>, number: u32) -> i32 {
        self.note_row(view, number, view.row, view.column, view.column);
        let mut ring = 0;
        while !self.visitor.could_be_full() && view.does_ring_matter(ring + 1, self.visitor.reach()) {
            ring += 1;
            let (left, right) = (view.column - ring, view.column + ring);
            let (first, last) = (left.max(0), right.min(view.last));
            for row in [view.row - ring, view.row + ring] {
                if (0..=view.last).contains(&row) {
                    self.note_row(view, number, row, first, last);
                }
            }
            let (top, bottom) = ((view.row - ring + 1).max(0), (view.row + ring - 1).min(view.last));
            for row in top..=bottom {
                if left >= 0 {
                    self.note_row(view, number, row, left, left);
                }
                if right <= view.last {
                    self.note_row(view, number, row, right, right);
                }
            }
            self.read();
        }
        ring
    }

    /// Notes all cells within reach that are not in the rings up to `ring` (-1: none), nearest rows first.
    fn note_rows(&mut self, view: &View<'_>, number: u32, ring: i32) {
        for row in view.row..=view.last {
            if !self.note_rest_of_row(view, number, row, ring) {
                break;
            }
        }
        for row in (0..view.row).rev() {
            if !self.note_rest_of_row(view, number, row, ring) {
                break;
            }
        }
    }

    /// Returns whether the row may hold anything within reach.
    #[inline]
    fn note_rest_of_row(&mut self, view: &View<'_>, number: u32, row: i32, ring: i32) -> bool {
        let Some((first, last)) = view.columns_within(self.radius, row) else { return false };
        if (row - view.row).abs() > ring {
            self.note_row(view, number, row, first, last);
        } else {
            self.note_row(view, number, row, first, last.min(view.column - ring - 1));
            self.note_row(view, number, row, first.max(view.column + ring + 1), last);
        }
        true
    }

    #[inline]
    fn note_row(&mut self, view: &View<'_>, number: u32, row: i32, first: i32, last: i32) {
        if first <= last {
            let row = (row * (view.last + 1)) as usize;
            for &cell in &view.cells[row + first as usize..=row + last as usize] {
                self.note(cell, number);
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
struct View<'a> {
    cells: &'a [Cell],
    metric: &'a Metric,
    u: f64,
    v: f64,
    per_u: f64,
    per_v: f64,
    columns_per_width: f64,
    /// The last column and row.
    last: i32,
    /// The cell nearest to the origin.
    column: i32,
    row: i32,
}

impl<'a> View<'a> {
    #[inline]
    fn new(block: &Block, cells: &'a [Cell], metric: &'a Metric) -> Self {
        let last = (1 << block.level()) - 1;
        let steps_per_cell = f64::from(1u32 << block.cell_bits);
        let u = (metric.u - f64::from(block.u)) / steps_per_cell;
        let v = (metric.v - f64::from(block.v)) / steps_per_cell;
        Self {
            cells,
            metric,
            u,
            v,
            per_u: metric.per_u * steps_per_cell,
            per_v: metric.per_v * steps_per_cell,
            columns_per_width: 1.0 / (metric.per_u * steps_per_cell),
            last,
            // Casts saturate: an origin outside starts from the nearest cell.
            column: (u as i32).clamp(0, last),
            row: (v as i32).clamp(0, last),
        }
    }

    /// Asks memory for the rows around the cell nearest to the origin.
    #[inline]
    fn warm_up(&self) {
        let side = self.last + 1;
        for row in [self.row - 1, self.row + 1, self.row - 2, self.row + 2] {
            // Beyond the block there may be anything; asking for it does no harm.
            prefetch(self.cells, (row.clamp(0, self.last) * side + self.column) as usize);
        }
    }

    /// Whether any point in a ring of cells may be within reach.
    fn does_ring_matter(&self, ring: i32, reach: f64) -> bool {
        let (left, right) = (self.column - ring, self.column + ring);
        let (top, bottom) = (self.row - ring, self.row + ring);
        let matters = |is_inside: bool, bound: f64| is_inside && squared(bound) <= reach;
        matters(left >= 0, (self.u - f64::from(left + 1)) * self.per_u)
            || matters(right <= self.last, (f64::from(right) - self.u) * self.per_u)
            || matters(top >= 0, (self.v - f64::from(top + 1)) * self.per_v)
            || matters(bottom <= self.last, (f64::from(bottom) - self.v) * self.per_v)
    }

    /// The columns of a row that may hold a point within a radius; `None` if neither this row nor any further one may.
    #[inline]
    fn columns_within(&self, radius: f64, row: i32) -> Option<(i32, i32)> {
        let gap_v = gap(self.v, f64::from(row), 1.0) * self.per_v;
        if gap_v > radius {
            return None;
        }
        let (same_side, other_side) = self.metric.widths(gap_v, radius);
        let is_high = f64::from(row) > self.v;
        let (left, right) = if is_high { (other_side, same_side) } else { (same_side, other_side) };
        // Columns are at least `per_u` each apart; without a bound (0) every column is in.
        let (left, right) = (self.u - left * self.columns_per_width, self.u + right * self.columns_per_width);
        Some((floor(left).max(0), floor(right).min(self.last)))
    }
}

/// Rounds down without a call; saturates.
#[inline(always)]
fn floor(value: f64) -> i32 {
    let towards_zero = value as i32;
    towards_zero.saturating_sub(i32::from(f64::from(towards_zero) > value))
}
