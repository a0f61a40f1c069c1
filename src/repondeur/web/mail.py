"""The page of one mail: its way through the program, its text, and the answer written for it. Never its HTML."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from repondeur.web.console import Console
from repondeur.web.mails import LARGEST_ID
from repondeur.web.view import View


def routes(console: Console, view: View) -> APIRouter:
    router = APIRouter()

    @router.api_route("/messages/{mail_id:int}", methods=["GET", "HEAD"])
    async def mail(request: Request, mail_id: int) -> HTMLResponse:
        found = await console.mail(mail_id) if mail_id <= LARGEST_ID else None
        if found is None:
            raise HTTPException(404)
        return view.page(request, "mail.html", mail=found)

    return router
