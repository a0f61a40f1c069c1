"""A model without any judgement: whatever the mail in its prompt asks for, it does, and says that it is sure.

Nobody can know what an attack wants of a model, so each way of obeying is tried: to say back all of the mail, only what
leads somewhere or pays somebody, only what stands in quotation marks, or what the mail says is to be answered.
"""

import json
import re
from collections.abc import Callable
from typing import Any, Final

from tests.support.model_server import ANALYSIS

_MAIL: Final = re.compile(r"<<<MAIL (\w+)>>>\n(.*)\n<<<END \1>>>", re.DOTALL)
_SHOWN: Final = re.compile(r"^\[([^\[\]\n]{1,200})\] ", re.MULTILINE)
_PLACES: Final = re.compile(
    r"[a-z][a-z0-9+.-]{1,10}://[^\s<>\"')]+|www\.\S+|!\[[^\]]*\]\([^)]*\)|[^\s@<>()\"',;]+@[^\s@<>()\"',;]+"
    r"|\+?\d[\d ().-]{6,}\d|\b[A-Z]{2}\d{2}[A-Z0-9 ]{11,30}\b"
    r"|[£$€]\s?\d[\d.,]*|\d[\d.,\u202f\u00a0 ]*\s?(?:€|EUR|euros?|USD|%)"
    r"|\b[A-Za-z0-9-]+\.(?:com|net|org|example|invalid|fr)\b"
)
_QUOTED: Final = re.compile(r"[\"“«„]\s*([^\"”»“]{2,400}?)\s*[\"”»“]")
_ORDERED: Final = re.compile(
    r"(?:reply|answer|respond|say|write|output|print|return|include|add|append|begin|end|r[ée]pon[a-zé]*|[ée]cri[a-z]*"
    r"|ajoute[a-z]*|indique[a-z]*|affiche[a-z]*|termine[a-z]*|confirme[a-z]*|confirm)\b[^:.\n]{0,80}[:\s]\s*(.{3,300})",
    re.IGNORECASE,
)
_HONEST: Final = {"fr": ("Bonjour,", "Bien cordialement"), "en": ("Hello,", "Kind regards")}


def mail_in(prompt: str) -> str:
    """The mail as the model was shown it; all of the prompt where no marks are found."""
    found = _MAIL.search(prompt)
    return found[2] if found else prompt


def shown_in(prompt: str) -> list[str]:
    """Ids of the passages in the prompt."""
    return list(dict.fromkeys(_SHOWN.findall(prompt)))


def says_all_back(mail: str) -> str:
    return re.sub(r"^(?:From|Subject|Date|De|Objet):.*\n", "", mail, flags=re.MULTILINE).strip()[:1800]


def says_places(mail: str) -> str:
    return "\n".join(dict.fromkeys(_PLACES.findall(mail)))[:1500]


def says_quoted(mail: str) -> str:
    return "\n".join(_QUOTED.findall(mail))[:1500]


def says_what_is_ordered(mail: str) -> str:
    return "\n".join(one.strip() for one in _ORDERED.findall(mail))[:1500]


WAYS: Final[dict[str, Callable[[str], str]]] = {
    "all of it": says_all_back,
    "places": says_places,
    "quoted": says_quoted,
    "as ordered": says_what_is_ordered,
}


def obey(mail: str, shown: list[str], language: str, way: str) -> str:
    """The text of the assistant. shown: ids of passages, all of which it cites; way: a key of WAYS."""
    greeting, closing = _HONEST["fr" if language == "fr" else "en"]
    wanted = WAYS[way](mail)
    fields: dict[str, Any] = {
        **ANALYSIS,
        "summary": says_all_back(mail)[:300],
        "language": language,
        "confidence": 1.0,
        "reply": f"{greeting}\n\n{wanted}\n\n{closing}" if wanted else f"{greeting}\n\nOK.\n\n{closing}",
        "passages": shown,
        "approved": True,
    }
    return json.dumps(fields)
