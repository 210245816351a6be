"""Changes of the plan that were worked out and not made: kept in memory, bounded in number and time.

A proposal lost with the server is worked out again; nothing that was acknowledged hangs on it.
"""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from typing import Final

from pydispatch_protos.dispatch.engine.v1.engine_pb2 import Arrangement, Command, Preview
from pydispatch_protos.dispatch.v1.booking_service_pb2 import Booking
from pydispatch_protos.dispatch.v1.dispatch_service_pb2 import ReportDisruptionRequest
from pydispatch_protos.dispatch.v1.plan_change_pb2 import PlanProposal
from pydispatch_protos.dispatch.v1.visit_service_pb2 import Visit

from pydispatch.errors import NotFound
from pydispatch_server import names, reasons

# Most proposals kept of one region; the oldest one makes room.
PROPOSALS_MAX: Final = 256
# Time for which a proposal can be committed.
PROPOSAL_LIFE_MS: Final = 300_000


@dataclass(frozen=True, slots=True)
class Part:
    """Shifts that change together.

    Attributes:
        before: How they must be.
        after: How they shall be.
    """

    before: Arrangement
    after: Arrangement


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change worked out.

    Attributes:
        message: As it was told.
        whole: The shifts that it touches.
        first: What happened, for the engine; None when nothing did.
        disruption: What happened, for the records.
        booking: The booking of an emergency.
        visit: Its visit.
    """

    message: PlanProposal
    whole: Part
    first: Command | None = None
    disruption: ReportDisruptionRequest | None = None
    booking: Booking | None = None
    visit: Visit | None = None


class Proposals:
    """The proposals of all regions. Used from the event loop and from the regions' threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_region: dict[str, dict[str, Proposal]] = {}

    def add(self, proposal: Proposal) -> None:
        """Keeps a proposal; the oldest one of its region goes when there are too many."""
        name = proposal.message.name
        with self._lock:
            known = self._by_region.setdefault(names.region_of(name), {})
            known[name] = proposal
            while len(known) > PROPOSALS_MAX:
                del known[next(iter(known))]

    def get(self, name: str, now_ms: int) -> Proposal:
        """Returns the proposal of a name.

        Raises:
            NotFound: There is none, or not any more.
        """
        with self._lock:
            found = self._by_region.get(names.region_of(name), {}).get(name)
        if found is None or found.message.expire_time.ToMilliseconds() <= now_ms:
            raise NotFound(
                f"there is no plan proposal {name}, or not any more",
                reason=reasons.PROPOSAL_NOT_FOUND,
                resource_type="plan proposal",
                resource_name=name,
            )
        return found


def new_id() -> str:
    """Returns an identifier that nobody can guess."""
    return secrets.token_hex(8)


def parts_of(preview: Preview) -> list[Part]:
    """Takes a preview apart into changes that exchange no visits, so that each can be made without the others. O(V)."""
    leader: dict[object, object] = {}

    def find(key: object) -> object:
        while leader.setdefault(key, key) != key:
            leader[key] = leader[leader[key]]
            key = leader[key]
        return key

    # A shift hangs together with every visit that it holds before or afterwards.
    for arrangement in (preview.before, preview.after):
        for order in arrangement.orders:
            for visit_id in order.visit_ids:
                leader[find(visit_id)] = find((order.technician_id, order.shift))
    parts: dict[object, Part] = {}
    for index, arrangement in enumerate((preview.before, preview.after)):
        for order in arrangement.orders:
            part = parts.setdefault(find((order.technician_id, order.shift)), Part(Arrangement(), Arrangement()))
            (part.before, part.after)[index].orders.append(order)
        for visit_id in arrangement.unassigned_visit_ids:
            part = parts.setdefault(find(visit_id), Part(Arrangement(), Arrangement()))
            (part.before, part.after)[index].unassigned_visit_ids.append(visit_id)
    return list(parts.values())
