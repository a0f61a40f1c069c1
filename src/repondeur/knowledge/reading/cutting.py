"""A long text in pieces that each make sense: cut between paragraphs, never in a sentence, a list or a table. Pure."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain, repeat
from typing import Final

PIECE: Final = 1_500  # characters
_PARAGRAPHS = re.compile(r"\n[ \t]*\n+")
_LIST_LINE = re.compile(r" *(?:[-+*•–|>] ?|\d{1,3}[.)] |[a-z][.)] )")
# A point after one or two letters is mostly an abbreviation, and a sentence begins with a capital or a number.
_SENTENCE = re.compile(r"(?:(?<=\w\w\w[.…])|(?<=[!?]))[\"»”')]?[ \n]+(?=[^\Wa-zß-ÿ]|[«“\"(–-])")
_LONGEST_LEAD: Final = 120  # characters of a line that stands above what it speaks of
_MOST_LEADS: Final = 3  # a heading, one below it, and a line that says what follows
_LONGEST_LIST: Final = 6_000  # characters that nobody takes for one list any more


def pieces(text: str, most: int = PIECE) -> list[str]:
    """The text in order, in pieces of about the same length, none longer than `most` unless one sentence or one list
    is. [] for an empty text."""
    text = text.strip()
    if len(text) <= most:
        return [text] if text else []
    blocks = list(_blocks(text, most))
    wanted = -(-len(text) // most)
    target = len(text) / wanted
    found: list[str] = []
    current = ""
    for gap, block in blocks:
        longer = f"{current}{gap}{block}" if current else block
        # Half of a block that goes over the target is nearer to it than none of it.
        if current and (len(longer) > most or len(current) + len(block) / 2 > target):
            found.append(current)
            current = block
        else:
            current = longer
    return [*found, current]


def _blocks(text: str, most: int) -> Iterator[tuple[str, str]]:
    """What is not to be cut, each with what stands between it and the one before."""
    for block in _whole(_PARAGRAPHS.split(text)):
        if len(block) <= most or (_is_list(block) and len(block) <= _LONGEST_LIST):
            yield "\n\n", block
        elif _is_list(block):
            yield from zip(chain(["\n\n"], repeat("\n")), block.split("\n"), strict=False)
        else:
            yield from _sentences(block)


def _whole(paragraphs: Iterable[str]) -> Iterator[str]:
    """Paragraphs, with what leads to the next one before it, and items of one list together."""
    current: list[str] = []
    for paragraph in paragraphs:
        led = len(current) <= _MOST_LEADS and all(map(_leads, current))
        belongs = current and (led or (_is_item(current[-1]) and _is_item(paragraph)))
        if current and not belongs:
            yield "\n\n".join(current)
            current = []
        current.append(paragraph)
    if current:
        yield "\n\n".join(current)


def _sentences(block: str) -> Iterator[tuple[str, str]]:
    start, gap = 0, "\n\n"
    for end in _SENTENCE.finditer(block):
        yield gap, block[start : end.start()] + end.group().rstrip()
        start, gap = end.end(), " "
    yield gap, block[start:]


def _leads(paragraph: str) -> bool:
    """A heading, or a line that says what follows."""
    last = paragraph.rstrip().rpartition("\n")[2]
    if last.endswith(":"):
        return True
    one_line = "\n" not in paragraph and len(paragraph) <= _LONGEST_LEAD
    return one_line and not _is_item(paragraph) and paragraph[-1:] not in set(".!?…;,)")


def _is_item(paragraph: str) -> bool:
    return bool(_LIST_LINE.match(paragraph))


def _is_list(paragraph: str) -> bool:
    """Most of its lines are items, or rows of a table."""
    lines = [line for line in paragraph.split("\n") if line]
    return len(lines) > 1 and 2 * sum(bool(_LIST_LINE.match(line)) for line in lines) >= len(lines)
