"""Types of the native half; see `pydispatch` for the public names."""

from collections.abc import Sequence
from typing import final

from pydispatch.planning import Budget
from pydispatch.problem import Problem

__version__: str
IS_DEBUG_BUILD: bool

@final
class Engine:
    """The dispatch engine of one region: live index, plan, search and checker.

    Messages go in and come out serialised; which, is said at each method, and what their fields mean in protos/. All
    methods may be called from any thread and release the GIL. Locations and searches wait for nothing but each other,
    each for at most one batch of 1,000 fixes; commands, recommendations and reads of the plan wait for the command in
    progress. Time is always an argument, in milliseconds since the Unix epoch: the engine has no clock, and the same
    calls give the same answers.

    A refused call has changed nothing. After an InternalError of a call that changes something the engine answers
    Unavailable (REBUILDING) until `restore`.

    Args:
        region: dispatch.v1.Region: name, center, time_zone and travel_model are used.
        policy_json: Prices and switches of the policy as a JSON object; what is left out keeps its default, unknown
            names are refused. None is the default policy.

    Raises:
        InvalidRequest: For bytes that are no Region, JSON that is no policy, and with every field out of its bounds.
    """

    def __new__(cls, region: bytes, policy_json: str | None = None) -> Engine: ...
    def restore(self, snapshot: bytes, now_ms: int) -> None:
        """Replaces all records by what the store has; also mends an engine after an internal error.

        Live positions of technicians that remain are kept, and so are location streams. Readers see the old plan until
        the new one stands. O(T + V).

        Args:
            snapshot: dispatch.engine.v1.Snapshot of this region.
            now_ms: The present.

        Raises:
            InvalidRequest: When the bytes are no Snapshot, it is another region's, or a record breaks its bounds.
        """

    def apply(self, command: bytes, now_ms: int) -> bytes:
        """Applies one command wholly or not at all.

        Args:
            command: dispatch.engine.v1.Command.
            now_ms: The present.

        Returns:
            dispatch.engine.v1.Outcome: every visit that changed, ordered by identifier.

        Raises:
            InvalidRequest: With every field that breaks its bounds, by its path in the public request.
            NotFound: TECHNICIAN_NOT_FOUND, SERVICE_NOT_FOUND or VISIT_NOT_FOUND.
            AlreadyExists: VISIT_EXISTS.
            IllegalTransition: ILLEGAL_TRANSITION, WRONG_TECHNICIAN or TECHNICIAN_UNDER_WAY.
            Unavailable: REBUILDING.
        """

    def report_locations(self, request: bytes, now_ms: int) -> bytes:
        """Takes one batch of fixes. What is wrong with a single fix is counted, never refused.

        Args:
            request: dispatch.v1.BatchReportLocationsRequest, 1 to 10,000 fixes, at most 2 MiB.
            now_ms: The present.

        Returns:
            dispatch.v1.BatchReportLocationsResponse; its counts add up to the size of the batch.

        Raises:
            InvalidRequest: MALFORMED_MESSAGE, MESSAGE_TOO_LARGE, or fields of the batch itself.
        """

    def stream_locations(self, request: bytes, now_ms: int) -> bytes:
        """Takes the next batch of a location stream.

        Only the sequence after the last one taken is applied; an older one is acknowledged again with empty counts. A
        stream not known (new, or the engine was rebuilt) may go on at any sequence. 65,536 streams are remembered;
        beyond, those silent longest are forgotten.

        Args:
            request: dispatch.v1.StreamLocationsRequest, 1 to 10,000 fixes, at most 2 MiB.
            now_ms: The present.

        Returns:
            dispatch.v1.StreamLocationsResponse.

        Raises:
            InvalidRequest: As `report_locations`; SEQUENCE_GAP (metadata expectedSequence) when batches are missing.
            Overloaded: OVER_CREDIT when 32 batches of the stream are under way.
        """

    def search_nearby(self, request: bytes, now_ms: int) -> bytes:
        """Finds technicians near a place by their live positions, filtered inside the search.

        Args:
            request: dispatch.v1.SearchNearbyTechniciansRequest.
            now_ms: The present; staleness counts back from it.

        Returns:
            dispatch.v1.SearchNearbyTechniciansResponse. A skill, certificate or partner nobody has finds nobody.

        Raises:
            InvalidRequest: With every field that breaks its bounds.
        """

    def recommend(self, request: bytes, now_ms: int) -> bytes:
        """Ranks the technicians who could take a visit, each with the price of every term. Changes nothing.

        Args:
            request: dispatch.v1.RecommendTechniciansRequest.
            now_ms: The present.

        Returns:
            dispatch.v1.RecommendTechniciansResponse. That nobody can come is an answer with reasons, not an error.

        Raises:
            InvalidRequest: With every field that breaks its bounds.
            NotFound: SERVICE_NOT_FOUND.
        """

    def plan(self, request: bytes, now_ms: int) -> bytes:
        """Reads the plan.

        Args:
            request: dispatch.v1.GetPlanRequest.
            now_ms: The present, which becomes read_time.

        Returns:
            dispatch.v1.GetPlanResponse with sequence 0: numbering changes is the caller's.

        Raises:
            InvalidRequest: With every field that breaks its bounds.
        """

    def check(self, now_ms: int) -> bytes:
        """Recomputes the feasibility of the whole plan from its raw inputs, independently of the planner. O(V).

        Returns:
            dispatch.v1.CheckPlanResponse.
        """

    def policy_revision(self) -> str:
        """Returns the revision of the policy that prices decisions."""

    def stats(self) -> bytes:
        """Returns dispatch.engine.v1.Stats: figures for operators."""

def request_region(request: bytes) -> str:
    """Returns the region a request is for, looking at nothing but its field 1.

    Args:
        request: Any request whose field 1 is "regions/{region}" or a name below it.

    Raises:
        InvalidRequest: When the bytes are no message, or field 1 names no region.
    """

def reasons() -> list[tuple[str, str]]:
    """Returns every reason the engine gives with its error class, "Violation" for reasons of single fields."""

@final
class AuditKey:
    """The Ed25519 key that signs checkpoints; `pydispatch.audit.Key`."""

    def __new__(cls, text: str) -> AuditKey:
        """Reads a key's secret text.

        Raises:
            ValueError: When it is not of its form.
        """

    @staticmethod
    def from_seed(name: str, seed: bytes) -> AuditKey:
        """Makes a key of 32 random bytes. The name has 1 to 100 bytes without white space or plus.

        Raises:
            ValueError: When the name or the seed is not of its form.
        """

    @property
    def name(self) -> str:
        """Name of the key, with which the origin of its checkpoints begins."""

    @property
    def public_text(self) -> str:
        """What others need for checking: "name+id+base64"."""

    def secret_text(self) -> str:
        """Returns what must stay secret: "PRIVATE+KEY+name+id+base64"."""

@final
class AuditChain:
    """The appending end of one region's audit chain; `pydispatch.audit.Chain` is its public face."""

    def __new__(cls, region: str, blocks: bytes, tail: list[tuple[bytes, bytes]]) -> AuditChain: ...
    @property
    def size(self) -> int: ...
    @property
    def link(self) -> bytes: ...
    def remember(self, subjects: list[tuple[str, bytes, bytes]]) -> None: ...
    def append(
        self,
        epoch: int,
        policy_revision: str,
        changes: Sequence[tuple[str, str, bytes | None, bool, int, str, str]],
        salts: bytes,
    ) -> list[tuple[bytes, bytes, bytes | None, bytes | None]]: ...
    def checkpoint(self, key: AuditKey, time_ms: int) -> str: ...

@final
class AuditVerifier:
    """Reads one region's audit chain again; `pydispatch.audit.Verifier` is its public face."""

    def __new__(cls, region: str, trusted: list[str], faults_max: int) -> AuditVerifier: ...
    def expect_checkpoint(self, note: str, size: int | None) -> None: ...
    def expect_blocks(self, blocks: bytes) -> None: ...
    def feed(self, rows: list[tuple[int, str, bytes, bytes]]) -> int: ...
    def finish(
        self, size: int | None
    ) -> tuple[int, bytes | None, bytes | None, int, int, list[tuple[str, int, int]]]: ...

def audit_record(record: bytes) -> tuple[int, int, int, bytes, bytes, tuple[str, str, str, str, str, str]]:
    """Reads a record's canonical bytes; `pydispatch.audit.read_record`."""

def audit_opened(note: str, region: str, trusted: list[str]) -> tuple[int, bytes, bytes, int]:
    """Opens a signed checkpoint; `pydispatch.audit.open_checkpoint`."""

def audit_proof(sequence: int, size: int, blocks: bytes, own: list[bytes], tail: list[bytes]) -> bytes:
    """Proves that a record is in a tree; `pydispatch.audit.prove`."""

def audit_is_included(record: bytes, sequence: int, size: int, proof: bytes, root: bytes) -> bool:
    """Tells whether a proof leads from a record to a root; `pydispatch.audit.is_included`."""

def solve(
    problem: Problem, budget: Budget, seed: int, given: list[tuple[int, list[int | None]]]
) -> tuple[
    list[tuple[str, str]],
    tuple[
        list[tuple[int, int, list[tuple[int | None, int, int, int]], int, int, int, int]],
        list[int],
        int,
        int,
        int,
        int,
    ]
    | None,
]:
    """Solves a stand-alone problem; `pydispatch.planning.plan` is its public face."""

def _panic(text: str) -> None:
    """Panics behind the gate: tests show with it that no panic gets out."""
