"""Rules on links: which differing addresses leave the text what it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from policypress.materiality.lexicon import Lexicon
    from policypress.materiality.proofs.evidence import Link

#: A segment of a path that names a language, such as `en-US`.
_LANGUAGE = re.compile(r"/[a-z]{2}(?:-[A-Za-z]{2,4})?(?=/|$)")
_ADDRESS = re.compile(r"\S@\S|^(?:https?://|www\.)")
_PAGE = re.compile(r"(?:/index)?(?:\.(?:md|html?))?/?$")
_HOST = re.compile(r"^(?:https?://[^/]*)?")


def link_target(old: Link, new: Link, lexicon: Lexicon) -> bool:
    """Only an address behind the same words differs, and the words name no incorporated document or list."""
    names = f"{old.words} {old.address} {new.address}"
    return _same_page(old.address, new.address) or not lexicon.incorporated.search(names)


def link_moved(old: Link, new: Link, lexicon: Lexicon) -> bool:  # noqa: ARG001 (all rules are called alike)
    """Only the path to a page of the same name differs, or the place in this text; a person should see that it is the same."""
    if old.address.startswith("#") and new.address.startswith("#"):
        return True
    hosts = {_host(link.address) for link in (old, new)}
    # a path without a host leads to the host of the text itself, so whoever looks knows it
    return (len(hosts) == 1 or "" in hosts) and _name(old.address) == _name(new.address) != ""


def linked(olds: Sequence[Link], news: Sequence[Link]) -> bool:
    """A link comes or goes on words that stay; a person should see what it leads to."""
    short, long = sorted((olds, news), key=len)
    # words that are an address must lead there
    if any(_ADDRESS.search(link.words) for link in (*olds, *news)):
        return False
    rest = iter(link.address for link in long)
    return len(short) < len(long) and all(link.address in rest for link in short)


#: Rules on one address in another's place, strong ones first.
ON_LINKS: tuple[Callable[[Link, Link, Lexicon], bool], ...] = (link_target, link_moved)


def explained(olds: Sequence[Link], news: Sequence[Link], lexicon: Lexicon) -> frozenset[str] | None:
    """Return the rules that together explain a difference of links, None where they do not."""
    if [link.address for link in olds] == [link.address for link in news]:
        return frozenset()
    if not lexicon.complete:
        return None
    if len(olds) != len(news):
        return frozenset({linked.__name__}) if linked(olds, news) else None
    differing = [(old, new) for old, new in zip(olds, news, strict=True) if old.address != new.address]
    if any(old.words.casefold() != new.words.casefold() for old, new in differing):
        return None
    rules = [next((rule.__name__ for rule in ON_LINKS if rule(old, new, lexicon)), "") for old, new in differing]
    return frozenset(rules) if all(rules) else None


def _same_page(one: str, two: str) -> bool:
    """Return whether two addresses name one page: they differ in the fragment or in a segment for the language."""
    old, new = (_LANGUAGE.sub("", address.partition("#")[0]).rstrip("/") for address in (one, two))
    return old == new != ""


def _host(address: str) -> str:
    found = _HOST.match(address)
    return found[0] if found else ""


def _name(address: str) -> str:
    return _PAGE.sub("", address.partition("#")[0]).rpartition("/")[2]
