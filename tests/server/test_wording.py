"""A person is told a form instead of a rule's source, and one sentence why a server does not start."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2, visit_service_pb2
from pydispatch_server.__main__ import main
from pydispatch_server.rules import wording
from pydispatch_server.rules.check import violations

CONTRACT = Path(__file__).parents[2] / "protos" / "dispatch" / "v1"


def patterns() -> list[str]:
    """Every pattern that a field of the contract has."""
    texts = (path.read_text(encoding="utf-8") for path in CONTRACT.glob("*.proto"))
    return sorted({found for text in texts for found in re.findall(r'pattern(?: =|:) "([^"]*)"', text)})


@pytest.mark.parametrize("pattern", patterns())
def test_every_pattern_of_the_contract_has_words(pattern: str) -> None:
    sentence = wording.of_pattern(pattern)
    assert sentence.startswith("must ")
    assert not re.search(r"[\^$*\[\]()?]", sentence)


def test_every_violation_reads_as_a_sentence() -> None:
    wrong = visit_service_pb2.ListVisitsRequest(parent="Paris", page_size=-1, states=[0])
    assert [str(found) for found in violations(wrong, now_ms=0)] == [
        'parent: must have the form "regions/{region}"',
        "page_size: must be at least 0 and at most 1000",
        "states[0]: must be given; UNSPECIFIED is not a choice here",
    ]
    empty = dispatch_service_pb2.ReportDisruptionRequest(parent="regions/a")
    assert [str(found) for found in violations(empty, now_ms=0)] == ["disruption: must be given"]


@pytest.mark.parametrize(
    ("content", "told"), [(None, "No such file"), ('{"nonsense": 1}', "unknown field `nonsense`"), ("{", "EOF")]
)
def test_a_bad_policy_is_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], content: str | None, told: str
) -> None:
    policy = tmp_path / "policy.json"
    if content is not None:
        policy.write_text(content, encoding="utf-8")
    database = f"sqlite:///{tmp_path / 'a.db'}"
    assert main(["--listen", "127.0.0.1:0", "--database-url", database, "--policy-file", str(policy)]) == 1
    line = capfd.readouterr().err.strip()
    assert line.startswith("pydispatch-server: the policy file ")
    assert told in line
    assert "\n" not in line


def test_a_file_that_is_no_database_is_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    database = tmp_path / "a.db"
    database.write_text("no database " * 100, encoding="utf-8")
    assert main(["--listen", "127.0.0.1:0", "--database-url", f"sqlite:///{database}"]) == 1
    line = capfd.readouterr().err.strip()
    assert line.endswith("file is not a database")
    assert "\n" not in line
