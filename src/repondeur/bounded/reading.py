"""Reads mail in the pool: the parent's side. The child's side is bounded/mail.py."""

import json
from collections.abc import Sequence
from typing import Final

from repondeur.bounded.pool import Pool
from repondeur.mail.codec import message_from_json
from repondeur.mail.message import Message

ENTRY: Final = "repondeur.bounded.mail:read_mail"


async def read(pool: Pool, raw: bytes, languages: Sequence[str], *, header_only: bool = False) -> Message:
    """The mail as its author meant it, its language one of `languages`.

    pool: a Pool(ENTRY). header_only: for a mail that is too large, or that made the parser fail: no text then, and no
    attachments. Raises MessageUnreadable: over a limit of the parser, or of the child (codes bounded.*);
    TemporaryError when no child can be started.
    """
    request = json.dumps({"languages": list(languages), "header_only": header_only}).encode()
    return message_from_json(json.loads(await pool.run(request + b"\n" + raw)))
