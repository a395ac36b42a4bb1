"""Account holders as records: one as read, many by column, and what was wrong with a row; knows no source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date, datetime

#: The columns of an audience; `account_id` and one of the contacts are needed.
COLUMNS = (
    "account_id", "email", "locale", "country", "timezone", "fcm_token", "webpush", "guardian_email", "joined_at",
)  # fmt: skip
CONTACTS = ("email", "fcm_token", "webpush", "guardian_email")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """One account holder as the source lists them, checked."""

    #: Line of a text file, row of a table or query; from 1.
    line: int
    #: The company's own opaque id.
    account_id: str
    #: Registered address, its domain in ASCII; or empty.
    email: str = ""
    #: BCP 47 tag as given, or empty.
    locale: str = ""
    #: ISO 3166-1 alpha-2 in capitals, or empty.
    country: str = ""
    #: Name of the IANA zone, or empty.
    timezone: str = ""
    #: Registration token of the app, or empty.
    fcm_token: str = ""
    #: Push subscription of the browser as JSON text, or empty.
    webpush: str = ""
    #: Address of a minor's parent or guardian; then the notice goes there.
    guardian_email: str = ""
    #: When the account was opened, aware or a plain day; None if not known.
    joined_at: datetime | date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something wrong with one row, said once and recorded."""

    #: Line of a text file, row of a table or query; from 1.
    line: int
    #: Id of the account, where the row has one that can be shown.
    account_id: str
    #: What is wrong, in one line, without the address.
    reason: str
    #: The rest of the row was good enough: its holder is planned all the same.
    kept: bool
    #: The row as read, cut to 500 characters.
    row: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some rows as a reader found them, by column and unchecked."""

    #: Of each row.
    lines: Sequence[int]
    #: Values by column of COLUMNS; those that the source does not have are absent.
    columns: Mapping[str, Sequence[str]]
    #: The rows as read, for faults; empty where the source has no text.
    texts: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some checked holders by column, in the order of the source: no object a holder on the way to the ledger."""

    lines: Sequence[int]
    account_id: Sequence[str]
    locale: Sequence[str]
    country: Sequence[str]
    timezone: Sequence[str]
    joined_at: Sequence[datetime | date | None]
    #: Values by column of CONTACTS; those that the source does not have are absent.
    contacts: Mapping[str, Sequence[str]]

    def __len__(self) -> int:
        """Return the number of holders."""
        return len(self.lines)

    def holders(self) -> Iterator[Holder]:
        """Yield them one by one."""
        for index, line in enumerate(self.lines):
            yield Holder(
                line=line,
                account_id=self.account_id[index],
                locale=self.locale[index],
                country=self.country[index],
                timezone=self.timezone[index],
                joined_at=self.joined_at[index],
                **{name: values[index] for name, values in self.contacts.items()},
            )
