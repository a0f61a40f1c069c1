"""The pages of one mail: its way through the program, its text, and the answer written for it; and apart from these its
HTML, cleaned, where nothing of it can do anything."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from repondeur.mail.display import display_html
from repondeur.web.console import Console, Detail
from repondeur.web.headers import A_STRANGERS_PAGE
from repondeur.web.ids import id_in
from repondeur.web.view import View, printable


def routes(console: Console, view: View) -> APIRouter:
    router = APIRouter()

    async def found(mail_id: str) -> Detail:
        number = id_in(mail_id)
        mail = None if number is None else await console.mail(number)
        if mail is None:
            raise HTTPException(404)
        return mail

    @router.api_route("/messages/{mail_id}", methods=["GET", "HEAD"])
    async def mail(request: Request, mail_id: str) -> HTMLResponse:
        return view.page(request, "mail.html", mail=await found(mail_id))

    @router.api_route("/messages/{mail_id}/page", methods=["GET", "HEAD"])
    async def page(request: Request, mail_id: str) -> HTMLResponse:
        message = (await found(mail_id)).message
        # Cleaned again: an older version of this program, with other rules, may have stored it.
        cleaned = display_html(printable(message.html)) if message else ""
        if message is None or not cleaned:
            raise HTTPException(404)
        shown = view.page(request, "page.html", subject=message.subject, page=cleaned)
        shown.headers.update(A_STRANGERS_PAGE)
        return shown

    return router
