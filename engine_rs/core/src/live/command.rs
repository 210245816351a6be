//! What may be asked of a dispatcher.

use crate::improve::RouteOrder;
use crate::model::{
    Availability, LatLng, PartCount, PinParts, Priority, Service, SkillLevel, Technician, TimeWindow, Visit, VisitEvent,
};

/// Most visits one [`Command::AddVisits`] may bring.
pub const MAX_ADDED_VISITS: usize = 1_000;
/// Longest delay one [`Command::VisitLate`] may tell, in seconds.
pub const MAX_DELAY_S: i64 = 86_400;
/// Most visits one [`Arrangement`] may name.
pub const MAX_ARRANGED: usize = 100_000;
/// Most rounds of one [`Command::Improve`].
pub const MAX_ROUNDS: u32 = 10_000;
/// Most routes one [`Command::AdoptOrders`] may change.
pub const MAX_ORDERS: usize = 4_096;
/// Most visits one [`Command::AdoptOrders`] or [`Command::Tick`] may move.
pub const MAX_MOVES: u32 = 10_000;
/// Most technicians one recommendation may rank.
pub const MAX_RECOMMENDATIONS: u32 = 20;

/// One change asked of a dispatcher. It is applied wholly or refused wholly.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Adds or replaces a technician. Open visits that no longer fit are moved or unassigned.
    PutTechnician(Technician),
    /// Removes a technician. Open visits are moved or unassigned; refused while one is under way.
    DeleteTechnician {
        /// Whom.
        technician_id: String,
    },
    /// Adds or replaces a service. Visits already known keep what they were promised.
    PutService(Service),
    /// Removes a service.
    DeleteService {
        /// Which.
        service_id: String,
    },
    /// Adds visits and inserts each where it costs least, most constrained first.
    AddVisits(Vec<Visit>),
    /// Withdraws a visit.
    CancelVisit {
        /// Which.
        visit_id: String,
    },
    /// A technician reports a step of a visit.
    Progress {
        /// Which visit.
        visit_id: String,
        /// Who reports; must be the technician the visit is placed with.
        technician_id: String,
        /// What happened.
        event: VisitEvent,
    },
    /// Changes a technician's availability. OFFLINE moves the open visits to others.
    SetAvailability {
        /// Whose.
        technician_id: String,
        /// The new state.
        availability: Availability,
    },
    /// The technician can no longer work and becomes OFFLINE.
    TechnicianOffline {
        /// Who.
        technician_id: String,
    },
    /// The end of a visit moves by some time from what is planned now.
    VisitLate {
        /// Which visit.
        visit_id: String,
        /// By how many seconds, 1 to 86,400.
        delay_s: i64,
    },
    /// A person puts a visit with a technician. Hard rules still hold.
    AssignVisit {
        /// Which visit.
        visit_id: String,
        /// To whom.
        technician_id: String,
        /// Position among the technician's stops not yet finished, without the visit; `None` for the cheapest.
        position: Option<u32>,
    },
    /// A person takes a visit off its route.
    UnassignVisit {
        /// Which visit.
        visit_id: String,
        /// Whether the technician who had it never gets it again.
        is_excluding: bool,
    },
    /// The work at hand takes longer than planned.
    VisitOverrun {
        /// Which visit; its technician must be at the site.
        visit_id: String,
        /// By how many seconds, 1 to 86,400.
        delay_s: i64,
    },
    /// The customer is not there: the visit fails.
    CustomerAbsent {
        /// Which visit; its technician must be at the site.
        visit_id: String,
    },
    /// Another command, told with its price, under which at most so many visits go from one technician to another.
    ///
    /// What must leave its technician beyond that is left on no route.
    Bounded {
        /// Most visits that may be moved; `None` for no bound.
        max_moves: Option<u32>,
        /// The command; not `Bounded` or `Commit` itself.
        command: Box<Command>,
    },
    /// A change worked out before: what happened, and where everything shall be afterwards.
    Commit {
        /// What happened, if anything; nobody is given anything by it.
        first: Option<Box<Command>>,
        /// How the shifts concerned must be for it to apply; `None` looks at nothing.
        expected: Option<Arrangement>,
        /// Who shall do what.
        arrangement: Arrangement,
    },
    /// Looks for improvements of the standing plan, round after round, until there is none.
    Improve {
        /// Most rounds, 1 to 10,000.
        rounds: u32,
        /// Where to begin; another seed looks at the visits in another order.
        seed: u32,
    },
    /// Holds parts of a planned visit as they are planned now, in place of what was pinned before.
    PinVisit {
        /// Which visit.
        visit_id: String,
        /// Which parts; at least one.
        parts: PinParts,
    },
    /// Lets everything go that is pinned about a visit.
    UnpinVisit {
        /// Which visit.
        visit_id: String,
    },
    /// Time has passed: refresh times from live positions, expire, try unassigned visits again, improve a little.
    Tick {
        /// Most visits the improvement step may move. 0 switches it off.
        max_moves: u32,
    },
    /// A study has found better orders ([`Dispatcher::study`](super::Dispatcher::study)). What still stands is adopted.
    AdoptOrders {
        /// The orders, each route once.
        orders: Vec<RouteOrder>,
        /// Most visits that may go to somebody else.
        max_moves: u32,
    },
}

/// The planned visits of one shift in order, behind what is under way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShiftOrder {
    /// Whose.
    pub technician_id: String,
    /// Which of the technician's shifts, from 0.
    pub shift: u32,
    /// The visits.
    pub visit_ids: Vec<String>,
}

/// Where visits shall be. Every visit planned in a named shift is named, here or in another one, or to be taken off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrangement {
    /// The shifts that change.
    pub orders: Vec<ShiftOrder>,
    /// Visits that shall be on no route.
    pub unassigned_visit_ids: Vec<String>,
}

/// Everything a dispatcher needs to begin.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// All technicians.
    pub technicians: Vec<Technician>,
    /// All services.
    pub services: Vec<Service>,
    /// All visits that are not final, with state, placement and times.
    pub visits: Vec<Visit>,
}

/// Asks who could take a visit.
#[derive(Clone, Debug, PartialEq)]
pub struct RecommendQuery {
    /// Where the visit would be.
    pub location: LatLng,
    /// Service whose skills, certificates, duration and promise apply.
    pub service_id: Option<String>,
    /// Skills asked in addition to the service's.
    pub required_skills: Vec<SkillLevel>,
    /// Certificates asked in addition to the service's.
    pub required_certificates: Vec<String>,
    /// When it may start; `None` means now, under the service's response target and limit.
    pub start_window: Option<TimeWindow>,
    /// Planned time at the site; `None` means the service's, or an hour without one.
    pub duration_s: Option<i64>,
    /// Priority; `None` means the service's, or ROUTINE without one.
    pub priority: Option<Priority>,
    /// How many technicians to return, 1 to 20; 0 means 3.
    pub max_results: u32,
    /// Technician the customer would like.
    pub preferred_technician_id: Option<String>,
    /// Technicians who may not come.
    pub excluded_technician_ids: Vec<String>,
    /// Languages of which the technician must speak one; empty means any.
    pub required_languages: Vec<String>,
    /// Partners whose technicians may come; empty means the service's.
    pub partners: Vec<String>,
    /// Parts taken along; empty means the service's.
    pub parts: Vec<PartCount>,
    /// Most technicians told one by one who cannot take it; 0 tells only counts.
    pub explain_rejected: u32,
}

impl RecommendQuery {
    /// Asks for the best three for a routine hour at `location`, as soon as possible.
    #[must_use]
    pub fn new(location: LatLng) -> Self {
        Self {
            location,
            service_id: None,
            required_skills: Vec::new(),
            required_certificates: Vec::new(),
            start_window: None,
            duration_s: None,
            priority: None,
            max_results: 0,
            preferred_technician_id: None,
            excluded_technician_ids: Vec::new(),
            required_languages: Vec::new(),
            partners: Vec::new(),
            parts: Vec::new(),
            explain_rejected: 0,
        }
    }
}
