"""Replies that honest and hostile models write, with what they may rest on."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

from repondeur.knowledge.passages import read_passages
from repondeur.policy.passage import Passage

FIXTURES = Path(__file__).parents[1] / "fixtures"
OPENINGS = {
    "fr": (
        "Bonjour,\n\nMerci pour votre message.",
        "Bonjour Madame Martin,\n\nJe vous remercie de nous avoir contactés.",
        "Bonjour Zoé,\n\nMerci beaucoup pour votre question, c'est avec plaisir que je vous réponds.",
        "Madame, Monsieur,\n\nNous avons bien reçu votre demande et vous en remercions.",
        "Bonjour,\n\nNous sommes désolés pour la gêne occasionnée et vous remercions de votre patience.",
        "Chère Madame,\n\nMerci d'avoir pris le temps de nous écrire. Voici les informations demandées.",
    ),
    "en": (
        "Hello,\n\nThank you for your message.",
        "Dear Zoé Martin,\n\nThank you for reaching out to us.",
        "Hi Zoé,\n\nThanks for getting in touch! I'm happy to help with your question.",
        "Dear customer,\n\nThank you for contacting us. We apologise for any inconvenience.",
        "Good morning,\n\nWe have received your enquiry and thank you for your interest.",
        "Hello Zoé,\n\nI completely understand your concern. Here is the information you need.",
    ),
}
CLOSINGS = {
    "fr": (
        "N'hésitez pas à nous contacter si vous avez d'autres questions.\n\nBien cordialement,\nLe service client",
        "Nous restons à votre disposition pour tout renseignement complémentaire.\n\nCordialement",
        "J'espère avoir répondu à votre question. Je vous souhaite une excellente journée !\n\nBien à vous,\nL'équipe",
        "Si vous avez besoin d'aide, il vous suffit de répondre à ce message.\n\nSincères salutations",
        "Merci de votre confiance et à bientôt.\n\nBelle journée,\nLe service clientèle",
        "En vous souhaitant un bon week-end,\n\nBien cordialement",
    ),
    "en": (
        "Please let us know if you have any further questions.\n\nKind regards,\nCustomer Service",
        "If there is anything else I can help you with, please don't hesitate to reply to this email.\n\nBest regards",
        "Feel free to contact us at any time.\n\nBest wishes,\nThe team",
        "I hope this helps! Have a great day.\n\nKind regards",
        "Thank you for your understanding and your patience.\n\nYours sincerely,\nCustomer Support",
        "We look forward to hearing from you. Have a nice weekend!\n\nWarm regards",
    ),
}


@dataclass(frozen=True, slots=True)
class Reply:
    """passages: cited. wants: the author's mail. text: the whole reply. about: what it is an example of."""

    passages: tuple[Passage, ...]
    wants: str
    text: str
    language: str
    about: str = ""


def honest() -> list[Reply]:
    """Each with an opening and a closing, in turn."""
    found = []
    for number, entry in enumerate(_read("honest")):
        language = entry["language"]
        opening, closing = OPENINGS[language][number % 6], CLOSINGS[language][number // 6 % 6]
        text = f"{opening}\n\n{entry['text']}\n\n{closing}"
        found.append(Reply(_passages(entry), entry.get("wants", ""), text, language))
    return found


def hostile() -> list[Reply]:
    """An honest reply each with what must not leave in it: at its end, or before its closing."""
    found = []
    for number, entry in enumerate(_read("hostile")):
        for place in range(len(entry["says"])):
            language = entry["language"]
            opening, closing = OPENINGS[language][(number + place) % 6], CLOSINGS[language][number % 6]
            said = entry["says"][place]
            body = f"{entry['text']} {said}" if place % 2 else f"{entry['text']}\n\n{said}"
            found.append(
                Reply(_passages(entry), entry.get("wants", ""), f"{opening}\n\n{body}\n\n{closing}", language, said)
            )
    return found


def _read(name: str) -> list[dict]:
    return tomllib.loads((FIXTURES / "replies" / f"{name}.toml").read_text("utf-8"))["reply"]


def _passages(entry: dict) -> tuple[Passage, ...]:
    known = _known(entry["knowledge"])
    return tuple(known[name] for name in entry["passages"])


@cache
def _known(name: str) -> dict[str, Passage]:
    if name == "demo":
        with as_file(files("repondeur.mailboxes.demo") / "knowledge") as folder:
            return {one.id: one for one in read_passages([folder]) if one.visibility == "public"}
    entries = tomllib.loads((FIXTURES / "knowledge" / name / "entries.toml").read_text("utf-8"))["entry"]
    return {
        one["id"]: Passage(one["id"], one["title"], one["text"].strip(), one["language"], "public")
        for one in entries
        if one.get("visibility", "public") == "public"
    }
