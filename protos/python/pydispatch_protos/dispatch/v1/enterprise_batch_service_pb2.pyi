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

class BatchState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BATCH_STATE_UNSPECIFIED: _ClassVar[BatchState]
    BATCH_STATE_IMPORTED: _ClassVar[BatchState]
    BATCH_STATE_PLANNING: _ClassVar[BatchState]
    BATCH_STATE_PLANNED: _ClassVar[BatchState]
    BATCH_STATE_FINISHED: _ClassVar[BatchState]
BATCH_STATE_UNSPECIFIED: BatchState
BATCH_STATE_IMPORTED: BatchState
BATCH_STATE_PLANNING: BatchState
BATCH_STATE_PLANNED: BatchState
BATCH_STATE_FINISHED: BatchState

class Batch(_message.Message):
    __slots__ = ("name", "display_name", "customer", "state", "booking_count", "draft_count", "planned_count", "unassigned_count", "active_count", "completed_count", "failed_count", "create_time", "update_time")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    BOOKING_COUNT_FIELD_NUMBER: _ClassVar[int]
    DRAFT_COUNT_FIELD_NUMBER: _ClassVar[int]
    PLANNED_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNASSIGNED_COUNT_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_COUNT_FIELD_NUMBER: _ClassVar[int]
    COMPLETED_COUNT_FIELD_NUMBER: _ClassVar[int]
    FAILED_COUNT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    customer: str
    state: BatchState
    booking_count: int
    draft_count: int
    planned_count: int
    unassigned_count: int
    active_count: int
    completed_count: int
    failed_count: int
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., customer: _Optional[str] = ..., state: _Optional[_Union[BatchState, str]] = ..., booking_count: _Optional[int] = ..., draft_count: _Optional[int] = ..., planned_count: _Optional[int] = ..., unassigned_count: _Optional[int] = ..., active_count: _Optional[int] = ..., completed_count: _Optional[int] = ..., failed_count: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ImportBatchHeader(_message.Message):
    __slots__ = ("parent", "batch_id", "display_name", "customer")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    BATCH_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    parent: str
    batch_id: str
    display_name: str
    customer: str
    def __init__(self, parent: _Optional[str] = ..., batch_id: _Optional[str] = ..., display_name: _Optional[str] = ..., customer: _Optional[str] = ...) -> None: ...

class BatchRow(_message.Message):
    __slots__ = ("external_id", "service_id", "site", "start_window", "duration_s", "note", "roles", "max_start_spread_s", "after", "group", "required_languages", "partners", "parts", "blackouts")
    EXTERNAL_ID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    START_WINDOW_FIELD_NUMBER: _ClassVar[int]
    DURATION_S_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    MAX_START_SPREAD_S_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_LANGUAGES_FIELD_NUMBER: _ClassVar[int]
    PARTNERS_FIELD_NUMBER: _ClassVar[int]
    PARTS_FIELD_NUMBER: _ClassVar[int]
    BLACKOUTS_FIELD_NUMBER: _ClassVar[int]
    external_id: str
    service_id: str
    site: _types_pb2.Site
    start_window: _types_pb2.TimeWindow
    duration_s: int
    note: str
    roles: _containers.RepeatedCompositeFieldContainer[_ties_pb2.Role]
    max_start_spread_s: int
    after: _containers.RepeatedCompositeFieldContainer[_ties_pb2.Dependency]
    group: str
    required_languages: _containers.RepeatedScalarFieldContainer[str]
    partners: _containers.RepeatedScalarFieldContainer[str]
    parts: _containers.RepeatedCompositeFieldContainer[_types_pb2.PartCount]
    blackouts: _containers.RepeatedCompositeFieldContainer[_types_pb2.TimeWindow]
    def __init__(self, external_id: _Optional[str] = ..., service_id: _Optional[str] = ..., site: _Optional[_Union[_types_pb2.Site, _Mapping]] = ..., start_window: _Optional[_Union[_types_pb2.TimeWindow, _Mapping]] = ..., duration_s: _Optional[int] = ..., note: _Optional[str] = ..., roles: _Optional[_Iterable[_Union[_ties_pb2.Role, _Mapping]]] = ..., max_start_spread_s: _Optional[int] = ..., after: _Optional[_Iterable[_Union[_ties_pb2.Dependency, _Mapping]]] = ..., group: _Optional[str] = ..., required_languages: _Optional[_Iterable[str]] = ..., partners: _Optional[_Iterable[str]] = ..., parts: _Optional[_Iterable[_Union[_types_pb2.PartCount, _Mapping]]] = ..., blackouts: _Optional[_Iterable[_Union[_types_pb2.TimeWindow, _Mapping]]] = ...) -> None: ...

class ImportBatchRequest(_message.Message):
    __slots__ = ("header", "rows")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    header: ImportBatchHeader
    rows: _containers.RepeatedCompositeFieldContainer[BatchRow]
    def __init__(self, header: _Optional[_Union[ImportBatchHeader, _Mapping]] = ..., rows: _Optional[_Iterable[_Union[BatchRow, _Mapping]]] = ...) -> None: ...

class BatchRowError(_message.Message):
    __slots__ = ("row_number", "external_id", "field", "reason", "description")
    ROW_NUMBER_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_ID_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    row_number: int
    external_id: str
    field: str
    reason: str
    description: str
    def __init__(self, row_number: _Optional[int] = ..., external_id: _Optional[str] = ..., field: _Optional[str] = ..., reason: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...

class ImportBatchResponse(_message.Message):
    __slots__ = ("batch", "imported_count", "unchanged_count", "errors", "refused_count")
    BATCH_FIELD_NUMBER: _ClassVar[int]
    IMPORTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNCHANGED_COUNT_FIELD_NUMBER: _ClassVar[int]
    ERRORS_FIELD_NUMBER: _ClassVar[int]
    REFUSED_COUNT_FIELD_NUMBER: _ClassVar[int]
    batch: Batch
    imported_count: int
    unchanged_count: int
    errors: _containers.RepeatedCompositeFieldContainer[BatchRowError]
    refused_count: int
    def __init__(self, batch: _Optional[_Union[Batch, _Mapping]] = ..., imported_count: _Optional[int] = ..., unchanged_count: _Optional[int] = ..., errors: _Optional[_Iterable[_Union[BatchRowError, _Mapping]]] = ..., refused_count: _Optional[int] = ...) -> None: ...

class PlanBatchRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class PlanBatchResponse(_message.Message):
    __slots__ = ("batch",)
    BATCH_FIELD_NUMBER: _ClassVar[int]
    batch: Batch
    def __init__(self, batch: _Optional[_Union[Batch, _Mapping]] = ...) -> None: ...

class GetBatchRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetBatchResponse(_message.Message):
    __slots__ = ("batch",)
    BATCH_FIELD_NUMBER: _ClassVar[int]
    batch: Batch
    def __init__(self, batch: _Optional[_Union[Batch, _Mapping]] = ...) -> None: ...

class WatchBatchProgressRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class WatchBatchProgressResponse(_message.Message):
    __slots__ = ("batch",)
    BATCH_FIELD_NUMBER: _ClassVar[int]
    batch: Batch
    def __init__(self, batch: _Optional[_Union[Batch, _Mapping]] = ...) -> None: ...
