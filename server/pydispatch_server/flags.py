"""Flags of the command line, one for each setting."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

from pydantic.fields import FieldInfo

from pydispatch_server.settings import Settings


def add_flags(parser: argparse.ArgumentParser, names: Iterable[str] = tuple(Settings.model_fields)) -> None:
    """Adds a flag for each of these settings, all of them by default."""
    for name in names:
        field = Settings.model_fields[name]
        flag = f"--{name.replace('_', '-')}"
        if field.annotation is bool:
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=None, help=field.description)
        else:
            parser.add_argument(flag, metavar=_metavar(field), help=_help(field))


def read_settings(parsed: dict[str, Any]) -> Settings:
    """Makes the settings of what was given; what was not comes from PYDISPATCH_* variables, then from the defaults.

    Raises:
        ValidationError: A setting is out of its bounds.
    """
    given = {name: value for name, value in parsed.items() if name in Settings.model_fields and value is not None}
    return Settings(**given)


def _metavar(field: FieldInfo) -> str:
    """Returns what stands for a value in the help."""
    kind: Any = field.annotation
    return kind.__name__.upper() if isinstance(kind, type) else "VALUE"


def _help(field: FieldInfo) -> str:
    """Returns the help of a setting with its default."""
    default = "" if field.is_required() or field.default_factory or field.default is None else str(field.default)
    return f"{field.description} (default {default})" if default else str(field.description)
