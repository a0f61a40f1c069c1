"""Ways to write links and addresses so that a reader sees them and a program does not: spelled, escaped, bracketed."""

import re
from typing import Final

from repondeur.policy.claims.canonical import Canonical

# Where a host is only guessed, behind the word "point" or a dot and a space, its last name must be one of these; those
# that are words of French or English count behind "point" alone.
_TLDS: Final = (
    "com|net|org|fr|eu|example|exemple|invalid|io|biz|uk|ch|lu|nl|pt|ru|cn|tk|gg|cc|tv|pw|ws|ca|jp|xyz|icu|vip|website|"
    "zip|mov|mobi|bzh|gouv|gov|edu|onion|ai"
)
_WORDY_TLDS: Final = (
    rf"{_TLDS}|info|de|es|ly|us|in|top|app|dev|online|site|shop|store|club|live|link|click|help|support|tech|space|page|"
    "cloud|digital|email|bank|pay|finance|money|world|pro|name|asia|paris|co|me|be|it"
)
# Those that no word of French or English is, for where no more than a comma tells of a host.
SURE_TLDS: Final = "com|net|org|fr|io|biz|uk|ch|lu|nl|ru|cn|gg|cc|pw|ws|xyz|icu|zip|mov|mobi|bzh|gouv|gov|edu|onion"
_AROUND: Final = r"[^\w\x01]"
# Gates: what has to stand somewhere in a text before a pattern is looked for in it.
_BRACKETED_DOT: Final = re.compile(r"[\[({<]\s{0,3}(?:\.|dot|p[ou]n)")
_BRACKETED_AT: Final = re.compile(r"[\[({<]\s{0,3}(?:@|at|arobas|chez|a)\s{0,3}[\])}>]")
_MARKS: Final = r"\[\](){}<>\"'`~|_*:;,!?-"
_MARKED_DOT: Final = re.compile(rf"(?:\.[.{_MARKS}]{{1,7}}|[{_MARKS}]\.)(?:{_TLDS})(?![^\W_])")
_POINT: Final = re.compile(rf"p(?:oint|unto|unkt)\s{{1,3}}(?:{_WORDY_TLDS})\b")
_SURE_NAME: Final = re.compile(rf"[^\w.](?:{SURE_TLDS})\b")
# Each is looked for only where one of its signs stands.
_DISGUISES: Final[tuple[tuple[re.Pattern[str] | tuple[str, ...] | str, str, re.Pattern[str]], ...]] = (
    # Markdown's escapes, which its readers do not see.
    (("\\",), "", re.compile(r"\\(?=[.\-_@/:*#~|])(?<!\\\\)")),
    # What Markdown and HTML leave unseen, and a hyphen at a line's end.
    (("<!--",), "", re.compile(r"<!--[^>\n]{0,80}-->")),
    (
        ("<",),
        "",
        re.compile(r"(?<=[a-z])</?(?:b|i|u|s|em|strong|span|small|big|sub|sup|font|br|wbr)\s?/?>(?=[a-z<])"),
    ),
    (
        ("*", "''"),
        "",
        re.compile(
            r"(?<=[a-z])(?:\*{1,3}|''?')(?=[a-z])|(?<=\*\.)\*{1,3}(?=[a-z])|(?<=[a-z])\*{1,3}(?=\.\*{0,3}[a-z])"
        ),
    ),
    (("-\n",), "", re.compile(r"(?<=[a-z])-\n(?=[a-z])")),
    (("%", "&"), ".", re.compile(r"%2e|&period;|&#46;|&#x2e;")),
    (("%", "&"), "/", re.compile(r"%2f|&sol;|&#47;|&#x2f;")),
    (("%", "&"), ":", re.compile(r"%3a|&colon;|&#58;|&#x3a;")),
    (("%", "&"), "@", re.compile(r"%40(?=[a-z])|&commat;|&#64;|&#x40;")),
    # "support at shop dot example": only before a host that was spelled out itself.
    (("dot",), "@", re.compile(r"(?<=[^\W_])\s{1,3}at\s{1,3}(?=[\w-]{1,63}\s{1,3}dot\s)")),
    (
        _BRACKETED_DOT,
        ".",
        re.compile(r"\s{0,3}[\[({<]{1,4}\s{0,3}(?:\.|dot|point|punto|punkt|ponto)\s{0,3}[\])}>]{1,4}\s{0,3}"),
    ),
    # A dot that is told in words, with words around it: "then a dot then", "full stop", "point".
    (
        _SURE_NAME,
        ".",
        re.compile(
            rf"(?<=[^\W_]){_AROUND}{{1,4}}"
            rf"(?:(?:then|and|a|un|puis|et|the|le|followed by|suivi d'un){_AROUND}{{1,3}}){{0,4}}"
            rf"(?:dot|full stop|stop|period|point?|pt|pnt){_AROUND}{{1,4}}"
            rf"(?:(?:then|and|puis|et){_AROUND}{{1,3}}){{0,2}}"
            rf"(?=(?:{SURE_TLDS})\b)"
        ),
    ),
    (("dot", "point"), ".", re.compile(rf"[dp](?<=[^\W_]{{3}})o(?:int|t)(?=(?:{SURE_TLDS})\b)")),
    # Another sign in the place of the dot, close to both sides or away from both.
    (_SURE_NAME, ".", re.compile(rf"(?<=[^\W_])[,;:|*°=^\"\\]{{1,3}}(?=(?:{SURE_TLDS})\b)")),
    (_SURE_NAME, ".", re.compile(rf"(?<=[^\W_]) {{1,2}}[*°]{{1,2}} {{1,2}}(?=(?:{SURE_TLDS})\b)")),
    (
        _SURE_NAME,
        ".",
        re.compile(rf"(?<=[^\W_])[\"| ]{{1,4}}\.[\"| ]{{1,4}}(?=(?:{SURE_TLDS})\b)"),
    ),
    (_MARKED_DOT, ".", re.compile(rf"(?<=[^\W_])[{_MARKS}]{{0,4}}\.{{1,4}}[{_MARKS}]{{0,4}}(?=(?:{_TLDS})(?![^\W_]))")),
    (_SURE_NAME, ".", re.compile(r"(?<=[^\W_])(?:, |[ \n])(?=com\b(?!['-]))")),
    (("_com", "_net", "_org", "_fr"), ".", re.compile(r"(?<=[^\W_])_(?=(?:com|net|org|fr)\b)")),
    (("www", "w w"), "www.", re.compile(r"\bw ?w ?w\s{1,3}(?=[^\W_])")),
    (("dot", "d0t"), ".", re.compile(r"(?<=[^\W_])[\s_-]{1,3}(?:dot|d0t)[\s_-]{1,3}(?=[^\W_])")),
    (
        _POINT,
        ".",
        re.compile(rf"(?<=[^\W_])\s{{1,3}}(?:point|punto|punkt)\s{{1,3}}(?=(?:{_WORDY_TLDS})\b)"),
    ),
    ("·•", ".", re.compile(rf"(?<=[^\W_])[·•](?=(?:{_TLDS})\b)")),
    # "The .com" names no host.
    (
        (" .", "\n."),
        ".",
        re.compile(
            r"(?<=[^\W_])(?<!\bthe)(?<!\bfor)(?<!\ban)(?<!\ba)(?<!\band)(?<!\bor)(?<!\bof)(?<!\bto)(?<!\bin)(?<!\bwith)(?<!\byour)"
            r"(?<!\ble)(?<!\bles)(?<!\bun)(?<!\bdes)(?<!\bdu)(?<!\bde)(?<!\bpour)(?<!\bet)(?<!\bou)(?<!\ben)(?<!\bvotre)"
            r"\s{1,3}\.\s{0,3}(?=[^\W_])"
        ),
    ),
    ((". ", ".\n"), ".", re.compile(rf"\.(?<=[^\W_]\.)\s{{1,3}}(?=(?:{_TLDS})\b)")),
    ((".\n", ".\r"), ".", re.compile(r"\.(?<=[^\W_]\.)[\n\r]{1,2}(?=[^\W_]{2,24}/)")),
    (
        _BRACKETED_AT,
        "@",
        re.compile(r"\s{0,3}[\[({<]{1,4}\s{0,3}(?:@|at|arobase|arobas|chez|a)\s{0,3}[\])}>]{1,4}\s{0,3}"),
    ),
    (("arobas", "at sign", "at-sign"), "@", re.compile(r"\s{1,3}(?:arobase|arobas|at sign|at-sign)\s{1,3}")),
    (("@",), "@", re.compile(r"\s{0,3}@\s{0,3}(?=[^\W_])")),
    (("slash", "oblique"), "/", re.compile(r"\s{1,3}(?:slash|forward slash|barre oblique)\s{1,3}")),
    (
        ("http", "//"),
        "",
        re.compile(r"(?<=[:/])\s{1,3}(?=/)|(?<=\bhttps)\s{1,3}(?=:)|(?<=\bhttp)\s{1,3}(?=:)|(?<=://)\s{1,3}"),
    ),
)


def plain(text: Canonical) -> Canonical:
    """With dots, at signs and slashes where they were spelled, escaped or bracketed."""
    gates: dict[re.Pattern[str], bool] = {}
    for needs, by, pattern in _DISGUISES:
        if isinstance(needs, re.Pattern):
            if needs not in gates:
                gates[needs] = bool(needs.search(text.text))
            needed = gates[needs]
        else:
            needed = any(sign in text.text for sign in needs)
        if needed:
            text = text.replaced(pattern, by)
    return text
