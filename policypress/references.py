"""Links written as `[words][name]`, whose address stands elsewhere in the text, made links like any other; pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markdown_it.common.utils import normalizeReference

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What a line that gives a name an address has (CommonMark 0.31.2, 4.7); cheap, to see whether a text may have any.
DEFINED = re.compile(r"\]:")
#: Code, which is left alone, or words in brackets with a name behind them, an empty one, or none.
_FOUND = re.compile(
    r"(?P<code>(?P<fence>`+)(?!`).*?(?<!`)(?P=fence)(?!`))"
    r"|(?<!\\)\[(?P<words>(?:\\.|[^\[\]\\]|!\[[^\[\]]*\]\([^()]*\))+)\](?!\()(?:\[(?P<name>(?:\\.|[^\[\]\\])*)\])?",
    re.DOTALL,
)


def resolved(text: str, addresses: Mapping[str, Mapping[str, str]]) -> str:
    """Return inline Markdown with the addresses in it; `addresses` are the references as markdown-it keeps them."""

    def link(found: re.Match[str]) -> str:
        if found["code"]:
            return found[0]
        known = addresses.get(normalizeReference(found["name"] or found["words"]))
        return found[0] if known is None else f"[{found['words']}]({_written(known)})"

    return _FOUND.sub(link, text)


def _written(known: Mapping[str, str]) -> str:
    """Return what stands in the brackets of a link: its address, and its title where it has one."""
    address = known["href"]
    address = f"<{address}>" if re.search(r"[()\s]", address) or not address else address
    title = known.get("title", "").replace("\\", "\\\\").replace('"', '\\"')
    return f'{address} "{title}"' if title else address
