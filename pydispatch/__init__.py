"""The library face of the dispatch engine and the pure rules around it: no gRPC, no SQL.

`Engine` is one region: serialised messages of pydispatch-protos in and out. `request_region` says whose a request is.
`LiveIndex` is the index of moving technicians by itself.
Errors are ordinary classes, see `pydispatch.errors`. `plan(problem, budget)` solves a stand-alone problem, which
`pydispatch.problem` states and `pydispatch.importers` read from public formats.
"""

import warnings

from pydispatch import _engine
from pydispatch._engine import Engine, IndexFilter, LiveIndex, LocationStream, PositionSnapshot, request_region
from pydispatch.errors import (
    AlreadyExists,
    Conflict,
    DispatchError,
    IllegalTransition,
    InternalError,
    InvalidRequest,
    NotFound,
    Overloaded,
    Unavailable,
    Violation,
)
from pydispatch.planning import Budget, plan

__version__ = _engine.__version__

__all__ = [
    "AlreadyExists",
    "Budget",
    "Conflict",
    "DispatchError",
    "Engine",
    "IllegalTransition",
    "IndexFilter",
    "InternalError",
    "InvalidRequest",
    "LiveIndex",
    "LocationStream",
    "NotFound",
    "Overloaded",
    "PositionSnapshot",
    "Unavailable",
    "Violation",
    "plan",
    "request_region",
]

if _engine.IS_DEBUG_BUILD:
    warnings.warn(
        "pydispatch's engine is a debug build: correct, but many times slower; `make setup` builds the fast one",
        RuntimeWarning,
        stacklevel=2,
    )
