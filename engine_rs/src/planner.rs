//! The half of an engine that decides: the planner behind its own lock, and what it must tell the live index.
//!
//! Lock order: planner before index, never the other way round. The planner's lock is held for a whole command; the
//! index's only for moments inside it, for one position or one change at a time, or for one recommendation.

use dispatch_core::commitment::Commitments;
use dispatch_core::geo::{Attributes, Availability as LiveAvailability};
use dispatch_core::live::{Command, Dispatcher, Outcome, PlanStats};
use dispatch_core::model::{Availability, CoreError, LatLng, Policy, RegionConfig, Visit};
use dispatch_core::solve::{Budget, Iterations};
use dispatch_wire::{arrangement, command, explanation, outcome, plan, recommend, snapshot, study};
use std::time::{Duration, Instant};

use crate::attributes;
use crate::failure::Failure;
use crate::fences::SiteNews;
use crate::guarded::Guarded;
use crate::live::Live;
use crate::positions::{LivePositions, Numbers};

struct Planned {
    dispatcher: Dispatcher,
    commitments: Commitments,
    numbers: Numbers,
}

/// The plan of one region.
pub(crate) struct Planner {
    region: RegionConfig,
    policy: Policy,
    planned: Guarded<Planned>,
}

impl Planner {
    pub(crate) fn new(region: RegionConfig, policy: Policy) -> Result<Self, Failure> {
        let planned = Guarded::new(Planned::begin(&region, &policy)?);
        Ok(Self { region, policy, planned })
    }

    /// Replaces everything by what the store has; refused, it changes nothing.
    pub(crate) fn restore(&self, message: &[u8], live: &Live, now_ms: i64) -> Result<(), Failure> {
        let stored = snapshot::decode(message, &self.region.id)?;
        // Built beside the present one, so that readers go on until it stands.
        let mut fresh = Planned::begin(&self.region, &self.policy)?;
        fresh.commitments.add(&stored.visits);
        let under_way = under_way(&stored.visits);
        live.mend();
        let mut technicians = Vec::with_capacity(stored.technicians.len());
        for (number, technician) in stored.technicians.iter().enumerate() {
            let attributes = live.attributes_of(technician, &format!("technicians[{number}]"))?;
            technicians.push((technician.id.clone(), attributes));
        }
        let now_s = seconds(now_ms);
        let restored = fresh.dispatcher.restore(stored, &LivePositions::asked(live, &fresh.numbers), now_s);
        restored.map_err(|error| self.refused(error))?;
        live.restore(&technicians, now_ms)?;
        for (technician_id, _) in &technicians {
            fresh.note_number(technician_id, live)?;
        }
        live.restore_sites(sites(under_way, live)?)?;
        fresh.tell_commitments(&[], live, now_s)?;
        self.planned.replace(fresh);
        Ok(())
    }

    /// Applies one command wholly or not at all.
    pub(crate) fn apply(&self, message: &[u8], live: &Live, now_ms: i64) -> Result<Vec<u8>, Failure> {
        let command = command::decode(message, &self.region)?;
        let now_s = seconds(now_ms);
        let mut planned = self.planned.write()?;
        let news = News::of(&command, live)?;
        let is_tick = matches!(command, Command::Tick { .. });
        let Planned { dispatcher, numbers, .. } = &mut *planned;
        let applied = dispatcher.apply(command, &LivePositions::asked(live, numbers), now_s);
        let outcome = applied.map_err(|error| self.refused(error))?;
        planned.tell(news, &outcome, live, now_ms)?;
        drop(planned);
        if is_tick {
            live.expire(now_ms)?;
        }
        Ok(outcome::encode(&self.region.id, &outcome))
    }

    /// Works out what a command would change, on a copy: nobody waits for it but the caller.
    pub(crate) fn preview(&self, message: &[u8], live: &Live, now_ms: i64) -> Result<Vec<u8>, Failure> {
        let command = command::decode(message, &self.region)?;
        let (copy, numbers) = self.copy()?;
        let positions = LivePositions::asked(live, &numbers);
        let preview = copy.preview(command, &positions, seconds(now_ms)).map_err(|error| self.refused(error))?;
        Ok(arrangement::encode_preview(&self.region.id, &preview))
    }

    /// Searches for a better plan on a copy until the budget is used up.
    pub(crate) fn reoptimize(
        &self,
        budget: &mut dyn Budget,
        seed: u32,
        max_moves: Option<u32>,
        live: &Live,
        now_ms: i64,
    ) -> Result<Vec<u8>, Failure> {
        let (copy, numbers) = self.copy()?;
        let positions = LivePositions::asked(live, &numbers);
        let preview = copy.preview_reoptimized(budget, seed, max_moves, &positions, seconds(now_ms));
        Ok(arrangement::encode_preview(&self.region.id, &preview))
    }

    /// The whole plan, to be changed without consequences.
    fn copy(&self) -> Result<(Dispatcher, Numbers), Failure> {
        let planned = self.planned.read()?;
        Ok((planned.dispatcher.clone(), planned.numbers.clone()))
    }

    /// Ranks technicians for a visit that need not exist.
    pub(crate) fn recommend(&self, message: &[u8], live: &Live, now_ms: i64) -> Result<Vec<u8>, Failure> {
        let query = recommend::decode(message, &self.region.id)?;
        let planned = self.planned.read()?;
        let positions = LivePositions::held(live, &planned.numbers)?;
        let found = planned.dispatcher.recommend(&query, &positions, seconds(now_ms));
        drop(positions);
        Ok(recommend::encode(&self.region.id, &found.map_err(|error| self.refused(error))?))
    }

    /// Says who could take a visit, and what keeps the others from it.
    pub(crate) fn explain_assignment(&self, message: &[u8], live: &Live, now_ms: i64) -> Result<Vec<u8>, Failure> {
        let (visit_id, detail) = explanation::decode_assignment(message, &self.region.id)?;
        let planned = self.planned.read()?;
        let positions = LivePositions::asked(live, &planned.numbers);
        let found = planned.dispatcher.explain_assignment(&visit_id, &detail, &positions, seconds(now_ms));
        let found = found.map_err(|error| self.refused(error))?;
        Ok(explanation::encode_assignment(&self.region.id, &found, &self.policy.revision))
    }

    /// Says why nobody has a visit.
    pub(crate) fn explain_unassigned(&self, message: &[u8], live: &Live, now_ms: i64) -> Result<Vec<u8>, Failure> {
        let (visit_id, detail) = explanation::decode_unassigned(message, &self.region.id)?;
        let planned = self.planned.read()?;
        let positions = LivePositions::asked(live, &planned.numbers);
        let found = planned.dispatcher.explain_unassigned(&visit_id, &detail, &positions, seconds(now_ms));
        let found = found.map_err(|error| self.refused(error))?;
        Ok(explanation::encode_unassigned(&self.region.id, &found, &self.policy.revision))
    }

    /// Compares two technicians for one visit.
    pub(crate) fn compare_candidates(&self, message: &[u8], live: &Live, now_ms: i64) -> Result<Vec<u8>, Failure> {
        let (visit_id, [one, other]) = explanation::decode_comparison(message, &self.region.id)?;
        let planned = self.planned.read()?;
        let positions = LivePositions::asked(live, &planned.numbers);
        let found = planned.dispatcher.compare_candidates(&visit_id, [&one, &other], &positions, seconds(now_ms));
        let found = found.map_err(|error| self.refused(error))?;
        Ok(explanation::encode_comparison(&self.region.id, &found, &self.policy.revision))
    }

    /// Evaluates given orders.
    pub(crate) fn evaluate_plan(&self, message: &[u8], live: &Live, now_ms: i64) -> Result<Vec<u8>, Failure> {
        let orders = explanation::decode_orders(message, &self.region.id)?;
        let planned = self.planned.read()?;
        let positions = LivePositions::asked(live, &planned.numbers);
        let found = planned.dispatcher.evaluate_orders(&orders, &positions, seconds(now_ms));
        let found = found.map_err(|error| self.refused(error))?;
        Ok(explanation::encode_orders(&self.region.id, &found, &self.policy.revision))
    }

    /// Copies a part of the plan, and improves the copy while the plan goes on; returns what should be adopted.
    pub(crate) fn study(&self, message: &[u8], live: &Live, now_ms: i64) -> Result<Vec<u8>, Failure> {
        let query = study::decode(message, &self.region.id)?;
        let mut study = {
            let planned = self.planned.read()?;
            let positions = LivePositions::asked(live, &planned.numbers);
            planned.dispatcher.study(query.seed, query.max_moves, &positions, seconds(now_ms))
        };
        // Nobody waits for this.
        study.improve(query.seed, &mut Until::new(query.iterations, Duration::from_millis(query.budget_ms)));
        Ok(study::encode(study.orders(), query.max_moves))
    }

    /// Reads the plan.
    pub(crate) fn plan(&self, message: &[u8], now_ms: i64) -> Result<Vec<u8>, Failure> {
        let technician_ids = plan::decode_request(message, &self.region.id)?;
        let view = self.planned.read()?.dispatcher.plan_view(&technician_ids);
        Ok(plan::encode(&self.region.id, &view, now_ms))
    }

    /// Checks the whole plan from its raw inputs.
    pub(crate) fn check(&self) -> Result<Vec<u8>, Failure> {
        Ok(plan::encode_check(&self.planned.read()?.dispatcher.check_plan()))
    }

    pub(crate) fn stats(&self) -> Result<PlanStats, Failure> {
        Ok(self.planned.read()?.dispatcher.stats())
    }

    pub(crate) fn policy_revision(&self) -> &str {
        &self.policy.revision
    }

    /// Panics in the middle of a change, as a defect would.
    pub(crate) fn panic_inside(&self, text: &str) -> Result<(), Failure> {
        let _planned = self.planned.write()?;
        std::panic::panic_any(text.to_owned())
    }

    fn refused(&self, error: CoreError) -> Failure {
        Failure::Core { region: self.region.id.clone(), error }
    }
}

impl Planned {
    fn begin(region: &RegionConfig, policy: &Policy) -> Result<Self, Failure> {
        let dispatcher = Dispatcher::new(region.clone(), policy.clone());
        let dispatcher = dispatcher.map_err(|error| Failure::Core { region: region.id.clone(), error })?;
        Ok(Self { dispatcher, commitments: Commitments::default(), numbers: Numbers::default() })
    }

    /// Tells the index what an applied command changed of technicians.
    fn tell(&mut self, news: News, outcome: &Outcome, live: &Live, now_ms: i64) -> Result<(), Failure> {
        let now_s = seconds(now_ms);
        let mut technician_ids = Vec::new();
        match news {
            News::Technician(technician_id, attributes) => {
                live.register(&technician_id, attributes)?;
                self.note_number(&technician_id, live)?;
                technician_ids.push(technician_id);
            }
            News::Gone(technician_id) => live.remove(&technician_id, now_ms)?,
            News::Availability(technician_id, value) => live.set_availability(&technician_id, value)?,
            News::Visits(visits) => self.commitments.add_sites(visits),
            News::None => {}
        }
        self.tell_sites(outcome, live)?;
        technician_ids.extend(self.commitments.note(outcome, now_s));
        if technician_ids.is_empty() { Ok(()) } else { self.tell_commitments(&technician_ids, live, now_s) }
    }

    /// Notes which numbers a technician has in planner and index.
    fn note_number(&mut self, technician_id: &str, live: &Live) -> Result<(), Failure> {
        let in_planner = self.dispatcher.plan().technician_number(technician_id);
        if let (Some(in_planner), Some(in_index)) = (in_planner, live.number(technician_id)?) {
            self.numbers.note(in_planner, in_index);
        }
        Ok(())
    }

    /// Has the sites watched that technicians are on their way to.
    fn tell_sites(&self, outcome: &Outcome, live: &Live) -> Result<(), Failure> {
        let (mut begun, mut ended) = (Vec::new(), Vec::new());
        for change in &outcome.changes {
            let visit_id = change.visit_id.clone();
            let place = self.commitments.place(&visit_id);
            match (&change.placement, place) {
                (Some(placed), Some(place)) if change.state.is_under_way() => {
                    begun.push((visit_id, placed.technician_id.clone(), place));
                }
                _ if live.has_no_sites() => {}
                _ if change.state.is_final() => ended.push(SiteNews::Over { visit_id }),
                _ => ended.push(SiteNews::CalledOff { visit_id }),
            }
        }
        ended.extend(sites(begun, live)?);
        live.follow_sites(ended)
    }

    /// Tells the index until when technicians are busy: those named, or all who have a route.
    fn tell_commitments(&mut self, technician_ids: &[String], live: &Live, now_s: i64) -> Result<(), Failure> {
        let view = self.dispatcher.plan_view(technician_ids);
        let free = technician_ids.iter().map(|technician_id| (technician_id.clone(), None));
        let busy =
            view.routes.iter().map(|route| (route.technician_id.clone(), self.commitments.at_hand(route, now_s)));
        // Whoever has a route comes again, with what it says.
        let told: Vec<_> = free.chain(busy).collect();
        live.set_commitments(&told)
    }
}

/// Ends a search at the earlier of a number of iterations and a moment; the core has no clock of its own.
struct Until {
    iterations: Iterations,
    begin: Instant,
    limit: Duration,
}

impl Until {
    fn new(iterations: u64, limit: Duration) -> Self {
        Self { iterations: Iterations(iterations), begin: Instant::now(), limit }
    }
}

impl Budget for Until {
    fn used(&mut self, iterations: u64) -> f64 {
        let of_time = self.begin.elapsed().as_secs_f64() / self.limit.as_secs_f64();
        of_time.max(self.iterations.used(iterations))
    }
}

/// What the index must learn from a command once the planner has taken it.
enum News {
    Technician(String, Attributes),
    Gone(String),
    Availability(String, LiveAvailability),
    Visits(Vec<(String, LatLng)>),
    None,
}

impl News {
    fn of(command: &Command, live: &Live) -> Result<Self, Failure> {
        let availability = |technician_id: &String, value| Self::Availability(technician_id.clone(), value);
        Ok(match command {
            Command::PutTechnician(technician) => {
                Self::Technician(technician.id.clone(), live.attributes_of(technician, "technician")?)
            }
            Command::DeleteTechnician { technician_id } => Self::Gone(technician_id.clone()),
            Command::SetAvailability { technician_id, availability: value } => {
                availability(technician_id, attributes::availability(*value))
            }
            Command::TechnicianOffline { technician_id } => {
                availability(technician_id, attributes::availability(Availability::Offline))
            }
            Command::Bounded { command, .. } | Command::Commit { first: Some(command), .. } => Self::of(command, live)?,
            Command::AddVisits(visits) => {
                Self::Visits(visits.iter().map(|visit: &Visit| (visit.id.clone(), visit.location)).collect())
            }
            _ => Self::None,
        })
    }
}

/// Visit, technician and place of the visits that somebody is on the way to or at.
fn under_way(visits: &[Visit]) -> Vec<(String, String, LatLng)> {
    let under_way = visits.iter().filter(|visit| visit.state.is_under_way());
    let placed = under_way.filter_map(|visit| {
        let technician_id = visit.placement.as_ref()?.technician_id.clone();
        Some((visit.id.clone(), technician_id, visit.location))
    });
    placed.collect()
}

fn sites(under_way: Vec<(String, String, LatLng)>, live: &Live) -> Result<Vec<SiteNews>, Failure> {
    let mut sites = Vec::with_capacity(under_way.len());
    for (visit_id, technician_id, location) in under_way {
        if let Some(technician) = live.number(&technician_id)? {
            sites.push(SiteNews::UnderWay { visit_id, technician, location });
        }
    }
    Ok(sites)
}

fn seconds(instant_ms: i64) -> i64 {
    instant_ms.div_euclid(1_000)
}
