import datetime

from pydispatch_protos.buf.validate import validate_pb2 as _validate_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AuditFaultType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AUDIT_FAULT_TYPE_UNSPECIFIED: _ClassVar[AuditFaultType]
    AUDIT_FAULT_TYPE_RECORD_CHANGED: _ClassVar[AuditFaultType]
    AUDIT_FAULT_TYPE_LINK_CHANGED: _ClassVar[AuditFaultType]
    AUDIT_FAULT_TYPE_ROW_CHANGED: _ClassVar[AuditFaultType]
    AUDIT_FAULT_TYPE_MISSING: _ClassVar[AuditFaultType]
    AUDIT_FAULT_TYPE_INSERTED: _ClassVar[AuditFaultType]
    AUDIT_FAULT_TYPE_OUT_OF_ORDER: _ClassVar[AuditFaultType]
    AUDIT_FAULT_TYPE_TRUNCATED: _ClassVar[AuditFaultType]
    AUDIT_FAULT_TYPE_REWRITTEN: _ClassVar[AuditFaultType]
    AUDIT_FAULT_TYPE_BLOCK_CHANGED: _ClassVar[AuditFaultType]
    AUDIT_FAULT_TYPE_CHECKPOINT_INVALID: _ClassVar[AuditFaultType]
    AUDIT_FAULT_TYPE_EPOCH_REVERSED: _ClassVar[AuditFaultType]
AUDIT_FAULT_TYPE_UNSPECIFIED: AuditFaultType
AUDIT_FAULT_TYPE_RECORD_CHANGED: AuditFaultType
AUDIT_FAULT_TYPE_LINK_CHANGED: AuditFaultType
AUDIT_FAULT_TYPE_ROW_CHANGED: AuditFaultType
AUDIT_FAULT_TYPE_MISSING: AuditFaultType
AUDIT_FAULT_TYPE_INSERTED: AuditFaultType
AUDIT_FAULT_TYPE_OUT_OF_ORDER: AuditFaultType
AUDIT_FAULT_TYPE_TRUNCATED: AuditFaultType
AUDIT_FAULT_TYPE_REWRITTEN: AuditFaultType
AUDIT_FAULT_TYPE_BLOCK_CHANGED: AuditFaultType
AUDIT_FAULT_TYPE_CHECKPOINT_INVALID: AuditFaultType
AUDIT_FAULT_TYPE_EPOCH_REVERSED: AuditFaultType

class AuditRecord(_message.Message):
    __slots__ = ("name", "sequence", "epoch", "record_time", "event_type", "resource", "before_digest", "after_digest", "decision_id", "policy_revision", "actor", "encoded", "link")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    RECORD_TIME_FIELD_NUMBER: _ClassVar[int]
    EVENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    BEFORE_DIGEST_FIELD_NUMBER: _ClassVar[int]
    AFTER_DIGEST_FIELD_NUMBER: _ClassVar[int]
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_REVISION_FIELD_NUMBER: _ClassVar[int]
    ACTOR_FIELD_NUMBER: _ClassVar[int]
    ENCODED_FIELD_NUMBER: _ClassVar[int]
    LINK_FIELD_NUMBER: _ClassVar[int]
    name: str
    sequence: int
    epoch: int
    record_time: _timestamp_pb2.Timestamp
    event_type: str
    resource: str
    before_digest: bytes
    after_digest: bytes
    decision_id: str
    policy_revision: str
    actor: str
    encoded: bytes
    link: bytes
    def __init__(self, name: _Optional[str] = ..., sequence: _Optional[int] = ..., epoch: _Optional[int] = ..., record_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., event_type: _Optional[str] = ..., resource: _Optional[str] = ..., before_digest: _Optional[bytes] = ..., after_digest: _Optional[bytes] = ..., decision_id: _Optional[str] = ..., policy_revision: _Optional[str] = ..., actor: _Optional[str] = ..., encoded: _Optional[bytes] = ..., link: _Optional[bytes] = ...) -> None: ...

class ListAuditRecordsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "resource", "start_sequence")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    START_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    resource: str
    start_sequence: int
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., resource: _Optional[str] = ..., start_sequence: _Optional[int] = ...) -> None: ...

class ListAuditRecordsResponse(_message.Message):
    __slots__ = ("audit_records", "next_page_token")
    AUDIT_RECORDS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    audit_records: _containers.RepeatedCompositeFieldContainer[AuditRecord]
    next_page_token: str
    def __init__(self, audit_records: _Optional[_Iterable[_Union[AuditRecord, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class AuditCheckpoint(_message.Message):
    __slots__ = ("name", "size", "root", "link", "sign_time", "note", "public_key")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    ROOT_FIELD_NUMBER: _ClassVar[int]
    LINK_FIELD_NUMBER: _ClassVar[int]
    SIGN_TIME_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    name: str
    size: int
    root: bytes
    link: bytes
    sign_time: _timestamp_pb2.Timestamp
    note: str
    public_key: str
    def __init__(self, name: _Optional[str] = ..., size: _Optional[int] = ..., root: _Optional[bytes] = ..., link: _Optional[bytes] = ..., sign_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., note: _Optional[str] = ..., public_key: _Optional[str] = ...) -> None: ...

class GetCheckpointRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetCheckpointResponse(_message.Message):
    __slots__ = ("checkpoint",)
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    checkpoint: AuditCheckpoint
    def __init__(self, checkpoint: _Optional[_Union[AuditCheckpoint, _Mapping]] = ...) -> None: ...

class VerifyAuditRequest(_message.Message):
    __slots__ = ("parent", "known_checkpoints")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    KNOWN_CHECKPOINTS_FIELD_NUMBER: _ClassVar[int]
    parent: str
    known_checkpoints: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, parent: _Optional[str] = ..., known_checkpoints: _Optional[_Iterable[str]] = ...) -> None: ...

class AuditFault(_message.Message):
    __slots__ = ("type", "first_sequence", "last_sequence")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    FIRST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    LAST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    type: AuditFaultType
    first_sequence: int
    last_sequence: int
    def __init__(self, type: _Optional[_Union[AuditFaultType, str]] = ..., first_sequence: _Optional[int] = ..., last_sequence: _Optional[int] = ...) -> None: ...

class VerifyAuditResponse(_message.Message):
    __slots__ = ("verified_records", "total_records", "fault_count", "result")
    VERIFIED_RECORDS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_RECORDS_FIELD_NUMBER: _ClassVar[int]
    FAULT_COUNT_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    verified_records: int
    total_records: int
    fault_count: int
    result: AuditVerification
    def __init__(self, verified_records: _Optional[int] = ..., total_records: _Optional[int] = ..., fault_count: _Optional[int] = ..., result: _Optional[_Union[AuditVerification, _Mapping]] = ...) -> None: ...

class AuditVerification(_message.Message):
    __slots__ = ("intact", "faults", "size", "confirmed_size", "root", "link")
    INTACT_FIELD_NUMBER: _ClassVar[int]
    FAULTS_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    CONFIRMED_SIZE_FIELD_NUMBER: _ClassVar[int]
    ROOT_FIELD_NUMBER: _ClassVar[int]
    LINK_FIELD_NUMBER: _ClassVar[int]
    intact: bool
    faults: _containers.RepeatedCompositeFieldContainer[AuditFault]
    size: int
    confirmed_size: int
    root: bytes
    link: bytes
    def __init__(self, intact: _Optional[bool] = ..., faults: _Optional[_Iterable[_Union[AuditFault, _Mapping]]] = ..., size: _Optional[int] = ..., confirmed_size: _Optional[int] = ..., root: _Optional[bytes] = ..., link: _Optional[bytes] = ...) -> None: ...

class GetInclusionProofRequest(_message.Message):
    __slots__ = ("name", "checkpoint")
    NAME_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    name: str
    checkpoint: str
    def __init__(self, name: _Optional[str] = ..., checkpoint: _Optional[str] = ...) -> None: ...

class GetInclusionProofResponse(_message.Message):
    __slots__ = ("audit_record", "checkpoint", "path")
    AUDIT_RECORD_FIELD_NUMBER: _ClassVar[int]
    CHECKPOINT_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    audit_record: AuditRecord
    checkpoint: AuditCheckpoint
    path: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, audit_record: _Optional[_Union[AuditRecord, _Mapping]] = ..., checkpoint: _Optional[_Union[AuditCheckpoint, _Mapping]] = ..., path: _Optional[_Iterable[bytes]] = ...) -> None: ...
