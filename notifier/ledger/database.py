"""What a ledger's database offers, whatever its dialect: transactions of named statements; imports no driver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from notifier.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

#: Raised by every change of schema.sql, with a migration; a ledger of another one is refused.
SCHEMA = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """What became of a ledger that was to be brought up to date."""

    #: The format it had.
    before: int
    #: Where the ledger stands as it was, for a database that is a file.
    kept: str = ""


def check_format(name: str, found: int) -> None:
    """Refuse a ledger of another format than ours: LedgerError, with its name and the way out."""
    if found > SCHEMA:
        message = (
            f"{name}: written by a newer version (ledger format {found}, this one reads {SCHEMA}); "
            "use that version, or another ledger"
        )
        raise LedgerError(message)
    if found < SCHEMA:
        message = (
            f"{name}: written by an older version (ledger format {found}, this one reads {SCHEMA}); stop whatever uses "
            "it, then `notifier migrate` brings it up to date"
        )
        raise LedgerError(message)


class Transaction(Protocol):
    """Runs named statements of the .sql files within one transaction."""

    def run(self, name: str, /, **values: Any) -> int:
        """Run a statement; return the rows it touched."""
        ...

    def many(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run a statement for each row."""
        ...

    def load(self, name: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement with {rows} for rows of values, in the way in which the database takes many at once."""
        ...

    def all(self, name: str, /, **values: Any) -> list[Mapping[str, Any]]:
        """Return every row of a query."""
        ...

    def bulk(self, name: str, columns: Sequence[str], /, **values: Any) -> list[Sequence[Any]]:
        """Return these columns of every row of a query, texts and integers, in the way that is best for many rows."""
        ...

    def column(self, name: str, /, **values: Any) -> list[Any]:
        """Return the one column of a query, row by row."""
        ...

    def one(self, name: str, /, **values: Any) -> Mapping[str, Any] | None:
        """Return the first row of a query, or None."""
        ...

    def value(self, name: str, /, **values: Any) -> Any:
        """Return the first value of the first row, or None."""
        ...

    def stage(self) -> None:
        """Make the tables of staging.sql, which only this transaction sees."""
        ...

    def unstage(self) -> None:
        """Remove them."""
        ...

    def look_at(self, *names: str) -> None:
        """Let the planner see tables that were filled in this transaction, before it plans a statement over all of them."""
        ...

    def unindex(self, name: str) -> None:
        """Remove an index of schema.sql, to make it again after a load in the same transaction."""
        ...

    def index(self, name: str) -> bool:
        """Make an index of schema.sql again; return False, and make none, if its rows are not unique."""
        ...

    def place(self) -> str:
        """Return what tells these tables from a copy of them that was restored elsewhere; empty: nothing does."""
        ...

    def renumber(self) -> None:
        """Let requests be numbered behind the highest number, which was given by hand."""
        ...


class Database(Protocol):
    """One ledger, used from as many threads as there are."""

    @property
    def name(self) -> str:
        """Return what messages call it; no password."""
        ...

    @property
    def shared(self) -> bool:
        """Return whether processes on several machines may use it at once, without waiting for each other's writes."""
        ...

    def prepare(self, *, create: bool) -> None:
        """Check the schema, or make it where there is none yet and `create`.

        LedgerError if there is no ledger, or it is not ours, or of another version.
        """
        ...

    def migrate(self) -> Migrated:
        """Bring an older ledger up to date, all of it or nothing.

        LedgerError if there is none, or it is newer, or the database fails.
        """
        ...

    def clock(self, machine: Callable[[], int]) -> Callable[[], int]:
        """Return the clock that leases are reckoned by, one for all who use the ledger; `machine`: that of this machine.

        Milliseconds since the epoch.
        """
        ...

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Give a write transaction, rolled back if anything is raised; LedgerError if the database fails."""
        ...

    def reading(self) -> AbstractContextManager[Transaction]:
        """Give a consistent view that holds up nobody."""
        ...

    def discard_if_new(self) -> None:
        """Close, and remove a ledger that this run made."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...
