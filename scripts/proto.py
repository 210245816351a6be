"""Turns `protos/dispatch/**/*.proto` into checked-in Python and Rust, and checks the contract.

`generate` formats, lints and writes; `check` writes nothing and fails on any difference or breaking change. Both need
only what the project's `.venv` and cargo bring: no protoc, no plugin service. Start at `main`.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
THIRD_PARTY = PROTOS / "third_party"
PYTHON_PACKAGE = "pydispatch_protos"
PYTHON_OUT = PROTOS / "python" / PYTHON_PACKAGE
RUST_OUT = ROOT / "engine_rs" / "wire" / "src" / "generated"
TOOLS = Path(sys.executable).parent

# Third-party packages that Python needs as modules of ours; google.* comes from googleapis-common-protos.
OWN_COPIES = ["buf/validate/validate.proto"]
# `from dispatch.v1 import x_pb2` must find our package, whatever else calls itself `dispatch`.
TOP_LEVEL_IMPORT = re.compile(r"^(from|import) (dispatch|buf)\b", re.MULTILINE)
GENERATED_SUFFIXES = ("_pb2.py", "_pb2.pyi", "_pb2_grpc.py", "_pb2_grpc.pyi")


class ProtoError(Exception):
    """A step of the proto pipeline failed; the message is for the contributor."""


def run(command: list[str], *, what: str) -> None:
    """Runs one tool at the project root and raises ProtoError with `what` when it fails."""
    path = os.pathsep.join([str(TOOLS), os.environ.get("PATH", "")])
    finished = subprocess.run(command, cwd=ROOT, env={**os.environ, "PATH": path}, check=False)
    if finished.returncode != 0:
        raise ProtoError(f"{what} failed: {' '.join(command[:4])} ... (exit {finished.returncode})")


def buf(*arguments: str, what: str) -> None:
    """Runs the buf of the project's own environment."""
    run([str(TOOLS / "buf"), *arguments], what=what)


def own_sources() -> list[str]:
    """Lists the project's own .proto files, relative to the proto root, sorted."""
    return sorted(str(path.relative_to(PROTOS)) for path in (PROTOS / "dispatch").rglob("*.proto"))


def python_files(scratch: Path) -> dict[str, bytes]:
    """Generates the Python package into `scratch` and returns its files by path inside the package."""
    sources = [*own_sources(), *OWN_COPIES]
    outputs = [f"--{kind}_out={scratch}" for kind in ("python", "pyi", "grpc_python")]
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{PROTOS}", f"-I{THIRD_PARTY}", *outputs]
    run([*command, f"--mypy_grpc_out=quiet:{scratch}", *sources], what="protoc")

    with_service = {source for source in sources if re.search(r"^service ", proto_text(source), re.MULTILINE)}
    files: dict[str, bytes] = {}
    for path in sorted(scratch.rglob("*_pb2*")):
        relative = str(path.relative_to(scratch))
        source = re.sub(r"_pb2(_grpc)?\.pyi?$", ".proto", relative)
        if "_pb2_grpc" in relative and source not in with_service:
            continue
        text = TOP_LEVEL_IMPORT.sub(rf"\1 {PYTHON_PACKAGE}.\2", path.read_text(encoding="utf-8"))
        files[relative] = text.encode()
    return files


def proto_text(source: str) -> str:
    """Reads a .proto file of ours, or else the third-party copy of that name."""
    own = PROTOS / source
    return (own if own.exists() else THIRD_PARTY / source).read_text(encoding="utf-8")


def package_markers(files: dict[str, bytes]) -> dict[str, bytes]:
    """Returns an empty `__init__.py` for every folder below the package that holds generated files."""
    folders = {parent for name in files for parent in Path(name).parents if parent != Path(".")}
    return {str(folder / "__init__.py"): b"" for folder in sorted(folders)}


def rust_files(scratch: Path) -> dict[str, bytes]:
    """Generates the Rust types into `scratch` and returns them by file name."""
    command = ["cargo", "run", "--quiet", "--locked", "--package", "protogen", "--"]
    run([*command, str(PROTOS), str(THIRD_PARTY), str(scratch)], what="protogen")
    return {path.name: path.read_bytes() for path in sorted(scratch.iterdir())}


def generated() -> dict[Path, bytes]:
    """Generates everything and returns it by the path where it belongs."""
    with tempfile.TemporaryDirectory(prefix="proto-") as folder:
        python_scratch, rust_scratch = Path(folder, "python"), Path(folder, "rust")
        python_scratch.mkdir()
        rust_scratch.mkdir()
        python = python_files(python_scratch)
        rust = rust_files(rust_scratch)
    wanted = {PYTHON_OUT / name: content for name, content in (python | package_markers(python)).items()}
    return wanted | {RUST_OUT / name: content for name, content in rust.items()}


def present() -> set[Path]:
    """Lists the generated files that lie in the tree now, stale ones included."""
    python = {path for path in PYTHON_OUT.rglob("*") if path.name.endswith(GENERATED_SUFFIXES)}
    markers = {path for path in PYTHON_OUT.rglob("__init__.py") if path.parent != PYTHON_OUT}
    return python | markers | (set(RUST_OUT.glob("*.rs")) if RUST_OUT.exists() else set())


def differences(wanted: dict[Path, bytes]) -> list[Path]:
    """Lists paths that are missing, stale or different, sorted. Costs one read per file."""
    changed = [path for path, content in wanted.items() if not path.exists() or path.read_bytes() != content]
    return sorted([*changed, *(present() - set(wanted))])


def write(wanted: dict[Path, bytes]) -> list[Path]:
    """Brings the tree to `wanted`, touching only what differs, and returns the paths changed."""
    changed = differences(wanted)
    for path in changed:
        if path not in wanted:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(wanted[path])
    return changed


def git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Runs git at the project root; the caller looks at the return code."""
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)


def baseline_revision() -> str | None:
    """Names the revision whose contract must not be broken: the last release tag, else HEAD, else None."""
    tag = git("describe", "--tags", "--abbrev=0", "--match", "v*")
    if tag.returncode == 0:
        return tag.stdout.decode().strip()
    return "HEAD" if git("rev-parse", "--verify", "--quiet", "HEAD").returncode == 0 else None


def check_breaking() -> None:
    """Compares the contract with the baseline revision; says so when there is nothing to compare with.

    The baseline is unpacked with `git archive`, so a shallow clone and a detached HEAD serve as well as any.
    """
    revision = baseline_revision()
    archive = git("archive", revision, "buf.yaml", "protos") if revision else None
    if revision is None or archive is None or archive.returncode != 0:
        print("proto: no earlier contract under version control, so nothing can be broken")
        return
    with tempfile.TemporaryDirectory(prefix="proto-baseline-") as folder:
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
        if not any(Path(folder, "protos", "dispatch").rglob("*.proto")):
            print(f"proto: {revision} holds no contract yet, so nothing can be broken")
            return
        buf("breaking", "--against", folder, what=f"breaking check against {revision}")
    print(f"proto: nothing breaks against {revision}")


def generate() -> None:
    """Formats, lints and writes all generated code."""
    buf("format", "-w", "--path", "protos/dispatch", what="format")
    buf("lint", what="lint")
    changed = write(generated())
    for path in changed:
        print(f"proto: wrote {path.relative_to(ROOT)}" if path.exists() else f"proto: removed {path.relative_to(ROOT)}")
    print(f"proto: {len(own_sources())} sources, {len(changed)} generated files changed")


def check() -> None:
    """Fails when the sources are unformatted, break a rule or a promise, or differ from the generated code."""
    buf("format", "--diff", "--exit-code", "--path", "protos/dispatch", what="format (run `make proto`)")
    buf("lint", what="lint")
    check_breaking()
    stale = differences(generated())
    if stale:
        names = ", ".join(str(path.relative_to(ROOT)) for path in stale)
        raise ProtoError(f"generated code differs from protos/ (run `make proto`): {names}")
    print(f"proto: generated code matches {len(own_sources())} sources")


def main() -> int:
    """Runs the step named on the command line."""
    steps = {"generate": generate, "check": check, "lint": lambda: buf("lint", what="lint"), "breaking": check_breaking}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("step", choices=sorted(steps))
    try:
        steps[parser.parse_args().step]()
    except ProtoError as error:
        print(f"proto: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
