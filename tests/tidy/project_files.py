"""Lists the project's own text files for the tidy tests: what git tracks or would track, without what was generated."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

GENERATED = (
    "engine_rs/wire/src/generated/",
    "protos/python/pydispatch_protos/dispatch/",
    "protos/python/pydispatch_protos/buf/",
)
THIRD_PARTY = ("protos/third_party/", "LICENSE")
CODE_SUFFIXES = {".py", ".pyi", ".rs", ".sh", ".proto"}


@cache
def own_files() -> tuple[Path, ...]:
    """Returns own files, relative to the root, sorted."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    names = sorted(name for name in listing.stdout.decode().split("\0") if name)
    own = [name for name in names if not name.startswith((*GENERATED, *THIRD_PARTY))]
    return tuple(Path(name) for name in own if (ROOT / name).is_file())


def own_code() -> list[Path]:
    """Returns own source files, relative to the root."""
    return [path for path in own_files() if path.suffix in CODE_SUFFIXES]


def own_text() -> list[tuple[Path, str]]:
    """Returns every own file that is UTF-8 text, with its content."""
    found = []
    for path in own_files():
        try:
            found.append((path, (ROOT / path).read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return found
