"""What was asked, for tests to look at."""

import time
from dataclasses import dataclass, field


@dataclass
class Recorded:
    """One request to Graph. path: without /v1.0, decoded. status: 0 while none was given, and for a dropped line.

    at_once: how many requests to this mailbox were under way, itself counted. headers: names in lower case. at: when it
    came, in seconds of the monotonic clock. retry_after: the seconds that its refusal asked to wait.
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
    at: float = field(default_factory=time.monotonic)
    retry_after: float = 0.0
    request_id: str = field(default="", repr=False)
