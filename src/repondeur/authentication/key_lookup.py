"""Keys of DKIM out of the DNS (RFC 6376, 3.6.2), remembered as long as the DNS allows."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final

import structlog
from dns.asyncresolver import Resolver
from dns.exception import DNSException
from dns.name import EmptyLabel, LabelTooLong, NameTooLong
from dns.resolver import NXDOMAIN, NoAnswer

log = structlog.get_logger(__name__)

SECONDS: Final = 5.0
_KEPT_MOST: Final = 1000  # names
_LONGEST_TIME, _NOTHING_TIME = 3600.0, 300.0  # seconds that a record, and that there is none, is remembered
_LONGEST_RECORD: Final = 8192  # octets


class KeyLookup:
    """resolver: None for that of the system. clock: seconds that only grow. seconds: for one name, all its servers and
    tries together."""

    def __init__(
        self,
        resolver: Resolver | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        seconds: float = SECONDS,
    ) -> None:
        self._resolver = resolver
        self._seconds = seconds
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, str]] = OrderedDict()

    async def records(self, names: Sequence[str]) -> dict[str, str]:
        """The TXT record of each name. A name that has none, or several, or that could not be asked for, is left
        out."""
        found = await asyncio.gather(*(self._record(name) for name in names))
        return {name: record for name, record in zip(names, found, strict=True) if record}

    async def _record(self, name: str) -> str:
        until, record = self._known.get(name, (0.0, ""))
        if self._clock() < until:
            return record
        try:
            async with asyncio.timeout(self._seconds):
                record, lifetime = await self._asked(name)
        except (DNSException, OSError, TimeoutError) as error:
            # The DNS cannot be asked just now: nothing is known, and nothing remembered.
            log.warning("dkim.no_key", error=type(error).__name__)
            return ""
        self._known[name] = (self._clock() + lifetime, record)
        self._known.move_to_end(name)
        while len(self._known) > _KEPT_MOST:
            self._known.popitem(last=False)
        return record

    async def _asked(self, name: str) -> tuple[str, float]:
        """The record, "" for none, and how long that holds."""
        self._resolver = self._resolver or Resolver()
        try:
            answer = await self._resolver.resolve(name + ".", "TXT", lifetime=self._seconds, search=False)
        except (NXDOMAIN, NoAnswer, EmptyLabel, LabelTooLong, NameTooLong):
            return "", _NOTHING_TIME
        records = [b"".join(data.strings) for data in answer]
        lifetime = min(float(answer.rrset.ttl) if answer.rrset else 0.0, _LONGEST_TIME)
        if len(records) != 1 or len(records[0]) > _LONGEST_RECORD:
            return "", lifetime
        return records[0].decode("ascii", "ignore"), lifetime
