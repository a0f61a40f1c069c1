"""Ids that stay: the same file gives its passages the same ids, whatever happens to other files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain, count

from repondeur.errors import SettingsError
from repondeur.words.terms import tokens


def slug(name: str) -> str:
    """Folded words joined by hyphens, at most 60 characters: "Délais & retours" is "delais-retours"."""
    return "-".join(tokens(name))[:60].strip("-") or "text"


@dataclass(slots=True)
class Ids:
    """Gives out the ids of one file. owners: of the ids that there are, the path of the file; "" for one that anybody
    may have. path: of this file. folder: what tells it from a file of the same name elsewhere."""

    source: str
    owners: Mapping[str, str] = field(default_factory=dict)
    path: str = ""
    folder: str = ""
    given: set[str] = field(default_factory=set)

    def said(self, wanted: str) -> str:
        """An id that a person has written down: it is kept, or refused (SettingsError knowledge.id_taken)."""
        if self._is_taken(wanted) or wanted in self.given:
            other = self.owners.get(wanted) or self.source
            raise SettingsError("knowledge.id_taken", id=wanted, path=self.source, other=other)
        self.given.add(wanted)
        return wanted

    def made(self, wanted: str) -> str:
        """An id of ours: "kb:…" as wanted; with the folder in it where another file has that; with a number at its end
        where the file itself has it already."""
        with_folder = wanted.replace("kb:", f"kb:{slug(self.folder)}-", 1) if self.folder else wanted
        choices = [one for one in (wanted, with_folder) if not self._is_taken(one)]
        before = [one for one in choices if self.owners.get(one)]  # it has had that so far
        stem = (before or choices or [with_folder])[0]
        numbered = (f"{stem}-{number}" for number in count(2))
        found = next(one for one in chain([stem], numbered) if not self._is_taken(one) and one not in self.given)
        self.given.add(found)
        return found

    def _is_taken(self, wanted: str) -> bool:
        return self.owners.get(wanted, "") not in {"", self.path}
