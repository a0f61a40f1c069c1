"""What machines ask: is it alive, can it work, what does it count?"""

from collections.abc import Sequence
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from repondeur.errors import RepondeurError
from repondeur.texts import Language, Reason, hint, say
from repondeur.web.console import Console, Stopped, Subscribed
from repondeur.web.view import View, advice, sentence

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


def routes(console: Console, view: View) -> APIRouter:
    router = APIRouter()

    @router.api_route("/health", methods=["GET", "HEAD"])
    async def health() -> PlainTextResponse:
        return PlainTextResponse("OK")

    @router.api_route("/ready", methods=["GET", "HEAD"])
    async def ready(request: Request) -> JSONResponse:
        """200, or 503 with the reasons: {"ready": false, "reasons": [{"code", "text", "hint"}]}.

        "subscriptions", if there are any, says who tells us of new mail; one that is broken holds nothing up. "paused",
        if there are any, names the mailboxes that nothing leaves: those that a breaker has stopped are reasons, too.
        """
        reasons, subscriptions, stopped = await _state(console)
        language = view.language(request)
        body: dict[str, object] = {
            "ready": not reasons,
            "reasons": [_spelled_out(reason, language) for reason in reasons],
        }
        if subscriptions:
            body["subscriptions"] = [_subscription(one, language) for one in subscriptions]
        if stopped:
            body["paused"] = [_stopped(one, language) for one in stopped]
        headers = {"Content-Language": language, "Vary": "Accept-Language"}
        return JSONResponse(body, 503 if reasons else 200, headers)

    @router.api_route("/metrics", methods=["GET", "HEAD"])
    async def metrics(request: Request) -> Response:
        if request.client is None or not console.metrics_allowed(request.client.host):
            language = view.language(request)
            refusal = f"{say('web.metrics_closed', language)} {hint(Reason('web.metrics_closed'), language)}\n"
            return PlainTextResponse(refusal, 403)
        return Response(await console.metrics(), media_type=PROMETHEUS)

    return router


async def _state(console: Console) -> tuple[Sequence[Reason], Sequence[Subscribed], Sequence[Stopped]]:
    try:
        return await console.ready(), await console.subscriptions(), await console.stopped()
    except RepondeurError as error:
        return (error.reason,), (), ()


def _spelled_out(reason: Reason, language: Language) -> dict[str, str]:
    return {"code": reason.code, "text": sentence(reason, language), "hint": advice(reason, language)}


def _subscription(of: Subscribed, language: Language) -> dict[str, object]:
    return {
        "mailbox": of.mailbox,
        "folder": of.folder,
        "id": of.id,
        "valid_until": _iso(of.valid_until),
        "last_notice": _iso(of.last_notice),
        "last_check": _iso(of.last_check),
        "problem": None if of.problem is None else _spelled_out(of.problem, language),
    }


def _stopped(one: Stopped, language: Language) -> dict[str, object]:
    """mailbox: null for every one."""
    return {
        "mailbox": one.mailbox or None,
        "since": _iso(one.since),
        "by": one.by,
        **_spelled_out(one.reason, language),
    }


def _iso(moment: datetime | None) -> str | None:
    """RFC 3339, UTC, whole seconds."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
