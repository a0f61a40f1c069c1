"""The words for days and the patterns that are made of them: vocabulary/dates.toml. Pure."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


def match(pattern: str, said: str) -> re.Match[str] | None:
    """The whole text, with what may stand beside a day, against a pattern with the names of word lists in it."""
    return _compiled(pattern).fullmatch(said)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    lists = {
        "WEEKDAY": numbers("weekdays"),
        "MONTH": numbers("months"),
        "UNIT": numbers("units"),
        "DAY": numbers("days", "|"),
    }
    for name, words in lists.items():
        pattern = pattern.replace(name, _either(words))
    pattern = pattern.replace("NUMBER", rf"(?:\d{{1,3}}|{_either(numbers('numbers'))})")
    return re.compile(
        rf"(?:{_either(_phrases('before'))} ?){{0,4}}(?:{pattern})(?:,? {_either(_phrases('after'))}){{0,3}}"
    )


def _either(words: Any) -> str:
    """Longest first, so that no word hides a longer one."""
    return f"(?:{'|'.join(re.escape(word) for word in sorted(words, key=len, reverse=True))})"


@cache
def numbers(table: str, parted_by: str | None = None) -> dict[str, int]:
    """Word to number."""
    lists: dict[str, str] = vocabulary()[table]
    return {" ".join(word.split()): int(number) for number, words in lists.items() for word in words.split(parted_by)}


def _phrases(name: str) -> list[str]:
    return [" ".join(phrase.split()) for phrase in vocabulary()[name].split("|")]


@cache
def vocabulary() -> dict[str, Any]:
    """vocabulary/dates.toml."""
    return tomllib.loads((files("repondeur.engines") / "vocabulary" / "dates.toml").read_text("utf-8"))
