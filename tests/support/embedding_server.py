"""A strict stand-in for an OpenAI-compatible /embeddings server, over a real socket.

It refuses what OpenAI refuses, counts what it is asked, and gives vectors of which groups of words a text has:
texts of one group are alike in meaning without one word in common.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PARAMETERS = frozenset({"model", "input", "encoding_format", "dimensions", "user"})
MAX_INPUTS = 2048


class EmbeddingServer:
    """groups: words that mean the same. key: the one it wants, "" for none. answer: octets to send instead of vectors.
    pause: an event that each answer waits for."""

    def __init__(self, *groups: str, key: str = "", answer: bytes = b"", status: int = 200, pause=None):
        self.groups = [frozenset(group.split()) for group in groups]
        self.key, self.answer, self.status, self.pause = key, answer, status, pause
        self.asked: list[list[str]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, answer = server.answer_to(self.path, self.headers.get("Authorization", ""), body)
                if server.pause is not None:
                    server.pause.wait(10)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        if self.pause is not None:
            self.pause.set()
        self._server.shutdown()
        self._server.server_close()

    def answer_to(self, path, authorization, body):
        texts = body.get("input")
        if path != "/v1/embeddings":
            return 404, b"{}"
        if self.key and authorization != f"Bearer {self.key}":
            return 401, b'{"error": {"message": "bad key", "code": "invalid_api_key"}}'
        if (
            not body.keys() <= PARAMETERS
            or not isinstance(body.get("model"), str)
            or not isinstance(texts, list)
            or not 0 < len(texts) <= MAX_INPUTS
            or not all(isinstance(text, str) and text for text in texts)
            or body.get("encoding_format", "float") != "float"
        ):
            return 400, b'{"error": {"message": "invalid request"}}'
        self.asked.append(texts)
        data = [{"object": "embedding", "index": n, "embedding": self.vector(text)} for n, text in enumerate(texts)]
        said = {"object": "list", "model": body["model"], "data": data[::-1], "usage": {"prompt_tokens": 1}}
        return self.status, self.answer or json.dumps(said).encode()

    def vector(self, text):
        words = set(text.lower().replace("?", " ").replace(".", " ").split())
        return [0.1, *(float(len(group & words)) for group in self.groups)]
