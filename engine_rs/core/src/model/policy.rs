//! The policy: versioned prices and switches. Every decision names the revision that priced it.

use super::{Priority, Timestamp, Violations, reason};

/// Highest price accepted, so that sums stay far from overflow.
const MAX_PRICE_MILLI: i64 = 1_000_000_000;
/// Longest span accepted in seconds: one year.
const MAX_SPAN_S: i64 = 366 * 86_400;

/// One price for each priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct PriceByPriority {
    /// For ROUTINE.
    pub routine: i64,
    /// For URGENT.
    pub urgent: i64,
    /// For EMERGENCY.
    pub emergency: i64,
}

impl Default for PriceByPriority {
    fn default() -> Self {
        Self::new(0, 0, 0)
    }
}

impl PriceByPriority {
    const fn new(routine: i64, urgent: i64, emergency: i64) -> Self {
        Self { routine, urgent, emergency }
    }

    /// The price for one priority.
    #[must_use]
    pub const fn of(&self, priority: Priority) -> i64 {
        match priority {
            Priority::Routine => self.routine,
            Priority::Urgent => self.urgent,
            Priority::Emergency => self.emergency,
        }
    }
}

/// Rules and weights of dispatch. Prices are milli-cost; with the defaults 1,000 milli-cost is one kilometre driven.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct Policy {
    /// Name of this version.
    pub revision: String,
    /// Price of a kilometre.
    pub travel_milli_per_km: i64,
    /// Price of a minute from request to start of a visit asked for as soon as possible.
    pub response_milli_per_min: PriceByPriority,
    /// Price of a minute of start after the promised one, on top of the response.
    pub lateness_milli_per_min: PriceByPriority,
    /// Price of a minute of the promised window used up before the start.
    pub window_milli_per_min: i64,
    /// Price of one level held above the one asked, and of one skill held that is not asked for.
    pub over_qualification_milli_per_level: i64,
    /// Price of one star that the shrunk rating lies below five.
    pub rating_milli_per_star: i64,
    /// Rating taken for somebody without any, 1 to 5.
    pub rating_prior_mean: f64,
    /// Number of ratings the prior counts for.
    pub rating_prior_count: u32,
    /// Price of one percent by which the shrunk share of repeat visits lies above the usual one; a bonus below it.
    pub repeat_milli_per_percent: i64,
    /// The usual share of repeat visits, 0 to 100 percent.
    pub repeat_prior_percent: f64,
    /// Number of visits the usual share counts for.
    pub repeat_prior_count: u32,
    /// Percent of what a technician charges a visit that counts as its price.
    pub visit_cost_percent: i64,
    /// Bonus for the technician whom the customer would like.
    pub preference_milli: i64,
    /// Price of each visit the technician has in the shift already.
    pub fairness_milli_per_visit: i64,
    /// Bonus a star of the technician's tier.
    pub tier_milli_per_star: i64,
    /// Most that the tier bonus may be.
    pub tier_max_milli: i64,
    /// Bonus of a newcomer: tier 0 with fewer than `newcomer_ratings` ratings.
    pub newcomer_milli: i64,
    /// Ratings from which a technician is no newcomer any more.
    pub newcomer_ratings: u32,
    /// Price of taking a visit from one technician to another.
    pub move_milli: i64,
    /// Added price of such a move at no notice; falls linearly to nothing at `notice_s`.
    pub move_without_notice_milli: i64,
    /// Notice at which a move costs nothing extra, in seconds.
    pub notice_s: i64,
    /// Added price of moving a visit that its technician has accepted.
    pub move_accepted_milli: i64,
    /// Price of a minute worked after the shift's end.
    pub overtime_milli_per_min: i64,
    /// Seconds by which a route may run over the shift's end. 0 forbids overtime.
    pub max_overtime_s: i64,
    /// Longest leg in metres of road. 0 means no limit.
    pub max_leg_m: i64,
    /// Most visits a shift for technicians who do not say. 0 means no limit.
    pub max_visits: u32,
    /// What is planned to start within this many seconds keeps its place: nothing is put before it and no improvement moves
    /// it. Urgent visits and what breaks a rule or is badly late after a disruption are excepted. 0 switches it off.
    pub freeze_horizon_s: i64,
    /// A move of the improvement step must gain more than this beyond its own price.
    pub improvement_threshold_milli: i64,
    /// Smaller changes of planned times are not reported, in seconds.
    pub retime_threshold_s: i64,
    /// Older positions are not believed, in seconds.
    pub max_staleness_s: i64,
    /// From this lateness on, a visit may move after a disruption, in seconds.
    pub badly_late_s: i64,
    /// An unassigned visit is tried again after this many seconds even if no room is known to have appeared.
    pub retry_interval_s: i64,
    /// Whether an urgent visit without a place may push out less urgent ones that find another.
    pub ejection: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            revision: "default-1".to_owned(),
            travel_milli_per_km: 1_000,
            response_milli_per_min: PriceByPriority::new(500, 3_000, 10_000),
            lateness_milli_per_min: PriceByPriority::new(500, 3_000, 10_000),
            window_milli_per_min: 50,
            over_qualification_milli_per_level: 300,
            rating_milli_per_star: 800,
            rating_prior_mean: 4.2,
            rating_prior_count: 20,
            repeat_milli_per_percent: 100,
            repeat_prior_percent: 5.0,
            repeat_prior_count: 20,
            visit_cost_percent: 100,
            preference_milli: 3_000,
            fairness_milli_per_visit: 150,
            tier_milli_per_star: 100,
            tier_max_milli: 500,
            newcomer_milli: 300,
            newcomer_ratings: 10,
            move_milli: 2_000,
            move_without_notice_milli: 4_000,
            notice_s: 7_200,
            move_accepted_milli: 1_000,
            overtime_milli_per_min: 500,
            max_overtime_s: 0,
            max_leg_m: 100_000,
            max_visits: 30,
            freeze_horizon_s: 900,
            improvement_threshold_milli: 500,
            retime_threshold_s: 60,
            max_staleness_s: 600,
            badly_late_s: 900,
            retry_interval_s: 300,
            ejection: true,
        }
    }
}

impl Policy {
    /// Until when what is planned stays where it is, seen from `now_s`, unless something urgent comes.
    #[must_use]
    pub const fn freeze_until_s(&self, now_s: Timestamp) -> Timestamp {
        if self.freeze_horizon_s == 0 { Timestamp::MIN } else { now_s + self.freeze_horizon_s }
    }

    /// Collects every violation, with paths below `path` (such as `policy`).
    pub fn validate(&self, path: &str, out: &mut Violations) {
        out.check(
            !self.revision.is_empty(),
            format!("{path}.revision"),
            reason::REQUIRED,
            "the policy needs a revision",
        );
        for (name, price) in self.prices() {
            let is_ok = (0..=MAX_PRICE_MILLI).contains(&price);
            out.check(
                is_ok,
                format!("{path}.{name}"),
                reason::OUT_OF_RANGE,
                "a price is 0 to 1,000,000,000 milli-cost",
            );
        }
        for (name, span_s) in self.spans() {
            let is_ok = (0..=MAX_SPAN_S).contains(&span_s);
            out.check(is_ok, format!("{path}.{name}"), reason::OUT_OF_RANGE, "a span is 0 seconds to one year");
        }
        let is_prior_ok = (1.0..=5.0).contains(&self.rating_prior_mean);
        out.check(is_prior_ok, format!("{path}.rating_prior_mean"), reason::OUT_OF_RANGE, "the prior rating is 1 to 5");
        let is_usual_ok = (0.0..=100.0).contains(&self.repeat_prior_percent);
        let text = "the usual share of repeat visits is 0 to 100 percent";
        out.check(is_usual_ok, format!("{path}.repeat_prior_percent"), reason::OUT_OF_RANGE, text);
        let is_percent_ok = (0..=1_000).contains(&self.visit_cost_percent);
        let text = "0 to 1,000 percent of a charge count";
        out.check(is_percent_ok, format!("{path}.visit_cost_percent"), reason::OUT_OF_RANGE, text);
        let is_leg_ok = (0..=10_000_000).contains(&self.max_leg_m);
        out.check(is_leg_ok, format!("{path}.max_leg_m"), reason::OUT_OF_RANGE, "a leg is 0 to 10,000 km");
    }

    fn prices(&self) -> [(&'static str, i64); 20] {
        let (response, lateness) = (self.response_milli_per_min, self.lateness_milli_per_min);
        [
            ("travel_milli_per_km", self.travel_milli_per_km),
            ("response_milli_per_min.routine", response.routine),
            ("response_milli_per_min.urgent", response.urgent),
            ("response_milli_per_min.emergency", response.emergency),
            ("lateness_milli_per_min.routine", lateness.routine),
            ("lateness_milli_per_min.urgent", lateness.urgent),
            ("lateness_milli_per_min.emergency", lateness.emergency),
            ("window_milli_per_min", self.window_milli_per_min),
            ("over_qualification_milli_per_level", self.over_qualification_milli_per_level),
            ("rating_milli_per_star", self.rating_milli_per_star),
            ("repeat_milli_per_percent", self.repeat_milli_per_percent),
            ("preference_milli", self.preference_milli),
            ("fairness_milli_per_visit", self.fairness_milli_per_visit),
            ("tier_milli_per_star", self.tier_milli_per_star),
            ("tier_max_milli", self.tier_max_milli),
            ("newcomer_milli", self.newcomer_milli),
            ("move_milli", self.move_milli),
            ("move_without_notice_milli", self.move_without_notice_milli),
            ("move_accepted_milli", self.move_accepted_milli),
            ("overtime_milli_per_min", self.overtime_milli_per_min),
        ]
    }

    fn spans(&self) -> [(&'static str, i64); 7] {
        [
            ("notice_s", self.notice_s),
            ("max_overtime_s", self.max_overtime_s),
            ("freeze_horizon_s", self.freeze_horizon_s),
            ("retime_threshold_s", self.retime_threshold_s),
            ("max_staleness_s", self.max_staleness_s),
            ("badly_late_s", self.badly_late_s),
            ("retry_interval_s", self.retry_interval_s),
        ]
    }
}
