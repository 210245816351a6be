"""AuditService: reads, proves and verifies the audit chains. Everything here reads the store, in the pool's threads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from pydispatch_protos.dispatch.v1 import audit_service_pb2 as pb

from pydispatch import audit
from pydispatch.errors import IllegalTransition, NotFound, Unavailable
from pydispatch_server import names, reasons
from pydispatch_server.errors import invalid_field
from pydispatch_server.messages import timestamp
from pydispatch_server.paging import DEFAULT_PAGE_SIZE, page
from pydispatch_server.placement import Placement
from pydispatch_server.rpc import Context
from pydispatch_server.store.audit import AuditReader, AuditRow, StoredCheckpoint
from pydispatch_server.store.interface import StoreDown

T = TypeVar("T")

LATEST: Final = "latest"
# Records read and hashed at a time: some milliseconds of a thread, some megabytes of memory.
VERIFY_CHUNK: Final = 8192
# Verifications at a time; further ones wait, so that the pool stays free for others.
VERIFICATIONS_MAX: Final = 2
RETRY_AFTER_S: Final = 1.0


class AuditServicer:
    """Answers for the audit chains of all regions.

    Args:
        placement: Knows which regions there are.
        reader: Reads the chains.
        trusted: Public halves of the keys whose checkpoints are believed; the first one signs here.
        pool: Threads for reading and hashing.
    """

    def __init__(self, placement: Placement, reader: AuditReader, trusted: list[str], pool: ThreadPoolExecutor) -> None:
        self._placement = placement
        self._reader = reader
        self._trusted = trusted
        self._verifying = asyncio.Semaphore(VERIFICATIONS_MAX)
        self._pool = pool

    async def list_audit_records(self, request: pb.ListAuditRecordsRequest, _: Context) -> pb.ListAuditRecordsResponse:
        """Lists records, oldest first."""
        region = self._region(request.parent)
        size = request.page_size or DEFAULT_PAGE_SIZE

        def walk(last_id: str) -> Iterator[pb.AuditRecord]:
            after = max(int(last_id or 0), request.start_sequence - 1, 0)
            rows = self._reader.rows(region, after, size + 1, request.resource)
            return (_record(region, row) for row in rows)

        found, token = await self._in_pool(lambda: page(request, walk))
        return pb.ListAuditRecordsResponse(audit_records=found, next_page_token=token)

    async def get_checkpoint(self, request: pb.GetCheckpointRequest, _: Context) -> pb.GetCheckpointResponse:
        """Reads a signed checkpoint."""
        region = self._region(request.name)
        stored = await self._in_pool(lambda: self._find_checkpoint(region, request.name))
        return pb.GetCheckpointResponse(checkpoint=self._checkpoint(region, stored))

    async def verify_audit(self, request: pb.VerifyAuditRequest, _: Context) -> AsyncIterator[pb.VerifyAuditResponse]:
        """Reads a whole chain again. Changes made meanwhile are not looked at."""
        region = self._region(request.parent)
        async with self._verifying:
            async for answer in self._verify(region, request.known_checkpoints):
                yield answer

    async def _verify(self, region: str, known_checkpoints: Iterable[str]) -> AsyncIterator[pb.VerifyAuditResponse]:
        """Verifies one chain as it is now."""
        overview = await self._in_pool(lambda: self._reader.overview(region))
        verifier = audit.Verifier(region, self._trusted)
        for stored in overview.checkpoints:
            verifier.expect_checkpoint(stored.note, stored.size)
        for note in known_checkpoints:
            verifier.expect_checkpoint(note)
        verifier.expect_blocks(overview.blocks)
        after, count = 0, 0

        def step() -> tuple[int, int, int]:
            rows = self._reader.raw_rows(region, after, overview.last_number, VERIFY_CHUNK)
            return len(rows), rows[-1][0] if rows else after, verifier.feed(rows)

        while True:
            taken, after, fault_count = await self._in_pool(step)
            count += taken
            progress = pb.VerifyAuditResponse(
                verified_records=count, total_records=overview.size, fault_count=fault_count
            )
            if taken < VERIFY_CHUNK:
                break
            yield progress
        report = verifier.finish(overview.size)
        progress.fault_count = report.fault_count
        progress.result.CopyFrom(_verification(report))
        yield progress

    async def get_inclusion_proof(
        self, request: pb.GetInclusionProofRequest, _: Context
    ) -> pb.GetInclusionProofResponse:
        """Proves one record against a checkpoint."""
        region, sequence = self._region(request.name), int(names.id_of(request.name))
        if request.checkpoint and names.region_of(request.checkpoint) != region:
            raise invalid_field("checkpoint", reasons.WRONG_REGION, "is of another region than the record")
        name = request.checkpoint or f"regions/{region}/auditCheckpoints/{LATEST}"

        def prove() -> pb.GetInclusionProofResponse:
            stored = self._find_checkpoint(region, name)
            if sequence > stored.size:
                raise _not_found("audit record", request.name, f"is not among the {stored.size} of {name}")
            row, path = self._prove(region, sequence, stored.size)
            checkpoint = self._checkpoint(region, stored)
            if not checkpoint.root or not audit.is_included(row.record, sequence, stored.size, path, checkpoint.root):
                raise _broken(region, sequence)
            return pb.GetInclusionProofResponse(audit_record=_record(region, row), checkpoint=checkpoint, path=path)

        return await self._in_pool(prove)

    def _prove(self, region: str, sequence: int, size: int) -> tuple[AuditRow, list[bytes]]:
        """Reads the two blocks and the block roots of which a proof is made."""
        whole = size // audit.BLOCK_RECORDS
        own_start = (sequence - 1) // audit.BLOCK_RECORDS * audit.BLOCK_RECORDS
        own = self._reader.rows(region, own_start, min(audit.BLOCK_RECORDS, size - own_start))
        tail_start = whole * audit.BLOCK_RECORDS
        tail = own if tail_start == own_start else self._reader.rows(region, tail_start, size - tail_start)
        if tail_start == size:
            tail = []
        blocks = self._reader.blocks(region, whole)
        try:
            path = audit.prove(sequence, size, blocks, [row.record for row in own], [row.record for row in tail])
        except ValueError as error:
            raise _broken(region, sequence) from error
        return own[sequence - 1 - own_start], path

    def _find_checkpoint(self, region: str, name: str) -> StoredCheckpoint:
        """Finds the checkpoint of a name.

        Raises:
            NotFound: There is none.
        """
        wanted = names.id_of(name)
        stored = self._reader.checkpoint(region, None if wanted == LATEST else int(wanted))
        if stored is None:
            raise _not_found("audit checkpoint", name, "does not exist")
        return stored

    def _checkpoint(self, region: str, stored: StoredCheckpoint) -> pb.AuditCheckpoint:
        """Reads a stored checkpoint. Of one that no trusted key has signed only the note is told."""
        found = pb.AuditCheckpoint(name=f"regions/{region}/auditCheckpoints/{stored.size}", note=stored.note)
        for public_key in self._trusted:
            try:
                opened = audit.open_checkpoint(stored.note, region, [public_key])
            except ValueError:
                continue
            found.size, found.root, found.link = opened.size, opened.root, opened.link
            found.sign_time.CopyFrom(timestamp(opened.time_ms))
            found.public_key = public_key
            break
        return found

    def _region(self, name: str) -> str:
        """Returns the region of a name.

        Raises:
            NotFound: There is no such region.
        """
        return self._placement.owner(names.region_of(name)).state.id

    async def _in_pool(self, call: Callable[[], T]) -> T:
        """Runs something that reads the store in a thread.

        Raises:
            Unavailable: The store cannot be read.
        """
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, call)
        except StoreDown as error:
            raise Unavailable(
                "the store cannot be read", reason=reasons.STORE_UNAVAILABLE, retry_after_s=RETRY_AFTER_S
            ) from error


def _record(region: str, row: AuditRow) -> pb.AuditRecord:
    """Reads a stored record. Of one that cannot be read only the bytes are told."""
    told = pb.AuditRecord(
        name=f"regions/{region}/auditRecords/{row.sequence}", sequence=row.sequence, encoded=row.record, link=row.link
    )
    try:
        record = audit.read_record(row.record)
    except ValueError:
        return told
    told.epoch = record.epoch
    told.record_time.CopyFrom(timestamp(record.time_ms))
    told.event_type, told.resource = record.event_type, record.resource
    told.before_digest, told.after_digest = _digest(record.before), _digest(record.after)
    told.decision_id, told.policy_revision, told.actor = record.decision_id, record.policy_revision, record.actor
    return told


def _digest(digest: bytes) -> bytes:
    """Returns a digest, empty where there was nothing."""
    return digest if any(digest) else b""


def _verification(report: audit.Report) -> pb.AuditVerification:
    """Turns a report into its message."""
    faults = [
        pb.AuditFault(
            type=f"AUDIT_FAULT_TYPE_{fault.kind}",
            first_sequence=fault.first,
            last_sequence=fault.last,
        )
        for fault in report.faults
    ]
    return pb.AuditVerification(
        intact=report.is_intact,
        faults=faults,
        size=report.size,
        confirmed_size=report.confirmed,
        root=report.root,
        link=report.link,
    )


def _not_found(kind: str, name: str, text: str) -> NotFound:
    """Makes the error of an audit record or checkpoint that does not exist."""
    return NotFound(f"{name} {text}", reason=reasons.AUDIT_NOT_FOUND, resource_type=kind, resource_name=name)


def _broken(region: str, sequence: int) -> IllegalTransition:
    """Makes the error of a record that cannot be proved because something was tampered with."""
    name = f"regions/{region}/auditRecords/{sequence}"
    return IllegalTransition(
        f"{name} cannot be proved: the stored audit is not what was signed", reason=reasons.AUDIT_BROKEN, subject=name
    )
