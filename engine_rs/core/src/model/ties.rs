//! What ties a visit to others: what must come before it, and who must come together.

use super::{Timestamp, Violations, reason};

/// Most predecessors of one visit.
pub const MAX_DEPENDENCIES: usize = 64;
/// Most roles of one crew.
pub const MAX_CREW_SIZE: u32 = 6;
/// Longest lag between two tied visits in seconds.
pub const MAX_LAG_S: i64 = 30 * 86_400;
/// Longest time in seconds between the starts of two members of a crew.
pub const MAX_START_SPREAD_S: i64 = 86_400;

/// Whether two tied visits are attended by one technician.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Companion {
    /// It does not matter.
    #[default]
    Any,
    /// The same technician attends both.
    Same,
    /// Two technicians attend them.
    Different,
}

/// What becomes of a visit when one it waits for is cancelled, fails or expires.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Withdrawal {
    /// It waits for it no longer.
    #[default]
    Release,
    /// It is cancelled too.
    Cancel,
}

/// How a predecessor ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// When.
    pub end_s: Timestamp,
    /// Who had attended it.
    pub technician_id: String,
}

/// "After that visit": `start >= its end + min_lag_s`, and `start <= its end + max_lag_s`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The visit that comes before.
    pub visit_id: String,
    /// Least seconds from its end to the start of this one, 0 to 30 days.
    pub min_lag_s: i64,
    /// Most seconds from its end to the start of this one; `None` means any.
    pub max_lag_s: Option<i64>,
    /// Who attends the two.
    pub technician: Companion,
    /// What happens when it is cancelled, fails or expires.
    pub withdrawal: Withdrawal,
    /// How it ended, once it is completed; until then it is an open visit.
    pub ended: Option<Ended>,
}

impl Dependency {
    /// "After that visit has ended", whoever attends the two.
    #[must_use]
    pub fn new(visit_id: impl Into<String>) -> Self {
        Self {
            visit_id: visit_id.into(),
            min_lag_s: 0,
            max_lag_s: None,
            technician: Companion::Any,
            withdrawal: Withdrawal::Release,
            ended: None,
        }
    }
}

/// A role in a crew. The visits of one crew are added together, go to different technicians, and are all placed or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrewRole {
    /// Identifier of the crew.
    pub crew_id: String,
    /// Number of the role, from 0.
    pub role: u32,
    /// Number of roles, 2 to 6.
    pub size: u32,
    /// Most seconds between the starts of any two members; 0 means a common start.
    pub max_start_spread_s: i64,
}

/// Everything that ties one visit to others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ties {
    /// What must come before.
    pub after: Vec<Dependency>,
    /// The crew it belongs to.
    pub crew: Option<CrewRole>,
    /// Name of the group that it belongs to: all open visits of one group that have a place are with one technician.
    pub group: Option<String>,
}

impl Ties {
    /// Whether nothing is tied.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.after.is_empty() && self.crew.is_none() && self.group.is_none()
    }

    /// Collects every violation of the ties of the visit `id`, with paths below `path` (such as `visits[3]`).
    pub fn validate(&self, id: &str, path: &str, out: &mut Violations) {
        let is_count_ok = self.after.len() <= MAX_DEPENDENCIES;
        out.check(is_count_ok, format!("{path}.after"), reason::TOO_MANY_ITEMS, "at most 64 dependencies");
        for (index, after) in self.after.iter().enumerate() {
            let field = format!("{path}.after[{index}]");
            out.check(
                !after.visit_id.is_empty(),
                format!("{field}.visit"),
                reason::REQUIRED,
                "which visit comes before",
            );
            let cycle = format!("a visit cannot come after itself: {id} -> {id}");
            out.check(after.visit_id != id, format!("{field}.visit"), reason::DEPENDENCY_CYCLE, cycle);
            let is_first = self.after[..index].iter().all(|other| other.visit_id != after.visit_id);
            out.check(is_first, format!("{field}.visit"), reason::DUPLICATE, "named before in the list");
            let is_lag_ok = (0..=MAX_LAG_S).contains(&after.min_lag_s);
            out.check(is_lag_ok, format!("{field}.min_lag_s"), reason::OUT_OF_RANGE, "a lag is 0 seconds to 30 days");
            let is_most_ok = after.max_lag_s.is_none_or(|most_s| (after.min_lag_s..=MAX_LAG_S).contains(&most_s));
            let text = "the longest lag is min_lag_s to 30 days";
            out.check(is_most_ok, format!("{field}.max_lag_s"), reason::OUT_OF_RANGE, text);
        }
        let is_group_ok = self.group.as_ref().is_none_or(|group| !group.is_empty());
        out.check(is_group_ok, format!("{path}.group"), reason::REQUIRED, "the group needs a name");
        if let Some(crew) = &self.crew {
            crew.validate(&format!("{path}.crew"), out);
        }
    }
}

impl CrewRole {
    fn validate(&self, path: &str, out: &mut Violations) {
        out.check(!self.crew_id.is_empty(), format!("{path}.crew"), reason::REQUIRED, "the crew needs an identifier");
        let is_size_ok = (2..=MAX_CREW_SIZE).contains(&self.size);
        out.check(is_size_ok, format!("{path}.size"), reason::OUT_OF_RANGE, "a crew has 2 to 6 roles");
        let is_role_ok = self.role < self.size;
        out.check(is_role_ok, format!("{path}.role"), reason::OUT_OF_RANGE, "roles are counted from 0 to size - 1");
        let is_spread_ok = (0..=MAX_START_SPREAD_S).contains(&self.max_start_spread_s);
        let text = "starts lie 0 to 86,400 seconds apart";
        out.check(is_spread_ok, format!("{path}.max_start_spread_s"), reason::OUT_OF_RANGE, text);
    }
}
