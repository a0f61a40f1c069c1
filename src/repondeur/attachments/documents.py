"""PDF, Office files and pictures, by kreuzberg, which has readers for all of them and tesseract built in.

Source: kreuzberg 4.10 `_internal_bindings.pyi` (ExtractionConfig, OcrConfig, TesseractConfig).
"""

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from repondeur.attachments.file_text import FileLimits
from repondeur.attachments.kinds import Kind, mime_of
from repondeur.attachments.ocr import Recognition
from repondeur.attachments.pictures import dimensions, frames
from repondeur.bounded.limits import PATIENCE
from repondeur.errors import MessageUnreadable
from repondeur.texts import Reason

if TYPE_CHECKING:
    from kreuzberg import ExtractionConfig, ExtractionResult

# A page with fewer letters is a scan, or has nothing to say.
_SCAN_LETTERS: Final = 25
# Of the time for a file, what may have passed when another page is begun; the rest is for that page.
_TIME_SHARE: Final = 0.8
_MARK: Final = "\x01{page_num}\x02"
_MARKED: Final = re.compile(r"\x01(\d{1,9})\x02")
# Page segmentation modes of tesseract: a page whose orientation is looked at first, and one that is taken as it lies.
_UPRIGHT, _AS_IT_LIES = 1, 3
_PROTECTED: Final = ("password", "encrypted")


@dataclass(frozen=True, slots=True)
class Pages:
    """texts: of each page, sheet or slide that was read, or of the whole. pages: how many there are, 0 where there are
    no such things. left: what was not read. scans: pages that are pictures of text were not recognised."""

    texts: tuple[str, ...]
    pages: int = 0
    left: Reason | None = None
    scans: bool = False


def read_document(kind: Kind, octets: bytes, *, marked: bool = False) -> Pages:
    """An Office file; pictures in it are not looked at. marked: as Markdown. Raises MessageUnreadable."""
    settings = _settings(output_format="markdown") if marked else _settings()
    found = _extracted(octets, mime_of(kind, octets), settings)
    pages = found.get_page_count() if kind in {Kind.PPTX, Kind.ODP, Kind.PPT} else 0
    return Pages((found.content,), pages)


def _spending() -> Callable[[], float]:
    """Tells how many of the seconds for a file have passed since: CPU time, or its part of the time by the clock where
    others have the processor, for that ends the child as well."""
    processor, clock = time.process_time(), time.monotonic()
    return lambda: max(time.process_time() - processor, (time.monotonic() - clock) / PATIENCE)


def read_pdf(octets: bytes, limits: FileLimits, ocr: Recognition | None) -> Pages:
    """Its text; what is only a picture of text is recognised, page by page, as long as time allows."""
    spent = _spending()
    found = _extracted(octets, "application/pdf", _settings())
    count = found.get_page_count()
    texts = [page["content"] for page in found.pages or ()][: limits.pages] or [found.content]
    scanned = [number for number, text in enumerate(texts, 1) if sum(map(str.isalnum, text)) < _SCAN_LETTERS]
    if scanned and ocr is None:
        return Pages(tuple(texts), count, _left(len(texts) - len(scanned), count), scans=True)
    longest = 0.0
    for place, number in enumerate(scanned):
        assert ocr is not None
        begun = spent()
        if begun + longest > _TIME_SHARE * limits.seconds:
            return Pages(tuple(texts), count, _left(len(texts) - len(scanned) + place, count))
        texts[number - 1] = _recognised(octets, number, ocr) or texts[number - 1]
        longest = max(longest, spent() - begun)
    return Pages(tuple(texts), count, _left(len(texts), count))


def read_picture(octets: bytes, limits: FileLimits, ocr: Recognition | None) -> Pages:
    """The words in a picture. Raises MessageUnreadable."""
    media_type = mime_of(Kind.PICTURE, octets)
    size = dimensions(octets, media_type)
    if size is None:
        raise MessageUnreadable("attachment.broken")
    if size[0] * size[1] > limits.pixels:
        raise MessageUnreadable("attachment.picture_too_large", width=size[0], height=size[1])
    if ocr is None:
        raise MessageUnreadable("attachment.no_ocr")
    text = _extracted(octets, media_type, _settings(ocr)).content
    pages = frames(octets) if media_type == "image/tiff" else 0
    return Pages((text,), pages, _left(1, pages))


def _left(read: int, count: int) -> Reason | None:
    return Reason("attachment.pages_left", {"read": read, "pages": count}) if read < count else None


def _recognised(octets: bytes, number: int, ocr: Recognition) -> str:
    """One page of a PDF. The program gives the whole text with marks between the pages."""
    found = _extracted(octets, "application/pdf", _settings(ocr, force_ocr_pages=[number]))
    pieces = _MARKED.split(found.content)
    return next((text for page, text in zip(pieces[1::2], pieces[2::2], strict=False) if int(page) == number), "")


def _settings(ocr: Recognition | None = None, **more: Any) -> "ExtractionConfig":
    from kreuzberg import (
        ConcurrencyConfig,
        ContentFilterConfig,
        ExtractionConfig,
        OcrConfig,
        PageConfig,
        TesseractConfig,
    )

    recognising = None
    if ocr is not None:
        os.environ["TESSDATA_PREFIX"] = ocr.folder
        languages = "+".join(ocr.languages)
        tesseract = TesseractConfig(
            language=languages,
            psm=_UPRIGHT if ocr.turned else _AS_IT_LIES,
            output_format="text",
            enable_table_detection=False,
            use_cache=False,
        )
        recognising = OcrConfig(backend="tesseract", language=languages, tesseract_config=tesseract)
    return ExtractionConfig(
        ocr=recognising,
        use_cache=False,  # it may write no files
        enable_quality_processing=False,
        pages=PageConfig(extract_pages=True, insert_page_markers=ocr is not None, marker_format=_MARK),
        # What stands at the top of each page may be the number that the mail is about.
        content_filter=ContentFilterConfig(include_headers=True, include_footers=True, strip_repeating_text=False),
        concurrency=ConcurrencyConfig(max_threads=1),
        **more,
    )


def _extracted(octets: bytes, media_type: str, settings: "ExtractionConfig") -> "ExtractionResult":
    from kreuzberg import KreuzbergError, extract_bytes_sync

    try:
        return extract_bytes_sync(octets, media_type, settings)
    except KreuzbergError as error:
        protected = any(word in str(error).lower() for word in _PROTECTED)
        raise MessageUnreadable("attachment.encrypted" if protected else "attachment.broken") from error
