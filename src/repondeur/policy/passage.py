"""A piece of what the agent may say."""

from dataclasses import dataclass
from typing import Literal

Visibility = Literal["public", "internal"]


@dataclass(frozen=True, slots=True)
class Passage:
    """id: stable, e.g. "kb:returns". text: plain text. source: where it came from, for people."""

    id: str
    title: str
    text: str
    language: str
    visibility: Visibility = "internal"
    source: str = ""
