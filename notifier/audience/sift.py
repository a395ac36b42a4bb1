"""The rules of many rows at once: what is plainly good passes by column, every other row goes by the rules of one."""

from __future__ import annotations

import json
from itertools import compress
from typing import TYPE_CHECKING, Any

from notifier.audience import rules
from notifier.audience.fields import ACCEPT, LONGEST_ID, LONGEST_PLAIN, LONGEST_TOKEN, plain_domain
from notifier.audience.holder import CONTACTS, Block, Fault, Holder, Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

#: What no dot-atom has: two dots, or one at an end; and no local part at all.
_SLIPS = ("..", "\n.", ".@", "\n@")
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-.\n"


def sift(block: Block) -> tuple[Page, list[Fault]]:
    """Return the holders of a block and its faults, both in the order of the source."""
    columns: dict[str, list[Any]] = {}
    odd: set[int] = set()
    for name, values in block.columns.items():
        columns[name], strange = _PLAIN[name](values)
        odd.update(strange)
    faults, lost = _one_by_one(block, sorted(odd), columns)
    lines = block.lines
    if lost:
        keep = [index not in lost for index in range(len(lines))]
        lines = list(compress(lines, keep))
        columns = {name: list(compress(values, keep)) for name, values in columns.items()}
    return _page(lines, columns), faults


def _page(lines: Sequence[int], columns: Mapping[str, list[Any]]) -> Page:
    nothing = [""] * len(lines)
    return Page(
        lines=lines,
        account_id=columns.get("account_id", nothing),
        locale=columns.get("locale", nothing),
        country=columns.get("country", nothing),
        timezone=columns.get("timezone", nothing),
        joined_at=columns.get("joined_at", [None] * len(lines)),
        contacts={name: columns[name] for name in CONTACTS if name in columns},
    )


def _one_by_one(block: Block, odd: Iterable[int], columns: Mapping[str, list[Any]]) -> tuple[list[Fault], set[int]]:
    """Put what the rules of one row make of the odd ones into the columns; return the faults and who is lost."""
    faults: list[Fault] = []
    lost: set[int] = set()
    for index in odd:
        row = {name: values[index] for name, values in block.columns.items()}
        text = block.texts[index] if block.texts else json.dumps(row, ensure_ascii=False)
        lost.add(index)
        for found in rules.check(row, block.lines[index], text):
            if isinstance(found, Holder):
                lost.discard(index)
                for name, values in columns.items():
                    values[index] = getattr(found, name)
            else:
                faults.append(found)
    return faults, lost


def _plain_ids(values: Sequence[str]) -> tuple[list[Any], Iterable[int]]:
    if _graphic("".join(values)) and "" not in values and max(map(len, values), default=0) <= LONGEST_ID:
        return list(values), ()
    return list(values), [i for i, value in enumerate(values) if not (0 < len(value) <= LONGEST_ID and _graphic(value))]


def _plain_tokens(values: Sequence[str]) -> tuple[list[Any], Iterable[int]]:
    if _graphic("".join(values)) and max(map(len, values), default=0) <= LONGEST_TOKEN:
        return list(values), ()
    return list(values), [i for i, value in enumerate(values) if len(value) > LONGEST_TOKEN or not _graphic(value)]


def _plain_subscriptions(values: Sequence[str]) -> tuple[list[Any], Iterable[int]]:
    return list(values), [index for index, value in enumerate(values) if value]


def _plain_addresses(values: Sequence[str]) -> tuple[list[Any], Iterable[int]]:
    if max(map(len, values), default=0) <= LONGEST_PLAIN and _all_plain(list(filter(None, values))):
        return list(values), ()
    return list(values), [i for i, value in enumerate(values) if value and not _plain_address(value)]


def _all_plain(values: list[str]) -> bool:
    """Return whether each is a plain address; decided on all of them as one text, between two line ends each."""
    joined = "\n".join(("", *values, ""))
    if not joined.isascii() or joined.encode().translate(None, _LETTERS + b"@"):
        return False
    # The mark stands as a part of its own between local part and domain: once in each address, or out of its place.
    parts = joined[1:-1].replace("@", "\n@\n").split("\n")
    if len(parts) != 3 * len(values) or parts[1::3].count("@") != len(values):
        return not values
    return all(map(plain_domain, set(parts[2::3]))) and not any(slip in joined for slip in _SLIPS)


def _plain_locals(joined: str) -> bool:
    """Return whether all parts, a line each between two line ends, are dot-atoms of plain letters."""
    if not joined.isascii() or joined.encode().translate(None, _LETTERS):
        return False
    return not any(slip in joined for slip in ("..", "\n.", ".\n", "\n\n")) or joined == "\n"


def _plain_address(value: str) -> bool:
    local, _, domain = value.partition("@")
    return len(value) <= LONGEST_PLAIN and plain_domain(domain) and _plain_locals(f"\n{local}\n")


def _known(name: str) -> Callable[[Sequence[str]], tuple[list[Any], Iterable[int]]]:
    """Return the check of a column in which the same few values come again and again."""
    accept = ACCEPT[name]
    nothing = None if name == "joined_at" else ""

    def plain(values: Sequence[str]) -> tuple[list[Any], Iterable[int]]:
        taken: dict[str, Any] = {}
        refused = set()
        for value in set(values):
            try:
                taken[value] = accept(value) if value else nothing
            except ValueError:
                taken[value] = value
                refused.add(value)
        strange = [index for index, value in enumerate(values) if value in refused] if refused else ()
        if all(kept is value or kept == value for value, kept in taken.items()):
            return list(values), strange
        return [taken[value] for value in values], strange

    return plain


def _graphic(text: str) -> bool:
    """Return whether there are only ASCII letters, digits and marks in it, no space."""
    return text.isascii() and text.isprintable() and " " not in text


#: By column: the values as accepted, and the indices of rows that the rules of one row must look at.
_PLAIN: Mapping[str, Callable[[Sequence[str]], tuple[list[Any], Iterable[int]]]] = {
    "account_id": _plain_ids,
    "email": _plain_addresses,
    "guardian_email": _plain_addresses,
    "fcm_token": _plain_tokens,
    "webpush": _plain_subscriptions,
} | {name: _known(name) for name in ("locale", "country", "timezone", "joined_at")}
