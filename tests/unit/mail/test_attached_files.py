"""What is in attachments: the very octets whose size was told, in the same order."""

import base64
from pathlib import Path

import pytest
from tests.support import tnef_file as tnef

from repondeur.errors import MessageUnreadable
from repondeur.mail.limits import Limits
from repondeur.mail.parse import attached_files, parse

MAILS = sorted((Path(__file__).parents[2] / "fixtures" / "mail").rglob("*.eml"))
HEAD = b'From: a@client.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n'


def part(head: bytes, content: bytes) -> bytes:
    return b"--b\n" + head + b"\n\n" + content + b"\n"


def mixed(*parts: bytes) -> bytes:
    return HEAD + b"".join(parts) + b"--b--\n"


def test_every_way_to_attach_a_file() -> None:
    wrapped = tnef.tnef(tnef.attachment(b"devis.txt", b"Le devis"), tnef.attachment(b"plan.txt", b"Le plan"))
    raw = mixed(
        part(b"Content-Type: text/plain", b"Voici.\n\nbegin 644 note.txt\n#0V%T\n`\nend"),
        part(
            b"Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64",
            base64.encodebytes(b"%PDF-1.4\0\xff"),
        ),
        part(
            b"Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64",
            base64.encodebytes(wrapped),
        ),
        part(b"Content-Type: message/rfc822", b"From: b@client.example\nSubject: x\n\nHello"),
    )
    names = [attachment.name for attachment in parse(raw).attachments]
    assert names == ["note.txt", "a.pdf", "devis.txt", "plan.txt", ""]
    assert attached_files(raw, range(4)) == (b"Cat", b"%PDF-1.4\0\xff", b"Le devis", b"Le plan")
    assert attached_files(raw, (4, 1, 9)) == (
        b"From: b@client.example\nSubject: x\n\nHello",
        b"%PDF-1.4\0\xff",
        b"",
    )


@pytest.mark.parametrize("mail", MAILS, ids=lambda path: path.stem)
def test_the_octets_are_those_whose_size_was_told(mail: Path) -> None:
    raw = mail.read_bytes()
    told = [attachment.size for attachment in parse(raw).attachments]
    assert [len(octets) for octets in attached_files(raw, range(len(told)))] == told


def test_a_mail_over_a_limit_is_refused_here_too() -> None:
    with pytest.raises(MessageUnreadable):
        attached_files(mixed(*[part(b"Content-Type: text/plain", b"x")] * 9), (0,), Limits(parts=5))
