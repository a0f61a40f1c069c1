"""What a file holds: entries, each a document in sections, or a question with its answer."""

from dataclasses import dataclass
from datetime import date

from repondeur.policy.passage import Visibility
from repondeur.texts import Reason


@dataclass(frozen=True, slots=True)
class Facts:
    """What an entry says about itself; "" and None where it says nothing. category: its maker's own order, for
    people."""

    id: str = ""
    title: str = ""
    language: str = ""
    visibility: Visibility | None = None
    valid_until: date | None = None
    category: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """title: "" for what stands before the first heading. text: plain. internal: whatever its entry says."""

    title: str
    text: str
    internal: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """facts.title: the name of a document, the question of a pair. is_pair: one of many in its file."""

    facts: Facts
    sections: tuple[Section, ...]
    is_pair: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """notes: what of the file was left out, and why."""

    entries: tuple[Entry, ...]
    notes: tuple[Reason, ...] = ()
