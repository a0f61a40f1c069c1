"""How the way of a mail ended, as Outlook shows it: a category, a flag, read or not. Pure.

A category is a name that people see, search for and write rules with, so it is the same in every language but for its
last word, and its colon stands as it can be typed. Source: Microsoft Graph v1.0, "message resource type".
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final, get_args

from repondeur.mailboxes.base import Outcome
from repondeur.settings.schema import GraphSettings
from repondeur.texts import LANGUAGES, Language, say

Json = dict[str, Any]

OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)
FOR_PEOPLE: Final = frozenset({"held", "failed"})  # stays unread in its place


def marked(outcome: Outcome, settings: GraphSettings, categories: Sequence[str], flag: str | None) -> Json:
    """What to PATCH; {} for nothing. categories: that it has. flag: its flagStatus, None when that is not known.

    The category that an earlier end has left is replaced, others are kept. A flag that we have set for people is
    completed when nobody needs to look any more; that it is ours, its category tells.
    """
    changes: Json = {} if outcome in FOR_PEOPLE else {"isRead": True}
    new = with_ours(categories, outcome, settings)
    if set(new) != set(categories):
        changes["categories"] = new
    if settings.graph_flag and outcome in FOR_PEOPLE:
        changes |= {} if flag == "flagged" else {"flag": {"flagStatus": "flagged"}}
    elif settings.graph_flag and waits_for_people(categories, settings) and flag in {None, "flagged"}:
        changes["flag"] = {"flagStatus": "complete"}
    return changes


def with_ours(categories: Iterable[str], outcome: Outcome, settings: GraphSettings) -> list[str]:
    if not settings.graph_category:
        return list(categories)
    ours = {name for end in OUTCOMES for name in _names(end, settings)}
    return [*(one for one in categories if one not in ours), category(outcome, settings)]


def waits_for_people(categories: Iterable[str], settings: GraphSettings) -> bool:
    """Have we shown before that a person must look?"""
    names = {name for end in OUTCOMES if end in FOR_PEOPLE for name in _names(end, settings)}
    return bool(settings.graph_category) and not names.isdisjoint(categories)


def category(outcome: Outcome, settings: GraphSettings) -> str:
    """The one that shows this end, in the first language of the mailbox that we speak."""
    spoken = (language for wanted in settings.languages for language in LANGUAGES if wanted.lower()[:2] == language)
    return _name(outcome, next(spoken, "en"), settings)


def _names(outcome: Outcome, settings: GraphSettings) -> tuple[str, ...]:
    """In every language: the settings may have changed since."""
    return tuple(_name(outcome, language, settings) for language in LANGUAGES)


def _name(outcome: Outcome, language: Language, settings: GraphSettings) -> str:
    return f"{settings.graph_category}: {say(f'graph.category_{outcome}', language)}"
