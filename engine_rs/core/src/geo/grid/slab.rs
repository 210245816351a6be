//! Runs of 4, 8, 16, ... items in one array, given out and taken back in constant time.

/// Items in a run of class 0.
const SMALLEST_RUN: u32 = 4;
/// Classes of runs; the largest holds 2^28 items.
const CLASSES: usize = 27;

/// A run's class: it holds `4 << class` items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Class(pub(crate) u8);

impl Class {
    #[inline]
    pub(crate) fn capacity(self) -> u32 {
        SMALLEST_RUN << self.0
    }

    /// The smallest class that holds `len` items.
    pub(crate) fn holding(len: u32) -> Self {
        let runs = len.max(1).div_ceil(SMALLEST_RUN).next_power_of_two();
        Self(runs.trailing_zeros() as u8)
    }
}

/// The array and its free runs by class.
#[derive(Clone, Debug)]
pub(crate) struct Slab<T> {
    pub(crate) items: Vec<T>,
    free: [Vec<u32>; CLASSES],
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { items: Vec::new(), free: [const { Vec::new() }; CLASSES] }
    }
}

impl<T: Clone + Default> Slab<T> {
    /// Start of a run of the class; its contents are arbitrary.
    pub(crate) fn take(&mut self, class: Class) -> u32 {
        if let Some(start) = self.free[usize::from(class.0)].pop() {
            return start;
        }
        let start = self.items.len();
        self.items.resize(start + class.capacity() as usize, T::default());
        start as u32
    }

    pub(crate) fn give_back(&mut self, start: u32, class: Class) {
        self.free[usize::from(class.0)].push(start);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_used_again() {
        let mut slab = Slab::<u8>::default();
        let (a, b) = (slab.take(Class(0)), slab.take(Class(2)));
        slab.give_back(a, Class(0));
        slab.give_back(b, Class(2));
        assert_eq!((slab.take(Class(2)), slab.take(Class(0))), (b, a));
        assert_eq!(slab.items.len(), 4 + 16);
    }

    #[test]
    fn the_smallest_class_that_fits() {
        let classes = [0, 1, 4, 5, 8, 9, 1 << 20, (1 << 20) + 1].map(|len| Class::holding(len).0);
        assert_eq!(classes, [0, 0, 0, 1, 1, 2, 18, 19]);
    }
}
