"""Weights as files: safetensors (huggingface.co/docs/safetensors, "Format") and GGUF version 3 (ggml, docs/gguf.md).
Written tensor by tensor, so that a large model needs no more memory than its largest one."""

import json
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

Value = str | int | float | bool | Sequence[str] | Sequence[int]

ALIGNMENT = 32
BLOCK = 32  # weights of a Q8_0 block, which share a scale
F32, F16, Q8_0 = 0, 1, 8


@dataclass(frozen=True, slots=True)
class Tensor:
    """name: as in safetensors. short: as in GGUF. weights: makes them; the same each time."""

    name: str
    short: str
    shape: tuple[int, ...]
    weights: Callable[[], Any]


def write_safetensors(file: Path, tensors: Sequence[Tensor]) -> None:
    """All in bfloat16."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for one in tensors:
        start, end = end, end + 2 * int(np.prod(one.shape))
        header[one.name] = {"dtype": "BF16", "shape": list(one.shape), "data_offsets": [start, end]}
    raw = json.dumps(header).encode()
    raw += b" " * (-len(raw) % 8)
    with file.open("wb") as out:
        out.write(struct.pack("<Q", len(raw)) + raw)
        for one in tensors:
            # The upper half of a float32 is a bfloat16, its last bit cut instead of rounded.
            out.write((one.weights().astype("<f4").view("<u4") >> 16).astype("<u2").tobytes())


def write_gguf(file: Path, about: Mapping[str, Value], tensors: Sequence[Tensor], kind: int) -> None:
    """kind: F16 or Q8_0, for all but vectors, which stay F32."""
    with file.open("wb") as out:
        out.write(struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(about)))
        for name, value in about.items():
            out.write(_string(name) + _value(value))
        offset = 0
        for one in tensors:
            form = kind if len(one.shape) > 1 else F32
            sizes = struct.pack(f"<{len(one.shape)}Q", *reversed(one.shape))
            out.write(_string(one.short) + struct.pack("<I", len(one.shape)) + sizes + struct.pack("<IQ", form, offset))
            offset += _aligned(_size(one.shape, form))
        _pad(out)
        for one in tensors:
            for piece in _packed(one.weights(), kind if len(one.shape) > 1 else F32):
                out.write(piece)
            _pad(out)


def _size(shape: tuple[int, ...], form: int) -> int:
    count = int(np.prod(shape))
    return {F32: count * 4, F16: count * 2, Q8_0: count // BLOCK * (BLOCK + 2)}[form]


def _packed(weights: Any, form: int) -> Iterator[bytes]:
    if form != Q8_0:
        yield weights.astype("<f4" if form == F32 else "<f2").tobytes()
        return
    for rows in np.array_split(weights, max(1, weights.size // 10_000_000)):
        blocks = rows.reshape(-1, BLOCK).astype(np.float32)
        scales = np.abs(blocks).max(axis=1, keepdims=True) / 127
        whole = np.rint(blocks / np.where(scales == 0, 1, scales)).astype("i1")
        yield np.concatenate([scales.astype("<f2").view("u1"), whole.view("u1")], axis=1).tobytes()


def _value(value: Value) -> bytes:
    match value:
        case bool():
            return struct.pack("<I?", 7, value)
        case int():
            return struct.pack("<II", 4, value)
        case float():
            return struct.pack("<If", 6, value)
        case str():
            return struct.pack("<I", 8) + _string(value)
    if value and isinstance(value[0], str):
        return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(_string(str(one)) for one in value)
    return struct.pack(f"<IIQ{len(value)}i", 9, 5, len(value), *value)


def _string(text: str) -> bytes:
    raw = text.encode()
    return struct.pack("<Q", len(raw)) + raw


def _aligned(size: int) -> int:
    return size + -size % ALIGNMENT


def _pad(out: BinaryIO) -> None:
    out.write(bytes(-out.tell() % ALIGNMENT))
