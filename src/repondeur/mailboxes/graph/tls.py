"""Whom we believe to be Graph and Entra ID."""

import os
import ssl
from pathlib import Path

from repondeur.mailboxes.tls import client_context, trust
from repondeur.settings.schema import GraphSettings


def tls_context(settings: GraphSettings) -> ssl.SSLContext:
    """The certificates that the system trusts, those of MAIL_CA_FILE, and those of REQUESTS_CA_BUNDLE: where a proxy
    opens TLS, its certificate is named there for MSAL, az and most else that signs in by Python. Raises SettingsError
    when one of the files cannot be read."""
    context = client_context(settings.mail_ca_file)
    if bundle := os.environ.get("REQUESTS_CA_BUNDLE"):
        trust(context, Path(bundle))
    return context
