import datetime

from pydispatch_protos.buf.validate import validate_pb2 as _validate_pb2
from pydispatch_protos.dispatch.v1 import types_pb2 as _types_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Companion(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMPANION_UNSPECIFIED: _ClassVar[Companion]
    COMPANION_ANY: _ClassVar[Companion]
    COMPANION_SAME: _ClassVar[Companion]
    COMPANION_DIFFERENT: _ClassVar[Companion]

class Withdrawal(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    WITHDRAWAL_UNSPECIFIED: _ClassVar[Withdrawal]
    WITHDRAWAL_RELEASE: _ClassVar[Withdrawal]
    WITHDRAWAL_CANCEL: _ClassVar[Withdrawal]
COMPANION_UNSPECIFIED: Companion
COMPANION_ANY: Companion
COMPANION_SAME: Companion
COMPANION_DIFFERENT: Companion
WITHDRAWAL_UNSPECIFIED: Withdrawal
WITHDRAWAL_RELEASE: Withdrawal
WITHDRAWAL_CANCEL: Withdrawal

class Dependency(_message.Message):
    __slots__ = ("booking", "visit", "external_id", "min_lag_s", "max_lag_s", "technician", "withdrawal")
    BOOKING_FIELD_NUMBER: _ClassVar[int]
    VISIT_FIELD_NUMBER: _ClassVar[int]
    EXTERNAL_ID_FIELD_NUMBER: _ClassVar[int]
    MIN_LAG_S_FIELD_NUMBER: _ClassVar[int]
    MAX_LAG_S_FIELD_NUMBER: _ClassVar[int]
    TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    WITHDRAWAL_FIELD_NUMBER: _ClassVar[int]
    booking: str
    visit: str
    external_id: str
    min_lag_s: int
    max_lag_s: int
    technician: Companion
    withdrawal: Withdrawal
    def __init__(self, booking: _Optional[str] = ..., visit: _Optional[str] = ..., external_id: _Optional[str] = ..., min_lag_s: _Optional[int] = ..., max_lag_s: _Optional[int] = ..., technician: _Optional[_Union[Companion, str]] = ..., withdrawal: _Optional[_Union[Withdrawal, str]] = ...) -> None: ...

class VisitDependency(_message.Message):
    __slots__ = ("visit", "min_lag_s", "max_lag_s", "technician", "withdrawal", "end_time", "end_technician")
    VISIT_FIELD_NUMBER: _ClassVar[int]
    MIN_LAG_S_FIELD_NUMBER: _ClassVar[int]
    MAX_LAG_S_FIELD_NUMBER: _ClassVar[int]
    TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    WITHDRAWAL_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    visit: str
    min_lag_s: int
    max_lag_s: int
    technician: Companion
    withdrawal: Withdrawal
    end_time: _timestamp_pb2.Timestamp
    end_technician: str
    def __init__(self, visit: _Optional[str] = ..., min_lag_s: _Optional[int] = ..., max_lag_s: _Optional[int] = ..., technician: _Optional[_Union[Companion, str]] = ..., withdrawal: _Optional[_Union[Withdrawal, str]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_technician: _Optional[str] = ...) -> None: ...

class Role(_message.Message):
    __slots__ = ("display_name", "required_skills", "required_certificates", "duration_s")
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_SKILLS_FIELD_NUMBER: _ClassVar[int]
    REQUIRED_CERTIFICATES_FIELD_NUMBER: _ClassVar[int]
    DURATION_S_FIELD_NUMBER: _ClassVar[int]
    display_name: str
    required_skills: _containers.RepeatedCompositeFieldContainer[_types_pb2.SkillLevel]
    required_certificates: _containers.RepeatedScalarFieldContainer[str]
    duration_s: int
    def __init__(self, display_name: _Optional[str] = ..., required_skills: _Optional[_Iterable[_Union[_types_pb2.SkillLevel, _Mapping]]] = ..., required_certificates: _Optional[_Iterable[str]] = ..., duration_s: _Optional[int] = ...) -> None: ...

class CrewMember(_message.Message):
    __slots__ = ("crew", "role", "size", "max_start_spread_s", "display_name")
    CREW_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    MAX_START_SPREAD_S_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    crew: str
    role: int
    size: int
    max_start_spread_s: int
    display_name: str
    def __init__(self, crew: _Optional[str] = ..., role: _Optional[int] = ..., size: _Optional[int] = ..., max_start_spread_s: _Optional[int] = ..., display_name: _Optional[str] = ...) -> None: ...
