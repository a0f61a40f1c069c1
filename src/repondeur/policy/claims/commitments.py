"""The table of commitments, as patterns over words without accents between single spaces."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

from pydantic import TypeAdapter

from repondeur.policy.claims.claim import Kind

_KIND: Final = TypeAdapter[Kind](Kind)
# Stands, repeated, for our own name in a text; no word consists of it.
OUR_NAME: Final = "q"
_PRONOUNS: Final = r"(?:vous |ne |n |l |le |la |les |en |y |lui |leur |te |t |s |se |me |m |nous )"
_HELPERS: Final = (
    r"(?:avons|allons|pouvons|pourrons|pourrions|venons de|sommes|devons|voulons|souhaitons|tenons a|serons|ferons|"
    r"faisons|procedons|procederons|acceptons|mettons|mettrons|ai|vais|peux|pourrai|viens de|suis|ferai|fais|vient de|"
    r"va|vont|a|ont|peut|peuvent|pourra|devra|fera|doit)"
)
_THIRD: Final = (
    r"(?:equipes?|collegues?|services?|techniciens?|conseillers?|conseilleres?|responsables?|directeur|personne|support|"
    r"on|quelqu un)"
)
_WE: Final = (
    r"(?:we|i|they|someone|somebody|teams?|colleagues?|technicians?|advisors?|advisers?|managers?|agents?|department|"
    r"company|support|staff|q+)"
)
# Behind these, it is for somebody else to do.
_NOT_WE: Final = (
    r"(?!(?:you|your|recommend\w*|advise\w*|suggest\w*|ask|asks|invite\w*|need|needs|hope|if|when|that|and|or|because|"
    r"before|once|unless|want|wish|see|understand|know|note|noticed|who) )"
)
_IS_DONE: Final = (
    r"(?:sera|seront|serez|a ete|ont ete|avez ete|a bien ete|ont bien ete|vient d etre|viennent d etre|va etre|"
    r"vont etre|allez etre)"
)
_FORMS: Final = (
    # We, or somebody of ours, in the present, in the future, or when it is done.
    rf"nous {_PRONOUNS}{{0,3}}STEM(?<=ons)",
    rf"nous {_PRONOUNS}{{0,3}}{_HELPERS} (?:\w+ ){{0,4}}?STEM",
    rf"(?:j|je|on|q+) {_PRONOUNS}{{0,3}}STEM",
    rf"(?:j|je|on|q+) {_PRONOUNS}{{0,3}}{_HELPERS} (?:\w+ ){{0,4}}?STEM",
    rf"{_THIRD} (?:\w+ ){{0,3}}?STEM(?<=ra|nt)",
    rf"{_THIRD} (?:\w+ ){{0,3}}?{_HELPERS} (?:\w+ ){{0,3}}?STEM",
    rf"{_WE} (?:{_NOT_WE}\w+ ){{0,5}}STEM",
    r"let me (?:\w+ ){0,2}?STEM",
    # What is done to the reader or their things.
    rf"{_IS_DONE} (?:\w+ ){{0,2}}?STEM",
    r"(?:will|ll|shall|has|have|ve|had|going to) (?:\w+ ){0,2}?(?:be|been|being|get) (?:\w+ ){0,2}?STEM",
    r"(?:is|are|was|were) (?:now|hereby|being|already|currently|just|therefore) (?:\w+ )?STEM",
    r"(?:votre|vos) (?:\w+ ){1,4}?(?:est|sont|etait) (?:\w+ ){0,2}?STEM",
    r"your (?:\w+ ){1,4}?(?:is|are|was|were) (?:\w+ )?STEM",
)
_OPTIONAL: Final = re.compile(r"^(?:\((?:[^()]|\([^()]*\))* \)(?:\?|\{\d,\d\}\??))+")
_AROUND: Final = re.compile(r"\(\?<?[=!](?:[^()]|\([^()]*\))*\)")
_COMMON_WORDS: Final = (
    "vous nous je votre notre nos que pour avec dans est sont you your we i our the this that it with from is are"
)
_COMMON: Final = frozenset(_COMMON_WORDS.split())
_GAP: Final = r"(?:\w+ ){0,5}?"


@dataclass(frozen=True, slots=True)
class Commitment:
    """One table of promises.toml. claimed: what claims it. founded: what a passage must say. claiming, founding: what
    does so has a word of these. soft: plain words of
    service, which are let be where nothing is cited. conditional: behind "once" and its like it is no claim. claim: its
    kind; one that is no promise is founded by nothing."""

    claimed: re.Pattern[str]
    founded: re.Pattern[str]
    claiming: re.Pattern[str]
    founding: re.Pattern[str]
    soft: bool
    conditional: bool
    claim: Kind


@dataclass(frozen=True, slots=True)
class Unbroken:
    """stem: a word of a commitment, or the beginning of one; with `whole` nothing may follow it."""

    kind: str
    stem: bytes
    whole: bool


@cache
def by_name() -> dict[str, Commitment]:
    """The table."""
    table = _table()
    return {
        kind: _commitment(entry, table["words"]) for kind, entry in table.items() if kind not in {"words", "unbroken"}
    }


@cache
def unbroken() -> tuple[Unbroken, ...]:
    """The words that are looked for in a text without its gaps."""
    stems = [(kind, stem) for kind, stems in _table()["unbroken"].items() for stem in stems]
    return tuple(Unbroken(kind, stem.rstrip("$").encode(), stem.endswith("$")) for kind, stem in stems)


@cache
def _table() -> dict[str, dict[str, Any]]:
    return tomllib.loads((files("repondeur.policy.claims") / "promises.toml").read_text("utf-8"))


@lru_cache(maxsize=32_768)
def claims_of(word: str) -> tuple[str, ...]:
    """The commitments that a clause with this word may claim."""
    return tuple(kind for kind, commitment in by_name().items() if commitment.claiming.fullmatch(word))


@lru_cache(maxsize=32_768)
def grounds_of(word: str) -> tuple[str, ...]:
    """The commitments that a clause with this word may found."""
    return tuple(kind for kind, commitment in by_name().items() if commitment.founding.fullmatch(word))


def _commitment(entry: dict[str, list[str]], words: dict[str, str]) -> Commitment:
    says = [_pattern(one, words) for one in entry.get("says", ())]
    does = [_pattern(one, words) for one in entry.get("does", ())]
    rests_on = [_pattern(one, words) for one in entry.get("rests_on", ())]
    stems = f"(?:{'|'.join(does)})"
    forms = [form.replace("STEM", stems) for form in _FORMS] if does else []
    everything = (*says, *does, *rests_on)
    return Commitment(
        claimed=re.compile(rf" (?:{'|'.join((*says, *forms))})(?= )"),
        founded=re.compile(rf" (?:{'|'.join(everything)})(?= )"),
        claiming=re.compile("|".join(dict.fromkeys(map(_trigger, (*says, *does))))),
        founding=re.compile("|".join(dict.fromkeys(map(_trigger, everything)))),
        soft=bool(entry.get("soft", False)),
        conditional=bool(entry.get("conditional", False)),
        claim=_KIND.validate_python(entry.get("as", "promise")),
    )


def _pattern(phrase: str, words: dict[str, str]) -> str:
    for name, alternatives in words.items():
        phrase = phrase.replace(f"<{name}>", alternatives)
    return re.sub(r"(?<!\\w)\*", r"\\w*", phrase).replace(" … ", f" {_GAP}")


def _trigger(pattern: str) -> str:
    """The longest word that every text has which the pattern matches, and no word that is in every other sentence."""
    return max(_top_level(_AROUND.sub("", pattern.replace(_GAP, ""))), key=_least_length)


def _top_level(pattern: str) -> list[str]:
    """The words of a pattern; brackets and what is in them stay together."""
    words, depth, word = [], 0, ""
    for char in pattern:
        depth += (char == "(") - (char == ")")
        if char == " " and depth == 0:
            words.append(word)
            word = ""
        else:
            word += char
    # "(extra |additional )?charge": what may be left out is no word of it.
    return [_OPTIONAL.sub("", one) for one in (*words, word)]


def _least_length(word: str) -> int:
    """Letters of its shortest alternative; 0 where one of them has several words."""
    if " " in word or re.fullmatch(r"\([^()]*\)\?", word):
        return 0
    alternatives = re.sub(r"\([^()]*\)\?", "", word).strip("()").split("|")
    if not _COMMON.isdisjoint(alternatives):
        return 1
    return min(len(re.sub(r"\\w|\W", "", one)) for one in alternatives)
