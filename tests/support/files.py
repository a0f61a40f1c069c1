"""Files of the kinds that people attach, and files made to do harm, written octet by octet as their formats say."""

import struct
import zlib
from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SECTOR = 512


def packed(members: Mapping[str, str | bytes]) -> bytes:
    """A ZIP; a member called "mimetype" stands first and is not compressed (ODF 1.3 part 2, 3.3)."""
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as into:
        for name, content in members.items():
            into.writestr(name, content, ZIP_STORED if name == "mimetype" else ZIP_DEFLATED)
    return file.getvalue()


def _office(main: str, content: str, more: Mapping[str, str] | None = None) -> bytes:
    relation = f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="{main}"/>'
    return packed(
        {
            "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/></Types>',
            "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{relation}</Relationships>',
            main: content,
            **(more or {}),
        }
    )


def _related(kind: str, target: str) -> str:
    relation = f'<Relationship Id="r1" Type="{OFFICE}/{kind}" Target="{target}"/>'
    return f'<Relationships xmlns="{PACKAGE}/relationships">{relation}</Relationships>'


def docx(text: str, prologue: str = "") -> bytes:
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = f"<w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body>"
    return _office("word/document.xml", f'{prologue}<w:document xmlns:w="{word}">{body}</w:document>')


def xlsx(*row: str) -> bytes:
    sheets = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    cells = "".join(f'<c r="{chr(65 + at)}1" t="inlineStr"><is><t>{one}</t></is></c>' for at, one in enumerate(row))
    return _office(
        "xl/workbook.xml",
        f'<workbook xmlns="{sheets}" xmlns:r="{OFFICE}"><sheets><sheet name="Tarifs" sheetId="1" r:id="r1"/>'
        "</sheets></workbook>",
        {
            "xl/_rels/workbook.xml.rels": _related("worksheet", "worksheets/one.xml"),
            "xl/worksheets/one.xml": f'<worksheet xmlns="{sheets}"><sheetData><row r="1">{cells}</row></sheetData>'
            "</worksheet>",
        },
    )


def pptx(text: str) -> bytes:
    shown = "http://schemas.openxmlformats.org/presentationml/2006/main"
    drawn = "http://schemas.openxmlformats.org/drawingml/2006/main"
    return _office(
        "ppt/presentation.xml",
        f'<p:presentation xmlns:p="{shown}" xmlns:r="{OFFICE}"><p:sldIdLst><p:sldId id="256" r:id="r1"/></p:sldIdLst>'
        "</p:presentation>",
        {
            "ppt/_rels/presentation.xml.rels": _related("slide", "slides/slide1.xml"),
            "ppt/slides/slide1.xml": f'<p:sld xmlns:p="{shown}" xmlns:a="{drawn}"><p:cSld><p:spTree><p:sp><p:txBody>'
            f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp></p:spTree></p:cSld></p:sld>",
        },
    )


def open_document(kind: str, body: str, manifest: str = "") -> bytes:
    """kind: "text" or "spreadsheet"."""
    oasis = "urn:oasis:names:tc:opendocument:xmlns"
    spaces = " ".join(f'xmlns:{name}="{oasis}:{name}:1.0"' for name in ("office", "text", "table"))
    return packed(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "META-INF/manifest.xml": f'<m:manifest xmlns:m="{oasis}:manifest:1.0">{manifest}</m:manifest>',
            "content.xml": f"<office:document-content {spaces}><office:body><office:{kind}>{body}</office:{kind}>"
            "</office:body></office:document-content>",
        }
    )


def odt(text: str, manifest: str = "") -> bytes:
    return open_document("text", f"<text:p>{text}</text:p>", manifest)


def ods(*row: str) -> bytes:
    cells = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{one}</text:p></table:table-cell>' for one in row
    )
    table = f'<table:table table:name="Tarifs"><table:table-row>{cells}</table:table-row></table:table>'
    return open_document("spreadsheet", table)


def pdf(*pages: bytes, box: str = "0 0 595 842", trailer: bytes = b"", more: tuple[bytes, ...] = ()) -> bytes:
    """pages: the content stream of each. more: objects, from number 4 + 2 × pages on. Source: ISO 32000-1, 7.5."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * at) for at in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%b]/Count %d>>" % (kids, len(pages)),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    for at, page in enumerate(pages):
        named = b"/Resources<</Font<</F 3 0 R>>>>"
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[%b]%b/Contents %d 0 R>>" % (box.encode(), named, 5 + 2 * at)
        )
        objects.append(b"<</Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (len(page), page))
    written, places = [b"%PDF-1.4\n"], []
    size = len(written[0])
    for number, one in enumerate((*objects, *more), 1):
        places.append(size)
        written.append(b"%d 0 obj\n%b\nendobj\n" % (number, one))
        size += len(written[-1])
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(places) + 1
    end = b"trailer<</Size %d/Root 1 0 R%b>>\nstartxref\n%d\n%%%%EOF\n" % (count, trailer, size)
    return b"".join([*written, b"xref\n0 %d\n0000000000 65535 f \n" % count, table, end])


def page(*lines: str) -> bytes:
    shown = b"".join(b"(%b) Tj T*\n" % line.encode("cp1252").replace(b"(", rb"\(") for line in lines)
    return zlib.compress(b"BT /F 12 Tf 60 760 Td 16 TL\n" + shown + b"ET")


def png(width: int, height: int) -> bytes:
    """All black, one bit a pixel."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(((width + 7) // 8 + 1) * min(height, 1000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def compound(streams: Mapping[str, bytes]) -> bytes:
    """A compound file (MS-CFB) with these streams in its root, each padded so that none is a short one."""
    ordered = sorted(streams, key=lambda name: (len(name), name.upper()))
    chains, content, at = [], b"", 1
    for name in ordered:
        padded = streams[name].ljust(max(4096, -(-len(streams[name]) // SECTOR) * SECTOR), b"\0")
        chains.append((at, len(padded) // SECTOR, len(padded)))
        content += padded
        at += len(padded) // SECTOR
    directory = [_entry("Root Entry", 5, child=1, right=-1, start=-2, size=0)]
    for number, (name, (start, _, size)) in enumerate(zip(ordered, chains, strict=True), 1):
        right = number + 1 if number < len(ordered) else -1
        directory.append(_entry(name, 2, child=-1, right=right, start=start, size=size))
    directory += [bytes(128)] * (-len(directory) % 4)
    sectors = len(directory) // 4
    table = [-3]
    for start, count, _ in chains:
        table += [*range(start + 1, start + count), -2]
    table += [*range(at + 1, at + sectors), -2]
    table += [-1] * (128 - len(table))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIiIIiIiI", 0, 1, at, 0, 4096, -2, 0, -2, 0) + struct.pack("<109i", 0, *[-1] * 108)
    return head + struct.pack("<128i", *table) + content + b"".join(directory)


def _entry(name: str, kind: int, *, child: int, right: int, start: int, size: int) -> bytes:
    spelt = name.encode("utf-16-le")
    head = spelt.ljust(64, b"\0") + struct.pack("<HBB", len(spelt) + 2, kind, 1)
    return head + struct.pack("<iii", -1, right, child) + bytes(36) + struct.pack("<iQ", start, size)


def msg(subject: str, body: str) -> bytes:
    """An Outlook message (MS-OXMSG 2.4) with the subject and the text."""

    def prop(tag: int, text: str) -> tuple[str, bytes]:
        return f"__substg1.0_{tag:08X}", text.encode("utf-16-le")

    texts = dict([prop(0x0037001F, subject), prop(0x1000001F, body), prop(0x0C1A001F, "Hélène Lefèvre")])
    table = bytes(32)
    for name, content in texts.items():
        table += struct.pack("<IIII", int(name[-8:], 16), 6, len(content) + 2, 0)
    return compound({"__properties_version1.0": table, **texts})
