"""Audit: the hash-chained record of every change, to be read, proved and verified."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing

from pydispatch_client import messages as m
from pydispatch_client import methods
from pydispatch_client._async.paging import walk
from pydispatch_client.transport import AsyncTransport


class AsyncAudit:
    """Reads, proves and verifies the audit chain of a region."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def list_page(
        self,
        parent: str,
        *,
        resource: str = "",
        start_sequence: int = 0,
        page_size: int = 0,
        page_token: str = "",
        timeout_s: float | None = None,
    ) -> m.ListAuditRecordsResponse:
        """Reads one page of the audit records of "regions/{region}", oldest first."""
        request = m.ListAuditRecordsRequest(
            parent=parent,
            resource=resource,
            start_sequence=start_sequence,
            page_size=page_size,
            page_token=page_token,
        )
        return await self._transport.unary(methods.LIST_AUDIT_RECORDS, request, timeout_s)

    async def list(
        self,
        parent: str,
        *,
        resource: str = "",
        start_sequence: int = 0,
        page_size: int = 0,
        timeout_s: float | None = None,
    ) -> AsyncIterator[m.AuditRecord]:
        """Yields the audit records of "regions/{region}", oldest first.

        Args:
            parent: "regions/{region}".
            resource: Only records of this resource, by full name; empty means all.
            start_sequence: Only records from this number on; 0 means from the first.
            page_size: Records read at once, 0 to 1000; 0 means 100.
            timeout_s: Deadline of each page; None takes the default of reads.
        """
        async for page in walk(
            lambda token: self.list_page(
                parent,
                resource=resource,
                start_sequence=start_sequence,
                page_size=page_size,
                page_token=token,
                timeout_s=timeout_s,
            )
        ):
            for record in page.audit_records:
                yield record

    async def get_checkpoint(self, name: str, *, timeout_s: float | None = None) -> m.AuditCheckpoint:
        """Reads the signed checkpoint "regions/{region}/auditCheckpoints/{size}", or ".../latest"."""
        request = m.GetCheckpointRequest(name=name)
        return (await self._transport.unary(methods.GET_CHECKPOINT, request, timeout_s)).checkpoint

    async def get_inclusion_proof(
        self, name: str, *, checkpoint: str = "", timeout_s: float | None = None
    ) -> m.GetInclusionProofResponse:
        """Proves that the record "regions/{region}/auditRecords/{sequence}" is in a checkpoint; empty is the newest."""
        request = m.GetInclusionProofRequest(name=name, checkpoint=checkpoint)
        return await self._transport.unary(methods.GET_INCLUSION_PROOF, request, timeout_s)

    async def verify(
        self, parent: str, *, known_checkpoints: Iterable[str] = (), timeout_s: float | None = None
    ) -> AsyncIterator[m.VerifyAuditResponse]:
        """Has the server read the whole chain of "regions/{region}" again; yields progress, the result in the last.

        Args:
            parent: "regions/{region}".
            known_checkpoints: Notes of checkpoints kept elsewhere that the chain must agree with too.
            timeout_s: Deadline of the whole; None waits as long as it takes.
        """
        request = m.VerifyAuditRequest(parent=parent, known_checkpoints=known_checkpoints)
        async with aclosing(self._transport.server_stream(methods.VERIFY_AUDIT, request, timeout_s)) as answers:
            async for answer in answers:
                yield answer
