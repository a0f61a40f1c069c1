"""Texts that administrators have written for answers, filled with what is verified: nothing that a model says gets into
one, and nothing of the mail that could carry a message to somebody else."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from repondeur.mail.clean import clean, clean_line
from repondeur.mail.compose import text_language
from repondeur.policy.claims.phones import dialled
from repondeur.policy.said_by_name import says_something
from repondeur.texts import Language, say
from repondeur.texts.templating import AROUND_PASSAGES, PASSAGES, Unfilled, fill

if TYPE_CHECKING:
    from repondeur.policy.facts import Facts

# A name that greets and says nothing else: letters, a few marks, few words. Whoever writes a mail chooses it, and the
# answer may go to somebody whose address was forged.
_NAME = re.compile(r"[^\W\d_]+(?:(?:\. |[ '’\u2010-])[^\W\d_]+){0,4}\.?")
_NAME_LIMIT: Final = 60
# As numbers of orders and invoices look: no white space, no dot, nothing that could be a link, an address or a sum.
_NUMBER = re.compile(r"(?=(?:[^0-9]*[0-9]){2})[A-Za-z0-9][A-Za-z0-9/_-]{1,23}[A-Za-z0-9]")
_YEAR = re.compile(r"(?:19|20)\d\d")
_PAUSES = re.compile("[/_-]")
_NUMBER_KINDS: Final = ("order_number", "invoice_number")


@dataclass(frozen=True, slots=True)
class Template:
    """texts: by language. description: one sentence for the model. intents: of the mails it is for, () for all."""

    id: str
    texts: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    intents: tuple[str, ...] = ()


def chosen(facts: "Facts") -> Template | None:
    """The template that the analysis names, if there is one of this id for mails of this intent; else the one around
    passages, if there is one and passages to put into it."""
    if facts.analysis is None:
        return None
    known = {template.id: template for template in facts.templates}
    named = known.get(facts.analysis.template)
    if named is not None and (not named.intents or facts.analysis.intent in named.intents):
        return named
    return known.get(AROUND_PASSAGES)


def filled(template: Template, facts: "Facts", language: str, passages: str) -> str:
    """The text of an answer, "" when it cannot be made: there is none in this language, or something that it wants to
    say is not known. passages: "" for none. Pure."""
    source = template.texts.get(language, "")
    values = verified(facts, text_language(language)) | ({PASSAGES: passages} if passages else {})
    try:
        return clean(fill(source, values))
    except Unfilled:
        return ""


def verified(facts: "Facts", language: Language) -> dict[str, str]:
    """Values for texts.templating.PLACEHOLDERS, without those that are not known for sure.

    author_name: the author's display name, where it is nothing but a name. order_number, invoice_number: the only one
    of its kind, as it stands in the mail. received: the day the mail is dated, in words. our_name: ours.
    """
    message = facts.message
    values = {
        "author_name": _name(clean_line(message.author.name)),
        "our_name": facts.our_name,
        "received": _day(facts, language),
    }
    values |= {kind: _number(facts, kind) for kind in _NUMBER_KINDS}
    return {key: value for key, value in values.items() if value}


def _name(written: str) -> str:
    """Nothing for what is more than a name."""
    is_name = len(written) <= _NAME_LIMIT and _NAME.fullmatch(written) is not None
    return written if is_name and not says_something(written) else ""


def _day(facts: "Facts", language: Language) -> str:
    date = facts.message.date
    if date is None:
        return ""
    month = say("compose.months", language).split()[date.month - 1]
    day = "1er" if language == "fr" and date.day == 1 else date.day
    return say("compose.day", language, day=day, month=month, year=date.year)


def _number(facts: "Facts", kind: str) -> str:
    """A number that an engine found and that stands in the mail by itself; "" for several: nobody knows which. Never a
    telephone number or a year, whatever the engine takes it for."""
    entities = facts.analysis.entities if facts.analysis else ()
    values = {entity.value for entity in entities if entity.type == kind and _NUMBER.fullmatch(entity.value)}
    values = {value for value in values if not (_YEAR.fullmatch(value) or dialled(_PAUSES.sub("", value)))}
    written = re.split(r"[^A-Za-z0-9/_-]+", f"{facts.message.subject}\n{facts.message.text}")
    found = values & set(written)
    return found.pop() if len(found) == 1 else ""
