import datetime

from pydispatch_protos.buf.validate import validate_pb2 as _validate_pb2
from pydispatch_protos.dispatch.v1 import types_pb2 as _types_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import empty_pb2 as _empty_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GeofenceEventType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    GEOFENCE_EVENT_TYPE_UNSPECIFIED: _ClassVar[GeofenceEventType]
    GEOFENCE_EVENT_TYPE_ENTER: _ClassVar[GeofenceEventType]
    GEOFENCE_EVENT_TYPE_EXIT: _ClassVar[GeofenceEventType]
    GEOFENCE_EVENT_TYPE_DWELL: _ClassVar[GeofenceEventType]
    GEOFENCE_EVENT_TYPE_CROSS: _ClassVar[GeofenceEventType]
    GEOFENCE_EVENT_TYPE_RESYNC: _ClassVar[GeofenceEventType]
    GEOFENCE_EVENT_TYPE_HEARTBEAT: _ClassVar[GeofenceEventType]
GEOFENCE_EVENT_TYPE_UNSPECIFIED: GeofenceEventType
GEOFENCE_EVENT_TYPE_ENTER: GeofenceEventType
GEOFENCE_EVENT_TYPE_EXIT: GeofenceEventType
GEOFENCE_EVENT_TYPE_DWELL: GeofenceEventType
GEOFENCE_EVENT_TYPE_CROSS: GeofenceEventType
GEOFENCE_EVENT_TYPE_RESYNC: GeofenceEventType
GEOFENCE_EVENT_TYPE_HEARTBEAT: GeofenceEventType

class Geofence(_message.Message):
    __slots__ = ("name", "display_name", "circle", "polygon", "dwell_s", "hysteresis_m", "create_time", "etag")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    CIRCLE_FIELD_NUMBER: _ClassVar[int]
    POLYGON_FIELD_NUMBER: _ClassVar[int]
    DWELL_S_FIELD_NUMBER: _ClassVar[int]
    HYSTERESIS_M_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    circle: Circle
    polygon: _types_pb2.Polygon
    dwell_s: int
    hysteresis_m: float
    create_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., circle: _Optional[_Union[Circle, _Mapping]] = ..., polygon: _Optional[_Union[_types_pb2.Polygon, _Mapping]] = ..., dwell_s: _Optional[int] = ..., hysteresis_m: _Optional[float] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class Circle(_message.Message):
    __slots__ = ("center", "radius_m")
    CENTER_FIELD_NUMBER: _ClassVar[int]
    RADIUS_M_FIELD_NUMBER: _ClassVar[int]
    center: _types_pb2.LatLng
    radius_m: float
    def __init__(self, center: _Optional[_Union[_types_pb2.LatLng, _Mapping]] = ..., radius_m: _Optional[float] = ...) -> None: ...

class CreateGeofenceRequest(_message.Message):
    __slots__ = ("parent", "geofence_id", "geofence", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    GEOFENCE_ID_FIELD_NUMBER: _ClassVar[int]
    GEOFENCE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    geofence_id: str
    geofence: Geofence
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., geofence_id: _Optional[str] = ..., geofence: _Optional[_Union[Geofence, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class CreateGeofenceResponse(_message.Message):
    __slots__ = ("geofence",)
    GEOFENCE_FIELD_NUMBER: _ClassVar[int]
    geofence: Geofence
    def __init__(self, geofence: _Optional[_Union[Geofence, _Mapping]] = ...) -> None: ...

class GetGeofenceRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetGeofenceResponse(_message.Message):
    __slots__ = ("geofence",)
    GEOFENCE_FIELD_NUMBER: _ClassVar[int]
    geofence: Geofence
    def __init__(self, geofence: _Optional[_Union[Geofence, _Mapping]] = ...) -> None: ...

class ListGeofencesRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListGeofencesResponse(_message.Message):
    __slots__ = ("geofences", "next_page_token")
    GEOFENCES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    geofences: _containers.RepeatedCompositeFieldContainer[Geofence]
    next_page_token: str
    def __init__(self, geofences: _Optional[_Iterable[_Union[Geofence, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateGeofenceRequest(_message.Message):
    __slots__ = ("geofence", "request_id")
    GEOFENCE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    geofence: Geofence
    request_id: str
    def __init__(self, geofence: _Optional[_Union[Geofence, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class UpdateGeofenceResponse(_message.Message):
    __slots__ = ("geofence",)
    GEOFENCE_FIELD_NUMBER: _ClassVar[int]
    geofence: Geofence
    def __init__(self, geofence: _Optional[_Union[Geofence, _Mapping]] = ...) -> None: ...

class DeleteGeofenceRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class WatchGeofenceEventsRequest(_message.Message):
    __slots__ = ("parent", "resume_token", "geofences", "technicians")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    GEOFENCES_FIELD_NUMBER: _ClassVar[int]
    TECHNICIANS_FIELD_NUMBER: _ClassVar[int]
    parent: str
    resume_token: str
    geofences: _containers.RepeatedScalarFieldContainer[str]
    technicians: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, parent: _Optional[str] = ..., resume_token: _Optional[str] = ..., geofences: _Optional[_Iterable[str]] = ..., technicians: _Optional[_Iterable[str]] = ...) -> None: ...

class WatchGeofenceEventsResponse(_message.Message):
    __slots__ = ("type", "sequence", "resume_token", "geofence", "visit", "technician", "event_time", "location")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    GEOFENCE_FIELD_NUMBER: _ClassVar[int]
    VISIT_FIELD_NUMBER: _ClassVar[int]
    TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    type: GeofenceEventType
    sequence: int
    resume_token: str
    geofence: str
    visit: str
    technician: str
    event_time: _timestamp_pb2.Timestamp
    location: _types_pb2.LatLng
    def __init__(self, type: _Optional[_Union[GeofenceEventType, str]] = ..., sequence: _Optional[int] = ..., resume_token: _Optional[str] = ..., geofence: _Optional[str] = ..., visit: _Optional[str] = ..., technician: _Optional[str] = ..., event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., location: _Optional[_Union[_types_pb2.LatLng, _Mapping]] = ...) -> None: ...
