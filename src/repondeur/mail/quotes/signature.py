"""What stands under a mail: the block below "-- " (RFC 3676, 4.3), lines like "Envoyé de mon iPhone", legal notices.

Closing words and a name ("Cordialement, Anne") stay with the text: the author wrote them now. So does a postscript.
"""

import re

from repondeur.mail.quotes import fold, words

_DELIMITER = re.compile(r"[ \t]?(?:--|—|––?|_{2,})[ \t\u00a0]*")
# A line that only signs where contact data follow: people also part their text with it.
_RULE = re.compile(r"[ \t]*(?:-{3,}|={3,}|~{3,}|\*{3,}|#{3,}|_{2,})[ \t]*")
_MAX_LINES = 12
_MAX_CHARACTERS = 1200
_MAX_CONTACT_LINES, _LONGEST_CONTACT_LINE = 8, 70
_CONTACT = re.compile(r"(?:\+|\(?0)\d[\d ().-]{7,}|[^\s@]@[^\s@]+\.\w|(?:https?://|www\.)\S", re.IGNORECASE)
_QUESTION = 12
_PROSE = 100  # characters: a shorter paragraph below a delimiter may be a motto
_SENTENCE_END = re.compile(r"\w[.!?…。！？](?:\s|$)")
# A notice is longer than this, or has another one beside it.
_SHORTEST_NOTICE, _LONGEST_NOTICE = 100, 3_000
_MAX_NOTICE_LINES = 60
_WRAPPED_LINE = 55
_MAX_BANNER_LINES = 6

_LINK = re.compile(
    r"\[([^\[\]\n]{0,80})\]\([^()\s]{1,400}\)|\s?(?:<[^<>\s]{1,400}>|\((?:https?://|mailto:)[^()\s]{1,400}\))"
)
_UNSEEN = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff\u00ad]")


def without_signature(lines: list[str]) -> tuple[list[str], list[str]]:
    """(text, signature without its delimiter). All of a mail may be a device's line; nothing else signs alone."""
    first = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
    end = _unwritten(lines, first)
    start, end_of_block = _block(lines, first, end)
    start = _unwritten(lines[:start], first)
    kept = lines[:start] + lines[end_of_block:end]
    signature = [*lines[start:end_of_block], *lines[end:]]
    if signature and _RULE.fullmatch(signature[0]):
        del signature[0]
    return kept, [line for line in signature if not _DELIMITER.fullmatch(line)]


def without_banner(lines: list[str]) -> tuple[list[str], list[str]]:
    """(text, what a gateway put above it: "CAUTION: this e-mail came from outside"). Something must follow it."""
    first = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
    end = first
    while end < len(lines) and lines[end].strip() and (end == first or len(lines[end - 1]) >= _WRAPPED_LINE):
        end += 1
    short = end - first <= _MAX_BANNER_LINES and any(line.strip() for line in lines[end:])
    if not short or not words().banner.search(_folded(lines[first:end])):
        return lines, []
    return lines[end:], lines[first:end]


def is_device_line(line: str) -> bool:
    """ "Envoyé de mon iPhone" and whatever else a program writes below a text, links and invisible signs apart."""
    if len(line) >= 500:
        return False
    shown = fold(_LINK.sub(r"\1", _UNSEEN.sub("", line)))
    return len(shown) < 200 and bool(words().device.fullmatch(shown))


def _unwritten(lines: list[str], first: int) -> int:
    """Where the lines of devices and the notices at the end begin; len(lines) when there are none."""
    cut = position = len(lines)
    waiting = 0  # paragraphs that count only if a notice stands above them
    while position > first:
        line = lines[position - 1]
        if not line.strip() or _RULE.fullmatch(line):
            position -= 1
        elif is_device_line(line):
            position -= 1
            cut = cut if waiting else position
        else:
            start = _paragraph_start(lines, position, first)
            begins = _notice_begins(lines[start:position], beside=cut < len(lines) or bool(waiting))
            if begins is not None and start + begins > first:
                cut = position = start + begins
                waiting = 0
                if begins:
                    break
            elif waiting < 4 and start > first and words().notice_also.search(_folded(lines[start:position])):
                position = start
                waiting += 1
            else:
                break
    return _above_rule(lines, first, cut)


def _above_rule(lines: list[str], first: int, cut: int) -> int:
    """A notice is often set between lines of stars."""
    above = cut
    while len(lines) > above > first and not lines[above - 1].strip():
        above -= 1
    return above - 1 if len(lines) > cut and above - 1 > first and _RULE.fullmatch(lines[above - 1]) else cut


def _paragraph_start(lines: list[str], end: int, first: int) -> int:
    start = end
    while (
        start > max(first, end - _MAX_NOTICE_LINES)
        and lines[start - 1].strip()
        and not _RULE.fullmatch(lines[start - 1])
    ):
        start -= 1
    return start


def _folded(paragraph: list[str]) -> str:
    return fold(" ".join(paragraph)[:_LONGEST_NOTICE])


def _notice_begins(paragraph: list[str], *, beside: bool) -> int | None:
    """The line of the paragraph at which a notice begins; a name may stand right above it."""
    text = " ".join(paragraph)
    if not beside and len(text) < _SHORTEST_NOTICE:
        return None
    found = words().notice.search(_folded(paragraph))
    if not found:
        return None
    # Folding changes lengths a little; the line is near enough.
    begins = passed = 0
    while begins + 1 < len(paragraph) and passed + len(fold(paragraph[begins])) < found.start():
        passed += len(fold(paragraph[begins])) + 1
        begins += 1
    while begins and len(paragraph[begins - 1]) >= _WRAPPED_LINE and not _ends_sentence(paragraph[begins - 1]):
        begins -= 1
    return begins


def _ends_sentence(line: str) -> bool:
    return line.rstrip().endswith((".", "!", "?", ":"))


def _block(lines: list[str], first: int, end: int) -> tuple[int, int]:
    """(start, end) of the signature above `end`, its delimiter included; (end, end) when there is none."""
    start = _delimiter(lines, first, end)
    if start is None:
        start = _contact_rule(lines, first, end)
    above = next((line for line in reversed(lines[first : start or first]) if line.strip()), "")
    # "Mes coordonnées :" and a line of dashes introduce something.
    if start is None or above.rstrip().endswith((":", "：")):
        return end, end
    paragraphs = _paragraphs(lines, start + 1, end)
    for begins, ends in paragraphs:
        if words().postscript.match(lines[begins].strip()) and begins > paragraphs[0][0]:
            return start, begins
        if _is_prose(lines[begins:ends]):
            return end, end
    return start, end


def _delimiter(lines: list[str], first: int, end: int) -> int | None:
    """The topmost delimiter with little enough below it; looked for from the end. Something must stand above it.

    It counts only when what follows is short and not a quote: longer texts below a line of dashes are text.
    """
    found = None
    filled = characters = 0
    for index in range(end - 1, first, -1):
        line = lines[index].strip()
        if _DELIMITER.fullmatch(lines[index]) and not _parts_text(lines, first, index):
            if found is not None and any(map(_ends_sentence, lines[index + 1 : found])):
                break  # the author parts paragraphs with it
            found = index
        if line.startswith(">"):
            break
        filled += bool(line)
        characters += len(line)
        if filled > _MAX_LINES + 1 or characters > _MAX_CHARACTERS:
            break
    return found


def _parts_text(lines: list[str], first: int, index: int) -> bool:
    """A line of underscores that is there twice."""
    return len(lines[index]) > 2 and lines[index] in lines[first:index] + lines[index + 1 :]


def _contact_rule(lines: list[str], first: int, end: int) -> int | None:
    """ "-----" with nothing but short lines below, one of them a telephone number, an address or a page."""
    contact = gap = False
    filled = 0
    for index in range(end - 1, first, -1):
        line = lines[index].strip()
        if _RULE.fullmatch(lines[index]):
            return index if contact and not _parts_text(lines, first, index) else None
        filled += bool(line)
        if gap and line:
            return None
        gap = bool(filled) and not line
        if filled > _MAX_CONTACT_LINES or len(line) > _LONGEST_CONTACT_LINE or line.endswith((".", "?", "!", ":", ",")):
            return None
        contact = contact or bool(_CONTACT.search(line))
    return None


def _paragraphs(lines: list[str], start: int, end: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for index in range(start, end):
        if not lines[index].strip():
            continue
        if found and found[-1][1] == index:
            found[-1] = (found[-1][0], index + 1)
        else:
            found.append((index, index + 1))
    return found


def _is_prose(paragraph: list[str]) -> bool:
    """Sentences, or a question; a footer of a list has an address in it."""
    text = " ".join(line.strip() for line in paragraph)
    if _CONTACT.search(text):
        return False
    asks = any(len(line) >= _QUESTION and line.rstrip().endswith("?") for line in paragraph)
    return asks or (len(text) >= _PROSE and _ends_sentence(text) and len(_SENTENCE_END.findall(text)) >= 2)
