"""Small promises about the tree itself: sizes, wording, lock files, documented commands."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.tidy.project_files import ROOT, own_code, own_files, own_text

MAX_LINES = 500
# Longer files, each with the reason that it may be.
LONG_FILES: dict[str, str] = {
    "clients/python/pydispatch_client/messages.py": "a list of every message, made from the contract",
    "pydispatch/_engine.pyi": "one compiled module has one stub file, and the stubs hold the documentation",
}

# Traces of somebody's machine, trackers and unfinished work. A finding is fixed, not listed as an exception.
UNWANTED = {
    "a path of one machine": re.compile(r"(?<![\w.~$}-])/(?:home|mnt|root|tmp|Users|work|workspace)/\w"),
    "a tracker's number": re.compile(r"\b(?:issues?|tickets?|PR)\s+#?\d+\b|(?<![\w&])#\d+\b(?!;)", re.IGNORECASE),
    "unfinished work": re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b|\b(?:todo|unimplemented)!\s*\("),
    "a merge conflict": re.compile(r"^(?:<{7}|>{7})(?: |$)", re.MULTILINE),
    "who or what wrote it": re.compile(r"\bAI\b|\bLLMs?\b|\bco-authored-by\b", re.IGNORECASE),
}
LOCK_FILES = {"Cargo.lock", "uv.lock"}
ALLOWED_HOSTS = {
    "uv.lock": {"pypi.org", "files.pythonhosted.org"},
    "Cargo.lock": {"github.com/rust-lang/crates.io-index"},
}


def test_files_stay_short() -> None:
    lengths = {str(path): (ROOT / path).read_bytes().count(b"\n") for path in own_code()}
    assert not {name: lines for name, lines in lengths.items() if lines > MAX_LINES and name not in LONG_FILES}
    assert not {name for name in LONG_FILES if lengths.get(name, 0) <= MAX_LINES}, "an exception nobody needs"


def test_no_unwanted_words() -> None:
    found = []
    for path, text in own_text():
        if path.name in LOCK_FILES or path == Path(__file__).relative_to(ROOT):
            continue
        for what, pattern in UNWANTED.items():
            lines = (text.count("\n", 0, match.start()) + 1 for match in pattern.finditer(text))
            found += [f"{path}:{line}: {what}" for line in lines]
    assert not found


def test_lock_files_name_public_registries_only() -> None:
    uv_hosts = set(re.findall(r"https?://([^/\"\s]+)", (ROOT / "uv.lock").read_text(encoding="utf-8")))
    cargo_sources = set(re.findall(r"registry\+https?://([^\"\s]+)", (ROOT / "Cargo.lock").read_text(encoding="utf-8")))
    assert uv_hosts <= ALLOWED_HOSTS["uv.lock"]
    assert cargo_sources <= ALLOWED_HOSTS["Cargo.lock"]
    assert "git+" not in (ROOT / "Cargo.lock").read_text(encoding="utf-8")


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_documented_make_commands_exist() -> None:
    missing = set()
    for path in own_files():
        if path.suffix == ".md" and path.name != "CHANGELOG.md":
            commands = re.findall(
                r"(?:`|^\s*(?:\$ )?)make ([a-z][a-z0-9-]*)", (ROOT / path).read_text("utf-8"), re.MULTILINE
            )
            missing |= {f"{path}: make {name}" for name in set(commands) - make_targets()}
    assert not missing


def test_every_make_target_has_a_line_of_help() -> None:
    listing = subprocess.run(["make", "--silent", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert {line.split()[0] for line in listing.splitlines()} == make_targets()
    assert all(len(line.split()) > 2 for line in listing.splitlines())
