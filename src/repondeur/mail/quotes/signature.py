"""What stands under a mail: the block below "-- " (RFC 3676, 4.3), lines like "Envoyé de mon iPhone", legal notices.

Closing words and a name ("Cordialement, Anne") stay with the text: the author wrote them now. So does a postscript.
"""

import re

from repondeur.mail.quotes import fold, words
from repondeur.mail.quotes.notice import RULE, ends_sentence, unwritten

_DELIMITER = re.compile(r"[ \t]?(?:--|—|––?|_{2,})[ \t\u00a0]*")
_MAX_LINES = 12
_MAX_CHARACTERS = 1200
_MAX_CONTACT_LINES, _LONGEST_CONTACT_LINE = 8, 70
_CONTACT = re.compile(r"(?:\+|\(?0)\d[\d ().-]{7,}|[^\s@]@[^\s@]+\.\w|(?:https?://|www\.)\S", re.IGNORECASE)
_QUESTION = 12
_WORDS = 5  # of a sentence below a line that is no "-- "
_SPOKEN = 40  # characters: a sentence with "I" in it
_PROSE = 100  # characters: a shorter paragraph below a delimiter may be a motto
_SENTENCE_END = re.compile(r"\w[.!?…。！？](?:\s|$)")


def without_signature(lines: list[str]) -> tuple[list[str], list[str]]:
    """(text, signature without its delimiter). All of a mail may be a device's line; nothing else signs alone."""
    first = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
    end = unwritten(lines, first)
    start, end_of_block = _block(lines, first, end)
    start = unwritten(lines[:start], first)
    kept = lines[:start] + lines[end_of_block:end]
    signature = [*lines[start:end_of_block], *lines[end:]]
    if signature and RULE.fullmatch(signature[0]):
        del signature[0]
    return kept, [line for line in signature if not _DELIMITER.fullmatch(line)]


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
    if paragraphs and paragraphs[0][0] > start + 1 and _is_sentence(lines[slice(*paragraphs[0])]):
        return end, end  # a delimiter has the signature right below
    ruled = lines[start].strip() not in ("--", "—", "–", "––")
    if ruled and any(ends_sentence(line) and len(line.split()) >= _WORDS for line in lines[start + 1 : end]):
        return end, end
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
            if found is not None and any(map(ends_sentence, lines[index + 1 : found])):
                # The author parts paragraphs with it.
                return None if any(map(ends_sentence, lines[found + 1 : end])) else found
            found = index
        if line.startswith(">"):
            break
        filled += bool(line)
        characters += len(line)
        if filled > _MAX_LINES + 1 or characters > _MAX_CHARACTERS:
            break
    return found


def _parts_text(lines: list[str], first: int, index: int) -> bool:
    """A line of underscores that is there twice, or "--" twice between blank lines."""
    others = lines[first:index] + lines[index + 1 :]
    apart = index + 1 < len(lines) and not lines[index + 1].strip()
    return lines[index] in others and (len(lines[index]) > 2 or apart)


def _contact_rule(lines: list[str], first: int, end: int) -> int | None:
    """ "-----" with nothing but short lines below, one of them a telephone number, an address or a page."""
    contact = gap = False
    filled = 0
    for index in range(end - 1, first, -1):
        line = lines[index].strip()
        if RULE.fullmatch(lines[index]):
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


def _is_sentence(paragraph: list[str]) -> bool:
    text = " ".join(line.strip() for line in paragraph)
    return ends_sentence(text) and not _CONTACT.search(text)


def _is_prose(paragraph: list[str]) -> bool:
    """Sentences, a question, or one who speaks of themselves; a footer of a list has an address in it."""
    text = " ".join(line.strip() for line in paragraph)
    said = ends_sentence(text)
    if said and len(text) >= _SPOKEN and any(notices.myself.search(fold(text)) for notices in words().notices):
        return True
    if _CONTACT.search(text):
        return False
    asks = len(text) >= _QUESTION and "?" in text
    return asks or (len(text) >= _PROSE and said and len(_SENTENCE_END.findall(text)) >= 2)
