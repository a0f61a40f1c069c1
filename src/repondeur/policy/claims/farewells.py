"""Farewells that name a day of the author's: "À lundi !", "Good luck on Thursday!". They promise nothing, but where the
author asks whether they may come."""

import re
from functools import lru_cache
from typing import Final

from repondeur.policy.claims.calendar import DAY_AND_MONTH, DAY_OF
from repondeur.policy.claims.claim import Claim

_DAY: Final = rf"(?:next )?(?:(?:{'|'.join(DAY_OF)})(?: prochain)?,?(?: (?:the |le )?{DAY_AND_MONTH})?|{DAY_AND_MONTH})"
_MEETING: Final = r"(?:a|see you(?: on)?)"
_LUCK: Final = (
    r"(?:(?:the )?(?:very )?best of luck|good luck|all the best|bonne chance|bon courage)"
    r"(?: (?:with|for|pour|avec) (?:your|the|votre|l'|le|la) ?[a-z]{3,16})?(?: on| for| pour| de| le| ce| a)?"
)
_WHOLE: Final = re.compile(rf"[\s,*_-]{{0,4}}(?:(?P<meeting>{_MEETING})|{_LUCK}) (?:the |le )?{_DAY}[\s,*_]{{0,4}}")
_COMING: Final = re.compile(
    r"\b(?:com(?:e|ing)|visit\w*|ven(?:ir|ue)|viens|pass(?:er|e|ons)|rdv|rendez|appointments?|book\w*|reserv\w*|possible|"
    r"free|availab\w*|dispo\w*|ouvert\w*|open|meet\w*|slots?|creneaux?|deliver\w*|livr\w*|collect\w*|pick\w*|recuperer|"
    r"start\w*|commenc\w*|there|here|la|ici|drop|bring|see|voir|call|appel\w*|wonder\w*|would|could|pourr\w*)\b"
)
_SENTENCE: Final = re.compile(r"[^.!?\n\x01]*[.!?\n\x01]?")
_ENDS: Final = re.compile(r"[.!?\n\x01]")
_LONGEST: Final = 72  # characters of a farewell


def is_farewell(claim: Claim, text: str, mail: str) -> bool:
    """Whether the sentence of a day is nothing but a farewell, and the day one that the author tells."""
    before = _ENDS.split(text[max(0, claim.begin - _LONGEST) : claim.begin])[-1]
    behind = _ENDS.search(text, claim.end - 1, claim.end + _LONGEST)
    if text[behind.start() : behind.end()] == "?" if behind else claim.end + _LONGEST < len(text):
        return False
    end = behind.start() if behind else len(text)
    hit = _WHOLE.fullmatch(f"{before}{text[claim.begin : end]}")
    if hit is None or not _named(text[claim.begin : claim.end].rstrip("."), mail):
        return False
    return not hit["meeting"] or not _asks_to_come(mail)


@lru_cache(maxsize=4)  # a text may hold any number of farewells
def _asks_to_come(mail: str) -> bool:
    asked = (one.group() for one in _SENTENCE.finditer(mail) if one.group().endswith("?"))
    return any(_COMING.search(one) for one in asked)


@lru_cache(maxsize=64)
def _named(said: str, mail: str) -> bool:
    same = [name for name, day in DAY_OF.items() if day == DAY_OF.get(said)] or [said]
    return any(re.search(rf"(?<!\w){re.escape(one)}(?!\w)", mail) for one in same)
