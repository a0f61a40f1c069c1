"""What mails say, sealed at rest: it is stored under a key of the settings, and can be read only with that key.

Fernet (cryptography.io, "Fernet (symmetric encryption)"): AES-128 in CBC mode under an HMAC with SHA-256. A sealed
value names its key, so several keys are in use side by side: the first one writes, all of them read. What was stored
before there was a key is read as it is.

The key belongs to an engine, by way of its dialect, which SQLAlchemy hands to every type. So two databases in one
process have each its own.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any, Final

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import JSON, Dialect, Engine, LargeBinary, Table, Text, TypeDecorator, column, table
from sqlalchemy.sql import TableClause

from repondeur.errors import StoreUnavailable

# No text that a person writes begins with this control character; one that does is marked as plain.
_SEALED: Final = "\x1fsealed:"
_PLAIN: Final = "\x1fplain:"
_SEALED_OCTETS, _PLAIN_OCTETS = _SEALED.encode(), _PLAIN.encode()
_OF_DIALECT: Final = "repondeur_sealer"


class Sealer:
    """keys: as `new_key` gives them, the first one writes; none at all seals nothing."""

    def __init__(self, keys: Sequence[str] = ()) -> None:
        self._by_id = {_key_id(key): Fernet(key) for key in keys}
        self.first = _key_id(keys[0]) if keys else ""

    @property
    def ids(self) -> Sequence[str]:
        """Of its keys, as given."""
        return list(self._by_id)

    def sealing_under(self, key_id: str) -> "Sealer":
        """Opens what this one opens, and seals under that one of its keys; "" seals nothing."""
        sealer = Sealer()
        sealer._by_id, sealer.first = self._by_id, key_id
        return sealer

    def seal(self, octets: bytes) -> str:
        """The octets under the first key. There must be one."""
        return f"{_SEALED}{self.first}:{self._by_id[self.first].encrypt(octets).decode('ascii')}"

    def open(self, sealed: str) -> bytes:
        """The way back. Raises StoreUnavailable without the key, or for what was changed since."""
        key_id, _, token = sealed.removeprefix(_SEALED).partition(":")
        try:
            return self._by_id[key_id].decrypt(token)
        except (KeyError, InvalidToken):
            raise StoreUnavailable("store.sealed", key=key_id) from None

    def is_current(self, stored: Any) -> bool:
        """Whether this, as it stands in the database, is under the first key already, or not sealed where there is no
        first key. Nothing is."""
        beginning = f"{_SEALED}{self.first}:" if self.first else _SEALED
        match stored:
            case None:
                return True
            case str():
                return stored.startswith(beginning) is bool(self.first)
            case bytes():
                return stored.startswith(beginning.encode()) is bool(self.first)
            case _:
                return not self.first


def new_key() -> str:
    return Fernet.generate_key().decode("ascii")


def _key_id(key: str) -> str:
    """Tells keys apart, and nothing of the key: the beginning of its SHA-256."""
    return hashlib.sha256(key.encode()).hexdigest()[:8]


UNSEALED: Final = Sealer()


def seal_with(engine: Engine, sealer: Sealer) -> None:
    """From now on what this engine writes is sealed by it."""
    setattr(engine.dialect, _OF_DIALECT, sealer)


def _sealer(dialect: Dialect) -> Sealer:
    found: Sealer = getattr(dialect, _OF_DIALECT, UNSEALED)
    return found


class SealedText(TypeDecorator[str]):
    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        sealer = _sealer(dialect)
        return sealer.seal(value.encode()) if sealer.first else _marked(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        if isinstance(value, str) and value.startswith(_SEALED):
            return _sealer(dialect).open(value).decode()
        return None if value is None else str(value).removeprefix(_PLAIN)


class SealedOctets(TypeDecorator[bytes]):
    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        sealer = _sealer(dialect)
        if sealer.first:
            return sealer.seal(value).encode("ascii")
        return _PLAIN_OCTETS + value if value.startswith((_SEALED_OCTETS, _PLAIN_OCTETS)) else value

    def process_result_value(self, value: Any, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        octets = bytes(value)
        if octets.startswith(_SEALED_OCTETS):
            return _sealer(dialect).open(octets.decode("ascii", "replace"))
        return octets.removeprefix(_PLAIN_OCTETS)


class SealedJson(TypeDecorator[Any]):
    """Sealed, it is a JSON string, which every JSON column takes. None is NULL."""

    impl = JSON
    cache_ok = True

    def __init__(self) -> None:
        super().__init__(none_as_null=True)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        sealer = _sealer(dialect)
        if sealer.first:
            return sealer.seal(json.dumps(value).encode())
        return _marked(value) if isinstance(value, str) else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        if not isinstance(value, str):
            return value
        if value.startswith(_SEALED):
            return json.loads(_sealer(dialect).open(value))
        return value.removeprefix(_PLAIN)


def _marked(text: str) -> str:
    return _PLAIN + text if text.startswith((_SEALED, _PLAIN)) else text


SEALED_TYPES: Final = (SealedText, SealedOctets, SealedJson)


def as_stored(of: Table) -> TableClause:
    """The same table as the database has it: what is sealed is read and written as it is, without any key."""
    return table(
        of.name,
        *(
            column(one.name, one.type.impl_instance if isinstance(one.type, SEALED_TYPES) else one.type)
            for one in of.columns
        ),
    )
