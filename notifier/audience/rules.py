"""The rules of one row: what refuses it, what is only a flaw; knows no source."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from notifier.audience.fields import ACCEPT, LONGEST_ID, LONGEST_ROW
from notifier.audience.holder import COLUMNS, CONTACTS, Fault, Holder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Lone surrogates come out of JSON escapes; no database takes them.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_HEADER = re.compile(r"(?:^|[\r\n])\s*(?:b?cc|to|from|subject|content-type|reply-to|mime-version)\s*:", re.IGNORECASE)
_NOT_ASCII = "{}: letters outside ASCII before the @; told by mail only where the provider can write to such an address"


def check(row: Mapping[str, str], line: int, text: str) -> Iterator[Holder | Fault]:
    """Yield what is wrong with a row, then its holder if someone can be told or named."""
    account_id = row.get("account_id", "").strip()
    fatal = _fatal(row, account_id)
    if fatal:
        yield fault(line, text, fatal, "" if _CONTROL.search(account_id) else account_id[:LONGEST_ID])
        return
    holder, reasons = _holder(row, line, account_id)
    lost = _lost(row, holder)
    for reason in reasons:
        yield replace(fault(line, text, reason, account_id), kept=not lost)
    if not lost:
        yield holder


def fault(line: int, text: str, reason: str, account_id: str = "") -> Fault:
    """Return a fault that costs its row, what was read cut to a length that can be shown."""
    shown = text[:500].rstrip("\r\n").encode(errors="backslashreplace").decode()
    return Fault(line=line, account_id=account_id, reason=reason, kept=False, row=shown)


def _lost(row: Mapping[str, str], holder: Holder) -> bool:
    # A minor's notice must not go to the minor because the guardian's address has a slip.
    if row.get("guardian_email", "").strip() and not holder.guardian_email:
        return True
    reachable = any(getattr(holder, name) for name in CONTACTS)
    return not reachable and any(row.get(name, "").strip() for name in CONTACTS)


def _fatal(row: Mapping[str, str], account_id: str) -> str:
    if not account_id:
        return "no account_id"
    for name in COLUMNS:
        value = row.get(name, "")
        if len(value) > LONGEST_ROW:
            return f"{name}: longer than {LONGEST_ROW} characters"
        if not value.isprintable() and _CONTROL.search(value.strip()):
            if _HEADER.search(value):
                return f"{name}: a line break followed by a mail header: header injection"
            return f"{name}: holds a control character or a line break"
    if len(account_id) > LONGEST_ID:
        return f"the account_id is longer than {LONGEST_ID} characters"
    return ""


def _holder(row: Mapping[str, str], line: int, account_id: str) -> tuple[Holder, list[str]]:
    reasons: list[str] = []
    taken: dict[str, Any] = {}
    for name, accept in ACCEPT.items():
        value = row.get(name, "").strip()
        if value:
            try:
                taken[name] = accept(value)
            except ValueError as error:
                reasons.append(f"{name}: {error}")
    # The domain is ASCII by now: what is not stands before the @.
    reasons += [_NOT_ASCII.format(name) for name in ("email", "guardian_email") if not taken.get(name, "").isascii()]
    return Holder(line=line, account_id=account_id, **taken), reasons
