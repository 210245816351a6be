//! Price of taking a visit from a technician who had it: the less notice, the more.

use crate::model::{Policy, Timestamp, VisitState};

/// Price of moving a visit in `state` that was planned to start at `start_s`.
#[must_use]
pub fn cost(policy: &Policy, state: VisitState, start_s: Timestamp, now_s: Timestamp) -> i64 {
    let notice_s = (start_s - now_s).clamp(0, policy.notice_s);
    let no_notice = match policy.notice_s {
        0 => 0,
        whole_s => policy.move_without_notice_milli * (whole_s - notice_s) / whole_s,
    };
    let accepted = if state == VisitState::Accepted { policy.move_accepted_milli } else { 0 };
    policy.move_milli + no_notice + accepted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notice_makes_moves_cheaper() {
        let policy = Policy::default();
        let at = |start_s| cost(&policy, VisitState::Planned, start_s, 0);
        assert_eq!(at(0), policy.move_milli + policy.move_without_notice_milli);
        assert_eq!(at(policy.notice_s), policy.move_milli);
        assert!(at(600) > at(1_200));
        assert!(cost(&policy, VisitState::Accepted, 600, 0) > at(600));
    }
}
