"""What was asked, for tests to look at."""

from dataclasses import dataclass, field


@dataclass
class Recorded:
    """One request to Graph. path: without /v1.0, decoded. status: 0 while none was given, and for a dropped line.

    at_once: how many requests to this mailbox were under way, itself counted. headers: names in lower case.
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes = b""
    status: int = 0
    at_once: int = 0
    in_batch: bool = False
    mailbox: str = ""
    request_id: str = field(default="", repr=False)
