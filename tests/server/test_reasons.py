"""The catalogue of reasons is complete, and the documentation says the same."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from pydispatch_server import reasons

from pydispatch import errors

ROOT = Path(__file__).parents[2]
DOCUMENTED = re.compile(r"^\| `([A-Z_]+)` \| (\w+) \| (.+) \|$", re.MULTILINE)


def documented() -> dict[str, str]:
    return {reason: kind for reason, kind, _ in DOCUMENTED.findall((ROOT / "docs" / "errors.md").read_text())}


def constants() -> set[str]:
    return {
        value for name, value in vars(reasons).items() if name.isupper() and isinstance(value, str) and name == value
    }


def test_every_reason_is_in_the_catalogue() -> None:
    assert constants() == set(reasons.CATALOGUE)


def test_every_reason_is_documented_under_its_class() -> None:
    docs = documented()
    for reason, (kind, meaning) in reasons.CATALOGUE.items():
        assert docs.get(reason) == ("Violation" if kind == reasons.FIELD else kind), reason
        assert meaning.endswith(".")
        assert kind in {reasons.FIELD, "DeadlinePassed"} or hasattr(errors, kind)


def test_every_reason_is_given_somewhere() -> None:
    sources = [path.read_text() for path in (ROOT / "server" / "pydispatch_server").rglob("*.py")]
    used = {
        node.attr
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "reasons"
    }
    engine = (ROOT / "engine_rs").rglob("*.rs")
    given_by_engine = {reason for path in engine for reason in re.findall(r'"([A-Z_]+)"', path.read_text())}
    by_rules = set(reasons._BY_RULE.values())
    assert set(reasons.CATALOGUE) <= used | by_rules | given_by_engine
