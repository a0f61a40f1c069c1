"""The page of one mail: its way through the program, its text, and the answer written for it. Never its HTML."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from repondeur.web.console import Console
from repondeur.web.ids import id_in
from repondeur.web.view import View


def routes(console: Console, view: View) -> APIRouter:
    router = APIRouter()

    @router.api_route("/messages/{mail_id}", methods=["GET", "HEAD"])
    async def mail(request: Request, mail_id: str) -> HTMLResponse:
        number = id_in(mail_id)
        found = None if number is None else await console.mail(number)
        if found is None:
            raise HTTPException(404)
        return view.page(request, "mail.html", mail=found)

    return router
