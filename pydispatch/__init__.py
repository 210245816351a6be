"""The library face of the dispatch engine and the pure rules around it: no gRPC, no SQL.

`Engine` is one region: serialised messages of pydispatch-protos in and out. `request_region` says whose a request is.
Errors are ordinary classes, see `pydispatch.errors`. `pydispatch.planning` solves a stand-alone problem.
"""

import warnings

from pydispatch import _engine
from pydispatch._engine import Engine, request_region
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

__version__ = _engine.__version__

__all__ = [
    "AlreadyExists",
    "Conflict",
    "DispatchError",
    "Engine",
    "IllegalTransition",
    "InternalError",
    "InvalidRequest",
    "NotFound",
    "Overloaded",
    "Unavailable",
    "Violation",
    "request_region",
]

if _engine.IS_DEBUG_BUILD:
    warnings.warn(
        "pydispatch's engine is a debug build: correct, but many times slower; `make setup` builds the fast one",
        RuntimeWarning,
        stacklevel=2,
    )
