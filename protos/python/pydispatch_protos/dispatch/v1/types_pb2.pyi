import datetime

from pydispatch_protos.buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Priority(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PRIORITY_UNSPECIFIED: _ClassVar[Priority]
    PRIORITY_ROUTINE: _ClassVar[Priority]
    PRIORITY_URGENT: _ClassVar[Priority]
    PRIORITY_EMERGENCY: _ClassVar[Priority]

class AvailabilityState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AVAILABILITY_STATE_UNSPECIFIED: _ClassVar[AvailabilityState]
    AVAILABILITY_STATE_AVAILABLE: _ClassVar[AvailabilityState]
    AVAILABILITY_STATE_OFFLINE: _ClassVar[AvailabilityState]
    AVAILABILITY_STATE_PAUSED: _ClassVar[AvailabilityState]

class VisitState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VISIT_STATE_UNSPECIFIED: _ClassVar[VisitState]
    VISIT_STATE_UNASSIGNED: _ClassVar[VisitState]
    VISIT_STATE_PLANNED: _ClassVar[VisitState]
    VISIT_STATE_ACCEPTED: _ClassVar[VisitState]
    VISIT_STATE_EN_ROUTE: _ClassVar[VisitState]
    VISIT_STATE_ARRIVED: _ClassVar[VisitState]
    VISIT_STATE_IN_SERVICE: _ClassVar[VisitState]
    VISIT_STATE_COMPLETED: _ClassVar[VisitState]
    VISIT_STATE_FAILED: _ClassVar[VisitState]
    VISIT_STATE_CANCELLED: _ClassVar[VisitState]
    VISIT_STATE_EXPIRED: _ClassVar[VisitState]

class Rule(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RULE_UNSPECIFIED: _ClassVar[Rule]
    RULE_AVAILABILITY: _ClassVar[Rule]
    RULE_SKILL: _ClassVar[Rule]
    RULE_CERTIFICATE: _ClassVar[Rule]
    RULE_SHIFT: _ClassVar[Rule]
    RULE_WINDOW: _ClassVar[Rule]
    RULE_BREAK: _ClassVar[Rule]
    RULE_TECHNICIAN: _ClassVar[Rule]
    RULE_MAX_VISITS: _ClassVar[Rule]
    RULE_MAX_TRAVEL: _ClassVar[Rule]
    RULE_PARTNER: _ClassVar[Rule]
    RULE_NO_POSITION: _ClassVar[Rule]
    RULE_OVERLAP: _ClassVar[Rule]
    RULE_REFERENCE: _ClassVar[Rule]
    RULE_PIN: _ClassVar[Rule]
    RULE_LANGUAGE: _ClassVar[Rule]
    RULE_PARTS: _ClassVar[Rule]
    RULE_DEPENDENCY: _ClassVar[Rule]
    RULE_CREW: _ClassVar[Rule]
    RULE_GROUP: _ClassVar[Rule]
PRIORITY_UNSPECIFIED: Priority
PRIORITY_ROUTINE: Priority
PRIORITY_URGENT: Priority
PRIORITY_EMERGENCY: Priority
AVAILABILITY_STATE_UNSPECIFIED: AvailabilityState
AVAILABILITY_STATE_AVAILABLE: AvailabilityState
AVAILABILITY_STATE_OFFLINE: AvailabilityState
AVAILABILITY_STATE_PAUSED: AvailabilityState
VISIT_STATE_UNSPECIFIED: VisitState
VISIT_STATE_UNASSIGNED: VisitState
VISIT_STATE_PLANNED: VisitState
VISIT_STATE_ACCEPTED: VisitState
VISIT_STATE_EN_ROUTE: VisitState
VISIT_STATE_ARRIVED: VisitState
VISIT_STATE_IN_SERVICE: VisitState
VISIT_STATE_COMPLETED: VisitState
VISIT_STATE_FAILED: VisitState
VISIT_STATE_CANCELLED: VisitState
VISIT_STATE_EXPIRED: VisitState
RULE_UNSPECIFIED: Rule
RULE_AVAILABILITY: Rule
RULE_SKILL: Rule
RULE_CERTIFICATE: Rule
RULE_SHIFT: Rule
RULE_WINDOW: Rule
RULE_BREAK: Rule
RULE_TECHNICIAN: Rule
RULE_MAX_VISITS: Rule
RULE_MAX_TRAVEL: Rule
RULE_PARTNER: Rule
RULE_NO_POSITION: Rule
RULE_OVERLAP: Rule
RULE_REFERENCE: Rule
RULE_PIN: Rule
RULE_LANGUAGE: Rule
RULE_PARTS: Rule
RULE_DEPENDENCY: Rule
RULE_CREW: Rule
RULE_GROUP: Rule

class LatLng(_message.Message):
    __slots__ = ("lat_deg", "lon_deg")
    LAT_DEG_FIELD_NUMBER: _ClassVar[int]
    LON_DEG_FIELD_NUMBER: _ClassVar[int]
    lat_deg: float
    lon_deg: float
    def __init__(self, lat_deg: _Optional[float] = ..., lon_deg: _Optional[float] = ...) -> None: ...

class Polygon(_message.Message):
    __slots__ = ("outer", "holes")
    OUTER_FIELD_NUMBER: _ClassVar[int]
    HOLES_FIELD_NUMBER: _ClassVar[int]
    outer: _containers.RepeatedCompositeFieldContainer[LatLng]
    holes: _containers.RepeatedCompositeFieldContainer[Ring]
    def __init__(self, outer: _Optional[_Iterable[_Union[LatLng, _Mapping]]] = ..., holes: _Optional[_Iterable[_Union[Ring, _Mapping]]] = ...) -> None: ...

class Ring(_message.Message):
    __slots__ = ("points",)
    POINTS_FIELD_NUMBER: _ClassVar[int]
    points: _containers.RepeatedCompositeFieldContainer[LatLng]
    def __init__(self, points: _Optional[_Iterable[_Union[LatLng, _Mapping]]] = ...) -> None: ...

class TimeWindow(_message.Message):
    __slots__ = ("start_time", "end_time")
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SkillLevel(_message.Message):
    __slots__ = ("skill", "level")
    SKILL_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    skill: str
    level: int
    def __init__(self, skill: _Optional[str] = ..., level: _Optional[int] = ...) -> None: ...

class Certificate(_message.Message):
    __slots__ = ("certificate", "valid_from", "valid_until")
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    certificate: str
    valid_from: _timestamp_pb2.Timestamp
    valid_until: _timestamp_pb2.Timestamp
    def __init__(self, certificate: _Optional[str] = ..., valid_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., valid_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Break(_message.Message):
    __slots__ = ("start_window", "duration_s")
    START_WINDOW_FIELD_NUMBER: _ClassVar[int]
    DURATION_S_FIELD_NUMBER: _ClassVar[int]
    start_window: TimeWindow
    duration_s: int
    def __init__(self, start_window: _Optional[_Union[TimeWindow, _Mapping]] = ..., duration_s: _Optional[int] = ...) -> None: ...

class Shift(_message.Message):
    __slots__ = ("window", "start_location", "end_location", "breaks")
    WINDOW_FIELD_NUMBER: _ClassVar[int]
    START_LOCATION_FIELD_NUMBER: _ClassVar[int]
    END_LOCATION_FIELD_NUMBER: _ClassVar[int]
    BREAKS_FIELD_NUMBER: _ClassVar[int]
    window: TimeWindow
    start_location: LatLng
    end_location: LatLng
    breaks: _containers.RepeatedCompositeFieldContainer[Break]
    def __init__(self, window: _Optional[_Union[TimeWindow, _Mapping]] = ..., start_location: _Optional[_Union[LatLng, _Mapping]] = ..., end_location: _Optional[_Union[LatLng, _Mapping]] = ..., breaks: _Optional[_Iterable[_Union[Break, _Mapping]]] = ...) -> None: ...

class ScoreTerm(_message.Message):
    __slots__ = ("term", "quantity", "unit", "cost_milli")
    TERM_FIELD_NUMBER: _ClassVar[int]
    QUANTITY_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    COST_MILLI_FIELD_NUMBER: _ClassVar[int]
    term: str
    quantity: float
    unit: str
    cost_milli: int
    def __init__(self, term: _Optional[str] = ..., quantity: _Optional[float] = ..., unit: _Optional[str] = ..., cost_milli: _Optional[int] = ...) -> None: ...

class UnassignedReason(_message.Message):
    __slots__ = ("rule", "technician_count", "detail")
    RULE_FIELD_NUMBER: _ClassVar[int]
    TECHNICIAN_COUNT_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    rule: Rule
    technician_count: int
    detail: str
    def __init__(self, rule: _Optional[_Union[Rule, str]] = ..., technician_count: _Optional[int] = ..., detail: _Optional[str] = ...) -> None: ...

class PartCount(_message.Message):
    __slots__ = ("part", "count")
    PART_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    part: str
    count: int
    def __init__(self, part: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class Site(_message.Message):
    __slots__ = ("location", "address", "external_id")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_ID_FIELD_NUMBER: _ClassVar[int]
    location: LatLng
    address: str
    external_id: str
    def __init__(self, location: _Optional[_Union[LatLng, _Mapping]] = ..., address: _Optional[str] = ..., external_id: _Optional[str] = ...) -> None: ...
