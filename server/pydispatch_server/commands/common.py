"""What several families of commands judge alike: etags, update masks, references and places."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final

from google.protobuf import field_mask_pb2, message
from pydispatch_protos.dispatch.v1.types_pb2 import LatLng

from pydispatch.errors import AlreadyExists, Conflict, Violation
from pydispatch_server import errors, names, reasons
from pydispatch_server.working import Transaction

# Sites and technicians farther from the region's centre than this are refused: its local plane would be too wrong.
MAX_FROM_CENTER_M: Final = 300_000.0
EARTH_RADIUS_M: Final = 6_371_008.8
EVERYTHING: Final = "*"

_EXISTS: Final = {
    names.TECHNICIANS: reasons.TECHNICIAN_EXISTS,
    names.SERVICES: reasons.SERVICE_EXISTS,
    names.CUSTOMERS: reasons.CUSTOMER_EXISTS,
    names.BOOKINGS: reasons.BOOKING_EXISTS,
    names.VISITS: reasons.VISIT_EXISTS,
    names.GEOFENCES: reasons.GEOFENCE_EXISTS,
    names.WEBHOOKS: reasons.WEBHOOK_EXISTS,
}


def refuse_existing(tx: Transaction, collection: str, resource_id: str) -> None:
    """Refuses to create what exists.

    Raises:
        AlreadyExists: It does.
    """
    if tx.find(collection, resource_id) is not None:
        name, kind = tx.name(collection, resource_id), names.SINGULAR[collection]
        raise AlreadyExists(
            f"{kind} {name} exists already", reason=_EXISTS[collection], resource_type=kind, resource_name=name
        )


def check_etag(stored: Any, given: str) -> None:
    """Refuses a change to something that has changed since it was read.

    Raises:
        Conflict: `given` is set and differs from what is stored.
    """
    if given and given != stored.etag:
        raise Conflict(
            f"{stored.name} has changed since it was read",
            reason=reasons.ETAG_MISMATCH,
            metadata={"resource": stored.name, "etag": stored.etag},
        )


def merge_masked(
    stored: message.Message, given: message.Message, mask: field_mask_pb2.FieldMask, mutable: frozenset[str]
) -> Any:
    """Returns a copy of `stored` with the masked fields of `given`.

    Args:
        stored: The resource as it is.
        given: The new values.
        mask: Top-level fields to change; empty or "*" means every mutable one.
        mutable: Fields that a caller may change this way.

    Raises:
        InvalidRequest: The mask names a field that is not there or may not be changed; each is listed.
    """
    paths = list(mask.paths)
    bad = [
        Violation(f"update_mask.paths[{index}]", reason, f"{path!r} {text}")
        for index, path in enumerate(paths)
        for reason, text in _mask_faults(path, stored, mutable, is_alone=len(paths) == 1)
    ]
    if bad:
        raise errors.invalid(*bad)
    merged = type(stored)()
    merged.CopyFrom(stored)
    for path in mutable if not paths or EVERYTHING in paths else paths:
        merged.ClearField(path)
        part = type(stored)()
        part.CopyFrom(given)
        for name in part.DESCRIPTOR.fields_by_name:
            if name != path:
                part.ClearField(name)
        merged.MergeFrom(part)
    return merged


def _mask_faults(
    path: str, stored: message.Message, mutable: frozenset[str], *, is_alone: bool
) -> Iterable[tuple[str, str]]:
    """Lists what is wrong with one path of a mask."""
    if path == EVERYTHING:
        if not is_alone:
            yield reasons.UNKNOWN_PATH, "must stand alone"
    elif path not in stored.DESCRIPTOR.fields_by_name:
        yield reasons.UNKNOWN_PATH, "is no field of the resource"
    elif path not in mutable:
        yield reasons.NOT_MUTABLE, "may not be changed this way"


def missing_references(tx: Transaction, references: Iterable[tuple[str, str, str]]) -> list[Violation]:
    """Lists the references to resources that do not exist.

    Args:
        tx: The command.
        references: (field path, collection, full name) each; an empty name is no reference.
    """
    return [
        Violation(field, reasons.UNKNOWN_REFERENCE, f"there is no {names.SINGULAR[collection]} {name}")
        for field, collection, name in references
        if name and tx.find(collection, names.id_of(name)) is None
    ]


def outside_region(tx: Transaction, location: LatLng, field: str) -> list[Violation]:
    """Lists the violation of a place too far from the region's centre, if it is one."""
    distance_m = great_circle_m(tx.region.center, location)
    if distance_m <= MAX_FROM_CENTER_M:
        return []
    text = f"lies {distance_m / 1000:.0f} km from the region's centre, at most {MAX_FROM_CENTER_M / 1000:.0f} allowed"
    return [Violation(field, reasons.OUTSIDE_REGION, text)]


def great_circle_m(a: LatLng, b: LatLng) -> float:
    """Returns the great-circle distance in metres (haversine)."""
    lat_a, lat_b = math.radians(a.lat_deg), math.radians(b.lat_deg)
    half_lat, half_lon = (lat_b - lat_a) / 2, math.radians(b.lon_deg - a.lon_deg) / 2
    chord = math.sin(half_lat) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(chord)))
