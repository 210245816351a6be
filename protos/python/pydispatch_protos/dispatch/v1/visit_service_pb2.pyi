import datetime

from pydispatch_protos.buf.validate import validate_pb2 as _validate_pb2
from pydispatch_protos.dispatch.v1 import ties_pb2 as _ties_pb2
from pydispatch_protos.dispatch.v1 import types_pb2 as _types_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class VisitEvent(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VISIT_EVENT_UNSPECIFIED: _ClassVar[VisitEvent]
    VISIT_EVENT_ACCEPT: _ClassVar[VisitEvent]
    VISIT_EVENT_DECLINE: _ClassVar[VisitEvent]
    VISIT_EVENT_DEPART: _ClassVar[VisitEvent]
    VISIT_EVENT_ARRIVE: _ClassVar[VisitEvent]
    VISIT_EVENT_START: _ClassVar[VisitEvent]
    VISIT_EVENT_COMPLETE: _ClassVar[VisitEvent]
    VISIT_EVENT_FAIL: _ClassVar[VisitEvent]
VISIT_EVENT_UNSPECIFIED: VisitEvent
VISIT_EVENT_ACCEPT: VisitEvent
VISIT_EVENT_DECLINE: VisitEvent
VISIT_EVENT_DEPART: VisitEvent
VISIT_EVENT_ARRIVE: VisitEvent
VISIT_EVENT_START: VisitEvent
VISIT_EVENT_COMPLETE: VisitEvent
VISIT_EVENT_FAIL: VisitEvent

class Visit(_message.Message):
    __slots__ = ("name", "booking", "service", "site", "priority", "request_time", "start_windows", "due_time", "duration_s", "required_skills", "required_certificates", "required_technician", "preferred_technician", "excluded_technicians", "state", "placement", "times", "unassigned_reasons", "batch", "etag", "after", "crew", "group", "required_languages", "partners", "parts", "blackouts", "pin")
    NAME_FIELD_NUMBER: _ClassVar[int]
    BOOKING_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_TIME_FIELD_NUMBER: _ClassVar[int]
    START_WINDOWS_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_FIELD_NUMBER: _ClassVar[int]
    DURATION_S_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_SKILLS_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_CERTIFICATES_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    PREFERRED_TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    EXCLUDED_TECHNICIANS_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PLACEMENT_FIELD_NUMBER: _ClassVar[int]
    TIMES_FIELD_NUMBER: _ClassVar[int]
    UNASSIGNED_REASONS_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    CREW_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_LANGUAGES_FIELD_NUMBER: _ClassVar[int]
    PARTNERS_FIELD_NUMBER: _ClassVar[int]
    PARTS_FIELD_NUMBER: _ClassVar[int]
    BLACKOUTS_FIELD_NUMBER: _ClassVar[int]
    PIN_FIELD_NUMBER: _ClassVar[int]
    name: str
    booking: str
    service: str
    site: _types_pb2.Site
    priority: _types_pb2.Priority
    request_time: _timestamp_pb2.Timestamp
    start_windows: _containers.RepeatedCompositeFieldContainer[_types_pb2.TimeWindow]
    due_time: _timestamp_pb2.Timestamp
    duration_s: int
    required_skills: _containers.RepeatedCompositeFieldContainer[_types_pb2.SkillLevel]
    required_certificates: _containers.RepeatedScalarFieldContainer[str]
    required_technician: str
    preferred_technician: str
    excluded_technicians: _containers.RepeatedScalarFieldContainer[str]
    state: _types_pb2.VisitState
    placement: Placement
    times: VisitTimes
    unassigned_reasons: _containers.RepeatedCompositeFieldContainer[_types_pb2.UnassignedReason]
    batch: str
    etag: str
    after: _containers.RepeatedCompositeFieldContainer[_ties_pb2.VisitDependency]
    crew: _ties_pb2.CrewMember
    group: str
    required_languages: _containers.RepeatedScalarFieldContainer[str]
    partners: _containers.RepeatedScalarFieldContainer[str]
    parts: _containers.RepeatedCompositeFieldContainer[_types_pb2.PartCount]
    blackouts: _containers.RepeatedCompositeFieldContainer[_types_pb2.TimeWindow]
    pin: Pin
    def __init__(self, name: _Optional[str] = ..., booking: _Optional[str] = ..., service: _Optional[str] = ..., site: _Optional[_Union[_types_pb2.Site, _Mapping]] = ..., priority: _Optional[_Union[_types_pb2.Priority, str]] = ..., request_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_windows: _Optional[_Iterable[_Union[_types_pb2.TimeWindow, _Mapping]]] = ..., due_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., duration_s: _Optional[int] = ..., required_skills: _Optional[_Iterable[_Union[_types_pb2.SkillLevel, _Mapping]]] = ..., required_certificates: _Optional[_Iterable[str]] = ..., required_technician: _Optional[str] = ..., preferred_technician: _Optional[str] = ..., excluded_technicians: _Optional[_Iterable[str]] = ..., state: _Optional[_Union[_types_pb2.VisitState, str]] = ..., placement: _Optional[_Union[Placement, _Mapping]] = ..., times: _Optional[_Union[VisitTimes, _Mapping]] = ..., unassigned_reasons: _Optional[_Iterable[_Union[_types_pb2.UnassignedReason, _Mapping]]] = ..., batch: _Optional[str] = ..., etag: _Optional[str] = ..., after: _Optional[_Iterable[_Union[_ties_pb2.VisitDependency, _Mapping]]] = ..., crew: _Optional[_Union[_ties_pb2.CrewMember, _Mapping]] = ..., group: _Optional[str] = ..., required_languages: _Optional[_Iterable[str]] = ..., partners: _Optional[_Iterable[str]] = ..., parts: _Optional[_Iterable[_Union[_types_pb2.PartCount, _Mapping]]] = ..., blackouts: _Optional[_Iterable[_Union[_types_pb2.TimeWindow, _Mapping]]] = ..., pin: _Optional[_Union[Pin, _Mapping]] = ...) -> None: ...

class Pin(_message.Message):
    __slots__ = ("technician", "start_time", "position", "preceding_visits")
    TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    PRECEDING_VISITS_FIELD_NUMBER: _ClassVar[int]
    technician: str
    start_time: _timestamp_pb2.Timestamp
    position: bool
    preceding_visits: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, technician: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., position: _Optional[bool] = ..., preceding_visits: _Optional[_Iterable[str]] = ...) -> None: ...

class Placement(_message.Message):
    __slots__ = ("technician", "position", "arrival_time", "start_time", "end_time", "travel_s", "travel_m", "score_terms", "cost_milli", "policy_revision")
    TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    ARRIVAL_TIME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    TRAVEL_S_FIELD_NUMBER: _ClassVar[int]
    TRAVEL_M_FIELD_NUMBER: _ClassVar[int]
    SCORE_TERMS_FIELD_NUMBER: _ClassVar[int]
    COST_MILLI_FIELD_NUMBER: _ClassVar[int]
    POLICY_REVISION_FIELD_NUMBER: _ClassVar[int]
    technician: str
    position: int
    arrival_time: _timestamp_pb2.Timestamp
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    travel_s: int
    travel_m: int
    score_terms: _containers.RepeatedCompositeFieldContainer[_types_pb2.ScoreTerm]
    cost_milli: int
    policy_revision: str
    def __init__(self, technician: _Optional[str] = ..., position: _Optional[int] = ..., arrival_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., travel_s: _Optional[int] = ..., travel_m: _Optional[int] = ..., score_terms: _Optional[_Iterable[_Union[_types_pb2.ScoreTerm, _Mapping]]] = ..., cost_milli: _Optional[int] = ..., policy_revision: _Optional[str] = ...) -> None: ...

class VisitTimes(_message.Message):
    __slots__ = ("assign_time", "accept_time", "depart_time", "arrive_time", "start_time", "end_time", "reassignment_count")
    ASSIGN_TIME_FIELD_NUMBER: _ClassVar[int]
    ACCEPT_TIME_FIELD_NUMBER: _ClassVar[int]
    DEPART_TIME_FIELD_NUMBER: _ClassVar[int]
    ARRIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    REASSIGNMENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    assign_time: _timestamp_pb2.Timestamp
    accept_time: _timestamp_pb2.Timestamp
    depart_time: _timestamp_pb2.Timestamp
    arrive_time: _timestamp_pb2.Timestamp
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    reassignment_count: int
    def __init__(self, assign_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., accept_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., depart_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., arrive_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reassignment_count: _Optional[int] = ...) -> None: ...

class GetVisitRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetVisitResponse(_message.Message):
    __slots__ = ("visit",)
    VISIT_FIELD_NUMBER: _ClassVar[int]
    visit: Visit
    def __init__(self, visit: _Optional[_Union[Visit, _Mapping]] = ...) -> None: ...

class ListVisitsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "states", "technician")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    states: _containers.RepeatedScalarFieldContainer[_types_pb2.VisitState]
    technician: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., states: _Optional[_Iterable[_Union[_types_pb2.VisitState, str]]] = ..., technician: _Optional[str] = ...) -> None: ...

class ListVisitsResponse(_message.Message):
    __slots__ = ("visits", "next_page_token")
    VISITS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    visits: _containers.RepeatedCompositeFieldContainer[Visit]
    next_page_token: str
    def __init__(self, visits: _Optional[_Iterable[_Union[Visit, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ReportVisitProgressRequest(_message.Message):
    __slots__ = ("name", "technician", "event", "reason", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    technician: str
    event: VisitEvent
    reason: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., technician: _Optional[str] = ..., event: _Optional[_Union[VisitEvent, str]] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ReportVisitProgressResponse(_message.Message):
    __slots__ = ("visit",)
    VISIT_FIELD_NUMBER: _ClassVar[int]
    visit: Visit
    def __init__(self, visit: _Optional[_Union[Visit, _Mapping]] = ...) -> None: ...
