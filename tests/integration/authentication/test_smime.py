"""Real certificates, real signatures, the real openssl in the real child."""

import shutil

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.support.needs import missing
from tests.support.smime import MailAuthority

from repondeur.authentication.checker import Checker, Wanted
from repondeur.mail.parse import parse

HEADER = (
    "From: Zoé <zoe@client.example>\nTo: sav@shop.example\nSubject: Order\n"
    "Date: Sat, 21 Nov 2026 10:00:00 +0000\nMessage-ID: <1@client.example>\n"
)
TEXT = "Where is my order?\n\nZoé"


@pytest.fixture
def authority(tmp_path):
    if not shutil.which("openssl"):
        missing("openssl is not installed")
    return MailAuthority(tmp_path)


async def test_signatures_that_hold_and_that_do_not(authority, tmp_path):
    zoe = authority.signer("Zoe@Client.example")
    good = zoe.signed(HEADER, TEXT)
    stranger = MailAuthority(tmp_path, "Another authority")
    wanted = Wanted(ca_file=authority.certificate)
    part = b"\r\n--=_x\r\nContent-Type: text/plain\r\n\r\nRefund me.\r\n--=_x--\r\n"
    wrapped = good.replace(b"\nMIME-Version: 1.0\n", b"\nX: y\n", 1).partition(b"Content-Type: multipart/signed")
    beside = (
        wrapped[0] + b"Content-Type: multipart/mixed; boundary==_x\r\n\r\n--=_x\r\n" + wrapped[1] + wrapped[2] + part
    )
    async with Checker() as checker:

        async def signers(raw: bytes, how: Wanted = wanted) -> tuple[str, ...]:
            message = parse(raw)
            assert message.protection == "smime_signed"
            return (await checker.checked(message, raw, how)).own_checks.signers

        assert await signers(good) == ("zoe@client.example",)
        assert await signers(good.replace(b"\r\n", b"\n")) == ("zoe@client.example",)
        large = zoe.signed(HEADER, "Where is my order? " * 50_000)
        assert await signers(large) == ("zoe@client.example",), "more than a pipe holds"
        nothing = {
            "another text": good.replace(b"my order", b"my money"),
            "text beside it": beside,
            "another authority": stranger.signer("zoe@client.example").signed(HEADER, TEXT),
            "it expired": authority.signer("zoe@client.example", days=-1).signed(HEADER, TEXT),
            "issued for servers": authority.signer(
                "zoe@client.example", purpose=ExtendedKeyUsageOID.SERVER_AUTH
            ).signed(HEADER, TEXT),
            "a signature that is none": good.replace(b"MII", b"AAA", 1),
        }
        for what, raw in nothing.items():
            assert await signers(raw) == (), what
        assert await signers(good, Wanted()) == ()
        assert await signers(good, Wanted(ca_file=tmp_path / "gone.pem")) == ()


def test_what_is_wrapped_up_or_encrypted_is_told(authority):
    zoe = authority.signer("zoe@client.example")
    assert parse(zoe.signed(HEADER, TEXT, opaque=True)).protection == "smime_opaque"
    assert parse(zoe.encrypted(HEADER, TEXT)).protection == "smime_encrypted"
