# Made from _async/batches.py by `make client-sync`: edit that file.
"""Enterprise batches: many bookings imported and planned together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from time import sleep

from pydispatch_client import messages as m
from pydispatch_client import methods
from pydispatch_client.errors import DispatchClientError
from pydispatch_client.transport import Transport
from pydispatch_client.watching import is_broken_stream, retry_after_s

# Rows in one message; the server allows 1,000.
ROWS_PER_MESSAGE = 500


class Batches:
    """Imports, plans and watches batches."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def import_rows(
        self,
        parent: str,
        batch_id: str,
        rows: Iterable[m.BatchRow],
        *,
        display_name: str = "",
        customer: str = "",
        timeout_s: float | None = None,
    ) -> m.ImportBatchResponse:
        """Imports sites and bookings as drafts. Good rows are kept, every bad row is reported.

        Importing the same rows again is safe: they are counted as unchanged. A broken import is therefore repeated
        by the caller, who has the rows.

        Args:
            parent: "regions/{region}".
            batch_id: Identifier of the batch; an existing one is added to.
            rows: The rows, at most 100,000, read as they are sent.
            display_name: Name of the batch for people.
            customer: The enterprise customer, by resource name.
            timeout_s: Deadline; None takes the default of imports.
        """
        header = m.ImportBatchHeader(parent=parent, batch_id=batch_id, display_name=display_name, customer=customer)
        return self._transport.client_stream(methods.IMPORT_BATCH, import_requests(header, rows), timeout_s)

    def plan(self, name: str, *, request_id: str | None = None, timeout_s: float | None = None) -> m.Batch:
        """Plans every draft of the batch "regions/{region}/batches/{batch}"."""
        request = m.PlanBatchRequest(name=name, request_id=self._transport.request_id(request_id))
        return (self._transport.unary(methods.PLAN_BATCH, request, timeout_s)).batch

    def get(self, name: str, *, timeout_s: float | None = None) -> m.Batch:
        """Reads the batch "regions/{region}/batches/{batch}" with its counts."""
        return (self._transport.unary(methods.GET_BATCH, m.GetBatchRequest(name=name), timeout_s)).batch

    def watch_progress(self, name: str) -> Iterator[m.Batch]:
        """Yields the batch as it is, then again whenever its counts change, until every visit is final.

        A broken stream is opened again after a growing wait; the same counts are not yielded twice in a row.

        Raises:
            DispatchClientError: The server refused, or stayed away longer than the options' backoff allows.
        """
        request = m.WatchBatchProgressRequest(name=name)
        timer = self._transport.backoff_timer()
        last: m.Batch | None = None
        while True:
            try:
                with closing(self._transport.server_stream(methods.WATCH_BATCH_PROGRESS, request)) as answers:
                    for answer in answers:
                        timer.reset()
                        if answer.batch != last:
                            last = answer.batch
                            yield answer.batch
                return
            except DispatchClientError as error:
                delay_s = timer.next_delay_s(retry_after_s(error))
                if self._transport.is_closed or not is_broken_stream(error) or delay_s is None:
                    raise
                self._transport.tell_break(methods.WATCH_BATCH_PROGRESS, error, delay_s)
            sleep(delay_s)


def import_requests(header: m.ImportBatchHeader, rows: Iterable[m.BatchRow]) -> Iterator[m.ImportBatchRequest]:
    """Yields the header, then the rows in messages of `ROWS_PER_MESSAGE`."""
    yield m.ImportBatchRequest(header=header)
    remaining = iter(rows)
    while chunk := list(islice(remaining, ROWS_PER_MESSAGE)):
        yield m.ImportBatchRequest(rows=chunk)
