"""Ids that stay: the same file gives its passages the same ids, whatever happens to other files."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import chain, count

from repondeur.errors import SettingsError
from repondeur.words.terms import tokens


def slug(name: str) -> str:
    """Folded words joined by hyphens, at most 60 characters: "Délais & retours" is "delais-retours"."""
    return "-".join(tokens(name))[:60].strip("-") or "text"


@dataclass(slots=True)
class Ids:
    """Gives out the ids of one file. taken: those of others, with where they are from. own: those that the file has had
    before. folder: what tells it from a file of the same name elsewhere."""

    source: str
    taken: Mapping[str, str] = field(default_factory=dict)
    own: Collection[str] = ()
    folder: str = ""
    given: set[str] = field(default_factory=set)

    def said(self, wanted: str) -> str:
        """An id that a person has written down: it is kept, or refused (SettingsError knowledge.id_taken)."""
        if wanted in self.taken or wanted in self.given:
            other = self.taken.get(wanted, self.source)
            raise SettingsError("knowledge.id_taken", id=wanted, path=self.source, other=other)
        self.given.add(wanted)
        return wanted

    def made(self, wanted: str) -> str:
        """An id of ours: "kb:…" as wanted; with the folder in it where another file has that; with a number at its end
        where the file itself has it already."""
        with_folder = wanted.replace("kb:", f"kb:{slug(self.folder)}-", 1) if self.folder else wanted
        choices = [one for one in (wanted, with_folder) if one not in self.taken]
        before = [one for one in choices if one in self.own]
        stem = (before or choices or [with_folder])[0]
        numbered = (f"{stem}-{number}" for number in count(2))
        found = next(one for one in chain([stem], numbered) if one not in self.taken and one not in self.given)
        self.given.add(found)
        return found
