//! What may be done and what it costs: one file a rule.
//!
//! The objective, in milli-cost, lower is better. Over all routes r and the visits v on them:
//!
//! ```text
//!   sum over legs l of r       travel(metres of l)
//! + sum over v on r            response(start - request)      as-soon-as-possible visits, by priority
//!                            + lateness(start - due)          as-soon-as-possible visits, by priority
//!                            + window(start - first opening)  visits promised within windows
//!                            + over_qualification(levels above, skills beyond those asked)
//!                            + rating(5 - shrunk rating)
//!                            + repeats(share of repeat visits above the usual one)
//!                            + visit_cost(what the technician charges a visit)
//!                            + preference + tier + newcomer   bonuses, negative
//! + fairness * n (n - 1) / 2   with n the visits of r's shift
//! + overtime(end of r - end of the shift)
//! + disruption                 for each visit taken from a technician who had it, by notice
//! ```
//!
//! Every priced function of time never falls as time goes on, and the price of an insertion is the difference of this sum
//! with and without the visit, so that what later stops lose is part of it. Hard rules are never traded against prices.
//!
//! | hard | file | priced | file |
//! |---|---|---|---|
//! | AVAILABILITY | `availability` | travel | `travel` |
//! | SKILL | `skill` | response | `response` |
//! | CERTIFICATE | `certificate` | lateness | `lateness` |
//! | SHIFT | `shift` | window | `window` |
//! | WINDOW, BREAK | `starts`, `plan::timeline` | over_qualification | `over_qualification` |
//! | TECHNICIAN | `technician` | rating | `rating` |
//! | MAX_VISITS | `max_visits` | preference | `preference` |
//! | MAX_TRAVEL | `max_travel` | fairness, tier | `fairness`, `tier` |
//! | LANGUAGE | `language` | newcomer | `tier` |
//! | PARTNER, PARTS | `partner`, `parts` | disruption, overtime | `disruption`, `shift` |
//! | | | repeats, visit_cost | `repeats`, `visit_cost` |

pub mod availability;
pub mod certificate;
pub mod disruption;
pub mod fairness;
pub mod language;
pub mod lateness;
pub mod max_travel;
pub mod max_visits;
pub mod over_qualification;
pub mod partner;
pub mod parts;
pub mod preference;
pub mod rating;
pub mod repeats;
pub mod response;
pub mod shift;
pub mod skill;
pub mod starts;
pub mod technician;
pub mod tier;
pub mod travel;
pub mod visit_cost;
pub mod window;

mod sequence;
mod terms;

pub use sequence::{Break, Evaluation, Sequence, evaluate, measure};
pub use terms::Terms;

use crate::model::{Policy, Rule, Technician, Timestamp};
use crate::plan::{Plan, Promise, Route, TechnicianEntry, VisitFacts};

/// Longest span that is priced in full, one year, so that sums stay far from overflow.
const MAX_PRICED_S: i64 = 366 * 86_400;

/// Price of `seconds` at a price a minute; nothing for the past.
#[inline]
fn per_minute(seconds: i64, milli_per_min: i64) -> i64 {
    seconds.clamp(0, MAX_PRICED_S) * milli_per_min / 60
}

/// First rule about the person that keeps a technician from a visit, whatever the day looks like.
#[must_use]
pub fn first_personal_rule(number: u32, technician: &TechnicianEntry, visit: &VisitFacts) -> Option<Rule> {
    if !availability::allows(technician) {
        Some(Rule::Availability)
    } else if !skill::allows(&technician.facts, visit) {
        Some(Rule::Skill)
    } else if !certificate::allows(&technician.facts, visit) {
        Some(Rule::Certificate)
    } else if !technician::allows(number, visit) {
        Some(Rule::Technician)
    } else if !language::allows(&technician.facts, visit) {
        Some(Rule::Language)
    } else if !partner::allows(&technician.facts, visit) {
        Some(Rule::Partner)
    } else {
        None
    }
}

/// Whether a shift has room for one more visit: not too many, and the parts that it takes are left on board.
#[inline]
#[must_use]
pub fn has_room(policy: &Policy, plan: &Plan, technician: &TechnicianEntry, route: &Route, visit: &VisitFacts) -> bool {
    max_visits::has_room(policy, technician, route) && parts::has_room(plan, technician, route, visit)
}

/// Whether a shift holds no more visits than it may, and has the parts that they take.
#[must_use]
pub fn fits(policy: &Policy, plan: &Plan, technician: &TechnicianEntry, route: &Route) -> bool {
    max_visits::excess(policy, technician, route) == 0 && parts::overdrawn(plan, technician, route).is_none()
}

/// Price of starting at `start_s`: response and lateness, or the window used up.
#[inline]
#[must_use]
pub fn start_cost(policy: &Policy, promise: &Promise, start_s: Timestamp) -> i64 {
    if promise.due_s.is_some() {
        response::cost(policy, promise, start_s) + lateness::cost(policy, promise, start_s)
    } else {
        window::cost(policy, promise, start_s)
    }
}

/// Price of the person for the visit, whatever the day looks like.
#[must_use]
pub fn personal_cost(policy: &Policy, number: u32, technician: &TechnicianEntry, visit: &VisitFacts) -> i64 {
    over_qualification::cost(policy, &technician.facts, visit)
        + preference::cost(policy, number, visit)
        + technician.facts.standing_milli
}

/// Price of the person for any visit: rating, repeats, cost and tier. It is computed once, when the technician enters the plan.
#[must_use]
pub fn standing_cost(policy: &Policy, technician: &Technician) -> i64 {
    rating::cost(policy, technician)
        + repeats::cost(policy, technician)
        + visit_cost::cost(policy, technician)
        + tier::cost(policy, technician)
        + tier::newcomer_cost(policy, technician)
}
