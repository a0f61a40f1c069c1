"""The line above an old mail: "---------- Forwarded message ---------", "> Début du message réexpédié :"."""

from typing import Literal

from repondeur.mail.quotes import fold, words
from repondeur.mail.quotes.attribution import ends_with_verb

# unknown: framed like one, in words that no table has; what follows has to tell. above: "## Reply above this line ##".
Separator = Literal["forwarded", "original", "above", "unknown"]

_FRAME = " \t*_=~#+<>«»‐–—-"
_FRAME_BEGINS = "-_=~#*‐–—"
_SHORTEST, _LONGEST = 4, 80
_SHORTEST_TICKET = 12
_SCISSORS = "8<"  # The Bat!: ===8<=======Original message text=======


def separator(line: str) -> Separator | None:
    """What the line announces, by its words; quote marks before it do not matter."""
    text = line.lstrip(" \t>").rstrip()
    if not _SHORTEST <= len(text) <= 2 * _LONGEST:
        return None
    core = text.strip(_FRAME)
    framed = len(text) - len(text.lstrip(_FRAME)) >= 2 and text.lstrip("<«").startswith(tuple(_FRAME_BEGINS))
    introduces = core.endswith((":", "："))
    if text.startswith("##") and text.endswith("##") and len(core) >= _SHORTEST_TICKET:
        return "above"
    # As Zoho and Orange write: ---- Ann Old wrote ----
    if text.startswith("---") and text.endswith("---") and ends_with_verb(core):
        return "original"
    if not (framed or introduces) or not _SHORTEST <= len(core) <= _LONGEST:
        return None
    phrase = fold(core.removeprefix(_SCISSORS).strip(_FRAME).rstrip(":： "))
    if framed and words().reply_above.search(phrase):
        return "above"
    meaning = _meaning(phrase, framed=framed)
    if meaning or not introduces:
        return meaning or ("unknown" if text.endswith(("--", "==", "__", "~~")) else None)
    return "unknown" if not framed and line.lstrip().startswith(">") else None


def ends_forward(line: str) -> bool:
    """ "----- End forwarded message -----"."""
    text = line.lstrip(" \t>").rstrip()
    return text.startswith(("--", "==")) and fold(text.strip(_FRAME).removeprefix(_SCISSORS).strip(_FRAME)).startswith(
        words().forwarded_end
    )


def _meaning(phrase: str, *, framed: bool) -> Separator | None:
    """Also with something behind, in a frame: "forwarded by … on …", "message transféré de …", "välitetty viesti /"."""
    known = words()
    for start in (phrase, phrase.split(" / ", maxsplit=1)[0]):
        if start in known.forwarded:
            return "forwarded"
        if start in known.original:
            return "original"
    if framed and phrase.startswith(known.forwarded_begins):
        return "forwarded"
    return "original" if framed and phrase.startswith(known.original_begins) else None
