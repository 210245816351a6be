//! The parts of the objective, kept apart so that any difference can be explained part by part.

use crate::model::{ScoreTerm, Term};

/// Quantity and price of every term. The quantity of the rating is in thousandths of a star, that of repeats in
/// hundredths of a percent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    quantity: [i64; Term::COUNT],
    cost_milli: [i64; Term::COUNT],
}

impl Terms {
    /// Adds to one term.
    pub fn add(&mut self, term: Term, quantity: i64, cost_milli: i64) {
        self.quantity[term as usize] += quantity;
        self.cost_milli[term as usize] += cost_milli;
    }

    /// Sum of all prices.
    #[must_use]
    pub fn cost_milli(&self) -> i64 {
        self.cost_milli.iter().sum()
    }

    /// Price of one term.
    #[must_use]
    pub fn cost_of(&self, term: Term) -> i64 {
        self.cost_milli[term as usize]
    }

    /// What these terms and `other` have together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let mut sum = *self;
        for index in 0..Term::COUNT {
            sum.quantity[index] += other.quantity[index];
            sum.cost_milli[index] += other.cost_milli[index];
        }
        sum
    }

    /// What these terms have more than `other`.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let mut difference = *self;
        for index in 0..Term::COUNT {
            difference.quantity[index] -= other.quantity[index];
            difference.cost_milli[index] -= other.cost_milli[index];
        }
        difference
    }

    /// The terms that are not nothing, in order.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "quantities stay below 2^53")]
    pub fn to_score(&self) -> Vec<ScoreTerm> {
        Term::ALL
            .into_iter()
            .zip(self.quantity.iter().zip(&self.cost_milli))
            .filter(|(_, (quantity, cost_milli))| **quantity != 0 || **cost_milli != 0)
            .map(|(term, (quantity, cost_milli))| {
                let scale = match term {
                    Term::Rating => 1_000.0,
                    Term::Repeats => 100.0,
                    _ => 1.0,
                };
                ScoreTerm { term, quantity: *quantity as f64 / scale, cost_milli: *cost_milli }
            })
            .collect()
    }
}
