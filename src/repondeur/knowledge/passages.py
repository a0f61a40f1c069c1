"""Files and folders to passages: what the agent may say, as people keep it, in Markdown or plain text.

A file may begin with front matter between two lines "---": id, title, language, visibility, one in a line. A file is
cut into passages at its headings of level 1 and 2; one without headings is one passage.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from repondeur.errors import SettingsError
from repondeur.mail.clean import clean, clean_line
from repondeur.policy.passage import Passage, Visibility
from repondeur.words.sentences import guess_language
from repondeur.words.terms import tokens

SUFFIXES = (".md", ".markdown", ".txt")
MAX_FILE = 1_048_576
FIELDS = ("id", "title", "language", "visibility")

_HEADING = re.compile(r"^(#{1,2}) +(.{1,300}?)(?: +#+)? *$", re.MULTILINE)
_ANY_HEADING = re.compile(r"^#{1,6} +(.*?)(?: +#+)? *$", re.MULTILINE)
_FRONT_LINE = re.compile(r"([A-Za-z_-]{1,30}) *: *(.{0,500})")
# No part may run over the start of another: that keeps the time linear.
_IMAGE = re.compile(r"!\[([^\[\]\n]{0,300})\]\([^()\[\s]{0,1000}\)")
_LINK = re.compile(r"\[([^\[\]\n]{1,300})\]\(<?([^()\[\s<>]{1,1000})>?(?: \"[^\"\n]{0,200}\")?\)")
_EMPHASIS = re.compile(r"(\*\*|__|\*|`)(?=\S)([^*`\n]{1,500}?)(?<=\S)\1")
_LANGUAGE_SUFFIX = re.compile(r"\.(fr|en)$")


@dataclass(frozen=True, slots=True)
class Text:
    """A file that was read. source: its path or name, for people; name: without suffix; text: its whole content."""

    source: str
    name: str
    text: str


def read_passages(paths: Iterable[Path], visibility: Visibility = "internal") -> tuple[Passage, ...]:
    """Passages of Markdown and text files and of folders that hold some, in the order given, a folder's by name.

    visibility: of files that do not say it themselves. Raises SettingsError: knowledge.path_missing, .file_unreadable,
    .file_too_large, .not_text, .front_matter, .id_taken. Links to places outside a folder are not followed.
    """
    found: dict[str, Passage] = {}
    for path in paths:
        for file in _files(path):
            for passage in passages_of(_read(file), visibility):
                if passage.id in found:
                    other = found[passage.id].source
                    raise SettingsError("knowledge.id_taken", id=passage.id, path=passage.source, other=other)
                found[passage.id] = passage
    return tuple(found.values())


def passages_of(file: Text, visibility: Visibility = "internal") -> tuple[Passage, ...]:
    """Passages of one file. Pure. Raises SettingsError knowledge.front_matter.

    Ids are stable while file names and headings are: "kb:FILE" for a file of one passage, else "kb:FILE-HEADING"; an id
    from the front matter takes the place of "kb:FILE".
    """
    front, body = _front_matter(file)
    stem = _LANGUAGE_SUFFIX.sub("", file.name)
    suffix = _LANGUAGE_SUFFIX.search(file.name)
    base = front.get("id") or f"kb:{slug(file.name)}"
    sections = list(_sections(_without_comments(body)))
    whole = Passage(
        id=base,
        title=front.get("title") or next((title for title, _ in sections if title), "") or stem.replace("-", " "),
        text="",
        language=front.get("language") or (suffix[1] if suffix else "") or guess_language(body),
        visibility="public" if front.get("visibility", visibility) == "public" else "internal",
        source=file.source,
    )
    written = [(title, text) for title, text in ((title, plain(text)) for title, text in sections) if text]
    if len(written) == 1:
        return (replace(whole, text=written[0][1]),)
    return tuple(_numbered(whole, written))


def plain(markdown: str) -> str:
    """Markdown as plain text: headings and emphasis without their marks, links as "text (address)"."""
    text = _IMAGE.sub(r"\1", markdown)
    text = _LINK.sub(lambda link: link[1] if link[1] == link[2] else f"{link[1]} ({link[2]})", text)
    text = _EMPHASIS.sub(r"\2", text)
    text = re.sub(r"^ {0,3}[*+] +", "- ", text, flags=re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", clean(_unwrapped(_ANY_HEADING.sub(r"\n\1\n", text))))


def slug(name: str) -> str:
    """Folded words joined by hyphens, at most 60 characters: "Délais & retours" is "delais-retours"."""
    return "-".join(tokens(name))[:60].strip("-") or "text"


def _numbered(whole: Passage, sections: Iterable[tuple[str, str]]) -> Iterator[Passage]:
    taken: set[str] = set()
    for title, text in sections:
        wanted = f"{whole.id}-{slug(title)}" if title else whole.id
        name, count = wanted, 2
        while name in taken:
            name, count = f"{wanted}-{count}", count + 1
        taken.add(name)
        yield replace(whole, id=name, title=title or whole.title, text=text)


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


def _front_matter(file: Text) -> tuple[Mapping[str, str], str]:
    """The fields and the rest. A comment line (#) is skipped; an unknown field is an error, so that no typing error
    makes something public or private by accident."""
    text = file.text.lstrip("\ufeff").replace("\r\n", "\n")
    if not text.startswith("---\n"):
        return {}, text
    head, mark, body = text[4:].partition("\n---")
    if not mark or (body and not body.startswith("\n")):
        return {}, text
    fields: dict[str, str] = {}
    for line in filter(None, map(str.strip, head.splitlines())):
        if line.startswith("#"):
            continue
        found = _FRONT_LINE.fullmatch(line)
        name, value = (found[1].lower(), found[2].strip().strip("\"'")) if found else ("", "")
        allowed = {"visibility": get_args(Visibility), "language": ("en", "fr")}.get(name)
        if name not in FIELDS or (allowed and value not in allowed):
            raise SettingsError("knowledge.front_matter", path=file.source, field=line[:80])
        fields[name] = value
    return fields, body


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    if not path.is_dir():
        raise SettingsError("knowledge.path_missing", path=str(path))
    for folder, folders, names in os.walk(path):  # does not follow links to folders
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(folder) / name
            if file.suffix.lower() in SUFFIXES and not name.startswith(".") and not file.is_symlink():
                yield file


def _read(path: Path) -> Text:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE + 1)
    except OSError as error:
        raise SettingsError("knowledge.file_unreadable", path=str(path)) from error
    if len(raw) > MAX_FILE:
        raise SettingsError("knowledge.file_too_large", path=str(path), limit=MAX_FILE // 1024)
    try:
        return Text(str(path), path.stem, raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise SettingsError("knowledge.not_text", path=str(path)) from error
