//! When to stop. The core has no clock: whoever has one implements [`Budget`].

/// Tells how much of a search is over.
pub trait Budget {
    /// Share of the budget used after `iterations` iterations: 0 at the start, 1 or more to stop.
    ///
    /// Asked every [`super::POLL_EVERY`] iterations; it must not decrease.
    fn used(&mut self, iterations: u64) -> f64;
}

/// A number of iterations, which makes a run reproducible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Iterations(pub u64);

impl Budget for Iterations {
    fn used(&mut self, iterations: u64) -> f64 {
        if iterations >= self.0 { 1.0 } else { iterations as f64 / self.0 as f64 }
    }
}
