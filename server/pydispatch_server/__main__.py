"""`python -m pydispatch_server`: serves until SIGTERM or SIGINT; with `db` first it looks after databases.

Every field of Settings is a flag; what is not given comes from PYDISPATCH_* variables, then from the defaults.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

from pydantic import ValidationError

from pydispatch_server import db_command, fail_points, log
from pydispatch_server.errors import StartError
from pydispatch_server.flags import add_flags, read_settings
from pydispatch_server.settings import Settings
from pydispatch_server.store.interface import ForeignSchema, StoreDown


def main(arguments: list[str] | None = None) -> int:
    """Runs what the command line asks for and returns the exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        if given[:1] == ["db"]:
            return db_command.run(given[1:])
        settings = read_settings(vars(_parser().parse_args(given)))
        log.configure(settings.log_format, settings.log_level)
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
    # Only here: a command that looks after a database starts without what only a server needs.
    from pydispatch_server.app import App

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


def _parser() -> argparse.ArgumentParser:
    """Makes one flag for each setting."""
    parser = argparse.ArgumentParser(
        prog="python -m pydispatch_server",
        description="The pydispatch gRPC server. `python -m pydispatch_server db --help` looks after its database.",
    )
    add_flags(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
