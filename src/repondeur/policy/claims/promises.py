"""Words that bind us or move the reader to something: refunds, admissions, orders to pay, click or tell a secret.

What counts as which is in promises.toml. A sentence that denies something speaks of it all the same; whether a passage
founds it is for compare.py to say.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+")
_CLAUSE: Final = re.compile(r"[^.!?;:\n\x01]+")
_INNER: Final = re.compile(r",| mais | but | sauf | except | unless | however | toutefois | cependant | and | et ")
_DENIED: Final = re.compile(
    r" (?:not|never|cannot|no|nor|neither|none|without|nobody|nothing|n t|t|unable|ne|n|pas|jamais|aucune?|ni|sans|non|rien|impossible"
    r"|except|sauf|hors) "
)
# "Feel free", "free to" and their like bind nobody.
_COURTESIES: Final = re.compile(
    r" (?:feel free|free to|look forward|looking forward|reassure|bien a vous|n hesitez pas|acknowledge receipt|de rien|avec plaisir|sans hesiter"
    r"|free moment|free time|sugar free|hands free|toll free|no problem|without hesitation) "
)
_PRONOUNS: Final = r"(?:vous |ne |n |l |le |la |les |en |y |lui |leur |te |t |s |se |me |m |nous )"
_HELPERS: Final = (
    r"(?:avons|allons|pouvons|pourrons|pourrions|venons de|sommes|devons|voulons|souhaitons|tenons a|serons|ferons|faisons|"
    r"procedons|procederons|acceptons|mettons|mettrons|ai|vais|peux|pourrai|viens de|suis|ferai|fais|vient de|va|vont|a|ont|"
    r"peut|peuvent|pourra|devra|fera|doit)"
)
_THIRD: Final = r"(?:equipes?|collegues?|services?|techniciens?|conseillers?|conseilleres?|responsables?|directeur|personne|support|on|quelqu un)"
_WE: Final = r"(?:we|i|they|someone|somebody|teams?|colleagues?|technicians?|advisors?|advisers?|managers?|agents?|department|company|support|staff)"
_NOT_WE: Final = (
    r"(?!(?:you|your|recommend\w*|advise\w*|suggest\w*|ask|asks|invite\w*|need|needs|hope|if|when|that|and|or|because|before|"
    r"once|unless|want|wish|see|understand|know|note|noticed|who) )"
)
_FORMS: Final = (
    # We, or somebody of ours, in the present, in the future, or when it is done.
    rf"nous {_PRONOUNS}{{0,3}}STEM(?<=ons)",
    rf"nous {_PRONOUNS}{{0,3}}{_HELPERS} (?:\w+ ){{0,4}}?STEM",
    rf"(?:j|je|on) {_PRONOUNS}{{0,3}}STEM",
    rf"(?:j|je|on) {_PRONOUNS}{{0,3}}{_HELPERS} (?:\w+ ){{0,4}}?STEM",
    rf"{_THIRD} (?:\w+ ){{0,3}}?STEM(?<=ra|nt)",
    rf"{_THIRD} (?:\w+ ){{0,3}}?{_HELPERS} (?:\w+ ){{0,3}}?STEM",
    rf"{_WE} (?:{_NOT_WE}\w+ ){{0,5}}STEM",
    r"let me (?:\w+ ){0,2}?STEM",
    # What is done to the reader or their things.
    r"(?:sera|seront|serez|a ete|ont ete|avez ete|a bien ete|ont bien ete|vient d etre|viennent d etre|va etre|vont etre|allez etre) (?:\w+ ){0,2}?STEM",
    r"(?:will|ll|shall|has|have|ve|had|going to) (?:\w+ ){0,2}?(?:be|been|being|get) (?:\w+ ){0,2}?STEM",
    r"(?:is|are|was|were) (?:now|hereby|being|already|currently|just|therefore) (?:\w+ )?STEM",
    r"(?:votre|vos) (?:\w+ ){1,4}?(?:est|sont|etait) (?:\w+ ){0,2}?STEM",
    r"your (?:\w+ ){1,4}?(?:is|are|was|were) (?:\w+ )?STEM",
)


@dataclass(frozen=True, slots=True)
class Promise:
    """kind: its name in the table. denied: in a clause that says no. polar: what only denies it does not found it.
    begin, end: in the canonical text."""

    kind: str
    denied: bool
    polar: bool
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Commitment:
    """One table of promises.toml. claimed: what claims it. founded: what a passage must say."""

    kind: str
    claimed: re.Pattern[str]
    founded: re.Pattern[str]
    polar: bool


def promises(text: str) -> Iterator[Promise]:
    """All commitments that a canonical text claims."""
    for words, places, denied in _clauses(text):
        for commitment in commitments():
            for hit in commitment.claimed.finditer(words):
                # The spaces around belong to no word.
                first, last = hit.start() + 1, hit.end() - 2 if words[hit.end() - 1] == " " else hit.end() - 1
                yield Promise(commitment.kind, denied, commitment.polar, places[first], places[last] + 1)


def founding(text: str) -> frozenset[str]:
    """The commitments that a passage speaks of; with "+" before their names those that it does not merely deny."""
    found: set[str] = set()
    for words, _, denied in _clauses(text, inner=True):
        for commitment in commitments():
            name = commitment.kind
            if (name in found and f"+{name}" in found) or not commitment.founded.search(words):
                continue
            found |= {name} if denied else {name, f"+{name}"}
    return frozenset(found)


@cache
def commitments() -> tuple[Commitment, ...]:
    """The table. Its order is that of the file."""
    table = tomllib.loads((files("repondeur.policy.claims") / "promises.toml").read_text("utf-8"))
    return tuple(_commitment(kind, entry) for kind, entry in table.items())


def _commitment(kind: str, entry: dict[str, list[str]]) -> Commitment:
    says = [_pattern(one) for one in entry.get("says", ())]
    does = [_pattern(one) for one in entry.get("does", ())]
    stems = f"(?:{'|'.join(does)})"
    forms = [form.replace("STEM", stems) for form in _FORMS] if does else []
    rests_on = [_pattern(one) for one in entry.get("rests_on", ())]
    return Commitment(
        kind,
        re.compile(rf" (?:{'|'.join((*says, *forms))})(?= )"),
        re.compile(rf" (?:{'|'.join((*says, *does, *rests_on))})(?= )"),
        bool(entry.get("polar", False)),
    )


def _pattern(phrase: str) -> str:
    return re.sub(r"(?<!\\w)\*", r"\\w*", phrase).replace(" … ", r" (?:\w+ ){0,5}?")


def _clauses(text: str, *, inner: bool = False) -> Iterator[tuple[str, list[int], bool]]:
    """The words of each clause between single spaces, where each character stood, and whether it denies something. inner:
    parts of a sentence count by themselves. Words with a hyphen are looked at as one and as several."""
    for clause in _CLAUSE.finditer(text):
        parts = _parts(text, *clause.span()) if inner else [clause.span()]
        for begin, end in parts:
            words, places = _words(text, begin, end)
            if not words.strip():
                continue
            denied = bool(_DENIED.search(words))
            words = _COURTESIES.sub(lambda hit: " " + "_" * (len(hit.group()) - 2) + " ", words)
            yield words, places, denied
            if "-" in text[begin:end]:
                joined, at = _words(text, begin, end, hyphens=True)
                yield joined, at, denied


def _parts(text: str, begin: int, end: int) -> list[tuple[int, int]]:
    cuts = [hit.span() for hit in _INNER.finditer(text, begin, end)]
    starts, ends = [begin, *(cut[1] for cut in cuts)], [*(cut[0] for cut in cuts), end]
    return list(zip(starts, ends, strict=True))


_HYPHENED: Final = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


def _words(text: str, begin: int, end: int, *, hyphens: bool = False) -> tuple[str, list[int]]:
    parts, places = [" "], [begin]
    for hit in (_HYPHENED if hyphens else _WORD).finditer(text, begin, end):
        kept = [place for place in range(*hit.span()) if text[place] != "-"]
        parts += ["".join(text[place] for place in kept), " "]
        places += [*kept, min(hit.end(), end - 1)]
    return "".join(parts), places
