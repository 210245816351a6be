"""The database that every seed begins with, and the owners that run on it in this process."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

from google.protobuf import message
from pydispatch_protos.dispatch.v1 import booking_service_pb2 as bookings
from pydispatch_protos.dispatch.v1 import catalog_service_pb2 as catalog
from pydispatch_protos.dispatch.v1 import region_service_pb2 as regions
from pydispatch_protos.dispatch.v1 import technician_service_pb2 as technicians
from pydispatch_protos.dispatch.v1 import types_pb2 as types
from pydispatch_server.audit_trail import AuditRules
from pydispatch_server.commands.catalog import create_service
from pydispatch_server.commands.technicians import batch_create_technicians
from pydispatch_server.engine_snapshot import snapshot
from pydispatch_server.owner import RegionOwner
from pydispatch_server.recovery import recover
from pydispatch_server.services.regions import new_region
from pydispatch_server.settings import Settings
from pydispatch_server.state import RegionState
from pydispatch_server.store.interface import Event, Store
from pydispatch_server.store.opening import open_store

from pydispatch import Engine
from pydispatch.audit import Key
from tests.faults.loop import InlineExecutor
from tests.server import harness
from tests.server.harness import CENTER, REGION, START_S

TECHNICIANS = 4
MAX_EVENTS = 1_000_000
TOWN = REGION.rpartition("/")[2]
# A disk that forgets: what is durable is what has been committed, and waiting for a real one would prove nothing more.
_MEMORY = Path("/dev/shm")


class Clock:
    """A clock that may jump, back as well."""

    def __init__(self) -> None:
        self.time_ms = START_S * 1000

    def now_ms(self) -> int:
        return self.time_ms


class Town:
    """A region in a SQLite database, the real store on it, and a copy to begin again from."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="faults-", dir=_MEMORY if _MEMORY.is_dir() else None)
        path = Path(self._folder.name) / "records.db"
        self.store: Store = open_store(f"sqlite:///{path}", busy_ms=1000)
        self._keeper = sqlite3.connect(path)
        self.rules = AuditRules(Key.from_seed("faults", bytes(32)), 20, 60_000)
        # Batches are cut by count alone: how fast this machine is must not decide anything.
        self.settings = Settings(
            study_budget_ms=0, batch_max=4, batch_time_ms=1000, watch_queue_max=8, event_ring_max=16
        )
        seed = types.LatLng(lat_deg=CENTER.lat_deg, lon_deg=CENTER.lon_deg)
        self.region = new_region(TOWN, regions.Region(display_name=TOWN, time_zone="UTC", center=seed), START_S * 1000)
        self.store.create_region(TOWN, self.region.SerializeToString(), START_S * 1000)
        self._begin = sqlite3.connect(":memory:")

    async def found(self) -> None:
        """Lets technicians and a service be created by an owner, and keeps that as the beginning of every seed."""
        owner = self.owner(self.store, Clock())
        new = [
            technicians.NewTechnician(technician_id=f"t{index}", technician=harness.technician(index))
            for index in range(TECHNICIANS)
        ]
        await owner.submit(
            batch_create_technicians, technicians.BatchCreateTechniciansRequest(parent=REGION, technicians=new)
        )
        skill = types.SkillLevel(skill="fix", level=1)
        service = catalog.Service(duration_s=1800, required_skills=[skill])
        await owner.submit(
            create_service, catalog.CreateServiceRequest(parent=REGION, service_id="fix", service=service)
        )
        await owner.drain()
        self._keeper.backup(self._begin)

    def begin_again(self) -> None:
        """Forgets what a seed has done."""
        self._begin.backup(self._keeper)

    def owner(self, store: Any, clock: Clock) -> RegionOwner:
        """Takes the region over, as a server does that starts.

        Raises:
            StoreDown: The store cannot be read.
        """
        ownership = store.take_over(TOWN)
        engine = Engine(self.region.SerializeToString(), None)
        recovered = recover(store, self.region, ownership, engine, self.rules, clock.now_ms())
        owner = RegionOwner(recovered, store, clock, self.settings, self.rules, lambda: None)
        # The owner's thread does one thing at a time while the loop waits for it; here it is the same thread.
        owner._thread = InlineExecutor()  # type: ignore[assignment]
        return owner

    def read(self) -> tuple[RegionState, bytes, list[Event]]:
        """Reads what is durable as a new server would: state, what an engine begins with, and the whole outbox."""
        records = self.store.load(TOWN)
        state = RegionState(self.region, self.store.ownership(TOWN), records)
        return state, snapshot(self.region, records), self.store.events_after(TOWN, 0, MAX_EVENTS)

    def close(self) -> None:
        self.store.close()
        self._keeper.close()
        self._begin.close()
        self._folder.cleanup()


def end(owner: RegionOwner) -> None:
    """Ends an owner as the end of its process does: nobody is told anything."""
    owner._task.cancel()


async def settle(task: asyncio.Task[Any]) -> None:
    """Waits for a task, however it ends."""
    await asyncio.wait([task])
    if not task.cancelled():
        task.exception()


def booking_request(key: str, number: int) -> bookings.CreateBookingRequest:
    """Makes a request that can be told from every other by its note."""
    made = harness.booking(note=key)
    made.site.location.CopyFrom(harness.near(70.0 * (number % 11), 90.0 * (number % 7)))
    return bookings.CreateBookingRequest(parent=REGION, booking=made, request_id=key)


def copy(request: message.Message) -> Any:
    """Returns a copy of a request."""
    made = type(request)()
    made.CopyFrom(request)
    return made
