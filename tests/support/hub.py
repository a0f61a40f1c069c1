"""A strict stand-in for the Hugging Face Hub, over real sockets: what huggingface_hub asks of it and what a download
meets.

Small files come from the hub itself, large ones by a redirect to another server, as on the real one, which refuses a
request that brings our token along.

    with Hub({"owner/name": {"model.gguf": octets}}) as hub:
        pull(Wanted("owner/name", "model.gguf"), folder, tell, endpoint=hub.url)
"""

import contextlib
import hashlib
import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = 1000  # octets, from which on a file lies elsewhere
_RESOLVE = re.compile(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)")


@dataclass
class Hub:
    """repos: files by repository and name. token: the only one that opens `gated`. cuts: octets after which the next
    downloads break off, one for each. status: answered to every question but downloads. spoilt: octets that come in
    place of the right ones. ranges: False for a server that knows none."""

    repos: Mapping[str, Mapping[str, bytes]]
    token: str = ""
    gated: frozenset[str] = frozenset()
    cuts: list[int] = field(default_factory=list)
    status: int = 0
    spoilt: bytes = b""
    ranges: bool = True
    requests: list[tuple[str, str, str]] = field(default_factory=list)

    def __enter__(self) -> "Hub":
        self._servers = [self._serve(_Front), self._serve(_Store)]
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def _serve(self, kind: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
        server = ThreadingHTTPServer(("127.0.0.1", 0), type(kind.__name__, (kind,), {"hub": self}))
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return server

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._servers[0].server_address[1]}"

    @property
    def store(self) -> str:
        return f"http://127.0.0.1:{self._servers[1].server_address[1]}"

    def downloads(self) -> list[str]:
        """The Range of each download, "" for the whole."""
        return [span for method, path, span in self.requests if method == "GET" and path.startswith("/store/")]


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self.handle_one()

    def do_GET(self) -> None:
        self.handle_one()

    def handle_one(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.requests.append((self.command, path, self.headers.get("Range", "")))
        with contextlib.suppress(ConnectionError):
            self.answer(path)

    def answer(self, path: str) -> None:
        raise NotImplementedError

    def send(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


class _Front(_Handler):
    def answer(self, path: str) -> None:
        if self.hub.status:
            self.send(self.hub.status)
            return
        if path.startswith("/api/models/"):
            self._about(path.removeprefix("/api/models/"))
            return
        match = _RESOLVE.fullmatch(path)
        if match is None or match[2] not in {"main", COMMIT}:
            self.send(404, X_Error_Code="RevisionNotFound")
        elif self._open(match[1]):
            self._file(self.hub.repos[match[1]], match[3])

    def _open(self, repo: str) -> bool:
        if repo not in self.hub.repos:
            # The hub does not tell what is private from what is not there.
            self.send(401, X_Error_Code="RepoNotFound", X_Error_Message="Repository not found")
        elif repo in self.hub.gated and self.headers.get("Authorization") != f"Bearer {self.hub.token}":
            self.send(403, X_Error_Code="GatedRepo", X_Error_Message="Access to this model is restricted")
        else:
            return True
        return False

    def _about(self, repo: str) -> None:
        if self._open(repo):
            files = [{"rfilename": name} for name in self.hub.repos[repo]]
            body = json.dumps({"id": repo, "sha": COMMIT, "siblings": files}).encode()
            self.send(200, body, Content_Type="application/json")

    def _file(self, files: Mapping[str, bytes], name: str) -> None:
        if name not in files:
            self.send(404, X_Error_Code="EntryNotFound", X_Repo_Commit=COMMIT)
            return
        content = files[name]
        if len(content) < LARGE:
            etag = hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()
            self.send(200, content, ETag=f'"{etag}"', X_Repo_Commit=COMMIT)
            return
        checksum = hashlib.sha256(content).hexdigest()
        self.send(
            302,
            Location=f"{self.hub.store}/store/{checksum}",
            X_Repo_Commit=COMMIT,
            X_Linked_ETag=f'"{checksum}"',
            X_Linked_Size=str(len(content)),
        )


class _Store(_Handler):
    def answer(self, path: str) -> None:
        if "Authorization" in self.headers:
            self.send(400, b"a signed address takes no token")
            return
        every = (content for files in self.hub.repos.values() for content in files.values())
        content = {hashlib.sha256(one).hexdigest(): one for one in every}[path.removeprefix("/store/")]
        content = self.hub.spoilt or content
        span = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", "")) if self.hub.ranges else None
        first = int(span[1]) if span else 0
        if first >= len(content):
            self.send(416, Content_Range=f"bytes */{len(content)}")
            return
        self.send_response(206 if span else 200)
        self.send_header("Content-Length", str(len(content) - first))
        if span:
            self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        cut = self.hub.cuts.pop(0) if self.hub.cuts else len(content)
        self.wfile.write(content[first : first + cut])
        if cut < len(content) - first:
            self.close_connection = True
