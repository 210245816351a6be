//! Points on the sphere kept so that one moves in constant time and the near ones are found without looking at the rest.

mod entry;

pub(crate) use entry::Entry;

use super::sphere::Point;

/// A set of points by technician number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grid {
    entries: Vec<Option<(Point, u64, i64)>>,
    len: usize,
}

/// What a search does with the points it comes by.
pub(crate) trait Visitor {
    /// The squared chord beyond which points no longer matter; may only shrink.
    fn reach(&self) -> f64;
    /// Looks at some points; `origin` is the search's origin in their frame.
    fn scan(&mut self, entries: &[Entry], origin: Point);
}

impl Grid {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Puts a point in or moves it.
    pub(crate) fn put(&mut self, id: u32, point: Point, bits: u64, time_ms: i64) {
        if self.entries.len() <= id as usize {
            self.entries.resize(id as usize + 1, None);
        }
        let old = self.entries[id as usize].replace((point, bits, time_ms));
        self.len += usize::from(old.is_none());
    }

    pub(crate) fn remove(&mut self, id: u32) {
        let old = self.entries.get_mut(id as usize).and_then(Option::take);
        self.len -= usize::from(old.is_some());
    }

    pub(crate) fn set_bits(&mut self, id: u32, bits: u64) {
        if let Some(Some(entry)) = self.entries.get_mut(id as usize) {
            entry.1 = bits;
        }
    }

    pub(crate) fn get(&self, id: u32) -> Option<(Point, i64)> {
        self.entries.get(id as usize).copied().flatten().map(|(point, _, time_ms)| (point, time_ms))
    }

    pub(crate) fn search<V: Visitor>(&self, origin: Point, visitor: &mut V) {
        for (id, slot) in self.entries.iter().enumerate() {
            if let Some((point, bits, time_ms)) = *slot {
                let entry = Entry { dx: 0, dy: 0, dz: 0, id: id as u32, bits, time_ms };
                let origin = Point { x: origin.x - point.x, y: origin.y - point.y, z: origin.z - point.z };
                visitor.scan(&[entry], origin);
            }
        }
    }
}
