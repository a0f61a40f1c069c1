"""Values with parameters (RFC 2045, 5.1; RFC 2231): "text/plain; charset=utf-8", as programs really write them."""

import re
from urllib.parse import unquote_to_bytes

from repondeur.mail import charset
from repondeur.mail.encoded_words import decode_words

_PARAMETER = re.compile(
    r"[;\s]\s*([^\s=;\"]{1,100})\s*=\s*"
    # A quote inside the quotes is no end when neither a semicolon nor another parameter follows.
    r'(?:"((?:[^"\\]|\\.|"(?! ?(?:;|$|[\w*-]{1,30} ?=)))*)"?|(.*?)(?=;|\s[^\s=;"]{1,60}=[^=]|$))',
    re.DOTALL,
)
_SPACES = re.compile(r"\s+")
_SECTION = re.compile(r"(.+?)\*(\d{1,3})?(\*)?")
_CHARSET_PREFIX = re.compile(r"([A-Za-z][\w.:+-]{1,39})'[A-Za-z-]{0,20}'(.*)", re.DOTALL)
_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def parse_parameters(value: str) -> tuple[str, dict[str, str]]:
    """The value before the first ";", in lower case, and the parameters, decoded; names in lower case.

    Reads RFC 2231 (continuations in any order, charsets), encoded words in values, missing quotes and semicolons. Of
    a parameter that stands twice the first counts, and its RFC 2231 form counts more than its plain one.
    """
    flat = _SPACES.sub(" ", value).strip()
    main = re.split(r"[;\s]", flat, maxsplit=1)[0].lower()
    if "=" in main:
        main, flat = "", f";{flat}"
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[bool, str]]] = {}
    for found in _PARAMETER.finditer(flat, len(main)):
        name, quoted, bare = found.groups()
        text = quoted.replace('\\"', '"').replace("\\\\", "\\") if quoted is not None else bare.strip()
        section = _SECTION.fullmatch(name.lower())
        if section:
            base, number, star = section.groups()
            sections.setdefault(base, {}).setdefault(int(number or 0), (bool(star) or number is None, text))
        else:
            plain.setdefault(name.lower(), decode_words(text))
    return main.rstrip(","), plain | {name: _join_sections(found) for name, found in sections.items()}


def percent_decoded(name: str) -> str:
    """A file name that was written as in an address of the web ("caf%C3%A9.pdf", "utf-8''caf%C3%A9.pdf") although its
    parameter does not say so; any other stays as it is."""
    prefixed = _CHARSET_PREFIX.fullmatch(name)
    label, text = prefixed.groups() if prefixed else ("", name)
    if "%" not in text or _PERCENT.search(text):
        return text if prefixed else name
    octets = unquote_to_bytes(text)
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return charset.decode(octets, label).text if label else name


def _join_sections(sections: dict[int, tuple[bool, str]]) -> str:
    """RFC 2231: sections by number; the first extended one begins with charset'language'."""
    label = ""
    octets = b""
    labelled = False
    for _, (extended, text) in sorted(sections.items()):
        if extended and not labelled:
            labelled = True
            if text.count("'") >= 2:
                label, _, text = text.split("'", 2)  # noqa: PLW2901 (the rest of this section is what counts)
        octets += unquote_to_bytes(text) if extended else text.encode("utf-8", "replace")
    return decode_words(charset.decode(octets, label).text)
