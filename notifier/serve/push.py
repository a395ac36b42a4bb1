"""Browsers that ask on the policy's site to be told: taken in and let go; nothing is sent from here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from notifier.channels import webpush
from notifier.ledger import consent
from notifier.serve import guard

if TYPE_CHECKING:
    from starlette.requests import Request

    from notifier.serve.office import Office

#: Bytes of a subscription with everything around it.
LARGEST = 65_536


class _Keys(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    p256dh: Annotated[str, Field(max_length=200)]
    auth: Annotated[str, Field(max_length=100)]


class SubscriptionRequest(BaseModel):
    """`PushSubscription.toJSON()` and the language of the page."""

    model_config = ConfigDict(extra="forbid", strict=True)

    endpoint: Annotated[str, Field(min_length=1, max_length=2048)]
    expirationTime: float | None = None  # noqa: N815 - the browser's word
    keys: _Keys
    locale: Annotated[str, Field(min_length=1, max_length=35)]


class EndRequest(BaseModel):
    """Which browser is to be forgotten."""

    model_config = ConfigDict(extra="forbid", strict=True)

    endpoint: Annotated[str, Field(min_length=1, max_length=2048)]


async def preflight(request: Request) -> Response:
    """Tell a browser that a page of the site may post here."""
    origin = await _origin(request)
    headers = {
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": "content-type",
        "Access-Control-Max-Age": "3600",
    }
    return Response(status_code=204, headers=_cors(origin) | headers)


async def key(request: Request) -> Response:
    """Return the public key that browsers subscribe with."""
    office: Office = request.app.state.office
    if not office.push_key:
        raise HTTPException(404)
    origin = await _origin(request)
    return JSONResponse({"key": office.push_key}, headers=_cors(origin))


async def subscribe(request: Request) -> Response:
    """Take a browser in; taking it in twice changes its language at most."""
    office, origin, found = await _posted(request, SubscriptionRequest)
    endpoint, keys = found.endpoint, {"p256dh": found.keys.p256dh, "auth": found.keys.auth}
    text = json.dumps({"endpoint": endpoint, "keys": keys}, separators=(",", ":"))
    wrong = webpush.unfit(text, office.hosts)
    if wrong:
        raise HTTPException(422, wrong, _cors(origin))
    await office.run(consent.subscribe, office.database, endpoint, text, found.locale, office.clock())
    return Response(status_code=204, headers=_cors(origin))


async def unsubscribe(request: Request) -> Response:
    """Forget a browser; the answer is the same for one that was never there."""
    office, origin, found = await _posted(request, EndRequest)
    await office.run(consent.unsubscribe, office.database, found.endpoint)
    return Response(status_code=204, headers=_cors(origin))


async def _posted(request: Request, shape: type[BaseModel]) -> tuple[Office, str, Any]:
    office: Office = request.app.state.office
    if not office.push_key:
        raise HTTPException(404)
    origin = await _origin(request)
    await office.limit(office.subscribers, f"push {guard.client(request)}")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(415, "send application/json", _cors(origin))
    raw = await guard.body(request, LARGEST)
    try:
        return office, origin, shape.model_validate(json.loads(raw))
    except ValidationError as error:
        found = [".".join(map(str, one["loc"])) or "the body" for one in error.errors(include_input=False)]
        raise HTTPException(422, f"not as described: {', '.join(found)}", _cors(origin)) from None
    except (ValueError, RecursionError):
        raise HTTPException(400, "the body is no JSON", _cors(origin)) from None


async def _origin(request: Request) -> str:
    """Return the origin of the page that asks; 403 for a page of another site, or for no page."""
    office: Office = request.app.state.office
    origin = request.headers.get("origin", "").lower()
    if origin not in await office.run(office.origins):
        raise HTTPException(403, "only the policy's site may ask")
    return origin


def _cors(origin: str) -> dict[str, str]:
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin", "Cross-Origin-Resource-Policy": "cross-origin"}
