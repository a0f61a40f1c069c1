"""What a mail may want: ids that rules and people use, with a meaning and examples to tell them apart by.

The defaults are those of a service desk, in intents.toml; settings may change, add and leave out.
"""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from itertools import chain
from typing import Final


@dataclass(frozen=True, slots=True)
class Intent:
    """id: lower case, as stored. description: one short sentence in English, for a model. examples: what authors write,
    in any language, each a short sentence."""

    id: str
    description: str = ""
    examples: tuple[str, ...] = ()


def _defaults() -> tuple[Intent, ...]:
    tables = tomllib.loads((files("repondeur.policy") / "intents.toml").read_text("utf-8"))
    return tuple(
        Intent(name, table["description"], tuple(chain.from_iterable(table["examples"].values())))
        for name, table in tables.items()
    )


DEFAULT_INTENTS: Final = _defaults()
INTENTS: Final = tuple(intent.id for intent in DEFAULT_INTENTS)
OTHER: Final = "other"
