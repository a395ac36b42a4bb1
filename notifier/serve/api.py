"""The API for apps: does this account still need notice or consent, and what did it answer there; OpenAPI describes it."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from notifier.audience.fields import LONGEST_ID
from notifier.consent import standing
from notifier.consent.questions import worded
from notifier.consent.standing import Asked, Consent, Holding, Notice
from notifier.errors import LedgerError
from notifier.ledger import consent, events
from notifier.ledger.consent import Reply
from notifier.serve import guard

if TYPE_CHECKING:
    from starlette.requests import Request

    from notifier.consent.shelf import Announced
    from notifier.serve.office import Office
    from policypress.bundle import Bundle

#: Bytes of a request.
LARGEST = 65_536
_PREFIX = "Bearer "


class AnswerRequest(BaseModel):
    """What an app reports of an account holder."""

    model_config = ConfigDict(extra="forbid", strict=True)

    account: Annotated[str, Field(min_length=1, max_length=LONGEST_ID)]
    document: Annotated[str, Field(max_length=100)]
    release: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
    answer: Literal["yes", "no", "later", "seen"]
    #: What was answered; without it all that the release asks, which nobody can agree to at once.
    question: Annotated[str, Field(max_length=LONGEST_ID)] | None = None
    #: The language and the digest of the text that the app showed.
    locale: Annotated[str, Field(max_length=35)]
    digest: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]


async def holder(request: Request) -> Response:
    """Return how an account stands to the releases in force and announced; the same for one that is not known."""
    office = await _admitted(request)
    return JSONResponse(await office.run(_holder, office, _account(request.path_params["account"])))


async def answer(request: Request) -> Response:
    """Write an answer down that was given in the app, and return how the account stands now."""
    office = await _admitted(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(415, "send application/json")
    asked = _asked(await guard.body(request, LARGEST))
    _account(asked.account)
    once = request.headers.get("idempotency-key", "")
    if not once.isascii() or len(once) > LONGEST_ID:
        raise HTTPException(400, f"Idempotency-Key: at most {LONGEST_ID} ASCII characters")
    form = f"app {once or secrets.token_hex(16)}"
    return JSONResponse(await office.run(_answer, office, asked, form), status_code=201)


async def openapi(_request: Request) -> Response:
    """Return the description of all this."""
    return Response(document(), media_type="application/json", headers={"Cache-Control": "max-age=3600"})


async def health(request: Request) -> Response:
    """Return whether the ledger can be read, and how many reports wait to be settled."""
    office: Office = request.app.state.office
    try:
        waiting = await office.run(events.waiting, office.database)
    except LedgerError:
        return JSONResponse({"status": "ledger cannot be read"}, status_code=503)
    return JSONResponse({"status": "ok", "reports_waiting": waiting})


def document() -> str:
    """Return the OpenAPI document as JSON text."""
    return files("notifier").joinpath("serve", "openapi.json").read_text(encoding="utf-8")


async def _admitted(request: Request) -> Office:
    office: Office = request.app.state.office
    if office.api_key is None:
        raise HTTPException(404)
    given = request.headers.get("authorization", "")
    if not guard.same_key(given, _PREFIX.encode() + office.api_key):
        await office.limit(office.failures, f"key {guard.client(request)}")
        raise HTTPException(401, "no key, or a wrong one", {"WWW-Authenticate": "Bearer"})
    return office


def _account(text: str) -> str:
    # What an audience never holds; said before anything is looked up, so that it tells nothing of anybody.
    if not 0 < len(text) <= LONGEST_ID or not text.isprintable():
        raise HTTPException(400, f"no account id: 1 to {LONGEST_ID} printable characters")
    return text


def _asked(raw: bytes) -> AnswerRequest:
    try:
        return AnswerRequest.model_validate(json.loads(raw))
    except ValidationError as error:
        found = [
            f"{'.'.join(map(str, one['loc'])) or 'the body'}: {one['msg']}"
            for one in error.errors(include_input=False, include_url=False)
        ]
        raise HTTPException(422, "; ".join(found)) from None
    except (ValueError, RecursionError):
        raise HTTPException(400, "the body is no JSON") from None


def _holder(office: Office, account: str) -> dict[str, Any]:
    with office.database.reading() as work:
        releases = office.shelf.releases(work)
        in_force = office.shelf.in_force(releases)
        current = {one.bundle.document: one.bundle.effective for one in in_force}
        shown = [
            one for one in releases
            if one in in_force or (not one.bundle.withdrawn and _later(one, current))
        ]  # fmt: skip
        holdings = [standing.holding(work, one, account) for one in shown]
    needed = [one for one in holdings if one.announced in in_force]
    return {
        "account": account,
        "needs": {
            "notice": any(one.notice is Notice.NEEDED for one in needed),
            "consent": any(one.consent is Consent.PENDING for one in needed),
        },
        "releases": [_release(one, in_force=one.announced in in_force) for one in holdings],
    }


def _later(one: Announced, current: dict[str, Any]) -> bool:
    effective = current.get(one.bundle.document)
    return effective is None or one.bundle.effective > effective


def _release(one: Holding, *, in_force: bool) -> dict[str, Any]:
    bundle = one.announced.bundle
    return {
        "document": bundle.document,
        "release": bundle.release,
        "effective": bundle.effective.isoformat(),
        "in_force": in_force,
        "notice": one.notice.value,
        "consent": one.consent.value,
        "answers": "guardian" if one.guardian else "holder",
        "questions": [_question(asked, bundle) for asked in one.questions],
        "texts": {
            tag: {"title": text.title, "digest": text.digest, "url": text.urls.release, "changes": text.urls.changes}
            for tag, text in bundle.locales.items()
        },
    }


def _question(asked: Asked, bundle: Bundle) -> dict[str, Any]:
    answer = asked.answer
    said = {
        tag: one for tag, text in bundle.locales.items() for one in worded(bundle, text) if one.id == asked.question
    }
    return {
        "question": asked.question,
        "consent": asked.consent.value,
        "answer": {
            "answer": answer.reply.value, "at": _moment(answer.at), "via": answer.via, "locale": answer.locale,
            "digest": answer.digest,
        } if answer else None,
        "texts": {tag: {"heading": one.heading, "summaries": one.summaries} for tag, one in said.items()},
    }  # fmt: skip


def _answer(office: Office, asked: AnswerRequest, form: str) -> dict[str, Any]:
    name = f"{asked.document}/{asked.release}"
    with office.database.reading() as work:
        found = next((one for one in office.shelf.releases(work) if one.name == name), None)
    if found is None or found.bundle.withdrawn:
        raise HTTPException(404, "no such release is announced")
    text = found.bundle.locales.get(asked.locale)
    if text is None or text.digest != asked.digest:
        raise HTTPException(409, "the text shown is not the release's: take locale and digest from `texts`")
    if asked.answer != "seen" and not found.bundle.consent:
        raise HTTPException(409, "this release asks for no consent; `seen` is all there is to say")
    questions = _meant(asked, found.bundle.questions)
    with office.database.transaction() as work:
        for question in questions:
            given = consent.Answer(
                reply=Reply(asked.answer), question=question, guardian=False, via="app", locale=asked.locale,
                digest=asked.digest, at=office.clock(), form=form,
            )  # fmt: skip
            # The same request sent again adds nothing.
            consent.add(work, name, [asked.account], given)
    return _holder(office, asked.account)


def _meant(asked: AnswerRequest, questions: tuple[str, ...]) -> tuple[str, ...]:
    """Return the questions that an answer is to; HTTPException for one that is not asked, and for consent in a lump."""
    if asked.answer == "seen":
        return ("",)
    if asked.question is not None and asked.question not in questions:
        raise HTTPException(409, f"no such question; this release asks: {', '.join(questions)}")
    if asked.question is not None:
        return (asked.question,)
    if asked.answer == "yes" and len(questions) > 1:
        raise HTTPException(
            409, f"consent is given question by question: name one in `question`: {', '.join(questions)}"
        )
    return questions


def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="seconds")
