"""The passing of time: the engine refreshes times, expires, tries unassigned visits again and improves a little."""

from __future__ import annotations

from pydispatch_protos.dispatch.engine.v1.engine_pb2 import Command, Tick

from pydispatch_server.working import Transaction


def tick(tx: Transaction, max_moves: int) -> None:
    """Lets time pass in the region.

    Args:
        tx: The command.
        max_moves: Most visits that may go to another technician to improve the plan.
    """
    tx.apply(Command(tick=Tick(max_moves=max_moves)))
