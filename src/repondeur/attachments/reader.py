"""Text of a file that a stranger wrote, read in a child that can be killed (I19)."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from types import TracebackType
from typing import Final, Self

from repondeur.attachments.file_text import FileLimits, FileText, from_json
from repondeur.attachments.kinds import Kind, kind_of
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
    last; pictures of text in another one, which may take more. ocr: languages of the pictures as tesseract names them;
    () reads none. marked: headings and tables of Office files as Markdown has them. turn: held by whoever wants to know
    that its file is the one that is being read."""

    def __init__(
        self,
        limits: FileLimits = FileLimits(),  # noqa: B008 (a frozen value)
        *,
        ocr: Sequence[str] = OCR_LANGUAGES,
        marked: bool = False,
    ) -> None:
        self.limits = limits
        self._marked = marked
        self.turn = asyncio.Lock()
        self._recognition: Recognition | None = find_recognition(ocr)
        answer = 16 * limits.text + MIB
        self._plain = ChildLimits(limits.plain_seconds, limits.plain_memory, answer)
        self._ocr = ChildLimits(limits.seconds, limits.memory, answer)
        self._plain_pool = Pool(ENTRY, size=1, limits=self._plain)
        self._ocr_pool = Pool(ENTRY, size=1, limits=self._ocr)

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
        file = _File(name, media_type, octets, languages)
        if self._recognition and kind_of(name, media_type, octets) is Kind.PICTURE:
            return await self._recognised(file, self._recognition)
        read = await self._read(file)
        if not (self._recognition and read.scans):
            return read
        whole = await self._recognised(file, self._recognition)
        return whole if whole.text or not read.text else replace(read, not_read=whole.not_read)

    async def _read(self, file: "_File") -> FileText:
        """Without a look at pictures."""
        return await self._asked(self._plain_pool, self._plain, file, None)

    async def _recognised(self, file: "_File", recognition: Recognition) -> FileText:
        how = [recognition.folder, list(recognition.languages), recognition.turned]
        return await self._asked(self._ocr_pool, self._ocr, file, how)

    async def _asked(self, pool: Pool, limits: ChildLimits, file: "_File", ocr: list[object] | None) -> FileText:
        request = {
            "name": file.name,
            "media_type": file.media_type,
            "languages": list(file.languages),
            "limits": asdict(self.limits),
            "marked": self._marked,
            "ocr": ocr,
        }
        try:
            answer = await pool.run(json.dumps(request).encode() + b"\n" + file.octets)
        except MessageUnreadable as error:
            reason = _said(error.reason, limits)
            return FileText(not_read=reason, scans=reason.code == "attachment.no_ocr")
        return from_json(json.loads(answer))

    async def close(self) -> None:
        await asyncio.gather(self._plain_pool.close(), self._ocr_pool.close())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    media_type: str
    octets: bytes
    languages: Sequence[str]


def _said(reason: Reason, limits: ChildLimits) -> Reason:
    if reason.code.startswith("attachment."):
        return reason
    params = {"seconds": limits.seconds, "memory": limits.memory_bytes // MIB}
    return Reason(_ENDED.get(reason.code, "attachment.broken"), params)


def _megabytes(octets: int) -> float:
    return round(octets / MIB, 1)
