"""Resource names: "regions/{region}/{collection}/{id}" taken apart and put together. Nothing else."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

ID_PATTERN: Final = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?")
MAX_ID_CHARS: Final = 63

TECHNICIANS: Final = "technicians"
SERVICES: Final = "services"
CUSTOMERS: Final = "customers"
BOOKINGS: Final = "bookings"
VISITS: Final = "visits"
BATCHES: Final = "batches"
GEOFENCES: Final = "geofences"
WEBHOOKS: Final = "webhooks"

COLLECTIONS: Final = (TECHNICIANS, SERVICES, CUSTOMERS, BOOKINGS, VISITS, BATCHES, GEOFENCES, WEBHOOKS)
# What one member of a collection is called in errors and events.
SINGULAR: Final = {
    TECHNICIANS: "technician",
    SERVICES: "service",
    CUSTOMERS: "customer",
    BOOKINGS: "booking",
    VISITS: "visit",
    BATCHES: "batch",
    GEOFENCES: "geofence",
    WEBHOOKS: "webhook",
}


class Name(NamedTuple):
    """A resource name taken apart."""

    region: str
    collection: str
    id: str

    def __str__(self) -> str:
        """Returns the full name."""
        return f"regions/{self.region}/{self.collection}/{self.id}"


def region_of(name: str) -> str:
    """Returns the region identifier of any valid name, "regions/{region}" included."""
    return name.split("/", 2)[1]


def id_of(name: str) -> str:
    """Returns the last segment of a valid name."""
    return name.rpartition("/")[2]


def parse(name: str, collection: str) -> Name | None:
    """Takes apart a name of `collection`; None when it is not one."""
    parts = name.split("/")
    if len(parts) != 4 or parts[0] != "regions" or parts[2] != collection:
        return None
    if not ID_PATTERN.fullmatch(parts[1]) or not ID_PATTERN.fullmatch(parts[3]):
        return None
    return Name(parts[1], collection, parts[3])
