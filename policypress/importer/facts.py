"""Facts of an imported text: web and mail addresses, its own date; only where they print just as they were written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import TypeAdapter, ValidationError

from policypress.document import Document, visible
from policypress.importer.anchors import latin, unique
from policypress.localise.dates import Written, find_date
from policypress.settings import Fact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from policypress.document import Clause, Section

_ADDRESS = re.compile(
    r"(?P<lead>[<\[(]?)(?:(?P<url>https?://(?:\\[^a-zA-Z0-9\s]|[^\s<>()\[\]«»“”„\"'`\\|{}])+)"
    r"|(?P<mail>(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+))"
)
_ESCAPE = re.compile(r"\\(?=[^a-zA-Z0-9\s])")
#: What closes a sentence and is no part of an address.
_TAIL = ".,;:!?…"
#: So many clauses from the top and from the bottom may hold the document's own date.
_TOP, _BOTTOM = 12, 3
_FACT: TypeAdapter[str] = TypeAdapter(Fact)


@dataclass(slots=True, kw_only=True)
class Facts:
    """The facts of one text, gathered while its clauses are rewritten."""

    locale: str
    #: The day the text was published, where somebody said so.
    published: date | None = None
    #: Name and text, in the order they were met.
    found: dict[str, str] = field(default_factory=dict)
    #: The document's own date; None where it names none that prints as written.
    own_date: Written | None = None
    _own_clause: str = ""

    def gather(self, document: Document) -> Document:
        """Return the document with placeholders where its facts stood."""
        document = _each(document, self._addressed)
        self.own_date = self._dated_in(document)
        # another day stays as it is typed: the placeholder prints the day of the release
        own = self.own_date is not None and self.published in (None, self.own_date.day)
        return _each(document, self._dated) if own else document

    def values(self) -> dict[str, str]:
        """Return what each placeholder that `gather` wrote prints."""
        values = {f"{{{{ facts.{name} }}}}": text for name, text in self.found.items()}
        return {**values, **({_DATE: self.own_date.text} if self.own_date else {})}

    def _addressed(self, clause: Clause) -> Clause:
        if clause.kind not in ("paragraph", "item"):
            return clause
        text = _ADDRESS.sub(self._placed, clause.text)
        kept = replace(clause, text=text)
        # an address inside a link's words cannot be a link itself, and some are printed otherwise than they are written
        return kept if visible(filled(text, self.values())) == visible(clause.text) else clause

    def _placed(self, match: re.Match[str]) -> str:
        written = match["url"] or match["mail"]
        bare = written.rstrip(_TAIL)
        tail = written[len(bare) :].removeprefix("\\")
        address = _ESCAPE.sub("", bare)
        name = self._name(address)
        target = match["lead"] in ("(", "[") and match.string[: match.start()].endswith("]")
        if not name or target:
            return match[0]
        inner = f"{{{{ facts.{name} }}}}"
        return f"<{inner}{tail}" if match["lead"] == "<" else f"{match['lead']}<{inner}>{tail}"

    def _name(self, address: str) -> str:
        """Return the fact of an address, a new one where it is met first; empty where it cannot be one."""
        known = {text: name for name, text in self.found.items()}
        if address in known:
            return known[address]
        try:
            _FACT.validate_python(address)
        except ValidationError:
            return ""
        name = unique(_name_of(address), set(self.found), "_")
        self.found[name] = address
        return name

    def _dated_in(self, document: Document) -> Written | None:
        clauses = [clause for _, clause in document.clauses()]
        for clause in (*clauses[:_TOP], *clauses[-_BOTTOM:]):
            found = find_date(visible(clause.text), self.locale) if clause.kind != "heading" else None
            if found and found.text in clause.text:
                self._own_clause = clause.text
                return found
        return None

    def _dated(self, clause: Clause) -> Clause:
        if self.own_date and clause.text == self._own_clause:
            self._own_clause = ""  # the same day elsewhere may be another event
            return replace(clause, text=clause.text.replace(self.own_date.text, _DATE, 1))
        return clause


_DATE = "{{ date(release.published) }}"


def filled(text: str, values: dict[str, str]) -> str:
    """Return a clause with its placeholders as they print."""
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    return text


def _name_of(address: str) -> str:
    """Return a name that says whose address it is: `privacy_mi_com_support`, `email_privacy_example_com`."""
    parts = urlsplit(address)
    words = f"{parts.netloc.removeprefix('www.')} {parts.path}" if parts.netloc else f"email {address}"
    name = latin(words).replace("-", "_")[:40].strip("_")
    return name if name[:1].isalpha() else f"url_{name}".strip("_")


def _each(document: Document, change: Callable[[Clause], Clause]) -> Document:
    def sections() -> Iterator[Section]:
        for section in document.sections:
            yield replace(section, heading=change(section.heading), clauses=tuple(map(change, section.clauses)))

    return Document(sections=tuple(sections()))
