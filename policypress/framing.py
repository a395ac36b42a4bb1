"""The frame around pages that differ in their release alone, rendered once; knows neither MkDocs nor Jinja."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from policypress.pages import Heading, Page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

#: Kinds of page of which there is one a release, beside each other in one folder.
_KINDS = ("changes", "release")
#: Stand in a frame where its pages differ: the id of the release, the text, JSON-LD, the contents in each form.
_RELEASE, _TEXT, _LINKED, _LISTED = "zq1release1qz", "zq1text1qz", "zq1linked1qz", "zq1listed{}1qz"
#: Stands for the headings; none may be left where the contents are cut out.
_HEADING = "zq1heading1qz"
_MARK = re.compile(f"({_RELEASE}|{_TEXT}|{_LINKED}|{_LISTED.format('[0-9]+')})")
#: What of a page's meta names its own address.
_OWN = ("alternates", "open_graph", "pdf")


@dataclass(frozen=True, kw_only=True)
class Press:
    """How a page is put into the theme's frame, and its table of contents set."""

    frame: Callable[[Page], str]
    #: The contents alone, in each form that a frame shows.
    contents: Callable[[Page], Sequence[str]]


@dataclass(kw_only=True)
class Frames:
    """Frames by what they show, cut at their marks; None where a page cannot stand in for the others."""

    _made: dict[Any, tuple[str, ...] | None] = field(default_factory=dict)
    _contents: dict[Any, Sequence[str]] = field(default_factory=dict)

    def page(self, page: Page, press: Press) -> str | None:
        """Return a page in its frame; None where the frame has to be made for this page alone."""
        if page.meta["kind"] not in _KINDS or page.path in _linked(page.meta) or not page.headings:
            return None
        key = _key(page)
        if key not in self._made:
            self._made[key] = _cut(_model(page), press)
        parts = self._made[key]
        if parts is None:
            return None
        listed = (key, page.headings)
        if listed not in self._contents:
            self._contents.clear()  # neighbours share it: nothing older is asked for again
            self._contents[listed] = press.contents(page)
        values = {
            _RELEASE: _release(page),
            _TEXT: page.html,
            _LINKED: page.meta.get("json_ld", ""),
            **{_LISTED.format(place): form for place, form in enumerate(self._contents[listed])},
        }
        return "".join(values.get(part, part) for part in parts)


def _linked(meta: Mapping[str, Any]) -> set[str]:
    """Return the pages that the frame leads to; on themselves they are marked as the one that is shown."""
    return {link.path for link in meta["nav"]} | {notice["path"] for notice in meta["announcements"]}


def _release(page: Page) -> str:
    return page.path.rstrip("/").rpartition("/")[2]


def _key(page: Page) -> tuple[Any, ...]:
    """Return all that pages of one frame have in common."""
    same = {name: value for name, value in page.meta.items() if name not in (*_OWN, "json_ld")}
    own = [repr(_swapped(page.meta.get(name), _release(page), _RELEASE)) for name in _OWN]
    return (page.locale, page.title, page.headings[0].level, "json_ld" in page.meta, repr(same), *own)


def _model(page: Page) -> Page:
    """Return a page with marks where its neighbours differ."""
    release = _release(page)
    meta = dict(page.meta)
    meta |= {name: _swapped(meta[name], release, _RELEASE) for name in _OWN if name in meta}
    if "json_ld" in meta:
        meta["json_ld"] = _LINKED
    return replace(
        page,
        path=page.path.replace(f"/{release}/", f"/{_RELEASE}/"),
        body=lambda: _TEXT,
        headings=(Heading(anchor=_HEADING, title=_HEADING, level=page.headings[0].level),),
        meta=meta,
    )


def _swapped(value: Any, old: str, new: str) -> Any:
    if isinstance(value, str):
        return value.replace(old, new)
    if isinstance(value, dict):
        return {name: _swapped(row, old, new) for name, row in value.items()}
    return tuple(_swapped(row, old, new) for row in value) if isinstance(value, tuple) else value


def _cut(model: Page, press: Press) -> tuple[str, ...] | None:
    """Return the frame in pieces, its marks among them."""
    frame = press.frame(model)
    for place, form in enumerate(press.contents(model)):
        frame = frame.replace(form, _LISTED.format(place))
    if frame.count(_TEXT) != 1 or _HEADING in frame:
        return None
    return tuple(part for part in _MARK.split(frame) if part)
