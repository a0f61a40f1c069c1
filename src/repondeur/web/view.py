"""From values to HTML: templates, words and dates in the reader's language."""

import re
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from importlib.resources import files
from typing import Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from repondeur.mail.shown import shown_author
from repondeur.texts import Language, Param, Reason, catalogue, hint, render, say
from repondeur.web.language import preferred

# The ends a mail can have, those that ask something of a person first.
STATES: Final = ("held", "failed", "drafted", "answered", "filed", "ignored")
MOST_TEXT = 50_000  # characters of one text on a page: more would only make the browser suffer
# What no page may hold: control characters but tab and line feed.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class View:
    """Renders pages. language: for readers whose browser asks for none of ours."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._environment = Environment(
            loader=PackageLoader(__package__ or ""),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(cut=cut, author=shown_author)
        self._environment.globals.update(STATES=STATES, style=versioned("style.css"), icon=versioned("icon.svg"))

    def language(self, request: Request) -> Language:
        return preferred(request.headers.get("accept-language", ""), self._language)

    def page(self, request: Request, template: str, status: int = 200, **values: object) -> HTMLResponse:
        language = self.language(request)
        html = self._environment.get_template(template).render(language=language, **_words(language), **values)
        # Text of a mail may hold lone surrogates, which UTF-8 cannot.
        content = html.encode("utf-8", "replace")
        headers = {"Content-Language": language, "Vary": "Accept-Language"}
        return HTMLResponse(content, status, headers)


def static(name: str) -> bytes:
    """A file that we serve as it is. Raises FileNotFoundError."""
    return (files(__package__ or "") / "static" / name).read_bytes()


def versioned(name: str) -> str:
    """The path of such a file, new whenever its content is, so that browsers may keep it."""
    return f"/static/{name}?v={sha256(static(name)).hexdigest()[:12]}"


def printable(text: str) -> str:
    """Without control characters."""
    return _CONTROL.sub("", text.replace("\r\n", "\n"))


def cut(text: str) -> str:
    """Text of a mail as a page shows it: without control characters, and not endless."""
    clean = printable(text)
    return clean if len(clean) <= MOST_TEXT else clean[:MOST_TEXT] + "\n\n[…]"


def sentence(reason: Reason | str, language: Language) -> str:
    """The sentence of a reason; its code when the catalogue has lost it, as an older version of this program may have
    stored it."""
    if isinstance(reason, str):
        return reason
    try:
        return render(reason, language)
    except (FileNotFoundError, KeyError):
        return reason.code


def advice(reason: Reason, language: Language) -> str:
    """What to do about it, or ""; "" also where `sentence` has to give a code."""
    try:
        return hint(reason, language).replace("`", "")
    except (FileNotFoundError, KeyError):
        return ""


def label(kind: str, value: str, language: Language) -> str:
    """The word for an id, e.g. of an intent; the id itself for one that only the settings know."""
    name = f"{kind}_{value}"
    return say(f"web.{name}", language) if name in catalogue("web") else value


def moment(when: datetime, language: Language) -> str:
    """A point in time, in the zone of this machine, which is named."""
    local = when.astimezone()
    month = say("web.months", language).split()[local.month - 1]
    return say(
        "web.moment", language, day=local.day, month=month, year=local.year, time=local.strftime("%H:%M %Z").strip()
    )


def _words(language: Language) -> dict[str, Callable[..., str]]:
    """What templates call, each in one language."""

    def word(name: str, **params: Param) -> str:
        return say(f"web.{name}", language, **params)

    def next_step(name: str, **params: Param) -> str:
        return hint(Reason(f"web.{name}", params), language)

    return {
        "word": word,
        "next_step": next_step,
        "label": lambda kind, value: label(kind, value, language),
        "sentence": lambda reason: sentence(reason, language),
        "advice": lambda reason: advice(reason, language),
        "moment": lambda when: moment(when, language),
    }
