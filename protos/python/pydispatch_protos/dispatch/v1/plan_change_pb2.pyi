import datetime

from pydispatch_protos.buf.validate import validate_pb2 as _validate_pb2
from pydispatch_protos.dispatch.v1 import booking_service_pb2 as _booking_service_pb2
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

class VisitChangeType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VISIT_CHANGE_TYPE_UNSPECIFIED: _ClassVar[VisitChangeType]
    VISIT_CHANGE_TYPE_ASSIGNED: _ClassVar[VisitChangeType]
    VISIT_CHANGE_TYPE_MOVED: _ClassVar[VisitChangeType]
    VISIT_CHANGE_TYPE_RETIMED: _ClassVar[VisitChangeType]
    VISIT_CHANGE_TYPE_UNASSIGNED: _ClassVar[VisitChangeType]
    VISIT_CHANGE_TYPE_PROGRESSED: _ClassVar[VisitChangeType]
    VISIT_CHANGE_TYPE_PINNED: _ClassVar[VisitChangeType]
VISIT_CHANGE_TYPE_UNSPECIFIED: VisitChangeType
VISIT_CHANGE_TYPE_ASSIGNED: VisitChangeType
VISIT_CHANGE_TYPE_MOVED: VisitChangeType
VISIT_CHANGE_TYPE_RETIMED: VisitChangeType
VISIT_CHANGE_TYPE_UNASSIGNED: VisitChangeType
VISIT_CHANGE_TYPE_PROGRESSED: VisitChangeType
VISIT_CHANGE_TYPE_PINNED: VisitChangeType

class VisitDelta(_message.Message):
    __slots__ = ("visit", "type", "state", "before", "after", "start_shift_s", "disruption_milli", "unassigned_reasons")
    VISIT_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    START_SHIFT_S_FIELD_NUMBER: _ClassVar[int]
    DISRUPTION_MILLI_FIELD_NUMBER: _ClassVar[int]
    UNASSIGNED_REASONS_FIELD_NUMBER: _ClassVar[int]
    visit: str
    type: VisitChangeType
    state: _types_pb2.VisitState
    before: _visit_service_pb2.Placement
    after: _visit_service_pb2.Placement
    start_shift_s: int
    disruption_milli: int
    unassigned_reasons: _containers.RepeatedCompositeFieldContainer[_types_pb2.UnassignedReason]
    def __init__(self, visit: _Optional[str] = ..., type: _Optional[_Union[VisitChangeType, str]] = ..., state: _Optional[_Union[_types_pb2.VisitState, str]] = ..., before: _Optional[_Union[_visit_service_pb2.Placement, _Mapping]] = ..., after: _Optional[_Union[_visit_service_pb2.Placement, _Mapping]] = ..., start_shift_s: _Optional[int] = ..., disruption_milli: _Optional[int] = ..., unassigned_reasons: _Optional[_Iterable[_Union[_types_pb2.UnassignedReason, _Mapping]]] = ...) -> None: ...

class PlanDelta(_message.Message):
    __slots__ = ("visits", "moved_count", "retimed_count", "unassigned_count", "disruption_milli", "cost_change_milli", "policy_revision", "decision_id")
    VISITS_FIELD_NUMBER: _ClassVar[int]
    MOVED_COUNT_FIELD_NUMBER: _ClassVar[int]
    RETIMED_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNASSIGNED_COUNT_FIELD_NUMBER: _ClassVar[int]
    DISRUPTION_MILLI_FIELD_NUMBER: _ClassVar[int]
    COST_CHANGE_MILLI_FIELD_NUMBER: _ClassVar[int]
    POLICY_REVISION_FIELD_NUMBER: _ClassVar[int]
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    visits: _containers.RepeatedCompositeFieldContainer[VisitDelta]
    moved_count: int
    retimed_count: int
    unassigned_count: int
    disruption_milli: int
    cost_change_milli: int
    policy_revision: str
    decision_id: str
    def __init__(self, visits: _Optional[_Iterable[_Union[VisitDelta, _Mapping]]] = ..., moved_count: _Optional[int] = ..., retimed_count: _Optional[int] = ..., unassigned_count: _Optional[int] = ..., disruption_milli: _Optional[int] = ..., cost_change_milli: _Optional[int] = ..., policy_revision: _Optional[str] = ..., decision_id: _Optional[str] = ...) -> None: ...

class AssignVisitRequest(_message.Message):
    __slots__ = ("name", "technician", "position", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    technician: str
    position: int
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., technician: _Optional[str] = ..., position: _Optional[int] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class AssignVisitResponse(_message.Message):
    __slots__ = ("visit", "delta")
    VISIT_FIELD_NUMBER: _ClassVar[int]
    DELTA_FIELD_NUMBER: _ClassVar[int]
    visit: _visit_service_pb2.Visit
    delta: PlanDelta
    def __init__(self, visit: _Optional[_Union[_visit_service_pb2.Visit, _Mapping]] = ..., delta: _Optional[_Union[PlanDelta, _Mapping]] = ...) -> None: ...

class UnassignVisitRequest(_message.Message):
    __slots__ = ("name", "exclude_technician", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    EXCLUDE_TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    exclude_technician: bool
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., exclude_technician: _Optional[bool] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class UnassignVisitResponse(_message.Message):
    __slots__ = ("visit", "delta")
    VISIT_FIELD_NUMBER: _ClassVar[int]
    DELTA_FIELD_NUMBER: _ClassVar[int]
    visit: _visit_service_pb2.Visit
    delta: PlanDelta
    def __init__(self, visit: _Optional[_Union[_visit_service_pb2.Visit, _Mapping]] = ..., delta: _Optional[_Union[PlanDelta, _Mapping]] = ...) -> None: ...

class PinVisitRequest(_message.Message):
    __slots__ = ("name", "pin_technician", "pin_start_time", "pin_position", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PIN_TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    PIN_START_TIME_FIELD_NUMBER: _ClassVar[int]
    PIN_POSITION_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    pin_technician: bool
    pin_start_time: bool
    pin_position: bool
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., pin_technician: _Optional[bool] = ..., pin_start_time: _Optional[bool] = ..., pin_position: _Optional[bool] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class PinVisitResponse(_message.Message):
    __slots__ = ("visit",)
    VISIT_FIELD_NUMBER: _ClassVar[int]
    visit: _visit_service_pb2.Visit
    def __init__(self, visit: _Optional[_Union[_visit_service_pb2.Visit, _Mapping]] = ...) -> None: ...

class UnpinVisitRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class UnpinVisitResponse(_message.Message):
    __slots__ = ("visit",)
    VISIT_FIELD_NUMBER: _ClassVar[int]
    visit: _visit_service_pb2.Visit
    def __init__(self, visit: _Optional[_Union[_visit_service_pb2.Visit, _Mapping]] = ...) -> None: ...

class InsertEmergencyRequest(_message.Message):
    __slots__ = ("parent", "booking", "booking_id", "max_moved_visits", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    BOOKING_FIELD_NUMBER: _ClassVar[int]
    BOOKING_ID_FIELD_NUMBER: _ClassVar[int]
    MAX_MOVED_VISITS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    booking: _booking_service_pb2.Booking
    booking_id: str
    max_moved_visits: int
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., booking: _Optional[_Union[_booking_service_pb2.Booking, _Mapping]] = ..., booking_id: _Optional[str] = ..., max_moved_visits: _Optional[int] = ..., request_id: _Optional[str] = ...) -> None: ...

class InsertEmergencyResponse(_message.Message):
    __slots__ = ("booking", "visit", "delta")
    BOOKING_FIELD_NUMBER: _ClassVar[int]
    VISIT_FIELD_NUMBER: _ClassVar[int]
    DELTA_FIELD_NUMBER: _ClassVar[int]
    booking: _booking_service_pb2.Booking
    visit: _visit_service_pb2.Visit
    delta: PlanDelta
    def __init__(self, booking: _Optional[_Union[_booking_service_pb2.Booking, _Mapping]] = ..., visit: _Optional[_Union[_visit_service_pb2.Visit, _Mapping]] = ..., delta: _Optional[_Union[PlanDelta, _Mapping]] = ...) -> None: ...

class ReoptimizePlanRequest(_message.Message):
    __slots__ = ("name", "budget_ms", "max_moved_visits", "seed", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    BUDGET_MS_FIELD_NUMBER: _ClassVar[int]
    MAX_MOVED_VISITS_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    budget_ms: int
    max_moved_visits: int
    seed: int
    request_id: str
    def __init__(self, name: _Optional[str] = ..., budget_ms: _Optional[int] = ..., max_moved_visits: _Optional[int] = ..., seed: _Optional[int] = ..., request_id: _Optional[str] = ...) -> None: ...

class ReoptimizePlanResponse(_message.Message):
    __slots__ = ("delta", "stale_count")
    DELTA_FIELD_NUMBER: _ClassVar[int]
    STALE_COUNT_FIELD_NUMBER: _ClassVar[int]
    delta: PlanDelta
    stale_count: int
    def __init__(self, delta: _Optional[_Union[PlanDelta, _Mapping]] = ..., stale_count: _Optional[int] = ...) -> None: ...

class PlanProposal(_message.Message):
    __slots__ = ("name", "etag", "create_time", "expire_time", "delta")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    DELTA_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    create_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    delta: PlanDelta
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., delta: _Optional[_Union[PlanDelta, _Mapping]] = ...) -> None: ...

class PreviewPlanChangeResponse(_message.Message):
    __slots__ = ("proposal",)
    PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    proposal: PlanProposal
    def __init__(self, proposal: _Optional[_Union[PlanProposal, _Mapping]] = ...) -> None: ...

class CommitPlanProposalRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class CommitPlanProposalResponse(_message.Message):
    __slots__ = ("delta", "visits")
    DELTA_FIELD_NUMBER: _ClassVar[int]
    VISITS_FIELD_NUMBER: _ClassVar[int]
    delta: PlanDelta
    visits: _containers.RepeatedCompositeFieldContainer[_visit_service_pb2.Visit]
    def __init__(self, delta: _Optional[_Union[PlanDelta, _Mapping]] = ..., visits: _Optional[_Iterable[_Union[_visit_service_pb2.Visit, _Mapping]]] = ...) -> None: ...
