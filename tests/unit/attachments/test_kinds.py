"""What a file is, by content and name; the size of a picture; which attachments are worth reading."""

import struct

import pytest
from tests.support import files

from repondeur.attachments.file_text import FileLimits
from repondeur.attachments.kinds import Kind, kind_of, picture_type
from repondeur.attachments.pictures import dimensions, frames
from repondeur.attachments.worth import MailLimits, sorted_out, waiting
from repondeur.mail.message import Attachment

OCTETS = "application/octet-stream"
PDF = files.pdf(files.page("Bonjour"))
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(10) + b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", 600, 800) + bytes(12)
TIFF = b"II*\x00" + struct.pack("<IHHHIHxxHHIII", 8, 2, 256, 3, 1, 1240, 257, 4, 1, 1754, 0)


@pytest.mark.parametrize(
    ("name", "media_type", "octets", "kind"),
    [
        pytest.param("a.pdf", OCTETS, PDF, Kind.PDF, id="octets called pdf"),
        pytest.param("", OCTETS, PDF, Kind.PDF, id="a pdf without a name"),
        pytest.param("a.docx", OCTETS, b"\n" + PDF, Kind.PDF, id="a pdf that is called docx"),
        pytest.param("a.pdf", "application/pdf", files.packed({"a.txt": "x"}), Kind.ARCHIVE, id="a pdf that is a zip"),
        pytest.param("a.pdf", "application/pdf", files.docx("x"), Kind.DOCX, id="a pdf that is a docx"),
        pytest.param("a.zip", OCTETS, files.xlsx("x"), Kind.XLSX, id="a zip that is a workbook"),
        pytest.param("a", OCTETS, files.odt("x"), Kind.ODT, id="an odt without a suffix"),
        pytest.param("a.xls", OCTETS, b"<html><table>", Kind.HTML, id="a page that is called xls"),
        pytest.param("a.xls", OCTETS, files.compound({"Workbook": b"x"}), Kind.XLS, id="an old workbook"),
        pytest.param("a.docx", OCTETS, files.compound({"EncryptedPackage": b"x"}), Kind.ENCRYPTED_OFFICE, id="locked"),
        pytest.param("a.dat", OCTETS, files.msg("a", "b"), Kind.MSG, id="an outlook message"),
        pytest.param("a.csv", "text/plain", b"a;b\n1;2\n", Kind.TEXT, id="csv"),
        pytest.param("", "text/plain", b"Bonjour", Kind.TEXT, id="text without a name"),
        pytest.param("a.eml", OCTETS, b"From: a@b.example\n\nx", Kind.EML, id="a mail"),
        pytest.param("a.jpg", "image/jpeg", files.png(10, 10), Kind.PICTURE, id="a png called jpg"),
        pytest.param("BMW.txt", OCTETS, b"BMW annonce", Kind.TEXT, id="a text that begins as a bitmap does"),
        pytest.param("a.txt", "text/plain", b"MZ\x90\x00program", Kind.OTHER, id="a program called txt"),
        pytest.param("a.exe", OCTETS, b"MZ\x90\x00program", Kind.OTHER, id="a program"),
        pytest.param("a.iso", OCTETS, b"\x01" * 90, Kind.OTHER, id="a disk image"),
        pytest.param("a.pdf", OCTETS, b"", Kind.EMPTY, id="nothing"),
        pytest.param("a.pdf", OCTETS, bytes(5000), Kind.EMPTY, id="only zeros"),
    ],
)
def test_the_kind_of_a_file(name: str, media_type: str, octets: bytes, kind: Kind) -> None:
    assert kind_of(name, media_type, octets) is kind


@pytest.mark.parametrize(
    ("octets", "size"),
    [
        pytest.param(files.png(50_000, 40_000), (50_000, 40_000), id="png"),
        pytest.param(JPEG, (800, 600), id="jpeg"),
        pytest.param(TIFF, (1240, 1754), id="tiff"),
        pytest.param(b"GIF89a" + struct.pack("<HH", 320, 200), (320, 200), id="gif"),
        pytest.param(b"BM" + bytes(16) + struct.pack("<ii", 64, -48), (64, 48), id="bmp, top line first"),
        pytest.param(
            b"RIFF" + bytes(4) + b"WEBPVP8X" + bytes(8) + b"\x0f\x27\0\x1f\x4e\0", (10_000, 20_000), id="webp"
        ),
        pytest.param(b"RIFF" + bytes(4) + b"WEBPVP8 " + bytes(10) + struct.pack("<HH", 90, 80), (90, 80), id="lossy"),
        pytest.param(b"RIFF" + bytes(4) + b"WEBPVP8L" + bytes(5) + b"\x09\xc0\x04\x00", (10, 20), id="lossless"),
        pytest.param(JPEG[:24], None, id="broken off"),
        pytest.param(TIFF[:20], None, id="a tiff that is broken off"),
    ],
)
def test_the_size_of_a_picture_is_in_its_header(octets: bytes, size: tuple[int, int] | None) -> None:
    assert dimensions(octets, picture_type(octets)) == size


def test_a_fax_has_several_pages() -> None:
    second = struct.pack("<H", 0) + struct.pack("<I", 0)
    first = struct.pack("<H", 0) + struct.pack("<I", 14)
    assert frames(b"II*\x00" + struct.pack("<I", 8) + first + second) == 2
    assert frames(b"II*\x00" + struct.pack("<I", 8) + struct.pack("<H", 0) + struct.pack("<I", 8)) == 1
    assert frames(TIFF) == 1


@pytest.mark.parametrize(
    ("attachment", "code"),
    [
        pytest.param(Attachment("a.pdf", OCTETS, 500), "attachment.waiting", id="a pdf"),
        pytest.param(Attachment("Facture n.4512", OCTETS, 500), "attachment.waiting", id="a dot that begins no suffix"),
        pytest.param(Attachment("", OCTETS, 500), "attachment.waiting", id="nobody knows what"),
        pytest.param(Attachment("scan.jpg", "image/jpeg", 90_000), "attachment.waiting", id="a picture"),
        pytest.param(Attachment("setup.exe", OCTETS, 500), "attachment.unsupported", id="a program"),
        pytest.param(Attachment("film.mp4", "video/mp4", 500), "attachment.unsupported", id="a film"),
        pytest.param(Attachment("a.pdf", OCTETS, 0), "attachment.empty", id="nothing"),
        pytest.param(Attachment("a.pdf", OCTETS, 30 << 20), "attachment.too_large", id="too large"),
        pytest.param(Attachment("smime.p7s", "application/pkcs7-signature", 4000), None, id="a signature"),
        pytest.param(Attachment("invite.ics", "text/calendar", 4000), None, id="an invitation"),
        pytest.param(Attachment("photo.jpg", "image/jpeg", 40_000, inline=True), None, id="a picture in the text"),
        pytest.param(
            Attachment("image001.png", "image/png", 90_000, inline=True), "attachment.waiting", id="a pasted screenshot"
        ),
        pytest.param(Attachment("image001.png", "image/png", 20_000), None, id="a logo"),
        pytest.param(Attachment("x.gif", "image/gif", 900), None, id="a dot"),
    ],
)
def test_what_is_read_and_why_not(attachment: Attachment, code: str | None) -> None:
    (found,) = sorted_out([attachment], MailLimits())
    assert (found.not_read and found.not_read.code) == code


def test_a_picture_in_the_text_takes_the_place_of_no_file() -> None:
    pasted = [Attachment(f"image{one}.png", "image/png", 90_000, inline=True) for one in range(3)]
    found = sorted_out([*pasted, Attachment("a.pdf", OCTETS, 500)], MailLimits(files=2))
    assert waiting(found) == (0, 3)
    assert [one.not_read for one in found[1:3]] == [None, None]


def test_without_pictures_a_file_gets_five_seconds_and_512_mib() -> None:
    assert FileLimits().plain_seconds == 5
    assert FileLimits().plain_memory == 650 << 20  # a fifth of the address space is never touched
    assert (FileLimits(seconds=2).plain_seconds, FileLimits(seconds=120).plain_seconds) == (2, 30)


def test_of_many_only_as_many_as_a_mail_may_bring() -> None:
    found = sorted_out(
        [Attachment(f"{one}.pdf", OCTETS, 4 << 20) for one in range(9)], MailLimits(files=5, size=18 << 20)
    )
    assert waiting(found) == (0, 1, 2, 3)
    assert {one.not_read.code for one in found[4:] if one.not_read} == {"attachment.mail_limit"}
