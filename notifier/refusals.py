"""Rows of an audience that cannot be planned: the file that lists them, and a source of which nothing is left."""

from __future__ import annotations

import json
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

from notifier.audience import Fault
from notifier.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from notifier.audience import Page, Source


class NobodyLeft(InputError):  # noqa: N818 - a fact, not a fault
    """Every row of a source was refused: what is wrong is the source or its columns, not a row."""


def some(pages: Iterable[Page | Fault], source: Source, rejects: Path) -> Iterator[Page | Fault]:
    """Yield what a source has; NobodyLeft at its end if it had rows and each of them was refused."""
    refused, taken, first = 0, False, ""
    for page in pages:
        if isinstance(page, Fault):
            refused += not page.kept
            first = first or f"line {page.line}: {page.reason.rstrip('.')}"
        else:
            taken = True
        yield page
    if refused and not taken:
        rows = "its only row is" if refused == 1 else f"each of its {refused} rows is"
        message = (
            f"{source.label}: {rows} refused; nothing was planned. {first[:1].upper()}{first[1:]}. Mend the source, or "
            f"say with --columns which column is which; every row and its reason: {rejects}"
        )
        raise NobodyLeft(message)


@contextmanager
def listed(path: Path, all_refused: Path) -> Iterator[Callable[[Fault], None]]:
    """Give a function that writes faults as JSON Lines into a file that appears whole, once the plan is made.

    If nobody is left to plan, the file is `all_refused`; if the plan fails otherwise, there is none.
    """
    written = 0
    try:
        stream = NamedTemporaryFile(  # noqa: SIM115 - closed below
            "w", encoding="utf-8", dir=path.parent, prefix=".", suffix=".part", delete=False
        )
    except OSError as error:
        raise _unwritable(path, error) from error

    def reject(fault: Fault) -> None:
        nonlocal written
        written += 1
        entry = {"line": fault.line, "account_id": fault.account_id, "reason": fault.reason, "kept": fault.kept}
        try:
            stream.write(json.dumps(entry | {"row": fault.row}, ensure_ascii=False) + "\n")
        except OSError as error:
            raise _unwritable(path, error) from error

    try:
        try:
            yield reject
        except NobodyLeft:
            _finish(stream, all_refused)
            raise
        path.unlink(missing_ok=True)
        if written:
            _finish(stream, path)
    finally:
        with suppress(OSError):
            stream.close()
        Path(stream.name).unlink(missing_ok=True)


def _finish(stream: Any, path: Path) -> None:
    try:
        stream.close()
        Path(stream.name).replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError(
        f"{path}: cannot write the rejects file: {error.strerror}; make room, or name another with --rejects"
    )
