"""Rules of names that refer to other resources of the same region."""

from __future__ import annotations

from collections.abc import Iterable

from pydispatch_server import names, reasons
from pydispatch_server.rules.report import Report


def check_reference(name: str, collection: str, region: str, field: str, report: Report) -> None:
    """Notes a name that is not of its form or belongs to another region. Empty is no reference."""
    if not name:
        return
    parsed = names.parse(name, collection)
    if parsed is None:
        report.add(field, reasons.BAD_FORMAT, f"must be regions/{{region}}/{collection}/{{id}}")
    elif parsed.region != region:
        report.add(field, reasons.WRONG_REGION, f"must be in regions/{region}")


def check_references(given: Iterable[str], collection: str, region: str, field: str, report: Report) -> None:
    """Notes bad names in a list, and names that occur twice."""
    seen: set[str] = set()
    for index, name in enumerate(given):
        check_reference(name, collection, region, f"{field}[{index}]", report)
        if name in seen:
            report.add(f"{field}[{index}]", reasons.DUPLICATE, "occurs earlier in the list")
        seen.add(name)


def parent_region(parent: str) -> str:
    """Returns the region of "regions/{region}", or an empty text for anything else."""
    return parent.removeprefix("regions/") if parent.startswith("regions/") else ""


def check_text_key(key: str, field: str, report: Report) -> None:
    """Notes a key that databases cannot hold as text."""
    if "\0" in key:
        report.add(field, reasons.BAD_FORMAT, "must not contain the character NUL")
