"""What names or finds a person in a mail, replaced by words that say only its kind, and put back into an answer. Pure.

The same thing has the same word in all texts of a question; no word is the beginning of another one. Whoever writes
such a word into a mail gets a word for it: nothing but what stood there is ever put back. See
docs/decisions/pseudonyms.md.
"""

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import islice

from repondeur.engines import people
from repondeur.engines.personal import KINDS, TOKEN, Kind, Span, identifiers, key
from repondeur.engines.putting_back import PutBack, mangled, put_back

_LETTERS = "ABCDEFGH"  # of the parts of a name
_RUN = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"\d+")
# Between two words of one name.
_GAP = re.compile(r"[\s'’.,-]{1,3}")


class Pseudonyms:
    """names: of people who write or are written to, the most telling first. guessed: those of them that an address is
    made of. values: what surely leads to somebody, wherever it stands. texts: all that will be replaced in. public:
    what a model is shown anyway: of that, only names of people are replaced. our_name: no name in a text is taken for
    somebody's that is part of it.
    """

    def __init__(
        self,
        texts: Sequence[str],
        *,
        names: Iterable[str] = (),
        guessed: Container[str] = (),
        values: Iterable[tuple[Kind, str]] = (),
        public: str = "",
        our_name: str = "",
    ) -> None:
        self._public = _words_of(public)
        self._found: dict[str, list[Span]] = {}
        self._spelt: dict[tuple[Kind, str], str] = {}
        self._order: dict[Kind, list[tuple[Kind, str]]] = {kind: [] for kind in KINDS}
        self._literal: dict[str, tuple[Kind, str]] = {}
        self._lengths: dict[str, set[int]] = {}
        self._people: list[str] = []
        self._whole: dict[tuple[str, ...], int] = {}
        self._first: set[str] = set()
        self._part: dict[str, tuple[int, int]] = {}
        self._small: frozenset[str] = frozenset()
        said, ours = frozenset(people.parts_of_all(public)), frozenset(people.parts_of_all(our_name))
        for kind, value in values:
            self._register(kind, value)
        for name in names:
            self._add_person(name)
        of_header, told = len(self._people), frozenset(part for part in self._part if not people.is_word(part))
        self._small = frozenset(self._part)
        made: set[str] = set()
        for text in texts:
            for name in dict.fromkeys(people.named(text)):
                if not ours.issuperset(people.parts(name)):
                    self._add_person(name)
            for name in people.beside(text, told, said | ours) if told else ():
                self._add_person(name)
                made |= {part for part in people.parts(name) if " " not in name}
        self._small |= made
        for text in texts:
            spans = self._found[text] = identifiers(text)
            for span in spans:
                self._register(span.kind, text[span.start : span.end])
            for name in dict.fromkeys(people.with_given_name(text)):
                # A brand that the passages speak of may sound like somebody.
                if not (said | ours).issuperset(people.parts(name)):
                    self._add_person(name)
        self._people[:of_header] = people.spelt(self._people[:of_header], guessed, texts)
        self._skipped = frozenset(int(found[0]) for one in TOKEN.finditer(public) if (found := _DIGITS.search(one[0])))
        most = max(len(self._people), *(len(one) for one in self._order.values()))
        self._numbers = self._numbered(most)
        self._values = self._tokens()
        self._left = mangled(public)

    @property
    def any(self) -> bool:
        return bool(self._values)

    def hidden(self, text: str, *, gone: bool = False) -> str:
        """The text with the words instead; gone: with nothing instead."""
        shown: list[str] = []
        end = 0
        for start, stop, token in self._places(text):
            shown += [text[end:start], "" if gone else token]
            end = stop
        return "".join([*shown, text[end:]])

    def put_back(self, text: str) -> PutBack:
        """A text of the model with the values instead of the words."""
        return put_back(text, self._values, self._left)

    def _register(self, kind: Kind, value: str) -> None:
        known = (kind, key(kind, value))
        if not known[1] or (kind != "TEXT" and f" {' '.join(_RUN.findall(value.casefold()))} " in self._public):
            return
        if known not in self._spelt:
            self._spelt[known] = value
            self._order[kind].append(known)
        bare = value.lstrip("+( ").casefold()
        first = _RUN.match(bare)
        if first and len(bare) >= 3:
            self._literal.setdefault(bare, known)
            self._lengths.setdefault(first.group(), set()).add(len(bare))

    def _add_person(self, name: str) -> None:
        """Nobody new where all the words are known people's. A name of very many words counts as several."""
        name = people.without_nobody(" ".join(name.split()))
        found = list(people.words_in(name))
        for start in range(0, len(found), people.MOST_WORDS):
            some = found[start : start + people.MOST_WORDS]
            self._add_words(name[some[0].start() : some[-1].end()])

    def _add_words(self, name: str) -> None:
        words = people.parts(name)
        if not words or words in self._whole or all(word in self._part for word in words):
            return
        if len(words) == 1 and len(words[0]) < 2:
            return
        number = len(self._people)
        self._people.append(name)
        self._whole[words] = number
        self._first.add(words[0])
        for place, word in enumerate(words[: len(_LETTERS)]):
            if len(word) > 1 and word not in people.LINKS:
                self._part.setdefault(word, (number, place))

    def _numbered(self, most: int) -> list[int]:
        """All with as many digits, so that one that is cut off is not another one; none that the public texts have."""
        digits = 1
        while 9 * 10 ** (digits - 1) < most + len(self._skipped):
            digits += 1
        numbers = (number for number in range(10 ** (digits - 1), 10**digits) if number not in self._skipped)
        return list(islice(numbers, most))

    def _token(self, kind: Kind, place: int, part: str = "") -> str:
        return f"{kind}_{self._numbers[place]}{part}"

    def _tokens(self) -> dict[str, str]:
        """The value of each word, in the form of `_plain`."""
        found: dict[str, str] = {}
        for kind, known in self._order.items():
            found |= {self._token(kind, place): self._spelt[one] for place, one in enumerate(known)}
        for place, name in enumerate(self._people):
            found[self._token("PERSON", place)] = name
            spelt = [word.group() for word in people.words_in(name)]
            found |= {
                self._token("PERSON", place, _LETTERS[at]): word for at, word in enumerate(spelt[: len(_LETTERS)])
            }
        return found

    def _places(self, text: str) -> list[tuple[int, int, str]]:
        """What is replaced, in order and without overlaps."""
        taken = bytearray(len(text))
        found: list[tuple[int, int, str]] = []
        place = {known: at for order in self._order.values() for at, known in enumerate(order)}

        def take(start: int, end: int, token: str) -> None:
            if not any(taken[start:end]):
                taken[start:end] = b"\1" * (end - start)
                found.append((start, end, token))

        for span in self._found[text] if text in self._found else identifiers(text):
            known = (span.kind, key(span.kind, text[span.start : span.end]))
            if known in place:
                take(span.start, span.end, self._token(span.kind, place[known]))
        for span, known in self._literals(text):
            take(span.start, span.end, self._token(span.kind, place[known]))
        for start, end, number, part in self._names(text):
            take(start, end, self._token("PERSON", number, part))
        return sorted(found)

    def _literals(self, text: str) -> Iterator[tuple[Span, tuple[Kind, str]]]:
        for run in _RUN.finditer(text):
            for length in sorted(self._lengths.get(run.group().casefold(), ()), reverse=True):
                end = run.start() + length
                known = self._literal.get(text[run.start() : end].casefold())
                if known and not (text[end - 1 : end].isalnum() and text[end : end + 1].isalnum()):
                    yield Span(run.start(), end, known[0]), known
                    break

    def _names(self, text: str) -> Iterator[tuple[int, int, int, str]]:
        words = [(found.start(), found.end(), found.group()) for found in people.words_in(text)]
        plain = [people.folded(word) for _, _, word in words]
        at, behind = 0, -1
        while at < len(words):
            many = self._whole_at(plain, words, at, text)
            if many:
                number = self._whole[tuple(plain[at : at + many])]
                yield words[at][0], words[at + many - 1][1], number, ""
            elif plain[at] in self._part and self._means_somebody(words, plain, at, text, behind):
                number, place = self._part[plain[at]]
                alone = len(people.parts(self._people[number])) == 1
                yield words[at][0], words[at][1], number, "" if alone else _LETTERS[place]
                many = 1
            at += many or 1
            behind = words[at - 1][1] if many else behind

    def _whole_at(self, plain: Sequence[str], words: Sequence[tuple[int, int, str]], at: int, text: str) -> int:
        """How many words from here on are the whole of a name, two or more."""
        if plain[at] not in self._first:
            return 0
        for many in range(min(people.MOST_WORDS, len(words) - at), 1, -1):
            if tuple(plain[at : at + many]) in self._whole and all(
                _GAP.fullmatch(text, words[one][1], words[one + 1][0]) for one in range(at, at + many - 1)
            ):
                return many
        return 0

    def _means_somebody(
        self, words: Sequence[tuple[int, int, str]], plain: Sequence[str], at: int, text: str, behind: int
    ) -> bool:
        """In small letters only the names of those who write or are written to are taken for names. A word of the
        language is one only where it is written as one: in capitals, and not because a sentence begins, or behind a
        title or another part of a name. behind: where such a part ended last."""
        start, end, word = words[at]
        capital = word[:1].isupper()
        if not people.is_word(plain[at]):
            return capital or (plain[at] in self._small and len(word) > 2)
        if not capital:
            return False
        if start - behind == 1 or (at > 0 and people.is_title(words[at - 1][2]) and start - words[at - 1][1] <= 2):
            return True
        if self._behind_initial(words, plain, at, text):
            return True
        before = text[max(0, start - 8) : start].rstrip(' \t>\u00a0"«“(')[-1:]
        follows = text[end : end + 2].strip(" ,.")[:1]
        alone = before in {"", "\n"} and (follows in {"", "\n"})
        return alone or before not in {"", "\n", ".", "!", "?", ":", "…", "-", "•"}

    def _behind_initial(self, words: Sequence[tuple[int, int, str]], plain: Sequence[str], at: int, text: str) -> bool:
        """ "C. Roux" of Camille Roux."""
        if at == 0 or len(plain[at - 1]) != 1 or text[words[at - 1][1] : words[at][0]].strip() != ".":
            return False
        return any(part.startswith(plain[at - 1]) for part in people.parts(self._people[self._part[plain[at]][0]]))


def _words_of(text: str) -> str:
    return f" {' '.join(_RUN.findall(text.casefold()))} "
