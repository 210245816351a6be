"""The table of RPCs: path, types, how long each may take and whether it may be repeated.

One line an RPC. Nothing else in the package knows a path or a policy; a test walks the contract and this table side by
side. Start at `Method`.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from google.protobuf import empty_pb2
from google.protobuf.message import Message

from pydispatch_client import messages as m
from pydispatch_client.options import Deadlines, RetryPolicy

PACKAGE = "dispatch.v1"
RequestT = TypeVar("RequestT", bound=Message)
ResponseT = TypeVar("ResponseT", bound=Message)
# Retries stop when failures outnumber successes this clearly (gRFC A6), so that they never feed an outage.
RETRY_MAX_TOKENS = 100
RETRY_TOKEN_RATIO = 0.1


class Shape(enum.Enum):
    """Which side of an RPC streams."""

    UNARY = enum.auto()
    SERVER_STREAM = enum.auto()
    CLIENT_STREAM = enum.auto()
    BIDI = enum.auto()


class Wait(enum.Enum):
    """Which default deadline applies; STREAM has none."""

    READ = enum.auto()
    SEARCH = enum.auto()
    WRITE = enum.auto()
    PLAN = enum.auto()
    IMPORT = enum.auto()
    CLOCK = enum.auto()
    STREAM = enum.auto()

    def deadline_s(self, deadlines: Deadlines) -> float | None:
        """Returns the default deadline in seconds, None for no deadline."""
        return {
            Wait.READ: deadlines.read_s,
            Wait.SEARCH: deadlines.search_s,
            Wait.WRITE: deadlines.write_s,
            Wait.PLAN: deadlines.plan_s,
            Wait.IMPORT: deadlines.import_s,
            Wait.CLOCK: deadlines.clock_s,
        }.get(self)


@dataclass(frozen=True, slots=True)
class Method(Generic[RequestT, ResponseT]):
    """One RPC of the contract."""

    service: str
    name: str
    request: type[RequestT]
    response: type[ResponseT]
    wait: Wait
    # True when sending it twice has the effect of sending it once.
    is_repeatable: bool
    shape: Shape = Shape.UNARY

    @property
    def path(self) -> str:
        """The path on the wire, "/package.Service/Method"."""
        return f"/{PACKAGE}.{self.service}/{self.name}"


def _read(
    service: str, name: str, request: type[RequestT], response: type[ResponseT], wait: Wait = Wait.READ
) -> Method[RequestT, ResponseT]:
    """A call that may be repeated without a request_id."""
    return Method(service, name, request, response, wait, is_repeatable=True)


def _write(
    service: str, name: str, request: type[RequestT], response: type[ResponseT], wait: Wait = Wait.WRITE
) -> Method[RequestT, ResponseT]:
    """A call that changes something under a request_id."""
    return Method(service, name, request, response, wait, is_repeatable=True)


def _watch(service: str, name: str, request: type[RequestT], response: type[ResponseT]) -> Method[RequestT, ResponseT]:
    """A stream of answers. Whoever reads it knows where it was and opens it again; the transport never does."""
    return Method(service, name, request, response, Wait.STREAM, is_repeatable=False, shape=Shape.SERVER_STREAM)


_REGION = "RegionService"
# A region carries no request_id: a repeat could answer ALREADY_EXISTS about the caller's own region.
CREATE_REGION = Method(
    _REGION, "CreateRegion", m.CreateRegionRequest, m.CreateRegionResponse, Wait.WRITE, is_repeatable=False
)
GET_REGION = _read(_REGION, "GetRegion", m.GetRegionRequest, m.GetRegionResponse)
LIST_REGIONS = _read(_REGION, "ListRegions", m.ListRegionsRequest, m.ListRegionsResponse)

_TECHNICIAN = "TechnicianService"
CREATE_TECHNICIAN = _write(_TECHNICIAN, "CreateTechnician", m.CreateTechnicianRequest, m.CreateTechnicianResponse)
BATCH_CREATE_TECHNICIANS = _write(
    _TECHNICIAN, "BatchCreateTechnicians", m.BatchCreateTechniciansRequest, m.BatchCreateTechniciansResponse
)
GET_TECHNICIAN = _read(_TECHNICIAN, "GetTechnician", m.GetTechnicianRequest, m.GetTechnicianResponse)
LIST_TECHNICIANS = _read(_TECHNICIAN, "ListTechnicians", m.ListTechniciansRequest, m.ListTechniciansResponse)
UPDATE_TECHNICIAN = _write(_TECHNICIAN, "UpdateTechnician", m.UpdateTechnicianRequest, m.UpdateTechnicianResponse)
DELETE_TECHNICIAN = _write(_TECHNICIAN, "DeleteTechnician", m.DeleteTechnicianRequest, empty_pb2.Empty)
SET_AVAILABILITY = _write(_TECHNICIAN, "SetAvailability", m.SetAvailabilityRequest, m.SetAvailabilityResponse)

_LOCATION = "LocationService"
STREAM_LOCATIONS = Method(
    _LOCATION,
    "StreamLocations",
    m.StreamLocationsRequest,
    m.StreamLocationsResponse,
    Wait.STREAM,
    is_repeatable=False,
    shape=Shape.BIDI,
)
# A fix taken twice is counted as a duplicate and changes nothing.
BATCH_REPORT_LOCATIONS = _read(
    _LOCATION, "BatchReportLocations", m.BatchReportLocationsRequest, m.BatchReportLocationsResponse, Wait.SEARCH
)
SEARCH_NEARBY_TECHNICIANS = _read(
    _LOCATION,
    "SearchNearbyTechnicians",
    m.SearchNearbyTechniciansRequest,
    m.SearchNearbyTechniciansResponse,
    Wait.SEARCH,
)
WATCH_LOCATIONS = _watch(_LOCATION, "WatchLocations", m.WatchLocationsRequest, m.WatchLocationsResponse)

_GEOFENCE = "GeofenceService"
CREATE_GEOFENCE = _write(_GEOFENCE, "CreateGeofence", m.CreateGeofenceRequest, m.CreateGeofenceResponse)
GET_GEOFENCE = _read(_GEOFENCE, "GetGeofence", m.GetGeofenceRequest, m.GetGeofenceResponse)
LIST_GEOFENCES = _read(_GEOFENCE, "ListGeofences", m.ListGeofencesRequest, m.ListGeofencesResponse)
UPDATE_GEOFENCE = _write(_GEOFENCE, "UpdateGeofence", m.UpdateGeofenceRequest, m.UpdateGeofenceResponse)
DELETE_GEOFENCE = _write(_GEOFENCE, "DeleteGeofence", m.DeleteGeofenceRequest, empty_pb2.Empty)
WATCH_GEOFENCE_EVENTS = _watch(
    _GEOFENCE, "WatchGeofenceEvents", m.WatchGeofenceEventsRequest, m.WatchGeofenceEventsResponse
)

_WEBHOOK = "WebhookService"
CREATE_WEBHOOK = _write(_WEBHOOK, "CreateWebhook", m.CreateWebhookRequest, m.CreateWebhookResponse)
GET_WEBHOOK = _read(_WEBHOOK, "GetWebhook", m.GetWebhookRequest, m.GetWebhookResponse)
LIST_WEBHOOKS = _read(_WEBHOOK, "ListWebhooks", m.ListWebhooksRequest, m.ListWebhooksResponse)
UPDATE_WEBHOOK = _write(_WEBHOOK, "UpdateWebhook", m.UpdateWebhookRequest, m.UpdateWebhookResponse)
DELETE_WEBHOOK = _write(_WEBHOOK, "DeleteWebhook", m.DeleteWebhookRequest, empty_pb2.Empty)
LIST_WEBHOOK_DELIVERIES = _read(
    _WEBHOOK, "ListWebhookDeliveries", m.ListWebhookDeliveriesRequest, m.ListWebhookDeliveriesResponse
)
REPLAY_WEBHOOK = _write(_WEBHOOK, "ReplayWebhook", m.ReplayWebhookRequest, m.ReplayWebhookResponse)

_CATALOG = "CatalogService"
CREATE_SERVICE = _write(_CATALOG, "CreateService", m.CreateServiceRequest, m.CreateServiceResponse)
GET_SERVICE = _read(_CATALOG, "GetService", m.GetServiceRequest, m.GetServiceResponse)
LIST_SERVICES = _read(_CATALOG, "ListServices", m.ListServicesRequest, m.ListServicesResponse)
UPDATE_SERVICE = _write(_CATALOG, "UpdateService", m.UpdateServiceRequest, m.UpdateServiceResponse)
DELETE_SERVICE = _write(_CATALOG, "DeleteService", m.DeleteServiceRequest, empty_pb2.Empty)

_CUSTOMER = "CustomerService"
CREATE_CUSTOMER = _write(_CUSTOMER, "CreateCustomer", m.CreateCustomerRequest, m.CreateCustomerResponse)
GET_CUSTOMER = _read(_CUSTOMER, "GetCustomer", m.GetCustomerRequest, m.GetCustomerResponse)
LIST_CUSTOMERS = _read(_CUSTOMER, "ListCustomers", m.ListCustomersRequest, m.ListCustomersResponse)
RESOLVE_IDENTITY = _read(_CUSTOMER, "ResolveIdentity", m.ResolveIdentityRequest, m.ResolveIdentityResponse)

_BOOKING = "BookingService"
CREATE_BOOKING = _write(_BOOKING, "CreateBooking", m.CreateBookingRequest, m.CreateBookingResponse)
GET_BOOKING = _read(_BOOKING, "GetBooking", m.GetBookingRequest, m.GetBookingResponse)
LIST_BOOKINGS = _read(_BOOKING, "ListBookings", m.ListBookingsRequest, m.ListBookingsResponse)
CANCEL_BOOKING = _write(_BOOKING, "CancelBooking", m.CancelBookingRequest, m.CancelBookingResponse)

_VISIT = "VisitService"
GET_VISIT = _read(_VISIT, "GetVisit", m.GetVisitRequest, m.GetVisitResponse)
LIST_VISITS = _read(_VISIT, "ListVisits", m.ListVisitsRequest, m.ListVisitsResponse)
REPORT_VISIT_PROGRESS = _write(
    _VISIT, "ReportVisitProgress", m.ReportVisitProgressRequest, m.ReportVisitProgressResponse
)

_DISPATCH = "DispatchService"
RECOMMEND_TECHNICIANS = _read(
    _DISPATCH, "RecommendTechnicians", m.RecommendTechniciansRequest, m.RecommendTechniciansResponse, Wait.SEARCH
)
GET_PLAN = _read(_DISPATCH, "GetPlan", m.GetPlanRequest, m.GetPlanResponse)
WATCH_PLAN = _watch(_DISPATCH, "WatchPlan", m.WatchPlanRequest, m.WatchPlanResponse)
EXPLAIN_ASSIGNMENT = _read(
    _DISPATCH, "ExplainAssignment", m.ExplainAssignmentRequest, m.ExplainAssignmentResponse, Wait.PLAN
)
EXPLAIN_UNASSIGNED = _read(
    _DISPATCH, "ExplainUnassigned", m.ExplainUnassignedRequest, m.ExplainUnassignedResponse, Wait.PLAN
)
COMPARE_CANDIDATES = _read(
    _DISPATCH, "CompareCandidates", m.CompareCandidatesRequest, m.CompareCandidatesResponse, Wait.SEARCH
)
EVALUATE_PLAN = _read(_DISPATCH, "EvaluatePlan", m.EvaluatePlanRequest, m.EvaluatePlanResponse, Wait.PLAN)
# Begun twice it goes on twice: only the caller knows whether to try again.
START_PLAN_OPERATION = Method(
    _DISPATCH,
    "StartPlanOperation",
    m.StartPlanOperationRequest,
    m.StartPlanOperationResponse,
    Wait.WRITE,
    is_repeatable=False,
)
GET_PLAN_OPERATION = _read(_DISPATCH, "GetPlanOperation", m.GetPlanOperationRequest, m.GetPlanOperationResponse)
LIST_PLAN_OPERATIONS = _read(_DISPATCH, "ListPlanOperations", m.ListPlanOperationsRequest, m.ListPlanOperationsResponse)
# Cancelling twice is cancelling once.
CANCEL_PLAN_OPERATION = _read(
    _DISPATCH, "CancelPlanOperation", m.CancelPlanOperationRequest, m.CancelPlanOperationResponse
)
WAIT_PLAN_OPERATION = _read(
    _DISPATCH, "WaitPlanOperation", m.WaitPlanOperationRequest, m.WaitPlanOperationResponse, Wait.PLAN
)
LIST_PLAN_REVISIONS = _read(_DISPATCH, "ListPlanRevisions", m.ListPlanRevisionsRequest, m.ListPlanRevisionsResponse)
ASSIGN_VISIT = _write(_DISPATCH, "AssignVisit", m.AssignVisitRequest, m.AssignVisitResponse)
UNASSIGN_VISIT = _write(_DISPATCH, "UnassignVisit", m.UnassignVisitRequest, m.UnassignVisitResponse)
PIN_VISIT = _write(_DISPATCH, "PinVisit", m.PinVisitRequest, m.PinVisitResponse)
UNPIN_VISIT = _write(_DISPATCH, "UnpinVisit", m.UnpinVisitRequest, m.UnpinVisitResponse)
INSERT_EMERGENCY = _write(_DISPATCH, "InsertEmergency", m.InsertEmergencyRequest, m.InsertEmergencyResponse)
PREVIEW_PLAN_CHANGE = _read(
    _DISPATCH, "PreviewPlanChange", m.PreviewPlanChangeRequest, m.PreviewPlanChangeResponse, Wait.PLAN
)
COMMIT_PLAN_PROPOSAL = _write(
    _DISPATCH, "CommitPlanProposal", m.CommitPlanProposalRequest, m.CommitPlanProposalResponse
)
REOPTIMIZE_PLAN = _write(_DISPATCH, "ReoptimizePlan", m.ReoptimizePlanRequest, m.ReoptimizePlanResponse, Wait.PLAN)
REVERT_PLAN = _write(_DISPATCH, "RevertPlan", m.RevertPlanRequest, m.RevertPlanResponse)
REPORT_DISRUPTION = _write(_DISPATCH, "ReportDisruption", m.ReportDisruptionRequest, m.ReportDisruptionResponse)
CHECK_PLAN = _read(_DISPATCH, "CheckPlan", m.CheckPlanRequest, m.CheckPlanResponse, Wait.PLAN)

_BATCH = "EnterpriseBatchService"
# Importing again is safe, but the rows are gone once sent: only the caller can repeat them.
IMPORT_BATCH = Method(
    _BATCH,
    "ImportBatch",
    m.ImportBatchRequest,
    m.ImportBatchResponse,
    Wait.IMPORT,
    is_repeatable=False,
    shape=Shape.CLIENT_STREAM,
)
PLAN_BATCH = _write(_BATCH, "PlanBatch", m.PlanBatchRequest, m.PlanBatchResponse, Wait.PLAN)
GET_BATCH = _read(_BATCH, "GetBatch", m.GetBatchRequest, m.GetBatchResponse)
WATCH_BATCH_PROGRESS = _watch(_BATCH, "WatchBatchProgress", m.WatchBatchProgressRequest, m.WatchBatchProgressResponse)

_AUDIT = "AuditService"
LIST_AUDIT_RECORDS = _read(_AUDIT, "ListAuditRecords", m.ListAuditRecordsRequest, m.ListAuditRecordsResponse)
GET_CHECKPOINT = _read(_AUDIT, "GetCheckpoint", m.GetCheckpointRequest, m.GetCheckpointResponse)
GET_INCLUSION_PROOF = _read(_AUDIT, "GetInclusionProof", m.GetInclusionProofRequest, m.GetInclusionProofResponse)
VERIFY_AUDIT = _watch(_AUDIT, "VerifyAudit", m.VerifyAuditRequest, m.VerifyAuditResponse)

_CLOCK = "ClockService"
GET_CLOCK = _read(_CLOCK, "GetClock", m.GetClockRequest, m.GetClockResponse)
# The time asked for is absolute, so a repeat moves nothing.
ADVANCE_CLOCK = _read(_CLOCK, "AdvanceClock", m.AdvanceClockRequest, m.AdvanceClockResponse, Wait.CLOCK)

ALL: tuple[Method[Message, Message], ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Method)
)


def service_config(retry: RetryPolicy, methods: Iterable[Method[Message, Message]] = ALL) -> str:
    """Returns the gRPC service config (JSON) that repeats every repeatable method on UNAVAILABLE."""
    if retry.max_attempts == 1:
        return "{}"
    names = [
        {"service": f"{PACKAGE}.{method.service}", "method": method.name} for method in methods if method.is_repeatable
    ]
    policy = {
        "maxAttempts": retry.max_attempts,
        "initialBackoff": f"{retry.initial_backoff_s:g}s",
        "maxBackoff": f"{retry.max_backoff_s:g}s",
        "backoffMultiplier": retry.multiplier,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    throttling = {"maxTokens": RETRY_MAX_TOKENS, "tokenRatio": RETRY_TOKEN_RATIO}
    return json.dumps({"methodConfig": [{"name": names, "retryPolicy": policy}], "retryThrottling": throttling})
