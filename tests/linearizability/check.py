"""Records histories under faults and has them checked: `make linearizability HISTORIES=100 STORE=postgresql`.

The checker is a small Go program around porcupine, in `checker/`; without Go nothing can be checked, and this says so.
The last line on stdout is one JSON object with the counts; the exit code is 1 when a history is not linearizable.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.linearizability.record import FLAGS, record
from tests.server import databases
from tests.server.conftest import MANUAL
from tests.server.forked import ForkedServer

SOURCES = Path(__file__).parent / "checker"
BUILD_S = 300
CHECK_S = 1800


class GoMissing(Exception):
    """The checker cannot be built here."""


def build(folder: Path) -> Path:
    """Builds the checker and returns it.

    Raises:
        GoMissing: There is no Go.
    """
    if shutil.which("go") is None:
        raise GoMissing("the program `go` is missing: install Go 1.21 or newer from go.dev or your system's packages")
    checker = folder / "checker"
    subprocess.run(["go", "build", "-o", checker, "."], cwd=SOURCES, check=True, timeout=BUILD_S)
    return checker


def judge(checker: Path, histories: str) -> tuple[dict[str, int], str]:
    """Checks histories, one JSON object a call and line, and returns the counts and what was said of bad ones."""
    done = subprocess.run([checker], input=histories, capture_output=True, text=True, timeout=CHECK_S, check=False)
    assert done.returncode in {0, 1}, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stderr


def recorded(folder: Path, store: str, count: int, seed: int) -> str:
    """Records so many histories on a new database."""
    url = databases.new_postgresql() if store == "postgresql" else ""
    process = ForkedServer(folder, *MANUAL, *FLAGS, url=url)
    path = folder / "histories.jsonl"
    try:
        with path.open("w") as out:
            asyncio.run(record(process, count, seed, out, lambda number: sys.stderr.write(f"{number}/{count}\r")))
    finally:
        process.close()
    return path.read_text()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--histories", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--keep", type=Path, help="file that receives the histories")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="linearizability-") as name:
        folder = Path(name)
        try:
            checker = build(folder)
        except GoMissing as error:
            sys.stderr.write(f"{error}\n")
            return 2
        histories = recorded(folder, given.store, given.histories, given.seed)
        if given.keep:
            given.keep.write_text(histories)
        figures, said = judge(checker, histories)
    sys.stderr.write(said)
    sys.stdout.write(json.dumps({"store": given.store, **figures}) + "\n")
    return 1 if figures["violations"] or figures["undecided"] else 0


if __name__ == "__main__":
    sys.exit(main())
