"""The header of a safetensors file: its tensors, and whether the file is as long as they are.

Source: the safetensors documentation, "Format": eight octets with the length of the header, the header as JSON, and the
tensors one after the other without a gap.
"""

import json
from collections import Counter
from math import prod
from pathlib import Path
from typing import Any, Final

from repondeur.errors import SettingsError

_LONGEST: Final = 100_000_000  # octets of a header, as the format's own library has it


def read_tensors(path: Path) -> Counter[str]:
    """How many numbers there are of each type, e.g. {"BF16": 596049920}.

    Raises SettingsError: model.unreadable, model.truncated, model.too_long, model.not_safetensors.
    """
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            length = int.from_bytes(file.read(8), "little")
            if size < 8 or length > size - 8:
                raise SettingsError(
                    "model.truncated" if length <= _LONGEST else "model.not_safetensors", path=str(path)
                )
            header = file.read(length) if length <= _LONGEST else b""
    except OSError as error:
        raise SettingsError("model.unreadable", path=str(path), problem=error.strerror or "?") from None
    try:
        numbers, end = _counted(json.loads(header))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise SettingsError("model.not_safetensors", path=str(path)) from None
    if 8 + length + end > size:
        raise SettingsError("model.truncated", path=str(path))
    if 8 + length + end < size:
        raise SettingsError("model.too_long", path=str(path))
    return numbers


def _counted(header: dict[str, Any]) -> tuple[Counter[str], int]:
    """And where the last tensor ends, in octets after the header. Raises what a header of another form makes it."""
    numbers: Counter[str] = Counter()
    end = 0
    for name, tensor in header.items():
        if name == "__metadata__":
            continue
        first, last = tensor["data_offsets"]
        shape = tensor["shape"]
        if not all(isinstance(one, int) and 0 <= one < 1 << 63 for one in (first, last, *shape)) or last < first:
            raise ValueError(name)
        numbers[str(tensor["dtype"])] += prod(shape)
        end = max(end, last)
    return numbers, end
