"""The page of the last mails: what became of each, and why."""

from collections import Counter
from collections.abc import Sequence

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from repondeur.web.console import Console, Row
from repondeur.web.ids import id_in
from repondeur.web.view import STATES, View

PER_PAGE = 50


def routes(console: Console, view: View) -> APIRouter:
    router = APIRouter()

    @router.api_route("/", methods=["GET", "HEAD"])
    async def mails(request: Request) -> HTMLResponse:
        before = id_in(request.query_params.get("before", ""))
        # One more than is shown tells whether there is an older page.
        rows = await console.last_mails(PER_PAGE + 1, before)
        shown = rows[:PER_PAGE]
        older = shown[-1].id if len(rows) > PER_PAGE else None
        counts = _counted(shown)
        stopped = await console.stopped()
        return view.page(
            request, "mails.html", rows=shown, counts=counts, older=older, first=before is None, stopped=stopped
        )

    return router


def _counted(rows: Sequence[Row]) -> tuple[tuple[str, int], ...]:
    """How many rows there are of each state: first what waits for a person, last what is still on its way."""
    counts = Counter(row.state for row in rows)
    on_their_way = sorted(counts.keys() - set(STATES))
    return tuple((state, counts[state]) for state in (*STATES, *on_their_way) if counts[state])
