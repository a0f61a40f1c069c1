"""Where a URL leads, for those who must not be led elsewhere by how it is written."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import httpx2

from repondeur.actions.addresses import is_odd, plain_host
from repondeur.errors import OutgoingRefused

_PORTS: Final = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a URL leads. authority: for the Host field."""

    host: str
    port: int
    authority: str
    is_tls: bool

    @classmethod
    def of(cls, url: str) -> "Place":
        """Raises OutgoingRefused for what is no plain address of a web server, without repeating it."""
        try:
            given = urlsplit(url)
            read = httpx2.URL(url)
            port = given.port or _PORTS[read.scheme]
        except (ValueError, KeyError, httpx2.InvalidURL) as error:
            raise OutgoingRefused("outgoing.bad_url") from error
        host = plain_host(read.raw_host.decode("ascii"))
        # Two readers of one URL must not see two hosts.
        if not host or given.username is not None or given.password is not None or read.userinfo:
            raise OutgoingRefused("outgoing.bad_url")
        if is_odd(host) or is_odd(given.hostname or ""):
            raise OutgoingRefused("outgoing.host_odd", host=host[:100])
        shown = f"[{host}]" if ":" in host else host
        authority = shown if port == _PORTS[read.scheme] else f"{shown}:{port}"
        return cls(host, port, authority, read.scheme == "https")
