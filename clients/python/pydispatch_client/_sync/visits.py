# Made from _async/visits.py by `make client-sync`: edit that file.
"""Visits: one attendance at a site."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydispatch_client import messages as m
from pydispatch_client import methods
from pydispatch_client._sync.paging import walk
from pydispatch_client.transport import Transport


class Visits:
    """Reads visits and takes what technicians report about them."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(self, name: str, *, timeout_s: float | None = None) -> m.Visit:
        """Reads the visit "regions/{region}/visits/{visit}"."""
        return (self._transport.unary(methods.GET_VISIT, m.GetVisitRequest(name=name), timeout_s)).visit

    def list_page(
        self,
        parent: str,
        *,
        states: Iterable[m.VisitState] = (),
        technician: str = "",
        page_size: int = 0,
        page_token: str = "",
        timeout_s: float | None = None,
    ) -> m.ListVisitsResponse:
        """Reads one page of the visits of "regions/{region}", ordered by name."""
        request = m.ListVisitsRequest(
            parent=parent, states=states, technician=technician, page_size=page_size, page_token=page_token
        )
        return self._transport.unary(methods.LIST_VISITS, request, timeout_s)

    def list(
        self,
        parent: str,
        *,
        states: Iterable[m.VisitState] = (),
        technician: str = "",
        page_size: int = 0,
        timeout_s: float | None = None,
    ) -> Iterator[m.Visit]:
        """Yields the visits of "regions/{region}", ordered by name.

        Args:
            parent: "regions/{region}".
            states: Only visits in these states; none means all.
            technician: Only visits placed with this technician, by resource name; empty means all.
            page_size: Visits read at once, 0 to 1000; 0 means 100.
            timeout_s: Deadline of each page; None takes the default of reads.
        """
        kept_states = tuple(states)
        for page in walk(
            lambda token: self.list_page(
                parent,
                states=kept_states,
                technician=technician,
                page_size=page_size,
                page_token=token,
                timeout_s=timeout_s,
            )
        ):
            yield from page.visits

    def report_progress(
        self,
        name: str,
        technician: str,
        event: m.VisitEvent,
        *,
        reason: str = "",
        request_id: str | None = None,
        timeout_s: float | None = None,
    ) -> m.Visit:
        """Takes one step of a visit as reported by its technician.

        Args:
            name: "regions/{region}/visits/{visit}".
            technician: Who reports, "regions/{region}/technicians/{technician}".
            event: What happened.
            reason: Why, for DECLINE and FAIL.
            request_id: Key for safe repeats; None makes a new one.
            timeout_s: Deadline; None takes the default of writes.

        Raises:
            FailedPrecondition: The visit's state does not allow the step, or another technician has it.
        """
        request = m.ReportVisitProgressRequest(
            name=name,
            technician=technician,
            event=event,
            reason=reason,
            request_id=self._transport.request_id(request_id),
        )
        return (self._transport.unary(methods.REPORT_VISIT_PROGRESS, request, timeout_s)).visit
