"""The consent pages: a GET shows and changes nothing, a POST with the form that was shown writes an answer down."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

from notifier.compose import Words
from notifier.consent import pages
from notifier.consent.desk import Case, Form
from notifier.consent.pages import Shown
from notifier.errors import TokenError
from notifier.ledger.consent import Reply
from notifier.serve import guard

if TYPE_CHECKING:
    from starlette.requests import Request

    from notifier.serve.office import Office

#: Bytes of an answer's form, and its fields.
LARGEST = 16_384
FIELDS = 200
#: Letters of a token at most.
LONGEST = 64
#: How a page of one sentence is answered.
STATUS = {"link-not-valid": 404, "link-expired": 410, "wait-a-minute": 429, "no-action-needed": 200}
_REPLIES = {reply.value: reply for reply in (Reply.YES, Reply.NO, Reply.LATER)}


async def ask(request: Request) -> Response:
    """Show what is asked, and the answer there is."""
    return await _opened(request, None)


async def answer(request: Request) -> Response:
    """Write an answer down and show it; a form that is not the one shown changes nothing."""
    raw = await guard.body(request, LARGEST)
    return await _opened(request, _fields(raw))


async def style(_request: Request) -> Response:
    """Return the style sheet; the only thing here that may be kept."""
    return Response(pages.style(), media_type="text/css", headers={"Cache-Control": "max-age=3600"})


async def _opened(request: Request, fields: dict[str, str] | None) -> Response:
    office: Office = request.app.state.office
    if office.desk is None:
        raise HTTPException(404)
    if not await office.allows((office.clients, guard.client(request)), (office.tokens, _token(request))):
        return await office.run(_say, office, request, "wait-a-minute")  # type: ignore[no-any-return]
    response: Response = await office.run(_answered, office, request, fields)
    wrong = response.status_code == STATUS["link-not-valid"]
    if wrong and not await office.allows((office.failures, f"link {guard.client(request)}")):
        return await office.run(_say, office, request, "wait-a-minute")  # type: ignore[no-any-return]
    return response


def _answered(office: Office, request: Request, fields: dict[str, str] | None) -> Response:
    desk, token = office.desk, _token(request)
    if desk is None:
        raise HTTPException(404)
    try:
        case = desk.open(token)
    except TokenError:
        return _say(office, request, "link-not-valid")
    bundle = case.announced.bundle
    locale = pages.choose(bundle, request.query_params.get("lang", ""), case.mailbox.locale)
    if case.expired:
        return _page(pages.saying(bundle, locale, "link-expired"), "link-expired")
    if bundle.withdrawn or not bundle.consent:
        return _page(
            pages.saying(bundle, locale, "no-action-needed", withdrawn=_withdrawn(case, locale)), "no-action-needed"
        )
    alert = ""
    if fields is not None:
        replies = _replies(fields, bundle.questions)
        form = Form(locale=fields.get("locale", ""), digest=fields.get("digest", ""), seal=fields.get("form", ""))
        if desk.take(token, case, form, replies):
            # See other: what a reload repeats is the page, not the answer.
            return RedirectResponse(f"?lang={locale}", status_code=303)
        alert = "answer-again" if replies or len(bundle.questions) == 1 else "no-answer-chosen"
    form = desk.form(token, locale, bundle.locales[locale].digest)
    text = pages.consent(case, Shown(locale=locale, alert=alert), form)
    return HTMLResponse(text, status_code=409 if alert else 200)


def _replies(fields: dict[str, str], questions: tuple[str, ...]) -> dict[str, Reply]:
    """Return what was chosen, by question; one answer alone is none where several are asked for."""
    if len(questions) == 1:
        chosen = {questions[0]: fields.get("answer", "")}
    else:
        chosen = {question: fields.get(f"answer.{question}", "") for question in questions}
    return {question: _REPLIES[reply] for question, reply in chosen.items() if reply in _REPLIES}


def _withdrawn(case: Case, locale: str) -> str:
    bundle = case.announced.bundle
    return Words(bundle.locales[locale], bundle.company)["status-withdrawn"] if bundle.withdrawn else ""


def _say(office: Office, request: Request, word: str) -> Response:
    """Say one thing to somebody of whom nothing is known: in the language their browser asks for."""
    newest = office.shelf.newest()
    if newest is None:
        raise HTTPException(STATUS[word])
    wishes = [part.partition(";")[0] for part in request.headers.get("accept-language", "").split(",")[:10]]
    locale = pages.choose(newest.bundle, request.query_params.get("lang", ""), *wishes)
    return _page(pages.saying(newest.bundle, locale, word), word)


def _page(text: str, word: str) -> Response:
    headers = {"Retry-After": "60"} if word == "wait-a-minute" else {}
    return HTMLResponse(text, status_code=STATUS[word], headers=headers)


def _token(request: Request) -> str:
    # Longer than any of ours; what is remembered of strangers stays small.
    token: str = request.path_params["token"][:LONGEST]
    return token


def _fields(raw: bytes) -> dict[str, str]:
    try:
        found = parse_qs(raw.decode("ascii"), max_num_fields=FIELDS)
    except ValueError:
        return {}
    return {name: values[-1] for name, values in found.items()}
