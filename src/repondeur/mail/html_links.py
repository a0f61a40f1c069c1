"""What links and pictures add to a text: the address behind words, the words instead of a picture."""

import re
from typing import Final
from urllib.parse import unquote

_LONGEST, _LONGEST_CUT = 300, 120  # characters
_WRAPPED: Final = (
    re.compile(r"https?://[\w.-]*safelinks\.protection\.outlook\.com/[^?]*\?(?:[^#]*&)?url=([^&#]+)", re.IGNORECASE),
    re.compile(r"https?://www\.google\.[a-z.]{2,6}/url\?(?:[^#]*&)?(?:q|url)=([^&#]+)", re.IGNORECASE),
    re.compile(r"https?://l\.facebook\.com/l\.php\?u=([^&#]+)", re.IGNORECASE),
)
_DEFENCE: Final = re.compile(r"https?://urldefense\.(?:com|us)/v3/__(.+?)__;", re.IGNORECASE)
_FILE = re.compile(r"\S{1,80}\.(?:png|jpe?g|gif|bmp|svg|webp|heic|tiff?|emz|wmz)", re.IGNORECASE)
# What Office writes into every picture by itself, in the languages of its users.
_BY_ITSELF = re.compile(
    r"g[ée]n[ée]r[ée]e? (?:automatiquement|par l)|automatically generated|ai-generated|ki-generiert"
    r"|automatisch (?:generiert|gegenereerd)|generad[ao] (?:autom|por)|generat[ao] (?:autom|dall)|gerad[ao] p",
    re.IGNORECASE,
)
_DECORATION = re.compile(
    r"\b(?:logo|ic[oô]ne?|image|photo|picture|bild|imagen|immagine|banner|bannière|banni[eè]re|pixel|spacer|tracker)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_LONGEST_ALT = 200


def address(target: str, shown: str) -> str:
    """What is to stand behind the shown words: " (https://…)", " <ann@shop.example>", or ""."""
    target = "".join(target.split())
    lowered = target[:8].lower()
    if lowered.startswith("mailto:"):
        mail = unquote(target[7:].partition("?")[0])
        return f" <{mail}>" if "@" in mail and "@" not in shown and len(mail) <= _LONGEST_CUT else ""
    if not lowered.startswith(("http://", "https://")):
        return ""
    target = unwrapped(target)
    if not shown or _bare(shown) in _bare(target):
        return ""
    if len(target) > _LONGEST:
        # The long part is for counting clicks; the place itself may still say something.
        target = target.partition("?")[0].partition("#")[0]
    return f" ({target})" if len(target) <= (_LONGEST if "?" in target else _LONGEST_CUT) else ""


def unwrapped(target: str) -> str:
    """The address that a filter on the way has put into one of its own."""
    for wrapped in _WRAPPED:
        if (found := wrapped.match(target)) and (inner := unquote(found.group(1))).lower().startswith("http"):
            return inner
    found = _DEFENCE.match(target)
    return found.group(1) if found else target


def _bare(link: str) -> str:
    link = " ".join(link.lower().split())
    return link.removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")


def picture_text(alt: str) -> str:
    """What stands for a picture: emoji as they are, a sentence in brackets, nothing for names and decoration."""
    text = " ".join(alt[: 2 * _LONGEST_ALT].split())
    if not text or len(text) > _LONGEST_ALT:
        return ""
    words = _WORD.findall(text)
    if not words:
        return "" if text.isascii() or len(text) > 8 else text
    if len(words) < 2 or _FILE.fullmatch(text) or _BY_ITSELF.search(text) or _DECORATION.search(text):
        return ""
    return f"[{text}]"
