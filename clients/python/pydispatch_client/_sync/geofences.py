# Made from _async/geofences.py by `make client-sync`: edit that file.
"""Geofences: places that technicians enter and leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing

from pydispatch_client import messages as m
from pydispatch_client import methods
from pydispatch_client._sync.paging import walk
from pydispatch_client._sync.resuming import watch
from pydispatch_client.transport import Transport
from pydispatch_client.watching import geofence_cursor


class Geofences:
    """Keeps the geofences of a region and tells who crosses them."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self,
        parent: str,
        geofence_id: str,
        geofence: m.Geofence,
        *,
        request_id: str | None = None,
        timeout_s: float | None = None,
    ) -> m.Geofence:
        """Creates a geofence.

        Args:
            parent: "regions/{region}".
            geofence_id: Identifier of the new geofence.
            geofence: The geofence; `name` is ignored, a circle or a polygon is required.
            request_id: Key for safe repeats; None makes a new one.
            timeout_s: Deadline; None takes the default of writes.
        """
        request = m.CreateGeofenceRequest(
            parent=parent,
            geofence_id=geofence_id,
            geofence=geofence,
            request_id=self._transport.request_id(request_id),
        )
        return (self._transport.unary(methods.CREATE_GEOFENCE, request, timeout_s)).geofence

    def get(self, name: str, *, timeout_s: float | None = None) -> m.Geofence:
        """Reads the geofence "regions/{region}/geofences/{geofence}"."""
        return (self._transport.unary(methods.GET_GEOFENCE, m.GetGeofenceRequest(name=name), timeout_s)).geofence

    def list_page(
        self, parent: str, *, page_size: int = 0, page_token: str = "", timeout_s: float | None = None
    ) -> m.ListGeofencesResponse:
        """Reads one page of the geofences of "regions/{region}", ordered by name."""
        request = m.ListGeofencesRequest(parent=parent, page_size=page_size, page_token=page_token)
        return self._transport.unary(methods.LIST_GEOFENCES, request, timeout_s)

    def list(self, parent: str, *, page_size: int = 0, timeout_s: float | None = None) -> Iterator[m.Geofence]:
        """Yields all geofences of "regions/{region}", ordered by name; `timeout_s` is for each page."""
        for page in walk(
            lambda token: self.list_page(parent, page_size=page_size, page_token=token, timeout_s=timeout_s)
        ):
            yield from page.geofences

    def update(
        self, geofence: m.Geofence, *, request_id: str | None = None, timeout_s: float | None = None
    ) -> m.Geofence:
        """Replaces a geofence; `name` says which, a set `etag` must match."""
        request = m.UpdateGeofenceRequest(geofence=geofence, request_id=self._transport.request_id(request_id))
        return (self._transport.unary(methods.UPDATE_GEOFENCE, request, timeout_s)).geofence

    def delete(
        self, name: str, *, etag: str = "", request_id: str | None = None, timeout_s: float | None = None
    ) -> None:
        """Deletes a geofence; nobody is told to have left it."""
        request = m.DeleteGeofenceRequest(name=name, etag=etag, request_id=self._transport.request_id(request_id))
        self._transport.unary(methods.DELETE_GEOFENCE, request, timeout_s)

    def watch_events(
        self,
        parent: str,
        *,
        geofences: Iterable[str] = (),
        technicians: Iterable[str] = (),
        resume_token: str = "",
    ) -> Iterator[m.WatchGeofenceEventsResponse]:
        """Yields what happens at geofences and sites from now on, without end.

        A broken stream is opened again where it broke, after a growing wait, and no event is yielded twice. An event of
        type RESYNC says that events were lost: read the state again.

        Args:
            parent: "regions/{region}".
            geofences: Only these geofences, by resource name; none means all.
            technicians: Only these technicians, by resource name; none means all.
            resume_token: Token of the last event seen by an earlier watcher; empty begins with the next event.

        Raises:
            DispatchClientError: The server refused, or stayed away longer than the options' backoff allows.
        """
        request = m.WatchGeofenceEventsRequest(
            parent=parent, geofences=geofences, technicians=technicians, resume_token=resume_token
        )
        with closing(watch(self._transport, methods.WATCH_GEOFENCE_EVENTS, geofence_cursor(request))) as events:
            yield from events
