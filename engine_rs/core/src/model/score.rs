//! Names of what excludes a technician and of what is priced.

/// A hard rule, in the fixed order in which the first broken one is reported. Numbers are those of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Rule {
    /// Technician is offline or paused.
    Availability = 1,
    /// A required skill is missing or its level is too low.
    Skill = 2,
    /// A required certificate is missing or not valid at the end of the visit.
    Certificate = 3,
    /// No shift covers the visit, its travel and the way to the shift's end location.
    Shift = 4,
    /// The visit cannot start inside its windows without breaking a promise already made.
    Window = 5,
    /// A break would no longer fit.
    Break = 6,
    /// The technician is excluded, or another one is required.
    Technician = 7,
    /// The route already holds the most visits allowed.
    MaxVisits = 8,
    /// One leg is longer than the policy allows.
    MaxTravel = 9,
    /// The technician belongs to a partner outside the visit's scope.
    Partner = 10,
    /// Nothing is known of where the technician is or will be.
    NoPosition = 11,
    /// Two stops overlap, or a leg is driven faster than the travel model allows. Checker only.
    Overlap = 12,
    /// A visit is on two routes, or a reference leads nowhere. Checker only.
    Reference = 13,
    /// Only places before a pinned or frozen stop are left; to the checker, a pinned stop was moved.
    Pin = 14,
    /// None of the languages asked for is spoken.
    Language = 15,
    /// The shift's visits would take more of a part than is on board.
    Parts = 16,
    /// What must come before has no place, or does not end in time.
    Dependency = 25,
    /// The crew cannot be there together.
    Crew = 26,
    /// The others of the visit's group are with another technician.
    Group = 27,
}

impl Rule {
    /// Every rule, in order.
    pub const ALL: [Self; 19] = [
        Self::Availability,
        Self::Skill,
        Self::Certificate,
        Self::Shift,
        Self::Window,
        Self::Break,
        Self::Technician,
        Self::MaxVisits,
        Self::MaxTravel,
        Self::Partner,
        Self::NoPosition,
        Self::Overlap,
        Self::Reference,
        Self::Pin,
        Self::Language,
        Self::Parts,
        Self::Dependency,
        Self::Crew,
        Self::Group,
    ];
    /// The highest number of a rule.
    pub const MAX_NUMBER: usize = Self::Group as usize;

    /// Unit of the amount by which the rule is broken; empty when it cannot be measured.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Skill => "level",
            Self::Certificate | Self::Shift | Self::Window | Self::Break | Self::Overlap => "s",
            Self::MaxVisits => "visits",
            Self::Parts => "parts",
            Self::MaxTravel => "m",
            _ => "",
        }
    }

    /// The rule with this number in the contract.
    #[must_use]
    pub fn from_number(number: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| *rule as i32 == number)
    }
}

/// A priced part of the objective; `evaluate` holds the formulas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Term {
    /// Driven metres.
    Travel = 0,
    /// Seconds from request to start, of visits asked for as soon as possible.
    Response = 1,
    /// Seconds of start after the promised one.
    Lateness = 2,
    /// Seconds of the promised window used up before the start.
    Window = 3,
    /// Levels held above those asked, and skills held that were not asked for.
    OverQualification = 4,
    /// Stars that the shrunk rating lies below five.
    Rating = 5,
    /// Wishes of the customer met.
    Preference = 6,
    /// Visits the technician has in the shift already.
    Fairness = 7,
    /// Stars that earn a bonus.
    Tier = 8,
    /// Visits moved away from a technician who had them.
    Disruption = 9,
    /// Seconds worked after the shift's end.
    Overtime = 10,
    /// Newcomers given a chance.
    Newcomer = 11,
    /// Percent by which the share of repeat visits lies above the usual one.
    Repeats = 12,
    /// What the technician charges a visit.
    VisitCost = 13,
}

impl Term {
    /// Number of terms.
    pub const COUNT: usize = 14;
    /// Every term, in order.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Travel,
        Self::Response,
        Self::Lateness,
        Self::Window,
        Self::OverQualification,
        Self::Rating,
        Self::Preference,
        Self::Fairness,
        Self::Tier,
        Self::Disruption,
        Self::Overtime,
        Self::Newcomer,
        Self::Repeats,
        Self::VisitCost,
    ];

    /// Name in the contract.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Travel => "travel",
            Self::Response => "response",
            Self::Lateness => "lateness",
            Self::Window => "window",
            Self::OverQualification => "over_qualification",
            Self::Rating => "rating",
            Self::Preference => "preference",
            Self::Fairness => "fairness",
            Self::Tier => "tier",
            Self::Disruption => "disruption",
            Self::Overtime => "overtime",
            Self::Newcomer => "newcomer",
            Self::Repeats => "repeats",
            Self::VisitCost => "visit_cost",
        }
    }

    /// Unit of the term's quantity.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Travel => "m",
            Self::Response | Self::Lateness | Self::Window | Self::Overtime => "s",
            Self::OverQualification => "level",
            Self::Rating | Self::Tier => "stars",
            Self::Preference => "wish",
            Self::Newcomer => "newcomer",
            Self::Repeats => "percent",
            Self::VisitCost => "milli",
            Self::Fairness | Self::Disruption => "visits",
        }
    }

    /// The term of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|term| term.name() == name)
    }
}

/// One priced part of a score. The parts of a score add up to its cost exactly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreTerm {
    /// Which part.
    pub term: Term,
    /// The measured quantity, in [`Term::unit`].
    pub quantity: f64,
    /// Price in milli-cost; negative is a bonus.
    pub cost_milli: i64,
}

/// Why technicians could not take a visit, counted by the first rule each breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnassignedReason {
    /// The rule.
    pub rule: Rule,
    /// Number of technicians whose first broken rule this is.
    pub technician_count: u32,
    /// One sentence for a person.
    pub detail: String,
}
