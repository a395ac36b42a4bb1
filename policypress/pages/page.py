"""What a page of the site is; knows neither releases nor a site generator."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """An entry of a page's table of contents."""

    anchor: str
    title: str
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of the site, complete but for the frame around it."""

    #: Address below the site's root, empty or with a closing slash: `kk/archive/`.
    path: str
    locale: str
    title: str
    #: Makes its HTML when it is asked for: a site of many releases never holds all its pages.
    body: Callable[[], str]
    headings: tuple[Heading, ...] = ()
    #: Whatever a frame needs: `dir`, `kind`, `announcement`, `alternates`, `nav`, `feed`, `description`.
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def html(self) -> str:
        """Return what stands in the frame; made anew each time."""
        return self.body()


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link to a page of the site, by its path."""

    title: str
    path: str
