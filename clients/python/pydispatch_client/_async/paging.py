"""Walks the pages of a List call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol, TypeVar

import grpc

from pydispatch_client.errors import DispatchClientError, Failure

# 100,000 pages of 1000 are more than any region holds; a server that never ends is stopped here.
MAX_PAGES = 100_000


class Page(Protocol):
    """A List response."""

    next_page_token: str


PageT = TypeVar("PageT", bound=Page)


async def walk(fetch: Callable[[str], Awaitable[PageT]]) -> AsyncIterator[PageT]:
    """Yields page after page.

    Args:
        fetch: Reads the page that a token names; "" names the first.

    Raises:
        DispatchClientError: The server names the same page again, or more than `MAX_PAGES` pages.
    """
    token = ""
    for _ in range(MAX_PAGES):
        page = await fetch(token)
        yield page
        if not page.next_page_token:
            return
        if page.next_page_token == token:
            break
        token = page.next_page_token
    raise DispatchClientError(Failure(grpc.StatusCode.INTERNAL, "the server's pages do not come to an end"))
