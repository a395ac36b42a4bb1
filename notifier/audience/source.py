"""Where an audience comes from, as the operator names it; opens nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from notifier.audience import columns
from notifier.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+]*://")
_SECRET = re.compile(r"://[^/@:]*:(?P<password>.*)@|[?&;](?:password|passwd|pwd|sslpassword)=(?P<option>[^&;]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file, or a database with a query."""

    #: Path of a file, or URL of a database as SQLAlchemy writes it; never shown, see `label`.
    location: str = field(repr=False)
    #: What selects the holders; empty for a file.
    query: str = ""
    #: The source's column by ours, where the names differ.
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """Return the file."""
        return Path(self.location)

    @property
    def is_database(self) -> bool:
        """Return whether it is read by a query."""
        return bool(_URL.match(self.location))

    @property
    def label(self) -> str:
        """Return the name for messages and the ledger: a database's without user, password and options."""
        if not self.is_database:
            return self.location
        scheme, _, rest = self.location.partition("://")
        return f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}"

    def scrub(self, message: str) -> str:
        """Return a library's message in one line, without the URL and its secrets."""
        text = message.replace(self.location, self.label)
        for found in _SECRET.finditer(self.location):
            secret = found["password"] or found["option"] or ""
            for form in filter(None, {secret, unquote(secret)}):
                text = text.replace(form, "***")
        return " ".join(text.split())[:300]


def parse(location: str, query: str = "", mapping: str = "") -> Source:
    """Return what the options name; InputError if they do not belong together."""
    source = Source(location=location, query=query.strip(), columns=columns.parse(mapping))
    if source.is_database and not source.query:
        message = f"--audience {source.label}: a database needs --query 'SELECT …' too"
        raise InputError(message)
    if source.query and not source.is_database:
        message = (
            f"--query: {source.label} is a file; a query goes with a database, postgresql+psycopg://… or sqlite:///…"
        )
        raise InputError(message)
    return source
