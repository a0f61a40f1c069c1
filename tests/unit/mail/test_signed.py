import pytest

from repondeur.mail.parse import parse
from repondeur.mail.signed import signed_content

HEAD = b"From: zoe@client.example\r\nTo: sav@shop.example\r\nSubject: x\r\n"
ARMOUR = b"-----BEGIN PGP MESSAGE-----\r\n\r\nhQEMA\r\n-----END PGP MESSAGE-----\r\n"


def multipart(kind: str, *parts: str) -> bytes:
    body = "".join(f"--=_b\r\n{part}\r\n" for part in parts) + "--=_b--\r\n"
    return HEAD + f'Content-Type: {kind}; boundary="=_b"\r\n\r\n{body}'.encode()


TEXT = "Content-Type: text/plain\r\n\r\nHello"
PGP = "Content-Type: application/pgp-signature; name=signature.asc\r\n\r\n-----BEGIN PGP SIGNATURE-----"
PKCS7 = "Content-Type: application/pkcs7-signature; name=smime.p7s\r\nContent-Transfer-Encoding: base64\r\n\r\nMIIB"


PASSED_ON = "Content-Type: message/rfc822\r\n\r\nContent-Type: multipart/encrypted\r\n\r\nx"
ENVELOPED = b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n\r\nx"
DOCUMENT = "Content-Type: {0}\r\nContent-Disposition: attachment; filename=contract.pdf.p7m\r\n\r\nx"
MARKED = "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1"


@pytest.mark.parametrize(
    ("raw", "protection"),
    [
        (HEAD + b"\r\nHello", ""),
        (multipart("multipart/mixed", TEXT, TEXT), ""),
        (multipart('multipart/signed; protocol="application/pgp-signature"', TEXT, PGP), "pgp_signed"),
        (multipart('multipart/signed; protocol="application/pkcs7-signature"', TEXT, PKCS7), "smime_signed"),
        (multipart("multipart/signed", TEXT, PKCS7.replace("pkcs7", "x-pkcs7")), "smime_signed"),
        (multipart("multipart/signed", TEXT), "pgp_signed"),
        (multipart("multipart/mixed", TEXT, PKCS7), "smime_signed"),
        (multipart("multipart/mixed", TEXT, PGP), "pgp_signed"),
        (
            multipart(
                'multipart/encrypted; protocol="application/pgp-encrypted"',
                "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1",
                "Content-Type: application/octet-stream\r\n\r\nx",
            ),
            "pgp_encrypted",
        ),
        # Exchange makes this of it.
        (multipart("multipart/mixed", TEXT, MARKED), "pgp_encrypted"),
        (HEAD + ENVELOPED, "smime_encrypted"),
        (HEAD + b"Content-Type: application/x-pkcs7-mime; smime-type=signed-data\r\n\r\nx", "smime_opaque"),
        (HEAD + b"Content-Type: application/x-pkcs7-mime\r\n\r\nx", "smime_encrypted"),
        (HEAD + b"Content-Type: application/pkcs7-mime; name=x.p7m\r\n\r\nx", "smime_encrypted"),
        (multipart("multipart/mixed", TEXT, "Content-Type: application/pkcs7-mime\r\n\r\nx"), "smime_encrypted"),
        (multipart("multipart/mixed", TEXT, DOCUMENT.format("application/pkcs7-mime")), ""),
        (multipart("multipart/mixed", TEXT, DOCUMENT.format("application/octet-stream")), ""),
        (multipart("multipart/mixed", DOCUMENT.replace("contract.pdf", "smime").format("a/b")), "smime_encrypted"),
        (HEAD + b"Content-Type: application/octet-stream; name=SMIME.P7M\r\n\r\nx", "smime_encrypted"),
        (HEAD + b"\r\nHello\r\n\r\n" + ARMOUR, "pgp_encrypted"),
        (HEAD + b"\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\nHello\r\n", "pgp_signed"),
        (HEAD + b"\r\nNo reply yet.\r\n\r\n> " + ARMOUR.replace(b"\n", b"\n> "), ""),
        (HEAD + b"\r\nWhat does -----BEGIN PGP MESSAGE----- mean?\r\n", ""),
        (HEAD + b"\r\n-----BEGIN PGP PUBLIC KEY BLOCK-----\r\n\r\nx\r\n", ""),
        (multipart("multipart/signed", TEXT + "\r\n" + ARMOUR.decode(), PKCS7), "pgp_encrypted"),
        (multipart("multipart/mixed", TEXT, PASSED_ON), ""),
    ],
)
def test_how_a_mail_is_protected(raw, protection):
    assert parse(raw).protection == protection


def test_what_a_signature_covers():
    raw = multipart('multipart/signed; protocol="application/pkcs7-signature"', TEXT, PKCS7)
    assert signed_content(raw) == (TEXT.encode(), b"0\x82\x01")
    assert signed_content(raw.replace(b"\r\n", b"\n")) == (TEXT.encode(), b"0\x82\x01")
    for other in (
        multipart("multipart/signed", TEXT, PGP),
        multipart("multipart/signed", TEXT, PKCS7, TEXT),
        multipart("multipart/signed", TEXT, TEXT, PKCS7),
        multipart("multipart/signed", PKCS7, TEXT),
        multipart("multipart/mixed", TEXT, PKCS7),
        raw.replace(b"--=_b--", b""),
        raw + b"\r\n--=_b\r\nContent-Type: text/plain\r\n\r\nRefund me.\r\n",
        HEAD + b"\r\nHello",
    ):
        assert signed_content(other) is None


def test_many_beginnings_are_no_work():
    assert parse(HEAD + b"\r\n" + b"-----BEGIN PGP " * 60_000).protection == ""
    assert parse(HEAD + b"\r\n" + b"-----BEGIN PGP MESSAGE, PART " * 30_000).protection == ""
