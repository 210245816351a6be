//! Names interned once: a small number stands for a string from then on.

use rustc_hash::FxHashMap;

/// Two-way table between names and consecutive numbers from 0, in order of first appearance.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    by_name: FxHashMap<Box<str>, u32>,
    by_number: Vec<Box<str>>,
}

impl Names {
    pub(crate) fn get(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }

    pub(crate) fn name(&self, number: u32) -> Option<&str> {
        self.by_number.get(number as usize).map(AsRef::as_ref)
    }

    pub(crate) fn len(&self) -> usize {
        self.by_number.len()
    }

    /// Number of `name`, given now if it is new; `None` when `capacity` names are in already.
    pub(crate) fn intern(&mut self, name: &str, capacity: usize) -> Option<u32> {
        if let Some(number) = self.get(name) {
            return Some(number);
        }
        if self.by_number.len() >= capacity {
            return None;
        }
        let number = u32::try_from(self.by_number.len()).ok()?;
        self.by_number.push(name.into());
        self.by_name.insert(name.into(), number);
        Some(number)
    }
}
