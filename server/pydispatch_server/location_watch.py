"""The streams of WatchLocations: the newest positions of watched technicians, each at most once an interval.

The engine remembers what a watcher has seen and tells what is new, so a watcher that reads slowly misses the positions
in between and nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from pydispatch_protos.dispatch.v1.location_service_pb2 import WatchLocationsRequest

from pydispatch_server.owner import RegionOwner

DEFAULT_INTERVAL_MS: Final = 1000


async def stream(owner: RegionOwner, request: WatchLocationsRequest, pool: ThreadPoolExecutor) -> AsyncIterator[bytes]:
    """Sends what one watcher wants to see, until the call or the server ends. The first message comes at once.

    Args:
        owner: Owner of the region.
        request: Who is watched and how often, checked.
        pool: Threads for looking through the index.

    Raises:
        InvalidRequest: The request breaks a bound; every violation is listed.
        Overloaded: The region has as many watchers as it takes.
    """
    watch = owner.engine.watch_locations(request.SerializeToString())
    interval_s = (request.min_interval_ms or DEFAULT_INTERVAL_MS) / 1000
    feed, loop = owner.live_feed, asyncio.get_running_loop()
    with feed.watching():
        is_first = True
        while not feed.is_closed:
            heard = feed.moved.rings
            messages = await loop.run_in_executor(pool, watch.poll)
            if is_first and not messages:
                # Proves that the watch has begun.
                yield b""
            is_first = False
            for message in messages:
                yield message
            await feed.sleep(interval_s)
            await feed.moved.wait(heard, None)
