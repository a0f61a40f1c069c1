"""A stranger's text inside a ticket, a chat or a notice (I13): cut, without anything unseen, and nothing in it does
anything there: no mention, no link, no picture, no markup, no formula. Pure; linear in what is given.

Sources: Slack, "Formatting text for app surfaces"; Mattermost, "Format messages" and "Mention people"; Adaptive Cards,
"Text features" and Teams, "Format cards"; CommonMark 0.31, 2.4; OWASP, "CSV injection".
"""

import json
import re
from html import escape
from typing import Final

from repondeur.mail.clean import clean, clean_line

CUT: Final = "…"
# Before this much of a text is looked at, it is cut: nobody needs more of it, and nothing is to take long.
MOST: Final = 20_000
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "|", "%", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# A scheme that some program makes a link of, known to it or not.
_SCHEME: Final = re.compile(
    r"\b(?:https?|ftps?|javascript|data|vbscript|file|mailto|tel|sms|ms-[a-z]{2,20}|[a-z][a-z0-9+.-]{1,20}(?=://)):",
    re.IGNORECASE,
)
_DEFANGED: Final = {"http": "hxxp", "https": "hxxps", "ftp": "fxp", "ftps": "fxps"}
_DOT: Final = "[.\u3002\uff0e\uff61]"
_DOTTED: Final = re.compile(rf"[\w-]+(?:{_DOT}[\w-]+)+")
_DOTS: Final = re.compile(_DOT)
# In front of these words an @ calls somebody; within an address it stands behind a letter or a digit.
_CALLING: Final = re.compile(r"(?<![A-Za-z0-9])[@\uff20\ufe6b]")
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]()#+\-.!|~>$&:])")


def line(text: str, most: int) -> str:
    """On one line, in its canonical form, `most` characters at most, the last one "…" where it was cut.

    >>> line("Bonjour\\u202e\\r\\n  toi", 9)
    'Bonjour…'
    """
    return _cut(clean_line(text[:MOST]), most)


def block(text: str, most: int) -> str:
    """The same with its lines."""
    return _cut(clean(text[:MOST]), most)


def defanged(text: str) -> str:
    """No program makes a link of it, and a person still sees where it would have led.

    >>> defanged("see https://evil.example/a, 1.5 kg")
    'see hxxps://evil[.]example/a, 1.5 kg'
    """
    return _DOTTED.sub(_host, _SCHEME.sub(_scheme, text))


def _scheme(found: re.Match[str]) -> str:
    name = found[0][:-1]
    known = _DEFANGED.get(name.lower())
    return f"{known}:" if known else f"{name}[:]"


def _host(found: re.Match[str]) -> str:
    """What could be a host: behind a dot stands more than a number or a letter, or it is an IPv4 address."""
    labels = _DOTS.split(found[0])
    is_name = any(len(label) >= 2 and not label.isdigit() for label in labels[1:])
    is_address = len(labels) >= 4 and all(label.isdigit() for label in labels)
    return "[.]".join(labels) if is_name or is_address else found[0]


def calling_nobody(text: str) -> str:
    """An @ that could call somebody becomes its full-width twin, which calls nobody; addresses stay as they are.

    >>> calling_nobody("@everyone, write to claire@shop.example")
    '＠everyone, write to claire@shop.example'
    """
    return _CALLING.sub("\uff20", text)


def no_formula(text: str) -> str:
    """A spreadsheet takes it for text: an apostrophe stands before what would begin a formula.

    >>> no_formula("=HYPERLINK(1)")
    "'=HYPERLINK(1)"
    """
    return f"'{text}" if text.lstrip(" '\"\u00a0").startswith(_FORMULA) else text


def harmless(text: str, most: int) -> str:
    """One line for any program that shows plain text, as a field of JSON, of a ticket or of a table; and for a program
    that hands it on to another, which might know <!channel> or <at>: the brackets are others."""
    found = no_formula(calling_nobody(defanged(line(text, most))))
    return _cut(found.replace("<", "‹").replace(">", "›"), most)


def for_slack(text: str, most: int) -> str:
    """For `text` of mrkdwn or plain_text: & < > as entities, so that neither <!channel> nor <@U…> nor <url|name> is
    one. Longer than `most` by what entities take."""
    found = calling_nobody(defanged(line(text, most)))
    return found.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def for_teams(text: str, most: int) -> str:
    """For a TextRun of an Adaptive Card, which knows no Markdown."""
    return harmless(text, most)


def for_markdown(text: str, most: int) -> str:
    """For Mattermost and others that read Markdown: every mark has a backslash, and < is an entity."""
    found = calling_nobody(defanged(line(text, most)))
    return _MARKDOWN.sub(r"\\\1", found).replace("<", "&lt;")


def for_html(text: str, most: int) -> str:
    """For the text or a quoted attribute of an element."""
    return escape(calling_nobody(defanged(line(text, most))), quote=True)


def for_csv(text: str, most: int) -> str:
    """One quoted field of a CSV file (RFC 4180)."""
    return '"' + harmless(text, most).replace('"', '""') + '"'


def for_json(text: str, most: int) -> str:
    """A JSON string with its quotes, ASCII alone, safe within a page as well."""
    return json.dumps(harmless(text, most)).replace("&", "\\u0026")


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: max(most - 1, 0)].rstrip() + CUT
