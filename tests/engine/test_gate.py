"""What crosses the line: errors as documented classes, nothing of a panic, and no reason without a word in the docs."""

from __future__ import annotations

import logging
import pickle
import re
from pathlib import Path

import pytest
from pydispatch_protos.dispatch.engine.v1 import engine_pb2 as epb

import pydispatch
from pydispatch import _engine, errors
from pydispatch.errors import DispatchError, InternalError, InvalidRequest, Unavailable, Violation
from tests.engine.city import CENTER, NOW_MS, City, fix, technician

DOCS = Path(__file__).parents[2] / "docs" / "errors.md"


def test_nothing_of_a_panic_gets_out(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    with caplog.at_level(logging.ERROR, "pydispatch.engine"), pytest.raises(InternalError) as raised:
        _engine._panic("a secret")
    error = raised.value
    assert error.reason == "INTERNAL"
    assert error.error_id
    assert "secret" not in f"{error} {error!r} {error.args} {error.metadata}"
    (record,) = caplog.records
    assert error.error_id in record.getMessage()
    assert "a secret" in record.getMessage(), "the log has the whole story"
    assert capfd.readouterr().err == ""


def test_every_panic_has_its_own_identifier() -> None:
    ids = set()
    for _ in range(3):
        with pytest.raises(InternalError) as raised:
            _engine._panic("x")
        ids.add(raised.value.error_id)
    assert len(ids) == 3


def test_a_half_done_change_is_never_used() -> None:
    city = City()
    city.put(technician("anna"))
    city.report([fix("anna", CENTER)])
    with pytest.raises(InternalError):
        _engine._panic("in the middle", city.engine)
    for call in (lambda: city.put(technician("bob")), city.plan, city.recommend, city.check, city.stats):
        with pytest.raises(Unavailable) as refused:
            call()
        assert refused.value.reason == "REBUILDING"
        assert refused.value.retry_after_s > 0
    assert city.near_ids() == ["anna"], "who is near has nothing to do with the plan"
    city.engine.restore(epb.Snapshot(technicians=[technician("anna")]).SerializeToString(), NOW_MS)
    assert [ranked.technician_id for ranked in city.recommend().recommendations] == ["anna"]
    assert city.near_ids() == ["anna"]


def test_every_reason_of_the_engine_is_documented_with_its_class() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (\w+) \|", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    documented = dict(rows)
    assert len(documented) == len(rows), "each reason once"
    for reason, class_name in _engine.reasons():
        assert documented.get(reason) == class_name, reason
        assert hasattr(errors, class_name)


def test_errors_survive_pickling() -> None:
    error = InvalidRequest("bad", violations=[Violation("a[0].b", "REQUIRED", "is required")], metadata={"k": "v"})
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.violations, copy.metadata) == (str(error), error.violations, error.metadata)
    assert str(error) == "bad [INVALID_FIELDS]: a[0].b: is required"


def test_all_errors_have_one_base() -> None:
    classes = [getattr(errors, name) for name in errors.__all__]
    raised = [cls for cls in classes if isinstance(cls, type) and issubclass(cls, Exception)]
    assert all(issubclass(cls, DispatchError) for cls in raised)
    assert set(errors.__all__) <= set(pydispatch.__all__)


def test_an_engine_cannot_be_changed_from_outside() -> None:
    engine = City().engine
    with pytest.raises(AttributeError):
        engine.region = "x"  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        type("Sub", (_engine.Engine,), {})
