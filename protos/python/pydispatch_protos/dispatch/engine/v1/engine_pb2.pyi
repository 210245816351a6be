from pydispatch_protos.dispatch.v1 import catalog_service_pb2 as _catalog_service_pb2
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as _dispatch_service_pb2
from pydispatch_protos.dispatch.v1 import geofence_service_pb2 as _geofence_service_pb2
from pydispatch_protos.dispatch.v1 import location_service_pb2 as _location_service_pb2
from pydispatch_protos.dispatch.v1 import plan_change_pb2 as _plan_change_pb2
from pydispatch_protos.dispatch.v1 import region_service_pb2 as _region_service_pb2
from pydispatch_protos.dispatch.v1 import technician_service_pb2 as _technician_service_pb2
from pydispatch_protos.dispatch.v1 import ties_pb2 as _ties_pb2
from pydispatch_protos.dispatch.v1 import types_pb2 as _types_pb2
from pydispatch_protos.dispatch.v1 import visit_service_pb2 as _visit_service_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ChangeKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANGE_KIND_UNSPECIFIED: _ClassVar[ChangeKind]
    CHANGE_KIND_ASSIGNED: _ClassVar[ChangeKind]
    CHANGE_KIND_MOVED: _ClassVar[ChangeKind]
    CHANGE_KIND_RETIMED: _ClassVar[ChangeKind]
    CHANGE_KIND_UNASSIGNED: _ClassVar[ChangeKind]
    CHANGE_KIND_PROGRESSED: _ClassVar[ChangeKind]
    CHANGE_KIND_PINNED: _ClassVar[ChangeKind]
CHANGE_KIND_UNSPECIFIED: ChangeKind
CHANGE_KIND_ASSIGNED: ChangeKind
CHANGE_KIND_MOVED: ChangeKind
CHANGE_KIND_RETIMED: ChangeKind
CHANGE_KIND_UNASSIGNED: ChangeKind
CHANGE_KIND_PROGRESSED: ChangeKind
CHANGE_KIND_PINNED: ChangeKind

class Command(_message.Message):
    __slots__ = ("put_technician", "delete_technician_id", "put_service", "delete_service_id", "add_visits", "cancel_visit_id", "visit_progress", "disruption", "tick", "set_availability", "assign_visit", "unassign_visit", "bounded", "commit", "pin_visit", "unpin_visit_id", "adopt_orders")
    PUT_TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    DELETE_TECHNICIAN_ID_FIELD_NUMBER: _ClassVar[int]
    PUT_SERVICE_FIELD_NUMBER: _ClassVar[int]
    DELETE_SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    ADD_VISITS_FIELD_NUMBER: _ClassVar[int]
    CANCEL_VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    VISIT_PROGRESS_FIELD_NUMBER: _ClassVar[int]
    DISRUPTION_FIELD_NUMBER: _ClassVar[int]
    TICK_FIELD_NUMBER: _ClassVar[int]
    SET_AVAILABILITY_FIELD_NUMBER: _ClassVar[int]
    ASSIGN_VISIT_FIELD_NUMBER: _ClassVar[int]
    UNASSIGN_VISIT_FIELD_NUMBER: _ClassVar[int]
    BOUNDED_FIELD_NUMBER: _ClassVar[int]
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    PIN_VISIT_FIELD_NUMBER: _ClassVar[int]
    UNPIN_VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    ADOPT_ORDERS_FIELD_NUMBER: _ClassVar[int]
    put_technician: _technician_service_pb2.Technician
    delete_technician_id: str
    put_service: _catalog_service_pb2.Service
    delete_service_id: str
    add_visits: AddVisits
    cancel_visit_id: str
    visit_progress: _visit_service_pb2.ReportVisitProgressRequest
    disruption: _dispatch_service_pb2.ReportDisruptionRequest
    tick: Tick
    set_availability: _technician_service_pb2.SetAvailabilityRequest
    assign_visit: _plan_change_pb2.AssignVisitRequest
    unassign_visit: _plan_change_pb2.UnassignVisitRequest
    bounded: BoundedCommand
    commit: CommitCommand
    pin_visit: PinVisit
    unpin_visit_id: str
    adopt_orders: AdoptOrders
    def __init__(self, put_technician: _Optional[_Union[_technician_service_pb2.Technician, _Mapping]] = ..., delete_technician_id: _Optional[str] = ..., put_service: _Optional[_Union[_catalog_service_pb2.Service, _Mapping]] = ..., delete_service_id: _Optional[str] = ..., add_visits: _Optional[_Union[AddVisits, _Mapping]] = ..., cancel_visit_id: _Optional[str] = ..., visit_progress: _Optional[_Union[_visit_service_pb2.ReportVisitProgressRequest, _Mapping]] = ..., disruption: _Optional[_Union[_dispatch_service_pb2.ReportDisruptionRequest, _Mapping]] = ..., tick: _Optional[_Union[Tick, _Mapping]] = ..., set_availability: _Optional[_Union[_technician_service_pb2.SetAvailabilityRequest, _Mapping]] = ..., assign_visit: _Optional[_Union[_plan_change_pb2.AssignVisitRequest, _Mapping]] = ..., unassign_visit: _Optional[_Union[_plan_change_pb2.UnassignVisitRequest, _Mapping]] = ..., bounded: _Optional[_Union[BoundedCommand, _Mapping]] = ..., commit: _Optional[_Union[CommitCommand, _Mapping]] = ..., pin_visit: _Optional[_Union[PinVisit, _Mapping]] = ..., unpin_visit_id: _Optional[str] = ..., adopt_orders: _Optional[_Union[AdoptOrders, _Mapping]] = ...) -> None: ...

class AddVisits(_message.Message):
    __slots__ = ("visits",)
    VISITS_FIELD_NUMBER: _ClassVar[int]
    visits: _containers.RepeatedCompositeFieldContainer[_visit_service_pb2.Visit]
    def __init__(self, visits: _Optional[_Iterable[_Union[_visit_service_pb2.Visit, _Mapping]]] = ...) -> None: ...

class PinVisit(_message.Message):
    __slots__ = ("visit_id", "technician", "start_time", "position")
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    TECHNICIAN_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    technician: bool
    start_time: bool
    position: bool
    def __init__(self, visit_id: _Optional[str] = ..., technician: _Optional[bool] = ..., start_time: _Optional[bool] = ..., position: _Optional[bool] = ...) -> None: ...

class Tick(_message.Message):
    __slots__ = ("max_moves",)
    MAX_MOVES_FIELD_NUMBER: _ClassVar[int]
    max_moves: int
    def __init__(self, max_moves: _Optional[int] = ...) -> None: ...

class BoundedCommand(_message.Message):
    __slots__ = ("max_moves", "command")
    MAX_MOVES_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    max_moves: int
    command: Command
    def __init__(self, max_moves: _Optional[int] = ..., command: _Optional[_Union[Command, _Mapping]] = ...) -> None: ...

class CommitCommand(_message.Message):
    __slots__ = ("first", "expected", "arrangement")
    FIRST_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_FIELD_NUMBER: _ClassVar[int]
    ARRANGEMENT_FIELD_NUMBER: _ClassVar[int]
    first: Command
    expected: Arrangement
    arrangement: Arrangement
    def __init__(self, first: _Optional[_Union[Command, _Mapping]] = ..., expected: _Optional[_Union[Arrangement, _Mapping]] = ..., arrangement: _Optional[_Union[Arrangement, _Mapping]] = ...) -> None: ...

class Arrangement(_message.Message):
    __slots__ = ("orders", "unassigned_visit_ids")
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    UNASSIGNED_VISIT_IDS_FIELD_NUMBER: _ClassVar[int]
    orders: _containers.RepeatedCompositeFieldContainer[ShiftOrder]
    unassigned_visit_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, orders: _Optional[_Iterable[_Union[ShiftOrder, _Mapping]]] = ..., unassigned_visit_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class ShiftOrder(_message.Message):
    __slots__ = ("technician_id", "shift", "visit_ids")
    TECHNICIAN_ID_FIELD_NUMBER: _ClassVar[int]
    SHIFT_FIELD_NUMBER: _ClassVar[int]
    VISIT_IDS_FIELD_NUMBER: _ClassVar[int]
    technician_id: str
    shift: int
    visit_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, technician_id: _Optional[str] = ..., shift: _Optional[int] = ..., visit_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class Preview(_message.Message):
    __slots__ = ("outcome", "before", "after")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    outcome: Outcome
    before: Arrangement
    after: Arrangement
    def __init__(self, outcome: _Optional[_Union[Outcome, _Mapping]] = ..., before: _Optional[_Union[Arrangement, _Mapping]] = ..., after: _Optional[_Union[Arrangement, _Mapping]] = ...) -> None: ...

class StudyRequest(_message.Message):
    __slots__ = ("seed", "iterations", "budget_ms", "max_moves")
    SEED_FIELD_NUMBER: _ClassVar[int]
    ITERATIONS_FIELD_NUMBER: _ClassVar[int]
    BUDGET_MS_FIELD_NUMBER: _ClassVar[int]
    MAX_MOVES_FIELD_NUMBER: _ClassVar[int]
    seed: int
    iterations: int
    budget_ms: int
    max_moves: int
    def __init__(self, seed: _Optional[int] = ..., iterations: _Optional[int] = ..., budget_ms: _Optional[int] = ..., max_moves: _Optional[int] = ...) -> None: ...

class AdoptOrders(_message.Message):
    __slots__ = ("orders", "max_moves")
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    MAX_MOVES_FIELD_NUMBER: _ClassVar[int]
    orders: _containers.RepeatedCompositeFieldContainer[RouteOrder]
    max_moves: int
    def __init__(self, orders: _Optional[_Iterable[_Union[RouteOrder, _Mapping]]] = ..., max_moves: _Optional[int] = ...) -> None: ...

class RouteOrder(_message.Message):
    __slots__ = ("technician_id", "shift_start_s", "before", "after")
    TECHNICIAN_ID_FIELD_NUMBER: _ClassVar[int]
    SHIFT_START_S_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    technician_id: str
    shift_start_s: int
    before: _containers.RepeatedScalarFieldContainer[str]
    after: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, technician_id: _Optional[str] = ..., shift_start_s: _Optional[int] = ..., before: _Optional[_Iterable[str]] = ..., after: _Optional[_Iterable[str]] = ...) -> None: ...

class Outcome(_message.Message):
    __slots__ = ("changes", "cost_change_milli")
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    COST_CHANGE_MILLI_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[VisitChange]
    cost_change_milli: int
    def __init__(self, changes: _Optional[_Iterable[_Union[VisitChange, _Mapping]]] = ..., cost_change_milli: _Optional[int] = ...) -> None: ...

class VisitChange(_message.Message):
    __slots__ = ("visit_id", "kind", "state", "placement", "times", "unassigned_reasons", "excluded_technicians", "after", "disruption_milli", "pin")
    VISIT_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PLACEMENT_FIELD_NUMBER: _ClassVar[int]
    TIMES_FIELD_NUMBER: _ClassVar[int]
    UNASSIGNED_REASONS_FIELD_NUMBER: _ClassVar[int]
    EXCLUDED_TECHNICIANS_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    DISRUPTION_MILLI_FIELD_NUMBER: _ClassVar[int]
    PIN_FIELD_NUMBER: _ClassVar[int]
    visit_id: str
    kind: ChangeKind
    state: _types_pb2.VisitState
    placement: _visit_service_pb2.Placement
    times: _visit_service_pb2.VisitTimes
    unassigned_reasons: _containers.RepeatedCompositeFieldContainer[_types_pb2.UnassignedReason]
    excluded_technicians: _containers.RepeatedScalarFieldContainer[str]
    after: _containers.RepeatedCompositeFieldContainer[_ties_pb2.VisitDependency]
    disruption_milli: int
    pin: _visit_service_pb2.Pin
    def __init__(self, visit_id: _Optional[str] = ..., kind: _Optional[_Union[ChangeKind, str]] = ..., state: _Optional[_Union[_types_pb2.VisitState, str]] = ..., placement: _Optional[_Union[_visit_service_pb2.Placement, _Mapping]] = ..., times: _Optional[_Union[_visit_service_pb2.VisitTimes, _Mapping]] = ..., unassigned_reasons: _Optional[_Iterable[_Union[_types_pb2.UnassignedReason, _Mapping]]] = ..., excluded_technicians: _Optional[_Iterable[str]] = ..., after: _Optional[_Iterable[_Union[_ties_pb2.VisitDependency, _Mapping]]] = ..., disruption_milli: _Optional[int] = ..., pin: _Optional[_Union[_visit_service_pb2.Pin, _Mapping]] = ...) -> None: ...

class Snapshot(_message.Message):
    __slots__ = ("region", "technicians", "services", "visits")
    REGION_FIELD_NUMBER: _ClassVar[int]
    TECHNICIANS_FIELD_NUMBER: _ClassVar[int]
    SERVICES_FIELD_NUMBER: _ClassVar[int]
    VISITS_FIELD_NUMBER: _ClassVar[int]
    region: _region_service_pb2.Region
    technicians: _containers.RepeatedCompositeFieldContainer[_technician_service_pb2.Technician]
    services: _containers.RepeatedCompositeFieldContainer[_catalog_service_pb2.Service]
    visits: _containers.RepeatedCompositeFieldContainer[_visit_service_pb2.Visit]
    def __init__(self, region: _Optional[_Union[_region_service_pb2.Region, _Mapping]] = ..., technicians: _Optional[_Iterable[_Union[_technician_service_pb2.Technician, _Mapping]]] = ..., services: _Optional[_Iterable[_Union[_catalog_service_pb2.Service, _Mapping]]] = ..., visits: _Optional[_Iterable[_Union[_visit_service_pb2.Visit, _Mapping]]] = ...) -> None: ...

class GeofenceEvents(_message.Message):
    __slots__ = ("events", "newest_sequence", "is_too_old")
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    NEWEST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    IS_TOO_OLD_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[_geofence_service_pb2.WatchGeofenceEventsResponse]
    newest_sequence: int
    is_too_old: bool
    def __init__(self, events: _Optional[_Iterable[_Union[_geofence_service_pb2.WatchGeofenceEventsResponse, _Mapping]]] = ..., newest_sequence: _Optional[int] = ..., is_too_old: _Optional[bool] = ...) -> None: ...

class Stats(_message.Message):
    __slots__ = ("technicians", "live_positions", "open_visits", "unassigned_visits", "fixes", "warmed_positions", "relearned_positions")
    TECHNICIANS_FIELD_NUMBER: _ClassVar[int]
    LIVE_POSITIONS_FIELD_NUMBER: _ClassVar[int]
    OPEN_VISITS_FIELD_NUMBER: _ClassVar[int]
    UNASSIGNED_VISITS_FIELD_NUMBER: _ClassVar[int]
    FIXES_FIELD_NUMBER: _ClassVar[int]
    WARMED_POSITIONS_FIELD_NUMBER: _ClassVar[int]
    RELEARNED_POSITIONS_FIELD_NUMBER: _ClassVar[int]
    technicians: int
    live_positions: int
    open_visits: int
    unassigned_visits: int
    fixes: _location_service_pb2.FixCounts
    warmed_positions: int
    relearned_positions: int
    def __init__(self, technicians: _Optional[int] = ..., live_positions: _Optional[int] = ..., open_visits: _Optional[int] = ..., unassigned_visits: _Optional[int] = ..., fixes: _Optional[_Union[_location_service_pb2.FixCounts, _Mapping]] = ..., warmed_positions: _Optional[int] = ..., relearned_positions: _Optional[int] = ...) -> None: ...
