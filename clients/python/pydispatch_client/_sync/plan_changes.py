# Made from _async/plan_changes.py by `make client-sync`: edit that file.
"""Changes of the plan: by hand, by what happened, seen beforehand, and by searching for a better plan."""

from __future__ import annotations

from collections.abc import Iterable

from pydispatch_client import messages as m
from pydispatch_client import methods
from pydispatch_client.transport import Transport

Disruption = (
    m.TechnicianOffline | m.TechnicianSick | m.VehicleBreakdown | m.VisitLate | m.VisitOverrun | m.CustomerNoShow
)


class PlanChanges:
    """The part of the dispatch service that changes the plan."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def assign_visit(
        self,
        name: str,
        technician: str,
        *,
        position: int | None = None,
        etag: str = "",
        request_id: str | None = None,
        timeout_s: float | None = None,
    ) -> m.AssignVisitResponse:
        """Puts a visit (by resource name) with a technician (by resource name). Hard rules still hold.

        Args:
            name: "regions/{region}/visits/{visit}".
            technician: Who shall do it.
            position: Among the technician's stops not yet finished, from 0; None takes the cheapest.
            etag: Of the visit as read; refused with Conflict when it has changed since.
            request_id: Key for safe retries; None makes one.
            timeout_s: Deadline; None takes the default of writes.

        Raises:
            FailedPrecondition: RULE_BROKEN; the metadata say the rule and by how much.
        """
        request = m.AssignVisitRequest(
            name=name,
            technician=technician,
            position=position,
            etag=etag,
            request_id=self._transport.request_id(request_id),
        )
        return self._transport.unary(methods.ASSIGN_VISIT, request, timeout_s)

    def unassign_visit(
        self,
        name: str,
        *,
        exclude_technician: bool = False,
        etag: str = "",
        request_id: str | None = None,
        timeout_s: float | None = None,
    ) -> m.UnassignVisitResponse:
        """Takes a visit off its route; with `exclude_technician` whoever had it never gets it again."""
        request = m.UnassignVisitRequest(
            name=name,
            exclude_technician=exclude_technician,
            etag=etag,
            request_id=self._transport.request_id(request_id),
        )
        return self._transport.unary(methods.UNASSIGN_VISIT, request, timeout_s)

    def pin_visit(
        self,
        name: str,
        *,
        technician: bool = False,
        start_time: bool = False,
        position: bool = False,
        etag: str = "",
        request_id: str | None = None,
        timeout_s: float | None = None,
    ) -> m.PinVisitResponse:
        """Pins parts of a visit as they are planned now, in place of what was pinned before; the planner leaves them.

        Args:
            name: "regions/{region}/visits/{visit}".
            technician: Whether it stays with its technician.
            start_time: Whether it starts when it is planned to start.
            position: Whether only what is planned before it comes before it, in that order; pins the technician too.
            etag: Of the visit as read; Aborted when it has changed since.
            request_id: Key for safe retries; None makes one.
            timeout_s: Deadline; None takes the default of writes.

        Raises:
            InvalidArgument: No part is named.
            FailedPrecondition: ILLEGAL_TRANSITION; the visit has no place, is under way, or that part cannot be pinned.
        """
        request = m.PinVisitRequest(
            name=name,
            pin_technician=technician,
            pin_start_time=start_time,
            pin_position=position,
            etag=etag,
            request_id=self._transport.request_id(request_id),
        )
        return self._transport.unary(methods.PIN_VISIT, request, timeout_s)

    def unpin_visit(
        self, name: str, *, etag: str = "", request_id: str | None = None, timeout_s: float | None = None
    ) -> m.UnpinVisitResponse:
        """Lets everything go that is pinned about a visit (by resource name)."""
        request = m.UnpinVisitRequest(name=name, etag=etag, request_id=self._transport.request_id(request_id))
        return self._transport.unary(methods.UNPIN_VISIT, request, timeout_s)

    def insert_emergency(
        self,
        parent: str,
        booking: m.Booking,
        *,
        booking_id: str = "",
        max_moved_visits: int | None = None,
        request_id: str | None = None,
        timeout_s: float | None = None,
    ) -> m.InsertEmergencyResponse:
        """Books an emergency in "regions/{region}" and places it at once.

        Args:
            parent: The region.
            booking: What is needed; its priority becomes EMERGENCY.
            booking_id: Identifier of the booking; empty lets the server choose.
            max_moved_visits: Most visits that may go to another technician to make room; None sets no bound.
            request_id: Key for safe retries; None makes one.
            timeout_s: Deadline; None takes the default of writes.

        Returns:
            The booking, its visit, and what it did to others.
        """
        request = m.InsertEmergencyRequest(
            parent=parent,
            booking=booking,
            booking_id=booking_id,
            max_moved_visits=max_moved_visits,
            request_id=self._transport.request_id(request_id),
        )
        return self._transport.unary(methods.INSERT_EMERGENCY, request, timeout_s)

    def report_disruption(
        self,
        parent: str,
        disruption: Disruption,
        *,
        max_moved_visits: int | None = None,
        request_id: str | None = None,
        timeout_s: float | None = None,
    ) -> m.ReportDisruptionResponse:
        """Tells what broke the plan; the answer is the smallest change that mends it, and its price.

        Args:
            parent: "regions/{region}".
            disruption: What happened.
            max_moved_visits: Most visits that may go to another technician; None sets no bound.
            request_id: Key for safe retries; None makes one.
            timeout_s: Deadline; None takes the default of writes.
        """
        request = disruption_request(parent, disruption, max_moved_visits)
        request.request_id = self._transport.request_id(request_id)
        return self._transport.unary(methods.REPORT_DISRUPTION, request, timeout_s)

    def preview_assignment(
        self, name: str, technician: str, *, position: int | None = None, timeout_s: float | None = None
    ) -> m.PlanProposal:
        """Works out what putting a visit with a technician would do. Nothing changes."""
        change = m.AssignVisitRequest(name=name, technician=technician, position=position)
        return self._preview(m.PreviewPlanChangeRequest(parent=_region(name), assign_visit=change), timeout_s)

    def preview_unassignment(
        self, name: str, *, exclude_technician: bool = False, timeout_s: float | None = None
    ) -> m.PlanProposal:
        """Works out what taking a visit off its route would do. Nothing changes."""
        change = m.UnassignVisitRequest(name=name, exclude_technician=exclude_technician)
        return self._preview(m.PreviewPlanChangeRequest(parent=_region(name), unassign_visit=change), timeout_s)

    def preview_emergency(
        self,
        parent: str,
        booking: m.Booking,
        *,
        booking_id: str = "",
        max_moved_visits: int | None = None,
        timeout_s: float | None = None,
    ) -> m.PlanProposal:
        """Works out what an emergency would do. Nothing is booked."""
        change = m.InsertEmergencyRequest(
            parent=parent, booking=booking, booking_id=booking_id, max_moved_visits=max_moved_visits
        )
        return self._preview(m.PreviewPlanChangeRequest(parent=parent, insert_emergency=change), timeout_s)

    def preview_disruption(
        self,
        parent: str,
        disruption: Disruption,
        *,
        max_moved_visits: int | None = None,
        timeout_s: float | None = None,
    ) -> m.PlanProposal:
        """Works out what a disruption would do. Nothing changes."""
        change = disruption_request(parent, disruption, max_moved_visits)
        return self._preview(m.PreviewPlanChangeRequest(parent=parent, report_disruption=change), timeout_s)

    def preview_reoptimization(
        self,
        name: str,
        *,
        budget_ms: int = 0,
        max_moved_visits: int | None = None,
        seed: int = 0,
        timeout_s: float | None = None,
    ) -> m.PlanProposal:
        """Searches for a better plan and tells what it would do. Nothing changes."""
        change = m.ReoptimizePlanRequest(name=name, budget_ms=budget_ms, max_moved_visits=max_moved_visits, seed=seed)
        return self._preview(m.PreviewPlanChangeRequest(parent=_region(name), reoptimize_plan=change), timeout_s)

    def commit(
        self, proposal: m.PlanProposal, *, request_id: str | None = None, timeout_s: float | None = None
    ) -> m.CommitPlanProposalResponse:
        """Makes a proposed change exactly as it was proposed.

        Raises:
            Conflict: A route concerned has changed since: preview again.
            NotFound: The proposal has expired.
        """
        request = m.CommitPlanProposalRequest(
            name=proposal.name, etag=proposal.etag, request_id=self._transport.request_id(request_id)
        )
        return self._transport.unary(methods.COMMIT_PLAN_PROPOSAL, request, timeout_s)

    def reoptimize(
        self,
        name: str,
        *,
        budget_ms: int = 0,
        max_moved_visits: int | None = None,
        seed: int = 0,
        request_id: str | None = None,
        timeout_s: float | None = None,
    ) -> m.ReoptimizePlanResponse:
        """Searches for a better plan for some time and makes what is found.

        Args:
            name: "regions/{region}/plan".
            budget_ms: Longest time to search, 1 to 60,000; 0 means a second.
            max_moved_visits: Most visits that may go to another technician; None sets no bound.
            seed: Where the search begins.
            request_id: Key for safe retries; None makes one.
            timeout_s: Deadline; None takes the default of planning.
        """
        request = m.ReoptimizePlanRequest(
            name=name,
            budget_ms=budget_ms,
            max_moved_visits=max_moved_visits,
            seed=seed,
            request_id=self._transport.request_id(request_id),
        )
        return self._transport.unary(methods.REOPTIMIZE_PLAN, request, timeout_s)

    def _preview(self, request: m.PreviewPlanChangeRequest, timeout_s: float | None) -> m.PlanProposal:
        return (self._transport.unary(methods.PREVIEW_PLAN_CHANGE, request, timeout_s)).proposal


def disruption_request(
    parent: str,
    disruption: Disruption,
    max_moved_visits: int | None,
) -> m.ReportDisruptionRequest:
    """Makes the request that tells a disruption."""
    request = m.ReportDisruptionRequest(parent=parent, max_moved_visits=max_moved_visits)
    fields: Iterable[str] = (field.name for field in request.DESCRIPTOR.oneofs_by_name["disruption"].fields)
    field = next(field for field in fields if isinstance(disruption, type(getattr(request, field))))
    getattr(request, field).CopyFrom(disruption)
    return request


def _region(name: str) -> str:
    """Returns "regions/{region}" of a resource name."""
    return "/".join(name.split("/")[:2])
