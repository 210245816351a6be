"""Types of the native half; see `pydispatch` for the public names."""

from collections.abc import Sequence
from typing import Literal, TypeAlias, final

from _typeshed import ReadableBuffer

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
            IllegalTransition: ILLEGAL_TRANSITION, WRONG_TECHNICIAN, TECHNICIAN_UNDER_WAY or RULE_BROKEN.
            Conflict: PLAN_CHANGED, of a change worked out before.
            Unavailable: REBUILDING.
        """

    def preview(self, command: bytes, now_ms: int) -> bytes:
        """Works out what a command would change, on a copy of the plan.

        Takes the time of a copy, which grows with technicians and visits; the plan is locked only while it is copied.

        Args:
            command: dispatch.engine.v1.Command.
            now_ms: The present.

        Returns:
            dispatch.engine.v1.Preview: the outcome, and the shifts concerned before and after.

        Raises:
            DispatchError: As `apply`.
        """

    def reoptimize(self, budget_ms: int, seed: int, max_moves: int | None, now_ms: int) -> bytes:
        """Searches for a better plan on a copy until the budget is used up or nothing more is found.

        Args:
            budget_ms: Longest time to search.
            seed: Where to begin, 0 to 2**32 - 1.
            max_moves: Most visits that may go to another technician; None for no bound.
            now_ms: The present.

        Returns:
            dispatch.engine.v1.Preview.

        Raises:
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

    def location_stream(self) -> LocationStream:
        """Begins a call that streams locations in."""

    def position_snapshot(self) -> PositionSnapshot:
        """Begins to give out all live positions, for an engine of a later process."""

    def warm_positions(self, part: bytes, now_ms: int) -> tuple[int, int]:
        """Takes a part of an earlier process's snapshot as if its positions were reported: newest event time wins.

        What no search can ask for any more is left out. Nothing is added to the fixes of `stats`.

        Args:
            part: What `PositionSnapshot.part` returned.
            now_ms: The present.

        Returns:
            How many positions are held now because of it, and how many were left out.

        Raises:
            InvalidRequest: As `report_locations`.
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

    def watch_locations(self, request: bytes) -> LocationWatch:
        """Begins to watch positions.

        Args:
            request: dispatch.v1.WatchLocationsRequest; the interval between looks is the caller's.

        Raises:
            InvalidRequest: With every field that breaks its bounds.
        """

    def put_geofence(self, geofence: bytes) -> None:
        """Adds a geofence or replaces it; stays in it go on. Linear in technicians when it is replaced.

        Args:
            geofence: dispatch.v1.Geofence.

        Raises:
            InvalidRequest: With every field that breaks its bounds; paths begin with "geofence".
        """

    def delete_geofence(self, geofence_id: str) -> None:
        """Removes a geofence, without events. One that is not there is passed over."""

    def restore_geofences(self, geofences: bytes) -> None:
        """Makes these the only geofences; stays in those that remain go on.

        Args:
            geofences: dispatch.v1.ListGeofencesResponse.

        Raises:
            InvalidRequest: With every field that breaks its bounds.
        """

    def advance_fences(self, now_ms: int) -> None:
        """Tells the dwells that are complete, for technicians whose fixes do not come that often."""

    def geofence_sequence(self) -> int:
        """Returns the sequence of the newest event, 0 when there was none. Waits for nothing."""

    def geofence_events(self, after_sequence: int, limit: int) -> bytes:
        """Reads what happened at geofences and at the sites of visits under way. The newest 65,536 events are kept.

        Args:
            after_sequence: Events after this one are returned.
            limit: Most events to return.

        Returns:
            dispatch.engine.v1.GeofenceEvents, oldest first.
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

    def explain_assignment(self, request: bytes, now_ms: int) -> bytes:
        """Says who could take a visit at what price, and what keeps the others from it and by how much.

        Args:
            request: dispatch.v1.ExplainAssignmentRequest.
            now_ms: The present.

        Returns:
            dispatch.v1.ExplainAssignmentResponse.

        Raises:
            InvalidRequest: With every field that breaks its bounds.
            NotFound: VISIT_NOT_FOUND or TECHNICIAN_NOT_FOUND.
            IllegalTransition: The visit is under way.
        """

    def explain_unassigned(self, request: bytes, now_ms: int) -> bytes:
        """Says why nobody has a visit, and the smallest single changes that would place it.

        Args:
            request: dispatch.v1.ExplainUnassignedRequest.
            now_ms: The present.

        Returns:
            dispatch.v1.ExplainUnassignedResponse.

        Raises:
            InvalidRequest: With every field that breaks its bounds.
            NotFound: VISIT_NOT_FOUND or TECHNICIAN_NOT_FOUND.
            IllegalTransition: The visit is on a route.
        """

    def compare_candidates(self, request: bytes, now_ms: int) -> bytes:
        """Compares two technicians for one visit, term by term.

        Args:
            request: dispatch.v1.CompareCandidatesRequest.
            now_ms: The present.

        Returns:
            dispatch.v1.CompareCandidatesResponse.

        Raises:
            InvalidRequest: With every field that breaks its bounds.
            NotFound: VISIT_NOT_FOUND or TECHNICIAN_NOT_FOUND.
            IllegalTransition: The visit is under way.
        """

    def evaluate_plan(self, request: bytes, now_ms: int) -> bytes:
        """Evaluates given orders of visits: times, price by term, broken rules. No search.

        Args:
            request: dispatch.v1.EvaluatePlanRequest.
            now_ms: The present.

        Returns:
            dispatch.v1.EvaluatePlanResponse.

        Raises:
            InvalidRequest: With every field that breaks its bounds.
            NotFound: VISIT_NOT_FOUND or TECHNICIAN_NOT_FOUND.
        """

    def study(self, request: bytes, now_ms: int) -> bytes:
        """Copies a part of the plan and improves the copy; the plan stays free meanwhile.

        Nothing is changed: the orders found are adopted by a Command, as far as they still stand by then. Takes as long
        as it is told, so it belongs in a thread.

        Args:
            request: dispatch.engine.v1.StudyRequest.
            now_ms: The present.

        Returns:
            dispatch.engine.v1.AdoptOrders; nothing when nothing better was found.

        Raises:
            InvalidRequest: With every field out of its bounds.
            Unavailable: REBUILDING.
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

@final
class LocationStream:
    """One call that streams locations in, made by `Engine.location_stream`. It knows what it owes to acknowledge."""

    def take(self, request: bytes, now_ms: int) -> bool:
        """Takes the next batch, as `Engine.stream_locations` does, and owes its acknowledgement.

        Args:
            request: dispatch.v1.StreamLocationsRequest.
            now_ms: The present.

        Returns:
            Whether another batch may be taken before an acknowledgement.

        Raises:
            InvalidRequest: As `Engine.stream_locations`.
            Overloaded: OVER_CREDIT, also when 32 batches are owed an acknowledgement.
        """

    def acknowledgement(self) -> bytes | None:
        """Returns the next acknowledgement owed, of all batches taken since the last one; None when nothing is owed.

        Returns:
            dispatch.v1.StreamLocationsResponse; its counts are those of all the batches together.
        """

@final
class PositionSnapshot:
    """All live positions in parts of up to 1,000 technicians, made by `Engine.position_snapshot`."""

    def parts(self) -> int:
        """Returns the number of parts there are now."""

    def part(self, part: int) -> bytes | None:
        """Returns one part when anything in it is new since it was last told, else None. O(1,000).

        Args:
            part: Number of the part, from 0.

        Returns:
            dispatch.v1.BatchReportLocationsRequest, or nothing at all (b"") when nobody of the part has a position.
        """

@final
class LocationWatch:
    """One watcher of positions, made by `Engine.watch_locations`. It remembers what it has seen."""

    def poll(self) -> list[bytes]:
        """Returns what is new since the last look: dispatch.v1.WatchLocationsResponse, none when nothing is.

        10,000 positions a message at most. O(N) in technicians, or in those that were asked for by identifier.
        """

Availability: TypeAlias = Literal["AVAILABLE", "TRAVELLING", "WORKING", "ON_BREAK", "OFFLINE"]
FixOutcome: TypeAlias = Literal[
    "APPLIED", "RECOVERED", "DUPLICATE", "OLDER", "FAR_FUTURE", "IMPOSSIBLE_JUMP", "INVALID", "UNKNOWN_TECHNICIAN"
]

@final
class IndexFilter:
    """Which technicians count in a search; made by `LiveIndex.filter`, used by that index only."""

@final
class LiveIndex:
    """The live index by itself: up to 16 million moving technicians, and who of them is near, exactly.

    A technician has a name, interned once, and from then on a number below 2**32 - 1. Places are WGS 84 degrees on
    the mean sphere; times are milliseconds since the Unix epoch and always arguments. Fixes are judged one by one: the
    newest event time wins, and what cannot be is kept out. Arrays go in through the buffer protocol (`array.array`,
    numpy, memoryview; contiguous) and come out as memoryviews. All methods may be called from any thread; a search
    waits for a writer for at most 1,000 fixes.

    Args:
        max_future_ms: How far ahead of `now_ms` an event time may be.
        max_speed_mps: Fastest believable movement; infinity switches the test off.
        jump_slack_m: Distance that is always believable.

    Raises:
        InvalidRequest: When a limit is negative or NaN.
    """

    def __new__(
        cls, *, max_future_ms: int = 30_000, max_speed_mps: float = 70.0, jump_slack_m: float = 500.0
    ) -> LiveIndex: ...
    def __len__(self) -> int:
        """Returns the number of registered technicians."""

    def positioned(self) -> int:
        """Returns the number of technicians with a position."""

    def register(
        self,
        name: str,
        *,
        skills: Sequence[tuple[str, int]] = (),
        certificates: Sequence[tuple[str, int | None, int | None]] = (),
        partner: str | None = None,
        availability: Availability = "AVAILABLE",
    ) -> int:
        """Registers a technician, or replaces the attributes of one; a position held stays.

        Args:
            name: Any text; it keeps its number even after `remove`.
            skills: Skills with levels 1 to 15; an index tells 128 skills apart.
            certificates: Certificates with the first instant of validity and the first after it; None is open.
            partner: The partner they work for, None for one's own staff.
            availability: What they are doing.

        Returns:
            The number.

        Raises:
            InvalidRequest: For an unknown availability, or when a table of names is full.
        """

    def register_many(self, names: Sequence[str]) -> memoryview[int]:
        """Registers technicians without attributes, AVAILABLE; returns their numbers (format "I")."""

    def set_availability(self, number: int, availability: Availability) -> None:
        """Sets what a technician is doing. Raises InvalidRequest for an unknown number or availability."""

    def remove(self, number: int) -> bool:
        """Forgets a technician and the position; returns whether there was one."""

    def number(self, name: str) -> int | None:
        """Returns the number of a registered technician."""

    def name(self, number: int) -> str | None:
        """Returns the name of a registered technician."""

    def position(self, number: int) -> tuple[float, float, int] | None:
        """Returns latitude, longitude and event time of the position held."""

    def move_one(
        self,
        number: int,
        lat_deg: float,
        lon_deg: float,
        event_time_ms: int,
        now_ms: int,
        accuracy_m: float = 0.0,
    ) -> FixOutcome:
        """Takes one fix. O(1).

        Args:
            number: Whose.
            lat_deg: Latitude in degrees, -90 to 90.
            lon_deg: Longitude in degrees, -180 to 180.
            event_time_ms: When it was observed.
            now_ms: The present.
            accuracy_m: Radius of 68% confidence in metres, 0 when unknown.

        Returns:
            What became of it; only APPLIED and RECOVERED moved anybody.
        """

    def move_many(
        self,
        numbers: ReadableBuffer,
        lats_deg: ReadableBuffer,
        lons_deg: ReadableBuffer,
        event_times_ms: ReadableBuffer,
        now_ms: int,
    ) -> dict[str, int]:
        """Takes many fixes in order, in pieces of 1,000 between which searches go on. O(n).

        Args:
            numbers: Whose, uint32, shape (n,).
            lats_deg: Latitudes in degrees, float64, shape (n,).
            lons_deg: Longitudes in degrees, float64, shape (n,).
            event_times_ms: When each was observed, int64, shape (n,).
            now_ms: The present.

        Returns:
            How many had which outcome: applied (RECOVERED among them), duplicate, older, far_future, impossible_jump,
            invalid, unknown_technician.

        Raises:
            ValueError: For arrays of different lengths, not contiguous, or of more than one dimension.
            BufferError: For arrays of another type.
        """

    def expire(self, before_ms: int) -> list[int]:
        """Drops every position observed before `before_ms`; returns whose they were. O(expired)."""

    def filter(
        self,
        *,
        skills: Sequence[tuple[str, int]] = (),
        certificates: Sequence[str] = (),
        certified_at_ms: int = 0,
        availability: Sequence[Availability] | None = None,
        max_staleness_ms: int | None = None,
        partners: Sequence[str | None] | None = None,
        area: Sequence[tuple[float, float]] | None = None,
        exclude: Sequence[int] = (),
    ) -> IndexFilter:
        """Builds a filter to be used in many searches; all conditions must hold.

        Args:
            skills: Skills with the lowest level that will do.
            certificates: Certificates that must hold at `certified_at_ms`.
            certified_at_ms: When they must hold.
            availability: Any of these; None is any at all.
            max_staleness_ms: Oldest position that counts, before the search's `now_ms`.
            partners: Any of these, None among them being one's own staff; None is everybody.
            area: Corners (latitude, longitude) of a polygon to stand in; edges as in GeoJSON.
            exclude: Numbers never to return.

        Raises:
            InvalidRequest: For an unknown availability or an area that is none. A name not known yet is no error: until
                the filter is built anew it lets nobody through.
        """

    def nearest(
        self,
        lat_deg: float,
        lon_deg: float,
        k: int,
        now_ms: int,
        filter: IndexFilter | None = None,
        radius_m: float | None = None,
    ) -> tuple[list[int], list[float]]:
        """Finds the k nearest by great-circle distance; equal distances go by number.

        Args:
            lat_deg: Latitude in degrees of where to search from.
            lon_deg: Longitude in degrees.
            k: Most to return, at least 1.
            now_ms: The present; only staleness needs it.
            filter: Who counts; None is everybody with a position.
            radius_m: Farthest distance in metres.

        Returns:
            Numbers, and distances in metres, nearest first.

        Raises:
            InvalidRequest: For arguments out of range.
            ValueError: For a filter of another index.
        """

    def nearest_many(
        self,
        lats_deg: ReadableBuffer,
        lons_deg: ReadableBuffer,
        k: int,
        now_ms: int,
        filter: IndexFilter | None = None,
        radius_m: float | None = None,
    ) -> tuple[memoryview[int], memoryview[float]]:
        """Does many searches in one call, as `nearest`.

        Args:
            lats_deg: Latitudes in degrees, float64, shape (n,).
            lons_deg: Longitudes in degrees, float64, shape (n,).
            k: Most to return for each, at least 1; n * k is at most 2**24.
            now_ms: The present.
            filter: Who counts; None is everybody with a position.
            radius_m: Farthest distance in metres.

        Returns:
            Numbers (format "I") and distances in metres (format "d"), shape (n * k,), row after row; places beyond the
            last one found hold 2**32 - 1 and infinity.
        """

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
    def forget(self, resources: list[str]) -> None: ...
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
    def feed(self, rows: list[tuple[int, bytes, bytes, bytes]]) -> int: ...
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
    problem: Problem,
    budget: Budget,
    seed: int,
    given: list[tuple[int, list[int | None]]],
    fewest_technicians: bool,
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

def _panic(text: str, engine: Engine | None = None) -> None:
    """Panics behind the gate, in the middle of a change of `engine` if given: tests show with it what comes of that."""
