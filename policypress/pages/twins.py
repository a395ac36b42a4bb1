"""Pages that say the same in several languages, each with the addresses of all; fills none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from policypress.localise import language_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from policypress.pages.page import Page


def with_twins(pages: Iterable[Page]) -> Iterator[Page]:
    """Yield the pages as they come; each knows itself in every language, its own included."""
    pages = tuple(pages)
    shape: dict[str, list[str]] = {}
    for page in pages:
        shape.setdefault(page.path.removeprefix(page.locale), []).append(page.locale)
    for page in pages:
        yield replace(page, meta={**page.meta, "alternates": _alternates(page, shape)})


def _alternates(page: Page, shape: Mapping[str, list[str]]) -> tuple[dict[str, str], ...]:
    rest = page.path.removeprefix(page.locale)
    return tuple({"locale": locale, "name": language_name(locale), "path": f"{locale}{rest}"} for locale in shape[rest])
