//! Points on the sphere kept so that one moves in constant time and the near ones are found without looking at the rest.
//!
//! ```text
//! directory: address -> block      (pages of tiles of blocks; only what is in use exists)
//! block:     ~1.5 km square with its own frame, cut into 1, 4, 16 .. 65536 cells as its crowd needs
//! cell:      a run of entries side by side in one array; a search reads it like a book
//! handle:    technician number -> run slot, block, cell
//! ```
//!
//! Moving within a cell writes one entry. Moving between cells takes one entry out (the last one of the run fills the gap)
//! and appends one. A block is cut anew when its crowd has doubled or fallen to a quarter, so that cutting costs constant
//! time per change on average.

mod address;
mod block;
mod directory;
mod entry;
mod slab;
mod walk;

pub(crate) use entry::Entry;
pub(crate) use walk::Visitor;

use super::prefetch::prefetch;
use super::sphere::Point;
pub(crate) use address::{Address, FACE_STEPS, corner};
use block::{Block, Cell};
use directory::{Directory, NONE};
use slab::{Class, Slab};

/// A run longer than this makes its block reconsider the cut when it grows.
const LONG_RUN: u32 = 64;

/// Runs up to this long are looked through when an entry leaves or changes, to know which bits are left.
const LOOKED_THROUGH: u32 = 16;

/// Where a technician's entry is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handle {
    slot: u32,
    block: u32,
    cell: u32,
}

/// The cells, in the array of all cells, that a point leaves and enters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CellChange {
    from: usize,
    to: usize,
}

impl Handle {
    const ABSENT: Self = Self { slot: NONE, block: NONE, cell: NONE };
}

/// A set of points by technician number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grid {
    handles: Vec<Handle>,
    entries: Slab<Entry>,
    cells: Slab<Cell>,
    blocks: Vec<Block>,
    free_blocks: Vec<u32>,
    directory: Directory,
    len: usize,
}

impl Grid {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The point of a number and its time.
    #[inline]
    pub(crate) fn get(&self, id: u32) -> Option<(Point, i64)> {
        self.handle(id).map(|handle| self.at(handle))
    }

    /// The point that a handle stands for and its time.
    #[inline]
    pub(crate) fn at(&self, handle: Handle) -> (Point, i64) {
        let entry = &self.entries.items[handle.slot as usize];
        (entry.point(self.blocks[handle.block as usize].origin), entry.time_ms)
    }

    /// Puts a point in, or replaces it. Constant time on average.
    pub(crate) fn put(&mut self, id: u32, point: Point, bits: u64, time_ms: i64) {
        match self.handle(id) {
            Some(handle) => {
                self.shift(handle, point, Address::of(point), time_ms);
                self.set_bits(id, bits);
            }
            None => {
                if self.handles.len() <= id as usize {
                    self.handles.resize(id as usize + 1, Handle::ABSENT);
                }
                self.insert(Address::of(point), point, Entry { id, bits, time_ms, ..Entry::default() });
                self.len += 1;
            }
        }
    }

    /// Moves a point that is in. Constant time on average.
    #[inline]
    pub(crate) fn shift(&mut self, handle: Handle, point: Point, address: Address, time_ms: i64) {
        let block = &self.blocks[handle.block as usize];
        if !block.covers(address) {
            let entry = Entry { time_ms, ..self.entries.items[handle.slot as usize] };
            self.take_out(handle);
            return self.insert(address, point, entry);
        }
        let cell = block.cell_at(address);
        let entry = &mut self.entries.items[handle.slot as usize];
        entry.place(point, block.origin);
        entry.time_ms = time_ms;
        if cell != handle.cell {
            let entry = *entry;
            self.leave_cell(handle);
            if self.append(handle.block, cell, entry) && self.blocks[handle.block as usize].may_be_cut_finer() {
                self.recut(handle.block);
            }
        }
    }

    /// Asks memory for a number's handle; then, once that is near, for its entry and block; then, knowing where the point
    /// goes, for the cells it leaves and enters. Three passes over a few moves hide what each would wait for alone.
    #[inline]
    pub(crate) fn warm_handle(&self, id: u32) {
        prefetch(&self.handles, id as usize);
    }

    #[inline]
    pub(crate) fn warm_entry(&self, id: u32) {
        if let Some(handle) = self.handle(id) {
            prefetch(&self.entries.items, handle.slot as usize);
            prefetch(&self.blocks, handle.block as usize);
        }
    }

    /// Returns the change of cell within the block that was asked for, if there is one.
    #[inline]
    pub(crate) fn warm_cells(&self, id: u32, address: Address) -> Option<CellChange> {
        let handle = self.handle(id)?;
        let block = &self.blocks[handle.block as usize];
        if block.level() == 0 || !block.covers(address) {
            return None;
        }
        let change = CellChange { from: block.cell_slot(handle.cell), to: block.cell_slot(block.cell_at(address)) };
        if change.from == change.to {
            return None;
        }
        prefetch(&self.cells.items, change.from);
        prefetch(&self.cells.items, change.to);
        Some(change)
    }

    /// Asks memory for the ends of the runs that a point leaves and enters.
    #[inline]
    pub(crate) fn warm_runs(&self, change: CellChange) {
        let (from, to) = (self.cells.items[change.from], self.cells.items[change.to]);
        prefetch(&self.entries.items, (from.start + from.len()).wrapping_sub(1) as usize);
        prefetch(&self.entries.items, (to.start + to.len()) as usize);
    }

    /// Asks memory for the handle of the entry that will fill the gap in the run that a point leaves. The cells may have
    /// changed since the hint was given; then it is a poor hint, no more.
    #[inline]
    pub(crate) fn warm_filler(&self, change: CellChange) {
        let from = self.cells.items[change.from];
        if let Some(filler) = self.entries.items.get((from.start + from.len()).wrapping_sub(1) as usize) {
            prefetch(&self.handles, filler.id as usize);
        }
    }

    /// Takes a point out, if it is in.
    pub(crate) fn remove(&mut self, id: u32) {
        if let Some(handle) = self.handle(id) {
            self.take_out(handle);
            self.handles[id as usize] = Handle::ABSENT;
            self.len -= 1;
        }
    }

    /// Changes the bits of a point that is in.
    pub(crate) fn set_bits(&mut self, id: u32, bits: u64) {
        if let Some(handle) = self.handle(id) {
            self.entries.items[handle.slot as usize].bits = bits;
            let block = &mut self.blocks[handle.block as usize];
            let mut run = block.cell(&self.cells, handle.cell);
            run.any_bits = any_bits(&self.entries, run) | bits;
            block.set_cell(&mut self.cells, handle.cell, run);
        }
    }

    /// The handle of a number that is in, good until the grid changes.
    #[inline]
    pub(crate) fn handle(&self, id: u32) -> Option<Handle> {
        self.handles.get(id as usize).copied().filter(|handle| handle.slot != NONE)
    }

    /// Appends an entry to the cell at an address and points its handle there.
    fn insert(&mut self, address: Address, point: Point, mut entry: Entry) {
        let number = self.block_for(address);
        let block = &mut self.blocks[number as usize];
        entry.place(point, block.origin);
        block.len += 1;
        let cell = block.cell_at(address);
        let has_long_run = self.append(number, cell, entry);
        let block = &self.blocks[number as usize];
        if block.is_outgrown() || has_long_run && block.may_be_cut_finer() {
            self.recut(number);
        }
    }

    /// Appends an entry to a cell; returns whether a long run had to grow for it.
    fn append(&mut self, block: u32, cell: u32, entry: Entry) -> bool {
        let home = &mut self.blocks[block as usize];
        let mut run = home.cell(&self.cells, cell);
        let len = run.len();
        let must_grow = len > 0 && len == run.class().capacity();
        if len == 0 {
            run = Cell::new(self.entries.take(Class(0)), 0, Class(0), 0);
        } else if must_grow {
            run = move_run(&mut self.entries, &mut self.handles, run, Class(run.class().0 + 1));
        }
        let slot = run.start + len;
        home.set_cell(&mut self.cells, cell, run.with_one_more(entry.bits));
        self.entries.items[slot as usize] = entry;
        self.handles[entry.id as usize] = Handle { slot, block, cell };
        must_grow && len >= LONG_RUN
    }

    /// Takes an entry out; the handle is left for the caller to set.
    fn take_out(&mut self, handle: Handle) {
        self.leave_cell(handle);
        let block = &mut self.blocks[handle.block as usize];
        block.len -= 1;
        if block.len == 0 {
            self.drop_block(handle.block);
        } else if block.is_deserted() {
            self.recut(handle.block);
        }
    }

    /// Takes an entry out of its cell.
    #[inline]
    fn leave_cell(&mut self, handle: Handle) {
        let block = &mut self.blocks[handle.block as usize];
        let mut run = block.cell(&self.cells, handle.cell).with_one_less();
        let last = run.start + run.len();
        let mut lost_bits = self.entries.items[handle.slot as usize].bits;
        if last != handle.slot {
            let filler = self.entries.items[last as usize];
            self.entries.items[handle.slot as usize] = filler;
            self.handles[filler.id as usize].slot = handle.slot;
            lost_bits &= !filler.bits;
        }
        let (len, class) = (run.len(), run.class());
        if len == 0 {
            self.entries.give_back(run.start, class);
        } else if class.0 > 1 && len <= class.capacity() / 4 {
            run = move_run(&mut self.entries, &mut self.handles, run, Class(class.0 - 1));
        }
        if lost_bits != 0 {
            run.any_bits = any_bits(&self.entries, run);
        }
        block.set_cell(&mut self.cells, handle.cell, run);
    }

    /// The block at an address, made if there is none.
    fn block_for(&mut self, address: Address) -> u32 {
        let number = self.directory.block_at(address);
        if number != NONE {
            return number;
        }
        let block = Block::around(address);
        let number = match self.free_blocks.pop() {
            Some(number) => {
                self.blocks[number as usize] = block;
                number
            }
            None => {
                self.blocks.push(block);
                self.blocks.len() as u32 - 1
            }
        };
        self.directory.insert(address, number);
        number
    }

    fn drop_block(&mut self, number: u32) {
        let block = &mut self.blocks[number as usize];
        block.release(&mut self.cells);
        self.directory.remove(block.address());
        self.free_blocks.push(number);
    }

    /// Cuts a block anew for the crowd it has now. Linear in that crowd.
    #[cold]
    #[inline(never)]
    fn recut(&mut self, number: u32) {
        let block = &mut self.blocks[number as usize];
        let mut entries = Vec::with_capacity(block.len as usize);
        for run in block.cells(&self.cells).filter(|run| run.len() > 0) {
            entries.extend_from_slice(&self.entries.items[run.range()]);
            self.entries.give_back(run.start, run.class());
        }
        let addresses: Vec<_> = entries.iter().map(|entry| Address::of(entry.point(block.origin))).collect();
        block.cut_for(&addresses, &mut self.cells);
        let mut counts = vec![0u32; 1 << (2 * block.level())];
        addresses.iter().for_each(|&address| counts[block.cell_at(address) as usize] += 1);
        for (cell, &count) in (0..).zip(&counts).filter(|&(_, &count)| count > 0) {
            let class = Class::holding(count);
            block.set_cell(&mut self.cells, cell, Cell::new(self.entries.take(class), 0, class, 0));
        }
        for (entry, &address) in entries.into_iter().zip(&addresses) {
            let cell = block.cell_at(address);
            let run = block.cell(&self.cells, cell);
            let slot = run.start + run.len();
            block.set_cell(&mut self.cells, cell, run.with_one_more(entry.bits));
            self.entries.items[slot as usize] = entry;
            self.handles[entry.id as usize] = Handle { slot, block: number, cell };
        }
    }
}

/// Every bit that an entry of a run has; for long runs what is known already, which may be more.
#[inline]
fn any_bits(entries: &Slab<Entry>, run: Cell) -> u64 {
    if run.len() > LOOKED_THROUGH {
        return run.any_bits;
    }
    entries.items[run.range()].iter().fold(0, |bits, entry| bits | entry.bits)
}

/// Moves a cell's run to one of another class.
fn move_run(entries: &mut Slab<Entry>, handles: &mut [Handle], run: Cell, class: Class) -> Cell {
    let start = entries.take(class);
    entries.items.copy_within(run.range(), start as usize);
    entries.give_back(run.start, run.class());
    let moved = Cell::new(start, run.len(), class, run.any_bits);
    for (slot, entry) in (start..).zip(&entries.items[moved.range()]) {
        handles[entry.id as usize].slot = slot;
    }
    moved
}
