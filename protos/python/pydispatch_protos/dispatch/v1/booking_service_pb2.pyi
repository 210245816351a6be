import datetime

from pydispatch_protos.buf.validate import validate_pb2 as _validate_pb2
from pydispatch_protos.dispatch.v1 import ties_pb2 as _ties_pb2
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

class BookingState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BOOKING_STATE_UNSPECIFIED: _ClassVar[BookingState]
    BOOKING_STATE_DRAFT: _ClassVar[BookingState]
    BOOKING_STATE_CONFIRMED: _ClassVar[BookingState]
    BOOKING_STATE_COMPLETED: _ClassVar[BookingState]
    BOOKING_STATE_CANCELLED: _ClassVar[BookingState]
    BOOKING_STATE_FAILED: _ClassVar[BookingState]
BOOKING_STATE_UNSPECIFIED: BookingState
BOOKING_STATE_DRAFT: BookingState
BOOKING_STATE_CONFIRMED: BookingState
BOOKING_STATE_COMPLETED: BookingState
BOOKING_STATE_CANCELLED: BookingState
BOOKING_STATE_FAILED: BookingState

class Booking(_message.Message):
    __slots__ = ("name", "customer", "service", "site", "start_window", "priority", "duration_s", "required_technician", "preferred_technician", "excluded_technicians", "note", "state", "visit", "batch", "create_time", "update_time", "etag", "required_languages", "partners", "parts", "start_windows", "blackouts", "roles", "max_start_spread_s", "after", "visits", "group")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CUSTOMER_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    START_WINDOW_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    DURATION_S_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    PREFERRED_TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    EXCLUDED_TECHNICIANS_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    VISIT_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_LANGUAGES_FIELD_NUMBER: _ClassVar[int]
    PARTNERS_FIELD_NUMBER: _ClassVar[int]
    PARTS_FIELD_NUMBER: _ClassVar[int]
    START_WINDOWS_FIELD_NUMBER: _ClassVar[int]
    BLACKOUTS_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    MAX_START_SPREAD_S_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    VISITS_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    name: str
    customer: str
    service: str
    site: _types_pb2.Site
    start_window: _types_pb2.TimeWindow
    priority: _types_pb2.Priority
    duration_s: int
    required_technician: str
    preferred_technician: str
    excluded_technicians: _containers.RepeatedScalarFieldContainer[str]
    note: str
    state: BookingState
    visit: str
    batch: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    required_languages: _containers.RepeatedScalarFieldContainer[str]
    partners: _containers.RepeatedScalarFieldContainer[str]
    parts: _containers.RepeatedCompositeFieldContainer[_types_pb2.PartCount]
    start_windows: _containers.RepeatedCompositeFieldContainer[_types_pb2.TimeWindow]
    blackouts: _containers.RepeatedCompositeFieldContainer[_types_pb2.TimeWindow]
    roles: _containers.RepeatedCompositeFieldContainer[_ties_pb2.Role]
    max_start_spread_s: int
    after: _containers.RepeatedCompositeFieldContainer[_ties_pb2.Dependency]
    visits: _containers.RepeatedScalarFieldContainer[str]
    group: str
    def __init__(self, name: _Optional[str] = ..., customer: _Optional[str] = ..., service: _Optional[str] = ..., site: _Optional[_Union[_types_pb2.Site, _Mapping]] = ..., start_window: _Optional[_Union[_types_pb2.TimeWindow, _Mapping]] = ..., priority: _Optional[_Union[_types_pb2.Priority, str]] = ..., duration_s: _Optional[int] = ..., required_technician: _Optional[str] = ..., preferred_technician: _Optional[str] = ..., excluded_technicians: _Optional[_Iterable[str]] = ..., note: _Optional[str] = ..., state: _Optional[_Union[BookingState, str]] = ..., visit: _Optional[str] = ..., batch: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., required_languages: _Optional[_Iterable[str]] = ..., partners: _Optional[_Iterable[str]] = ..., parts: _Optional[_Iterable[_Union[_types_pb2.PartCount, _Mapping]]] = ..., start_windows: _Optional[_Iterable[_Union[_types_pb2.TimeWindow, _Mapping]]] = ..., blackouts: _Optional[_Iterable[_Union[_types_pb2.TimeWindow, _Mapping]]] = ..., roles: _Optional[_Iterable[_Union[_ties_pb2.Role, _Mapping]]] = ..., max_start_spread_s: _Optional[int] = ..., after: _Optional[_Iterable[_Union[_ties_pb2.Dependency, _Mapping]]] = ..., visits: _Optional[_Iterable[str]] = ..., group: _Optional[str] = ...) -> None: ...

class CreateBookingRequest(_message.Message):
    __slots__ = ("parent", "booking_id", "booking", "request_id", "validate_only")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    BOOKING_ID_FIELD_NUMBER: _ClassVar[int]
    BOOKING_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    parent: str
    booking_id: str
    booking: Booking
    request_id: str
    validate_only: bool
    def __init__(self, parent: _Optional[str] = ..., booking_id: _Optional[str] = ..., booking: _Optional[_Union[Booking, _Mapping]] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class CreateBookingResponse(_message.Message):
    __slots__ = ("booking", "visit", "visits")
    BOOKING_FIELD_NUMBER: _ClassVar[int]
    VISIT_FIELD_NUMBER: _ClassVar[int]
    VISITS_FIELD_NUMBER: _ClassVar[int]
    booking: Booking
    visit: _visit_service_pb2.Visit
    visits: _containers.RepeatedCompositeFieldContainer[_visit_service_pb2.Visit]
    def __init__(self, booking: _Optional[_Union[Booking, _Mapping]] = ..., visit: _Optional[_Union[_visit_service_pb2.Visit, _Mapping]] = ..., visits: _Optional[_Iterable[_Union[_visit_service_pb2.Visit, _Mapping]]] = ...) -> None: ...

class GetBookingRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetBookingResponse(_message.Message):
    __slots__ = ("booking", "visit", "visits")
    BOOKING_FIELD_NUMBER: _ClassVar[int]
    VISIT_FIELD_NUMBER: _ClassVar[int]
    VISITS_FIELD_NUMBER: _ClassVar[int]
    booking: Booking
    visit: _visit_service_pb2.Visit
    visits: _containers.RepeatedCompositeFieldContainer[_visit_service_pb2.Visit]
    def __init__(self, booking: _Optional[_Union[Booking, _Mapping]] = ..., visit: _Optional[_Union[_visit_service_pb2.Visit, _Mapping]] = ..., visits: _Optional[_Iterable[_Union[_visit_service_pb2.Visit, _Mapping]]] = ...) -> None: ...

class ListBookingsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "batch", "states")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    batch: str
    states: _containers.RepeatedScalarFieldContainer[BookingState]
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., batch: _Optional[str] = ..., states: _Optional[_Iterable[_Union[BookingState, str]]] = ...) -> None: ...

class ListBookingsResponse(_message.Message):
    __slots__ = ("bookings", "next_page_token")
    BOOKINGS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    bookings: _containers.RepeatedCompositeFieldContainer[Booking]
    next_page_token: str
    def __init__(self, bookings: _Optional[_Iterable[_Union[Booking, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CancelBookingRequest(_message.Message):
    __slots__ = ("name", "etag", "reason", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    reason: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class CancelBookingResponse(_message.Message):
    __slots__ = ("booking",)
    BOOKING_FIELD_NUMBER: _ClassVar[int]
    booking: Booking
    def __init__(self, booking: _Optional[_Union[Booking, _Mapping]] = ...) -> None: ...
