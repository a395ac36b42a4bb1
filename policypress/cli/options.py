"""Arguments that several commands take, parsed once."""

from __future__ import annotations

import os
import sys
from datetime import date, datetime
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any, TypeVar

import click

from policypress.errors import UsageError
from policypress.localise import language_name
from policypress.source import find_root

if TYPE_CHECKING:
    from collections.abc import Callable

_F = TypeVar("_F", bound="Callable[..., Any]")


class Day(click.ParamType[date]):
    """A day written as YYYY-MM-DD."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Return the day; fail with how one is written."""
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(str(value), "%Y-%m-%d").date()  # noqa: DTZ007 (a day has no zone)
        except ValueError:
            return self.fail(f"{value!r} is not a day; write it as YYYY-MM-DD", param, ctx)


def as_of(command: _F) -> _F:
    """Add `--as-of`."""
    return click.option(
        "--as-of",
        type=Day(),
        envvar="POLICYPRESS_AS_OF",
        help="Work as on this day (YYYY-MM-DD); today in the policy's time zone by default.",
    )(command)


def root(context: click.Context) -> Path:
    """Return the policy repository that the command works in."""
    return find_root(context.find_root().obj or Path())


def coloured() -> bool:
    """Return whether marks are shown in colour: on a terminal that has some, unless NO_COLOR is set (no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def columns(most: int) -> int:
    """Return how many columns lines may have: those of the terminal, if there is one, and at most `most`."""
    return min(most, get_terminal_size((most, 0)).columns) if sys.stdout.isatty() else most


def known_locale(tag: str) -> str:
    """Return a language tag given on the command line; raise `UsageError` where CLDR knows no such language."""
    try:
        language_name(tag)
    except UsageError as error:
        message = f"{tag}: CLDR knows no such language. Write its tag: en, kk, pt-BR"
        raise UsageError(message) from error
    return tag


def read_text(path: Path) -> str:
    """Return a file given on the command line as text; raise `UsageError` where it is none in UTF-8."""
    data = path.read_bytes()
    if b"\0" in data:
        message = f"{path}: a binary file. Give Markdown or text in UTF-8"
        raise UsageError(message)
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"{path}:{line}: not UTF-8. Save the file as UTF-8"
        raise UsageError(message) from error
