"""S/MIME mail as mail programs send it, signed and encrypted for real, and authorities of a test's own."""

from base64 import encodebytes
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime.now(UTC)


class MailAuthority:
    """Issues certificates for mail. home: where its own certificate is written to, as `certificate`."""

    def __init__(self, home: Path, name: str = "Authority of a test") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        own = (
            self._begun(self.name, self.key.public_key(), days=30)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self.key, hashes.SHA256())
        )
        self.certificate = home / f"{name.replace(' ', '-')}.pem"
        self.certificate.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def signer(
        self, address: str, *, days: int = 10, purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.EMAIL_PROTECTION
    ) -> "Signer":
        """days: until it expires; it began 20 days ago."""
        key = rsa.generate_private_key(65537, 2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Somebody")])
        certificate = (
            self._begun(name, key.public_key(), days=days)
            .add_extension(x509.SubjectAlternativeName([x509.RFC822Name(address)]), critical=False)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        return Signer(key, certificate)

    def _begun(self, subject: x509.Name, key: object, *, days: int) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key)  # type: ignore[arg-type]
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - timedelta(days=20))
            .not_valid_after(NOW + timedelta(days=days))
        )


class Signer:
    def __init__(self, key: rsa.RSAPrivateKey, certificate: x509.Certificate) -> None:
        self.key = key
        self.certificate = certificate

    def signed(self, header: str, text: str, *, opaque: bool = False) -> bytes:
        """A mail: multipart/signed, or application/pkcs7-mime. header: without the fields of MIME, lines ended by LF.
        text: of the part that is signed."""
        content = f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}".replace("\r\n", "\n").replace("\n", "\r\n")
        builder = pkcs7.PKCS7SignatureBuilder().set_data(content.encode())
        builder = builder.add_signer(self.certificate, self.key, hashes.SHA256())
        head = header.replace("\n", "\r\n").encode()
        if opaque:
            wrapped = encodebytes(builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary]))
            fields = b'Content-Type: application/pkcs7-mime; smime-type=signed-data; name="smime.p7m"\r\n'
            return head + fields + b"Content-Transfer-Encoding: base64\r\n\r\n" + wrapped
        return head + builder.sign(serialization.Encoding.SMIME, [pkcs7.PKCS7Options.DetachedSignature])

    def encrypted(self, header: str, text: str) -> bytes:
        """To this one's own certificate."""
        builder = pkcs7.PKCS7EnvelopeBuilder().set_data(text.encode()).add_recipient(self.certificate)
        return header.replace("\n", "\r\n").encode() + builder.encrypt(serialization.Encoding.SMIME, [])
