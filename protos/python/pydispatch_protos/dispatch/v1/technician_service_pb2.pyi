import datetime

from pydispatch_protos.buf.validate import validate_pb2 as _validate_pb2
from pydispatch_protos.dispatch.v1 import types_pb2 as _types_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import empty_pb2 as _empty_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Technician(_message.Message):
    __slots__ = ("name", "display_name", "partner", "skills", "certificates", "shifts", "home_location", "availability", "languages", "star_tier", "rating_mean", "rating_count", "max_visits_per_shift", "cost_per_hour_milli", "parts", "work_paces", "attended_count", "repeat_count", "cost_per_visit_milli", "create_time", "update_time", "etag")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    PARTNER_FIELD_NUMBER: _ClassVar[int]
    SKILLS_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATES_FIELD_NUMBER: _ClassVar[int]
    SHIFTS_FIELD_NUMBER: _ClassVar[int]
    HOME_LOCATION_FIELD_NUMBER: _ClassVar[int]
    AVAILABILITY_FIELD_NUMBER: _ClassVar[int]
    LANGUAGES_FIELD_NUMBER: _ClassVar[int]
    STAR_TIER_FIELD_NUMBER: _ClassVar[int]
    RATING_MEAN_FIELD_NUMBER: _ClassVar[int]
    RATING_COUNT_FIELD_NUMBER: _ClassVar[int]
    MAX_VISITS_PER_SHIFT_FIELD_NUMBER: _ClassVar[int]
    COST_PER_HOUR_MILLI_FIELD_NUMBER: _ClassVar[int]
    PARTS_FIELD_NUMBER: _ClassVar[int]
    WORK_PACES_FIELD_NUMBER: _ClassVar[int]
    ATTENDED_COUNT_FIELD_NUMBER: _ClassVar[int]
    REPEAT_COUNT_FIELD_NUMBER: _ClassVar[int]
    COST_PER_VISIT_MILLI_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    partner: str
    skills: _containers.RepeatedCompositeFieldContainer[_types_pb2.SkillLevel]
    certificates: _containers.RepeatedCompositeFieldContainer[_types_pb2.Certificate]
    shifts: _containers.RepeatedCompositeFieldContainer[_types_pb2.Shift]
    home_location: _types_pb2.LatLng
    availability: _types_pb2.AvailabilityState
    languages: _containers.RepeatedScalarFieldContainer[str]
    star_tier: int
    rating_mean: float
    rating_count: int
    max_visits_per_shift: int
    cost_per_hour_milli: int
    parts: _containers.RepeatedCompositeFieldContainer[_types_pb2.PartCount]
    work_paces: _containers.RepeatedCompositeFieldContainer[WorkPace]
    attended_count: int
    repeat_count: int
    cost_per_visit_milli: int
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., partner: _Optional[str] = ..., skills: _Optional[_Iterable[_Union[_types_pb2.SkillLevel, _Mapping]]] = ..., certificates: _Optional[_Iterable[_Union[_types_pb2.Certificate, _Mapping]]] = ..., shifts: _Optional[_Iterable[_Union[_types_pb2.Shift, _Mapping]]] = ..., home_location: _Optional[_Union[_types_pb2.LatLng, _Mapping]] = ..., availability: _Optional[_Union[_types_pb2.AvailabilityState, str]] = ..., languages: _Optional[_Iterable[str]] = ..., star_tier: _Optional[int] = ..., rating_mean: _Optional[float] = ..., rating_count: _Optional[int] = ..., max_visits_per_shift: _Optional[int] = ..., cost_per_hour_milli: _Optional[int] = ..., parts: _Optional[_Iterable[_Union[_types_pb2.PartCount, _Mapping]]] = ..., work_paces: _Optional[_Iterable[_Union[WorkPace, _Mapping]]] = ..., attended_count: _Optional[int] = ..., repeat_count: _Optional[int] = ..., cost_per_visit_milli: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class WorkPace(_message.Message):
    __slots__ = ("service", "percent")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    PERCENT_FIELD_NUMBER: _ClassVar[int]
    service: str
    percent: int
    def __init__(self, service: _Optional[str] = ..., percent: _Optional[int] = ...) -> None: ...

class CreateTechnicianRequest(_message.Message):
    __slots__ = ("parent", "technician_id", "technician", "request_id", "validate_only")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    TECHNICIAN_ID_FIELD_NUMBER: _ClassVar[int]
    TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    VALIDATE_ONLY_FIELD_NUMBER: _ClassVar[int]
    parent: str
    technician_id: str
    technician: Technician
    request_id: str
    validate_only: bool
    def __init__(self, parent: _Optional[str] = ..., technician_id: _Optional[str] = ..., technician: _Optional[_Union[Technician, _Mapping]] = ..., request_id: _Optional[str] = ..., validate_only: _Optional[bool] = ...) -> None: ...

class CreateTechnicianResponse(_message.Message):
    __slots__ = ("technician",)
    TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    technician: Technician
    def __init__(self, technician: _Optional[_Union[Technician, _Mapping]] = ...) -> None: ...

class BatchCreateTechniciansRequest(_message.Message):
    __slots__ = ("parent", "technicians", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    TECHNICIANS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    technicians: _containers.RepeatedCompositeFieldContainer[NewTechnician]
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., technicians: _Optional[_Iterable[_Union[NewTechnician, _Mapping]]] = ..., request_id: _Optional[str] = ...) -> None: ...

class NewTechnician(_message.Message):
    __slots__ = ("technician_id", "technician")
    TECHNICIAN_ID_FIELD_NUMBER: _ClassVar[int]
    TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    technician_id: str
    technician: Technician
    def __init__(self, technician_id: _Optional[str] = ..., technician: _Optional[_Union[Technician, _Mapping]] = ...) -> None: ...

class BatchCreateTechniciansResponse(_message.Message):
    __slots__ = ("technicians",)
    TECHNICIANS_FIELD_NUMBER: _ClassVar[int]
    technicians: _containers.RepeatedCompositeFieldContainer[Technician]
    def __init__(self, technicians: _Optional[_Iterable[_Union[Technician, _Mapping]]] = ...) -> None: ...

class GetTechnicianRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetTechnicianResponse(_message.Message):
    __slots__ = ("technician",)
    TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    technician: Technician
    def __init__(self, technician: _Optional[_Union[Technician, _Mapping]] = ...) -> None: ...

class ListTechniciansRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListTechniciansResponse(_message.Message):
    __slots__ = ("technicians", "next_page_token")
    TECHNICIANS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    technicians: _containers.RepeatedCompositeFieldContainer[Technician]
    next_page_token: str
    def __init__(self, technicians: _Optional[_Iterable[_Union[Technician, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateTechnicianRequest(_message.Message):
    __slots__ = ("technician", "update_mask", "request_id")
    TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    technician: Technician
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    def __init__(self, technician: _Optional[_Union[Technician, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class UpdateTechnicianResponse(_message.Message):
    __slots__ = ("technician",)
    TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    technician: Technician
    def __init__(self, technician: _Optional[_Union[Technician, _Mapping]] = ...) -> None: ...

class DeleteTechnicianRequest(_message.Message):
    __slots__ = ("name", "etag", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    etag: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class SetAvailabilityRequest(_message.Message):
    __slots__ = ("name", "availability", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    AVAILABILITY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    availability: _types_pb2.AvailabilityState
    request_id: str
    def __init__(self, name: _Optional[str] = ..., availability: _Optional[_Union[_types_pb2.AvailabilityState, str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class SetAvailabilityResponse(_message.Message):
    __slots__ = ("technician", "moved_visits", "unassigned_visits")
    TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    MOVED_VISITS_FIELD_NUMBER: _ClassVar[int]
    UNASSIGNED_VISITS_FIELD_NUMBER: _ClassVar[int]
    technician: Technician
    moved_visits: _containers.RepeatedScalarFieldContainer[str]
    unassigned_visits: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, technician: _Optional[_Union[Technician, _Mapping]] = ..., moved_visits: _Optional[_Iterable[str]] = ..., unassigned_visits: _Optional[_Iterable[str]] = ...) -> None: ...
