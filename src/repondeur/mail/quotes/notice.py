"""What programs and firms set below a text: "Envoyé de mon iPhone", confidentiality notices.

People write such sentences too ("Ce message est confidentiel."). So a notice is long, has only its like below it, and
nobody speaks of themselves in it.
"""

import re

from repondeur.mail.quotes import fold, words

# A line that only parts.
RULE = re.compile(r"[ \t]*(?:-{3,}|={3,}|~{3,}|\*{3,}|#{3,}|_{2,})[ \t]*")
WRAPPED_LINE = 55  # characters: a line this long was wrapped by a program, or is a whole paragraph
_SHORTEST_NOTICE, _LONGEST_NOTICE = 100, 3_000
_SURE = 2  # sentences of a notice, where it also speaks of "me"
_MAX_NOTICE_LINES = 60
_MAX_BANNER_LINES = 6
_MORE_WORDS = 5  # behind a comma in the name of a device
_SENTENCE_END = re.compile(r"[.!?…。！？][\"”»)]?$")
_LINK = re.compile(
    r"\[([^\[\]\n]{0,80})\]\([^()\s]{1,400}\)|\s?(?:<[^<>\s]{1,400}>|\((?:https?://|mailto:)[^()\s]{1,400}\))"
)
_UNSEEN = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff\u00ad]")
# Names of devices, programs and firms, folded; and other scripts, whose patterns say enough.
_PRODUCT = re.compile(
    r"\b(?:iphone|ipad|ipod|ios|macbook|mac|apple|android|galaxy|samsung|huawei|xiaomi|redmi|oppo|oneplus|pixel|nokia"
    r"|xperia|sony|motorola|htc|honor|realme|wiko|fairphone|crosscall|blackberry|windows|outlook|hotmail|yahoo|gmail"
    r"|google|proton ?mail|proton|thunderbird|icloud|aol|gmx|web\.de|t-online|telekom|vodafone|verizon|at&t|t-mobile"
    r"|orange|sfr|laposte|bouygues|infomaniak|bluemail|airmail|fairemail|k-9|mailbird|em client|superhuman|zoho|yandex"
    r"|mail\.ru|tuta(?:nota)?|zimbra|roundcube|mobile|mobil\w{0,8}|smartphone|[a-z]{0,6}phone|telefon\w{0,6}|telemovel"
    r"|movil|cellulare|portable|tablet\w{0,3}|handy|app|webmail|vir[eiu]\w{0,5}|avast|avg|norton|mcafee|kaspersky|eset"
    r"|impri\w+|print\w*|stamp\w+|ausdruck\w*|druck\w*|afdruk\w*|papier)\b|[^\W\d_a-z]"
)


def unwritten(lines: list[str], first: int) -> int:
    """Where the lines of devices and the notices at the end begin; len(lines) when there are none."""
    cut = position = len(lines)
    waiting = 0  # paragraphs that count only if a notice stands above them
    noticed = False
    while position > first:
        line = lines[position - 1]
        if not line.strip() or RULE.fullmatch(line):
            position -= 1
        elif is_device_line(line) and (names_product(line) or _stands_alone(lines, position - 1)):
            position -= 1
            cut = cut if waiting else position
        else:
            start = _paragraph_start(lines, position, first)
            begins = _notice_begins(lines[start:position], beside=noticed)
            if begins is not None and start + begins > first:
                cut = position = start + begins
                waiting, noticed = 0, True
                if begins:
                    break
            elif waiting < 4 and start > first and _belongs_to_notice(lines[start:position]):
                position = start
                waiting += 1
            else:
                break
    return _above_rule(lines, first, cut)


def without_banner(lines: list[str]) -> tuple[list[str], list[str]]:
    """(text, what a gateway put above it: "CAUTION: this e-mail came from outside"). Something must follow it."""
    first = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
    end = first
    while end < len(lines) and lines[end].strip() and (end == first or len(lines[end - 1]) >= WRAPPED_LINE):
        end += 1
    short = end - first <= _MAX_BANNER_LINES and any(line.strip() for line in lines[end:])
    if not short or not words().banner.search(_folded(lines[first:end])):
        return lines, []
    return lines[end:], lines[first:end]


def is_device_line(line: str) -> bool:
    """ "Envoyé de mon iPhone" and whatever else a program writes below a text, links and invisible signs apart."""
    if not 4 <= len(line) < 500:
        return False
    shown = _shown(line)
    if len(shown) >= 200:
        return False
    # "Sent from my Verizon, Samsung Galaxy smartphone", but not "Sent from my heart, this is a complaint".
    thing, comma, more = shown.partition(", ")
    if comma and len(more.split()) <= _MORE_WORDS and _PRODUCT.search(more) and words().device.fullmatch(thing):
        return True
    return bool(words().device.fullmatch(shown))


def names_product(line: str) -> bool:
    """Is this device's line surely one? "Sent from Paris by post." may be a sentence."""
    return bool(_PRODUCT.search(_shown(line)))


def _shown(line: str) -> str:
    return fold(_LINK.sub(r"\1", _UNSEEN.sub("", line)))


def _stands_alone(lines: list[str], index: int) -> bool:
    """Without a name that is known it takes a paragraph of its own, and no sentence."""
    above = lines[index - 1] if index else ""
    return not (above.strip() and not RULE.fullmatch(above)) and not _SENTENCE_END.search(lines[index].rstrip())


def _above_rule(lines: list[str], first: int, cut: int) -> int:
    """A notice is often set between lines of stars."""
    above = cut
    while len(lines) > above > first and not lines[above - 1].strip():
        above -= 1
    return above - 1 if len(lines) > cut and above - 1 > first and RULE.fullmatch(lines[above - 1]) else cut


def _paragraph_start(lines: list[str], end: int, first: int) -> int:
    start = end
    while (
        start > max(first, end - _MAX_NOTICE_LINES)
        and lines[start - 1].strip()
        and not RULE.fullmatch(lines[start - 1])
    ):
        start -= 1
    return start


def _folded(paragraph: list[str]) -> str:
    return fold(" ".join(paragraph)[:_LONGEST_NOTICE])


def _notice_begins(paragraph: list[str], *, beside: bool) -> int | None:
    """The line of the paragraph at which a notice begins; a name may stand right above it."""
    if not beside and sum(map(len, paragraph)) < _SHORTEST_NOTICE:
        return None
    found = words().notice.search(_folded(paragraph))
    if not found:
        return None
    # Folding changes lengths a little; the line is near enough.
    begins = passed = 0
    while begins + 1 < len(paragraph) and passed + len(fold(paragraph[begins])) < found.start():
        passed += len(fold(paragraph[begins])) + 1
        begins += 1
    while begins and len(paragraph[begins - 1]) >= WRAPPED_LINE and not ends_sentence(paragraph[begins - 1]):
        begins -= 1
    return begins if _is_notice(paragraph[begins:], beside=beside) else None


def _is_notice(lines: list[str], *, beside: bool) -> bool:
    """beside: another notice stands below, and a short one is believed."""
    text = _folded(lines)
    if not beside and len(text) < _SHORTEST_NOTICE:
        return False
    return _is_one_text(lines) and _is_impersonal(text)


def _belongs_to_notice(lines: list[str]) -> bool:
    text = _folded(lines)
    return bool(words().notice_also.search(text)) and _is_one_text(lines) and _is_impersonal(text)


def _is_one_text(lines: list[str]) -> bool:
    """Lines that are full, or legal by themselves: what somebody typed line by line is not one text."""
    if len(lines) > 1 and len(lines[-2]) >= WRAPPED_LINE and not _SENTENCE_END.search(lines[-2]):
        lines = lines[:-1]  # the end of a sentence
    return all(len(line) >= WRAPPED_LINE or _is_legal(line) for line in lines)


def _is_legal(line: str) -> bool:
    text = fold(line)
    return bool(words().notice.search(text) or words().notice_also.search(text))


def _is_impersonal(text: str) -> bool:
    """Nobody asks or speaks of themselves in a notice, unless it is surely one ("please notify me and delete it")."""
    if "?" in text:
        return False
    spoken = [notices for notices in words().notices if notices.begins.search(text) or notices.also.search(text)]
    if not any(notices.myself.search(text) for notices in spoken):
        return True
    return max(len(notices.begins.findall(text)) + len(notices.also.findall(text)) for notices in spoken) > _SURE


def ends_sentence(line: str) -> bool:
    return line.rstrip().endswith((".", "!", "?", ":"))
