"""What technicians know of the plan: the visits of WatchPlan, kept up to date, as orders for each of them."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any

import grpc
import grpc.aio
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2, types_pb2, visit_service_pb2

from pydispatch_cli.simulate.link import RETRIED, RETRY_PAUSE_S, Link
from pydispatch_cli.simulate.technicians import Order

LEAVE_EARLY_FACTOR = 1.2
"""A technician allows this much more than the planned drive when there is time to spare."""

LEAVE_EARLY_S = 60

SYNC_LIMIT_S = 60.0

OPEN_STATES = frozenset(
    {
        types_pb2.VISIT_STATE_PLANNED,
        types_pb2.VISIT_STATE_ACCEPTED,
        types_pb2.VISIT_STATE_EN_ROUTE,
        types_pb2.VISIT_STATE_ARRIVED,
        types_pb2.VISIT_STATE_IN_SERVICE,
    }
)


@dataclass(frozen=True, slots=True)
class Known:
    """One visit as last heard of."""

    name: str
    state: int
    technician_id: str
    position: int
    start_s: int
    travel_s: int
    reason: str

    @property
    def depart_s(self) -> float:
        """Second before which there is no point in leaving for it."""
        return self.start_s - LEAVE_EARLY_FACTOR * self.travel_s - LEAVE_EARLY_S


class Planbook:
    """Follows WatchPlan in the background.

    Attributes:
        visits: Call identifier to its visit.
        move_count: How often a visit went from one technician to another.
        resync_count: How often the server told to begin anew.
    """

    def __init__(self, link: Link, region_name: str) -> None:
        self._link = link
        self._plan_name = f"{region_name}/plan"
        self._routes: dict[str, set[str]] = {}
        self._changed: set[str] = set()
        self._sequence = 0
        self._token = ""
        self._heard = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None
        self.visits: dict[str, Known] = {}
        self.move_count = 0
        self.resync_count = 0

    def start(self) -> None:
        """Begins to listen."""
        self._task = asyncio.create_task(self._listen())

    async def close(self) -> None:
        """Stops listening."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def wait_for(self, sequence: int) -> None:
        """Waits until every change up to `sequence` has been heard.

        Raises:
            TimeoutError: It was not heard within SYNC_LIMIT_S.
        """
        async with asyncio.timeout(SYNC_LIMIT_S), self._heard:
            await self._heard.wait_for(lambda: self._sequence >= sequence or self._is_done())
        if self._task is not None and self._task.done():
            self._task.result()

    def take_changed(self) -> set[str]:
        """Returns the technicians whose orders have changed since this was last asked."""
        changed, self._changed = self._changed, set()
        return changed

    def orders(self, technician_id: str) -> list[Order]:
        """Returns the visits of a technician in the order planned; those not yet begun."""
        known = [
            (visit.start_s, visit.position, call_id, visit)
            for call_id in self._routes.get(technician_id, ())
            if (visit := self.visits[call_id]).state not in _AT_SITE
        ]
        # A visit under way comes first, whatever its time.
        known.sort(key=lambda item: (item[3].state != types_pb2.VISIT_STATE_EN_ROUTE, *item[:3]))
        return [Order(call_id, visit.depart_s) for _, _, call_id, visit in known]

    def count_by_state(self) -> Counter[str]:
        """Returns how many visits are in each state, without the prefix of the contract."""
        names = Counter(visit.state for visit in self.visits.values())
        return Counter(
            {types_pb2.VisitState.Name(state).removeprefix("VISIT_STATE_"): count for state, count in names.items()}
        )

    def _is_done(self) -> bool:
        return self._task is None or self._task.done()

    async def _listen(self) -> None:
        while True:
            request = dispatch_service_pb2.WatchPlanRequest(name=self._plan_name, resume_token=self._token)
            try:
                async for message in self._link.dispatch.WatchPlan(request):
                    await self._take(message)
            except grpc.aio.AioRpcError as error:
                if error.code() not in RETRIED:
                    async with self._heard:
                        self._heard.notify_all()
                    raise
            await asyncio.sleep(RETRY_PAUSE_S)

    async def _take(self, message: Any) -> None:
        if message.type == dispatch_service_pb2.PLAN_EVENT_TYPE_RESYNC:
            self.resync_count += 1
            self._changed.update(self._routes)
            self._routes.clear()
            self.visits.clear()
        if message.HasField("visit"):
            self._learn(message.visit)
        if message.resume_token:
            self._token = message.resume_token
        if message.sequence > self._sequence:
            async with self._heard:
                self._sequence = message.sequence
                self._heard.notify_all()

    def _learn(self, visit: visit_service_pb2.Visit) -> None:
        call_id = visit.site.external_id
        new = _known(visit)
        old = self.visits.get(call_id)
        self.visits[call_id] = new
        if old is not None and old.technician_id and old.technician_id != new.technician_id:
            self._routes[old.technician_id].discard(call_id)
            self._changed.add(old.technician_id)
            self.move_count += bool(new.technician_id)
        if new.technician_id:
            self._routes.setdefault(new.technician_id, set()).add(call_id)
            self._changed.add(new.technician_id)


# Most technicians lack the trade of any visit: that alone explains nothing.
_UNQUALIFIED = frozenset({types_pb2.RULE_SKILL, types_pb2.RULE_CERTIFICATE, types_pb2.RULE_AVAILABILITY})
_AT_SITE = frozenset({types_pb2.VISIT_STATE_ARRIVED, types_pb2.VISIT_STATE_IN_SERVICE})


def _known(visit: visit_service_pb2.Visit) -> Known:
    placement = visit.placement
    is_open = visit.state in OPEN_STATES
    return Known(
        name=visit.name,
        state=visit.state,
        technician_id=placement.technician.rpartition("/")[2] if is_open else "",
        position=placement.position,
        start_s=placement.start_time.seconds,
        travel_s=placement.travel_s,
        reason=_reason(visit),
    )


def _reason(visit: visit_service_pb2.Visit) -> str:
    """Returns what stands in the way of most technicians who are qualified, or the state of a visit on a route."""
    if visit.unassigned_reasons:
        reasons = [reason for reason in visit.unassigned_reasons if reason.rule not in _UNQUALIFIED]
        most = max(reasons or visit.unassigned_reasons, key=lambda reason: reason.technician_count)
        return types_pb2.Rule.Name(most.rule)
    return types_pb2.VisitState.Name(visit.state).removeprefix("VISIT_STATE_").lower()
