"""Text of a file that a stranger wrote, read in a child that can be killed (I19)."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from types import TracebackType
from typing import Final, Self

from repondeur.attachments.file_text import FileLimits, FileText, from_json
from repondeur.attachments.ocr import Recognition, find_recognition
from repondeur.bounded.limits import MIB, ChildLimits
from repondeur.bounded.pool import Pool
from repondeur.errors import MessageUnreadable
from repondeur.texts import Reason

__all__ = ["FileLimits", "FileReader", "FileText"]

ENTRY: Final = "repondeur.attachments.child:read_file"
OCR_LANGUAGES: Final = ("fra", "eng")
# What the child said of itself, as what it says of the file.
_ENDED: Final = {
    "bounded.time": "attachment.time",
    "bounded.memory": "attachment.memory",
    "bounded.too_large": "attachment.bomb",
    "bounded.crashed": "attachment.crashed",
}


class FileReader:
    """Reads one file after the other in a child of its own, which starts with the first and ends a minute after the
    last. ocr: languages of the pictures as tesseract names them; () reads none. marked: headings and tables of Office
    files as Markdown has them."""

    def __init__(
        self,
        limits: FileLimits = FileLimits(),  # noqa: B008 (a frozen value)
        *,
        ocr: Sequence[str] = OCR_LANGUAGES,
        marked: bool = False,
    ) -> None:
        self.limits = limits
        self._marked = marked
        self._recognition: Recognition | None = find_recognition(ocr)
        child = ChildLimits(seconds=limits.seconds, memory_bytes=limits.memory, answer_bytes=16 * limits.text + MIB)
        self._pool = Pool(ENTRY, size=1, limits=child)

    async def read(
        self, name: str, media_type: str, octets: bytes, languages: Sequence[str] = ("en", "fr")
    ) -> FileText:
        """The text of a file, its language one of `languages` (ISO 639-1).

        name, media_type: as its sender states them; neither is believed without the content. Never raises for what a
        file is or does: not_read says why it was not read. Raises TemporaryError when no child can be started.
        """
        if len(octets) > self.limits.size:
            sizes = {"size": _megabytes(len(octets)), "limit": _megabytes(self.limits.size)}
            return FileText(not_read=Reason("attachment.too_large", sizes))
        recognition = self._recognition
        request = {
            "name": name,
            "media_type": media_type,
            "languages": list(languages),
            "limits": asdict(self.limits),
            "marked": self._marked,
            "ocr": None
            if recognition is None
            else [recognition.folder, list(recognition.languages), recognition.turned],
        }
        try:
            answer = await self._pool.run(json.dumps(request).encode() + b"\n" + octets)
        except MessageUnreadable as error:
            return FileText(not_read=self._said(error.reason))
        return from_json(json.loads(answer))

    async def close(self) -> None:
        await self._pool.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _said(self, reason: Reason) -> Reason:
        if reason.code.startswith("attachment."):
            return reason
        limits = {"seconds": self.limits.seconds, "memory": self.limits.memory // MIB}
        return Reason(_ENDED.get(reason.code, "attachment.broken"), limits)


def _megabytes(octets: int) -> float:
    return round(octets / MIB, 1)
