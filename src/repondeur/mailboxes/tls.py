"""Whom we believe to be the mail server, or Microsoft: certificates are always verified."""

import ssl
from pathlib import Path

import certifi

from repondeur.errors import SettingsError


def client_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """TLS 1.2 or newer, as Python asks for; certificate and host name verified, against the system's certificates
    (certifi's where the system has none) and those of ca_file (PEM) beside them. Raises SettingsError when ca_file
    cannot be read."""
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH)
    if not context.cert_store_stats()["x509_ca"] and not _has_folder_of_certificates():
        context.load_verify_locations(cafile=certifi.where())
    if ca_file is not None:
        trust(context, ca_file)
    return context


def trust(context: ssl.SSLContext, ca_file: Path) -> None:
    """Adds the certificates of a PEM file, or of a folder as c_rehash makes it. Raises SettingsError."""
    try:
        if ca_file.is_dir():
            context.load_verify_locations(capath=ca_file)
        else:
            context.load_verify_locations(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError("imap.ca_file_unreadable", file=str(ca_file)) from error


def _has_folder_of_certificates() -> bool:
    # Certificates in a folder are read when needed and do not show in cert_store_stats.
    folder = ssl.get_default_verify_paths().capath
    return bool(folder) and any(Path(folder).glob("*.0"))
