"""The fictional shop that the demo works for: its accounts, its mail, and what it knows."""

import secrets
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable


@dataclass(frozen=True, slots=True)
class Account:
    """Someone with a mailbox on the demo server. address in lower case; password: a new one for each run."""

    address: str
    name: str
    password: str = field(default_factory=lambda: secrets.token_urlsafe(16), repr=False)


def agent() -> Account:
    return Account("support@boutique.example", "La Boutique du Phare")


def customer() -> Account:
    return Account("claire@client.example", "Claire Maréchal")


def samples() -> tuple[tuple[str, bytes], ...]:
    """The sample mails as (file name, raw message), in the order in which they are to arrive. `{{now}}` stands where
    the date belongs: DemoServer.deliver puts it in."""
    return tuple((file.name, file.read_bytes()) for file in _folder("samples", ".eml"))


def knowledge() -> tuple[Traversable, ...]:
    """The shop's knowledge, one Markdown file each: front matter (id, title, language, visibility), then the text."""
    return _folder("knowledge", ".md")


def _folder(name: str, suffix: str) -> tuple[Traversable, ...]:
    folder = files(__package__) / name
    return tuple(sorted((file for file in folder.iterdir() if file.name.endswith(suffix)), key=lambda file: file.name))
