"""Account holders, streamed from a file one by one; knows no campaign, no channel and no ledger."""

from __future__ import annotations

import csv
import json
import re
from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email

from notifier.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import BinaryIO

#: The columns of an audience; `account_id` and one of the contacts are needed.
COLUMNS = (
    "account_id", "email", "locale", "country", "timezone", "fcm_token", "webpush", "guardian_email", "joined_at",
)  # fmt: skip
CONTACTS = ("email", "fcm_token", "webpush", "guardian_email")
#: Bytes of one row; a longer one is refused without being held in memory.
LONGEST_ROW = 1 << 17
#: Lines one quoted row may span before its quote counts as never closed.
MOST_LINES = 50
#: Characters of an account id; the ledger keeps one for each holder.
LONGEST_ID = 256

_PLAIN_ADDRESS = re.compile(
    r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.ASCII
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_HEADER = re.compile(r"(?:^|[\r\n])\s*(?:b?cc|to|from|subject|content-type|reply-to|mime-version)\s*:", re.IGNORECASE)
_COUNTRY = re.compile(r"[A-Za-z]{2}")
_LOCALE = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """One account holder as the source lists them, checked."""

    #: Line of the source, from 1.
    line: int
    #: The company's own opaque id.
    account_id: str
    #: Registered address, or empty.
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

    #: Line of the source, from 1.
    line: int
    #: Id of the account, where the row has one that can be shown.
    account_id: str
    #: What is wrong, in one line.
    reason: str
    #: The rest of the row was good enough: its holder is planned all the same.
    kept: bool
    #: The row as read, cut to 500 characters.
    row: str


def read(path: Path, *, on_header: Callable[[list[str]], None] | None = None) -> Iterator[Holder | Fault]:
    """Yield the holders and faults of a CSV or JSON Lines file, in its order, in flat memory.

    `on_header` is told the columns that are not used. InputError if the file cannot be an audience at all.
    """
    try:
        with path.open("rb") as stream:
            reader = _jsonl if path.suffix in {".jsonl", ".ndjson"} else _csv
            yield from reader(stream, path, on_header or (lambda _names: None))
    except OSError as error:
        message = f"{path}: cannot read the audience: {error.strerror}; --audience names a .csv or .jsonl file"
        raise InputError(message) from error


def _csv(stream: BinaryIO, path: Path, on_header: Callable[[list[str]], None]) -> Iterator[Holder | Fault]:
    records = _records(_lines(stream))
    names = _header(next(records, (1, "", "")), path)
    on_header([name for name in names if name not in COLUMNS])
    width = len(names)
    for line, text, problem in records:
        if problem:
            yield _fault(line, text, problem)
        elif text.strip():
            fields = _fields(text)
            if len(fields) != width:
                hint = "; a quote is out of place" if '"' in text else ""
                yield _fault(line, text, f"{len(fields)} columns where the header has {width}{hint}")
            else:
                yield from check(dict(zip(names, fields, strict=True)), line, text)


def _jsonl(stream: BinaryIO, path: Path, on_header: Callable[[list[str]], None]) -> Iterator[Holder | Fault]:
    told = False
    for line, text, problem in _lines(stream):
        row = None if problem else _json_object(text)
        if row is None:
            if problem or text.strip():
                yield _fault(line, text, problem or "not a JSON object")
            continue
        if not told:
            _need_columns([str(name) for name in row], path, line)
            on_header([name for name in row if name not in COLUMNS])
            told = True
        yield from check({name: _as_text(value) for name, value in row.items()}, line, text)
    if not told:
        message = f"{path}: no row is a JSON object with an account_id; one object a line is expected"
        raise InputError(message)


def _json_object(text: str) -> dict[str, Any] | None:
    try:
        row = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _as_text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _lines(stream: BinaryIO) -> Iterator[tuple[int, str, str]]:
    """Yield (line, text, problem); a line that is too long or not UTF-8 has a problem and is not held in memory."""
    number = 0
    while raw := stream.readline(LONGEST_ROW):
        number += 1
        problem = ""
        if number == 1:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        if len(raw) >= LONGEST_ROW and not raw.endswith(b"\n"):
            while (rest := stream.readline(LONGEST_ROW)) and not rest.endswith(b"\n"):
                pass
            raw, problem = raw[:500], f"longer than {LONGEST_ROW} bytes"
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            text = raw.decode(errors="replace")
            problem = problem or f"not UTF-8 (byte {error.object[error.start]:#04x} at column {error.start + 1})"
        yield number, text, problem


def _records(lines: Iterator[tuple[int, str, str]]) -> Iterator[tuple[int, str, str]]:
    """Join the lines of a quoted row; a quote that is never closed costs its own line and no other."""
    waiting: deque[tuple[int, str, str]] = deque()
    while True:
        entry = waiting.popleft() if waiting else next(lines, None)
        if entry is None:
            return
        number, text, problem = entry
        if problem or '"' not in text or text.count('"') % 2 == 0:
            yield entry
            continue
        taken: list[tuple[int, str, str]] = []
        while text.count('"') % 2 and len(taken) < MOST_LINES and len(text) < LONGEST_ROW:
            more = waiting.popleft() if waiting else next(lines, None)
            if more is None:
                break
            taken.append(more)
            text += more[1]
        if text.count('"') % 2:
            waiting.extendleft(reversed(taken))
            yield number, entry[1], "a quote is opened and never closed"
        else:
            yield number, text, next((found for _, _, found in taken if found), "")


def _fields(text: str) -> list[str]:
    if '"' not in text:
        return text.rstrip("\r\n").split(",")
    try:
        return next(csv.reader([text], strict=True))
    except csv.Error:
        return []


def _header(record: tuple[int, str, str], path: Path) -> list[str]:
    line, text, problem = record
    if problem:
        message = f"{path}:{line}: {problem}; save the file as UTF-8 CSV"
        raise InputError(message)
    names = [name.strip() for name in _fields(text)]
    _need_columns(names, path, line)
    twice = sorted({name for name in names if name in COLUMNS and names.count(name) > 1})
    if twice:
        message = f"{path}:{line}: the column {twice[0]} stands twice; remove one"
        raise InputError(message)
    return names


def _need_columns(names: list[str], path: Path, line: int) -> None:
    parted = next((mark for mark in ";\t" if len(names) == 1 and mark in names[0]), "")
    if parted:
        kind = "semicolons" if parted == ";" else "tabs"
        message = f"{path}:{line}: the columns are parted by {kind}; part them by commas"
        raise InputError(message)
    found = ", ".join(name for name in names if name)[:200] or "nothing"
    if "account_id" not in names:
        message = f"{path}:{line}: no column account_id (found: {found}); name the column of account ids account_id"
        raise InputError(message)
    if not any(name in CONTACTS for name in names):
        message = f"{path}:{line}: no contact to write to (found: {found}); one of {', '.join(CONTACTS)} is needed"
        raise InputError(message)


def check(row: dict[str, str], line: int, text: str) -> Iterator[Holder | Fault]:
    """Yield what is wrong with a row, then its holder if someone can be told or named."""
    account_id = row.get("account_id", "").strip()
    fatal = _fatal(row, account_id)
    if fatal:
        yield _fault(line, text, fatal, "" if _CONTROL.search(account_id) else account_id)
        return
    holder, reasons = _holder(row, line, account_id)
    lost = _lost(row, holder)
    for reason in reasons:
        yield replace(_fault(line, text, reason, account_id), kept=not lost)
    if not lost:
        yield holder


def _lost(row: dict[str, str], holder: Holder) -> bool:
    # A minor's notice must not go to the minor because the guardian's address has a slip.
    if row.get("guardian_email", "").strip() and not holder.guardian_email:
        return True
    reachable = any(getattr(holder, name) for name in CONTACTS)
    return not reachable and any(row.get(name, "").strip() for name in CONTACTS)


def _fatal(row: dict[str, str], account_id: str) -> str:
    if not account_id:
        return "no account_id"
    if len(account_id) > LONGEST_ID:
        return f"the account_id is longer than {LONGEST_ID} characters"
    for name in COLUMNS:
        value = row.get(name, "")
        if not value.isprintable() and _CONTROL.search(value.strip()):
            if _HEADER.search(value):
                return f"{name}: a line break followed by a mail header: header injection"
            return f"{name}: holds a control character or a line break"
    return ""


def _holder(row: dict[str, str], line: int, account_id: str) -> tuple[Holder, list[str]]:
    reasons: list[str] = []

    def take(name: str, accept: Callable[[str], Any]) -> Any:
        value = row.get(name, "").strip()
        try:
            return accept(value) if value else None
        except ValueError as error:
            reasons.append(f"{name}: {error}")
            return None

    holder = Holder(
        line=line,
        account_id=account_id,
        email=take("email", address) or "",
        locale=take("locale", _locale) or "",
        country=take("country", _country) or "",
        timezone=take("timezone", _zone) or "",
        fcm_token=take("fcm_token", _token) or "",
        webpush=take("webpush", _subscription) or "",
        guardian_email=take("guardian_email", address) or "",
        joined_at=take("joined_at", _instant),
    )
    return holder, reasons


def address(value: str) -> str:
    """Return an address as it is written to; ValueError with the reason if nobody can be written to there."""
    if _PLAIN_ADDRESS.fullmatch(value) and len(value) <= 64:  # noqa: PLR2004 - no part can be too long then
        return value
    try:
        good = validate_email(value, check_deliverability=False, allow_quoted_local=True)
    except EmailNotValidError as error:
        message = f"malformed address: {error}"
        raise ValueError(message) from None
    return good.ascii_email or good.normalized


def _locale(value: str) -> str:
    if not _LOCALE.fullmatch(value):
        message = f"not a language tag: {value[:40]!r}"
        raise ValueError(message)
    return value


def _country(value: str) -> str:
    if not _COUNTRY.fullmatch(value):
        message = f"not a two-letter country code: {value[:40]!r}"
        raise ValueError(message)
    return value.upper()


@lru_cache(maxsize=1024)
def _zone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (KeyError, ValueError, OSError):
        message = f"unknown time zone: {value[:40]!r}"
        raise ValueError(message) from None


def _token(value: str) -> str:
    longest = 4096
    if len(value) > longest or any(character.isspace() for character in value):
        message = "not a registration token"
        raise ValueError(message)
    return value


def _subscription(value: str) -> str:
    subscription = _json_object(value)
    keys = subscription.get("keys") if subscription else None
    if not subscription or not isinstance(keys, dict) or not {"p256dh", "auth"} <= keys.keys():
        message = "not a push subscription (endpoint and keys as JSON)"
        raise ValueError(message)
    if not str(subscription.get("endpoint", "")).startswith("https://"):
        message = "the endpoint of the push subscription is no https address"
        raise ValueError(message)
    return value


def _instant(value: str) -> datetime | date:
    plain_day = 10
    try:
        if len(value) <= plain_day:
            return date.fromisoformat(value)
        moment = datetime.fromisoformat(value)
    except ValueError:
        message = f"not an ISO 8601 date or time: {value[:40]!r}"
        raise ValueError(message) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _fault(line: int, text: str, reason: str, account_id: str = "") -> Fault:
    return Fault(line=line, account_id=account_id, reason=reason, kept=False, row=text[:500].rstrip("\r\n"))
