"""Reads mail in the pool: the parent's side. The child's side is bounded/mail.py."""

import json
from collections.abc import Sequence
from itertools import accumulate
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


async def read_attachments(pool: Pool, raw: bytes, places: Sequence[int]) -> tuple[bytes, ...]:
    """What is in these attachments of a mail that was read, in this order; places: indices of Message.attachments.

    Raises as read does.
    """
    request = json.dumps({"attachments": list(places)}).encode()
    sizes, _, octets = (await pool.run(request + b"\n" + raw)).partition(b"\n")
    ends = list(accumulate(json.loads(sizes)))
    return tuple(octets[start:end] for start, end in zip((0, *ends), ends, strict=False))
