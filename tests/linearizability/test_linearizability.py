"""A slice of the linearizability rounds, and that the checker finds what is planted."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.linearizability.check import SOURCES, GoMissing, build, judge, recorded

HISTORIES = 3


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        return build(tmp_path_factory.mktemp("checker"))
    except GoMissing as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_calls_under_faults_are_linearizable(checker: Path, tmp_path: Path, store: str) -> None:
    figures, said = judge(checker, recorded(tmp_path, store, HISTORIES, seed=1))
    assert (figures["histories"], figures["violations"], figures["undecided"]) == (HISTORIES, 0, 0), said
    assert figures["operations"] > 100


def test_the_checker_is_tidy(checker: Path) -> None:
    assert checker.exists()
    written = subprocess.run(["gofmt", "-l", "."], cwd=SOURCES, check=True, capture_output=True, text=True).stdout
    assert not written
    subprocess.run(["go", "vet", "."], cwd=SOURCES, check=True)


def call(kind: str, begin: int, end: int, answer: str, key: str = "", **more: Any) -> dict[str, Any]:
    timed = {"start_s": 0, "duration_s": 1800} if kind == "book" else {}
    base = {"history": 1, "client": begin % 4, "technician": "t", "kind": kind, "key": key, "visits": []}
    return {**base, **timed, "call_ns": begin, "return_ns": end, "answer": answer, **more}


def read(begin: int, end: int, *visits: str) -> dict[str, Any]:
    return call("read", begin, end, "done", visits=list(visits))


def verdict(checker: Path, *calls: dict[str, Any]) -> bool:
    figures, _ = judge(checker, "".join(json.dumps(one) + "\n" for one in calls))
    return figures["violations"] == 0


BOOKED = call("book", 0, 10, "placed", "a")


@pytest.mark.parametrize(
    "planted",
    [
        [call("book", 20, 30, "placed", "b", start_s=900)],
        [read(20, 30)],
        [call("cancel", 20, 30, "done", "a"), read(40, 50, "a")],
        [call("cancel", 20, 30, "done", "a"), call("book", 40, 50, "unassigned", "b")],
        [call("accept", 20, 30, "done", "a"), call("accept", 40, 50, "done", "a")],
        [call("offline", 20, 30, "done", visits=[])],
        [
            call("offline", 20, 30, "unknown"),
            read(40, 50),
            call("accept", 60, 70, "done", "a"),
        ],
        [
            call("cancel", 20, 0, "unknown", "a"),
            read(40, 50),
            read(60, 70, "a"),
        ],
        [call("unassign", 20, 30, "done", "a"), read(40, 50, "a")],
        [call("unassign", 20, 30, "done", "a"), call("assign", 40, 50, "refused", "a")],
    ],
    ids=["twice", "lost", "revived", "phantom", "again", "forgotten", "undone", "back", "stuck", "denied"],
)
def test_planted_violations_are_found(checker: Path, planted: list[dict[str, Any]]) -> None:
    assert not verdict(checker, BOOKED, *planted)


@pytest.mark.parametrize(
    "allowed",
    [
        [call("book", 20, 30, "placed", "b", start_s=1800)],
        [call("book", 20, 30, "unassigned", "b", start_s=900), read(40, 50, "a")],
        [call("cancel", 20, 60, "done", "a"), read(30, 40, "a")],
        [
            call("cancel", 20, 0, "unknown", "a"),
            read(30, 40, "a"),
            read(50, 60),
        ],
        [call("book", 5, 0, "unknown", "b"), read(20, 30, "a")],
    ],
    ids=["beside", "waiting", "concurrent", "late", "never"],
)
def test_what_may_happen_is_not_taken_for_a_violation(checker: Path, allowed: list[dict[str, Any]]) -> None:
    assert verdict(checker, BOOKED, *allowed)
