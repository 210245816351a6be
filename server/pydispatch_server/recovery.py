"""Reads a region back from the store and rebuilds its engine. Runs in a worker thread."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from pydispatch_protos.dispatch.v1.dispatch_service_pb2 import CheckPlanResponse
from pydispatch_protos.dispatch.v1.region_service_pb2 import Region

from pydispatch import Engine
from pydispatch_server import names
from pydispatch_server.audit_trail import AuditRules, AuditTrail
from pydispatch_server.engine_snapshot import snapshot
from pydispatch_server.state import RegionState
from pydispatch_server.store.interface import Ownership, Store

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Recovered:
    """A region as the store knows it, and an engine that agrees.

    Attributes:
        state: What is committed.
        engine: Restored from it.
        trail: The end of its audit chain.
    """

    state: RegionState
    engine: Engine
    trail: AuditTrail


def recover(
    store: Store, region: Region, ownership: Ownership, engine: Engine, rules: AuditRules, now_ms: int
) -> Recovered:
    """Reads a region and restores its engine.

    Args:
        store: Where the region is kept.
        region: The region.
        ownership: Epoch and sequence under which it is read.
        engine: The engine, new or in need of rebuilding; positions of technicians that remain are kept.
        rules: How the audit is signed.
        now_ms: Present time in milliseconds since the Unix epoch.

    Raises:
        StoreDown: The store cannot be read, or its audit chain is broken at the end.
    """
    region_id = names.id_of(region.name)
    records = store.load(region_id)
    trail = AuditTrail(ownership, region_id, store.audit.end(region_id), rules)
    engine.restore(snapshot(region, records), now_ms)
    state = RegionState(region, ownership, records)
    engine.restore_geofences(state.geofences().SerializeToString())
    checked = CheckPlanResponse.FromString(engine.check(now_ms))
    _log.info(
        "region recovered",
        region=state.id,
        epoch=state.epoch,
        sequence=state.sequence,
        technicians=state.count(names.TECHNICIANS),
        bookings=state.count(names.BOOKINGS),
        visits=state.count(names.VISITS),
        geofences=state.count(names.GEOFENCES),
        routes=checked.checked_routes,
        stops=checked.checked_stops,
        violations=len(checked.violations),
    )
    for violation in checked.violations:
        _log.warning(
            "plan violation",
            region=state.id,
            rule=violation.rule,
            technician=violation.technician_id,
            visit=violation.visit_id,
            detail=violation.detail,
        )
    return Recovered(state, engine, trail)
