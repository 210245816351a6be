"""Where published instances lie, for tests that only run where they do."""

from __future__ import annotations

import os
import tarfile
from functools import cache
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("PYDISPATCH_DATA", _ROOT.parent / "shared" / "data"))


@cache
def members(archive: str) -> dict[str, str]:
    """Returns the files of an archive by name, or skips the test and says what is missing."""
    path = DATA / archive
    if not path.exists():
        pytest.skip(f"published data missing: {archive} (set PYDISPATCH_DATA)")
    found = {}
    with tarfile.open(path) as tar:
        for member in tar.getmembers():
            file = tar.extractfile(member)
            if file is not None:
                found[member.name] = file.read().decode()
    return found
