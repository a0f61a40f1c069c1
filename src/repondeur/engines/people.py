"""Names of people in a text, told by where they stand and by usual given names. Pure; linear time.

Nothing here understands sentences: a family name alone in the middle of one is found only when it stands in a place of
names elsewhere in the mail.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import islice

from repondeur.words.everyday import known
from repondeur.words.letter import letter

MOST_WORDS = 6  # of a name
# Between the words of a name, and nobody's name by themselves.
LINKS = frozenset(
    (
        "de",
        "du",
        "des",
        "la",
        "le",
        "les",
        "d",
        "l",
        "et",
        "and",
        "van",
        "von",
        "der",
        "den",
        "ter",
        "ten",
        "el",
        "al",
        "ben",
        "bin",
        "da",
        "dos",
        "di",
    )
)
MAX_SIGNED = 3  # lines of a signature that may be a name
_CAP = r"[A-ZÀ-ÖØ-ÞŒ](?:[^\W\d_]|[’'-]){0,30}(?![\w]|-\w)"
_LINK = r"(?:(?:d[eu]|des|la|le|van|von|der|den|el|al|ben|bin|da|dos|di|ter|ten)[ ]){1,2}"
_NAME = rf"(?<![\w’'-]){_CAP}(?:[ \u00a0](?:{_LINK})?{_CAP}){{0,4}}"
_TITLE = (
    r"(?:M\.?|Mr\.?|Mme\.?|Mlle\.?|Mrs\.?|Ms\.?|Miss|Mx\.?|Dr\.?|Pr\.?|Me|Ma[iî]tre|[Mm]onsieur|[Mm]adame"
    r"|[Mm]ademoiselle|[Dd]octeur|[Pp]rofesseur|Mister|Sir|Lady|Doctor|Professor)"
)
_PLACES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<![\w.]){_TITLE}[ \u00a0](?P<name>{_NAME})",
        (
            rf"(?m)^[>\s]{{0,4}}(?i:(?:re)?bonjour|bonsoir|salut|coucou|hello|hi|hey|dear|ch[eè]re?"
            rf"|good (?:morning|afternoon|evening)),?[ \u00a0](?:{_TITLE}[ \u00a0])?(?P<name>{_NAME})"
        ),
        rf"(?i:je m['’]appelle|mon nom est|my name is|this is|ici)[ \u00a0](?:{_TITLE}[ \u00a0])?(?P<name>{_NAME})",
        rf"(?P<name>{_NAME})[ \u00a0]?[<(\[][^\s<>()\[\]]{{1,100}}@",
        rf"(?m)^[>\s]{{0,4}}(?i:from|de|to|à|cc|von|an)[ \u00a0]?:[ \u00a0]{{0,3}}\"?(?P<name>{_NAME})",
        rf"(?P<name>{_NAME})[ \u00a0](?i:a écrit|wrote)",
        rf"(?m)(?i:cordialement|regards|best|sincerely|cheers|thanks|merci),[ \u00a0](?P<name>{_NAME})[ .]?$",
    )
)
_INTRODUCED = re.compile(rf"(?i:je suis|i am|i['’]m)[ \u00a0](?P<name>{_CAP}[ ]{_CAP}(?:[ ]{_CAP})?)")
_LAST = re.compile(
    r"(?im)^(?:(?:bien |très )?cordialement|(?:kind |best |warm )?regards|sincerely|bien à vous|thanks?|merci|cheers"
    r"|best(?: wishes)?|yours(?: \w{1,12})?|amicalement|salutations)[ ,.!]{0,3}(?=\n\s{0,5}(?P<name>[^\n]{2,60})$)"
)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_WHOLE = re.compile(rf"(?i:{_TITLE}[ \u00a0])?(?P<name>{_NAME})[ ,.]?")
_SMALL = re.compile(r"[^\W\d_]{2,20}(?:[ -][^\W\d_]{1,20}){0,3}[ ,.]{0,2}")
_SEQUENCE = re.compile(_NAME)


def named(text: str) -> Iterator[str]:
    """Names in places where names stand: behind a title, in greetings, before an address, under a letter."""
    for pattern in _PLACES:
        yield from filter(None, (without_nobody(found["name"]) for found in pattern.finditer(text)))
    introduced = (found["name"] for found in _INTRODUCED.finditer(text))
    yield from (name for name in introduced if not all(map(is_word, parts(name))))
    yield from filter(None, map(_as_name, [letter(text).signed, *(found["name"] for found in _LAST.finditer(text))]))


def signed(signature: str) -> Iterator[str]:
    """The name at the head of a signature."""
    lines = [line.strip(" \t-–—_*|") for line in signature.strip().splitlines()]
    first, *others = map(_as_name, [line for line in lines if line][:MAX_SIGNED] or [""])
    yield from filter(None, [first, *(name for name in others if any(part in _table("given") for part in parts(name)))])


def with_given_name(text: str) -> Iterator[str]:
    """A usual given name with what follows it in capitals, or alone."""
    for found in _SEQUENCE.finditer(text):
        words = without_nobody(found.group()).split()
        first = next((at for at, word in enumerate(words) if _bare(word) in _table("given")), None)
        if first is not None:
            yield " ".join(words[first:])


def parts(name: str) -> tuple[str, ...]:
    """The words of a name, without case and accents: those that a text may have for the whole of it."""
    return tuple(islice(parts_of_all(name), MOST_WORDS))


def parts_of_all(text: str) -> Iterator[str]:
    return (folded(found.group()) for found in _WORD.finditer(text))


def folded(word: str) -> str:
    """Without case and accents."""
    if word.isascii():
        return word.lower()
    return "".join(one for one in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(one))


def words_in(text: str) -> Iterator[re.Match[str]]:
    return _WORD.finditer(text)


@cache
def is_word(part: str) -> bool:
    """Whether this part of a name is a word of French or English too, so that it means somebody only where a name
    stands. part: as `parts` gives it."""
    return part in _table("words") or part in _table("nobody") or part in _everyday()


def is_title(word: str) -> bool:
    return folded(word) in _table("titles")


def without_nobody(name: str) -> str:
    """The name without the words around it that name nobody; "" when nothing is left: "Service Client", "Madame"."""
    words = name.split()
    while words and _names_nobody(words[-1]):
        words.pop()
    while words and _names_nobody(words[0]):
        words.pop(0)
    return " ".join(words)


def of_address(address: str) -> str:
    """The name that an address is made of, "" where it shows none: "jean dupont" for "jean.dupont@example.org"."""
    words = [word for word in re.split(r"[._-]", address.partition("@")[0].partition("+")[0]) if word]
    named = 2 <= len(words) <= 3 and all(word.isalpha() and not is_word(folded(word)) for word in words)
    return " ".join(words) if named and any(len(word) > 1 for word in words) else ""


def _as_name(line: str) -> str:
    """A line that is nothing but a name, in small letters too where all of it may be one."""
    line = line.strip()
    found = _WHOLE.fullmatch(line) if len(line) <= 60 else None
    if found:
        name = without_nobody(found["name"])
        return name if any(not is_word(part) for part in parts(name)) or len(parts(name)) == 2 else ""
    small = _SMALL.fullmatch(line)
    return line.rstrip(" ,.") if small and not any(map(is_word, parts(line))) else ""


def _names_nobody(word: str) -> bool:
    plain = _bare(word)
    return not plain or plain in _table("nobody") or is_title(plain)


def _bare(word: str) -> str:
    return folded(word.strip(".,'’-"))


@cache
def _table(name: str) -> frozenset[str]:
    return frozenset(map(folded, _tables()[name].split()))


@cache
def _everyday() -> frozenset[str]:
    return frozenset(folded(word) for language in ("fr", "en") for word in known()[language])


@cache
def _tables() -> dict[str, str]:
    return tomllib.loads((files("repondeur.engines") / "vocabulary" / "people.toml").read_text("utf-8"))
