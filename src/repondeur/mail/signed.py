"""Is a mail signed or encrypted by its author, and how? Recognised by its form alone; nothing is checked here.

S/MIME: RFC 8551, 3; PGP/MIME: RFC 3156; PGP in the text: RFC 9580, 6.2 and 7.
"""

import re
from typing import Final

from repondeur.mail.delimiters import find_delimiters
from repondeur.mail.headers import parse_parameters
from repondeur.mail.limits import Limits
from repondeur.mail.structure import Part, read_structure

_PKCS7: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_PKCS7_SIGNATURE: Final = frozenset({"application/pkcs7-signature", "application/x-pkcs7-signature"})
_PGP_SIGNATURE: Final = frozenset({"application/pgp-signature", "application/x-pgp-signature"})
# Alone on its line, as such blocks begin; behind "> " it is a quote of one.
_ARMOUR = re.compile(r"^-----BEGIN PGP (MESSAGE|SIGNED MESSAGE)(?:, PART [0-9/]{1,9})?-----[ \t]*$", re.MULTILINE)
_SIGNED_DATA: Final = frozenset({"signed-data", "certs-only"})


def protection(root: Part, text: str) -> str:
    """The value of Message.protection. text: all of its text.

    What is encrypted outweighs what is signed, wherever it stands: a part that nobody can read may say anything.
    """
    found = {kind for part in _parts(root) if (kind := _of_part(part, whole=part is root))} | set(_in_text(text))
    order = ("smime_encrypted", "pgp_encrypted", "smime_opaque", "pgp_signed", "smime_signed")
    return next((kind for kind in order if kind in found), "")


def signed_content(raw: bytes, limits: Limits = Limits()) -> tuple[bytes, bytes] | None:  # noqa: B008 (a frozen value)
    """What an S/MIME signature covers, lines ended by CRLF (RFC 8551, 3.1.1), and the signature in DER.

    None unless all of the mail below its header is that one signed part and its signature: a person would take what
    stands beside it for signed, too. raw: as mail.parse prepares it. Raises MessageUnreadable as read_structure does.
    """
    root = read_structure(raw, limits)
    if root.media_type != "multipart/signed" or root.defect or len(root.children) != 2:
        return None
    content, signature = root.children
    if signature.media_type not in _PKCS7_SIGNATURE:
        return None
    delimiters = find_delimiters(root.raw, root.start, root.end, root.parameters.get("boundary", ""), limits)
    if len(delimiters) != 3 or not delimiters[2].closing or delimiters[0].closing or delimiters[1].closing:
        return None
    if _of_part(content, whole=True):
        return None
    covered = root.raw[delimiters[0].after : delimiters[1].before]
    return re.sub(rb"\r?\n", b"\r\n", covered), signature.octets


def _of_part(part: Part, *, whole: bool) -> str:
    """whole: it is the mail itself, and no part among others."""
    match part.media_type:
        case "multipart/encrypted":
            return "pgp_encrypted"
        case "application/pgp-encrypted":
            return "pgp_encrypted"
        case "multipart/signed":
            return "smime_signed" if _signed_by(part, _PKCS7_SIGNATURE) else "pgp_signed"
        case media_type if (media_type in _PKCS7 or _name(part).endswith(".p7m")) and (whole or _is_message(part)):
            opaque = part.parameters.get("smime-type", "").lower() in _SIGNED_DATA
            return "smime_opaque" if opaque else "smime_encrypted"
        case media_type if media_type in _PKCS7_SIGNATURE:
            return "smime_signed"
        case media_type if media_type in _PGP_SIGNATURE:
            return "pgp_signed"
    return ""


def _signed_by(part: Part, types: frozenset[str]) -> bool:
    protocol = part.parameters.get("protocol", "").lower()
    return protocol in types or any(child.media_type in types for child in part.children)


def _is_message(part: Part) -> bool:
    """A gateway has put something around it. Any other name is that of a document that somebody signed."""
    return _name(part) in ("", "smime.p7m")


def _name(part: Part) -> str:
    disposed = parse_parameters(part.header.first("content-disposition"))[1]
    return (part.parameters.get("name", "") or disposed.get("filename", "")).lower()


def _in_text(text: str) -> list[str]:
    return [
        "pgp_encrypted" if found == "MESSAGE" else "pgp_signed"
        for found in dict.fromkeys(match.group(1) for match in _ARMOUR.finditer(text))
    ]


def _parts(root: Part) -> list[Part]:
    """All parts, but not those of a mail that is passed on: what that was is its own business."""
    found, waiting = [], [root]
    while waiting:
        part = waiting.pop()
        found.append(part)
        if part.is_multipart:
            waiting.extend(part.children)
    return found
