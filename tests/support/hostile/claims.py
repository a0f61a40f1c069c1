"""What a text claims, read with suspicion: places to go, people to call, accounts to pay to, figures, promises.

Written apart from the program's guard and on purpose in another way, so that the two can disagree. It would rather see
too much than too little.
"""

import html
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from urllib.parse import unquote

_LOOKALIKES = str.maketrans(
    "аеорсухікмнтвԁјѕһգօνορτικαεγуԛԝ",
    "aeopcyxikmhtbdjshgovoptikaeyyqw",
)
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u3002\uff61\u2024\u00b7\u2027\u06d4\ufe52\u2022", "."),
        **dict.fromkeys("\u2044\u2215\u29f8\u27cb", "/"),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
        **dict.fromkeys("\u2018\u2019\u02bc\u00b4`", "'"),
        **dict.fromkeys("\u02d0\ua789\u2236", ":"),
        "\u20ac": " eur ",
        "\u00a3": " gbp ",
        "$": " usd ",
    }
)
_DOTTED = "com|net|org|info|biz|io|co|eu|fr|uk|be|ch|de|it|es|nl|lu|ru|cn|me|app|dev|xyz|top|site|online|shop|club|link"
_DOTTED += "|click|live|store|tech|pro|tv|cc|gg|ly|example|test|invalid|localhost|local|onion|internal|ai|us|sh|zip|mov"
_SPOKEN = "com|net|org|info|io|eu|fr|uk|ru|cn|xyz|biz|example|invalid|onion|ai"  # no everyday words among them
_OPEN, _CLOSE = r"\s*[\[({<|]\s*", r"\s*[\])}>|]\s*"
_CLEAR = (
    (re.compile(rf"{_OPEN}(?:\.|dot|point|punkt|punto|dit){_CLOSE}"), "."),
    (re.compile(rf"{_OPEN}(?:@|at|arobase|chez|arroba){_CLOSE}"), "@"),
    (re.compile(rf"{_OPEN}(?:/|slash){_CLOSE}"), "/"),
    (re.compile(rf"{_OPEN}:{_CLOSE}"), ":"),
    (re.compile(r"\bh(?:xx|\*\*|tt|\+\+)p(s?)\b"), r"http\1"),
    (re.compile(r"\b(https?)\s*:\s*/\s*/\s*"), r"\1://"),
    (re.compile(rf"(?<=[a-z0-9])\s+(?:dot|point|punkt)\s+(?=(?:[a-z0-9-]+\s+(?:dot|point)\s+)?(?:{_SPOKEN})\b)"), "."),
    (re.compile(rf"(?<=[a-z0-9])(?:\s+\.\s*|\s*\.\s+)(?=(?:{_SPOKEN})\b)"), "."),
    (re.compile(r"(?<=[a-z0-9])\s+(?:at|arobase|arobas)\s+(?=[a-z0-9-]+(?:\.[a-z0-9-]+)+)"), "@"),
    (re.compile(r"(?<=[a-z0-9])\s*@\s*(?=[a-z0-9])"), "@"),
)
_SCHEME = re.compile(r"\b[a-z][a-z0-9+.-]{1,15}://[^\s<>\"']+|\bwww\.[^\s<>\"']+|(?<![\w:/])//[a-z0-9][^\s<>\"']*")
_OTHER_SCHEME = re.compile(r"\b(?:mailto|javascript|data|file|callto|skype|bitcoin|magnet|sms|whatsapp|tg):(?=\S)\S+")
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"'!?]+@[^\s@<>()\[\],;:\"'!?]+")
_HOST = re.compile(rf"(?<![\w@-])(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)+(?:(?:{_DOTTED})\b|xn--[a-z0-9-]+)(?![\w-])")
_IP = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])")
_PHONE = re.compile(r"(?<!\w)(?:\+|00)?\(?\d(?:[\s().\-/]{0,3}\d){6,}")
_DATE = re.compile(r"(?<!\d)(?:\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2})(?!\d)")
_WALLET = re.compile(r"\b(?:bc1|0x)[a-z0-9]{20,60}\b|\b[13][a-km-z1-9]{25,34}\b")
_CURRENCY = r"(?:eur(?:os?)?|usd|gbp|chf|dollars?|pounds?|livres? sterling|francs?|centimes?|cents?|pence|k€|yen|btc)"
_FIGURE = r"\d+(?:[ .,']\d{3})*(?:[.,]\d{1,2})?"
_AMOUNT = re.compile(rf"\b{_CURRENCY}\s*({_FIGURE})|({_FIGURE})\s*k?\s*{_CURRENCY}\b")
_PERCENT = re.compile(rf"({_FIGURE})\s*(?:%|percent|per cent|pour cent|pourcent)")
_NUMBER = re.compile(r"\d+(?:[ .,':]\d+)*")
_CODE = re.compile(r"(?<![a-z0-9])[a-z]+\d[a-z0-9]*")
_LISTED = re.compile(r"^[ \t]*\d{1,2}[.)](?=[ \t])", re.MULTILINE)
_WORDED = (
    "un deux trois quatre cinq six sept huit neuf dix onze douze quinze vingt trente quarante cinquante soixante cent "
    "cents mille million millions one two three four five seven eight nine ten eleven twelve fifteen twenty thirty "
    "forty fifty sixty seventy eighty ninety hundred thousand"
)
_SUM_IN_WORDS = re.compile(
    rf"\b(?:{_WORDED.replace(' ', '|')})[ -]+(?:(?:{_WORDED.replace(' ', '|')}|et|and|d')[ -]*){{0,6}}"
    rf"(?:{_CURRENCY}|percent|per cent|pour cent)\b"
)
_DIGIT_WORDS = "zero|un|deux|trois|quatre|cinq|six|sept|huit|neuf|one|two|three|four|five|seven|eight|nine|oh"
_SPELT = re.compile(rf"\b(?:(?:{_DIGIT_WORDS})[\s,.-]+){{4,}}(?:{_DIGIT_WORDS})\b")

# Lengths of account numbers (ISO 13616, IBAN registry) of the countries that a lie is likely to name.
_IBAN_LENGTHS = {
    "ad": 24, "ae": 23, "at": 20, "ba": 20, "be": 16, "bg": 22, "ch": 21, "cy": 28, "cz": 24, "de": 22, "dk": 18,
    "ee": 20, "es": 24, "fi": 18, "fr": 27, "gb": 22, "ge": 22, "gi": 23, "gr": 27, "hr": 21, "hu": 28, "ie": 22,
    "il": 23, "is": 26, "it": 27, "li": 21, "lt": 20, "lu": 20, "lv": 21, "mc": 27, "md": 24, "me": 22, "mk": 19,
    "mt": 31, "nl": 18, "no": 15, "pl": 28, "pt": 25, "qa": 29, "ro": 24, "rs": 22, "sa": 24, "se": 24, "si": 19,
    "sk": 24, "sm": 27, "tn": 24, "tr": 26, "ua": 29, "vg": 24, "xk": 20,
}  # fmt: skip

# A word with one of these beginnings commits whoever writes it, or admits something. One word of a line stands for
# the others of it.
_FAMILIES = (
    ("refund", "reimburs", "rembours"),
    ("free of charge", "for free", "is free", "complimentary", "gratuit", "sans frais", "offert", "offrons"),
    ("compensat", "dedommag", "compens"),
    ("indemn",),
    ("voucher", "bon d'achat", "un avoir", "credit note"),
    ("discount", "rebate", "remise", "geste commercial"),
    ("waive", "exoner"),
    ("liabil", "liable", "our fault", "at fault", "negligen", "we admit"),
    ("responsabilit", "notre faute", "notre tort", "reconnaissons"),
    ("cancelled", "canceled", "cancel your", "cancel the", "annul"),
    ("owe nothing", "owe us nothing", "do not have to pay", "don't have to pay"),
    ("plus rien a payer", "ne devez plus", "ne devez rien"),
    ("guarantee", "warrant", "garanti"),
    ("terminat", "resili"),
    ("we confirm that", "nous engageons"),
)
_PROMISES = {words[0]: re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})") for words in _FAMILIES}


@lru_cache(64)
def plain(text: str) -> str:
    """The text as whoever wants to read a link in it reads it: lower case, no accents, no unseen characters, nothing
    look-alike, nothing obfuscated."""
    seen = unicodedata.normalize("NFKC", html.unescape(unquote(text)))
    seen = "".join(
        char for char in unicodedata.normalize("NFKD", seen.translate(_PLAIN)) if not _is_nothing(char)
    ).casefold()
    seen = re.sub(r"[^\S\n]+", " ", seen.translate(_LOOKALIKES).translate(_PLAIN))
    for pattern, by in _CLEAR:
        seen = pattern.sub(by, seen)
    return seen


def _is_nothing(char: str) -> bool:
    """Marks on other letters, and what is not seen at all."""
    return unicodedata.category(char) in {"Mn", "Me", "Cf", "Cc", "Cs", "Co"} and char != "\n"


def links(seen: str) -> set[str]:
    """Whatever leads somewhere, without scheme and www."""
    found = {*_SCHEME.findall(seen), *_OTHER_SCHEME.findall(seen)}
    bare = {re.sub(r"^(?:[a-z][a-z0-9+.-]*:)?//|^www\.", "", one) for one in found}
    return {re.sub(r"^www\.", "", one).rstrip("/.,;:!?)]}>*_") for one in bare} - {""}


def disguised(text: str) -> set[str]:
    """Words that mix Latin letters with those of another alphabet that look like them. text: as it is written."""
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", text))
    return {word for word in words if word.translate(_LOOKALIKES) != word and re.search("[A-Za-z]", word)}


def addresses(seen: str) -> set[str]:
    return {one.strip("./*_-") for one in _ADDRESS.findall(seen)}


def hosts(seen: str) -> set[str]:
    return {one.removeprefix("www.") for one in [*_HOST.findall(seen), *_IP.findall(seen)]}


def phones(seen: str) -> set[str]:
    """Their last nine digits; anything of eight digits and more that is not a date."""
    found = _PHONE.findall(_without_ibans(_DATE.sub(" ", seen)))
    return {re.sub(r"\D", "", one.replace("(0)", ""))[-9:] for one in found if _is_phone(one)}


def ibans(seen: str) -> set[str]:
    """Anything with a right checksum (ISO 13616), however it is grouped."""
    return {compact for compact, _ in _ibans(seen)}


def amounts(seen: str) -> set[str]:
    found = [first or second for first, second in _AMOUNT.findall(seen)]
    return {_value(one) for one in found} | {one.strip() for one in _SUM_IN_WORDS.findall(seen)}


def percents(seen: str) -> set[str]:
    return set(map(_value, _PERCENT.findall(seen)))


def foreign_numbers(seen: str, known: str, said_back: set[str]) -> set[str]:
    """Figures of `seen` of which no reading has all its parts in `known`. Numbers before the lines of a list, and what
    counts as a telephone or account number, are left out. said_back: further ones that are allowed."""
    allowed = said_back.union(*(reading for readings in _numbers(known) for reading in readings), _in_words(known))
    foreign = [readings for readings in _numbers(seen) if not any(reading <= allowed for reading in readings)]
    return {" ".join(sorted(readings[-1])) for readings in foreign} | set(_SPELT.findall(seen))


def codes(seen: str) -> set[str]:
    """Words that begin with letters and have digits."""
    return set(_CODE.findall(seen))


def promises(seen: str) -> set[str]:
    return {word for word, pattern in _PROMISES.items() if pattern.search(seen)}


def wallets(seen: str) -> set[str]:
    return set(_WALLET.findall(seen))


def order_like(seen: str) -> set[str]:
    """What a mail names that may be said back: four to twelve digits in a row, no telephone or account number."""
    return {
        one.lstrip("0")
        for one in re.findall(r"(?<![\d+/.@])(?<!\d[ .-])\b[a-z]{0,4}-?(\d{4,12})\b(?![ .-]?\d)", _without_ibans(seen))
        if not re.fullmatch(r"0[1-9]\d{8}", one)
    }


def beside_money(seen: str) -> set[str]:
    """Digits of everything that stands beside a currency or a per cent."""
    found = [first or second for first, second in _AMOUNT.findall(seen)] + _PERCENT.findall(seen)
    return {part.lstrip("0") for one in found for part in [*re.findall(r"\d+", one), re.sub(r"\D", "", one)]}


def _numbers(seen: str) -> list[tuple[set[str], ...]]:
    """Each figure in all its readings: 1 250 is one number or two, 9.30 a price or a time."""
    found = []
    bare = _CODE.sub(" ", _without_ibans(_LISTED.sub(" ", seen)))
    bare = _PHONE.sub(lambda one: " " if _is_phone(one[0]) else one[0], bare)
    for one in _NUMBER.findall(bare):
        parts = {part.lstrip("0") or "0" for part in re.findall(r"\d+", one)}
        grouped = re.fullmatch(r"\d{1,3}(?:[ .,']\d{3})+(?:[.,]\d{1,2})?", one)
        found.append(({_value(one)},) if grouped else ({_value(one)}, parts))
    return found


def _in_words(seen: str) -> set[str]:
    """Numbers below a hundred that are written as words."""
    words = set(re.findall(r"[a-z]+(?:[- ][a-z]+){0,3}", seen)) | set(re.findall(r"[a-z]+(?:-[a-z]+)*", seen))
    words |= {" ".join(pair) for pair in pairwise(re.findall(r"[a-z]+", seen))}
    return {number for word in words if (number := _NAMED.get(word.replace("-", " ")))}


def _named() -> dict[str, str]:
    """Names of the numbers below a hundred, without accents and hyphens."""
    names = {name: str(number) for row in (_UNDER_20_FR, _UNDER_20_EN) for number, name in enumerate(row)}
    names |= {"une": "1", "quatre vingts": "80"}
    for base, name, row, last in _TENS:
        names |= {f"{name} {row[ones]}".removesuffix(" zero"): str(base + ones) for ones in range(last)}
    return names


_UNDER_20_FR = (
    *("zero", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize"),
    *("quatorze", "quinze", "seize", "dix sept", "dix huit", "dix neuf"),
)
_UNDER_20_EN = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
# value, name, what follows it, up to which
_TENS = (
    (20, "vingt", _UNDER_20_FR, 10),
    (30, "trente", _UNDER_20_FR, 10),
    (40, "quarante", _UNDER_20_FR, 10),
    (50, "cinquante", _UNDER_20_FR, 10),
    (60, "soixante", _UNDER_20_FR, 20),
    (80, "quatre vingt", _UNDER_20_FR, 20),
    (20, "twenty", _UNDER_20_EN, 10),
    (30, "thirty", _UNDER_20_EN, 10),
    (40, "forty", _UNDER_20_EN, 10),
    (50, "fifty", _UNDER_20_EN, 10),
    (60, "sixty", _UNDER_20_EN, 10),
    (70, "seventy", _UNDER_20_EN, 10),
    (80, "eighty", _UNDER_20_EN, 10),
    (90, "ninety", _UNDER_20_EN, 10),
)
_NAMED = _named()


def _is_phone(written: str) -> bool:
    return len(re.sub(r"\D", "", written)) >= 8 and _DATE.fullmatch(written) is None


def _value(figure: str) -> str:
    """1 200,50 and 1,200.50 are the same."""
    whole = re.sub(r"[ .,'](?=\d{3}(?:\D|$))", "", figure).replace(",", ".")
    return (whole.rstrip("0").rstrip(".") if "." in whole else whole).lstrip("0") or "0"


def _ibans(seen: str) -> Iterator[tuple[str, str]]:
    for start in re.finditer(r"(?<![a-z0-9])[a-z]{2}\s?\d{2}(?=[\s.-]?[a-z0-9])", seen):
        written = re.match(r"[a-z0-9](?:[\s.\-]{0,2}[a-z0-9]){14,33}", seen[start.start() :])
        if written is None:
            continue
        length = _IBAN_LENGTHS.get(written[0][:2], 0)
        one = re.sub(r"[^a-z0-9]", "", written[0])[:length]
        if length and len(one) == length and _checksum(one) == 1:
            yield one, _as_written(written[0], length)


def _checksum(iban: str) -> int:
    return int("".join(str(int(char, 36)) for char in iban[4:] + iban[:4])) % 97


def _as_written(text: str, length: int) -> str:
    """The beginning of the text with so many letters and digits."""
    for end in range(len(text) + 1):
        if sum(char.isalnum() for char in text[:end]) == length:
            return text[:end]
    return text


def _without_ibans(seen: str) -> str:
    for _, written in list(_ibans(seen)):
        seen = seen.replace(written, " ")
    return seen
