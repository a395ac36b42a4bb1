"""Typed values of a table or a query as the text the rules read; knows no library."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from notifier.audience.holder import Block

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def block(values: Mapping[str, Sequence[Any]], first: int) -> Block:
    """Return values by column of COLUMNS as a block whose rows are numbered from `first`."""
    count = len(values["account_id"])
    texts = {name: [as_text(value) for value in column] for name, column in values.items()}
    return Block(lines=range(first, first + count), columns=texts)


def as_text(value: Any) -> str:
    """Return a value of JSON, a table or a query as the text a CSV file would have; NULL is empty."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        # What is not UTF-8 becomes a control character, which the rules refuse.
        return bytes(value).decode(errors="surrogateescape")
    if isinstance(value, bool | int | float | list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)
