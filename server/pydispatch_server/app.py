"""Assembles the server: started in numbered stages, stopped in reverse; health flips last and first.

1. store  2. clock and pool  3. gRPC services, not serving  4. listen  5. regions recovered, positions warmed
6. health: serving  7. background: ticks, maintenance, snapshots of positions
"""

from __future__ import annotations

import asyncio
import gc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import grpc
import structlog
from google.protobuf.descriptor import ServiceDescriptor
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from pydispatch_protos.dispatch.v1 import (
    audit_service_pb2,
    booking_service_pb2,
    catalog_service_pb2,
    clock_service_pb2,
    customer_service_pb2,
    dispatch_service_pb2,
    enterprise_batch_service_pb2,
    geofence_service_pb2,
    location_service_pb2,
    region_service_pb2,
    technician_service_pb2,
    visit_service_pb2,
    webhook_service_pb2,
)
from pydispatch_protos.dispatch.v1.region_service_pb2 import Region
from pydispatch_protos.dispatch.v1.types_pb2 import LatLng

from pydispatch import Engine
from pydispatch.audit import Key
from pydispatch.errors import InvalidRequest
from pydispatch_server import rpc, rules
from pydispatch_server.audit_key import BadKey, key_file, load_or_create, trusted_keys
from pydispatch_server.audit_trail import AuditRules
from pydispatch_server.background import Background
from pydispatch_server.clock import Clock, ManualClock, SystemClock
from pydispatch_server.errors import StartError
from pydispatch_server.fanout.hub import Fanout
from pydispatch_server.fanout.sending import TargetRules
from pydispatch_server.owner import OwnerState
from pydispatch_server.placement import InProcessPlacement
from pydispatch_server.redis_link import RedisLink, RedisUnusable
from pydispatch_server.rules.others import is_time_zone
from pydispatch_server.services.audit import AuditServicer
from pydispatch_server.services.batches import BatchServicer
from pydispatch_server.services.bookings import BookingServicer
from pydispatch_server.services.catalog import CatalogServicer
from pydispatch_server.services.clock import ClockServicer
from pydispatch_server.services.customers import CustomerServicer
from pydispatch_server.services.dispatch import DispatchServicer
from pydispatch_server.services.geofences import GeofenceServicer
from pydispatch_server.services.locations import LocationServicer
from pydispatch_server.services.regions import RegionServicer, new_region
from pydispatch_server.services.technicians import TechnicianServicer
from pydispatch_server.services.visits import VisitServicer
from pydispatch_server.services.webhooks import WebhookServicer
from pydispatch_server.settings import RegionSeed, Settings
from pydispatch_server.staleness import Staleness
from pydispatch_server.store.opening import open_store
from pydispatch_server.warm_start import WarmStart
from pydispatch_server.watch import PlanWatch

SERVING: Final = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING: Final = health_pb2.HealthCheckResponse.NOT_SERVING
KEEPALIVE_MS: Final = 60_000
LEAST_PING_MS: Final = 10_000
# Calls waiting for the event loop; more are refused at once instead of timing out one by one.
MAX_PENDING_CALLS: Final = 10_000
LAST_CALLS_S: Final = 0.25
# What health calls the reads of all regions, which go on without the store.
READS: Final = "reads"

_log = structlog.get_logger(__name__)


class App:
    """One server. `start`, then `stop`; between them it serves.

    Args:
        settings: How to run.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.port = 0
        self._health = health.aio.HealthServicer()
        self._is_ready = False

    async def start(self) -> None:
        """Starts every stage.

        Raises:
            StartError: The address cannot be bound, or a setting makes no sense.
            StoreDown: The database cannot be opened.
            ForeignSchema: The database is not ours or of another version.
        """
        settings = self.settings
        self.store = await asyncio.to_thread(
            open_store, settings.database_url, busy_ms=settings.store_busy_ms, max_pages=settings.store_max_pages
        )
        self.clock = _clock(settings)
        self._pool = ThreadPoolExecutor(settings.pool_threads, thread_name_prefix="pool")
        self.redis = _redis_link(settings)
        policy_json = await asyncio.to_thread(_policy, settings.policy_file) if settings.policy_file else None
        audit_key, self._trusted_keys = await asyncio.to_thread(_audit_keys, settings)
        audit_rules = AuditRules(audit_key, settings.audit_checkpoint_records, settings.audit_checkpoint_s * 1000)
        self.placement = InProcessPlacement(
            self.store, self.clock, settings, self._pool, policy_json, audit_rules, self._follow_health
        )
        rules = TargetRules(
            allows_http_loopback=settings.webhook_http_loopback, allows_private=settings.webhook_private_targets
        )
        self._fanout = Fanout(self.placement, self.store, settings, self._pool, self.redis, rules)
        self._webhooks = WebhookServicer(self.placement, self._fanout, self.store.outbox, rules, self._pool)
        self._server = grpc.aio.server(options=channel_options(settings))
        await self._add_services()
        self.port = self._bind()
        await self._server.start()
        # The garbage collector would walk over all that is being read, again and again, and find nothing.
        gc.disable()
        await self.placement.recover_all()
        self._warm_start = WarmStart(self.redis, self.placement, self.clock, self._pool)
        await self._warm_start.load()
        gc.freeze()
        gc.enable()
        await self._seed_regions()
        await self._fanout.start()
        self.placement.open()
        self._is_ready = True
        await self._set_health()
        self._warm_start.begin()
        self._background = Background(self.placement, self.store, self.clock, settings, self._pool)
        if settings.port_file:
            await asyncio.to_thread(settings.port_file.write_text, f"{self.port}\n", encoding="utf-8")
        _log.info("serving", address=settings.listen, port=self.port, database=settings.database_url)

    async def stop(self) -> None:
        """Stops every stage in reverse: what was accepted is finished and durable."""
        _log.info("draining", grace_s=self.settings.drain_s)
        self._is_ready = False
        await self._health.enter_graceful_shutdown()
        await self._background.stop()
        await self._warm_start.stop()
        # Owners refuse new commands from here on, finish what is queued and end the watch streams.
        await self.placement.drain_all()
        await self._fanout.stop()
        # Calls that gRPC holds but has not handed over yet would be told CANCELLED, which nobody retries. This is
        # their time to be refused as UNAVAILABLE.
        await asyncio.sleep(LAST_CALLS_S)
        await self._server.stop(self.settings.drain_s)
        if self.redis is not None:
            await self.redis.close()
        self._pool.shutdown(wait=True)
        await asyncio.to_thread(self.store.close)
        _log.info("stopped")

    async def _add_services(self) -> None:
        """Registers every service of the contract, health and reflection."""
        placement, clock, pool = self.placement, self.clock, self._pool
        watch = PlanWatch(self.store, clock, self.settings, pool)
        servicers: list[tuple[Any, str, object]] = [
            (region_service_pb2, "RegionService", RegionServicer(placement, clock)),
            (technician_service_pb2, "TechnicianService", TechnicianServicer(placement)),
            (location_service_pb2, "LocationService", LocationServicer(placement, clock, pool)),
            (geofence_service_pb2, "GeofenceService", GeofenceServicer(placement, self.settings.heartbeat_s)),
            (catalog_service_pb2, "CatalogService", CatalogServicer(placement)),
            (customer_service_pb2, "CustomerService", CustomerServicer(placement)),
            (booking_service_pb2, "BookingService", BookingServicer(placement)),
            (visit_service_pb2, "VisitService", VisitServicer(placement)),
            (webhook_service_pb2, "WebhookService", self._webhooks),
            (
                dispatch_service_pb2,
                "DispatchService",
                DispatchServicer(placement, clock, pool, watch, self.store.audit),
            ),
            (enterprise_batch_service_pb2, "EnterpriseBatchService", BatchServicer(placement, clock)),
            (
                audit_service_pb2,
                "AuditService",
                AuditServicer(placement, self.store.audit, self._trusted_keys, pool),
            ),
        ]
        if isinstance(clock, ManualClock):
            servicer = ClockServicer(placement, clock, self.settings.tick_interval_s * 1000)
            servicers.append((clock_service_pb2, "ClockService", servicer))
        staleness = Staleness(self.placement)
        described: list[ServiceDescriptor] = []
        for module, name, servicer_object in servicers:
            descriptor = module.DESCRIPTOR.services_by_name[name]
            rpc.bind(self._server, descriptor, servicer_object, clock, staleness)
            rules.warm(rpc.request_types(descriptor))
            described.append(descriptor)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        self._services = [descriptor.full_name for descriptor in described]
        await self._set_health()
        reflection.enable_server_reflection(
            (*self._services, health.SERVICE_NAME, reflection.SERVICE_NAME), self._server
        )

    def _bind(self) -> int:
        """Binds the address and returns the port."""
        try:
            return self._server.add_insecure_port(self.settings.listen)
        except RuntimeError as error:
            raise StartError(f"the address {self.settings.listen} cannot be listened on") from error

    async def _seed_regions(self) -> None:
        """Creates the regions of the settings that do not exist yet."""
        existing = {owner.state.id for owner in self.placement.owners()}
        for seed in self.settings.regions:
            if seed.id not in existing:
                await self.placement.create(_seeded(seed, self.clock.now_ms()))

    def _follow_health(self) -> None:
        """Lets health follow the owners; called from the event loop."""
        if self._is_ready:
            self._health_task = asyncio.get_running_loop().create_task(self._set_health())

    async def _set_health(self) -> None:
        """Says whether the server takes calls, each region takes changes, and reads are answered."""
        status = SERVING if self._is_ready and self.placement.is_serving() else NOT_SERVING
        for name in ("", *self._services):
            await self._health.set(name, status)
        for owner in self.placement.owners():
            is_well = self._is_ready and owner.status is OwnerState.SERVING and owner.stale_since_ms is None
            await self._health.set(f"regions/{owner.state.id}", SERVING if is_well else NOT_SERVING)
        await self._health.set(READS, SERVING if self._is_ready else NOT_SERVING)


def _audit_keys(settings: Settings) -> tuple[Key, list[str]]:
    """Reads the key that signs the audit, or makes one, and the public halves of all that are trusted."""
    try:
        key = load_or_create(key_file(settings.audit_key_file, settings.database_url), settings.audit_name)
        return key, trusted_keys(key, settings.audit_earlier_keys)
    except BadKey as error:
        raise StartError(str(error)) from error


def _policy(path: Path) -> str:
    """Reads a policy and lets the engine look at it, so that a bad one is told before anything is recovered."""
    try:
        text = path.read_text(encoding="utf-8")
        Engine(Region(name="regions/policy", center=LatLng()).SerializeToString(), text)
    except (OSError, UnicodeDecodeError, InvalidRequest) as error:
        told = error.message if isinstance(error, InvalidRequest) else error
        raise StartError(f"the policy file {path} cannot be used: {told}") from error
    return text


def _redis_link(settings: Settings) -> RedisLink | None:
    """Prepares the connection to Redis, where one is configured; nothing is sent yet."""
    try:
        return RedisLink(settings.redis_url) if settings.redis_url else None
    except RedisUnusable as error:
        raise StartError(str(error)) from error


def _clock(settings: Settings) -> Clock:
    """Makes the clock that the settings ask for."""
    if not settings.manual_clock:
        return SystemClock()
    if settings.clock_start is None:
        return ManualClock(SystemClock().now_ms())
    if settings.clock_start.tzinfo is None:
        raise StartError("clock_start needs a time zone, such as 2026-01-05T08:00:00Z")
    return ManualClock(int(settings.clock_start.timestamp() * 1000))


def _seeded(seed: RegionSeed, now_ms: int) -> Region:
    """Makes the region of a setting."""
    if not is_time_zone(seed.time_zone):
        raise StartError(f"region {seed.id}: {seed.time_zone!r} is no IANA time zone known here")
    center = LatLng(lat_deg=seed.lat_deg, lon_deg=seed.lon_deg)
    return new_region(seed.id, Region(display_name=seed.id, time_zone=seed.time_zone, center=center), now_ms)


def channel_options(settings: Settings) -> list[tuple[str, int]]:
    """Lists the channel options of the server."""
    return [
        ("grpc.max_receive_message_length", settings.max_message_bytes),
        ("grpc.max_send_message_length", settings.max_message_bytes),
        ("grpc.server.max_pending_requests", MAX_PENDING_CALLS),
        ("grpc.server.max_pending_requests_hard_limit", MAX_PENDING_CALLS * 2),
        ("grpc.so_reuseport", 0),
        ("grpc.keepalive_time_ms", KEEPALIVE_MS),
        ("grpc.http2.min_ping_interval_without_data_ms", LEAST_PING_MS),
        ("grpc.keepalive_permit_without_calls", 1),
    ]
