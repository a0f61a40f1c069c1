"""A part of a page that is not for the public: between <!-- internal --> and <!-- /internal -->. Pure."""

import re
from typing import Final

_MARK = re.compile(r"<!--\s{0,20}(/?)\s{0,20}intern(?:al|e)\s{0,20}-->", re.IGNORECASE)

_MOST: Final = 50  # parts that are read each by itself


def parted(source: str) -> tuple[str, list[tuple[str, str]]]:
    """What may be said, and each internal part with what stands before it. A part that does not end goes on to the end
    of the file."""
    said: list[str] = []
    inner: list[tuple[str, str]] = []
    position, inside = 0, False
    for mark in _MARK.finditer(source):
        _put(source[position : mark.start()], said, inner, inside=inside)
        position, inside = mark.end(), not mark[1]
    _put(source[position:], said, inner, inside=inside)
    if len(inner) > _MOST:
        inner = [("", "\n".join(part for _, part in inner))]
    return "\n".join(said), inner


def _put(piece: str, said: list[str], inner: list[tuple[str, str]], *, inside: bool) -> None:
    if inside:
        inner.append((said[-1] if said else "", piece))
    else:
        said.append(piece)
