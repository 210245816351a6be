//! Names interned once: a small number stands for a string from then on.

use rustc_hash::FxHashMap;

/// Two-way table between names and consecutive numbers from 0, in order of first mention.
#[derive(Clone, Debug, Default)]
pub struct Names {
    by_name: FxHashMap<Box<str>, u32>,
    by_number: Vec<Box<str>>,
}

impl Names {
    /// Number of a name mentioned before.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }

    /// Number of `name`, given now if it is new.
    pub fn intern(&mut self, name: &str) -> u32 {
        if let Some(number) = self.get(name) {
            return number;
        }
        // Four billion names do not fit into memory; should they ever, the last number is shared rather than wrapped.
        let number = u32::try_from(self.by_number.len()).unwrap_or(u32::MAX);
        self.by_number.push(name.into());
        self.by_name.insert(name.into(), number);
        number
    }

    /// Name of a number given by [`Names::intern`].
    #[must_use]
    pub fn name(&self, number: u32) -> &str {
        &self.by_number[number as usize]
    }

    /// Name of a number, or `other` when the number was given to nobody.
    #[must_use]
    pub fn name_or<'a>(&'a self, number: u32, other: &'a str) -> &'a str {
        self.by_number.get(number as usize).map_or(other, |name| name)
    }

    /// Number of names.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_number.len()
    }

    /// Whether no name was mentioned yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_number.is_empty()
    }
}
