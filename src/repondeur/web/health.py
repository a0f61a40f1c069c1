"""What machines ask: is it alive, can it work, what does it count?"""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from repondeur.errors import RepondeurError
from repondeur.texts import Language, Reason, hint, say
from repondeur.web.console import Console
from repondeur.web.view import View, advice, sentence

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


def routes(console: Console, view: View) -> APIRouter:
    router = APIRouter()

    @router.api_route("/health", methods=["GET", "HEAD"])
    async def health() -> PlainTextResponse:
        return PlainTextResponse("OK")

    @router.api_route("/ready", methods=["GET", "HEAD"])
    async def ready(request: Request) -> JSONResponse:
        """200, or 503 with the reasons: {"ready": false, "reasons": [{"code", "text", "hint"}]}."""
        reasons = await _reasons(console)
        language = view.language(request)
        body = {"ready": not reasons, "reasons": [_spelled_out(reason, language) for reason in reasons]}
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


async def _reasons(console: Console) -> Sequence[Reason]:
    try:
        return await console.ready()
    except RepondeurError as error:
        return (error.reason,)


def _spelled_out(reason: Reason, language: Language) -> dict[str, str]:
    return {"code": reason.code, "text": sentence(reason, language), "hint": advice(reason, language)}
