"""What a text claims that nothing founds: no passage it may rest on, and no text of ours.

Compared is what things come to and not how they are written: "01 23 45 67 89" is "+33 1 23 45 67 89", "1 200,50 €" is
"EUR 1200.50", "fourteen days" are "14 days". Linear in the text and the material; never raises.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Final

from repondeur.policy.claims import founding, promises
from repondeur.policy.claims.broken import broken_words
from repondeur.policy.claims.canonical import Canonical, canonical
from repondeur.policy.claims.claim import TAKEN, Claim, Kind
from repondeur.policy.claims.commitments import OUR_NAME, by_name
from repondeur.policy.claims.disguises import plain
from repondeur.policy.claims.extract import SENTENCE, extract, sentence_key
from repondeur.policy.claims.founding import Founding
from repondeur.policy.claims.ids import CODE_WORDS, codes
from repondeur.policy.claims.names import names_given
from repondeur.policy.claims.payees import payees
from repondeur.policy.claims.said_again import is_said_again
from repondeur.policy.claims.things import other_things
from repondeur.policy.claims.writing import odd_writing

MAIL_READ: Final = 20_000  # characters of the author's mail that are looked at for order numbers
# What is compared with passages alone: "we get back to you", "it leaves tomorrow". An answer that rests on none says
# such things in plain words, which is what free mode is, and they are neither figures nor commitments (I3).
SERVICE: Final = frozenset({"contact", "pass_on", "send", "visit"})
PLAIN_DAYS: Final = ("week:", "now:")
# "Yes, that is our account": an objection where the author named an account, a link, a number or a sum (I3).
ECHO: Final = "echo"
_CONFIRMED: Final = frozenset({"link", "address", "phone", "account", "amount"})
_LONGEST_WORD: Final = 24  # letters in the place of our name
_LATIN: Final = re.compile(r"[a-z]")
_MOST: Final = 50  # that are told: one is enough to keep a text from leaving


@dataclass(frozen=True, slots=True)
class Foreign:
    """What nothing founds. key: the same for all spellings; of a promise, its name. begin, end: in the text."""

    kind: Kind
    key: str
    begin: int
    end: int


def foreign(
    text: str, passages: Sequence[str], *, ours: Sequence[str] = (), mail: str = "", name: str = "", us: str = ""
) -> list[Foreign]:
    """Everything the text claims that neither the passages say, nor texts of ours, nor, for a bare order number, the
    mail; in order, the first fifty.

    name: of the author, whose words may be in any script. us: our own name, which says nothing where it stands as it is
    written. What passages found is remembered, the rest is not.
    """
    founded = reduce(Founding.joined, map(founding.founding, filter(None, ours)), _founded_by(tuple(passages)))
    read = _unread(canonical(text), founded)
    wrote = canonical(mail[:MAIL_READ]).text
    shown = _with_our_name(read, us)
    found = [*odd_writing(_without_words(shown, name), founded.letters), *names_given(shown)]
    # Behind the disguises, for a name of ours with ".com" behind it is a host, and maybe not ours.
    links = _with_our_name(plain(read), us)
    claims = [one for one in extract(links, wrote) if not founded.founds(one, links.text, wrote)]
    said = [*promises.promises(links.text), *broken_words(links.text)]
    promised = [
        Claim(by_name()[one.kind].claim, one.kind, one.begin, one.end)
        for one in said
        if not founded.founds_promise(one) and not is_said_again(one, links.text, founded.words, founded.joined_words)
    ]
    if passages:
        promised += other_things(links.text, said, founded.joined_words, wrote)
    promised += payees(links, founded.joined_words)
    if any(one.key == ECHO for one in promised) and not _names_something(wrote, founded):
        promised = [one for one in promised if one.key != ECHO]
    if not passages:
        claims = [one for one in claims if not (one.kind == "date" and one.key.startswith(PLAIN_DAYS))]
        promised = [one for one in promised if one.key not in SERVICE]
    named = any(word in read.text for word in CODE_WORDS)
    vouchers = [one for one in codes(text) if one.key not in founded.joined_words] if named else []
    told = [
        *(Foreign(one.kind, one.key, one.begin, one.end) for one in vouchers),
        *(Foreign(one.kind, one.key, *read.span(one.begin, one.end)) for one in found),
        *(Foreign(one.kind, one.key, *links.span(one.begin, one.end)) for one in (*claims, *promised)),
    ]
    return sorted(dict.fromkeys(told), key=lambda one: (one.begin, one.end))[:_MOST]


def _names_something(mail: str, founded: Founding) -> bool:
    """Whether there is something in the mail that a reply could confirm, and that nothing founds."""
    read = plain(canonical(mail))
    return any(one.kind in _CONFIRMED and not founded.founds(one, read.text, "") for one in extract(read))


def _unread(text: Canonical, founded: Founding) -> Canonical:
    """Without the sentences that stand in the material word for word: what is quoted needs no comparing, and "we never
    refund" is then no promise."""
    quoted = [
        hit.span()
        for hit in SENTENCE.finditer(text.text)
        if (key := sentence_key(hit.group())) and key in founded.sentences
    ]
    return text.covered([(begin, end, TAKEN * (end - begin)) for begin, end in quoted])


def _with_our_name(text: Canonical, us: str) -> Canonical:
    """With one word in the place of our name, which says nothing by itself: what it does, we do."""
    names = _names(us)
    hits = [hit.span() for hit in re.finditer(names, text.exact)] if names else []
    return text.covered([(begin, end, _our_word(end - begin)) for begin, end in hits])


def _our_word(length: int) -> str:
    return (OUR_NAME * min(length, _LONGEST_WORD)).ljust(length)


def _without_words(text: Canonical, name: str) -> Canonical:
    """Without the words of a name that have none of our letters, as they stand in it."""
    words = [re.escape(word) for word in canonical(name).text.split() if not _LATIN.search(word)]
    hits = [hit.span() for hit in re.finditer(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", text.text)] if words else []
    return text.covered([(begin, end, TAKEN * (end - begin)) for begin, end in hits])


@lru_cache(maxsize=64)
def _names(us: str) -> str:
    """A pattern for our name, whole or its last words: "Les Trois Pins" of "Camping des Trois Pins"."""
    words = canonical(us).exact.split()
    ends = [words[place:] for place in range(len(words)) if place == 0 or len(words) - place > 1]
    told = [" ".join(map(re.escape, end)) for end in ends if end[0][:1].isupper() or end == words]
    return rf"(?<![\w.@/-])(?:{'|'.join(told)})(?![\w@/-]|\.\w)" if told else ""


@lru_cache(maxsize=256)
def _founded_by(passages: tuple[str, ...]) -> Founding:
    return reduce(Founding.joined, map(_founding, passages), founding.NOTHING)


_founding = lru_cache(maxsize=256)(founding.founding)
