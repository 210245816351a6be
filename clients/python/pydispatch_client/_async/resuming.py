"""Watches a stream that can be resumed, across as many breaks as the options' backoff allows."""

from __future__ import annotations

from asyncio import sleep
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from pydispatch_client.errors import DispatchClientError
from pydispatch_client.methods import Method
from pydispatch_client.transport import AsyncTransport
from pydispatch_client.watching import AnyEventT, Resumable, is_broken_stream, retry_after_s


async def watch(
    transport: AsyncTransport, method: Method[Any, Any], cursor: Resumable[AnyEventT]
) -> AsyncGenerator[AnyEventT, None]:
    """Yields every event once.

    Args:
        transport: What to call over.
        method: The RPC; its stream does not end by itself.
        cursor: Remembers where the caller is, and says what to tell it first after a break.

    Raises:
        DispatchClientError: The server refused, or stayed away longer than the options' backoff allows.
    """
    timer = transport.backoff_timer()
    while True:
        broken_by: DispatchClientError | None = None
        try:
            async with aclosing(transport.server_stream(method, cursor.next_request())) as events:
                async for event in events:
                    timer.reset()
                    if cursor.accept(event):
                        yield event
        except DispatchClientError as error:
            if transport.is_closed or not is_broken_stream(error):
                raise
            broken_by = error
        delay_s = timer.next_delay_s(retry_after_s(broken_by))
        if delay_s is None:
            if broken_by is None:
                return
            raise broken_by
        transport.tell_break(method, broken_by, delay_s)
        await sleep(delay_s)
        first = cursor.restart()
        if first is not None:
            yield first
