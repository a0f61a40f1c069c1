"""Whom we believe to be Graph and Entra ID."""

import ssl

from repondeur.mailboxes.tls import client_context
from repondeur.settings.schema import GraphSettings


def tls_context(settings: GraphSettings) -> ssl.SSLContext:
    """The certificates that the system trusts, and those of MAIL_CA_FILE. Raises SettingsError when that file cannot be
    read."""
    return client_context(settings.mail_ca_file)
