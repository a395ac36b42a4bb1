"""The channel that sends nothing: messages as files and a page to open; knows no network and no sibling."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment
from markupsafe import Markup

from notifier.channels import mail, push
from notifier.channels.protocol import TOKEN, Addressee, Answer, Batch, Content, Kind, Outcome, Result, all_alike

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2 import Template

    from notifier.settings import Settings

NAME = "outbox"
KINDS = frozenset(Kind)
INDEX = "index.html"
#: Stands in the index, so that a later run knows the folder as ours.
GENERATOR = '<meta name="generator" content="notifier outbox">'
#: Messages the index lists in full; a larger outbox is looked at in its folders.
LISTED = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """Writes `<kind>/<locale>/<notice>.eml` or `.json`; the same notice always overwrites the same file."""

    root: Path
    #: Tells the time for the Date header.
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    name: str = NAME
    limit: int = 1000
    idempotent: bool = True
    smtputf8: bool = True

    def send(self, batch: Batch) -> Answer:
        """Write each copy whole; a disk that cannot be written means: not sent, try again."""
        folder = self.root / lane(batch.content)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._example(folder, batch)
            for addressee in batch.addressees:
                _write(folder / f"{addressee.notice}{_suffix(batch.content)}", self._bytes(batch, addressee))
        except OSError as error:
            why = f"{folder}: {error.strerror}"
            answer = all_alike(batch.addressees, Result.AGAIN, why)
            return Answer(outcomes=answer.outcomes, stop=f"the outbox cannot be written: {why}")
        return Answer(
            outcomes=tuple(Outcome(notice=one.notice, result=Result.ACCEPTED) for one in batch.addressees),
            provider_id=f"outbox-{batch.attempt}",
        )

    def close(self) -> None:
        """Write the index of everything in the folder."""
        if self.root.is_dir():
            _write(self.root / INDEX, _index(self.root).encode())

    def _bytes(self, batch: Batch, addressee: Addressee) -> bytes:
        if batch.content.kind is Kind.EMAIL:
            return mail.message(batch.content, addressee, batch.campaign, self.clock()).as_bytes()
        shape = push.fcm if batch.content.kind is Kind.FCM else push.webpush
        return (json.dumps(shape(batch.content, addressee), ensure_ascii=False, indent=1) + "\n").encode()

    def _example(self, folder: Path, batch: Batch) -> None:
        first, content = batch.addressees[0], batch.content
        if content.kind is Kind.EMAIL:
            _write(folder / "example.html", content.html.replace(TOKEN, first.token).encode())
            _write(folder / "example.txt", content.text.replace(TOKEN, first.token).encode())
        else:
            _write(folder / "example.txt", f"{content.subject}\n{content.text}\n".encode())


def open_channel(settings: Settings) -> Outbox:
    """Return the outbox of the settings; nothing is written before the first message."""
    return Outbox(root=settings.outbox)


def is_outbox(folder: Path) -> bool:
    """Return whether a folder was written by an outbox and may be replaced by another."""
    try:
        return GENERATOR in (folder / INDEX).read_text(encoding="utf-8")[:1000]
    except (OSError, UnicodeDecodeError):
        return False


def lane(content: Content) -> Path:
    """Return the folder of a content: kind, then locale, guardians apart."""
    return Path(content.kind) / (f"{content.locale}-guardian" if content.guardian else content.locale)


def _suffix(content: Content) -> str:
    return ".eml" if content.kind is Kind.EMAIL else ".json"


def _write(path: Path, data: bytes) -> None:
    # Written aside and renamed: a killed run leaves no half message, two threads may write one example.
    handle, aside = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
    Path(aside).replace(path)


def _index(root: Path) -> str:
    lanes = [folder for kind in Kind for folder in sorted((root / kind).glob("*")) if folder.is_dir()]
    shown: list[dict[str, Any]] = []
    for folder in lanes:
        names = sorted(path.name for path in folder.iterdir() if path.suffix in {".eml", ".json"})
        example = folder / "example.html"
        text = (folder / "example.txt").read_text(encoding="utf-8")
        shown.append(
            {
                "folder": folder.relative_to(root).as_posix(),
                "kind": folder.parent.name,
                "locale": folder.name,
                "count": len(names),
                "names": names,
                "html": example.read_text(encoding="utf-8") if example.is_file() else "",
                "text": text,
            }
        )
    values = {"lanes": shown, "total": sum(one["count"] for one in shown), "listed": LISTED}
    return _template().render(values, generator=Markup(GENERATOR))  # noqa: S704 - a constant of ours


@cache
def _template() -> Template:
    source = files("notifier").joinpath("templates/outbox.html.j2").read_text(encoding="utf-8")
    return Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(source)
