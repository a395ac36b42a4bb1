"""Browsers that asked on the policy's site to be told, as holders of no account; knows no campaign.

A browser that an account names too is told once: by that account's notice.
"""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from notifier import promise
from notifier.audience import Fault, Page
from notifier.ledger import consent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from notifier.ledger.database import Transaction
    from policypress.bundle import Bundle

#: Stands before the digest of an endpoint where others have their account id.
PREFIX = "site:"
#: Hexadecimal digits of the digest: no two browsers share them.
DIGITS = 32


def joined(work: Transaction, bundle: Bundle, holders: Iterable[Page | Fault]) -> Iterator[Page | Fault]:
    """Yield holders as they come, then those who asked on the site before the release was published.

    Later ones saw it announced where they asked. Browsers whose push service said that they are gone are forgotten.
    """
    consent.forget_dead(work)
    published = promise.milliseconds(bundle.published + timedelta(days=1), bundle)
    # Only of browsers that asked it is remembered that an account has them: those are few beside all accounts.
    asked = {endpoint for endpoint, _, _ in consent.subscriptions(work, published)}
    taken: set[str] = set()
    for page in holders:
        if asked and not isinstance(page, Fault):
            taken |= asked.intersection(map(_endpoint, filter(None, page.contacts.get("webpush", ()))))
        yield page
    yield from _pages(one for one in consent.subscriptions(work, published) if one[0] not in taken)


def _endpoint(subscription: str) -> str:
    with suppress(ValueError, KeyError, TypeError, AttributeError):
        return consent.endpoint_of(json.loads(subscription)["endpoint"])
    return ""


def _pages(found: Iterator[tuple[str, str, str]]) -> Iterator[Page]:
    line = 0
    while some := list(islice(found, consent.PAGE)):
        nothing = [""] * len(some)
        yield Page(
            lines=range(line + 1, line + len(some) + 1),
            account_id=[PREFIX + endpoint[:DIGITS] for endpoint, _, _ in some],
            locale=[locale for _, _, locale in some],
            country=nothing,
            timezone=nothing,
            joined_at=[None] * len(some),
            contacts={"webpush": [body for _, body, _ in some]},
        )
        line += len(some)
