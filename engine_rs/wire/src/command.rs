//! Command: one change asked of the engine.

use dispatch_core::live::{Command, MAX_ADDED_VISITS, MAX_DELAY_S, MAX_MOVES};
use dispatch_core::model::{PinParts, RegionConfig, Violations, VisitEvent};
use prost::Message;

use crate::check::Checker;
use crate::error::WireError;
use crate::generated::dispatch::engine::v1::{self as engine, command::Command as Oneof};
use crate::generated::dispatch::v1 as pb;
use crate::limits::MAX_COMMAND_BYTES;
use crate::name::Collection;
use crate::{arrangement, reason, service, study, technician, visit};

const MAX_TICK_MOVES: i64 = MAX_MOVES as i64;
const MAX_POSITION: i64 = 10_000;

/// Reads a Command of `region`.
///
/// Field paths are those of the public request the command came from: `technician.…`, `service.…`, `visits[i].…`, or
/// plain field names of progress, availability and disruption reports.
///
/// # Errors
/// [`WireError::Decode`] when the bytes are no such message or too many; [`WireError::Invalid`] with every field out of
/// its bounds.
pub fn decode(message: &[u8], region: &RegionConfig) -> Result<Command, WireError> {
    if message.len() > MAX_COMMAND_BYTES {
        return Err(WireError::too_large(message.len(), MAX_COMMAND_BYTES));
    }
    let command = engine::Command::decode(message)?;
    let Some(command) = command.command else { return Err(WireError::malformed("the command is empty")) };
    let mut checker = Checker::new(&region.id);
    let command = convert(&mut checker, command);
    if checker.is_refused() {
        // Whole commands are validated by the core when applied; a refused one is looked through here, to tell all.
        validate(&mut checker, &command, region);
    }
    checker.finish(command)
}

fn convert(checker: &mut Checker<'_>, command: Oneof) -> Command {
    match command {
        Oneof::PutTechnician(person) => {
            Command::PutTechnician(checker.at("technician", |at| technician::convert(at, person)))
        }
        Oneof::DeleteTechnicianId(id) => {
            checker.id("name", &id);
            Command::DeleteTechnician { technician_id: id }
        }
        Oneof::PutService(entry) => Command::PutService(checker.at("service", |at| service::convert(at, entry))),
        Oneof::DeleteServiceId(id) => {
            checker.id("name", &id);
            Command::DeleteService { service_id: id }
        }
        Oneof::AddVisits(added) => {
            checker.some_but_at_most("visits", added.visits.len(), MAX_ADDED_VISITS);
            let visits = added.visits.into_iter().take(MAX_ADDED_VISITS).enumerate();
            let visits = visits.map(|(index, added)| checker.item("visits", index, |at| visit::convert_new(at, added)));
            Command::AddVisits(visits.collect())
        }
        Oneof::CancelVisitId(id) => {
            checker.id("name", &id);
            Command::CancelVisit { visit_id: id }
        }
        Oneof::VisitProgress(report) => progress(checker, &report),
        Oneof::Disruption(report) => disruption(checker, &report),
        Oneof::PinVisit(pin) => Command::PinVisit {
            visit_id: checker.id("name", &pin.visit_id).to_owned(),
            parts: PinParts { technician: pin.technician, start: pin.start_time, position: pin.position },
        },
        Oneof::UnpinVisitId(id) => {
            checker.id("name", &id);
            Command::UnpinVisit { visit_id: id }
        }
        Oneof::Tick(tick) => Command::Tick { max_moves: checker.small("max_moves", tick.max_moves, MAX_TICK_MOVES) },
        Oneof::AssignVisit(request) => Command::AssignVisit {
            visit_id: checker.reference("name", &request.name, Collection::Visits).to_owned(),
            technician_id: checker.reference("technician", &request.technician, Collection::Technicians).to_owned(),
            position: request.position.map(|position| checker.small("position", position, MAX_POSITION)),
        },
        Oneof::UnassignVisit(request) => Command::UnassignVisit {
            visit_id: checker.reference("name", &request.name, Collection::Visits).to_owned(),
            is_excluding: request.exclude_technician,
        },
        Oneof::Bounded(bounded) => Command::Bounded {
            max_moves: bounded.max_moves.map(|most| checker.small("max_moved_visits", most, i64::from(i32::MAX))),
            command: Box::new(inner(checker, bounded.command)),
        },
        Oneof::Commit(commit) => Command::Commit {
            first: commit.first.map(|first| Box::new(inner(checker, Some(first)))),
            expected: commit.expected.map(|expected| arrangement::convert(checker, expected)),
            arrangement: arrangement::convert(checker, commit.arrangement.unwrap_or_default()),
        },
        Oneof::AdoptOrders(found) => checker.at("adopt_orders", |at| study::convert_orders(at, found)),
        Oneof::SetAvailability(request) => Command::SetAvailability {
            technician_id: checker.reference("name", &request.name, Collection::Technicians).to_owned(),
            availability: technician::required_availability(checker, request.availability),
        },
    }
}

/// A command inside another one; those that may hold one may not be held.
fn inner(checker: &mut Checker<'_>, command: Option<Box<engine::Command>>) -> Command {
    match command.and_then(|command| command.command) {
        Some(Oneof::Bounded(_) | Oneof::Commit(_)) | None => {
            checker.refuse("command", reason::UNKNOWN_VALUE, "must be a plain command");
            Command::Tick { max_moves: 0 }
        }
        Some(command) => convert(checker, command),
    }
}

fn progress(checker: &mut Checker<'_>, report: &pb::ReportVisitProgressRequest) -> Command {
    Command::Progress {
        visit_id: checker.reference("name", &report.name, Collection::Visits).to_owned(),
        technician_id: checker.reference("technician", &report.technician, Collection::Technicians).to_owned(),
        event: event(checker, report.event),
    }
}

fn event(checker: &mut Checker<'_>, event: i32) -> VisitEvent {
    match checker.enumeration("event", event) {
        Some(pb::VisitEvent::Unspecified) => {
            checker.refuse("event", reason::REQUIRED, "is required");
            VisitEvent::Accept
        }
        Some(pb::VisitEvent::Accept) | None => VisitEvent::Accept,
        Some(pb::VisitEvent::Decline) => VisitEvent::Decline,
        Some(pb::VisitEvent::Depart) => VisitEvent::Depart,
        Some(pb::VisitEvent::Arrive) => VisitEvent::Arrive,
        Some(pb::VisitEvent::Start) => VisitEvent::Start,
        Some(pb::VisitEvent::Complete) => VisitEvent::Complete,
        Some(pb::VisitEvent::Fail) => VisitEvent::Fail,
    }
}

fn disruption(checker: &mut Checker<'_>, report: &pb::ReportDisruptionRequest) -> Command {
    use pb::report_disruption_request::Disruption;
    checker.parent("parent", &report.parent);
    match &report.disruption {
        Some(Disruption::TechnicianOffline(it)) => offline(checker, "technician_offline", &it.technician),
        Some(Disruption::TechnicianSick(it)) => offline(checker, "technician_sick", &it.technician),
        Some(Disruption::VehicleBreakdown(it)) => offline(checker, "vehicle_breakdown", &it.technician),
        Some(Disruption::VisitOverrun(overrun)) => checker.at("visit_overrun", |at| Command::VisitOverrun {
            visit_id: at.reference("visit", &overrun.visit, Collection::Visits).to_owned(),
            delay_s: at.integer("delay_s", i64::from(overrun.delay_s), 1, MAX_DELAY_S),
        }),
        Some(Disruption::CustomerNoShow(absent)) => checker.at("customer_no_show", |at| Command::CustomerAbsent {
            visit_id: at.reference("visit", &absent.visit, Collection::Visits).to_owned(),
        }),
        Some(Disruption::VisitLate(late)) => checker.at("visit_late", |at| Command::VisitLate {
            visit_id: at.reference("visit", &late.visit, Collection::Visits).to_owned(),
            delay_s: at.integer("delay_s", i64::from(late.delay_s), 1, MAX_DELAY_S),
        }),
        None => {
            checker.refuse("disruption", reason::REQUIRED, "is required");
            Command::Tick { max_moves: 0 }
        }
    }
}

fn offline(checker: &mut Checker<'_>, field: &str, technician: &str) -> Command {
    checker.at(field, |at| Command::TechnicianOffline {
        technician_id: at.reference("technician", technician, Collection::Technicians).to_owned(),
    })
}

fn validate(checker: &mut Checker<'_>, command: &Command, region: &RegionConfig) {
    checker.absorb(|out| match command {
        Command::PutTechnician(person) => person.validate("technician", region.center, out),
        Command::PutService(entry) => entry.validate("service", out),
        Command::AddVisits(_) => validate_added(command, region, out),
        Command::Bounded { command, .. } | Command::Commit { first: Some(command), .. } => {
            validate_added(command, region, out);
        }
        _ => {}
    });
}

fn validate_added(command: &Command, region: &RegionConfig, out: &mut Violations) {
    if let Command::AddVisits(visits) = command {
        for (index, added) in visits.iter().enumerate() {
            added.validate(&format!("visits[{index}]"), region.center, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use dispatch_core::model::LatLng;
    use proptest::prelude::*;
    use prost_types::Timestamp;

    use super::*;
    use crate::Violation;

    fn region() -> RegionConfig {
        RegionConfig::new("sf", LatLng::new(37.7, -122.4))
    }

    fn decoded(command: Oneof) -> Result<Command, WireError> {
        decode(&engine::Command { command: Some(command) }.encode_to_vec(), &region())
    }

    fn violations(command: Oneof) -> Vec<(String, &'static str)> {
        match decoded(command) {
            Err(WireError::Invalid { violations }) => {
                violations.into_iter().map(|Violation { field, reason, .. }| (field, reason)).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    fn at(seconds: i64) -> Option<Timestamp> {
        Some(Timestamp { seconds, nanos: 0 })
    }

    #[test]
    fn everything_wrong_with_a_technician_is_told_once_with_its_path() {
        let shift = |start, end| pb::Shift {
            window: Some(pb::TimeWindow { start_time: at(start), end_time: at(end) }),
            ..Default::default()
        };
        let person = pb::Technician {
            name: "regions/la/technicians/anna".into(),
            partner: "No!".into(),
            skills: vec![pb::SkillLevel { skill: String::new(), level: 9 }],
            shifts: vec![shift(0, 3_600), shift(7_200, 7_000)],
            home_location: None,
            availability: 7,
            star_tier: -1,
            rating_mean: 0.5,
            ..Default::default()
        };
        let expected = [
            ("technician.name", reason::WRONG_REGION),
            ("technician.partner", reason::BAD_FORMAT),
            ("technician.skills[0].skill", reason::REQUIRED),
            ("technician.skills[0].level", reason::OUT_OF_RANGE),
            ("technician.shifts[1].window.end_time", reason::INTERVAL_REVERSED),
            ("technician.home_location", reason::REQUIRED),
            ("technician.availability", reason::UNKNOWN_VALUE),
            ("technician.star_tier", reason::OUT_OF_RANGE),
            ("technician.rating_mean", reason::OUT_OF_RANGE),
        ];
        let found = violations(Oneof::PutTechnician(person));
        assert_eq!(found, expected.map(|(field, reason)| (field.to_owned(), reason)));
    }

    #[test]
    fn everything_wrong_with_visits_is_told_with_their_index() {
        let visit = pb::Visit {
            name: "regions/sf/visits/v".into(),
            site: Some(pb::Site { location: Some(pb::LatLng { lat_deg: -90.5, lon_deg: 0.0 }), ..Default::default() }),
            request_time: at(0),
            start_windows: vec![pb::TimeWindow { start_time: at(5), end_time: None }],
            duration_s: 60,
            excluded_technicians: vec!["anna".into()],
            ..Default::default()
        };
        let found = violations(Oneof::AddVisits(engine::AddVisits { visits: vec![visit, pb::Visit::default()] }));
        let expected = [
            ("visits[0].site.location.lat_deg", reason::OUT_OF_RANGE),
            ("visits[0].start_windows[0].end_time", reason::REQUIRED),
            ("visits[0].excluded_technicians[0]", reason::BAD_FORMAT),
            ("visits[1].name", reason::REQUIRED),
            ("visits[1].site", reason::REQUIRED),
            ("visits[1].request_time", reason::REQUIRED),
            ("visits[1].duration_s", reason::OUT_OF_RANGE),
            ("visits[1].start_windows", reason::REQUIRED),
        ];
        assert_eq!(found, expected.map(|(field, reason)| (field.to_owned(), reason)));
    }

    #[test]
    fn reports_name_their_own_fields() {
        let progress = pb::ReportVisitProgressRequest { name: "regions/sf/visits/v".into(), ..Default::default() };
        let found = violations(Oneof::VisitProgress(progress));
        let expected = [("technician", reason::REQUIRED), ("event", reason::REQUIRED)];
        assert_eq!(found, expected.map(|(field, reason)| (field.to_owned(), reason)));
        let nothing = pb::ReportDisruptionRequest { parent: "regions/sf".into(), ..Default::default() };
        assert_eq!(violations(Oneof::Disruption(nothing)), [("disruption".to_owned(), reason::REQUIRED)]);
    }

    #[test]
    fn a_command_without_content_is_malformed() {
        assert!(matches!(decode(&[], &region()), Err(WireError::Decode { .. })));
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
            let _ = decode(&bytes, &region());
        }
    }
}
