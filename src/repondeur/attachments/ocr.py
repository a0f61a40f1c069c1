"""Is there a program that reads pictures? What tesseract needs is the data of its languages; the rest is built in."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# Where the packages of Debian, Fedora, Arch, Alpine, FreeBSD and Homebrew put it.
_FOLDERS: Final = (
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tessdata",
    "/usr/share/tesseract/tessdata",
    "/usr/local/share/tessdata",
    "/usr/local/share/tesseract/tessdata",
    "/opt/homebrew/share/tessdata",
)


@dataclass(frozen=True, slots=True)
class Recognition:
    """folder: of the trained data. languages: of those that were asked for, the ones that are there, in order. turned:
    whether it can tell which way up a page is."""

    folder: str
    languages: tuple[str, ...]
    turned: bool = False


def find_recognition(
    wanted: Sequence[str], folders: Iterable[str] = _FOLDERS, environment: Mapping[str, str] = os.environ
) -> Recognition | None:
    """The first folder with data of one of the languages (codes of tesseract: "fra", "eng"); None without any."""
    named = environment.get("TESSDATA_PREFIX", "")
    for folder in (*([named, f"{named}/tessdata"] if named else ()), *folders):
        there = tuple(code for code in wanted if (Path(folder) / f"{code}.traineddata").is_file())
        if there:
            return Recognition(folder, there, (Path(folder) / "osd.traineddata").is_file())
    return None
