//! Names interned once: a small number stands for a string from then on.

use std::hash::BuildHasher;

use rustc_hash::FxBuildHasher;
use smol_str::SmolStr;

use super::prefetch::prefetch;

/// Slots of the smallest table, a power of two.
const FEWEST_SLOTS: usize = 16;

/// Two-way table between names and consecutive numbers from 0, in order of first appearance.
///
/// Names are never taken out, so the slots are searched one after the other from where the hash says, and at least half of
/// them are empty. Names of up to 23 bytes lie in the list itself: a look-up waits for memory twice, for the slot and for
/// the name, and both can be asked for ahead.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    slots: Vec<Slot>,
    names: Vec<SmolStr>,
}

/// A number with a part of its name's hash.
#[derive(Clone, Copy, Debug)]
struct Slot {
    check: u32,
    number: u32,
}

impl Slot {
    const EMPTY: Self = Self { check: 0, number: u32::MAX };
}

/// The hash of a name.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct NameHash(u64);

impl NameHash {
    #[inline]
    fn of(name: &str) -> Self {
        Self(FxBuildHasher.hash_one(name))
    }

    /// Another part than the one that chooses the slot.
    #[inline]
    fn check(self) -> u32 {
        (self.0 >> 32) as u32
    }
}

impl Names {
    #[inline]
    pub(crate) fn get(&self, name: &str) -> Option<u32> {
        self.find(NameHash::of(name), |number| self.names[number as usize] == name)
    }

    /// The hash of a name, of which memory is asked for what [`Names::guess`] reads.
    #[inline]
    pub(crate) fn seek(&self, name: &str) -> NameHash {
        let hash = NameHash::of(name);
        prefetch(&self.slots, self.first_slot(hash));
        hash
    }

    /// The number that a name with this hash nearly always has, if it has one; asks memory for what [`Names::confirm`]
    /// compares.
    #[inline]
    pub(crate) fn guess(&self, hash: NameHash) -> Option<u32> {
        let number = self.find(hash, |_| true)?;
        prefetch(&self.names, number as usize);
        Some(number)
    }

    /// Number of a name of which `guess` was guessed.
    #[inline]
    pub(crate) fn confirm(&self, name: &str, guess: Option<u32>) -> Option<u32> {
        let number = guess?;
        if self.names[number as usize] == name { Some(number) } else { self.get(name) }
    }

    pub(crate) fn name(&self, number: u32) -> Option<&str> {
        self.names.get(number as usize).map(SmolStr::as_str)
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// Number of `name`, given now if it is new; `None` when `capacity` names are in already.
    pub(crate) fn intern(&mut self, name: &str, capacity: usize) -> Option<u32> {
        if let Some(number) = self.get(name) {
            return Some(number);
        }
        if self.names.len() >= capacity {
            return None;
        }
        let number = u32::try_from(self.names.len()).ok()?;
        self.names.push(name.into());
        if 2 * self.names.len() > self.slots.len() {
            self.slots = vec![Slot::EMPTY; (2 * self.slots.len()).max(FEWEST_SLOTS)];
            (0..number).for_each(|earlier| self.enter(earlier));
        }
        self.enter(number);
        Some(number)
    }

    /// The first number by this check that is accepted. Constant time on average.
    #[inline]
    fn find(&self, hash: NameHash, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let mut at = self.first_slot(hash);
        loop {
            let slot = self.slots.get(at)?;
            if slot.number == Slot::EMPTY.number {
                return None;
            }
            if slot.check == hash.check() && is_it(slot.number) {
                return Some(slot.number);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    fn enter(&mut self, number: u32) {
        let hash = NameHash::of(&self.names[number as usize]);
        let mut at = self.first_slot(hash);
        while self.slots[at].number != Slot::EMPTY.number {
            at = (at + 1) & (self.slots.len() - 1);
        }
        self.slots[at] = Slot { check: hash.check(), number };
    }

    #[inline]
    fn first_slot(&self, hash: NameHash) -> usize {
        hash.0 as usize & self.slots.len().wrapping_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_guess_confirmed_is_the_number(known in prop::collection::btree_set("[a-z]{0,30}", 1..200), asked in "[a-z]{0,3}") {
            let mut names = Names::default();
            for (number, name) in (0..).zip(&known) {
                prop_assert_eq!(names.intern(name, known.len()), Some(number));
            }
            for (number, name) in (0..).zip(&known) {
                prop_assert_eq!(names.intern(name, 0), Some(number));
                prop_assert_eq!(names.confirm(name, names.guess(names.seek(name))), Some(number));
                prop_assert_eq!(names.confirm(name, Some(0)), Some(number));
                prop_assert_eq!(names.name(number), Some(name.as_str()));
            }
            let is_known = known.contains(&asked);
            prop_assert_eq!(names.get(&asked).is_some(), is_known);
            prop_assert_eq!(names.confirm(&asked, names.guess(names.seek(&asked))).is_some(), is_known);
            prop_assert_eq!(names.intern("-", known.len()), None);
            prop_assert_eq!(names.len(), known.len());
        }
    }
}
