"""The phrases of phrases.toml, French ones first. How they are looked for: words.py."""

import tomllib
from importlib.resources import files
from typing import Final

_TABLES = tomllib.loads((files("repondeur.policy") / "phrases.toml").read_text("utf-8"))


def _phrases(name: str) -> tuple[str, ...]:
    return (*_TABLES[name]["fr"], *_TABLES[name]["en"])


LEGAL: Final = _phrases("legal")
PRIVACY: Final = _phrases("privacy")
HARM: Final = _phrases("harm")
CROSS: Final = _phrases("cross")
EMERGENCY: Final = _phrases("emergency")
ASKS_FOR_PERSON: Final = _phrases("asks_for_person")
WANTS_PERSON: Final = _phrases("wants_person")
WANTS_PERSON_ALONE: Final = _phrases("wants_person_alone")
