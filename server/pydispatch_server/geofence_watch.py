"""The streams of WatchGeofenceEvents: events as they happen, heartbeats in silence, RESYNC when some are lost.

The engine keeps the newest events of a region; a watcher that falls behind further than that is told so.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from pydispatch_protos.dispatch.engine.v1.engine_pb2 import GeofenceEvents
from pydispatch_protos.dispatch.v1 import geofence_service_pb2 as pb

from pydispatch_server.owner import RegionOwner
from pydispatch_server.watch import read_token, write_token

# Events asked of the engine at once.
BATCH: Final = 500
# The engine counts from 0 whenever it is made. With the epoch in front, the sequences of a region only grow.
EPOCH_SHIFT: Final = 32


class _Cursor:
    """Where one watcher stands."""

    def __init__(self, owner: RegionOwner, resume_token: str) -> None:
        # A token of WatchPlan is no token of this watch.
        self._scope = f"{owner.state.id}/geofences"
        self._epoch = owner.state.epoch
        self.sequence = owner.engine.geofence_sequence()
        self.is_lost = False
        if resume_token:
            token = read_token(resume_token, self._scope)
            self.is_lost = token.epoch != self._epoch
            self.sequence = self.sequence if self.is_lost else token.sequence

    def message(self, kind: pb.GeofenceEventType) -> bytes:
        """Writes a message about the stream itself."""
        return self.write(pb.WatchGeofenceEventsResponse(type=kind, sequence=self.sequence))

    def write(self, event: pb.WatchGeofenceEventsResponse) -> bytes:
        """Writes an event of the engine as the caller sees it."""
        event.resume_token = write_token(self._scope, self._epoch, event.sequence)
        event.sequence += self._epoch << EPOCH_SHIFT
        return event.SerializeToString()


async def stream(
    owner: RegionOwner, request: pb.WatchGeofenceEventsRequest, heartbeat_s: float
) -> AsyncIterator[bytes]:
    """Sends what one watcher wants to hear, until the call or the server ends.

    Without a token the first message is a heartbeat: from its token on nothing will be missed.

    Args:
        owner: Owner of the region.
        request: What the watcher wants, checked.
        heartbeat_s: Silence after which a heartbeat is sent.

    Raises:
        InvalidRequest: The resume token was not given by a watch of this region.
        Overloaded: The region has as many watchers as it takes.
    """
    cursor, feed = _Cursor(owner, request.resume_token), owner.live_feed
    geofences, technicians = frozenset(request.geofences), frozenset(request.technicians)
    with feed.watching():
        if cursor.is_lost:
            yield cursor.message(pb.GEOFENCE_EVENT_TYPE_RESYNC)
        elif not request.resume_token:
            yield cursor.message(pb.GEOFENCE_EVENT_TYPE_HEARTBEAT)
        while not feed.is_closed:
            heard = feed.happened.rings
            found = GeofenceEvents.FromString(owner.engine.geofence_events(cursor.sequence, BATCH))
            if found.is_too_old:
                cursor.sequence = found.newest_sequence
                yield cursor.message(pb.GEOFENCE_EVENT_TYPE_RESYNC)
                continue
            for event in found.events:
                cursor.sequence = event.sequence
                if (not geofences or event.geofence in geofences) and (
                    not technicians or event.technician in technicians
                ):
                    yield cursor.write(event)
            if not found.events and not await feed.happened.wait(heard, heartbeat_s):
                yield cursor.message(pb.GEOFENCE_EVENT_TYPE_HEARTBEAT)
