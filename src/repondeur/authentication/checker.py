"""What a mail's signatures prove: the parent's side."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

import structlog

from repondeur.bounded.limits import ChildLimits
from repondeur.bounded.pool import Pool
from repondeur.errors import MessageUnreadable
from repondeur.mail.message import Message, OwnChecks

if TYPE_CHECKING:
    from repondeur.authentication.key_lookup import KeyLookup

log = structlog.get_logger(__name__)

ENTRY: Final = "repondeur.authentication.child:check"


@dataclass(frozen=True, slots=True)
class Wanted:
    """dkim: whether its DKIM signatures are checked. ca_file: of the authorities whose S/MIME signatures count, None
    where none do."""

    dkim: bool = False
    ca_file: Path | None = None

    def __bool__(self) -> bool:
        return self.dkim or self.ca_file is not None


class Checker:
    """Checks in one child, which starts with the first mail that has something to check. keys: where keys are found."""

    def __init__(self, keys: "KeyLookup | None" = None) -> None:
        self._pool = Pool(ENTRY, size=1, limits=ChildLimits(answer_bytes=64 * 1024))
        self._keys = keys
        self._openssl = shutil.which("openssl")

    async def checked(self, message: Message, raw: bytes, wanted: Wanted) -> Message:
        """The message with what its signatures prove. Never raises for what a mail is: what cannot be checked proves
        nothing. raw: the octets it was read from. Raises TemporaryError when no child can be started."""
        domain = await self._dkim(message, raw) if wanted.dkim else ""
        signed = message.protection == "smime_signed"
        addresses = await self._smime(raw, wanted.ca_file) if wanted.ca_file is not None and signed else ()
        return replace(message, own_checks=OwnChecks(domain, addresses)) if domain or addresses else message

    async def close(self) -> None:
        await self._pool.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _dkim(self, message: Message, raw: bytes) -> str:
        author = message.author.address
        names = await self._asked({"do": "dkim_names", "author": author}, raw)
        keys = await self._lookup().records(names) if names else {}
        return str(await self._asked({"do": "dkim", "author": author, "keys": keys}, raw) or "") if keys else ""

    def _lookup(self) -> "KeyLookup":
        if self._keys is None:
            from repondeur.authentication.key_lookup import KeyLookup

            self._keys = KeyLookup()
        return self._keys

    async def _smime(self, raw: bytes, ca_file: Path) -> tuple[str, ...]:
        if self._openssl is None:
            log.error("smime.no_openssl")
            return ()
        asked = {"do": "smime", "ca_file": str(ca_file), "openssl": self._openssl}
        return tuple(await self._asked(asked, raw) or ())

    async def _asked(self, request: Mapping[str, object], raw: bytes) -> Any:
        try:
            return json.loads(await self._pool.run(json.dumps(request).encode() + b"\n" + raw))
        except MessageUnreadable as error:
            log.warning("signature.not_checked", what=request["do"], reason=error.reason.code)
            return None
