"""Mail that was made to break whoever reads it. All of it is small or quickly made."""

import base64
import gzip
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

MIB = 2**20
TO = "atelier@lampes-lumen.example"
TEXT = "Bonjour,\r\n\r\nquels sont les horaires de l'atelier ?\r\n"
PLAIN = ("MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit")


@dataclass(frozen=True)
class Bomb:
    """readable: it is within the limits, so a program with patience reads it."""

    name: str
    raw: bytes
    readable: bool = False


def bombs(to: str = TO, size: int = MIB) -> Iterator[Bomb]:
    """Of the sizes at which Python's email package, or a regular expression, is known to give up. size: of what is only
    long, in octets."""

    def mail(*fields: str, body: str | bytes = TEXT, author: str = "From: eve@outside.test") -> bytes:
        head = (author, f"To: {to}", "Date: Fri, 20 Nov 2026 10:00:00 +0100", *fields)
        octets = body if isinstance(body, bytes) else body.encode()
        return "\r\n".join([one for one in head if one] + ["", ""]).encode("utf-8", "surrogateescape") + octets

    yield Bomb("multiparts, 1000 deep", mail(*_subject("deep"), body=_nested(1000)))
    yield Bomb("multiparts, 50,000 deep", mail(*_subject("deeper"), body=_nested(50_000)))
    yield Bomb("one boundary for all depths", mail(*_subject("same"), body=_nested(2000, same=True)))
    yield Bomb("messages in messages, 1000 deep", mail(*_subject("rfc822"), body=_messages(1000)), readable=True)
    yield Bomb("messages in messages, 40 deep", mail(*_subject("rfc822 40"), body=_messages(40)), readable=True)
    yield Bomb(
        "100,000 parts", mail(*_subject("parts"), 'Content-Type: multipart/mixed; boundary="b"', body=_parts(100_000))
    )
    yield Bomb(
        "5,000 ( in From", mail(*_subject("("), *PLAIN, author=f"From: {'(' * 5000} eve@outside.test"), readable=True
    )
    yield Bomb(
        "5,000 () in From",
        mail(*_subject("()"), *PLAIN, author=f"From: {'(a)' * 5000} eve@outside.test"),
        readable=True,
    )
    yield Bomb(
        "15,000 < in From", mail(*_subject("<"), *PLAIN, author=f"From: {'<' * 15_000}eve@outside.test"), readable=True
    )
    yield Bomb(
        "15,000 quotes in From",
        mail(*_subject('"'), *PLAIN, author="From: " + '"' * 15_001 + " <eve@outside.test>"),
        readable=True,
    )
    yield Bomb(
        "195 KiB of To", mail(*_subject("to"), *PLAIN, "To: " + ",\r\n ".join(f"a{n}@x.test" for n in range(14_000)))
    )
    yield Bomb("195 KiB of To in one line", mail(*_subject("to1"), *PLAIN, "Cc: " + "a@x.test," * 22_000))
    yield Bomb("20,000 encoded words", mail("Subject: " + "\r\n ".join(["=?utf-8?q?=C3=A9?="] * 20_000), *PLAIN))
    yield Bomb("700 encoded words", mail("Subject: " + " ".join(["=?utf-8?q?=C3=A9?="] * 700), *PLAIN), readable=True)
    yield Bomb("an encoded word without end", mail("Subject: =?utf-8?q?" + "=C3" * 5000, *PLAIN), readable=True)
    yield Bomb(
        "encoded words in encoded words", mail("Subject: " + "=?utf-8?q?" * 1200 + "?=" * 1200, *PLAIN), readable=True
    )
    yield Bomb("64 KiB of header", mail(*_subject("64"), *PLAIN, *(f"X-{n}: {'x' * 900}" for n in range(80))))
    yield Bomb("16 KiB in a field", mail(*_subject("16"), *PLAIN, "X-Long: " + "x" * 17_000))
    yield Bomb("20,000 fields", mail(*_subject("fields"), *PLAIN, *(f"X-{n}: y" for n in range(20_000))))
    yield Bomb(
        "References without end", mail(*_subject("refs"), *PLAIN, "References: " + " <a@b.test>" * 1400), readable=True
    )
    yield Bomb(
        "parameters without end",
        mail(*_subject("params"), "Content-Type: text/plain" + "; a*0*=b" * 1700),
        readable=True,
    )
    yield Bomb("two From", mail(*_subject("two"), *PLAIN, "From: second@outside.test"), readable=True)
    yield Bomb(
        "an address before another", mail(*_subject("<>"), *PLAIN, author=f"From: <{to}>x@evil.test"), readable=True
    )
    yield Bomb("no header at all", TEXT.encode(), readable=True)
    yield Bomb("nothing but a header", mail(*_subject("empty"), *PLAIN, body=""), readable=True)
    yield Bomb("NUL", mail(*_subject("nul"), *PLAIN, body=b"\0" * 200_000), readable=True)
    for name, body in _bodies(size).items():
        yield Bomb(name, mail(*_subject(name), *PLAIN, body=body), readable=True)
    for name, body in _pages(size).items():
        yield Bomb(name, mail(*_subject(name), "Content-Type: text/html; charset=utf-8", body=body), readable=True)
    yield Bomb("base64 of nothing", mail(*_subject("b64"), *_encoded("base64"), body="=" * size), readable=True)
    yield Bomb(
        "quoted-printable of nothing",
        mail(*_subject("qp"), *_encoded("quoted-printable"), body="=\r\n" * (size // 3)),
        readable=True,
    )
    yield Bomb(
        "uuencode of nothing",
        mail(*_subject("uu"), *_encoded("x-uuencode"), body="begin 644 a\r\n" * (size // 13)),
        readable=True,
    )
    yield Bomb(
        "uuencode in a text", mail(*_subject("uu2"), *PLAIN, body="begin 644 a\r\nM" * (size // 14)), readable=True
    )
    yield Bomb(
        "UTF-7",
        mail(*_subject("u7"), "Content-Type: text/plain; charset=utf-7", body="+" + "2D0" * (size // 3)),
        readable=True,
    )
    yield Bomb(
        "ISO-2022",
        mail(*_subject("iso"), "Content-Type: text/plain; charset=iso-2022-jp", body=b"\x1b$B" * (size // 3)),
        readable=True,
    )
    yield Bomb(
        "an unknown charset",
        mail(*_subject("x"), "Content-Type: text/plain; charset=" + "x" * 9000, body=b"\xff" * size),
        readable=True,
    )
    for name, attached in _attached().items():
        yield Bomb(
            name, mail(*_subject(name), 'Content-Type: multipart/mixed; boundary="b"', body=attached), readable=True
        )


def huge(size: int, kind: str, to: str = TO) -> bytes:
    """One mail of so many octets. kind: "words", "lines", "markup", "base64" or "quotes"."""
    head = f"From: eve@outside.test\r\nTo: {to}\r\nSubject: huge {kind}\r\nMIME-Version: 1.0\r\n"
    made: dict[str, Callable[[], bytes]] = {
        "words": lambda: b"Content-Type: text/plain\r\n\r\n" + b"lampe et " * (size // 9),
        "lines": lambda: b"Content-Type: text/plain\r\n\r\n" + b"\r\n" * (size // 2),
        "quotes": lambda: b"Content-Type: text/plain\r\n\r\n" + b"> > > a\r\n" * (size // 9),
        "markup": lambda: b"Content-Type: text/html\r\n\r\n" + b"<div><b>" * (size // 8),
        "base64": lambda: (
            b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + (b"QUJD" * 19 + b"\r\n") * (size // 78)
        ),
    }
    return (head.encode() + made[kind]())[:size]


def zip_bomb(size: int = 200 * MIB, members: int = 1) -> bytes:
    """A ZIP file of about 200 KB that unpacks to so many octets."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for number in range(members):
            with packed.open(f"a{number}.txt", "w") as member:
                for _ in range(size // members // MIB):
                    member.write(b" " * MIB)
    return file.getvalue()


def _subject(name: str) -> tuple[str, str]:
    return f"Subject: {name}", f"Message-ID: <{abs(hash(name))}@outside.test>"


def _encoded(name: str) -> tuple[str, str, str]:
    return "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", f"Content-Transfer-Encoding: {name}"


def _nested(depth: int, *, same: bool = False) -> str:
    names = ["b" if same else f"b{level}" for level in range(depth)]
    opened = "".join(f'Content-Type: multipart/mixed; boundary="{name}"\r\n\r\n--{name}\r\n' for name in names)
    return f"{opened}Content-Type: text/plain\r\n\r\n{TEXT}"


def _messages(depth: int) -> str:
    return "Content-Type: message/rfc822\r\n\r\n" * depth + f"Content-Type: text/plain\r\n\r\n{TEXT}"


def _parts(count: int) -> str:
    return "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" * count + "--b--\r\n"


@cache
def _bodies(size: int) -> dict[str, str]:
    """Of what regular expressions for quotes, signatures and links stumble over."""
    lines = {
        "quote marks": ">" * 500 + "\r\n",
        "On … wrote": "On Fri, 20 Nov 2026 at 10:00, a@b.test wrote:\r\n",
        "On without wrote": "On " * 300 + "\r\n",
        "Le … a écrit": "Le ven. 20 nov. 2026 à 10:00, Ann <a@b.test> a écrit :\r\n",
        "From and To": "From: a@b.test\r\nTo: c@d.test\r\n",
        "hyphens": "-- \r\n",
        "blanks": " " * 1000 + "x\r\n",
        "links": "http://" * 100 + "\r\n",
        "at signs": "a@" * 400 + "\r\n",
        "brackets": "[(<{" * 200 + "\r\n",
        "digits": "1 2-3.4/" * 100 + "\r\n",
        "one letter": "a",
        "marks on one letter": "e\u0301\u0301\u0301\u0301",
        "unseen characters": "\u200b\u202e\u2060",
        "line ends of all kinds": "\r\n\x0b\x0c\x85\u2028\r",
    }
    return {f"much of {name}": one * (size // len(one.encode())) for name, one in lines.items()}


@cache
def _pages(size: int) -> dict[str, str]:
    pages = {
        "open divisions": "<div>",
        "open tables": "<table><tr><td>",
        "open quotes": "<blockquote>",
        "styles": "<style>a{b:c}</style>",
        "selectors": "<style>" + "a " * 200 + "{display:none}</style><a>x</a>",
        "comments": "<!-- x --><!--",
        "attributes": "<a " + 'b="c" ' * 50 + ">",
        "entities": "&#x1F600;&amp;&nosuch;",
        "less-than": "<",
        "images": '<img src="data:image/png;base64,AAAA">',
    }
    return {f"much of {name}": one * (size // len(one)) for name, one in pages.items()}


@cache
def _attached() -> dict[str, bytes]:
    files = {
        "a ZIP of 200 MB": ("a.zip", "application/zip", zip_bomb()),
        "a document of 200 MB": ("a.docx", "application/zip", zip_bomb(members=4)),
        "ZIP files in ZIP files": ("b.zip", "application/zip", _matryoshka(20)),
        "a gzip bomb": ("a.gz", "application/gzip", gzip.compress(b" " * (50 * MIB), 9)),
        "a PDF that is none": ("a.pdf", "application/pdf", b"%PDF-1.7\n" + b"1 0 obj\n<<" * 50_000),
        "a calendar": (
            "a.ics",
            "text/calendar",
            b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\nRRULE:FREQ=SECONDLY\r\n" * 20_000,
        ),
        "winmail.dat": ("winmail.dat", "application/ms-tnef", b"\x78\x9f\x3e\x22" + b"\xff" * 200_000),
        "a table": ("a.csv", "text/csv", b'"' * 500_000),
        "markup": ("a.html", "text/html", b"<div>" * 200_000),
        "a name that is a path": ("../../../../tmp/evil.txt", "text/plain", b"x"),
    }
    return {f"attached: {name}": _one_attached(*file) for name, file in files.items()}


def _one_attached(name: str, media_type: str, octets: bytes) -> bytes:
    head = f"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{TEXT}\r\n--b\r\nContent-Type: {media_type}\r\n"
    head += f'Content-Disposition: attachment; filename="{name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    return head.encode() + base64.encodebytes(octets) + b"\r\n--b--\r\n"


def _matryoshka(depth: int) -> bytes:
    inner = zip_bomb(20 * MIB)
    for _ in range(depth):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("inner.zip", inner)
        inner = file.getvalue()
    return inner
