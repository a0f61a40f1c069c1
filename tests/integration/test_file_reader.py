"""Files as strangers send them, read in the real child: what stands in them, and why nothing was read."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.support import files
from tests.support.needs import missing

from repondeur.attachments.ocr import find_recognition
from repondeur.attachments.reader import FileLimits, FileReader

SCAN = Path(__file__).parents[1] / "fixtures" / "attachments" / "scanned-letter.pdf"
OCTETS = "application/octet-stream"
LOCKED = b"/Encrypt 6 0 R/ID[<00112233445566778899aabbccddeeff><00112233445566778899aabbccddeeff>]"
LOCK = b"<</Filter/Standard/V 1/R 2/P -44/O<" + b"ab" * 32 + b">/U<" + b"cd" * 32 + b">>>"
ENTITIES = "<!DOCTYPE l [<!ENTITY a0 'lol'>" + "".join(
    f"<!ENTITY a{one} '{f'&a{one - 1};' * 10}'>" for one in range(1, 12)
)
LAST_PAGE = b"""
90 0 obj
<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 91 0 R/Resources<</Font<</F 92 0 R>>>>>>
endobj
91 0 obj
<</Length 64>>
stream
BT /F 12 Tf 50 700 Td (Annexe : conditions de la garantie) Tj ET
endstream
endobj
92 0 obj
<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>
endobj"""
MAIL = b"From: Ana <ana@client.example>\nSubject: Devis\nDate: Fri, 20 Nov 2026 10:00:00 +0100\n\nVoici le devis.\n"

pytestmark = pytest.mark.asyncio(loop_scope="module")


def nested(depth: int) -> bytes:
    head = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (one, one) for one in range(depth))
    return b"From: a@client.example\nMIME-Version: 1.0\n" + head


def zips(depth: int) -> bytes:
    archive = files.packed({"a.txt": "Bonjour"})
    for _ in range(depth):
        archive = files.packed({"inner.zip": archive})
    return archive


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reader() -> AsyncIterator[FileReader]:
    async with FileReader() as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hurried() -> AsyncIterator[FileReader]:
    async with FileReader(FileLimits(pages=2, seconds=1)) as opened:
        yield opened


@pytest.fixture(scope="module")
def tesseract() -> None:
    found = find_recognition(("fra", "eng"))
    if found is None or "fra" not in found.languages:
        missing("no tesseract with French on this machine: apt install tesseract-ocr-fra tesseract-ocr-eng")


async def test_every_kind_is_read_in_one_child(reader: FileReader) -> None:
    for name, octets, text in (
        ("a.pdf", files.pdf(files.page("Facture FA-2026-12"), files.page("Délai : 30 jours")), "FA-2026-12\fDélai"),
        ("a.docx", files.docx("Le délai est de 30 jours."), "Le délai est de 30 jours."),
        ("a.xlsx", files.xlsx("Produit", "Prix été"), "Prix été"),
        ("a.pptx", files.pptx("Offre de l’été"), "Offre de l’été"),
        ("a.odt", files.odt("À bientôt"), "À bientôt"),
        ("a.ods", files.ods("Lampe", "12,50 €"), "12,50 €"),
        ("a.rtf", rb"{\rtf1\ansi\ansicpg1252 D\'e9lai de 30 jours}", "Délai de 30 jours"),
        ("a.msg", files.msg("Devis", "Voici le devis demandé."), "Voici le devis demandé."),
        ("a.eml", MAIL, "From: Ana <ana@client.example>\nDate: 2026-11-20 10:00\nSubject: Devis\n\nVoici le devis."),
        ("a.html", "<html><p>Prix&nbsp;: <b>12 €</b><p style='display:none'>caché".encode(), "Prix : 12 €"),
        ("a.csv", "Produit;Prix\nÉtagère;12\n".encode("cp1252"), "Étagère;12"),
        ("a.txt", "\ufeffBonjour à tous".encode("utf-16"), "Bonjour à tous"),
    ):
        read = await reader.read(name, OCTETS, octets, ("fr", "en"))
        assert text in read.text.replace("\u00a0", " "), name
        assert (read.language, read.not_read) == ("fr", None), name
        assert "caché" not in read.text


async def test_pages_beyond_the_limit_are_named(hurried: FileReader) -> None:
    read = await hurried.read(
        "a.pdf", OCTETS, files.pdf(*(files.page(f"Page {one} : conditions de la garantie") for one in range(5)))
    )
    assert (read.text, read.pages) == (
        "Page 0 : conditions de la garantie\fPage 1 : conditions de la garantie",
        5,
    )
    assert read.not_read
    assert (read.not_read.code, dict(read.not_read.params)) == ("attachment.pages_left", {"read": 2, "pages": 5})


async def test_an_archive_is_named_and_its_documents_are_read(reader: FileReader) -> None:
    archive = files.packed({"../../etc/devis.txt": "Le devis est prêt.", "setup.exe": b"MZ\x90", "b.zip": zips(2)})
    read = await reader.read("a.zip", OCTETS, archive)
    assert read.text == "devis.txt\nsetup.exe\nb.zip\fdevis.txt\nLe devis est prêt."
    assert read.not_read
    assert dict(read.not_read.params) == {"members": 3, "read": 1}


async def test_what_is_not_read_is_named(reader: FileReader) -> None:
    for what, name, octets, code in (
        ("a locked pdf", "a.pdf", files.pdf(files.page("x"), trailer=LOCKED, more=(LOCK,)), "encrypted"),
        ("a locked docx", "a.docx", files.compound({"EncryptedPackage": b"x"}), "encrypted"),
        ("a locked odt", "a.odt", files.odt("x", "<m:encryption-data/>"), "encrypted"),
        ("a pdf that breaks off", "a.pdf", b"%PDF-1.7\nno more", "broken"),
        ("a docx that breaks off", "a.docx", files.docx("x" * 999)[:400], "broken"),
        ("a pdf that is a text", "a.pdf", b"Bonjour", "broken"),
        ("a text that is none", "a.txt", bytes(range(256)) * 9, "broken"),
        ("a picture that breaks off", "a.png", files.png(90, 90)[:20], "broken"),
        ("a program", "a.exe", b"MZ\x90\0", "unsupported"),
        ("nothing", "a.pdf", b"", "empty"),
        ("no words", "a.docx", files.docx(""), "no_text"),
        ("too large", "a.pdf", b"%PDF-" + bytes(21 << 20), "too_large"),
        ("a zip bomb", "a.zip", files.packed({"a.txt": bytes(60 << 20)}), "bomb"),
        ("a docx that is a bomb", "a.docx", files.docx("a" * (30 << 20)), "bomb"),
        ("entities of entities", "a.docx", files.docx("&a11;", ENTITIES + "]>"), "no_text"),
        ("a huge picture", "a.png", files.png(50_000, 50_000), "picture_too_large"),
        ("parts in parts", "a.eml", nested(80), "too_deep"),
        ("a deep page", "a.html", b"<div>" * 300_000, "no_text"),
        ("deep groups", "a.rtf", b"{\\rtf1 " + b"{" * 300_000, "no_text"),
        ("pages in pages", "a.pdf", files.pdf().replace(b"/Kids[]/Count 0", b"/Kids[2 0 R]/Count 900000"), "broken"),
    ):
        read = await reader.read(name, OCTETS, octets)
        assert read.not_read, what
        assert (read.not_read.code, read.text) == (f"attachment.{code}", ""), what
    assert (await reader.read("a.zip", OCTETS, zips(30))).text == "inner.zip"


async def test_a_bomb_ends_its_child_and_the_next_file_is_read(hurried: FileReader) -> None:
    """A page whose text unpacks to 60 MB."""
    read = await hurried.read("a.pdf", OCTETS, files.pdf(files.page(*["a" * 60] * 800_000)))
    assert read.not_read
    assert read.not_read.code in {"attachment.time", "attachment.memory", "attachment.crashed"}
    assert (await hurried.read("a.txt", OCTETS, b"Bonjour")).text == "Bonjour"


async def test_without_tesseract_a_picture_says_what_to_install() -> None:
    async with FileReader(ocr=()) as reader:
        for name, octets in (("scan.pdf", SCAN.read_bytes()), ("a.png", files.png(900, 900))):
            read = await reader.read(name, OCTETS, octets)
            assert read.not_read
            assert read.not_read.code == "attachment.no_ocr"


@pytest.mark.servers
@pytest.mark.usefixtures("tesseract")
async def test_a_scanned_french_letter_is_read_with_its_accents(reader: FileReader) -> None:
    read = await reader.read("courrier.pdf", "application/pdf", SCAN.read_bytes())
    assert (read.pages, read.language, read.not_read) == (1, "fr", None)
    expected = "Boulangerie Lefèvre Églises Lyon réclamation facture FA-2026-0417 prévue étaient abîmés 348,50 délai"
    found = [word for word in expected.split() if word in read.text]
    assert len(found) >= 0.85 * len(expected.split()), read.text


@pytest.mark.servers
@pytest.mark.usefixtures("tesseract")
async def test_a_long_scan_is_read_as_far_as_time_goes() -> None:
    """One letter on twelve pages: what was read until then is kept, and the page behind that needs no tesseract."""
    letter = SCAN.read_bytes()
    page = letter[letter.index(b"/Kids [ ") + 8 :].split(b" ]")[0]
    longer = letter.replace(b"/Kids [ " + page + b" ]", b"/Kids [ " + b" ".join([page] * 12 + [b"90 0 R"]) + b" ]")
    longer = longer.replace(b"/Count 1", b"/Count 13").replace(b"\nxref", LAST_PAGE + b"\nxref")
    async with FileReader(FileLimits(seconds=4)) as reader:
        read = await reader.read("a.pdf", OCTETS, longer)
    assert read.not_read
    assert read.not_read.code == "attachment.pages_left"
    assert 1 <= read.text.count("Lefèvre, gérante") < 12
    assert read.text.endswith("Annexe : conditions de la garantie")
    assert read.not_read.params["read"] == read.text.count("Lefèvre, gérante") + 1


@pytest.mark.servers
@pytest.mark.usefixtures("tesseract")
async def test_what_was_read_without_pictures_is_kept_when_they_take_too_long() -> None:
    both = files.packed({"a.txt": "Le devis est prêt.", "scan.pdf": SCAN.read_bytes()})
    async with FileReader(FileLimits(seconds=0.3)) as reader:
        read = await reader.read("a.zip", OCTETS, both)
    assert read.not_read
    assert (read.text, read.not_read.code) == ("a.txt\nscan.pdf\fa.txt\nLe devis est prêt.", "attachment.time")
