"""A piece of what the agent may say."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Visibility = Literal["public", "internal"]


@dataclass(frozen=True, slots=True)
class Passage:
    """id: stable, e.g. "kb:returns". text: plain text. source: where it came from, for people. valid_until: the last
    day on which it holds, None for as long as it stands there."""

    id: str
    title: str
    text: str
    language: str
    visibility: Visibility = "internal"
    source: str = ""
    valid_until: date | None = None
