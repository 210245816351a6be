"""Readers of public problem formats: text in, `pydispatch.problem.Problem` out, one format a file.

What a format can say and the solver cannot is refused by name with `InvalidRequest`, never dropped silently.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pydispatch.errors import InvalidRequest
from pydispatch.importers.lilim import is_lilim, read_lilim
from pydispatch.importers.solomon import is_solomon, read_solomon
from pydispatch.importers.trsp import is_trsp, read_trsp
from pydispatch.importers.vroom import is_vroom, read_vroom
from pydispatch.problem import Problem

__all__ = ["FORMATS", "MAX_FILE_BYTES", "load", "read", "read_lilim", "read_solomon", "read_trsp", "read_vroom"]

#: Largest file that is read: a full matrix of the solver's largest problem in JSON stays below it.
MAX_FILE_BYTES = 512 * 2**20

#: Name of a format -> whether a text looks like it, and its reader. Asked in order.
FORMATS: dict[str, tuple[Callable[[str], bool], Callable[[str], Problem]]] = {
    "vroom": (is_vroom, read_vroom),
    "trsp": (is_trsp, read_trsp),
    "solomon": (is_solomon, read_solomon),
    "lilim": (is_lilim, read_lilim),
}


def read(text: str, format_name: str | None = None) -> Problem:
    """Reads a problem.

    Args:
        text: The whole file.
        format_name: One of `FORMATS`; found out from the text when None.

    Returns:
        The problem in integer units.

    Raises:
        InvalidRequest: When no format fits, or the format says what the solver cannot do.
    """
    if format_name is not None and format_name not in FORMATS:
        raise InvalidRequest(f"no such format: {format_name}; there are {', '.join(FORMATS)}", reason="UNKNOWN_FORMAT")
    for name, (fits, reader) in FORMATS.items():
        if name == format_name or (format_name is None and fits(text)):
            return reader(text)
    raise InvalidRequest(f"the text is in none of the formats {', '.join(FORMATS)}", reason="UNKNOWN_FORMAT")


def load(path: str | Path, format_name: str | None = None) -> Problem:
    """Reads a problem from a file; see `read`.

    Raises:
        OSError: When the file cannot be read.
        InvalidRequest: Also when it is larger than `MAX_FILE_BYTES`.
    """
    file = Path(path)
    if file.stat().st_size > MAX_FILE_BYTES:
        raise InvalidRequest(f"{file} is larger than {MAX_FILE_BYTES} bytes", reason="MESSAGE_TOO_LARGE")
    return read(file.read_text(encoding="utf-8"), format_name)
