"""Makes the parts of the client that nobody should have to type.

`_sync/`, the synchronous client, is made from `_async/`, so that there is one text to read and edit. Only words are
replaced: what differs by more lives outside both folders (transport, streaming). `messages.py` comes from the contract.
`generate` writes, `check` writes nothing and fails on any difference.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pydispatch_protos.dispatch.v1 as contract

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
MESSAGES_NOTE = '''# Made from the contract by `make client-sync`.
"""Every message and enum of the contract under one roof: `from pydispatch_client import messages as m`.

Messages are plain protobuf classes; timestamps and durations take `datetime` and `timedelta` as they are.
"""
'''
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


def messages_module() -> str:
    """Returns the module that exports every message and enum of the contract."""
    imports, exported = [], []
    for module in sorted(
        found.name for found in pkgutil.iter_modules(contract.__path__) if found.name.endswith("_pb2")
    ):
        descriptor = importlib.import_module(f"{contract.__name__}.{module}").DESCRIPTOR
        declared = [*descriptor.message_types_by_name, *descriptor.enum_types_by_name]
        imports.append(f"from {contract.__name__}.{module} import {', '.join(declared)}")
        exported += declared
    listed = "".join(f'    "{name}",\n' for name in sorted(exported))
    source = "\n".join([MESSAGES_NOTE, *imports, "", f"__all__ = [\n{listed}]\n"])
    # Imported to be exported: F401 would take them for unused.
    return tidied(source, PACKAGE / "__init__.py")


def expected() -> dict[Path, str]:
    """Returns the text of every made module by its path."""
    sources = {path.name: path.read_text(encoding="utf-8") for path in sorted(SOURCE.glob("*.py"))}
    del sources["__init__.py"]
    modules = {TARGET / name: synchronous(name, source) for name, source in sources.items()}
    return {PACKAGE / "messages.py": messages_module(), TARGET / "__init__.py": INIT, **modules}


def stale(modules: dict[Path, str]) -> list[Path]:
    """Returns the paths of modules that differ from what is on disk, or should not be there."""
    paths = {PACKAGE / "messages.py", *TARGET.glob("*.py")}
    present = {path: path.read_text(encoding="utf-8") for path in paths if path.exists()}
    return sorted(path for path in modules.keys() | present.keys() if modules.get(path) != present.get(path))


def main() -> int:
    """Runs the command line; returns 1 when `check` finds a difference."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("command", choices=["generate", "check"])
    command = parser.parse_args().command
    modules = expected()
    differing = stale(modules)
    if command == "check":
        if differing:
            names = ", ".join(str(path.relative_to(ROOT)) for path in differing)
            print(f"stale, run `make client-sync`: {names}", file=sys.stderr)
        return 1 if differing else 0
    TARGET.mkdir(exist_ok=True)
    for path in differing:
        if path in modules:
            path.write_text(modules[path], encoding="utf-8")
        else:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
