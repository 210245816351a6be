"""Where the owner of a region lives. Services ask a `Placement`; only the in-process one is built."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol, TypeVar

from pydispatch_protos.dispatch.v1.region_service_pb2 import Region

from pydispatch import Engine
from pydispatch.errors import AlreadyExists, NotFound, Overloaded, Unavailable
from pydispatch_server import names, reasons
from pydispatch_server.audit_trail import AuditRules
from pydispatch_server.clock import Clock
from pydispatch_server.owner import OwnerState, RegionOwner
from pydispatch_server.recovery import Recovered, recover
from pydispatch_server.settings import Settings
from pydispatch_server.store.interface import Store

T = TypeVar("T")

FULL_RETRY_S: Final = 60.0
STARTING_RETRY_S: Final = 0.5


class Placement(Protocol):
    """Finds the owner of a region."""

    def owner(self, region_id: str) -> RegionOwner:
        """Returns the owner of a region.

        Raises:
            NotFound: There is no such region.
            Unavailable: It may only not be there yet.
        """
        ...

    def owners(self) -> list[RegionOwner]:
        """Lists the owners of all regions, ordered by region."""
        ...

    async def create(self, region: Region) -> RegionOwner:
        """Creates a region and its owner.

        Raises:
            AlreadyExists: There is a region of that name.
            Overloaded: There are as many regions as are taken.
        """
        ...


class InProcessPlacement:
    """Keeps every owner in this process.

    Args:
        store: Where regions are kept.
        clock: Where `now` comes from.
        settings: Bounds.
        pool: Threads for reading the store.
        policy_json: The engine's policy, None for its own.
        audit_rules: How audits are signed.
        on_health: Called whenever an owner begins or stops taking commands.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        settings: Settings,
        pool: ThreadPoolExecutor,
        policy_json: str | None,
        audit_rules: AuditRules,
        on_health: Callable[[], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._pool = pool
        self._policy_json = policy_json
        self._audit_rules = audit_rules
        self._on_health = on_health
        self._owners: dict[str, RegionOwner] = {}
        self._creating = asyncio.Lock()
        self._is_open = False
        # Told of every owner from the moment it is set.
        self.on_owned: Callable[[RegionOwner], None] | None = None

    def open(self) -> None:
        """Says that every region there is has been recovered; before, an unknown one may only be late."""
        self._is_open = True

    def owner(self, region_id: str) -> RegionOwner:
        """Returns the owner of a region; see Placement.

        Raises:
            NotFound: There is no such region.
            Unavailable: The server is still starting.
        """
        owner = self._owners.get(region_id)
        if owner is not None:
            return owner
        name = f"regions/{region_id}"
        if not self._is_open:
            raise Unavailable(f"{name} is being recovered", reason=reasons.REBUILDING, retry_after_s=STARTING_RETRY_S)
        raise NotFound(
            f"there is no region {name}",
            reason=reasons.REGION_NOT_FOUND,
            resource_type="region",
            resource_name=name,
        )

    def owners(self) -> list[RegionOwner]:
        """Lists the owners of all regions, ordered by region."""
        return [self._owners[region_id] for region_id in sorted(self._owners)]

    def is_serving(self) -> bool:
        """Tells whether every region takes commands."""
        return all(owner.status is OwnerState.SERVING for owner in self._owners.values())

    def stale_since_ms(self, region_id: str) -> int | None:
        """Returns since when reads of a region may be behind what is durable, None when they are not."""
        owner = self._owners.get(region_id)
        return owner.stale_since_ms if owner is not None else None

    def is_stale(self) -> bool:
        """Tells whether reads of any region may be behind what is durable."""
        return any(owner.stale_since_ms is not None for owner in self._owners.values())

    async def create(self, region: Region) -> RegionOwner:
        """Creates a region and its owner; see Placement."""
        region_id = names.id_of(region.name)
        async with self._creating:
            if region_id in self._owners:
                raise AlreadyExists(
                    f"region {region.name} exists already",
                    reason=reasons.REGION_EXISTS,
                    resource_type="region",
                    resource_name=region.name,
                )
            if len(self._owners) >= self._settings.max_regions:
                raise Overloaded(
                    f"the server has {len(self._owners)} regions, as many as it takes",
                    reason=reasons.TOO_MANY_REGIONS,
                    retry_after_s=FULL_RETRY_S,
                )
            data, now_ms = region.SerializeToString(), self._clock.now_ms()
            await self._in_pool(lambda: self._store.create_region(region_id, data, now_ms))
            return await self._take_over(region)

    async def recover_all(self) -> None:
        """Takes over every region of the store, one after the other.

        Raises:
            StoreDown: The store cannot be read.
        """
        for data in await self._in_pool(self._store.regions):
            await self._take_over(Region.FromString(data))

    async def drain_all(self) -> None:
        """Drains every owner, all at once."""
        await asyncio.gather(*(owner.drain() for owner in self._owners.values()))

    async def _take_over(self, region: Region) -> RegionOwner:
        """Raises the region's epoch, recovers it and starts its owner."""
        region_id, now_ms = names.id_of(region.name), self._clock.now_ms()

        def read() -> Recovered:
            ownership = self._store.take_over(region_id)
            engine = Engine(region.SerializeToString(), self._policy_json)
            return recover(self._store, region, ownership, engine, self._audit_rules, now_ms)

        owner = RegionOwner(
            await self._in_pool(read), self._store, self._clock, self._settings, self._audit_rules, self._on_health
        )
        self._owners[region_id] = owner
        if self.on_owned is not None:
            self.on_owned(owner)
        return owner

    async def _in_pool(self, call: Callable[[], T]) -> T:
        """Runs something that blocks in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, call)
