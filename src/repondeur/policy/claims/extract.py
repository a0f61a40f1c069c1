"""All claims of a text in figures, names and days, each character in one of them at most."""

import re
from collections.abc import Iterator
from typing import Final

from repondeur.policy.claims import dates, phones
from repondeur.policy.claims.amounts import COUNTS, counted, stray
from repondeur.policy.claims.canonical import Canonical
from repondeur.policy.claims.claim import Claim, without, words_in
from repondeur.policy.claims.ibans import accounts
from repondeur.policy.claims.ids import echoes, ids
from repondeur.policy.claims.links import links
from repondeur.policy.claims.numbers import Number, numbers
from repondeur.policy.claims.rates import articles, rates
from repondeur.policy.claims.weekdays import every_day

SENTENCE: Final = re.compile(r"[^\n.!?]*(?:[.!?](?!\s)[^\n.!?]*)*(?:[.!?]+|\n|$)")
# What numbers only: "2." or "2)" where a line begins, "step 2" anywhere.
_COUNT: Final = re.compile(r"[0-9]{1,2}(?!\d)")
_LIST_BEGINS: Final = re.compile(r"\n[ \t]{0,8}(?:[*-] )?\(?$")
_LIST_GOES_ON: Final = re.compile(r"[.)][ \t]")
_STEP_BEGINS: Final = re.compile(r"\b(?:step|etape|option|point|question) (?:n[°o] ?)?$")
_STEP_GOES_ON: Final = re.compile(r"\b(?! ?[€$£%])")
_BEFORE_COUNT: Final = 14  # characters that hold such a beginning
# "Two options" counts what the answer itself goes on to name.
_OPTIONS: Final = (
    r" (?:options?|ways?|possibilit\w+|facons?|manieres?|cas|etapes?|steps?|questions?|solutions?|methods?|methodes?|"
    r"moyens?|choix|choices)\b"
)
_OWN_COUNT: Final = re.compile(_OPTIONS)
_NAMES_THEM: Final = re.compile(
    r"(?:^|[\n.!?:]|\b(?:there are|il y a|il existe|here are|voici|you have|vous avez|the|these|les|ces|in|en|of|de|"
    r"entre|between|offer|offrons|proposons|following))[ *-]{0,3}$"
)
# "For your four sites" takes up what the author has. Behind a verb it would promise as many.
_FOR_YOURS: Final = re.compile(r"\b(?:for|pour) (?:your|vos) $")
_COUNTED: Final = re.compile(r" ([a-z]{4,20})\b")
_AUTHOR_HAS: Final = (
    r"\b(?:have|had|own|my|our|ai|avons|mes|nos|possede|borrowed|emprunte|with|avec|we are|nous sommes) "
    r"(?:got |les |the )?"
)
_THANKS: Final = re.compile(r" (?:mercis|excuses|fois merci|fois oui)\b")
# Both of them.
_BOTH: Final = re.compile(r"\b(?:les|ces|tous|toutes|the|these) $")
_NO_NOUN: Final = re.compile(r"\s*(?:$|[.,;:!?)\n]|(?:of the|sont|are|et|and|ways|options|questions)\b)")
_OWN_COUNT_LIMIT: Final = 5


def extract(text: Canonical, mail: str | None = None) -> list[Claim]:
    """Everything that a text which claims.disguises.plain made tells in links, numbers and days.

    mail: canonical text of the author's mail, whose order numbers may be said again and are no claims.
    """
    found = list(links(text))
    left = without(text.text, found)
    if mail is not None:
        left = without(left, _numbering(left))
    taken = list(accounts(left))
    found += taken
    left = without(left, taken)
    words = words_in(left)
    days = list(dates.dates(left, words=words))
    rows_of_figures = list(phones.phones(without(left, days)))
    if mail is not None:
        # A number that may be said again is neither an account nor a day, and no part of a telephone.
        again = list(echoes(left, mail, (*days, *rows_of_figures)))
        rows_of_figures = [one for one in rows_of_figures if not any(_meet(one, other) for other in again)]
        left = without(left, again)
    found += [*days, *rows_of_figures]
    left = without(left, [*days, *rows_of_figures])
    taken = list(ids(left))
    found += taken
    left = without(left, taken)
    all_numbers = numbers(left, words)
    rows = list(phones.spelled(left, all_numbers))
    found += rows
    rest = [one for one in all_numbers if not any(row.begin <= one.begin < row.end for row in rows)]
    sums, bare = counted(left, rest, each=mail is None)
    if mail is not None:
        found += every_day(left, open_only=True)
    found += [*sums, *articles(left, each=mail is None), *rates(left, each=mail is None)]
    left = without(left, [*rows, *sums])
    found += stray(left, words)
    found += (
        Claim("number", one.key, one.begin, one.end) for one in bare if mail is None or not _is_own(left, one, mail)
    )
    return found


def _meet(one: Claim, other: Claim) -> bool:
    return one.begin < other.end and other.begin < one.end


def sentence_key(sentence: str) -> str:
    """The same for a sentence however its spaces and its end are set; a question is none that tells the same."""
    words = " ".join(sentence.split())
    return words.rstrip(".!? ") + ("?" if words.endswith("?") else "")


def _is_own(text: str, number: Number, mail: str) -> bool:
    """Whether a spelled number counts what the answer itself names, or what the author has."""
    if number.spelled and (_THANKS.match(text, number.end) or text.startswith("thanks a ", number.begin - 9)):
        return True
    if not number.spelled or int(number.key) > _OWN_COUNT_LIMIT:
        return False
    before = text[max(0, number.begin - _BEFORE_COUNT) : number.begin]
    if _OWN_COUNT.match(text, number.end) and _NAMES_THEM.search(before):
        return True
    counted = _COUNTED.match(text, number.end)
    if (
        counted
        and _FOR_YOURS.search(before)
        and _author_has(text[number.begin : number.end], number.key, counted[1], mail)
    ):
        return True
    return number.key == "2" and bool(_BOTH.search(before)) and bool(_NO_NOUN.match(text, number.end))


def _author_has(word: str, key: str, things: str, mail: str) -> bool:
    """Whether the author tells of as many: "we have four WordPress sites"."""
    return bool(re.search(rf"{_AUTHOR_HAS}(?:{re.escape(word)}|{key}) (?:[a-z]{{2,20}} )?{things}\b", mail))


def _numbering(text: str) -> Iterator[Claim]:
    """Numbers that only number: 1, 2, 3 and so on, at the beginning of lines or behind "step"."""
    due = 1
    for hit in _COUNT.finditer(text):
        before = _before(text, hit.start())
        listed = _LIST_GOES_ON.match(text, hit.end()) and _LIST_BEGINS.search(before)
        if not listed and not (_STEP_GOES_ON.match(text, hit.end()) and _STEP_BEGINS.search(before)):
            continue
        number = int(hit.group())
        if COUNTS.match(text, hit.end()):
            continue
        if number not in {due, 1}:
            continue
        due = number + 1
        yield Claim("number", "", *hit.span())


def _before(text: str, place: int) -> str:
    """The last characters before a place, and a line end where the text begins among them."""
    return text[place - _BEFORE_COUNT : place] if place >= _BEFORE_COUNT else f"\n{text[:place]}"
