"""ZIP files, and the Office formats that are ZIP files. Nothing is unpacked that its directory says to be too much, and
nothing to disk: the names of members are only shown (I20).

Source: PKWARE APPNOTE 4.4.4 (encryption), 4.4.9 (sizes).
"""

import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Final
from zipfile import BadZipFile, ZipFile, ZipInfo

from repondeur.attachments.documents import Pages
from repondeur.attachments.file_text import FileLimits
from repondeur.attachments.kinds import Kind, kind_of
from repondeur.attachments.ocr import Recognition
from repondeur.bounded.limits import MIB
from repondeur.errors import MessageUnreadable
from repondeur.mail.attachments import shown_name
from repondeur.texts import Reason

Read = Callable[[Kind, bytes, FileLimits, Recognition | None], Pages]

_MEMBERS: Final = 10_000
_UNPACKED: Final = 50 * MIB
# I19. XML of Office files packs to a twentieth, seldom to a hundredth; zeros to a thousandth.
_RATIO, _RATIO_FROM = 100, 10 * MIB
_READ: Final = 5
_NAMED: Final = 40
_FLAG_ENCRYPTED: Final = 1
# Archives in archives are named, never opened; pictures are seldom what an archive is sent for.
_NOT_READ_INSIDE: Final = frozenset({Kind.ARCHIVE, Kind.PICTURE, Kind.OTHER, Kind.EMPTY})
_NO_ZIP: Final = (BadZipFile, zlib.error, NotImplementedError, OSError, EOFError, ValueError, RuntimeError, KeyError)


def look_at_members(octets: bytes) -> None:
    """Of an Office file, before it is opened. Raises MessageUnreadable for one that is encrypted, a bomb, or no ZIP."""
    with _opened(octets) as packed:
        _check(packed.infolist())
        try:
            manifest = packed.getinfo("META-INF/manifest.xml")
        except KeyError:
            return
        try:
            with packed.open(manifest) as file:
                encrypted = b"encryption-data" in file.read(MIB)
        except _NO_ZIP as error:
            raise MessageUnreadable("attachment.broken") from error
    if encrypted:  # ODF 1.3 part 2, 3.4
        raise MessageUnreadable("attachment.encrypted")


def read_members(octets: bytes, limits: FileLimits, ocr: Recognition | None, read: Read) -> Pages:
    """The names of an archive's files, and the text of the first few that are documents."""
    with _opened(octets) as packed:
        members = [member for member in packed.infolist() if not member.is_dir()]
        _check(members)
        if not members:
            raise MessageUnreadable("attachment.empty")
        if any(member.flag_bits & _FLAG_ENCRYPTED for member in members):
            raise MessageUnreadable("attachment.encrypted")
        names = "\n".join(shown_name(member.filename) for member in members[:_NAMED])
        pages, whole, scans, room, started = [names], 0, False, limits.size, time.process_time()
        for member in members[:_NAMED]:
            if len(pages) > _READ or member.file_size > room:
                continue
            left_over = replace(limits, seconds=limits.seconds - (time.process_time() - started))
            found = _text_of(packed, member, left_over, ocr, read)
            text = "\n\n".join(found.texts)
            if text.strip():
                pages.append(f"{shown_name(member.filename)}\n{text}")
                whole += found.left is None
            scans = scans or found.scans
            room -= member.file_size
    left = Reason("attachment.members_left", {"members": len(members), "read": whole}) if whole < len(members) else None
    return Pages(tuple(pages), 0, left, scans)


def _text_of(packed: ZipFile, member: ZipInfo, limits: FileLimits, ocr: Recognition | None, read: Read) -> Pages:
    """No texts for what is not read: its name is shown already."""
    try:
        with packed.open(member) as file:
            octets = file.read(member.file_size + 1)
    except _NO_ZIP:
        return Pages(())
    kind = kind_of(member.filename, "", octets)
    if kind in _NOT_READ_INSIDE:
        return Pages(())
    try:
        return read(kind, octets, limits, ocr)
    except MessageUnreadable:
        return Pages(())


def _opened(octets: bytes) -> ZipFile:
    try:
        return ZipFile(BytesIO(octets))
    except _NO_ZIP as error:
        raise MessageUnreadable("attachment.broken") from error


def _check(members: list[ZipInfo]) -> None:
    """By what the directory states; one that lies about it runs into the limits of the child."""
    unpacked = sum(member.file_size for member in members)
    swollen = any(
        member.file_size > _RATIO_FROM and member.file_size > _RATIO * max(member.compress_size, 1)
        for member in members
    )
    if len(members) > _MEMBERS or unpacked > _UNPACKED or swollen:
        raise MessageUnreadable("attachment.bomb")
