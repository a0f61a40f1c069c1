"""Certificates for tests, good and bad, made by openssl."""

import shutil
import ssl
import subprocess
from pathlib import Path

from tests.support.needs import missing
from tests.support.scripted import server_context

_CONFIGURATION = """
[ca]
default_ca = own
[own]
dir = {home}
database = {home}/index.txt
serial = {home}/serial
new_certs_dir = {home}
certificate = {home}/ca.pem
private_key = {home}/ca.key
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = dn
prompt = no
x509_extensions = authority
[dn]
CN = Test authority
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = CA:FALSE
extendedKeyUsage = serverAuth
authorityKeyIdentifier = keyid
subjectAltName = {names}
"""


class Authority:
    """A certificate authority of a test's own."""

    def __init__(self, home: Path) -> None:
        if not shutil.which("openssl"):
            missing("openssl is not installed")
        self._home = home
        home.mkdir(parents=True, exist_ok=True)
        (home / "index.txt").touch()
        (home / "serial").write_text("01\n")
        self.certificate = home / "ca.pem"
        self._configure("DNS:localhost")
        self._key("ca")
        self._openssl(
            "req", "-x509", "-new", "-key", "ca.key", "-days", "30", "-out", "ca.pem", "-config", "openssl.cnf"
        )

    def context(self, name: str, *, names: str = "DNS:localhost,IP:127.0.0.1", expired: bool = False) -> ssl.SSLContext:
        """A server's context with a certificate for these names."""
        self._configure(names)
        self._key(name)
        self._openssl("req", "-new", "-key", f"{name}.key", "-out", f"{name}.csr", "-subj", "/CN=test")
        valid = ("20200101000000Z", "20200201000000Z") if expired else ("20200101000000Z", "20991231000000Z")
        self._openssl(
            "ca", "-batch", "-notext", "-config", "openssl.cnf", "-extensions", "leaf", "-in", f"{name}.csr",
            "-out", f"{name}.pem", "-startdate", valid[0], "-enddate", valid[1],
        )  # fmt: skip
        return server_context(self._home / f"{name}.pem", self._home / f"{name}.key")

    def _configure(self, names: str) -> None:
        (self._home / "openssl.cnf").write_text(_CONFIGURATION.format(home=self._home, names=names))

    def _key(self, name: str) -> None:
        self._openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key")

    def _openssl(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self._home, check=True, capture_output=True, timeout=60)
