import datetime

from pydispatch_protos.buf.validate import validate_pb2 as _validate_pb2
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

class SearchOrder(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SEARCH_ORDER_UNSPECIFIED: _ClassVar[SearchOrder]
    SEARCH_ORDER_DISTANCE: _ClassVar[SearchOrder]
    SEARCH_ORDER_ETA: _ClassVar[SearchOrder]
    SEARCH_ORDER_SOONEST_FREE: _ClassVar[SearchOrder]
SEARCH_ORDER_UNSPECIFIED: SearchOrder
SEARCH_ORDER_DISTANCE: SearchOrder
SEARCH_ORDER_ETA: SearchOrder
SEARCH_ORDER_SOONEST_FREE: SearchOrder

class Fix(_message.Message):
    __slots__ = ("technician_id", "lat_deg", "lon_deg", "event_time_ms", "accuracy_m", "speed_mps", "heading_deg")
    TECHNICIAN_ID_FIELD_NUMBER: _ClassVar[int]
    LAT_DEG_FIELD_NUMBER: _ClassVar[int]
    LON_DEG_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    ACCURACY_M_FIELD_NUMBER: _ClassVar[int]
    SPEED_MPS_FIELD_NUMBER: _ClassVar[int]
    HEADING_DEG_FIELD_NUMBER: _ClassVar[int]
    technician_id: str
    lat_deg: float
    lon_deg: float
    event_time_ms: int
    accuracy_m: float
    speed_mps: float
    heading_deg: float
    def __init__(self, technician_id: _Optional[str] = ..., lat_deg: _Optional[float] = ..., lon_deg: _Optional[float] = ..., event_time_ms: _Optional[int] = ..., accuracy_m: _Optional[float] = ..., speed_mps: _Optional[float] = ..., heading_deg: _Optional[float] = ...) -> None: ...

class FixCounts(_message.Message):
    __slots__ = ("applied", "duplicate", "older", "far_future", "impossible_jump", "invalid", "unknown_technician")
    APPLIED_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    OLDER_FIELD_NUMBER: _ClassVar[int]
    FAR_FUTURE_FIELD_NUMBER: _ClassVar[int]
    IMPOSSIBLE_JUMP_FIELD_NUMBER: _ClassVar[int]
    INVALID_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    applied: int
    duplicate: int
    older: int
    far_future: int
    impossible_jump: int
    invalid: int
    unknown_technician: int
    def __init__(self, applied: _Optional[int] = ..., duplicate: _Optional[int] = ..., older: _Optional[int] = ..., far_future: _Optional[int] = ..., impossible_jump: _Optional[int] = ..., invalid: _Optional[int] = ..., unknown_technician: _Optional[int] = ...) -> None: ...

class StreamLocationsRequest(_message.Message):
    __slots__ = ("parent", "stream_id", "sequence", "fixes")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    STREAM_ID_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    FIXES_FIELD_NUMBER: _ClassVar[int]
    parent: str
    stream_id: str
    sequence: int
    fixes: _containers.RepeatedCompositeFieldContainer[Fix]
    def __init__(self, parent: _Optional[str] = ..., stream_id: _Optional[str] = ..., sequence: _Optional[int] = ..., fixes: _Optional[_Iterable[_Union[Fix, _Mapping]]] = ...) -> None: ...

class StreamLocationsResponse(_message.Message):
    __slots__ = ("acknowledged_sequence", "credit", "counts")
    ACKNOWLEDGED_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    CREDIT_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    acknowledged_sequence: int
    credit: int
    counts: FixCounts
    def __init__(self, acknowledged_sequence: _Optional[int] = ..., credit: _Optional[int] = ..., counts: _Optional[_Union[FixCounts, _Mapping]] = ...) -> None: ...

class BatchReportLocationsRequest(_message.Message):
    __slots__ = ("parent", "fixes")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    FIXES_FIELD_NUMBER: _ClassVar[int]
    parent: str
    fixes: _containers.RepeatedCompositeFieldContainer[Fix]
    def __init__(self, parent: _Optional[str] = ..., fixes: _Optional[_Iterable[_Union[Fix, _Mapping]]] = ...) -> None: ...

class BatchReportLocationsResponse(_message.Message):
    __slots__ = ("counts",)
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    counts: FixCounts
    def __init__(self, counts: _Optional[_Union[FixCounts, _Mapping]] = ...) -> None: ...

class SearchNearbyTechniciansRequest(_message.Message):
    __slots__ = ("parent", "location", "max_results", "radius_m", "required_skills", "required_certificates", "certificate_time", "states", "max_staleness_ms", "partners", "excluded_technician_ids", "order", "within")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    MAX_RESULTS_FIELD_NUMBER: _ClassVar[int]
    RADIUS_M_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_SKILLS_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_CERTIFICATES_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_TIME_FIELD_NUMBER: _ClassVar[int]
    STATES_FIELD_NUMBER: _ClassVar[int]
    MAX_STALENESS_MS_FIELD_NUMBER: _ClassVar[int]
    PARTNERS_FIELD_NUMBER: _ClassVar[int]
    EXCLUDED_TECHNICIAN_IDS_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    WITHIN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    location: _types_pb2.LatLng
    max_results: int
    radius_m: float
    required_skills: _containers.RepeatedCompositeFieldContainer[_types_pb2.SkillLevel]
    required_certificates: _containers.RepeatedScalarFieldContainer[str]
    certificate_time: _timestamp_pb2.Timestamp
    states: _containers.RepeatedScalarFieldContainer[_types_pb2.AvailabilityState]
    max_staleness_ms: int
    partners: _containers.RepeatedScalarFieldContainer[str]
    excluded_technician_ids: _containers.RepeatedScalarFieldContainer[str]
    order: SearchOrder
    within: _types_pb2.Polygon
    def __init__(self, parent: _Optional[str] = ..., location: _Optional[_Union[_types_pb2.LatLng, _Mapping]] = ..., max_results: _Optional[int] = ..., radius_m: _Optional[float] = ..., required_skills: _Optional[_Iterable[_Union[_types_pb2.SkillLevel, _Mapping]]] = ..., required_certificates: _Optional[_Iterable[str]] = ..., certificate_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., states: _Optional[_Iterable[_Union[_types_pb2.AvailabilityState, str]]] = ..., max_staleness_ms: _Optional[int] = ..., partners: _Optional[_Iterable[str]] = ..., excluded_technician_ids: _Optional[_Iterable[str]] = ..., order: _Optional[_Union[SearchOrder, str]] = ..., within: _Optional[_Union[_types_pb2.Polygon, _Mapping]] = ...) -> None: ...

class SearchNearbyTechniciansResponse(_message.Message):
    __slots__ = ("technicians",)
    TECHNICIANS_FIELD_NUMBER: _ClassVar[int]
    technicians: _containers.RepeatedCompositeFieldContainer[NearbyTechnician]
    def __init__(self, technicians: _Optional[_Iterable[_Union[NearbyTechnician, _Mapping]]] = ...) -> None: ...

class NearbyTechnician(_message.Message):
    __slots__ = ("technician_id", "location", "distance_m", "travel_s", "age_ms", "free_in_s")
    TECHNICIAN_ID_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    DISTANCE_M_FIELD_NUMBER: _ClassVar[int]
    TRAVEL_S_FIELD_NUMBER: _ClassVar[int]
    AGE_MS_FIELD_NUMBER: _ClassVar[int]
    FREE_IN_S_FIELD_NUMBER: _ClassVar[int]
    technician_id: str
    location: _types_pb2.LatLng
    distance_m: float
    travel_s: int
    age_ms: int
    free_in_s: int
    def __init__(self, technician_id: _Optional[str] = ..., location: _Optional[_Union[_types_pb2.LatLng, _Mapping]] = ..., distance_m: _Optional[float] = ..., travel_s: _Optional[int] = ..., age_ms: _Optional[int] = ..., free_in_s: _Optional[int] = ...) -> None: ...

class Viewport(_message.Message):
    __slots__ = ("south_west", "north_east")
    SOUTH_WEST_FIELD_NUMBER: _ClassVar[int]
    NORTH_EAST_FIELD_NUMBER: _ClassVar[int]
    south_west: _types_pb2.LatLng
    north_east: _types_pb2.LatLng
    def __init__(self, south_west: _Optional[_Union[_types_pb2.LatLng, _Mapping]] = ..., north_east: _Optional[_Union[_types_pb2.LatLng, _Mapping]] = ...) -> None: ...

class WatchLocationsRequest(_message.Message):
    __slots__ = ("parent", "viewport", "technician_ids", "min_interval_ms")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    VIEWPORT_FIELD_NUMBER: _ClassVar[int]
    TECHNICIAN_IDS_FIELD_NUMBER: _ClassVar[int]
    MIN_INTERVAL_MS_FIELD_NUMBER: _ClassVar[int]
    parent: str
    viewport: Viewport
    technician_ids: _containers.RepeatedScalarFieldContainer[str]
    min_interval_ms: int
    def __init__(self, parent: _Optional[str] = ..., viewport: _Optional[_Union[Viewport, _Mapping]] = ..., technician_ids: _Optional[_Iterable[str]] = ..., min_interval_ms: _Optional[int] = ...) -> None: ...

class WatchLocationsResponse(_message.Message):
    __slots__ = ("positions", "gone_technician_ids")
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    GONE_TECHNICIAN_IDS_FIELD_NUMBER: _ClassVar[int]
    positions: _containers.RepeatedCompositeFieldContainer[LivePosition]
    gone_technician_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, positions: _Optional[_Iterable[_Union[LivePosition, _Mapping]]] = ..., gone_technician_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class LivePosition(_message.Message):
    __slots__ = ("technician_id", "location", "event_time_ms", "accuracy_m", "speed_mps", "heading_deg")
    TECHNICIAN_ID_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    ACCURACY_M_FIELD_NUMBER: _ClassVar[int]
    SPEED_MPS_FIELD_NUMBER: _ClassVar[int]
    HEADING_DEG_FIELD_NUMBER: _ClassVar[int]
    technician_id: str
    location: _types_pb2.LatLng
    event_time_ms: int
    accuracy_m: float
    speed_mps: float
    heading_deg: float
    def __init__(self, technician_id: _Optional[str] = ..., location: _Optional[_Union[_types_pb2.LatLng, _Mapping]] = ..., event_time_ms: _Optional[int] = ..., accuracy_m: _Optional[float] = ..., speed_mps: _Optional[float] = ..., heading_deg: _Optional[float] = ...) -> None: ...
