"""Decides one micro-batch in the region's worker thread: idempotency, commands in order, one commit.

There is no asyncio here: `owner` calls it in a thread and does everything else.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from google.protobuf import message

from pydispatch import Engine
from pydispatch.errors import DispatchError, InternalError, InvalidRequest, Unavailable, Violation
from pydispatch_server import errors, fail_points, reasons
from pydispatch_server.audit_trail import AuditTrail
from pydispatch_server.state import RegionState
from pydispatch_server.store.interface import Changes, Store, StoredResult
from pydispatch_server.working import EngineDiverged, Transaction, VisitChanged, Working

# Decides one command. It may raise DispatchError, having changed nothing of the engine.
Handler = Callable[[Transaction, Any], message.Message | None]

DIGEST_BYTES: Final = 16
# The actor of a call whose caller is not known by any other name.
CALLER: Final = "caller"


@dataclass(slots=True)
class Job:
    """One command waiting for its turn.

    Attributes:
        handler: Decides it.
        request: Its request, checked.
        request_id: The caller's key for safe retries, empty when there is none.
        deadline_s: Monotonic time after which it is not applied, None for never.
        is_abandoned: Tells whether nobody waits for the answer any more.
        actor: Who asks, as a pseudonym.
    """

    handler: Handler
    request: Any
    request_id: str = ""
    deadline_s: float | None = None
    is_abandoned: Callable[[], bool] = field(default=lambda: False)
    actor: str = CALLER

    @property
    def method(self) -> str:
        """Name of the command, to which a request_id is bound."""
        return self.handler.__name__


Answer = bytes | Exception


@dataclass(slots=True)
class BatchResult:
    """What became of a micro-batch that is durable.

    Attributes:
        answers: Answer or error of each job, for the first of them; the others have not been begun.
        working: What was changed.
        visits: Changed visits for watchers.
    """

    answers: list[Answer]
    working: Working
    visits: list[VisitChanged]


class Poisoned(Exception):
    """One job failed after it had changed the engine. Nothing of the batch is durable.

    Args:
        index: Which job of the batch.
        error: What its caller is told.
    """

    def __init__(self, index: int, error: Exception) -> None:
        super().__init__(f"job {index} failed after changing the engine")
        self.index = index
        self.error = error


class BatchRun:
    """Runs micro-batches of one region.

    Args:
        store: Where changes become durable.
        time_limit_s: Longest time to apply commands before committing; the first one always is applied.
    """

    def __init__(self, store: Store, time_limit_s: float) -> None:
        self._store = store
        self._time_limit_s = time_limit_s

    def run(
        self, jobs: Sequence[Job], state: RegionState, engine: Engine, trail: AuditTrail, now_ms: int
    ) -> BatchResult:
        """Applies jobs in order and makes their changes durable.

        Args:
            jobs: At least one job.
            state: What is committed; not changed here.
            engine: The region's engine.
            trail: The region's audit chain.
            now_ms: Time at which everything is decided.

        Returns:
            The answers of the jobs that were begun.

        Raises:
            StoreDown: Nothing may be answered; whether the changes were kept must be read back.
            Fenced: Another owner has taken over.
            Poisoned: The engine must be rebuilt and the other jobs run again.
        """
        fail_points.hit(fail_points.BEFORE_APPLY)
        working = Working.begin(state, engine, now_ms)
        known = self._known(jobs, state.id)
        answers: list[Answer] = []
        stop_s = time.monotonic() + self._time_limit_s
        for index, job in enumerate(jobs):
            if answers and time.monotonic() > stop_s:
                break
            answers.append(self._answer(index, job, working, known))
        fail_points.hit(fail_points.AFTER_APPLY)
        changes = working.changes()
        self._recall(trail, working)
        trail.extend(changes, working.events, working.decisions, engine.policy_revision(), now_ms)
        if changes:
            self._commit(changes)
        return BatchResult(answers, working, working.visit_changes())

    def _recall(self, trail: AuditTrail, working: Working) -> None:
        """Lets the audit know what it must know of resources that change for the first time in long."""
        unknown = trail.unknown(working.existing())
        if unknown:
            trail.remember(unknown, self._store.audit.subjects(working.state.id, unknown))

    def _commit(self, changes: Changes) -> None:
        """Makes the changes durable."""
        self._store.commit(changes)

    def _known(self, jobs: Sequence[Job], region: str) -> dict[str, StoredResult]:
        """Finds the answers given earlier to the request_ids of these jobs."""
        request_ids = [job.request_id for job in jobs if job.request_id]
        return self._store.results(region, request_ids) if request_ids else {}

    def _answer(self, index: int, job: Job, working: Working, known: dict[str, StoredResult]) -> Answer:
        """Answers one job: by an earlier answer, by doing it, or by refusing it."""
        if job.is_abandoned() or (job.deadline_s is not None and time.monotonic() > job.deadline_s):
            return errors.DeadlinePassed()
        if not job.request_id:
            return self._apply(index, job, working)
        digest = digest_of(job)
        earlier = working.results.get(job.request_id) or known.get(job.request_id)
        if earlier is not None:
            is_same = earlier.method == job.method and earlier.digest == digest
            return earlier.answer if is_same else reused(job.request_id)
        answer = self._apply(index, job, working)
        if isinstance(answer, bytes):
            working.results[job.request_id] = StoredResult(job.method, digest, answer)
        return answer

    def _apply(self, index: int, job: Job, working: Working) -> Answer:
        """Does one job. A refusal leaves no trace; a failure after the engine changed poisons the batch."""
        transaction = Transaction(working)
        answer, error = errors.attempt(lambda: job.handler(transaction, job.request))
        if error is None:
            transaction.finish(job.actor)
            return answer.SerializeToString() if answer is not None else b""
        if transaction.engine_changed or _spoils_engine(error):
            raise Poisoned(index, error)
        return error


def _spoils_engine(error: Exception) -> bool:
    """Tells whether an error means that the engine is no longer what the records say."""
    if isinstance(error, Unavailable):
        return error.reason == reasons.REBUILDING
    return isinstance(error, EngineDiverged | InternalError)


def digest_of(job: Job) -> bytes:
    """Returns a digest of a request apart from its request_id: equal requests have equal digests."""
    request = job.request
    request.request_id = ""
    data = request.SerializeToString(deterministic=True)
    request.request_id = job.request_id
    return hashlib.blake2b(data, digest_size=DIGEST_BYTES).digest()


def reused(request_id: str) -> DispatchError:
    """Makes the error of a request_id that was used before for something else."""
    text = "was used before with another method or body"
    return InvalidRequest(
        f"request_id {request_id!r} {text}",
        reason=reasons.REQUEST_ID_REUSED,
        violations=[Violation("request_id", reasons.REQUEST_ID_REUSED, text)],
    )
