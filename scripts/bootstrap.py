"""Brings the project's own `.venv` up to date: engine compiled, every distribution installed.

Needs a Python >= 3.11, cargo and a C compiler; brings its own uv when there is none. What is missing is said in one
sentence, exit code 2. A second run without changes does nothing. Start at `main`.

The file must parse on old Pythons too, so that they get the sentence and not a SyntaxError.
"""

import argparse
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"
LOAD_VENV = ROOT / ".venv-load"
BENCH_VENV = ROOT / ".venv-bench"

UV_VERSION = "0.13.9"
MIN_UV = (0, 9)
MIN_PYTHON = (3, 11)
MIN_CARGO = (1, 88)
# A stamp that says: the engine in the tree is the quick one. uv, which sees only sources, must be told to rebuild.
QUICK = "quick engine"
NEWER_PYTHONS = ("python3.14", "python3.13", "python3.12", "python3.11")

# Everything whose change means that the environment is stale. Python sources are installed editable and not among it.
INPUT_GLOBS = (
    "uv.lock",
    "pyproject.toml",
    "*/pyproject.toml",
    "*/*/pyproject.toml",
    "Cargo.toml",
    "Cargo.lock",
    "engine_rs/Cargo.toml",
    "engine_rs/*/Cargo.toml",
    "engine_rs/src/**/*.rs",
    "engine_rs/audit/src/**/*.rs",
    "engine_rs/core/src/**/*.rs",
    "engine_rs/wire/src/**/*.rs",
)


class Missing(Exception):
    """Something the machine lacks; the message says what and how to get it, in one sentence."""


def version_of(command):
    """Returns the first (major, minor) that `command --version` prints, or None when it can't run."""
    try:
        output = subprocess.run([command, "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.search(r"(\d+)\.(\d+)", output.stdout.decode(errors="replace"))
    return (int(found.group(1)), int(found.group(2))) if found else None


def use_new_enough_python():
    """Restarts under a newer Python of this machine when this one is too old."""
    if sys.version_info >= MIN_PYTHON:
        return
    for name in NEWER_PYTHONS:
        path = shutil.which(name)
        if path and (version_of(path) or (0, 0)) >= MIN_PYTHON:
            os.execv(path, [path, *sys.argv])
    raise Missing(
        "Python 3.11 or newer is missing (this is {}.{}): install it from your system's packages or python.org "
        "and run again with PYTHON=/path/to/python3.".format(*sys.version_info[:2])
    )


def require_compilers():
    """Checks cargo (also where rustup puts it) and a C compiler, which links what cargo builds."""
    rustup_bin = Path(os.environ.get("CARGO_HOME", str(Path.home() / ".cargo"))) / "bin"
    os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), str(rustup_bin)])
    cargo = version_of("cargo")
    if cargo is None:
        raise Missing("cargo is missing: install Rust {}.{} or newer from https://rustup.rs.".format(*MIN_CARGO))
    if cargo < MIN_CARGO:
        raise Missing(
            "cargo {}.{} is too old: install Rust {}.{} or newer from https://rustup.rs.".format(*cargo, *MIN_CARGO)
        )
    compilers = [os.environ["CC"]] if os.environ.get("CC") else ["cc", "gcc", "clang"]
    if not any(shutil.which(compiler.split()[0]) for compiler in compilers):
        raise Missing(
            "A C compiler is missing: install gcc or clang (Debian: apt-get install gcc libc6-dev, macOS: "
            "xcode-select --install)."
        )


def find_uv():
    """Returns the path of a usable uv: the machine's when new enough, else the project's own, installed if needed."""
    on_path = shutil.which("uv")
    if on_path and (version_of(on_path) or (0, 0)) >= MIN_UV:
        return on_path
    home = TOOLS / ("uv-" + UV_VERSION)
    binary = home / "bin" / "uv"
    if version_of(str(binary)) is None:
        install_uv(home)
    return str(binary)


def install_uv(home):
    """Installs the pinned uv from PyPI into `home`, by venv or, where ensurepip is missing, by pip --target."""
    say("installing uv {} into {}".format(UV_VERSION, home.relative_to(ROOT)))
    shutil.rmtree(str(home), ignore_errors=True)
    requirement = "uv==" + UV_VERSION
    if succeeds([sys.executable, "-m", "venv", str(home)]):
        ways = [[str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", requirement]]
    else:
        shutil.rmtree(str(home), ignore_errors=True)
        ways = [[sys.executable, "-m", "pip", "install", "--quiet", "--target", str(home), requirement]]
    if not all(succeeds(way, show=True) for way in ways) or version_of(str(home / "bin" / "uv")) is None:
        raise Missing(
            "uv could not be installed from PyPI: check the network, or install Python's venv module "
            "(Debian: apt-get install python3-venv) or uv itself (https://docs.astral.sh/uv)."
        )


def succeeds(command, show=False):
    """Says whether `command` runs to exit code 0; its output is shown only on request."""
    sink = None if show else subprocess.DEVNULL
    try:
        return subprocess.run(command, stdout=sink, stderr=sink, check=False).returncode == 0
    except OSError:
        return False


def fingerprint():
    """Digests everything the environment is made from. Reads a few hundred small files."""
    digest = hashlib.sha256(repr((sys.executable, sys.version)).encode())
    paths = {path for pattern in INPUT_GLOBS for path in ROOT.glob(pattern)}
    for path in sorted(paths):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def is_current(venv, stamp, wanted):
    """Says whether `venv` was made from exactly these inputs and its pieces are still in place."""
    try:
        if stamp.read_text() != wanted or not (venv / "bin" / "python").exists():
            return False
    except OSError:
        return False
    if venv != VENV:
        return True
    return any((ROOT / "pydispatch").glob("_engine*.so")) and (venv / "bin/pydispatch").exists()


def sync(venv, arguments):
    """Runs `uv sync` into `venv` from the lock file, with this Python and no other."""
    environment = dict(os.environ, UV_PROJECT_ENVIRONMENT=str(venv), UV_PYTHON_DOWNLOADS="never")
    environment.pop("VIRTUAL_ENV", None)
    command = [find_uv(), "sync", "--locked", "--no-progress", "--compile-bytecode", "--python", sys.executable]
    return subprocess.run(command + arguments, cwd=str(ROOT), env=environment, check=False).returncode


def prepare(venv, arguments):
    """Brings one environment up to date and stamps it; returns the exit code."""
    stamp = venv / ".bootstrap"
    wanted = fingerprint()
    if is_current(venv, stamp, wanted):
        return 0
    require_compilers()
    if venv == VENV:
        say("preparing {}: the first time compiles the engine, which takes a few minutes".format(venv.name))
        is_quick = stamp.exists() and stamp.read_text() == QUICK
        if is_quick or not any((ROOT / "pydispatch").glob("_engine*.so")):
            arguments = [*arguments, "--reinstall-package", "pydispatch"]
    code = sync(venv, arguments)
    if code == 0:
        stamp.write_text(wanted)
    return code


def quick_engine():
    """Puts an unoptimised engine where the editable install looks for it, and unstamps .venv; returns the exit code."""
    search = os.pathsep.join([str(Path(find_uv()).parent), str(VENV / "bin"), os.environ["PATH"]])
    command = [str(VENV / "bin" / "maturin"), "develop", "--uv", "--skip-install", "--profile", "dev"]
    environment = dict(os.environ, VIRTUAL_ENV=str(VENV), PATH=search)
    code = subprocess.run(command, cwd=str(ROOT), env=environment, check=False).returncode
    (VENV / ".bootstrap").write_text(QUICK)
    return code


def say(message):
    """Prints one line of progress on stderr."""
    print("bootstrap: " + message, file=sys.stderr, flush=True)


def main():
    """Prepares the environment asked for, one run at a time, and returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--load", action="store_true", help="prepare .venv-load, which holds locust, instead of .venv")
    parser.add_argument(
        "--bench", action="store_true", help="prepare .venv-bench, which holds peers to measure against"
    )
    parser.add_argument("--quick-engine", action="store_true", help="then replace the engine by one built without LTO")
    arguments = parser.parse_args()
    try:
        use_new_enough_python()
        TOOLS.mkdir(exist_ok=True)
        with (TOOLS / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if arguments.load:
                return prepare(LOAD_VENV, ["--only-group", "load"])
            if arguments.bench:
                return prepare(BENCH_VENV, ["--only-group", "bench"])
            code = prepare(VENV, ["--all-packages"])
            return quick_engine() if code == 0 and arguments.quick_engine else code
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
