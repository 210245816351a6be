//! A value behind a lock that is refused after a panic has interrupted a change of it.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::failure::Failure;

/// A value with many readers or one writer. parking_lot's lock is fair: a waiting writer is not overtaken for ever.
#[derive(Debug)]
pub(crate) struct Guarded<T> {
    value: RwLock<T>,
    is_broken: AtomicBool,
}

impl<T> Guarded<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { value: RwLock::new(value), is_broken: AtomicBool::new(false) }
    }

    /// Waits for readable access.
    ///
    /// # Errors
    /// [`Failure::Broken`] after a writer panicked.
    pub(crate) fn read(&self) -> Result<RwLockReadGuard<'_, T>, Failure> {
        let value = self.value.read();
        if self.is_broken.load(Ordering::Acquire) { Err(Failure::Broken) } else { Ok(value) }
    }

    /// Waits for sole access.
    ///
    /// # Errors
    /// [`Failure::Broken`] after a writer panicked.
    pub(crate) fn write(&self) -> Result<Writing<'_, T>, Failure> {
        let value = self.value.write();
        if self.is_broken.load(Ordering::Acquire) {
            return Err(Failure::Broken);
        }
        Ok(Writing { value, is_broken: &self.is_broken })
    }

    /// Readable access, if nobody has to be waited for.
    pub(crate) fn try_read(&self) -> Option<Result<RwLockReadGuard<'_, T>, Failure>> {
        let value = self.value.try_read()?;
        Some(if self.is_broken() { Err(Failure::Broken) } else { Ok(value) })
    }

    /// Sole access, if nobody has to be waited for.
    pub(crate) fn try_write(&self) -> Option<Result<Writing<'_, T>, Failure>> {
        let value = self.value.try_write()?;
        Some(if self.is_broken() { Err(Failure::Broken) } else { Ok(Writing { value, is_broken: &self.is_broken }) })
    }

    /// Puts `value` in place of whatever is there, which mends a broken one.
    pub(crate) fn replace(&self, value: T) {
        let mut present = self.value.write();
        *present = value;
        self.is_broken.store(false, Ordering::Release);
    }

    /// Whether a writer has panicked.
    pub(crate) fn is_broken(&self) -> bool {
        self.is_broken.load(Ordering::Acquire)
    }
}

/// Sole access; ended by a panic it breaks the value.
pub(crate) struct Writing<'a, T> {
    value: RwLockWriteGuard<'a, T>,
    is_broken: &'a AtomicBool,
}

impl<T> Writing<'_, T> {
    /// Lets whoever waits go first, then goes on. The value may have changed in between.
    pub(crate) fn yield_to_others(&mut self) {
        RwLockWriteGuard::bump(&mut self.value);
    }
}

impl<T> Deref for Writing<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Writing<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T> Drop for Writing<'_, T> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.is_broken.store(true, Ordering::Release);
        }
    }
}
