"""The header of a GGUF file: what model it is, and how long the file has to be.

Source: the GGUF specification (ggml project, docs/gguf.md), versions 2 and 3, little-endian. Nothing a file says is
believed before the file is long enough for it, so that a hostile one ends as quickly as an honest one.
"""

import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, Final

from repondeur.engines.runtimes.gguf_types import TYPES
from repondeur.errors import SettingsError

MAGIC: Final = b"GGUF"
# A vocabulary of 256,000 tokens with its scores, types and merges stays below a quarter of this.
_MOST_VALUES: Final = 4_000_000
_MOST_TENSORS: Final = 100_000
_LONGEST_TEXT: Final = 1 << 20  # octets of a value that is kept: a chat template
_DEFAULT_ALIGNMENT: Final = 32

_TEXT, _ARRAY, _BOOL = 8, 9, 7
# Metadata value types of fixed size, as struct has them.
_FIXED: Final[Mapping[int, struct.Struct]] = {
    kind: struct.Struct(f"<{code}")
    for kind, code in {
        0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", _BOOL: "?", 10: "Q", 11: "q", 12: "d",
    }.items()
}  # fmt: skip
_COUNT: Final = struct.Struct("<Q")
_NUMBER: Final = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Header:
    """values: metadata that is one value; of a list, only how many it has, in `counts`. parameters: numbers in all
    tensors. types: names of the tensor types, that with the most numbers first. size: octets the file has to have;
    up to `slack` more are padding."""

    values: Mapping[str, str | int | float | bool]
    counts: Mapping[str, int]
    parameters: int
    types: tuple[str, ...]
    size: int
    slack: int

    def text(self, key: str) -> str:
        value = self.values.get(key)
        return value if isinstance(value, str) else ""

    def number(self, key: str) -> int:
        """0 where it is missing or no whole number."""
        value = self.values.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else 0


class _EndsHere(Exception):
    """The file ends before what its header announces."""


class _NoSense(Exception):
    """The header says what no GGUF file says."""


def read_header(path: Path) -> Header:
    """The header of the file. Raises SettingsError: model.unreadable, model.not_gguf, model.truncated for a file that
    ends inside its header."""
    try:
        with path.open("rb") as file:
            return _Reader(file, path.stat().st_size).header()
    except OSError as error:
        raise SettingsError("model.unreadable", path=str(path), problem=error.strerror or "?") from None
    except _EndsHere:
        raise SettingsError("model.truncated", path=str(path)) from None
    except _NoSense as error:
        raise SettingsError("model.not_gguf", path=str(path), problem=str(error)) from None


class _Reader:
    """Goes through the file once, from its start."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._left = size
        self._at = 0
        self._values = 0

    def header(self) -> Header:
        if self._take(4) != MAGIC:
            raise _NoSense("magic")
        version = self._number()
        if version not in {2, 3}:
            raise _NoSense(f"version {version}")
        tensors, pairs = self._count(), self._count()
        if tensors > _MOST_TENSORS or pairs > _MOST_VALUES:
            raise _NoSense(f"{tensors} tensors, {pairs} values")
        values, counts = self._metadata(pairs)
        return self._sized(values, counts, tensors)

    def _metadata(self, pairs: int) -> tuple[dict[str, str | int | float | bool], dict[str, int]]:
        values: dict[str, str | int | float | bool] = {}
        counts: dict[str, int] = {}
        for _ in range(pairs):
            self._counted(1)
            key, kind = self._text(), self._number()
            if kind == _ARRAY:
                counts[key] = self._skipped_array()
            elif kind == _TEXT:
                values[key] = self._text()
            else:
                values[key] = self._fixed(kind)
        return values, counts

    def _sized(self, values: dict[str, str | int | float | bool], counts: dict[str, int], tensors: int) -> Header:
        alignment = values.get("general.alignment", _DEFAULT_ALIGNMENT)
        if not isinstance(alignment, int) or not 1 <= alignment <= 1 << 20:
            raise _NoSense(f"alignment {alignment}")
        parameters: Counter[str] = Counter()
        end = 0
        for _ in range(tensors):
            self._text()
            dimensions = self._number()
            if dimensions > 8:
                raise _NoSense(f"{dimensions} dimensions")
            numbers = prod(self._count() for _ in range(dimensions))
            kind, offset = self._number(), self._count()
            packing = TYPES.get(kind)
            if packing is None:
                raise _NoSense(f"tensor type {kind}")
            parameters[packing.name] += numbers
            end = max(end, offset + -(-numbers // packing.values) * packing.octets)
        start = -(-self._at // alignment) * alignment if tensors else self._at
        return Header(
            values=MappingProxyType(values),
            counts=MappingProxyType(counts),
            parameters=parameters.total(),
            types=tuple(name for name, _ in parameters.most_common()),
            size=start + end,
            slack=-(start + end) % alignment,
        )

    def _skipped_array(self) -> int:
        """How many values it has. Their content is for the runtime."""
        kind, length = self._number(), self._count()
        if kind in _FIXED:
            self._counted(1)
            self._skip(length * _FIXED[kind].size)
        elif kind == _TEXT:
            if length * _COUNT.size > self._left:
                raise _EndsHere
            self._counted(length)
            for _ in range(length):
                self._skip(self._count())
        else:
            raise _NoSense(f"list of type {kind}")
        return length

    def _counted(self, more: int) -> None:
        self._values += more
        if self._values > _MOST_VALUES:
            raise _NoSense(f"more than {_MOST_VALUES} values")

    def _fixed(self, kind: int) -> int | float | bool:
        form = _FIXED.get(kind)
        if form is None:
            raise _NoSense(f"value of type {kind}")
        value: int | float | bool = form.unpack(self._take(form.size))[0]
        return value

    def _text(self) -> str:
        length = self._count()
        if length > self._left:
            raise _EndsHere
        if length > _LONGEST_TEXT:
            raise _NoSense(f"text of {length} octets")
        return self._take(length).decode("utf-8", "replace")

    def _number(self) -> int:
        value: int = _NUMBER.unpack(self._take(_NUMBER.size))[0]
        return value

    def _count(self) -> int:
        value: int = _COUNT.unpack(self._take(_COUNT.size))[0]
        return value

    def _take(self, octets: int) -> bytes:
        found = self._file.read(octets) if octets <= self._left else b""
        if len(found) < octets:
            raise _EndsHere
        self._passed(octets)
        return found

    def _skip(self, octets: int) -> None:
        if octets > self._left:
            raise _EndsHere
        # Reading a short text is quicker than seeking over it, which throws the buffer away.
        if octets <= 4096:
            self._file.read(octets)
        else:
            self._file.seek(octets, 1)
        self._passed(octets)

    def _passed(self, octets: int) -> None:
        self._at += octets
        self._left -= octets
