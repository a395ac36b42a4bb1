"""Browsers that asked on the policy's site to be told, as holders of no account; knows no campaign."""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from notifier import promise
from notifier.audience import Page
from notifier.ledger import consent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from notifier.ledger.database import Transaction
    from policypress.bundle import Bundle

#: Stands before the digest of an endpoint where others have their account id.
PREFIX = "site:"
#: Hexadecimal digits of the digest: no two browsers share them.
DIGITS = 32


def pages(work: Transaction, bundle: Bundle) -> Iterator[Page]:
    """Yield those who asked before the release was published; later ones saw it announced where they asked.

    Browsers whose push service said that they are gone are forgotten on the way.
    """
    consent.forget_dead(work)
    published = promise.milliseconds(bundle.published + timedelta(days=1), bundle)
    found = consent.subscriptions(work, published)
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
