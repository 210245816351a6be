"""Runs every rule over a request and raises one error that lists everything found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import protovalidate
from google.protobuf import message

from pydispatch.errors import Violation
from pydispatch_server import errors, reasons
from pydispatch_server.rules import (
    bookings,
    customers,
    explanations,
    others,
    plan_changes,
    technicians,
    webhooks,
    wording,
)
from pydispatch_server.rules.report import Report

Rule = Callable[[Any, Report], None]

_validator: Final = protovalidate.Validator()

# Name of the message -> what its declared rules cannot express.
_RULES: Final[dict[str, Rule]] = {
    "AdvanceClockRequest": others.check_advance_clock,
    "AssignVisitRequest": plan_changes.check_assign,
    "BatchCreateTechniciansRequest": technicians.check_batch_create,
    "BatchRow": bookings.check_batch_row,
    "CancelBookingRequest": others.check_request_id,
    "CommitPlanProposalRequest": others.check_request_id,
    "CompareCandidatesRequest": explanations.check_compare,
    "CreateBookingRequest": bookings.check_create,
    "CreateCustomerRequest": customers.check_create,
    "CreateGeofenceRequest": others.check_request_id,
    "CreateRegionRequest": others.check_create_region,
    "CreateServiceRequest": others.check_create_service,
    "CreateTechnicianRequest": technicians.check_create,
    "CreateWebhookRequest": webhooks.check_create,
    "DeleteGeofenceRequest": others.check_request_id,
    "DeleteServiceRequest": others.check_request_id,
    "DeleteTechnicianRequest": others.check_request_id,
    "DeleteWebhookRequest": others.check_request_id,
    "EvaluatePlanRequest": explanations.check_evaluate,
    "ExplainAssignmentRequest": explanations.check_assignment,
    "GetPlanRequest": others.check_get_plan,
    "ImportBatchHeader": others.check_import_header,
    "InsertEmergencyRequest": plan_changes.check_emergency,
    "ListBookingsRequest": others.check_list_bookings,
    "ListVisitsRequest": others.check_list_visits,
    "PinVisitRequest": plan_changes.check_pin,
    "PlanBatchRequest": others.check_request_id,
    "PreviewPlanChangeRequest": plan_changes.check_preview,
    "ReoptimizePlanRequest": others.check_request_id,
    "ReplayWebhookRequest": others.check_request_id,
    "ReportDisruptionRequest": plan_changes.check_disruption,
    "ReportVisitProgressRequest": others.check_visit_progress,
    "ResolveIdentityRequest": customers.check_resolve,
    "RevertPlanRequest": others.check_request_id,
    "SetAvailabilityRequest": others.check_request_id,
    "StartPlanOperationRequest": plan_changes.check_start,
    "UnassignVisitRequest": others.check_request_id,
    "UnpinVisitRequest": others.check_request_id,
    "UpdateGeofenceRequest": others.check_update_geofence,
    "UpdateServiceRequest": others.check_update_service,
    "UpdateTechnicianRequest": technicians.check_update,
    "UpdateWebhookRequest": webhooks.check_update,
    "WatchGeofenceEventsRequest": others.check_watch_geofences,
    "WatchPlanRequest": others.check_watch_plan,
}


def check(request: message.Message, now_ms: int) -> None:
    """Checks a request.

    Args:
        request: Any message of the contract.
        now_ms: Present time in milliseconds since the Unix epoch.

    Raises:
        InvalidRequest: Something is wrong; every violation is listed.
    """
    found = violations(request, now_ms)
    if found:
        raise errors.invalid(*found)


def violations(request: message.Message, now_ms: int) -> list[Violation]:
    """Lists everything wrong with a message, in the order of the rules. Empty is good."""
    report = Report(now_ms)
    for violation in _validator.collect_violations(request):
        proto = violation.proto
        pattern = violation.rule_value if proto.rule_id == "string.pattern" else ""
        description = wording.of_rule(proto.rule_id, proto.message, pattern)
        report.add(_path(proto.field.elements if proto.field else ()), reasons.of_rule(proto.rule_id), description)
    rule = _RULES.get(request.DESCRIPTOR.name)
    if rule:
        rule(request, report)
    return report.violations()


def warm(types: Iterable[type[message.Message]]) -> None:
    """Compiles the declared rules of these messages, so that no caller waits for it."""
    for kind in types:
        _validator.collect_violations(kind())


def _path(elements: Iterable[Any]) -> str:
    """Writes a field path as the proto names it, such as "technician.shifts[1].window"."""
    parts = []
    for element in elements:
        key = element.subscript
        parts.append(element.field_name if key is None else f"{element.field_name}[{key.value}]")
    return ".".join(parts)
