"""`notifier bounces`: takes in what mail servers sent back; for those who send by SMTP."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from notifier.cli import options
from notifier.cli.settle import show
from notifier.events import mailbox
from notifier.events.settling import settle
from notifier.ledger import events
from notifier.ledger.events import Incoming, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Messages stored together.
TOGETHER = 100


@click.command()
@click.argument("source", metavar="FILE|FOLDER|-")
@options.options(options.ledger, options.as_json, options.config)
def bounces(source: str, ledger: str | None, config: Path | None, *, as_json: bool) -> None:
    """Take in reports by mail: a file (one message or an mbox), a maildir, or standard input (-).

    Delivery reports (RFC 3464) and complaints (RFC 5965) settle the notices they are about; what people's robots
    answered is kept apart and says nothing. The same message taken in twice counts once.
    """
    settings = options.load(config, ledger)
    database = options.opened(settings.ledger)
    messages = mailbox.read(sys.stdin.buffer) if source == "-" else mailbox.messages(Path(source))
    for some in _together(messages):
        now = options.milliseconds()
        events.keep(database, [Incoming(source=Source.MAIL, body=one, received_at=now) for one in some])
    show(settle(database, options.milliseconds, key=options.key(settings)), as_json=as_json)


def _together(messages: Iterator[bytes]) -> Iterator[list[bytes]]:
    while some := list(islice(messages, TOGETHER)):
        yield some
