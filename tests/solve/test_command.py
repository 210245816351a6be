"""`python -m pydispatch.solve` from file to plan, page and exit status."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from pydispatch.solve import main

DATA = Path(__file__).resolve().parents[1] / "data" / "solve"


def test_plan_comes_out_as_json_in_the_source_s_units(capsys: pytest.CaptureFixture[str]):
    assert main([str(DATA / "five.solomon.txt"), "--iterations", "500"]) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert found["unassigned"] == []
    assert found["cost"] == pytest.approx(58.974, abs=0.01)
    assert sorted(stop["visit"] for route in found["routes"] for stop in route["stops"]) == list("12345")
    assert "5 of 5 visits on 2 routes" in err


@pytest.mark.parametrize("file", ["five.solomon.txt", "two.trsp.txt", "three.vroom.json"])
def test_page_shows_every_route(file: str, tmp_path: Path):
    target = tmp_path / "plan.html"
    arguments = ["--iterations", "200", "--plot", str(target), "--output", str(tmp_path / "plan.json")]
    assert main([str(DATA / file), *arguments]) == 0
    page = target.read_text(encoding="utf-8")
    routes = json.loads((tmp_path / "plan.json").read_text())["routes"]
    for drawing in page.split("<svg")[1:]:
        svg = ElementTree.fromstring("<svg" + drawing.split("</svg>")[0] + "</svg>")
        kinds = [element.tag for element in svg]
        assert kinds.count("polyline") in (0, len(routes))
        assert kinds.count("text") in (0, len(routes))


def test_refused_file_gives_status_2_and_says_why(capsys: pytest.CaptureFixture[str]):
    assert main([str(DATA / "four.lilim.txt")]) == 2
    assert "tasks[3]" in capsys.readouterr().err


def test_command_line_hands_over_to_it():
    command = [str(Path(sys.executable).with_name("pydispatch")), "solve"]
    arguments = [str(DATA / "five.solomon.txt"), "--iterations", "100"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=True, timeout=60)
    assert len(json.loads(done.stdout)["routes"]) == 2


def test_missing_file_gives_status_2(capsys: pytest.CaptureFixture[str]):
    assert main([str(DATA / "no such file")]) == 2
    assert "no such file" in capsys.readouterr().err
