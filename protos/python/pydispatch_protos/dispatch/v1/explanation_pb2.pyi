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

class RelaxationType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RELAXATION_TYPE_UNSPECIFIED: _ClassVar[RelaxationType]
    RELAXATION_TYPE_LATER_END: _ClassVar[RelaxationType]
    RELAXATION_TYPE_SHORTER_WORK: _ClassVar[RelaxationType]
    RELAXATION_TYPE_LOWER_SKILL: _ClassVar[RelaxationType]
    RELAXATION_TYPE_SKILL_HOLDER: _ClassVar[RelaxationType]
    RELAXATION_TYPE_NO_CERTIFICATE: _ClassVar[RelaxationType]
    RELAXATION_TYPE_ANYBODY: _ClassVar[RelaxationType]
    RELAXATION_TYPE_OVERTIME: _ClassVar[RelaxationType]
    RELAXATION_TYPE_ANY_LANGUAGE: _ClassVar[RelaxationType]
    RELAXATION_TYPE_ANY_PARTNER: _ClassVar[RelaxationType]
    RELAXATION_TYPE_NO_PART: _ClassVar[RelaxationType]
    RELAXATION_TYPE_NO_BLACKOUT: _ClassVar[RelaxationType]
RELAXATION_TYPE_UNSPECIFIED: RelaxationType
RELAXATION_TYPE_LATER_END: RelaxationType
RELAXATION_TYPE_SHORTER_WORK: RelaxationType
RELAXATION_TYPE_LOWER_SKILL: RelaxationType
RELAXATION_TYPE_SKILL_HOLDER: RelaxationType
RELAXATION_TYPE_NO_CERTIFICATE: RelaxationType
RELAXATION_TYPE_ANYBODY: RelaxationType
RELAXATION_TYPE_OVERTIME: RelaxationType
RELAXATION_TYPE_ANY_LANGUAGE: RelaxationType
RELAXATION_TYPE_ANY_PARTNER: RelaxationType
RELAXATION_TYPE_NO_PART: RelaxationType
RELAXATION_TYPE_NO_BLACKOUT: RelaxationType

class RuleMiss(_message.Message):
    __slots__ = ("technician_id", "rule", "amount", "unit", "blocked_visit", "detail")
    TECHNICIAN_ID_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    BLOCKED_VISIT_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    technician_id: str
    rule: _types_pb2.Rule
    amount: int
    unit: str
    blocked_visit: str
    detail: str
    def __init__(self, technician_id: _Optional[str] = ..., rule: _Optional[_Union[_types_pb2.Rule, str]] = ..., amount: _Optional[int] = ..., unit: _Optional[str] = ..., blocked_visit: _Optional[str] = ..., detail: _Optional[str] = ...) -> None: ...

class Candidate(_message.Message):
    __slots__ = ("rank", "technician_id", "position", "arrival_time", "start_time", "added_travel_s", "cost_milli", "score_terms", "gap_milli", "gap_terms")
    RANK_FIELD_NUMBER: _ClassVar[int]
    TECHNICIAN_ID_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    ARRIVAL_TIME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    ADDED_TRAVEL_S_FIELD_NUMBER: _ClassVar[int]
    COST_MILLI_FIELD_NUMBER: _ClassVar[int]
    SCORE_TERMS_FIELD_NUMBER: _ClassVar[int]
    GAP_MILLI_FIELD_NUMBER: _ClassVar[int]
    GAP_TERMS_FIELD_NUMBER: _ClassVar[int]
    rank: int
    technician_id: str
    position: int
    arrival_time: _timestamp_pb2.Timestamp
    start_time: _timestamp_pb2.Timestamp
    added_travel_s: int
    cost_milli: int
    score_terms: _containers.RepeatedCompositeFieldContainer[_types_pb2.ScoreTerm]
    gap_milli: int
    gap_terms: _containers.RepeatedCompositeFieldContainer[_types_pb2.ScoreTerm]
    def __init__(self, rank: _Optional[int] = ..., technician_id: _Optional[str] = ..., position: _Optional[int] = ..., arrival_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., added_travel_s: _Optional[int] = ..., cost_milli: _Optional[int] = ..., score_terms: _Optional[_Iterable[_Union[_types_pb2.ScoreTerm, _Mapping]]] = ..., gap_milli: _Optional[int] = ..., gap_terms: _Optional[_Iterable[_Union[_types_pb2.ScoreTerm, _Mapping]]] = ...) -> None: ...

class ExplainAssignmentRequest(_message.Message):
    __slots__ = ("name", "max_candidates", "max_misses", "technicians")
    NAME_FIELD_NUMBER: _ClassVar[int]
    MAX_CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    MAX_MISSES_FIELD_NUMBER: _ClassVar[int]
    TECHNICIANS_FIELD_NUMBER: _ClassVar[int]
    name: str
    max_candidates: int
    max_misses: int
    technicians: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., max_candidates: _Optional[int] = ..., max_misses: _Optional[int] = ..., technicians: _Optional[_Iterable[str]] = ...) -> None: ...

class ExplainAssignmentResponse(_message.Message):
    __slots__ = ("technician_id", "candidates", "misses", "reasons", "candidate_count", "policy_revision")
    TECHNICIAN_ID_FIELD_NUMBER: _ClassVar[int]
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    MISSES_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    CANDIDATE_COUNT_FIELD_NUMBER: _ClassVar[int]
    POLICY_REVISION_FIELD_NUMBER: _ClassVar[int]
    technician_id: str
    candidates: _containers.RepeatedCompositeFieldContainer[Candidate]
    misses: _containers.RepeatedCompositeFieldContainer[RuleMiss]
    reasons: _containers.RepeatedCompositeFieldContainer[_types_pb2.UnassignedReason]
    candidate_count: int
    policy_revision: str
    def __init__(self, technician_id: _Optional[str] = ..., candidates: _Optional[_Iterable[_Union[Candidate, _Mapping]]] = ..., misses: _Optional[_Iterable[_Union[RuleMiss, _Mapping]]] = ..., reasons: _Optional[_Iterable[_Union[_types_pb2.UnassignedReason, _Mapping]]] = ..., candidate_count: _Optional[int] = ..., policy_revision: _Optional[str] = ...) -> None: ...

class ExplainUnassignedRequest(_message.Message):
    __slots__ = ("name", "max_misses")
    NAME_FIELD_NUMBER: _ClassVar[int]
    MAX_MISSES_FIELD_NUMBER: _ClassVar[int]
    name: str
    max_misses: int
    def __init__(self, name: _Optional[str] = ..., max_misses: _Optional[int] = ...) -> None: ...

class Relaxation(_message.Message):
    __slots__ = ("type", "seconds", "skill", "level", "certificate", "technician_id", "detail", "part")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    SKILL_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    TECHNICIAN_ID_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    PART_FIELD_NUMBER: _ClassVar[int]
    type: RelaxationType
    seconds: int
    skill: str
    level: int
    certificate: str
    technician_id: str
    detail: str
    part: str
    def __init__(self, type: _Optional[_Union[RelaxationType, str]] = ..., seconds: _Optional[int] = ..., skill: _Optional[str] = ..., level: _Optional[int] = ..., certificate: _Optional[str] = ..., technician_id: _Optional[str] = ..., detail: _Optional[str] = ..., part: _Optional[str] = ...) -> None: ...

class ExplainUnassignedResponse(_message.Message):
    __slots__ = ("reasons", "misses", "relaxations", "candidates", "policy_revision")
    REASONS_FIELD_NUMBER: _ClassVar[int]
    MISSES_FIELD_NUMBER: _ClassVar[int]
    RELAXATIONS_FIELD_NUMBER: _ClassVar[int]
    CANDIDATES_FIELD_NUMBER: _ClassVar[int]
    POLICY_REVISION_FIELD_NUMBER: _ClassVar[int]
    reasons: _containers.RepeatedCompositeFieldContainer[_types_pb2.UnassignedReason]
    misses: _containers.RepeatedCompositeFieldContainer[RuleMiss]
    relaxations: _containers.RepeatedCompositeFieldContainer[Relaxation]
    candidates: _containers.RepeatedCompositeFieldContainer[Candidate]
    policy_revision: str
    def __init__(self, reasons: _Optional[_Iterable[_Union[_types_pb2.UnassignedReason, _Mapping]]] = ..., misses: _Optional[_Iterable[_Union[RuleMiss, _Mapping]]] = ..., relaxations: _Optional[_Iterable[_Union[Relaxation, _Mapping]]] = ..., candidates: _Optional[_Iterable[_Union[Candidate, _Mapping]]] = ..., policy_revision: _Optional[str] = ...) -> None: ...

class CompareCandidatesRequest(_message.Message):
    __slots__ = ("name", "technician", "other_technician")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    OTHER_TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    name: str
    technician: str
    other_technician: str
    def __init__(self, name: _Optional[str] = ..., technician: _Optional[str] = ..., other_technician: _Optional[str] = ...) -> None: ...

class CandidateVerdict(_message.Message):
    __slots__ = ("candidate", "miss")
    CANDIDATE_FIELD_NUMBER: _ClassVar[int]
    MISS_FIELD_NUMBER: _ClassVar[int]
    candidate: Candidate
    miss: RuleMiss
    def __init__(self, candidate: _Optional[_Union[Candidate, _Mapping]] = ..., miss: _Optional[_Union[RuleMiss, _Mapping]] = ...) -> None: ...

class CompareCandidatesResponse(_message.Message):
    __slots__ = ("verdict", "other_verdict", "preferred_technician_id", "policy_revision")
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    OTHER_VERDICT_FIELD_NUMBER: _ClassVar[int]
    PREFERRED_TECHNICIAN_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_REVISION_FIELD_NUMBER: _ClassVar[int]
    verdict: CandidateVerdict
    other_verdict: CandidateVerdict
    preferred_technician_id: str
    policy_revision: str
    def __init__(self, verdict: _Optional[_Union[CandidateVerdict, _Mapping]] = ..., other_verdict: _Optional[_Union[CandidateVerdict, _Mapping]] = ..., preferred_technician_id: _Optional[str] = ..., policy_revision: _Optional[str] = ...) -> None: ...

class VisitOrder(_message.Message):
    __slots__ = ("technician", "visits")
    TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    VISITS_FIELD_NUMBER: _ClassVar[int]
    technician: str
    visits: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, technician: _Optional[str] = ..., visits: _Optional[_Iterable[str]] = ...) -> None: ...

class EvaluatePlanRequest(_message.Message):
    __slots__ = ("name", "orders")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    name: str
    orders: _containers.RepeatedCompositeFieldContainer[VisitOrder]
    def __init__(self, name: _Optional[str] = ..., orders: _Optional[_Iterable[_Union[VisitOrder, _Mapping]]] = ...) -> None: ...

class EvaluatedStop(_message.Message):
    __slots__ = ("visit", "arrival_time", "start_time", "end_time")
    VISIT_FIELD_NUMBER: _ClassVar[int]
    ARRIVAL_TIME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    visit: str
    arrival_time: _timestamp_pb2.Timestamp
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    def __init__(self, visit: _Optional[str] = ..., arrival_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class EvaluatedRoute(_message.Message):
    __slots__ = ("technician", "stops", "end_time", "travel_s", "score_terms", "cost_milli", "planned_cost_milli")
    TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    STOPS_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    TRAVEL_S_FIELD_NUMBER: _ClassVar[int]
    SCORE_TERMS_FIELD_NUMBER: _ClassVar[int]
    COST_MILLI_FIELD_NUMBER: _ClassVar[int]
    PLANNED_COST_MILLI_FIELD_NUMBER: _ClassVar[int]
    technician: str
    stops: _containers.RepeatedCompositeFieldContainer[EvaluatedStop]
    end_time: _timestamp_pb2.Timestamp
    travel_s: int
    score_terms: _containers.RepeatedCompositeFieldContainer[_types_pb2.ScoreTerm]
    cost_milli: int
    planned_cost_milli: int
    def __init__(self, technician: _Optional[str] = ..., stops: _Optional[_Iterable[_Union[EvaluatedStop, _Mapping]]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., travel_s: _Optional[int] = ..., score_terms: _Optional[_Iterable[_Union[_types_pb2.ScoreTerm, _Mapping]]] = ..., cost_milli: _Optional[int] = ..., planned_cost_milli: _Optional[int] = ...) -> None: ...

class OrderViolation(_message.Message):
    __slots__ = ("technician", "visit", "rule", "amount", "unit", "detail")
    TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    VISIT_FIELD_NUMBER: _ClassVar[int]
    RULE_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    technician: str
    visit: str
    rule: _types_pb2.Rule
    amount: int
    unit: str
    detail: str
    def __init__(self, technician: _Optional[str] = ..., visit: _Optional[str] = ..., rule: _Optional[_Union[_types_pb2.Rule, str]] = ..., amount: _Optional[int] = ..., unit: _Optional[str] = ..., detail: _Optional[str] = ...) -> None: ...

class EvaluatePlanResponse(_message.Message):
    __slots__ = ("routes", "violations", "cost_milli", "cost_change_milli", "policy_revision")
    ROUTES_FIELD_NUMBER: _ClassVar[int]
    VIOLATIONS_FIELD_NUMBER: _ClassVar[int]
    COST_MILLI_FIELD_NUMBER: _ClassVar[int]
    COST_CHANGE_MILLI_FIELD_NUMBER: _ClassVar[int]
    POLICY_REVISION_FIELD_NUMBER: _ClassVar[int]
    routes: _containers.RepeatedCompositeFieldContainer[EvaluatedRoute]
    violations: _containers.RepeatedCompositeFieldContainer[OrderViolation]
    cost_milli: int
    cost_change_milli: int
    policy_revision: str
    def __init__(self, routes: _Optional[_Iterable[_Union[EvaluatedRoute, _Mapping]]] = ..., violations: _Optional[_Iterable[_Union[OrderViolation, _Mapping]]] = ..., cost_milli: _Optional[int] = ..., cost_change_milli: _Optional[int] = ..., policy_revision: _Optional[str] = ...) -> None: ...
