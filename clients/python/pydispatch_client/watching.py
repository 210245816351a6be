"""What a watcher remembers between two streams, so that a break is invisible to its caller. No IO here."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Generic, Protocol, TypeVar

from pydispatch_client import errors
from pydispatch_client import messages as m


def is_broken_stream(error: errors.DispatchClientError) -> bool:
    """Returns True when opening the stream again may help.

    A stream is broken by the transport or a stopping server; an `Internal` that carries a reason is the server's own
    word about this request, and would only be repeated.
    """
    if isinstance(error, errors.Internal):
        return not error.reason
    return isinstance(error, errors.Unavailable | errors.ResourceExhausted | errors.Cancelled)


def retry_after_s(error: errors.DispatchClientError | None) -> float | None:
    """Returns the wait that the server asked for, if any."""
    if isinstance(error, errors.Unavailable | errors.ResourceExhausted):
        return error.retry_after_s
    return None


class Event(Protocol):
    """A message of a stream that can be resumed."""

    @property
    def type(self) -> int:
        """What the message is."""
        ...

    @property
    def sequence(self) -> int:
        """Number of the event."""
        ...

    @property
    def resume_token(self) -> str:
        """Token to resume after the message, empty when there is none."""
        ...


EventT = TypeVar("EventT", bound=Event)
AnyEventT = TypeVar("AnyEventT")


class Resumable(Protocol[AnyEventT]):
    """What a watcher remembers between two streams."""

    def next_request(self) -> Any:
        """Returns the request that opens the next stream."""
        ...

    def accept(self, event: AnyEventT, /) -> bool:
        """Notes an event and returns whether the caller should see it."""
        ...

    def restart(self) -> AnyEventT | None:
        """Prepares for a new stream; returns what the caller must be told first, if anything."""
        ...


class Cursor(Generic[EventT]):
    """Where a watcher is: the token to resume with and the newest event seen."""

    def __init__(self, request: Any, *, numbered: Collection[int], resync: EventT) -> None:
        """Begins where the request's own `resume_token` says.

        Args:
            request: The first request; it has a `resume_token`.
            numbered: Types of events whose sequence is strictly increasing.
            resync: The event that says to forget everything.
        """
        self._request = request
        self._numbered = frozenset(numbered)
        self._resync = resync
        self._resume_token: str = self._request.resume_token
        self._sequence = 0
        self._has_delivered = False

    def next_request(self) -> Any:
        """Returns the request that opens the next stream."""
        request = type(self._request)()
        request.CopyFrom(self._request)
        request.resume_token = self._resume_token
        return request

    def accept(self, event: EventT) -> bool:
        """Notes an event and returns whether the caller has not seen it yet."""
        if event.type in self._numbered and event.sequence <= self._sequence:
            return False
        if event.type in self._numbered or event.type == self._resync.type:
            self._sequence = event.sequence
        if event.resume_token:
            self._resume_token = event.resume_token
        self._has_delivered = True
        return True

    def restart(self) -> EventT | None:
        """Prepares for a new stream.

        Returns:
            A RESYNC for the caller when the new stream cannot go on where the old one broke, None otherwise.
        """
        if self._resume_token or not self._has_delivered:
            return None
        self._sequence = 0
        self._has_delivered = False
        return self._resync


def plan_cursor(request: m.WatchPlanRequest) -> Cursor[m.WatchPlanResponse]:
    """Returns a cursor over the events of a plan."""
    kinds = m.PlanEventType
    return Cursor(
        request,
        numbered=[kinds.PLAN_EVENT_TYPE_VISIT_CHANGED, kinds.PLAN_EVENT_TYPE_BUNDLE],
        resync=m.WatchPlanResponse(type=kinds.PLAN_EVENT_TYPE_RESYNC),
    )


def geofence_cursor(
    request: m.WatchGeofenceEventsRequest,
) -> Cursor[m.WatchGeofenceEventsResponse]:
    """Returns a cursor over what happens at geofences."""
    kinds = m.GeofenceEventType
    return Cursor(
        request,
        numbered=[
            kinds.GEOFENCE_EVENT_TYPE_ENTER,
            kinds.GEOFENCE_EVENT_TYPE_EXIT,
            kinds.GEOFENCE_EVENT_TYPE_DWELL,
            kinds.GEOFENCE_EVENT_TYPE_CROSS,
        ],
        resync=m.WatchGeofenceEventsResponse(type=kinds.GEOFENCE_EVENT_TYPE_RESYNC),
    )


class LocationPicture:
    """Who a watcher of locations was told of, so that a break can be told as everybody leaving."""

    def __init__(self, request: m.WatchLocationsRequest) -> None:
        self._request = request
        self._technician_ids: set[str] = set()

    def next_request(self) -> m.WatchLocationsRequest:
        """Returns the request that opens the next stream."""
        return self._request

    def accept(self, update: m.WatchLocationsResponse) -> bool:
        """Notes an update, which the caller always wants."""
        self._technician_ids.update(position.technician_id for position in update.positions)
        self._technician_ids.difference_update(update.gone_technician_ids)
        return True

    def restart(self) -> m.WatchLocationsResponse | None:
        """Returns an update by which everybody is gone, None when nobody was there."""
        if not self._technician_ids:
            return None
        gone = m.WatchLocationsResponse(gone_technician_ids=sorted(self._technician_ids))
        self._technician_ids.clear()
        return gone
