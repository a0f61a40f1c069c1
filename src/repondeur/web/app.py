"""The web page: read-only, server-rendered, no script; and the hook for notices. It reaches no mailbox, engine or
action."""

from collections.abc import Collection
from typing import Final

import structlog
from fastapi import APIRouter, FastAPI, HTTPException, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException as RoutingException

from repondeur.errors import RepondeurError
from repondeur.texts import Reason
from repondeur.web import health, hooks, mail, mails
from repondeur.web.console import Console
from repondeur.web.headers import SecureHeaders, secure
from repondeur.web.hooks import Notifications
from repondeur.web.hosts import KnownHosts
from repondeur.web.proxies import KnownProxies
from repondeur.web.view import View, static

log = structlog.get_logger(__name__)

STATIC: Final = {"style.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml"}


def create_app(
    console: Console, hosts: Collection[str] = (), hook: Notifications | None = None, *, proxies: Collection[str] = ()
) -> FastAPI:
    """The ASGI application. Bind it to loopback unless people say otherwise: it asks nobody who they are.

    hosts: names under which it is asked for, beside those of this machine (see KnownHosts). hook: takes what Microsoft
    Graph tells; None: there is no such path. proxies: networks of those that may say who asks (see KnownProxies).
    """
    # No pages of FastAPI's own: they load scripts from elsewhere. No redirects: they would repeat the Host field.
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    view = View(console.language)
    for page in (mails, mail, health):
        app.include_router(page.routes(console, view))
    app.include_router(_static_routes())
    if hook is not None:
        app.include_router(hooks.routes(hook))
    app.add_middleware(KnownHosts, view=view, names=hosts)
    app.add_middleware(KnownProxies, networks=proxies)
    app.add_middleware(SecureHeaders)
    _show_errors(app, view)
    return app


def _static_routes() -> APIRouter:
    router = APIRouter()
    contents = {name: static(name) for name in STATIC}

    @router.api_route("/static/{name}", methods=["GET", "HEAD"])
    async def file(name: str) -> Response:
        if name not in STATIC:
            raise HTTPException(404)
        # Its address changes with its content (view.versioned).
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(contents[name], headers=headers, media_type=STATIC[name])

    return router


def _show_errors(app: FastAPI, view: View) -> None:
    @app.exception_handler(RoutingException)
    async def refused(request: Request, error: RoutingException) -> Response:
        reason = Reason("web.not_found" if error.status_code == 404 else "web.not_possible")
        page = view.page(request, "error.html", error.status_code, reason=reason)
        page.headers.update(error.headers or {})
        return page

    @app.exception_handler(RepondeurError)
    async def failed(request: Request, error: RepondeurError) -> Response:
        log.warning("web.failed", code=error.reason.code, path=request.url.path[:100])
        return view.page(request, "error.html", 503 if error.temporary else 500, reason=error.reason)

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> Response:
        log.error("web.broken", error=type(error).__name__, path=request.url.path[:100])
        page = view.page(request, "error.html", 500, reason=Reason("web.broken"))
        # This handler runs outside all middleware.
        secure(page.headers)
        return page
