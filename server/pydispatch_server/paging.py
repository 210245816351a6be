"""Pages of lists: an opaque token says where the next page begins, and for which method and filters it was given."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from pydispatch_server import names, reasons
from pydispatch_server.errors import invalid_field

DEFAULT_PAGE_SIZE: Final = 100
# Most members looked at for one page; a page of a narrow filter may be short and still have a next one.
MAX_SCANNED: Final = 5000
_DIGEST_BYTES: Final = 8


def page(
    request: Any, walk: Callable[[str], Iterator[Any]], wants: Callable[[Any], bool] | None = None
) -> tuple[list[Any], str]:
    """Collects one page of a list.

    Args:
        request: A list request with page_size and page_token; its other fields are the filters.
        walk: Gives the members after an identifier in order.
        wants: Tells whether a member belongs to the list; None means all do.

    Returns:
        The members, and the token of the next page or an empty text.

    Raises:
        InvalidRequest: The token was not given for this list.
    """
    size = request.page_size or DEFAULT_PAGE_SIZE
    filters = _filters_digest(request)
    found: list[Any] = []
    last_id = _read_token(request.page_token, filters)
    for scanned, member in enumerate(walk(last_id)):
        if len(found) == size or scanned == MAX_SCANNED:
            return found, _write_token(last_id, filters)
        last_id = names.id_of(member.name)
        if wants is None or wants(member):
            found.append(member)
    return found, ""


def in_states(states: Iterable[int]) -> Callable[[Any], bool] | None:
    """Makes a filter of states; none given means all."""
    wanted = frozenset(states)
    return (lambda member: member.state in wanted) if wanted else None


def _filters_digest(request: Any) -> bytes:
    """Returns a digest of everything in the request but size and token."""
    filters = type(request)()
    filters.CopyFrom(request)
    filters.page_size = 0
    filters.page_token = ""
    data = request.DESCRIPTOR.full_name.encode() + filters.SerializeToString(deterministic=True)
    return hashlib.blake2b(data, digest_size=_DIGEST_BYTES).digest()


def _write_token(last_id: str, filters: bytes) -> str:
    """Makes the token of the page after `last_id`."""
    return base64.urlsafe_b64encode(filters + last_id.encode()).decode().rstrip("=")


def _read_token(token: str, filters: bytes) -> str:
    """Returns the identifier after which a page begins."""
    if not token:
        return ""
    try:
        data = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        last_id = data[_DIGEST_BYTES:].decode("ascii")
    except (binascii.Error, ValueError):
        data, last_id = b"", ""
    if not last_id or data[:_DIGEST_BYTES] != filters:
        raise invalid_field(
            "page_token", reasons.BAD_PAGE_TOKEN, "was not given by this method with the same parent and filters"
        )
    return last_id
