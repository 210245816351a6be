//! What the chain remembers of each resource: its salt and the digest of its present content.

use std::collections::BTreeMap;

use crate::hash::{self, Digest, Salt};

/// One resource that exists.
#[derive(Clone, Copy, Debug)]
struct Subject {
    salt: Salt,
    digest: Digest,
}

/// What one change does to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// The content is this now.
    Put(&'a [u8]),
    /// The content is this now, and whoever holds the old one can no longer prove it: the salt is replaced.
    Erase(&'a [u8]),
    /// The resource is gone.
    Remove,
}

/// What must happen to the stored salt of the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaltChange {
    /// Nothing.
    Kept,
    /// This one takes its place.
    Set(Salt),
    /// It goes.
    Removed,
}

/// Resources that exist, by name: all that may change next. 48 bytes each beside the name.
#[derive(Clone, Debug, Default)]
pub struct Subjects {
    known: BTreeMap<Box<str>, Subject>,
}

impl Subjects {
    /// Learns a resource as it is stored.
    pub fn remember(&mut self, resource: &str, salt: Salt, content: &[u8]) {
        self.known.insert(resource.into(), Subject { salt, digest: hash::content(&salt, content) });
    }

    /// Forgets a resource. It must be remembered again before it changes.
    pub fn forget(&mut self, resource: &str) {
        self.known.remove(resource);
    }

    /// Returns how many resources are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Tells whether no resource is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Takes a change over and returns the digests before and after it. `fresh` is used when a salt is needed.
    pub(crate) fn change(&mut self, resource: &str, change: Change<'_>, fresh: Salt) -> (Digest, Digest, SaltChange) {
        let known = self.known.get_mut(resource);
        let before = known.as_ref().map_or(Digest::NONE, |subject| subject.digest);
        match (change, known) {
            (Change::Put(content), Some(subject)) => {
                subject.digest = hash::content(&subject.salt, content);
                (before, subject.digest, SaltChange::Kept)
            }
            (Change::Put(content) | Change::Erase(content), known) => {
                let new = Subject { salt: fresh, digest: hash::content(&fresh, content) };
                match known {
                    Some(subject) => *subject = new,
                    None => _ = self.known.insert(resource.into(), new),
                }
                (before, new.digest, SaltChange::Set(fresh))
            }
            (Change::Remove, known) => {
                let salt = if known.is_some() { SaltChange::Removed } else { SaltChange::Kept };
                self.known.remove(resource);
                (before, Digest::NONE, salt)
            }
        }
    }
}
