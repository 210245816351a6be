"""Names are built as the contract spells them, and come apart again."""

from __future__ import annotations

import pytest
from pydispatch_client import names

BUILT = {
    names.region("sf"): "regions/sf",
    names.technician("sf", "ann"): "regions/sf/technicians/ann",
    names.service("sf", "leak"): "regions/sf/services/leak",
    names.customer("sf", "c"): "regions/sf/customers/c",
    names.booking("sf", "b"): "regions/sf/bookings/b",
    names.visit("sf", "v"): "regions/sf/visits/v",
    names.batch("sf", "may"): "regions/sf/batches/may",
    names.geofence("sf", "depot"): "regions/sf/geofences/depot",
    names.plan("sf"): "regions/sf/plan",
    names.audit_record("sf", 7): "regions/sf/auditRecords/7",
    names.audit_checkpoint("sf", 7): "regions/sf/auditCheckpoints/7",
    names.audit_checkpoint("sf"): "regions/sf/auditCheckpoints/latest",
}


@pytest.mark.parametrize(("built", "expected"), BUILT.items())
def test_names_are_spelled_as_in_the_contract(built: str, expected: str) -> None:
    assert built == expected
    assert names.region_id(built) == "sf"
    assert names.last_id(built) == expected.split("/")[-1]


@pytest.mark.parametrize("name", ["", "regions", "regions/", "cities/sf", "sf"])
def test_a_name_without_a_region_is_an_error(name: str) -> None:
    with pytest.raises(ValueError, match="regions/"):
        names.region_id(name)
