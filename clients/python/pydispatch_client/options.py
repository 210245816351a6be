"""How a client connects, how long it waits and how it tries again. Plain frozen values with defaults that work.

Start at `ClientOptions`.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import grpc

USER_AGENT = "pydispatch-client/0.1.0"
# A plan or a page of a large city is a few MiB; this leaves room and still bounds what a client can be made to hold.
MAX_MESSAGE_BYTES = 64 * 1024 * 1024
# gRPC itself allows no more attempts than this.
MAX_ATTEMPTS_LIMIT = 5


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Default deadline in seconds of each class of call; every call can be given another one.

    Attributes:
        read_s: Get and List.
        search_s: Nearby search, recommendation and fix batches.
        write_s: Calls that change something.
        plan_s: Planning a batch and checking a plan.
        import_s: Importing a batch.
        clock_s: Moving a manual clock; the answer comes when everything due by then has happened.
    """

    read_s: float = 5.0
    search_s: float = 2.0
    write_s: float = 10.0
    plan_s: float = 120.0
    import_s: float = 300.0
    clock_s: float = 120.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How gRPC repeats a single call that found the server unavailable, within the call's deadline.

    Only reads and calls that carry a request_id are repeated. A server that says it is overloaded is left alone.

    Attributes:
        max_attempts: Attempts in all, 1 to 5; 1 switches retries off.
        initial_backoff_s: Longest wait before the second attempt.
        max_backoff_s: Longest wait before any attempt.
        multiplier: Growth of the wait from one attempt to the next.
    """

    max_attempts: int = 4
    initial_backoff_s: float = 0.1
    max_backoff_s: float = 2.0
    multiplier: float = 2.0

    def __post_init__(self) -> None:
        if not 1 <= self.max_attempts <= MAX_ATTEMPTS_LIMIT:
            raise ValueError(f"max_attempts must be 1 to {MAX_ATTEMPTS_LIMIT}, not {self.max_attempts}")


@dataclass(frozen=True, slots=True)
class Backoff:
    """How a broken stream is opened again: full jitter under an exponentially growing cap.

    Attributes:
        initial_s: Cap of the first wait.
        max_s: Cap of any wait.
        multiplier: Growth of the cap.
        give_up_after_s: The error is raised once this much time was waited without progress. None never gives up.
    """

    initial_s: float = 0.1
    max_s: float = 5.0
    multiplier: float = 2.0
    give_up_after_s: float | None = 300.0


class BackoffTimer:
    """The waits of one stream under a `Backoff`, reset by every sign of progress."""

    def __init__(self, backoff: Backoff, rng: random.Random) -> None:
        self._backoff = backoff
        self._rng = rng
        self._cap_s = backoff.initial_s
        self._waited_s = 0.0

    def reset(self) -> None:
        """Notes progress: the next wait is short again."""
        self._cap_s = self._backoff.initial_s
        self._waited_s = 0.0

    def next_delay_s(self, retry_after_s: float | None = None) -> float | None:
        """Returns how long to wait before the next attempt, at least `retry_after_s`; None says to give up."""
        limit_s = self._backoff.give_up_after_s
        if limit_s is not None and self._waited_s >= limit_s:
            return None
        delay_s = max(self._rng.uniform(0.0, self._cap_s), retry_after_s or 0.0)
        # The cap counts, not the draw: a row of lucky short waits must not make the attempts endless.
        self._waited_s += max(self._cap_s, retry_after_s or 0.0)
        self._cap_s = min(self._cap_s * self._backoff.multiplier, self._backoff.max_s)
        return delay_s


@dataclass(frozen=True, slots=True)
class Tls:
    """Encrypts the connection, and names the client when it has a certificate.

    Attributes:
        root_certificates: PEM of the authorities that may sign the server's certificate; None takes the system's.
        private_key: PEM of the client's key, for mutual TLS.
        certificate_chain: PEM of the client's certificate chain, for mutual TLS.
        server_name: Name expected in the server's certificate when it is not the host connected to.
    """

    root_certificates: bytes | None = None
    private_key: bytes | None = field(default=None, repr=False)
    certificate_chain: bytes | None = None
    server_name: str | None = None

    @classmethod
    def from_files(
        cls,
        root_certificates: Path | None = None,
        private_key: Path | None = None,
        certificate_chain: Path | None = None,
        server_name: str | None = None,
    ) -> Tls:
        """Reads the PEM files. Raises OSError when one cannot be read."""
        return cls(
            root_certificates.read_bytes() if root_certificates else None,
            private_key.read_bytes() if private_key else None,
            certificate_chain.read_bytes() if certificate_chain else None,
            server_name,
        )

    def credentials(self) -> grpc.ChannelCredentials:
        """Returns the credentials for a channel."""
        return grpc.ssl_channel_credentials(self.root_certificates, self.private_key, self.certificate_chain)


@dataclass(frozen=True, slots=True)
class StreamBreak:
    """A stream broke and will be opened again.

    Attributes:
        method: Full name of the RPC.
        error: Why it broke; None when the server just ended it.
        delay_s: Seconds until it is opened again.
    """

    method: str
    error: Exception | None
    delay_s: float


def random_request_id() -> str:
    """Returns a new random request_id."""
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """Everything about a client but the server's address.

    Attributes:
        deadlines: Default deadlines by class of call.
        retry: How single calls are repeated.
        backoff: How broken streams are opened again.
        tls: Encryption; None connects in the clear.
        metadata: Sent with every call, such as (("authorization", "Bearer ..."),).
        wait_for_ready: True lets a call wait for the connection until its deadline instead of failing at once.
        keepalive_time_s: A connection with a call under way is probed after this much silence.
        keepalive_timeout_s: A probe without an answer for this long closes the connection.
        max_message_bytes: Largest message sent or received.
        seed: Seed of the jitter; None draws it from the system.
        new_request_id: Makes the request_id of a call that was given none.
        on_break: Called, where the stream runs, whenever a stream breaks and will be opened again.
    """

    deadlines: Deadlines = Deadlines()
    retry: RetryPolicy = RetryPolicy()
    backoff: Backoff = Backoff()
    tls: Tls | None = None
    metadata: tuple[tuple[str, str], ...] = ()
    wait_for_ready: bool = False
    keepalive_time_s: float = 30.0
    keepalive_timeout_s: float = 10.0
    max_message_bytes: int = MAX_MESSAGE_BYTES
    seed: int | None = None
    new_request_id: Callable[[], str] = random_request_id
    on_break: Callable[[StreamBreak], None] | None = None


DEFAULT_OPTIONS = ClientOptions()
