"""Our side of a run: the real server, told everything over gRPC, and obeyed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from pydispatch_protos.dispatch.v1 import (
    booking_service_pb2,
    catalog_service_pb2,
    clock_service_pb2,
    customer_service_pb2,
    dispatch_service_pb2,
    enterprise_batch_service_pb2,
    region_service_pb2,
    technician_service_pb2,
    types_pb2,
    visit_service_pb2,
)

from pydispatch_cli.simulate import messages
from pydispatch_cli.simulate.dispatcher import News, Observed
from pydispatch_cli.simulate.ledger import Progress, Step
from pydispatch_cli.simulate.link import Link, Refused
from pydispatch_cli.simulate.planbook import Planbook
from pydispatch_cli.simulate.server_process import ServerProcess
from pydispatch_cli.simulate.technicians import LateNotice, Order
from pydispatch_cli.simulate.uplink import Uplink
from pydispatch_cli.simulate.world import Call, Day

TECHNICIANS_A_CALL = 500
ROWS_A_MESSAGE = 100
CHECK_INTERVAL_S = 3600
KEPT_VIOLATIONS = 20
REFUSED = {grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.NOT_FOUND}


@dataclass(slots=True)
class Observations:
    """What was seen at the server's edge.

    Attributes:
        fix_count: Fixes sent.
        check_count: How often the plan was checked.
        violation_count: Violations found by all checks together.
        violations: The first of them, in words.
        disruptions: Sick leaves, overruns and cancellations told.
        moved: Visits that went to somebody else because of a sick leave or an overrun, by the server's answer.
        acknowledged: Calls whose booking the server has acknowledged.
        kills: How often the server was killed on purpose.
        lost: Acknowledged bookings that the server does not know at the end.
    """

    fix_count: int = 0
    check_count: int = 0
    violation_count: int = 0
    violations: list[str] = field(default_factory=list)
    disruptions: int = 0
    moved: int = 0
    acknowledged: set[str] = field(default_factory=set)
    kills: int = 0
    lost: list[str] = field(default_factory=list)


class Remote:
    """The dispatcher that asks a server.

    Args:
        day: The day to set up.
        link: Connection to the server.
        server: The server's process, to be killed once at `kill_at_s`.
        kill_at_s: Epoch second of the simulated day, None for never.
    """

    def __init__(self, day: Day, link: Link, server: ServerProcess, kill_at_s: int | None = None) -> None:
        self._day = day
        self._link = link
        self._server = server
        self._kill_at_s = kill_at_s
        self._region_name = f"regions/{day.region_id}"
        self._next_check_s = day.start_s + CHECK_INTERVAL_S
        self.uplink = Uplink(link, self._region_name)
        self.planbook = Planbook(link, self._region_name)
        self.seen = Observations()

    async def set_up(self) -> None:
        """Creates region, catalogue, technicians and enterprise customers, and begins to follow the plan."""
        day, link = self._day, self._link
        await link.call(
            "CreateRegion",
            link.regions.CreateRegion,
            region_service_pb2.CreateRegionRequest(region_id=day.region_id, region=messages.region(day)),
        )
        await link.together(
            link.call(
                "CreateService",
                link.catalog.CreateService,
                catalog_service_pb2.CreateServiceRequest(
                    parent=self._region_name, service_id=spec.service_id, service=messages.service(spec)
                ),
            )
            for spec in day.services.values()
        )
        for begin in range(0, len(day.technicians), TECHNICIANS_A_CALL):
            request = technician_service_pb2.BatchCreateTechniciansRequest(parent=self._region_name)
            for technician in day.technicians[begin : begin + TECHNICIANS_A_CALL]:
                request.technicians.add(
                    technician_id=technician.technician_id, technician=messages.technician(technician)
                )
            await link.call("BatchCreateTechnicians", link.technicians.BatchCreateTechnicians, request)
        for batch_id in day.batch_ids:
            await link.call(
                "CreateCustomer",
                link.customers.CreateCustomer,
                customer_service_pb2.CreateCustomerRequest(
                    parent=self._region_name,
                    customer_id=batch_id,
                    customer=customer_service_pb2.Customer(display_name=f"Customer of batch {batch_id}"),
                ),
            )
        self.planbook.start()

    async def close(self) -> None:
        """Ends the streams."""
        await self.uplink.close()
        await self.planbook.close()

    # One step

    async def observe(self, now_s: int, observed: Observed) -> None:
        """Moves the server's clock and sends the fixes."""
        await self._link.call(
            "AdvanceClock",
            self._link.clock.AdvanceClock,
            clock_service_pb2.AdvanceClockRequest(time=Timestamp(seconds=now_s)),
        )
        fixes = list(messages.fixes(observed.fixes))
        self.seen.fix_count += len(fixes)
        if fixes:
            await self.uplink.send(fixes)

    async def take(self, now_s: int, news: News) -> None:
        """Tells the server what has happened: first what is past, then what is asked for."""
        chaos = self._begin_chaos(now_s, news)
        await self._link.together(
            [
                *self._reports(news.progress),
                *(self._tell_sick(name) for name in news.sick),
                *(self._tell_late(now_s, notice) for notice in news.late),
                *(self._cancel(call_id) for call_id in news.cancelled),
                *(self._book(call) for call in news.calls if not call.batch_id),
            ]
        )
        for batch_id in sorted({call.batch_id for call in news.calls if call.batch_id}):
            await self._import(batch_id, [call for call in news.calls if call.batch_id == batch_id])
        if chaos is not None:
            await chaos

    async def settle(self, now_s: int) -> set[str]:
        """Waits until every change of the plan has been heard, and checks the plan from time to time."""
        link = self._link
        request = dispatch_service_pb2.GetPlanRequest(
            name=f"{self._region_name}/plan",
            technicians=[f"{self._region_name}/technicians/{self._day.technicians[0].technician_id}"],
        )
        answer = await link.call("GetPlan", link.dispatch.GetPlan, request)
        await self.planbook.wait_for(answer.plan.sequence)
        if now_s >= self._next_check_s:
            self._next_check_s += CHECK_INTERVAL_S
            await self.check()
        return self.planbook.take_changed()

    def orders(self, technician_id: str) -> Sequence[Order]:
        """Returns the route of a technician as the server has it."""
        return self.planbook.orders(technician_id)

    async def confirm(self, now_s: int, progress: Sequence[Progress]) -> None:
        """Reports what technicians have decided; who leaves at once says so and need not say yes before."""
        leaving = {step.call_id for step in progress if step.step is Step.DEPART}
        told = [step for step in progress if not (step.step is Step.ACCEPT and step.call_id in leaving)]
        await self._link.together(self._reports(step for step in told if step.step is not Step.DECLINE))
        await self._link.together(self._reports(step for step in told if step.step is Step.DECLINE))

    # At the end

    async def check(self) -> None:
        """Has the whole plan recomputed by the independent checker."""
        link = self._link
        answer = await link.call(
            "CheckPlan",
            link.dispatch.CheckPlan,
            dispatch_service_pb2.CheckPlanRequest(name=f"{self._region_name}/plan"),
        )
        self.seen.check_count += 1
        self.seen.violation_count += len(answer.violations)
        for violation in answer.violations[: max(0, KEPT_VIOLATIONS - len(self.seen.violations))]:
            rule = types_pb2.Rule.Name(violation.rule)
            self.seen.violations.append(
                f"{rule} {violation.technician_id} {violation.visit_id} {violation.amount}: {violation.detail}"
            )

    async def find_lost(self) -> None:
        """Looks for every acknowledged booking, page by page."""
        link, token = self._link, ""
        found: set[str] = set()
        while True:
            page = await link.call(
                "ListBookings",
                link.bookings.ListBookings,
                booking_service_pb2.ListBookingsRequest(parent=self._region_name, page_size=1000, page_token=token),
            )
            found.update(booking.site.external_id for booking in page.bookings)
            token = page.next_page_token
            if not token:
                break
        self.seen.lost = sorted(self.seen.acknowledged - found)

    # What is told

    def _reports(self, progress: Iterable[Progress]) -> list[Awaitable[None]]:
        """Returns one report a step, each knowing the one before it of the same visit."""
        before: dict[str, asyncio.Event] = {}
        reports: list[Awaitable[None]] = []
        for step in progress:
            reported = asyncio.Event()
            reports.append(self._report(step, before.get(step.call_id), reported))
            before[step.call_id] = reported
        return reports

    async def _report(self, step: Progress, before: asyncio.Event | None, reported: asyncio.Event) -> None:
        """Reports one step. It may overtake the step before it on the way, and is then told again after that one."""
        link = self._link
        request = visit_service_pb2.ReportVisitProgressRequest(
            name=self.planbook.visits[step.call_id].name,
            technician=f"{self._region_name}/technicians/{step.technician_id}",
            event=f"VISIT_EVENT_{step.step.name}",
            reason="not possible today" if step.step is Step.DECLINE else "",
            request_id=f"{step.call_id}/{step.technician_id}/{step.step.value}/{int(step.at_s)}",
        )
        try:
            await link.call("ReportVisitProgress", link.visits.ReportVisitProgress, request)
        except Refused as error:
            if before is None or error.code not in REFUSED:
                self._refused(error)
            else:
                await before.wait()
                await self._unless_refused("ReportVisitProgress", link.visits.ReportVisitProgress, request)
        reported.set()

    async def _tell_sick(self, technician_id: str) -> None:
        self.seen.disruptions += 1
        offline = dispatch_service_pb2.TechnicianOffline(technician=f"{self._region_name}/technicians/{technician_id}")
        await self._disrupt(f"sick/{technician_id}", technician_offline=offline)

    async def _tell_late(self, now_s: int, notice: LateNotice) -> None:
        self.seen.disruptions += 1
        visit = self.planbook.visits[notice.call_id].name
        late = dispatch_service_pb2.VisitLate(visit=visit, delay_s=notice.delay_s)
        await self._disrupt(f"late/{notice.call_id}/{now_s}", visit_late=late)

    async def _disrupt(
        self,
        request_id: str,
        technician_offline: dispatch_service_pb2.TechnicianOffline | None = None,
        visit_late: dispatch_service_pb2.VisitLate | None = None,
    ) -> None:
        link = self._link
        request = dispatch_service_pb2.ReportDisruptionRequest(
            parent=self._region_name,
            technician_offline=technician_offline,
            visit_late=visit_late,
            request_id=request_id,
        )
        answer = await self._unless_refused("ReportDisruption", link.dispatch.ReportDisruption, request)
        self.seen.moved += len(answer.moved_visits) if answer else 0

    async def _cancel(self, call_id: str) -> None:
        self.seen.disruptions += 1
        link = self._link
        known = self.planbook.visits.get(call_id)
        name = known.name.replace("/visits/", "/bookings/") if known else f"{self._region_name}/bookings/{call_id}"
        request = booking_service_pb2.CancelBookingRequest(
            name=name, reason="withdrawn by the customer", request_id=f"cancel/{call_id}"
        )
        await self._unless_refused("CancelBooking", link.bookings.CancelBooking, request)

    async def _book(self, call: Call) -> None:
        link = self._link
        request = booking_service_pb2.CreateBookingRequest(
            parent=self._region_name,
            booking_id=call.call_id,
            booking=messages.booking(self._region_name, call),
            request_id=f"book/{call.call_id}",
        )
        await link.call("CreateBooking", link.bookings.CreateBooking, request)
        self.seen.acknowledged.add(call.call_id)

    async def _import(self, batch_id: str, calls: Sequence[Call]) -> None:
        """Imports an enterprise batch by stream and has it planned."""
        link = self._link

        async def rows() -> AsyncIterator[enterprise_batch_service_pb2.ImportBatchRequest]:
            yield enterprise_batch_service_pb2.ImportBatchRequest(
                header=enterprise_batch_service_pb2.ImportBatchHeader(
                    parent=self._region_name,
                    batch_id=batch_id,
                    display_name="Checks at the branches of one company",
                    customer=f"{self._region_name}/customers/{batch_id}",
                )
            )
            for begin in range(0, len(calls), ROWS_A_MESSAGE):
                yield enterprise_batch_service_pb2.ImportBatchRequest(
                    rows=[messages.batch_row(call) for call in calls[begin : begin + ROWS_A_MESSAGE]]
                )

        answer = await link.batches.ImportBatch(rows())
        if answer.errors:
            first = answer.errors[0]
            link.refusals[f"ImportBatch {first.reason} {first.field}: {first.description}"] += answer.refused_count
        await link.call(
            "PlanBatch",
            link.batches.PlanBatch,
            enterprise_batch_service_pb2.PlanBatchRequest(name=answer.batch.name, request_id=f"plan/{batch_id}"),
        )
        self.seen.acknowledged.update(call.call_id for call in calls)

    async def _unless_refused(self, name: str, method: Callable[..., Awaitable[Any]], request: object) -> Any:
        """Makes a call the refusal of which is counted and survived; returns None then."""
        try:
            return await self._link.call(name, method, request)
        except Refused as error:
            self._refused(error)
            return None

    def _refused(self, error: Refused) -> None:
        """Counts a refusal that says that the world has moved on; passes on any other."""
        if error.code not in REFUSED:
            raise error
        self._link.refusals[str(error)] += 1

    # Chaos

    def _begin_chaos(self, now_s: int, news: News) -> asyncio.Task[None] | None:
        """Kills the server in the middle of a step that has something to tell, once."""
        is_due = self._kill_at_s is not None and now_s >= self._kill_at_s and bool(news.calls or news.progress)
        if not is_due:
            return None
        self._kill_at_s = None
        return asyncio.create_task(self._kill_and_restart(now_s))

    async def _kill_and_restart(self, now_s: int) -> None:
        self._server.kill()
        self.seen.kills += 1
        await self._server.restart(now_s)
