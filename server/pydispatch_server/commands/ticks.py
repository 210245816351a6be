"""The passing of time: the engine refreshes times, expires, tries unassigned visits again and improves the plan."""

from __future__ import annotations

from pydispatch_protos.dispatch.engine.v1.engine_pb2 import AdoptOrders, Command, Tick

from pydispatch_server.working import Transaction


def tick(tx: Transaction, max_moves: int) -> None:
    """Lets time pass in the region.

    Args:
        tx: The command.
        max_moves: Most visits that may go to another technician to improve the plan.
    """
    tx.apply(Command(tick=Tick(max_moves=max_moves)))


def adopt(tx: Transaction, orders: AdoptOrders) -> None:
    """Adopts what a study has found, as far as the plan is still as it was studied.

    Args:
        tx: The command.
        orders: What the engine's `study` returned.
    """
    tx.apply(Command(adopt_orders=orders))
