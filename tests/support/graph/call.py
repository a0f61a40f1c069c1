"""One request to Graph, read: what every handler is given, and how it answers."""

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlencode

from tests.support.graph import content
from tests.support.graph.box import Box
from tests.support.graph.failures import GraphError, bad_request, item_not_found, malformed_id
from tests.support.graph.items import Item
from tests.support.graph.wire import Response

if TYPE_CHECKING:
    from tests.support.graph.server import GraphServer

Json = dict[str, Any]

MAX_WRITE = 4 * 1024 * 1024
"""Octets of one request that Graph takes at most (page "Send Outlook messages", limits of MIME)."""

_KEYED = re.compile(r"^(\w+)\('(.*)'\)$")


@dataclass
class Call:
    """path: without the version, decoded. segments: of it, with keys in brackets taken apart."""

    house: "GraphServer"
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    in_batch: bool = False

    def __post_init__(self) -> None:
        self.segments = _segments(self.path)
        self._box: Box | None = None

    @property
    def box(self) -> Box:
        assert self._box is not None
        return self._box

    @box.setter
    def box(self, box: Box) -> None:
        self._box = box

    @property
    def immutable(self) -> bool:
        return 'idtype="immutableid"' in self.headers.get("prefer", "").lower()

    def preference(self, name: str) -> str | None:
        found = re.search(re.escape(name) + r'\s*=\s*"?([^",;]+)', self.headers.get("prefer", ""), re.IGNORECASE)
        return found.group(1) if found else None

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def item(self, message_id: str) -> Item:
        """The message with that id, which must be of the kind that this request asks for."""
        prefix, other = ("AAkA", "AAMk") if self.immutable else ("AAMk", "AAkA")
        if message_id.startswith(other):
            raise item_not_found() if self.immutable else malformed_id()
        if not message_id.startswith(prefix):
            raise malformed_id()
        return self.box.item(message_id) if self.immutable else self.box.item_by_mutable(message_id)

    def shown_id(self, item: Item) -> str:
        return item.id if self.immutable else item.mutable_id

    def check_size(self) -> None:
        if len(self.body) > MAX_WRITE:
            raise GraphError(413, "RequestEntityTooLarge", "The request is larger than 4 MB.")

    def json(self, *, empty: bool = False) -> Json:
        """The body as a JSON object. empty: whether none will do."""
        self.check_size()
        if empty and not self.body:
            return {}
        if self.media_type != "application/json":
            raise GraphError(415, "UnsupportedMediaType", f"The content type '{self.media_type}' is not supported.")
        try:
            found = json.loads(self.body)
        except ValueError:
            raise bad_request("Unable to read JSON request payload.") from None
        if not isinstance(found, dict):
            raise bad_request("Unable to read JSON request payload. Make sure it is an object.")
        return found

    def mime(self) -> bytes | None:
        """The MIME that was posted as text/plain in base64; None when JSON was posted."""
        if self.media_type != "text/plain":
            return None
        self.check_size()
        return content.from_base64(self.body)

    def link(self, options: dict[str, str]) -> str:
        """The address of this same path with other options."""
        base = self.house.trouble.links_to or self.house.base_url
        query = urlencode(options, safe="$,'", quote_via=quote)
        path = quote(self.path, safe="/@'()")
        return f"{base}{path}?{query}"


def answered(status: int, body: Json | None = None, **headers: str) -> Response:
    """A JSON answer, or an empty one."""
    if body is None:
        return Response(status, b"", dict(headers))
    text = json.dumps(body, ensure_ascii=False).encode()
    kind = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
    return Response(status, text, {"Content-Type": kind, **headers})


def refused(error: GraphError, request_id: str, date: str) -> Response:
    inner = {"date": date, "request-id": request_id, "client-request-id": request_id}
    body = {"error": {"code": error.code, "message": error.message, "innerError": inner}}
    response = answered(error.status, body)
    response.headers.update(error.headers)
    return response


def _segments(path: str) -> list[str]:
    found: list[str] = []
    for raw in path.strip("/").split("/"):
        segment = raw.removeprefix("microsoft.graph.").removesuffix("()")
        keyed = _KEYED.match(segment)
        found += [keyed.group(1), unquote(keyed.group(2))] if keyed else [segment]
    return found
