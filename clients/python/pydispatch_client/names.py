"""Resource names: built from identifiers and taken apart again.

`names.technician("sf", "ann")` is "regions/sf/technicians/ann". Nothing is checked here: the server checks names and
says which field is wrong.
"""

from __future__ import annotations


def region(region_id: str) -> str:
    """Returns "regions/{region}", the parent of everything in a region."""
    return f"regions/{region_id}"


def technician(region_id: str, technician_id: str) -> str:
    """Returns the name of a technician."""
    return f"regions/{region_id}/technicians/{technician_id}"


def service(region_id: str, service_id: str) -> str:
    """Returns the name of a service of the catalogue."""
    return f"regions/{region_id}/services/{service_id}"


def customer(region_id: str, customer_id: str) -> str:
    """Returns the name of a customer."""
    return f"regions/{region_id}/customers/{customer_id}"


def booking(region_id: str, booking_id: str) -> str:
    """Returns the name of a booking."""
    return f"regions/{region_id}/bookings/{booking_id}"


def visit(region_id: str, visit_id: str) -> str:
    """Returns the name of a visit."""
    return f"regions/{region_id}/visits/{visit_id}"


def batch(region_id: str, batch_id: str) -> str:
    """Returns the name of a batch."""
    return f"regions/{region_id}/batches/{batch_id}"


def geofence(region_id: str, geofence_id: str) -> str:
    """Returns the name of a geofence."""
    return f"regions/{region_id}/geofences/{geofence_id}"


def webhook(region_id: str, webhook_id: str) -> str:
    """Returns the name of a webhook."""
    return f"regions/{region_id}/webhooks/{webhook_id}"


def plan(region_id: str) -> str:
    """Returns the name of a region's plan."""
    return f"regions/{region_id}/plan"


def audit_record(region_id: str, sequence: int) -> str:
    """Returns the name of an audit record."""
    return f"regions/{region_id}/auditRecords/{sequence}"


def audit_checkpoint(region_id: str, size: int | None = None) -> str:
    """Returns the name of an audit checkpoint, of the newest for None."""
    return f"regions/{region_id}/auditCheckpoints/{'latest' if size is None else size}"


def region_id(name: str) -> str:
    """Returns the identifier of the region that a resource name lies in.

    Raises:
        ValueError: `name` does not begin with "regions/{region}".
    """
    segments = name.split("/", 2)
    if len(segments) < 2 or segments[0] != "regions" or not segments[1]:
        raise ValueError(f'"{name}" does not begin with "regions/" and an identifier')
    return segments[1]


def last_id(name: str) -> str:
    """Returns the last segment of a resource name, which is the resource's own identifier; "" for ""."""
    return name.rpartition("/")[2]
