//! The shortest span of a piece of a route, joined in O(1) (Vidal et al. 2013, without time warp: pieces are feasible).

/// A piece of a route between two nodes, inclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Segment {
    /// Shortest time from starting the first service to ending the last.
    pub(super) duration: i64,
    /// Earliest start of the first service that has the shortest duration.
    earliest: i64,
    /// Latest start of the first service that is feasible.
    latest: i64,
}

impl Segment {
    /// One node.
    pub(super) fn of(service: i64, window: (i64, i64)) -> Self {
        Self { duration: service, earliest: window.0, latest: window.1 }
    }

    /// This piece, then a way of `time`, then `other`.
    #[inline]
    pub(super) fn then(self, time: i64, other: Self) -> Self {
        let shift = self.duration + time;
        let wait = (other.earliest - shift - self.latest).max(0);
        Self {
            duration: shift + other.duration + wait,
            earliest: (other.earliest - shift).max(self.earliest) - wait,
            latest: self.latest.min(other.latest - shift),
        }
    }

    /// Whether `other` can follow in time.
    #[inline]
    pub(super) fn can_reach(self, time: i64, other: Self) -> bool {
        self.earliest + self.duration + time <= other.latest
    }
}

#[cfg(test)]
mod tests {
    use super::Segment;

    #[test]
    fn waiting_counts_only_when_leaving_later_does_not_remove_it() {
        let free = Segment::of(0, (0, 100)).then(10, Segment::of(5, (50, 60)));
        assert_eq!(free.duration, 15);
        let fixed = Segment::of(0, (0, 0)).then(10, Segment::of(5, (50, 60)));
        assert_eq!(fixed.duration, 55);
    }

    #[test]
    fn joining_is_associative() {
        let (a, b, c) = (Segment::of(0, (0, 20)), Segment::of(7, (40, 90)), Segment::of(3, (30, 200)));
        assert_eq!(a.then(5, b).then(9, c), a.then(5, b.then(9, c)));
    }
}
