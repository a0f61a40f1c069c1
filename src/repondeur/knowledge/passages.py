"""What files hold, as passages: what the agent may say.

A passage is a section, or one question with its answer; a long one is cut into several. Ids are stable while file names
and headings are: "kb:FILE" for a file of one passage, else "kb:FILE-HEADING"; an id from the file itself takes the
place of "kb:FILE". The second piece of a passage ends in ".2".
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from repondeur.knowledge.ids import Ids, slug
from repondeur.knowledge.reading.cutting import pieces
from repondeur.knowledge.reading.entry import Content, Entry, Section
from repondeur.knowledge.reading.files import Found, Missed, files, octets, refusal, text_content
from repondeur.policy.passage import Passage, Visibility
from repondeur.words.sentences import guess_language

_LANGUAGE_SUFFIX = re.compile(r"\.(fr|en)$")


def read_passages(paths: Iterable[Path], visibility: Visibility = "internal") -> tuple[Passage, ...]:
    """Passages of files that are text themselves (Markdown, HTML, tables, JSON) and of folders of such files, in the
    order given, a folder's by name.

    visibility: of what does not say it itself. Raises SettingsError (knowledge.*) for the first file that cannot be
    taken.
    """
    found: dict[str, Passage] = {}
    owners: dict[str, str] = {}
    for path in paths:
        for file in files(path):
            if isinstance(file, Missed):
                raise refusal(file.reason)
            ids = Ids(file.source, owners, file.identity, file.folders)
            for passage in passages_of(file, text_content(file, octets(file)), visibility, ids):
                found[passage.id], owners[passage.id] = passage, file.identity
    return tuple(found.values())


def passages_of(file: Found, content: Content, visibility: Visibility, ids: Ids) -> tuple[Passage, ...]:
    """Passages of one file, in its order. Raises SettingsError knowledge.id_taken."""
    around = ""
    if len(content.entries) > 1:  # "Open? 9-5." is too short to tell by itself
        around = guess_language("\n".join(f"{one.facts.title} {one.sections[0].text}" for one in content.entries))
    return tuple(passage for one in content.entries for passage in _of_entry(file, one, visibility, ids, around))


def _of_entry(file: Found, entry: Entry, visibility: Visibility, ids: Ids, around: str) -> Iterator[Passage]:
    """around: the language of the other entries of the file, "" where there are none."""
    facts, stem = entry.facts, file.path.stem
    suffix = _LANGUAGE_SUFFIX.search(stem)
    written = [section for section in entry.sections if section.text]
    first = next((section.title for section in entry.sections if section.title), "")
    text = "\n".join(f"{section.title}\n{section.text}" for section in written)
    whole = Passage(
        id="",
        title=facts.title or first or _LANGUAGE_SUFFIX.sub("", stem).replace("-", " "),
        text="",
        language=facts.language or (suffix[1] if suffix else "") or guess_language(f"{facts.title}\n{text}", around),
        visibility=facts.visibility or visibility,
        source=f"{file.source} ({facts.category})" if facts.category else file.source,
        valid_until=facts.valid_until,
    )
    is_said = bool(facts.id) and not (entry.is_pair and facts.id.isdigit())
    base = facts.id if is_said else f"kb:{slug(stem)}"
    if entry.is_pair and not is_said:
        base = f"{base}-{facts.id or slug(facts.title)}"
    open_ = [section for section in written if not section.internal]
    inner = [section for section in written if section.internal]
    yield from _named(replace(whole, id=base), open_, ids, is_said=is_said)
    yield from _named(replace(whole, id=f"{base}-internal", visibility="internal"), inner, ids, is_said=False)


def _named(whole: Passage, sections: Sequence[Section], ids: Ids, *, is_said: bool) -> Iterator[Passage]:
    """whole.id: as it is where there is one section only. is_said: a person has written it down."""
    alone = len(sections) == 1
    for section in sections:
        wanted = whole.id if alone or not section.title else f"{whole.id}-{slug(section.title)}"
        if is_said and wanted == whole.id:
            name, is_said = ids.said(wanted), False
        else:
            name = ids.made(wanted)
        title = whole.title if alone and not section.internal else section.title or whole.title
        for number, piece in enumerate(pieces(section.text), 1):
            yield replace(whole, id=name if number == 1 else ids.made(f"{name}.{number}"), title=title, text=piece)
