"""The providers' webhooks: verified, stored, answered; understood later, elsewhere."""

from __future__ import annotations

import asyncio
import queue
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import Response

from notifier.events.signature import SIGNATURE, TIMESTAMP
from notifier.ledger.events import Incoming, Source
from notifier.serve import guard

if TYPE_CHECKING:
    from starlette.requests import Request

    from notifier.serve.office import Office

#: Bytes of one report. SendGrid gathers events for a few seconds; its largest are under a megabyte.
LARGEST = 4_000_000


async def sendgrid(request: Request) -> Response:
    """Take a report of SendGrid's event webhook; 204 once it is stored for good."""
    office: Office = request.app.state.office
    if office.verifier is None:
        raise HTTPException(404)
    body = await guard.body(request, LARGEST)
    now = office.clock()
    if not office.verifier.verify(request.headers, body, now / 1000):
        await office.limit(office.failures, f"hook {guard.client(request)}")
        raise HTTPException(403, "not signed by SendGrid with the key that is set here, or too long ago")
    incoming = Incoming(
        source=Source.SENDGRID, body=body, received_at=now, signed_at=request.headers[TIMESTAMP],
        signature=request.headers[SIGNATURE],
    )  # fmt: skip
    try:
        await asyncio.wrap_future(office.inbox.put(incoming))
    except queue.Full:
        raise HTTPException(503, "busy", {"Retry-After": "30"}) from None
    if office.settler is not None:
        office.settler.news()
    return Response(status_code=204)
