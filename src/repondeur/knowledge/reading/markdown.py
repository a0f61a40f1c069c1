"""Markdown and plain text: front matter, headings, paragraphs. Pure.

A file may begin with front matter between two lines "---": id, title, language, visibility, valid_until, category, one
in a line. It is cut at its headings of level 1 and 2.
"""

import re
from collections.abc import Iterator, Mapping

from repondeur.errors import SettingsError
from repondeur.knowledge.reading.entry import Content, Entry, Facts, Section
from repondeur.knowledge.reading.facts import NAMES, facts_of
from repondeur.knowledge.reading.internal import parted
from repondeur.mail.clean import clean, clean_line
from repondeur.mail.markdown import markdown_to_text, without_images

_HEADING = re.compile(r"^(#{1,2}) +(.{1,300}?)(?: +#+)? *$", re.MULTILINE)
_FRONT_LINE = re.compile(r"([A-Za-z_-]{1,30}) *: *(.{0,500})")


def read_markdown(source: str, octets: bytes) -> Content:
    """source: the file's name, for people. Raises SettingsError knowledge.not_text, .front_matter, .front_open."""
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SettingsError("knowledge.not_text", path=source) from error
    if "\x00" in text[:4096]:
        raise SettingsError("knowledge.not_text", path=source)
    facts, body = _front_matter(source, text)
    said, inner = parted(body)
    sections = [Section(title, plain(part)) for title, part in _sections(_without_comments(said))]
    for before, part in inner:
        above = _HEADING.findall(before)
        hidden = _sections(_without_comments(part))
        sections += [
            Section(title or (clean_line(above[-1][1]) if above else ""), plain(text), internal=True)
            for title, text in hidden
        ]
    return Content((Entry(facts, tuple(sections)),))


def plain(markdown: str) -> str:
    """Markdown as plain text, with the lines of each paragraph joined."""
    return re.sub(r"\n{3,}", "\n\n", clean(_unwrapped(markdown_to_text(without_images(markdown)))))


def _sections(body: str) -> Iterator[tuple[str, str]]:
    """Title and text of what stands before the first heading and under each one."""
    headings = list(_HEADING.finditer(body))
    yield "", body[: headings[0].start()] if headings else body
    for heading, following in zip(headings, [*headings[1:], None], strict=False):
        yield clean_line(heading[2]), body[heading.end() : following.start() if following else len(body)]


def _without_comments(text: str) -> str:
    """A comment that does not end hides all that follows, as browsers have it: it may be internal."""
    first, *rest = text.split("<!--")
    return first + "".join(part.partition("-->")[2] for part in rest)


def _unwrapped(text: str) -> str:
    """Lines of one paragraph joined: in Markdown a line end is a space, unless a list item or a quote begins."""
    lines: list[str] = []
    for line in text.splitlines():
        starts_anew = re.match(r" *(?:[-+*>|] ?|\d{1,3}[.)] )", line) or not line.strip()
        if lines and lines[-1].strip() and not starts_anew and not lines[-1].endswith("  "):
            lines[-1] = f"{lines[-1]} {line.strip()}"
        else:
            lines.append(line)
    return "\n".join(lines)


def _front_matter(source: str, text: str) -> tuple[Facts, str]:
    """The facts and the rest. A comment line (#) is skipped; an unknown name is an error, so that no typing error makes
    something public or private by accident."""
    text = text.lstrip("\ufeff").replace("\r\n", "\n")
    if not text.startswith("---\n"):
        return Facts(), text
    head, mark, body = text[4:].partition("\n---")
    if not mark or (body and not body.startswith("\n")):
        first = _FRONT_LINE.fullmatch(head.partition("\n")[0].strip())
        if first and first[1].lower() in NAMES:
            raise SettingsError("knowledge.front_open", path=source)
        return Facts(), text
    given: dict[str, str] = {}
    for line in filter(None, map(str.strip, head.splitlines())):
        if line.startswith("#"):
            continue
        found = _FRONT_LINE.fullmatch(line)
        name, value = (found[1].lower(), found[2].strip().strip("\"'")) if found else ("", "")
        if name not in NAMES:
            raise SettingsError("knowledge.front_matter", path=source, field=line[:80])
        given[name] = value
    return _facts(source, given), body


def _facts(source: str, given: Mapping[str, str]) -> Facts:
    empty = next((name for name in ("visibility", "language", "valid_until") if given.get(name) == ""), None)
    if empty is not None:
        raise SettingsError("knowledge.front_matter", path=source, field=f"{empty}:")
    try:
        return facts_of(given)
    except ValueError as error:
        raise SettingsError("knowledge.front_matter", path=source, field=str(error)[:80]) from None
