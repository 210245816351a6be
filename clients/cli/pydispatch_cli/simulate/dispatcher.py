"""The seam between the simulated day and whoever dispatches it: the server over gRPC, or the baseline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pydispatch_cli.simulate.ledger import Progress
from pydispatch_cli.simulate.technicians import LateNotice, Order
from pydispatch_cli.simulate.travel import Place
from pydispatch_cli.simulate.world import Call


@dataclass(slots=True)
class News:
    """What reaches the dispatcher in one step, in the order in which it is to be taken.

    Attributes:
        progress: Physical steps of visits: arrivals, begins and ends of work.
        sick: Technicians who have gone home.
        late: Overruns told by technicians.
        cancelled: Calls withdrawn by their customers.
        calls: New calls, ordered by request; those of one enterprise batch come together.
    """

    progress: Sequence[Progress] = ()
    sick: Sequence[str] = ()
    late: Sequence[LateNotice] = ()
    cancelled: Sequence[str] = ()
    calls: Sequence[Call] = ()


@dataclass(slots=True)
class Observed:
    """Positions of one step: technician to (epoch seconds, place) in order of time."""

    fixes: Mapping[str, Sequence[tuple[float, Place]]] = field(default_factory=dict)


class Dispatcher(Protocol):
    """Decides who goes where. One step is: `observe`, `take`, `settle`, then `confirm`."""

    async def observe(self, now_s: int, observed: Observed) -> None:
        """Moves the clock to `now_s` and takes the positions reported since the last step."""

    async def take(self, now_s: int, news: News) -> None:
        """Takes what has happened since the last step."""

    async def settle(self, now_s: int) -> set[str]:
        """Finishes the plan of this step and returns the technicians whose orders have changed since the last."""

    def orders(self, technician_id: str) -> Sequence[Order]:
        """Returns the visits a technician is to make, next one first."""

    async def confirm(self, now_s: int, progress: Sequence[Progress]) -> None:
        """Takes what technicians have answered and begun on these orders."""
