"""The routes, and what becomes of errors: one sentence, never a traceback; does nothing itself."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from notifier.errors import LedgerError, Refused
from notifier.serve import api, hooks, pages, push
from notifier.serve.guard import Headers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from typing import Any

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from notifier.serve.office import Office


def make_app(office: Office, *, secure: bool = False, on_error: Callable[[str], None] = lambda _name: None) -> ASGIApp:
    """Return the ASGI application; `secure`: it is reached by HTTPS. `on_error` is told the class of what went wrong."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        office.start()
        try:
            yield
        finally:
            office.stop()

    def unusable(_request: Request, error: Exception) -> Response:
        on_error(type(error).__name__)
        return JSONResponse({"error": "not now: the ledger cannot be used"}, 503, {"Retry-After": "30"})

    def fault(_request: Request, _error: Exception) -> Response:
        return JSONResponse({"error": "a fault of ours"}, 500)

    handlers: dict[Any, Any] = {HTTPException: _said, LedgerError: unusable, Refused: unusable, Exception: fault}
    app = Starlette(routes=_routes(), exception_handlers=handlers, lifespan=lifespan)
    app.state.office = office
    return Headers(app, secure=secure, on_fault=on_error)


def _routes() -> list[Route]:
    return [
        Route("/healthz", api.health),
        Route("/openapi.json", api.openapi),
        Route("/consent.css", pages.style),
        Route("/consent/{token}", pages.ask, methods=["GET"]),
        Route("/consent/{token}", pages.answer, methods=["POST"]),
        Route("/events/sendgrid", hooks.sendgrid, methods=["POST"]),
        Route("/v1/answers", api.answer, methods=["POST"]),
        Route("/v1/holders/{account:path}", api.holder, methods=["GET"]),
        Route("/push/key", push.key, methods=["GET"]),
        Route("/push/key", push.preflight, methods=["OPTIONS"]),
        Route("/push/subscribe", push.subscribe, methods=["POST"]),
        Route("/push/subscribe", push.preflight, methods=["OPTIONS"]),
        Route("/push/unsubscribe", push.unsubscribe, methods=["POST"]),
        Route("/push/unsubscribe", push.preflight, methods=["OPTIONS"]),
    ]


def _said(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return JSONResponse({"error": error.detail}, status_code=error.status_code, headers=error.headers)
