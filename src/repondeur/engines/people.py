"""Names of people in a text, told by where they stand and by usual given names. Pure; linear time.

Nothing here understands sentences: a family name alone in the middle of one is found only when it stands in a place of
names elsewhere in the mail.
"""

import re
import tomllib
import unicodedata
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import islice

from repondeur.engines.alike import in_names
from repondeur.engines.name_places import INTRODUCED, INTRODUCED_SMALL, LAST, PLACES, SEQUENCE, SMALL, WHOLE, WORD
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
LEAST_MADE = 6  # letters of a word that is made of a name and one or two others
_HUMPS = re.compile(r"[^\W\d_](?:(?![A-Z])[^\W\d_])*")


def named(text: str) -> Iterator[str]:
    """Names in places where names stand: behind a title, in greetings, before an address, under a letter."""
    text = in_names(text)
    for pattern in PLACES:
        yield from filter(None, (_sure(found["name"]) for found in pattern.finditer(text)))
    introduced = (_sure(found["name"]) for found in INTRODUCED.finditer(text))
    yield from (name for name in introduced if not all(map(is_word, parts(name))))
    for found in INTRODUCED_SMALL.finditer(text):
        if folded(found["first"]) in _table("given") and not _is_ordinary(found["last"]):
            yield found["name"]
    yield from filter(None, map(_as_name, [letter(text).signed, *(found["name"] for found in LAST.finditer(text))]))


def signed(signature: str) -> Iterator[str]:
    """The name at the head of a signature."""
    lines = [line.strip(" \t-–—_*|") for line in signature.strip().splitlines()]
    first, *others = map(_as_name, [line for line in lines if line][:MAX_SIGNED] or [""])
    yield from filter(None, [first, *(name for name in others if any(part in _table("given") for part in parts(name)))])


def with_given_name(text: str) -> Iterator[str]:
    """A usual given name with what follows it in capitals, or alone."""
    for found in SEQUENCE.finditer(in_names(text)):
        words = _sure(found.group()).split()
        first = next((at for at, word in enumerate(words) if _bare(word) in _table("given")), None)
        if first is not None:
            yield " ".join(words[first:])


def beside(text: str, known: Container[str], ordinary: Container[str] = ()) -> Iterator[str]:
    """Names that a known name tells: words in capitals beside it, and words that are made of it, "Doe-Smith", "the
    Does'", "jdoe". known: parts of names. ordinary: words that name nobody, as `parts` gives them."""

    def names_nobody(word: str) -> bool:
        return len(word) == 1 or _is_ordinary(word) or _bare(word) in ordinary

    for found in SEQUENCE.finditer(in_names(text)):
        words: list[str] = []
        for word in [*found.group().split(), ""]:
            if word and not names_nobody(word):
                words.append(word)
                continue
            told = [part in known for one in words for part in parts(one)]
            if any(told) and not all(told):
                yield " ".join(words)
            words = []
    for one in words_in(text):
        word, plain = one.group(), folded(one.group())
        if plain not in known and not names_nobody(word) and _is_made_of(word, plain, known):
            yield word


def _is_made_of(word: str, plain: str, known: Container[str]) -> bool:
    if "-" in plain:
        told = [part in known for part in plain.split("-")]
        return any(told) if word[:1].isupper() else all(told)
    if len(plain) < LEAST_MADE:
        return False
    # With an ending, or with an initial before or behind it, as in names of accounts.
    capital = word[:1].isupper()
    ends = (plain[:-1], plain[:-2]) if capital and len(plain) > LEAST_MADE else (plain[:-1],)
    inner = [folded(part) for part in _HUMPS.findall(word)] if capital else []
    return any(len(stem) >= LEAST_MADE - 1 and stem in known for stem in (plain[1:], *ends, *inner))


def parts(name: str) -> tuple[str, ...]:
    """The words of a name, without case and accents: those that a text may have for the whole of it."""
    return tuple(islice(parts_of_all(name), MOST_WORDS))


def parts_of_all(text: str) -> Iterator[str]:
    return (folded(found.group()) for found in words_in(text))


def folded(word: str) -> str:
    """Without case and accents."""
    if word.isascii():
        return word.lower()
    return "".join(one for one in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(one))


def words_in(text: str) -> Iterator[re.Match[str]]:
    return WORD.finditer(in_names(text))


@lru_cache(maxsize=20_000)
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
    told = [word for word in words if folded(word) not in LINKS]
    named = 2 <= len(told) <= 3 and all(word.isalpha() and not is_word(folded(word)) for word in told)
    return " ".join(words) if named and any(len(word) > 1 for word in words) else ""


def spelt(names: Sequence[str], guessed: Container[str], texts: Iterable[str]) -> list[str]:
    """Names in small letters as the texts spell them. guessed: those that stand nowhere but in an address; they have
    capitals in any case."""
    wanted = {part for name in names if name == name.lower() for part in parts_of_all(name)}
    shown: dict[str, str] = {}
    for text in texts if wanted else ():
        for found in words_in(text):
            word, plain = text[found.start() : found.end()], folded(found.group())
            if plain in wanted and word[:1].isupper() and (len(word) == 1 or not word.isupper()):
                shown.setdefault(plain, word)
    return [_respelt(name, shown, name in guessed) if name == name.lower() else name for name in names]


def _respelt(name: str, shown: Mapping[str, str], guessed: bool) -> str:
    """Links stay small."""

    def better(found: re.Match[str]) -> str:
        word, plain = found.group(), folded(found.group())
        if plain in LINKS:
            return word
        if guessed and len(word) == 1:
            return f"{word.upper()}."
        return shown.get(plain, "-".join(map(str.capitalize, word.split("-"))) if guessed else word)

    return WORD.sub(better, name)


def _as_name(line: str) -> str:
    """A line that is nothing but a name, in small letters too where all of it may be one."""
    line = in_names(line).strip()
    found = WHOLE.fullmatch(line) if len(line) <= 60 else None
    if found:
        name = _sure(found["name"])
        told = [part for part in parts(name) if len(part) > 1]
        return name if any(not is_word(part) for part in told) or (told and len(parts(name)) == 2) else ""
    small = SMALL.fullmatch(line)
    return line.rstrip(" ,.") if small and not any(map(is_word, parts(line))) else ""


def _sure(name: str) -> str:
    """Without what names nobody around it, and without a sentence that begins behind what looks like an initial."""
    words = without_nobody(name).split()
    for at in range(1, len(words)):
        if words[at - 1].endswith(".") and _is_ordinary(words[at]) and not words[at].isupper():
            return without_nobody(" ".join(words[:at]))
    return " ".join(words)


def _is_ordinary(word: str) -> bool:
    """A word that stands in capitals because a sentence or a heading begins."""
    plain = _bare(word)
    return _names_nobody(word) or plain in _table("things") or (is_word(plain) and plain not in _table("words"))


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
