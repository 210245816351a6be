import datetime

from pydispatch_protos.buf.validate import validate_pb2 as _validate_pb2
from pydispatch_protos.dispatch.v1 import plan_change_pb2 as _plan_change_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PlanOperationState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PLAN_OPERATION_STATE_UNSPECIFIED: _ClassVar[PlanOperationState]
    PLAN_OPERATION_STATE_RUNNING: _ClassVar[PlanOperationState]
    PLAN_OPERATION_STATE_SUCCEEDED: _ClassVar[PlanOperationState]
    PLAN_OPERATION_STATE_CANCELLED: _ClassVar[PlanOperationState]
    PLAN_OPERATION_STATE_FAILED: _ClassVar[PlanOperationState]
PLAN_OPERATION_STATE_UNSPECIFIED: PlanOperationState
PLAN_OPERATION_STATE_RUNNING: PlanOperationState
PLAN_OPERATION_STATE_SUCCEEDED: PlanOperationState
PLAN_OPERATION_STATE_CANCELLED: PlanOperationState
PLAN_OPERATION_STATE_FAILED: PlanOperationState

class PlanRevision(_message.Message):
    __slots__ = ("name", "sequence", "revision_time", "decision_id", "actor", "policy_revision", "causes", "assigned_count", "moved_count", "retimed_count", "unassigned_count", "progressed_count", "visits")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    REVISION_TIME_FIELD_NUMBER: _ClassVar[int]
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    POLICY_REVISION_FIELD_NUMBER: _ClassVar[int]
    CAUSES_FIELD_NUMBER: _ClassVar[int]
    ASSIGNED_COUNT_FIELD_NUMBER: _ClassVar[int]
    MOVED_COUNT_FIELD_NUMBER: _ClassVar[int]
    RETIMED_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNASSIGNED_COUNT_FIELD_NUMBER: _ClassVar[int]
    PROGRESSED_COUNT_FIELD_NUMBER: _ClassVar[int]
    VISITS_FIELD_NUMBER: _ClassVar[int]
    name: str
    sequence: int
    revision_time: _timestamp_pb2.Timestamp
    decision_id: str
    actor: str
    policy_revision: str
    causes: _containers.RepeatedScalarFieldContainer[str]
    assigned_count: int
    moved_count: int
    retimed_count: int
    unassigned_count: int
    progressed_count: int
    visits: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., sequence: _Optional[int] = ..., revision_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., decision_id: _Optional[str] = ..., actor: _Optional[str] = ..., policy_revision: _Optional[str] = ..., causes: _Optional[_Iterable[str]] = ..., assigned_count: _Optional[int] = ..., moved_count: _Optional[int] = ..., retimed_count: _Optional[int] = ..., unassigned_count: _Optional[int] = ..., progressed_count: _Optional[int] = ..., visits: _Optional[_Iterable[str]] = ...) -> None: ...

class ListPlanRevisionsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "after_sequence")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    AFTER_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    after_sequence: int
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., after_sequence: _Optional[int] = ...) -> None: ...

class ListPlanRevisionsResponse(_message.Message):
    __slots__ = ("plan_revisions", "next_page_token")
    PLAN_REVISIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    plan_revisions: _containers.RepeatedCompositeFieldContainer[PlanRevision]
    next_page_token: str
    def __init__(self, plan_revisions: _Optional[_Iterable[_Union[PlanRevision, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RevertPlanRequest(_message.Message):
    __slots__ = ("name", "sequence", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    sequence: int
    request_id: str
    def __init__(self, name: _Optional[str] = ..., sequence: _Optional[int] = ..., request_id: _Optional[str] = ...) -> None: ...

class RevertPlanResponse(_message.Message):
    __slots__ = ("delta", "kept")
    DELTA_FIELD_NUMBER: _ClassVar[int]
    KEPT_FIELD_NUMBER: _ClassVar[int]
    delta: _plan_change_pb2.PlanDelta
    kept: _containers.RepeatedCompositeFieldContainer[KeptVisit]
    def __init__(self, delta: _Optional[_Union[_plan_change_pb2.PlanDelta, _Mapping]] = ..., kept: _Optional[_Iterable[_Union[KeptVisit, _Mapping]]] = ...) -> None: ...

class KeptVisit(_message.Message):
    __slots__ = ("visit", "technician", "reason", "detail")
    VISIT_FIELD_NUMBER: _ClassVar[int]
    TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    visit: str
    technician: str
    reason: str
    detail: str
    def __init__(self, visit: _Optional[str] = ..., technician: _Optional[str] = ..., reason: _Optional[str] = ..., detail: _Optional[str] = ...) -> None: ...

class PlanOperation(_message.Message):
    __slots__ = ("name", "state", "create_time", "end_time", "searched_ms", "budget_ms", "round_count", "moved_count", "retimed_count", "cost_change_milli", "stale_count", "error_reason")
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    SEARCHED_MS_FIELD_NUMBER: _ClassVar[int]
    BUDGET_MS_FIELD_NUMBER: _ClassVar[int]
    ROUND_COUNT_FIELD_NUMBER: _ClassVar[int]
    MOVED_COUNT_FIELD_NUMBER: _ClassVar[int]
    RETIMED_COUNT_FIELD_NUMBER: _ClassVar[int]
    COST_CHANGE_MILLI_FIELD_NUMBER: _ClassVar[int]
    STALE_COUNT_FIELD_NUMBER: _ClassVar[int]
    ERROR_REASON_FIELD_NUMBER: _ClassVar[int]
    name: str
    state: PlanOperationState
    create_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    searched_ms: int
    budget_ms: int
    round_count: int
    moved_count: int
    retimed_count: int
    cost_change_milli: int
    stale_count: int
    error_reason: str
    def __init__(self, name: _Optional[str] = ..., state: _Optional[_Union[PlanOperationState, str]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., searched_ms: _Optional[int] = ..., budget_ms: _Optional[int] = ..., round_count: _Optional[int] = ..., moved_count: _Optional[int] = ..., retimed_count: _Optional[int] = ..., cost_change_milli: _Optional[int] = ..., stale_count: _Optional[int] = ..., error_reason: _Optional[str] = ...) -> None: ...

class StartPlanOperationRequest(_message.Message):
    __slots__ = ("parent", "reoptimize_plan", "budget_ms")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    REOPTIMIZE_PLAN_FIELD_NUMBER: _ClassVar[int]
    BUDGET_MS_FIELD_NUMBER: _ClassVar[int]
    parent: str
    reoptimize_plan: _plan_change_pb2.ReoptimizePlanRequest
    budget_ms: int
    def __init__(self, parent: _Optional[str] = ..., reoptimize_plan: _Optional[_Union[_plan_change_pb2.ReoptimizePlanRequest, _Mapping]] = ..., budget_ms: _Optional[int] = ...) -> None: ...

class StartPlanOperationResponse(_message.Message):
    __slots__ = ("plan_operation",)
    PLAN_OPERATION_FIELD_NUMBER: _ClassVar[int]
    plan_operation: PlanOperation
    def __init__(self, plan_operation: _Optional[_Union[PlanOperation, _Mapping]] = ...) -> None: ...

class GetPlanOperationRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetPlanOperationResponse(_message.Message):
    __slots__ = ("plan_operation",)
    PLAN_OPERATION_FIELD_NUMBER: _ClassVar[int]
    plan_operation: PlanOperation
    def __init__(self, plan_operation: _Optional[_Union[PlanOperation, _Mapping]] = ...) -> None: ...

class ListPlanOperationsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListPlanOperationsResponse(_message.Message):
    __slots__ = ("plan_operations", "next_page_token")
    PLAN_OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    plan_operations: _containers.RepeatedCompositeFieldContainer[PlanOperation]
    next_page_token: str
    def __init__(self, plan_operations: _Optional[_Iterable[_Union[PlanOperation, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CancelPlanOperationRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class CancelPlanOperationResponse(_message.Message):
    __slots__ = ("plan_operation",)
    PLAN_OPERATION_FIELD_NUMBER: _ClassVar[int]
    plan_operation: PlanOperation
    def __init__(self, plan_operation: _Optional[_Union[PlanOperation, _Mapping]] = ...) -> None: ...

class WaitPlanOperationRequest(_message.Message):
    __slots__ = ("name", "timeout_ms")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_MS_FIELD_NUMBER: _ClassVar[int]
    name: str
    timeout_ms: int
    def __init__(self, name: _Optional[str] = ..., timeout_ms: _Optional[int] = ...) -> None: ...

class WaitPlanOperationResponse(_message.Message):
    __slots__ = ("plan_operation",)
    PLAN_OPERATION_FIELD_NUMBER: _ClassVar[int]
    plan_operation: PlanOperation
    def __init__(self, plan_operation: _Optional[_Union[PlanOperation, _Mapping]] = ...) -> None: ...
