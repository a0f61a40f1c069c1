"""What could be read of one file, as a value that passes between parent and child."""

from dataclasses import dataclass
from typing import Any

from repondeur.texts import Reason

PAGE_END = "\f"


@dataclass(frozen=True, slots=True)
class FileLimits:
    """What reading one file may take. size: octets. pages: that are read, the first ones. seconds: CPU time, of which a
    file without pictures of text gets a part. memory: octets of address space of the child, of which it really uses
    about two thirds. text: characters that are kept. pixels: of one picture."""

    size: int = 20 * 1024 * 1024
    pages: int = 30
    seconds: float = 20
    memory: int = 1000 * 1024 * 1024
    text: int = 200_000
    pixels: int = 50_000_000

    @property
    def plain_seconds(self) -> float:
        """CPU time of a file in which no pictures are read: 5 of 20 (I19)."""
        return max(self.seconds / 4, min(self.seconds, 5))

    @property
    def plain_memory(self) -> int:
        """Address space of a child that reads no pictures: 650 MiB of 1000, so that under 512 are really used (I19)."""
        return max(self.memory * 65 // 100, min(self.memory, 650 * 1024 * 1024))


@dataclass(frozen=True, slots=True)
class FileText:
    """text: its pages (sheets, slides) with a form feed between two, "" when nothing could be read. pages: how many the
    file has, 0 where it has no such thing. language: of those that were asked for, "" without text. not_read: why
    nothing was read, or not all of it; None where all was. scans: it has pages that are pictures of text, and they
    were not recognised."""

    text: str = ""
    pages: int = 0
    language: str = ""
    not_read: Reason | None = None
    scans: bool = False


def to_json(read: FileText) -> dict[str, Any]:
    reason = read.not_read
    said = None if reason is None else [reason.code, dict(reason.params)]
    return {"text": read.text, "pages": read.pages, "language": read.language, "not_read": said, "scans": read.scans}


def from_json(data: dict[str, Any]) -> FileText:
    said = data["not_read"]
    reason = None if said is None else Reason(said[0], said[1])
    return FileText(data["text"], data["pages"], data["language"], reason, data["scans"])
