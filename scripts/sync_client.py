"""Makes the synchronous client from the asyncio one, so that there is one text to read and edit.

`generate` writes `pydispatch_client/_sync/` from `pydispatch_client/_async/`; `check` writes nothing and fails when
they differ. Only words are replaced: what differs by more lives outside both folders (transport, streaming).
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "clients" / "python" / "pydispatch_client"
SOURCE = PACKAGE / "_async"
TARGET = PACKAGE / "_sync"
RUFF = Path(sys.executable).parent / "ruff"
NOTE = "# Made from _async/{name} by `make client-sync`: edit that file.\n"

# Applied in this order.
REPLACEMENTS = [
    (re.compile(pattern), replacement)
    for pattern, replacement in [
        (r"\basync (def|for|with)\b", r"\1"),
        (r"\bawait ", ""),
        (r"\bAwaitable\[(\w+)\]", r"\1"),
        (r"\bAsync(?=[A-Z])", ""),
        (r"\b__a(enter|exit)__\b", r"__\1__"),
        (r"\baclosing\b", "closing"),
        (r"\bfrom asyncio import sleep\b", "from time import sleep"),
        (r"\bstreaming\.aio\b", "streaming.threaded"),
        (r"\b_async\b", "_sync"),
        (r"; asyncio\.", "; synchronous."),
    ]
]
INIT = '"""The synchronous client, made from `_async/` by `make client-sync`."""\n'


def synchronous(name: str, source: str) -> str:
    """Returns the synchronous form of one module, formatted."""
    for pattern, replacement in REPLACEMENTS:
        source = pattern.sub(replacement, source)
    return tidied(NOTE.format(name=name) + source, SOURCE / name)


def tidied(source: str, path: Path) -> str:
    """Sorts imports, drops the unused, shortens loops that only yield and formats, as for a file at `path`."""
    where = ["--stdin-filename", str(path), "-"]
    fixes = ["check", "--quiet", "--fix-only", "--unsafe-fixes", "--select", "I,F401,F811,UP028"]
    return _ruff(["format", "--quiet", *where], _ruff([*fixes, *where], source))


def _ruff(arguments: list[str], text: str) -> str:
    finished = subprocess.run([RUFF, *arguments], input=text, cwd=ROOT, check=True, capture_output=True, text=True)
    return finished.stdout


def expected() -> dict[str, str]:
    """Returns the text of every module of the synchronous client by file name."""
    modules = {path.name: path.read_text(encoding="utf-8") for path in sorted(SOURCE.glob("*.py"))}
    del modules["__init__.py"]
    return {"__init__.py": INIT} | {name: synchronous(name, source) for name, source in modules.items()}


def stale(modules: dict[str, str]) -> list[str]:
    """Returns the names of modules that differ from what is on disk, or should not be there."""
    present = {path.name: path.read_text(encoding="utf-8") for path in TARGET.glob("*.py")}
    return sorted(name for name in modules.keys() | present.keys() if modules.get(name) != present.get(name))


def main() -> int:
    """Runs the command line; returns 1 when `check` finds a difference."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("command", choices=["generate", "check"])
    command = parser.parse_args().command
    modules = expected()
    differing = stale(modules)
    if command == "check":
        if differing:
            print(f"the synchronous client is stale, run `make client-sync`: {', '.join(differing)}", file=sys.stderr)
        return 1 if differing else 0
    TARGET.mkdir(exist_ok=True)
    for name in differing:
        if name in modules:
            (TARGET / name).write_text(modules[name], encoding="utf-8")
        else:
            (TARGET / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
