"""Every setting of the server with its bounds: flags, then PYDISPATCH_* variables, then the defaults here."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from pydispatch_server import fail_points


class RegionSeed(BaseModel):
    """A region created at start when it does not exist yet.

    Attributes:
        id: Identifier, as in "regions/{id}".
        lat_deg: Latitude of the centre in degrees.
        lon_deg: Longitude of the centre in degrees.
        time_zone: IANA time zone.
    """

    model_config = ConfigDict(frozen=True)

    id: str = Field(pattern=r"^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$")
    lat_deg: float = Field(ge=-90, le=90, allow_inf_nan=False)
    lon_deg: float = Field(ge=-180, le=180, allow_inf_nan=False)
    time_zone: str = "UTC"


def _parse_seeds(value: object) -> object:
    """Reads "id:lat:lon[:zone]" items, separated by commas when in one text."""
    items = [item for item in value.split(",") if item] if isinstance(value, str) else value
    if not isinstance(items, list):
        return items
    return [_parse_seed(item) if isinstance(item, str) else item for item in items]


def _parse_seed(text: str) -> dict[str, str]:
    """Reads one "id:lat:lon[:zone]"."""
    parts = text.split(":", 3)
    if len(parts) < 3:
        raise ValueError(f"a region is written id:lat:lon[:zone], not {text!r}")
    return dict(zip(("id", "lat_deg", "lon_deg", "time_zone"), parts, strict=False))


class Settings(BaseSettings):
    """How the server runs. Each field is a flag (`--queue-max`) and a variable (`PYDISPATCH_QUEUE_MAX`)."""

    model_config = SettingsConfigDict(env_prefix="PYDISPATCH_", frozen=True, extra="ignore")

    listen: str = Field("127.0.0.1:50051", description="address and port to listen on; port 0 takes a free one")
    port_file: Path | None = Field(None, description="file that receives the bound port once the server is ready")
    database_url: str = Field(
        "sqlite:///pydispatch-data/pydispatch.db",
        description="where records are kept; sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE",
    )
    redis_url: str | None = Field(
        None,
        pattern="^(redis|rediss|unix)://",
        description="Redis for what outlives a restart or goes to other systems, redis://HOST:PORT/DB or unix:///PATH",
    )
    regions: Annotated[list[RegionSeed], NoDecode, BeforeValidator(_parse_seeds)] = Field(
        default_factory=lambda: [RegionSeed(id="default", lat_deg=37.7749, lon_deg=-122.4194, time_zone="UTC")],
        description="regions to create at start, id:lat:lon[:zone], comma-separated",
    )
    max_regions: int = Field(64, ge=1, le=1000, description="most regions of one server")
    manual_clock: bool = Field(False, description="time moves only by ClockService.AdvanceClock")
    clock_start: datetime.datetime | None = Field(
        None, description="first time on the manual clock, RFC 3339; default is the time of the start"
    )
    policy_file: Path | None = Field(None, description="JSON file with the engine's policy; default is its own")

    queue_max: int = Field(4096, ge=1, le=100_000, description="most commands waiting in one region")
    batch_max: int = Field(128, ge=1, le=4096, description="most commands in one transaction")
    batch_time_ms: int = Field(50, ge=1, le=1000, description="longest time to apply commands before committing")
    tick_interval_s: int = Field(10, ge=1, le=3600, description="seconds of clock time between ticks of a region")
    tick_max_moves: int = Field(3, ge=0, le=100, description="most visits one tick may move to improve the plan")
    study_interval_s: int = Field(60, ge=1, le=86_400, description="seconds of clock time between studies of a plan")
    study_budget_ms: int = Field(300, ge=0, le=60_000, description="longest study of a part of a plan, 0 for none")
    study_iterations: int = Field(2000, ge=1, le=1_000_000, description="most steps of a study")
    study_max_moves: int = Field(8, ge=0, le=1000, description="most visits one study may give to somebody else")

    watch_queue_max: int = Field(10_000, ge=1, le=1_000_000, description="most changed visits waiting for one watcher")
    watchers_max: int = Field(4096, ge=1, le=100_000, description="most watchers of one region")
    heartbeat_s: float = Field(15.0, gt=0, le=600, description="silence after which a watch stream sends a heartbeat")
    event_ring_max: int = Field(20_000, ge=1, le=1_000_000, description="newest changes kept in memory for resuming")

    keep_results_h: int = Field(25, ge=24, le=720, description="hours that answers to request_ids are kept")
    keep_events_h: int = Field(168, ge=1, le=8760, description="hours that events are kept")
    maintenance_interval_s: float = Field(600.0, gt=0, le=86_400, description="seconds between prunings of old records")
    store_busy_ms: int = Field(5000, ge=1, le=60_000, description="longest wait for another user of the database")
    store_max_pages: int = Field(0, ge=0, description="most pages of the SQLite file, 0 for no bound")

    audit_key_file: Path | None = Field(
        None, description="file of the key that signs audit checkpoints; default is next to the SQLite file"
    )
    audit_earlier_keys: str = Field(
        "", description="public halves of the keys that signed audit checkpoints earlier, separated by spaces"
    )
    audit_name: str = Field(
        "pydispatch", pattern=r"^[^\s+]{1,100}$", description="name of a new key, such as the host that it signs for"
    )
    audit_checkpoint_records: int = Field(
        1000, ge=1, le=1_000_000, description="records after which an audit checkpoint is signed"
    )
    audit_checkpoint_s: int = Field(
        60, ge=1, le=86_400, description="seconds of clock time after which new audit records are signed"
    )

    redis_stream_max: int = Field(
        100_000, ge=1000, le=100_000_000, description="about how many events a Redis stream keeps"
    )
    webhook_http_loopback: bool = Field(False, description="webhooks may use plain http to this machine itself")
    webhook_private_targets: bool = Field(False, description="webhooks may use addresses that are not public")
    webhook_timeout_s: float = Field(10.0, gt=0, le=60, description="longest wait for the answer of a webhook")
    webhook_attempts_max: int = Field(
        16, ge=1, le=100, description="times a request to a webhook is sent before it is given up"
    )
    webhook_backoff_first_s: float = Field(
        1.0, gt=0, le=3600, description="wait after the first failure of a webhook; each further one doubles it"
    )
    webhook_backoff_max_s: float = Field(
        900.0, gt=0, le=86_400, description="longest wait between two attempts of a webhook"
    )
    webhook_concurrency: int = Field(32, ge=1, le=1000, description="most requests to webhooks under way at a time")

    max_message_bytes: int = Field(16 << 20, ge=1 << 16, le=256 << 20, description="largest message taken or sent")
    pool_threads: int = Field(4, ge=1, le=64, description="threads for reads too long for the event loop")
    drain_s: float = Field(10.0, ge=0, le=600, description="longest wait for running calls when stopping")

    fail_point: Annotated[str, AfterValidator(fail_points.check)] = Field(
        "", description="for crash tests only, POINT:NTH:ACTION: where to kill, raise or delay (docs/testing.md)"
    )

    log_format: Literal["console", "json"] = Field("console", description="form of log lines on stderr")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least severity logged")
