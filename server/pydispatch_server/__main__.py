"""`python -m pydispatch_server`: serves until SIGTERM or SIGINT; `python -m pydispatch_server db upgrade` migrates.

Every field of Settings is a flag; what is not given comes from PYDISPATCH_* variables, then from the defaults.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from pydispatch_server import fail_points, log
from pydispatch_server.app import App, StartError
from pydispatch_server.settings import Settings
from pydispatch_server.store.interface import ForeignSchema, StoreDown
from pydispatch_server.store.opening import upgrade


def main(arguments: list[str] | None = None) -> int:
    """Runs what the command line asks for and returns the exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    is_upgrade = given[:2] == ["db", "upgrade"]
    parsed = vars(_parser().parse_args(given[2:] if is_upgrade else given))
    try:
        settings = Settings(**{name: value for name, value in parsed.items() if value is not None})
        log.configure(settings.log_format, settings.log_level)
        if is_upgrade:
            return _upgrade(settings)
        return _serve(settings)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        print(f"pydispatch-server: {problems}", file=sys.stderr)  # noqa: T201 - before logs are set up
        return 2
    except (StartError, StoreDown, ForeignSchema, OSError) as error:
        print(f"pydispatch-server: {error}", file=sys.stderr)  # noqa: T201 - one sentence for the operator
        return 1


async def serve(settings: Settings) -> None:
    """Serves until the process is told to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    fail_points.arm(settings.fail_point)
    app = App(settings)
    await app.start()
    await stop.wait()
    await app.stop()


def _serve(settings: Settings) -> int:
    """Serves on the fastest event loop there is."""
    # The owner's thread and the loop take turns; the default of 5 ms would be felt in every call.
    sys.setswitchinterval(0.0005)
    if sys.platform == "win32":
        asyncio.run(serve(settings))
    else:
        import uvloop

        uvloop.run(serve(settings))
    return 0


def _upgrade(settings: Settings) -> int:
    """Migrates the database and says from what to what."""
    before, after = upgrade(settings.database_url, busy_ms=settings.store_busy_ms)
    print(f"schema {before or 'empty'} -> {after}")  # noqa: T201 - the command's answer
    return 0


def _parser() -> argparse.ArgumentParser:
    """Makes one flag for each setting."""
    parser = argparse.ArgumentParser(prog="python -m pydispatch_server", description="The pydispatch gRPC server.")
    for name, field in Settings.model_fields.items():
        flag = f"--{name.replace('_', '-')}"
        if field.annotation is bool:
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=None, help=field.description)
        else:
            parser.add_argument(flag, metavar=_metavar(field), help=_help(field))
    return parser


def _metavar(field: FieldInfo) -> str:
    """Returns what stands for a value in the help."""
    kind: Any = field.annotation
    return kind.__name__.upper() if isinstance(kind, type) else "VALUE"


def _help(field: FieldInfo) -> str:
    """Returns the help of a setting with its default."""
    default = "" if field.is_required() or field.default_factory or field.default is None else str(field.default)
    return f"{field.description} (default {default})" if default else str(field.description)


if __name__ == "__main__":
    sys.exit(main())
