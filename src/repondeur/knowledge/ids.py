"""Ids that stay: the same file gives its passages the same ids, whatever happens to other files, and by whatever path
it is read again."""

from collections.abc import Mapping, Sequence
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
    may have. path: of this file. folders: names of those that lead to it, which tell it from a file of the same name
    elsewhere."""

    source: str
    owners: Mapping[str, str] = field(default_factory=dict)
    path: str = ""
    folders: Sequence[str] = ()
    given: set[str] = field(default_factory=set)

    def said(self, wanted: str) -> str:
        """An id that a person has written down: it is kept, or refused (SettingsError knowledge.id_taken)."""
        if self._is_taken(wanted) or wanted in self.given:
            other = self.owners.get(wanted) or self.source
            raise SettingsError("knowledge.id_taken", id=wanted, path=self.source, other=other)
        self.given.add(wanted)
        return wanted

    def made(self, wanted: str) -> str:
        """An id of ours: "kb:…" as wanted; with as many of its folders in it as it takes where other files have that;
        with a number at its end where the file itself has it already."""
        folders = ["-".join(self.folders[start:]) for start in reversed(range(len(self.folders)))]
        named = [wanted, *(wanted.replace("kb:", f"kb:{slug(one)}-", 1) for one in folders)]
        choices = [one for one in named if not self._is_taken(one)]
        before = [one for one in choices if self.owners.get(one)]  # it has had that so far
        stem = (before or choices or named[-1:])[0]
        numbered = (f"{stem}-{number}" for number in count(2))
        found = next(one for one in chain([stem], numbered) if not self._is_taken(one) and one not in self.given)
        self.given.add(found)
        return found

    def _is_taken(self, wanted: str) -> bool:
        return self.owners.get(wanted, "") not in {"", self.path}
