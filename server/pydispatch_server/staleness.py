"""Flags answers that may be behind what is durable: because the store is away, or another server owns the region."""

from __future__ import annotations

from typing import Any, Final, Protocol

from pydispatch import request_region
from pydispatch_server import names
from pydispatch_server.messages import timestamp

# Initial metadata of an answer that may be behind; its value is a time as RFC 3339 writes it.
STALE_SINCE: Final = "pydispatch-stale-since"

Metadata = tuple[tuple[str, str], ...]


class Regions(Protocol):
    """Knows which regions are behind."""

    def is_stale(self) -> bool:
        """Tells whether any is."""
        ...

    def stale_since_ms(self, region_id: str) -> int | None:
        """Returns since when one is, None when it is not."""
        ...


class Staleness:
    """Makes the metadata of answers.

    Args:
        regions: Knows which regions are behind.
    """

    def __init__(self, regions: Regions) -> None:
        self._regions = regions

    def flag(self, request: Any) -> Metadata:
        """Returns what goes with the answer to a request, nothing when it is not behind or is of no one region.

        Args:
            request: A message of the contract, or the bytes of one whose first field is its region.
        """
        if not self._regions.is_stale():
            return ()
        region = _region_of(request)
        since_ms = self._regions.stale_since_ms(region) if region else None
        return () if since_ms is None else ((STALE_SINCE, timestamp(since_ms).ToJsonString()),)


def _region_of(request: Any) -> str:
    """Returns the region that a request is about, empty when it is about none."""
    if isinstance(request, bytes):
        return request_region(request)
    for field in ("name", "parent"):
        name = getattr(request, field, "")
        if name.startswith("regions/"):
            return names.region_of(name)
    return ""
