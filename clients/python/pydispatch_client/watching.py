"""What a watcher remembers between two streams, so that a break is invisible to its caller. No IO here."""

from __future__ import annotations

from pydispatch_client import errors
from pydispatch_client import messages as m

_CHANGED = m.PlanEventType.PLAN_EVENT_TYPE_VISIT_CHANGED
_RESYNC = m.PlanEventType.PLAN_EVENT_TYPE_RESYNC


def is_broken_stream(error: errors.DispatchClientError) -> bool:
    """Returns True when opening the stream again may help.

    A stream is broken by the transport or a stopping server; an `Internal` that carries a reason is the server's own
    word about this request, and would only be repeated.
    """
    if isinstance(error, errors.Internal):
        return not error.reason
    return isinstance(error, errors.Unavailable | errors.ResourceExhausted | errors.Cancelled)


def retry_after_s(error: errors.DispatchClientError | None) -> float | None:
    """Returns the wait that the server asked for, if any."""
    if isinstance(error, errors.Unavailable | errors.ResourceExhausted):
        return error.retry_after_s
    return None


class PlanCursor:
    """Where a watcher of a plan is: the token to resume with and the newest change seen."""

    def __init__(self, request: m.WatchPlanRequest) -> None:
        self._request = request
        self._resume_token = request.resume_token
        self._sequence = 0
        self._has_delivered = False

    def next_request(self) -> m.WatchPlanRequest:
        """Returns the request that opens the next stream."""
        request = m.WatchPlanRequest()
        request.CopyFrom(self._request)
        request.resume_token = self._resume_token
        return request

    def accept(self, event: m.WatchPlanResponse) -> bool:
        """Notes an event and returns whether the caller has not seen it yet."""
        if event.type == _CHANGED and event.sequence <= self._sequence:
            return False
        if event.type in (_CHANGED, _RESYNC):
            self._sequence = event.sequence
        if event.resume_token:
            self._resume_token = event.resume_token
        self._has_delivered = True
        return True

    def restart(self) -> m.WatchPlanResponse | None:
        """Prepares for a new stream.

        Returns:
            A RESYNC for the caller when the new stream cannot go on where the old one broke and will begin with a new
            initial state, None otherwise.
        """
        if self._resume_token or not self._has_delivered:
            return None
        self._sequence = 0
        self._has_delivered = False
        return m.WatchPlanResponse(type=_RESYNC)
