# Made from _async/dispatch.py by `make client-sync`: edit that file.
"""Dispatch: who can take a visit, the plan as it stands, and the smallest change when life breaks it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing

from pydispatch_client import messages as m
from pydispatch_client import methods
from pydispatch_client._sync.plan_history import PlanHistory
from pydispatch_client._sync.resuming import watch
from pydispatch_client.watching import plan_cursor


class Dispatch(PlanHistory):
    """Answers who, when and why, and repairs the plan."""

    def recommend(
        self,
        parent: str,
        location: m.LatLng,
        *,
        service: str = "",
        required_skills: Iterable[m.SkillLevel] = (),
        required_certificates: Iterable[str] = (),
        start_window: m.TimeWindow | None = None,
        duration_s: int = 0,
        priority: m.Priority | None = None,
        max_results: int = 0,
        preferred_technician_id: str = "",
        excluded_technician_ids: Iterable[str] = (),
        required_languages: Iterable[str] = (),
        partners: Iterable[str] = (),
        parts: Iterable[m.PartCount] = (),
        explain_rejected: int = 0,
        timeout_s: float | None = None,
    ) -> m.RecommendTechniciansResponse:
        """Ranks the technicians who could take a visit, each with the price of every term. Changes nothing.

        Args:
            parent: "regions/{region}".
            location: Where the visit would be.
            service: Service whose demands apply, by resource name; empty means only what is said here.
            required_skills: Skills asked in addition.
            required_certificates: Certificates asked in addition.
            start_window: When it may start; None means now.
            duration_s: Time at the site in seconds; 0 means the service's.
            priority: None means the service's.
            max_results: How many, 1 to 20; 0 means 3.
            preferred_technician_id: Whom the customer would like.
            excluded_technician_ids: Who may not come.
            required_languages: Languages of which one must be spoken; empty means any.
            partners: Partners whose technicians may come, "-" for own staff; empty means the service's.
            parts: Parts that the visit takes; empty means the service's.
            explain_rejected: Most technicians told one by one who cannot take it, 0 to 1,000; 0 tells only counts.
            timeout_s: Deadline; None takes the default of searches.

        Returns:
            The technicians, best first, and why others or everybody cannot take it. Nobody is a result, not an error.
        """
        request = m.RecommendTechniciansRequest(
            parent=parent,
            location=location,
            service=service,
            required_skills=required_skills,
            required_certificates=required_certificates,
            start_window=start_window,
            duration_s=duration_s,
            priority=priority,
            max_results=max_results,
            preferred_technician_id=preferred_technician_id,
            excluded_technician_ids=excluded_technician_ids,
            required_languages=required_languages,
            partners=partners,
            parts=parts,
            explain_rejected=explain_rejected,
        )
        return self._transport.unary(methods.RECOMMEND_TECHNICIANS, request, timeout_s)

    def get_plan(self, name: str, *, technicians: Iterable[str] = (), timeout_s: float | None = None) -> m.Plan:
        """Reads the plan "regions/{region}/plan", or only the routes of these technicians."""
        request = m.GetPlanRequest(name=name, technicians=technicians)
        return (self._transport.unary(methods.GET_PLAN, request, timeout_s)).plan

    def watch_plan(
        self,
        name: str,
        *,
        technicians: Iterable[str] = (),
        batch: str = "",
        bundle_ms: int = 0,
        resume_token: str = "",
    ) -> Iterator[m.WatchPlanResponse]:
        """Yields the open visits as they are, then every change, without end.

        A broken stream is opened again where it broke, after a growing wait, and no change is yielded twice. An event
        of type RESYNC says: forget everything, a new initial state follows.

        Args:
            name: "regions/{region}/plan".
            technicians: Only visits of these technicians, by resource name; none means all.
            batch: Only visits of this batch; empty means all.
            bundle_ms: Changes of up to so many milliseconds come together in an event of type BUNDLE; 0 sends each by
                itself.
            resume_token: Token of the last event seen by an earlier watcher; empty begins with the initial state.

        Raises:
            DispatchClientError: The server refused, or stayed away longer than the options' backoff allows.
        """
        request = m.WatchPlanRequest(
            name=name, technicians=technicians, batch=batch, bundle_ms=bundle_ms, resume_token=resume_token
        )
        with closing(watch(self._transport, methods.WATCH_PLAN, plan_cursor(request))) as events:
            yield from events

    def report_technician_offline(
        self, parent: str, technician: str, *, request_id: str | None = None, timeout_s: float | None = None
    ) -> m.ReportDisruptionResponse:
        """Tells that a technician (by resource name) can no longer work; the answer is the change that mends it."""
        offline = m.TechnicianOffline(technician=technician)
        return self.report_disruption(parent, offline, request_id=request_id, timeout_s=timeout_s)

    def report_visit_late(
        self,
        parent: str,
        visit: str,
        delay_s: int,
        *,
        request_id: str | None = None,
        timeout_s: float | None = None,
    ) -> m.ReportDisruptionResponse:
        """Tells that a visit (by resource name) ends `delay_s` seconds later than planned now."""
        late = m.VisitLate(visit=visit, delay_s=delay_s)
        return self.report_disruption(parent, late, request_id=request_id, timeout_s=timeout_s)

    def check_plan(self, name: str, *, timeout_s: float | None = None) -> m.CheckPlanResponse:
        """Recomputes the feasibility of the plan "regions/{region}/plan" from its raw inputs."""
        return self._transport.unary(methods.CHECK_PLAN, m.CheckPlanRequest(name=name), timeout_s)
