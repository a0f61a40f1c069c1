"""Questions with their answers, from tables and from JSON: each pair is an entry of its own. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from repondeur.errors import SettingsError
from repondeur.knowledge.reading.entry import Content, Entry, Facts, Section
from repondeur.knowledge.reading.facts import facts_of
from repondeur.mail.clean import clean, clean_line
from repondeur.mail.html import html_to_text, without_marks
from repondeur.texts import Reason
from repondeur.words.terms import tokens

_CALLED: Final = {
    "question": "question questions demande faq_question titre title sujet subject intitule name",
    "answer": "answer answers reponse reponses faq_answer texte text contenu content acceptedanswer accepted_answer",
    "id": "id identifiant identifier cle key",
    "language": "language lang langue",
    "visibility": "visibility visibilite acces diffusion",
    "valid_until": "valid_until validuntil valide_jusqu_au valable_jusqu_au valide_jusqu_a valable_jusqu_a expires "
    "expiration fin_de_validite date_de_fin",
    "category": "category categorie theme rubrique topic section",
}
_KNOWN: Final = {name: column for column, names in _CALLED.items() for name in names.split()}
_PLAINNESS: Final = {name: place for place, name in enumerate(_KNOWN)}
# A slip in one of these would make something public, or keep it for ever, by accident.
_CRUCIAL: Final = tuple(
    name for name, column in _KNOWN.items() if column in {"visibility", "valid_until", "language"} and len(name) > 4
)
_MARKUP = re.compile(r"</?(?:p|br|ul|ol|li|a|b|i|strong|em|div|span|h[1-6])\b[^<>]{0,500}>", re.IGNORECASE)
_LONGEST_QUESTION: Final = 300


@dataclass(frozen=True, slots=True)
class Row:
    """number: of the row or object in its file, as people count. cells: by the names that the file gives them."""

    number: int
    cells: Mapping[str, str]


def column(name: str) -> str:
    """What a heading means; "" for one that is none of ours.

    >>> column("Valable jusqu'au"), column("Réponse"), column("Prix")
    ('valid_until', 'answer', '')
    """
    return _KNOWN.get("_".join(tokens(name)), "")


def columns(source: str, headings: Iterable[str]) -> dict[str, str]:
    """The headings that mean something, with what they mean; of two that mean the same, the plainer one. Raises
    SettingsError knowledge.column_near for a slip."""
    found: dict[str, str] = {}
    for heading in headings:
        name = "_".join(tokens(heading))
        if meant := _KNOWN.get(name):
            rival = found.get(meant)
            if rival is None or _PLAINNESS[name] < _PLAINNESS["_".join(tokens(rival))]:
                found[meant] = heading
        elif near := get_close_matches(name, _CRUCIAL, 1, 0.85):
            raise SettingsError("knowledge.column_near", path=source, column=clean_line(heading)[:60], nearest=near[0])
    return {heading: meant for meant, heading in found.items()}


def pairs(source: str, rows: Sequence[Row]) -> Content:
    """The rows that have a question and an answer. Raises SettingsError: knowledge.no_pairs when none has,
    .bad_value, .column_near."""
    meant = columns(source, dict.fromkeys(name for row in rows for name in row.cells))
    if not {"question", "answer"} <= set(meant.values()):
        names = ", ".join(clean_line(name)[:40] for name in dict.fromkeys(n for row in rows for n in row.cells))
        raise SettingsError("knowledge.no_pairs", path=source, columns=names[:300] or "–")
    entries: list[Entry] = []
    without: list[int] = []
    for row in rows:
        given = {column: row.cells.get(name, "") for name, column in meant.items()}
        question, answer = clean_line(_plain(given.pop("question"))), _plain(given.pop("answer"))
        if question and answer:
            facts = _facts(source, row.number, {**given, "title": question[:_LONGEST_QUESTION]})
            entries.append(Entry(facts, (Section("", answer),), is_pair=True))
        elif question or answer:
            without.append(row.number)
    if not entries:
        raise SettingsError("knowledge.no_pairs", path=source, columns=", ".join(map(clean_line, meant)))
    numbers = ", ".join(map(str, without[:20])) + (" …" if len(without) > 20 else "")
    notes = (Reason("knowledge.rows_left_out", {"rows": numbers}),) if without else ()
    return Content(tuple(entries), notes)


def _facts(source: str, number: int, given: Mapping[str, str]) -> Facts:
    try:
        return facts_of(given)
    except ValueError as error:
        raise SettingsError("knowledge.bad_value", path=source, row=number, value=str(error)[:80]) from None


def _plain(text: str) -> str:
    """Help desks export answers as HTML."""
    return clean(without_marks(html_to_text(text)) if _MARKUP.search(text) else text)
