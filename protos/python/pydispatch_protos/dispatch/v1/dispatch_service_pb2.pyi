import datetime

from pydispatch_protos.buf.validate import validate_pb2 as _validate_pb2
from pydispatch_protos.dispatch.v1 import explanation_pb2 as _explanation_pb2
from pydispatch_protos.dispatch.v1 import plan_change_pb2 as _plan_change_pb2
from pydispatch_protos.dispatch.v1 import plan_history_pb2 as _plan_history_pb2
from pydispatch_protos.dispatch.v1 import types_pb2 as _types_pb2
from pydispatch_protos.dispatch.v1 import visit_service_pb2 as _visit_service_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PlanEventType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PLAN_EVENT_TYPE_UNSPECIFIED: _ClassVar[PlanEventType]
    PLAN_EVENT_TYPE_INITIAL: _ClassVar[PlanEventType]
    PLAN_EVENT_TYPE_SYNCED: _ClassVar[PlanEventType]
    PLAN_EVENT_TYPE_VISIT_CHANGED: _ClassVar[PlanEventType]
    PLAN_EVENT_TYPE_RESYNC: _ClassVar[PlanEventType]
    PLAN_EVENT_TYPE_HEARTBEAT: _ClassVar[PlanEventType]
    PLAN_EVENT_TYPE_BUNDLE: _ClassVar[PlanEventType]
PLAN_EVENT_TYPE_UNSPECIFIED: PlanEventType
PLAN_EVENT_TYPE_INITIAL: PlanEventType
PLAN_EVENT_TYPE_SYNCED: PlanEventType
PLAN_EVENT_TYPE_VISIT_CHANGED: PlanEventType
PLAN_EVENT_TYPE_RESYNC: PlanEventType
PLAN_EVENT_TYPE_HEARTBEAT: PlanEventType
PLAN_EVENT_TYPE_BUNDLE: PlanEventType

class RecommendTechniciansRequest(_message.Message):
    __slots__ = ("parent", "location", "service", "required_skills", "required_certificates", "start_window", "duration_s", "priority", "max_results", "preferred_technician_id", "excluded_technician_ids", "explain_rejected", "required_languages", "partners", "parts")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_SKILLS_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_CERTIFICATES_FIELD_NUMBER: _ClassVar[int]
    START_WINDOW_FIELD_NUMBER: _ClassVar[int]
    DURATION_S_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    MAX_RESULTS_FIELD_NUMBER: _ClassVar[int]
    PREFERRED_TECHNICIAN_ID_FIELD_NUMBER: _ClassVar[int]
    EXCLUDED_TECHNICIAN_IDS_FIELD_NUMBER: _ClassVar[int]
    EXPLAIN_REJECTED_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_LANGUAGES_FIELD_NUMBER: _ClassVar[int]
    PARTNERS_FIELD_NUMBER: _ClassVar[int]
    PARTS_FIELD_NUMBER: _ClassVar[int]
    parent: str
    location: _types_pb2.LatLng
    service: str
    required_skills: _containers.RepeatedCompositeFieldContainer[_types_pb2.SkillLevel]
    required_certificates: _containers.RepeatedScalarFieldContainer[str]
    start_window: _types_pb2.TimeWindow
    duration_s: int
    priority: _types_pb2.Priority
    max_results: int
    preferred_technician_id: str
    excluded_technician_ids: _containers.RepeatedScalarFieldContainer[str]
    explain_rejected: int
    required_languages: _containers.RepeatedScalarFieldContainer[str]
    partners: _containers.RepeatedScalarFieldContainer[str]
    parts: _containers.RepeatedCompositeFieldContainer[_types_pb2.PartCount]
    def __init__(self, parent: _Optional[str] = ..., location: _Optional[_Union[_types_pb2.LatLng, _Mapping]] = ..., service: _Optional[str] = ..., required_skills: _Optional[_Iterable[_Union[_types_pb2.SkillLevel, _Mapping]]] = ..., required_certificates: _Optional[_Iterable[str]] = ..., start_window: _Optional[_Union[_types_pb2.TimeWindow, _Mapping]] = ..., duration_s: _Optional[int] = ..., priority: _Optional[_Union[_types_pb2.Priority, str]] = ..., max_results: _Optional[int] = ..., preferred_technician_id: _Optional[str] = ..., excluded_technician_ids: _Optional[_Iterable[str]] = ..., explain_rejected: _Optional[int] = ..., required_languages: _Optional[_Iterable[str]] = ..., partners: _Optional[_Iterable[str]] = ..., parts: _Optional[_Iterable[_Union[_types_pb2.PartCount, _Mapping]]] = ...) -> None: ...

class RecommendTechniciansResponse(_message.Message):
    __slots__ = ("recommendations", "reasons", "policy_revision", "rejected")
    RECOMMENDATIONS_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    POLICY_REVISION_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    recommendations: _containers.RepeatedCompositeFieldContainer[Recommendation]
    reasons: _containers.RepeatedCompositeFieldContainer[_types_pb2.UnassignedReason]
    policy_revision: str
    rejected: _containers.RepeatedCompositeFieldContainer[_explanation_pb2.RuleMiss]
    def __init__(self, recommendations: _Optional[_Iterable[_Union[Recommendation, _Mapping]]] = ..., reasons: _Optional[_Iterable[_Union[_types_pb2.UnassignedReason, _Mapping]]] = ..., policy_revision: _Optional[str] = ..., rejected: _Optional[_Iterable[_Union[_explanation_pb2.RuleMiss, _Mapping]]] = ...) -> None: ...

class Recommendation(_message.Message):
    __slots__ = ("rank", "technician_id", "position", "arrival_time", "start_time", "added_travel_s", "cost_milli", "score_terms")
    RANK_FIELD_NUMBER: _ClassVar[int]
    TECHNICIAN_ID_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    ARRIVAL_TIME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    ADDED_TRAVEL_S_FIELD_NUMBER: _ClassVar[int]
    COST_MILLI_FIELD_NUMBER: _ClassVar[int]
    SCORE_TERMS_FIELD_NUMBER: _ClassVar[int]
    rank: int
    technician_id: str
    position: int
    arrival_time: _timestamp_pb2.Timestamp
    start_time: _timestamp_pb2.Timestamp
    added_travel_s: int
    cost_milli: int
    score_terms: _containers.RepeatedCompositeFieldContainer[_types_pb2.ScoreTerm]
    def __init__(self, rank: _Optional[int] = ..., technician_id: _Optional[str] = ..., position: _Optional[int] = ..., arrival_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., added_travel_s: _Optional[int] = ..., cost_milli: _Optional[int] = ..., score_terms: _Optional[_Iterable[_Union[_types_pb2.ScoreTerm, _Mapping]]] = ...) -> None: ...

class Route(_message.Message):
    __slots__ = ("technician", "stops", "end_time")
    TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    STOPS_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    technician: str
    stops: _containers.RepeatedCompositeFieldContainer[Stop]
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, technician: _Optional[str] = ..., stops: _Optional[_Iterable[_Union[Stop, _Mapping]]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Stop(_message.Message):
    __slots__ = ("visit", "state", "arrival_time", "start_time", "end_time", "slack_s")
    VISIT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ARRIVAL_TIME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    SLACK_S_FIELD_NUMBER: _ClassVar[int]
    visit: str
    state: _types_pb2.VisitState
    arrival_time: _timestamp_pb2.Timestamp
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    slack_s: int
    def __init__(self, visit: _Optional[str] = ..., state: _Optional[_Union[_types_pb2.VisitState, str]] = ..., arrival_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., slack_s: _Optional[int] = ...) -> None: ...

class UnassignedVisit(_message.Message):
    __slots__ = ("visit", "reasons")
    VISIT_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    visit: str
    reasons: _containers.RepeatedCompositeFieldContainer[_types_pb2.UnassignedReason]
    def __init__(self, visit: _Optional[str] = ..., reasons: _Optional[_Iterable[_Union[_types_pb2.UnassignedReason, _Mapping]]] = ...) -> None: ...

class Plan(_message.Message):
    __slots__ = ("name", "sequence", "read_time", "routes", "unassigned_visits", "policy_revision")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    READ_TIME_FIELD_NUMBER: _ClassVar[int]
    ROUTES_FIELD_NUMBER: _ClassVar[int]
    UNASSIGNED_VISITS_FIELD_NUMBER: _ClassVar[int]
    POLICY_REVISION_FIELD_NUMBER: _ClassVar[int]
    name: str
    sequence: int
    read_time: _timestamp_pb2.Timestamp
    routes: _containers.RepeatedCompositeFieldContainer[Route]
    unassigned_visits: _containers.RepeatedCompositeFieldContainer[UnassignedVisit]
    policy_revision: str
    def __init__(self, name: _Optional[str] = ..., sequence: _Optional[int] = ..., read_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., routes: _Optional[_Iterable[_Union[Route, _Mapping]]] = ..., unassigned_visits: _Optional[_Iterable[_Union[UnassignedVisit, _Mapping]]] = ..., policy_revision: _Optional[str] = ...) -> None: ...

class GetPlanRequest(_message.Message):
    __slots__ = ("name", "technicians")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TECHNICIANS_FIELD_NUMBER: _ClassVar[int]
    name: str
    technicians: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., technicians: _Optional[_Iterable[str]] = ...) -> None: ...

class GetPlanResponse(_message.Message):
    __slots__ = ("plan",)
    PLAN_FIELD_NUMBER: _ClassVar[int]
    plan: Plan
    def __init__(self, plan: _Optional[_Union[Plan, _Mapping]] = ...) -> None: ...

class WatchPlanRequest(_message.Message):
    __slots__ = ("name", "resume_token", "technicians", "batch", "bundle_ms")
    NAME_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TECHNICIANS_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    BUNDLE_MS_FIELD_NUMBER: _ClassVar[int]
    name: str
    resume_token: str
    technicians: _containers.RepeatedScalarFieldContainer[str]
    batch: str
    bundle_ms: int
    def __init__(self, name: _Optional[str] = ..., resume_token: _Optional[str] = ..., technicians: _Optional[_Iterable[str]] = ..., batch: _Optional[str] = ..., bundle_ms: _Optional[int] = ...) -> None: ...

class PlanChange(_message.Message):
    __slots__ = ("sequence", "visit", "event_time")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    VISIT_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    visit: _visit_service_pb2.Visit
    event_time: _timestamp_pb2.Timestamp
    def __init__(self, sequence: _Optional[int] = ..., visit: _Optional[_Union[_visit_service_pb2.Visit, _Mapping]] = ..., event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class WatchPlanResponse(_message.Message):
    __slots__ = ("type", "sequence", "resume_token", "visit", "event_time", "epoch", "changes")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    VISIT_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    type: PlanEventType
    sequence: int
    resume_token: str
    visit: _visit_service_pb2.Visit
    event_time: _timestamp_pb2.Timestamp
    epoch: int
    changes: _containers.RepeatedCompositeFieldContainer[PlanChange]
    def __init__(self, type: _Optional[_Union[PlanEventType, str]] = ..., sequence: _Optional[int] = ..., resume_token: _Optional[str] = ..., visit: _Optional[_Union[_visit_service_pb2.Visit, _Mapping]] = ..., event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., epoch: _Optional[int] = ..., changes: _Optional[_Iterable[_Union[PlanChange, _Mapping]]] = ...) -> None: ...

class ReportDisruptionRequest(_message.Message):
    __slots__ = ("parent", "technician_offline", "visit_late", "technician_sick", "vehicle_breakdown", "visit_overrun", "customer_no_show", "max_moved_visits", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    TECHNICIAN_OFFLINE_FIELD_NUMBER: _ClassVar[int]
    VISIT_LATE_FIELD_NUMBER: _ClassVar[int]
    TECHNICIAN_SICK_FIELD_NUMBER: _ClassVar[int]
    VEHICLE_BREAKDOWN_FIELD_NUMBER: _ClassVar[int]
    VISIT_OVERRUN_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_NO_SHOW_FIELD_NUMBER: _ClassVar[int]
    MAX_MOVED_VISITS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    technician_offline: TechnicianOffline
    visit_late: VisitLate
    technician_sick: TechnicianSick
    vehicle_breakdown: VehicleBreakdown
    visit_overrun: VisitOverrun
    customer_no_show: CustomerNoShow
    max_moved_visits: int
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., technician_offline: _Optional[_Union[TechnicianOffline, _Mapping]] = ..., visit_late: _Optional[_Union[VisitLate, _Mapping]] = ..., technician_sick: _Optional[_Union[TechnicianSick, _Mapping]] = ..., vehicle_breakdown: _Optional[_Union[VehicleBreakdown, _Mapping]] = ..., visit_overrun: _Optional[_Union[VisitOverrun, _Mapping]] = ..., customer_no_show: _Optional[_Union[CustomerNoShow, _Mapping]] = ..., max_moved_visits: _Optional[int] = ..., request_id: _Optional[str] = ...) -> None: ...

class TechnicianOffline(_message.Message):
    __slots__ = ("technician",)
    TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    technician: str
    def __init__(self, technician: _Optional[str] = ...) -> None: ...

class TechnicianSick(_message.Message):
    __slots__ = ("technician",)
    TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    technician: str
    def __init__(self, technician: _Optional[str] = ...) -> None: ...

class VehicleBreakdown(_message.Message):
    __slots__ = ("technician",)
    TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    technician: str
    def __init__(self, technician: _Optional[str] = ...) -> None: ...

class VisitOverrun(_message.Message):
    __slots__ = ("visit", "delay_s")
    VISIT_FIELD_NUMBER: _ClassVar[int]
    DELAY_S_FIELD_NUMBER: _ClassVar[int]
    visit: str
    delay_s: int
    def __init__(self, visit: _Optional[str] = ..., delay_s: _Optional[int] = ...) -> None: ...

class CustomerNoShow(_message.Message):
    __slots__ = ("visit",)
    VISIT_FIELD_NUMBER: _ClassVar[int]
    visit: str
    def __init__(self, visit: _Optional[str] = ...) -> None: ...

class VisitLate(_message.Message):
    __slots__ = ("visit", "delay_s")
    VISIT_FIELD_NUMBER: _ClassVar[int]
    DELAY_S_FIELD_NUMBER: _ClassVar[int]
    visit: str
    delay_s: int
    def __init__(self, visit: _Optional[str] = ..., delay_s: _Optional[int] = ...) -> None: ...

class ReportDisruptionResponse(_message.Message):
    __slots__ = ("moved_visits", "unassigned_visits", "retimed_visits", "visits", "delta")
    MOVED_VISITS_FIELD_NUMBER: _ClassVar[int]
    UNASSIGNED_VISITS_FIELD_NUMBER: _ClassVar[int]
    RETIMED_VISITS_FIELD_NUMBER: _ClassVar[int]
    VISITS_FIELD_NUMBER: _ClassVar[int]
    DELTA_FIELD_NUMBER: _ClassVar[int]
    moved_visits: _containers.RepeatedScalarFieldContainer[str]
    unassigned_visits: _containers.RepeatedScalarFieldContainer[str]
    retimed_visits: _containers.RepeatedScalarFieldContainer[str]
    visits: _containers.RepeatedCompositeFieldContainer[_visit_service_pb2.Visit]
    delta: _plan_change_pb2.PlanDelta
    def __init__(self, moved_visits: _Optional[_Iterable[str]] = ..., unassigned_visits: _Optional[_Iterable[str]] = ..., retimed_visits: _Optional[_Iterable[str]] = ..., visits: _Optional[_Iterable[_Union[_visit_service_pb2.Visit, _Mapping]]] = ..., delta: _Optional[_Union[_plan_change_pb2.PlanDelta, _Mapping]] = ...) -> None: ...

class PreviewPlanChangeRequest(_message.Message):
    __slots__ = ("parent", "assign_visit", "unassign_visit", "insert_emergency", "report_disruption", "reoptimize_plan")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    ASSIGN_VISIT_FIELD_NUMBER: _ClassVar[int]
    UNASSIGN_VISIT_FIELD_NUMBER: _ClassVar[int]
    INSERT_EMERGENCY_FIELD_NUMBER: _ClassVar[int]
    REPORT_DISRUPTION_FIELD_NUMBER: _ClassVar[int]
    REOPTIMIZE_PLAN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    assign_visit: _plan_change_pb2.AssignVisitRequest
    unassign_visit: _plan_change_pb2.UnassignVisitRequest
    insert_emergency: _plan_change_pb2.InsertEmergencyRequest
    report_disruption: ReportDisruptionRequest
    reoptimize_plan: _plan_change_pb2.ReoptimizePlanRequest
    def __init__(self, parent: _Optional[str] = ..., assign_visit: _Optional[_Union[_plan_change_pb2.AssignVisitRequest, _Mapping]] = ..., unassign_visit: _Optional[_Union[_plan_change_pb2.UnassignVisitRequest, _Mapping]] = ..., insert_emergency: _Optional[_Union[_plan_change_pb2.InsertEmergencyRequest, _Mapping]] = ..., report_disruption: _Optional[_Union[ReportDisruptionRequest, _Mapping]] = ..., reoptimize_plan: _Optional[_Union[_plan_change_pb2.ReoptimizePlanRequest, _Mapping]] = ...) -> None: ...

class CheckPlanRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class CheckPlanResponse(_message.Message):
    __slots__ = ("violations", "checked_routes", "checked_stops")
    VIOLATIONS_FIELD_NUMBER: _ClassVar[int]
    CHECKED_ROUTES_FIELD_NUMBER: _ClassVar[int]
    CHECKED_STOPS_FIELD_NUMBER: _ClassVar[int]
    violations: _containers.RepeatedCompositeFieldContainer[PlanViolation]
    checked_routes: int
    checked_stops: int
    def __init__(self, violations: _Optional[_Iterable[_Union[PlanViolation, _Mapping]]] = ..., checked_routes: _Optional[int] = ..., checked_stops: _Optional[int] = ...) -> None: ...

class PlanViolation(_message.Message):
    __slots__ = ("rule", "technician_id", "visit_id", "amount", "detail")
    RULE_FIELD_NUMBER: _ClassVar[int]
    TECHNICIAN_ID_FIELD_NUMBER: _ClassVar[int]
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    rule: _types_pb2.Rule
    technician_id: str
    visit_id: str
    amount: int
    detail: str
    def __init__(self, rule: _Optional[_Union[_types_pb2.Rule, str]] = ..., technician_id: _Optional[str] = ..., visit_id: _Optional[str] = ..., amount: _Optional[int] = ..., detail: _Optional[str] = ...) -> None: ...
