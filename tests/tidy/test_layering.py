"""The dependency direction of ARCHITECTURE.md, read from imports and manifests rather than from good intentions."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from tests.tidy.project_files import ROOT, own_files

# Folder of a Python package -> top-level modules it must not import.
FORBIDDEN_IMPORTS = {
    "pydispatch": {
        "alembic",
        "grpc",
        "grpc_status",
        "pydispatch_cli",
        "pydispatch_client",
        "pydispatch_server",
        "redis",
        "sqlalchemy",
    },
    "server/pydispatch_server": {"pydispatch_cli", "pydispatch_client"},
    "clients/python/pydispatch_client": {"pydispatch", "pydispatch_cli", "pydispatch_server"},
    "clients/cli/pydispatch_cli": {"pydispatch", "pydispatch_server"},
    "loadtests": {"pydispatch", "pydispatch_server"},
}

# Folder of a Python distribution -> the project's distributions it may depend on.
ALLOWED_DISTRIBUTIONS = {
    ".": {"pydispatch-protos"},
    "protos/python": set(),
    "server": {"pydispatch", "pydispatch-protos"},
    "clients/python": {"pydispatch-protos"},
    "clients/cli": {"pydispatch-client", "pydispatch-protos"},
}

# Folder of a crate -> the workspace's crates it may depend on.
ALLOWED_CRATES = {
    "engine_rs/audit": set(),
    "engine_rs/core": set(),
    "engine_rs/wire": {"dispatch-core"},
    "engine_rs": {"dispatch-audit", "dispatch-core", "dispatch-wire"},
    "engine_rs/protogen": set(),
}
# Folder of a pure crate -> everything it may depend on, and what it may only offer when asked for.
PURE_DEPENDENCIES = {
    "engine_rs/audit": {"base64ct", "ed25519-dalek", "sha2"},
    "engine_rs/core": {"rustc-hash", "smol_str"},
}
PURE_OPTIONAL_DEPENDENCIES = {"engine_rs/audit": set(), "engine_rs/core": {"serde"}}
OWN_CRATES = {"dispatch-audit", "dispatch-core", "dispatch-wire", "pydispatch-engine", "protogen"}

# What would give a pure crate a clock, I/O, a thread, a random order or a Python.
PURE_FORBIDDEN = re.compile(
    r"\b(?:SystemTime|Instant::now|RandomState|DefaultHasher|pyo3|prost|std::(?:env|fs|io|net|process|thread))\b"
    r"|\b(?:println|eprintln|print|eprint)!"
)


def python_files(folder: str) -> list[Path]:
    return [path for path in own_files() if path.suffix == ".py" and path.is_relative_to(folder)]


def imported_modules(path: Path) -> set[str]:
    modules: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"), filename=str(path))):
        if isinstance(node, ast.Import):
            modules |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            modules.add(node.module.split(".")[0])
    return modules


def manifest(path: str) -> dict:
    return tomllib.loads((ROOT / path).read_text(encoding="utf-8"))


def without_tests_and_comments(source: str) -> str:
    """Blanks line comments and every item under `#[cfg(test)]`, found by counting braces; line numbers stay."""
    source = re.sub(r"//[^\n]*", "", source)
    while start := re.search(r"#\[cfg\(test\)\]", source):
        end, depth = start.end(), 0
        for match in re.finditer(r"[{};]", source[start.end() :]):
            end = start.end() + match.end()
            depth += {"{": 1, "}": -1, ";": 0}[match.group()]
            if depth == 0:
                break
        source = source[: start.start()] + "\n" * source[start.start() : end].count("\n") + source[end:]
    return source


@pytest.mark.parametrize("folder", FORBIDDEN_IMPORTS)
def test_python_imports_point_one_way(folder: str) -> None:
    broken = {
        f"{path} imports {module}"
        for path in python_files(folder)
        for module in imported_modules(path) & FORBIDDEN_IMPORTS[folder]
    }
    assert not broken


@pytest.mark.parametrize("folder", ALLOWED_DISTRIBUTIONS)
def test_distributions_depend_one_way(folder: str) -> None:
    dependencies = manifest(f"{folder}/pyproject.toml")["project"]["dependencies"]
    names = {re.split(r"[^A-Za-z0-9-]", requirement)[0] for requirement in dependencies}
    assert {name for name in names if name.startswith("pydispatch")} <= ALLOWED_DISTRIBUTIONS[folder]


def test_every_distribution_is_in_the_table() -> None:
    assert {str(path.parent) for path in own_files() if path.name == "pyproject.toml"} == set(ALLOWED_DISTRIBUTIONS)


@pytest.mark.parametrize("folder", ALLOWED_CRATES)
def test_crates_depend_one_way(folder: str) -> None:
    cargo = manifest(f"{folder}/Cargo.toml")
    tables = [cargo.get(table, {}) for table in ("dependencies", "build-dependencies", "dev-dependencies")]
    named = {name for table in tables for name in table}
    assert named & OWN_CRATES <= ALLOWED_CRATES[folder]
    assert folder == "engine_rs" or "pyo3" not in named


def test_every_crate_is_in_the_table() -> None:
    assert set(manifest("Cargo.toml")["workspace"]["members"]) == set(ALLOWED_CRATES)


@pytest.mark.parametrize("folder", PURE_DEPENDENCIES)
def test_pure_crates_have_no_dependencies_but_the_listed(folder: str) -> None:
    cargo = manifest(f"{folder}/Cargo.toml")
    optional = {
        name for name, entry in cargo["dependencies"].items() if isinstance(entry, dict) and entry.get("optional")
    }
    assert set(cargo["dependencies"]) - optional <= PURE_DEPENDENCIES[folder]
    assert optional <= PURE_OPTIONAL_DEPENDENCIES[folder]
    assert not cargo.get("features", {}).get("default")


@pytest.mark.parametrize("folder", PURE_DEPENDENCIES)
def test_pure_crates_have_no_clock_io_thread_or_python(folder: str) -> None:
    broken = []
    for path in own_files():
        if path.suffix != ".rs" or not path.is_relative_to(f"{folder}/src"):
            continue
        if path.stem == "tests" or "tests" in path.parts:
            continue
        source = without_tests_and_comments((ROOT / path).read_text(encoding="utf-8"))
        lines = enumerate(source.splitlines(), start=1)
        broken += [f"{path}:{number}: {line.strip()}" for number, line in lines if PURE_FORBIDDEN.search(line)]
    assert not broken


def test_blanking_tests_keeps_the_rest() -> None:
    source = "use a;\n#[cfg(test)]\nmod tests {\n  fn f() { std::fs::read(); }\n}\n// std::fs\nfn g() {}\n"
    assert without_tests_and_comments(source) == "use a;\n\n\n\n\n\nfn g() {}\n"
