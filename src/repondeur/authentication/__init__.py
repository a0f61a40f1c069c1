"""Signatures that we check ourselves: DKIM, where our mail server states no result, and S/MIME."""
