"""Checks signatures in the pool: the child's side. It has no network: keys are handed in."""

import json
from typing import Any

from repondeur.authentication.dkim_check import candidates, signed_by
from repondeur.authentication.smime_check import signers


def check(payload: bytes) -> bytes:
    """payload: what to do, as JSON on a line, then the raw mail. The answer is JSON.

    {"do": "dkim_names", "author"}: names in the DNS whose keys are needed; {"do": "dkim", "author", "keys"}: the domain
    that has signed, ""; {"do": "smime", "ca_file", "openssl"}: addresses of the signers. Raises MessageUnreadable.
    """
    request, _, raw = payload.partition(b"\n")
    return json.dumps(_checked(json.loads(request), raw)).encode()


def _checked(asked: dict[str, Any], raw: bytes) -> object:
    match asked["do"]:
        case "dkim_names":
            return candidates(raw, asked["author"])
        case "dkim":
            return signed_by(raw, asked["author"], asked["keys"])
        case _:
            return signers(raw, asked["ca_file"], asked["openssl"])
