"""One import of a batch: checks the form of each row, hands good ones to the owner in bounded parts, adds up."""

from __future__ import annotations

from typing import Final

from pydispatch_protos.dispatch.v1 import enterprise_batch_service_pb2 as pb

from pydispatch.errors import InvalidRequest, Violation
from pydispatch_server import reasons, rules, ties
from pydispatch_server.clock import Clock
from pydispatch_server.commands.batches import ImportStep, import_rows, row_error
from pydispatch_server.owner import RegionOwner

# Rows of one command: other commands wait no longer than for so many.
STEP_ROWS: Final = 100
MAX_ROWS: Final = 100_000
MAX_ERRORS: Final = 10_000


class Importer:
    """Takes the rows of one import.

    Args:
        owner: Owner of the region.
        header: The import's header, checked.
        clock: Where `now` comes from.
        deadline_s: Monotonic time after which nothing is applied, None for never.
    """

    def __init__(
        self, owner: RegionOwner, header: pb.ImportBatchHeader, clock: Clock, deadline_s: float | None
    ) -> None:
        self._owner = owner
        self._header = header
        self._clock = clock
        self._deadline_s = deadline_s
        self._seen: set[str] = set()
        self._row_count = 0
        self._total = pb.ImportBatchResponse()

    async def take(self, rows: list[pb.BatchRow]) -> None:
        """Imports the rows of one message.

        Raises:
            InvalidRequest: The import has more rows than allowed. What was imported before stays.
        """
        if self._row_count + len(rows) > MAX_ROWS:
            text = f"an import has at most {MAX_ROWS} rows"
            raise InvalidRequest(
                text,
                reason=reasons.INVALID_FIELDS,
                violations=[Violation("rows", reasons.TOO_MANY_ITEMS, text)],
            )
        good = [(number, row) for row in rows if (number := self._judge(row))]
        if any(row.after for _, row in good):
            keys = {number: row.external_id for number, row in good}
            good, circles = ties.row_order(good)
            for number, violation in circles.items():
                self._refuse(number, keys[number], [violation])
        for start in range(0, len(good), STEP_ROWS):
            await self._submit(ImportStep(self._header, good[start : start + STEP_ROWS]))

    async def finish(self) -> pb.ImportBatchResponse:
        """Returns the batch with the counts and errors of the whole import."""
        # An import of no good row still creates the batch and says what it is.
        await self._submit(ImportStep(self._header))
        ordered = sorted(self._total.errors, key=lambda error: error.row_number)[:MAX_ERRORS]
        del self._total.errors[:]
        self._total.errors.extend(ordered)
        return self._total

    def _judge(self, row: pb.BatchRow) -> int:
        """Counts a row and returns its number, or 0 when its form is bad, which is then reported."""
        self._row_count += 1
        found = rules.violations(row, self._clock.now_ms())
        if row.external_id in self._seen:
            found.append(Violation("external_id", reasons.DUPLICATE, "occurs earlier in the import"))
        self._seen.add(row.external_id)
        if not found:
            return self._row_count
        self._refuse(self._row_count, row.external_id, found)
        return 0

    def _refuse(self, number: int, external_id: str, found: list[Violation]) -> None:
        """Reports what is wrong with a row."""
        self._total.refused_count += 1
        if len(self._total.errors) < MAX_ERRORS:
            self._total.errors.extend(row_error(number, external_id, item) for item in found)

    async def _submit(self, step: ImportStep) -> None:
        """Lets the owner import a part and adds up what came of it."""
        data = await self._owner.submit(import_rows, step, deadline_s=self._deadline_s)
        part = pb.ImportBatchResponse.FromString(data)
        self._total.batch.CopyFrom(part.batch)
        self._total.imported_count += part.imported_count
        self._total.unchanged_count += part.unchanged_count
        self._total.refused_count += part.refused_count
        self._total.errors.extend(part.errors)
