"""A strict stand-in for an OpenAI-compatible server, over a real socket.

It refuses what OpenAI refuses (unknown parameters, no model, unknown roles, max_tokens for o-series models …), records
every request, and then does what the script says: the next step for each completion, the last one for ever.

    with ModelServer([says("{broken"), answers(intent="order")]) as server:
        engine = CompatibleEngine(base_url=server.base_url, model="test-model")

By hand:  python -m tests.support.model_server --port 8089
"""

import argparse
import asyncio
import contextlib
import json
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

ANALYSIS: dict[str, Any] = {
    "intent": "question",
    "summary": "The author asks something.",
    "entities": [],
    "priority": "normal",
    "sentiment": "neutral",
    "language": "en",
    "needs_reply": True,
    "needs_human": False,
    "confidence": 0.9,
    "reply": "",
    "passages": [],
}
PARAMETERS = frozenset(
    [
        "model",
        "messages",
        "response_format",
        "max_tokens",
        "max_completion_tokens",
        "temperature",
        "top_p",
        "n",
        "stream",
        "stop",
        "seed",
        "user",
        "tools",
        "tool_choice",
        "presence_penalty",
        "frequency_penalty",
        "logit_bias",
        "logprobs",
        "metadata",
        "store",
        "service_tier",
        "reasoning_effort",
    ]
)
ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})
O_SERIES = re.compile(r"^(?:o\d|gpt-5)")
MAX_REQUEST = 4_000_000


@dataclass(frozen=True)
class Request:
    """One request as it came. headers: names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    query: str = ""


@dataclass(frozen=True)
class Step:
    """What to send for one completion. pause: seconds before each octet of the body; cut: octets after which the line
    is closed (0: before the status line); endless: repeat the body until the other side has had enough."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pause: float = 0
    cut: int | None = None
    endless: bool = False


Script = Sequence[Step] | Callable[[Request], Step]


def message(
    content: str | None, *, finish_reason: str = "stop", usage: dict[str, Any] | None = None, **more: Any
) -> Step:
    """A chat completion with this assistant message; more: further fields of the message."""
    completion = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "test-model",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": content, **more}, "finish_reason": finish_reason}
        ],
        "usage": usage or {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100},
    }
    return Step(json.dumps(completion).encode())


def answers(**fields: Any) -> Step:
    """The object that was asked for, with these fields changed or added."""
    return message(json.dumps({**ANALYSIS, **fields}))


def says(text: str, *, finish_reason: str = "stop") -> Step:
    return message(text, finish_reason=finish_reason)


def calls_tool(name: str = "send_mail") -> Step:
    call = {"id": "call_1", "type": "function", "function": {"name": name, "arguments": "{}"}}
    return message(None, finish_reason="tool_calls", tool_calls=[call])


def fails(status: int, text: str = "no", *, code: str | None = None, param: str | None = None, **headers: str) -> Step:
    error = {"message": text, "type": "error", "param": param, "code": code}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Step(json.dumps({"error": error}).encode(), status, named)


def slowly(step: Step, pause: float) -> Step:
    return Step(step.body, step.status, step.headers, pause)


def hangs_up(after: int = 0) -> Step:
    return Step(b"{" * (after + 1), cut=after)


class ModelServer:
    """refuses: parameters (or "json_schema", "json_object") that this server answers with 400, as older ones do.
    accepts: further parameters that it takes, e.g. "chat_template_kwargs". key: the API key that it wants, if any."""

    def __init__(
        self,
        script: Script = (),
        *,
        refuses: Sequence[str] = (),
        accepts: Sequence[str] = (),
        key: str = "",
        models: Sequence[str] = (),
    ) -> None:
        self.script: Script = script or [answers()]
        self.refuses = set(refuses)
        self.accepts = PARAMETERS | set(accepts)
        self.key = key
        self.models = tuple(models)
        self.requests: list[Request] = []
        self.completions = 0
        self.at_work = self.most_at_work = 0
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._stop = asyncio.Event()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> "ModelServer":
        self._thread.start()
        assert self._started.wait(60), "the model server did not start"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _run(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self.serve())
        self._loop.close()

    async def serve(self, port: int = 0) -> None:
        server = await asyncio.start_server(self._handle, "127.0.0.1", port)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stop.wait()
        server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The other side may go at any time: that is what some tests are about. So may the server, in the middle.
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            request = await _read(reader)
            self.requests.append(request)
            self.at_work += 1
            self.most_at_work = max(self.at_work, self.most_at_work)
            try:
                await _write(writer, self._step(request))
            finally:
                self.at_work -= 1
        writer.close()

    def _step(self, request: Request) -> Step:
        if request.path.endswith("/models") and request.method == "GET":
            return Step(
                json.dumps({"object": "list", "data": [{"id": m, "object": "model"} for m in self.models]}).encode()
            )
        if not request.path.endswith("/chat/completions") or request.method != "POST":
            return fails(404, f"Unknown request URL: {request.method} {request.path}", code="unknown_url")
        if self.key and request.headers.get("authorization") != f"Bearer {self.key}":
            return fails(401, "Incorrect API key provided", code="invalid_api_key")
        refused = self._refusal(request.body)
        if refused:
            return refused
        self.completions += 1
        if callable(self.script):
            return self.script(request)
        return self.script[min(self.completions, len(self.script)) - 1]

    def _refusal(self, asked: Any) -> Step | None:
        if not isinstance(asked, dict):
            return fails(400, "We could not parse the JSON body of your request.")
        for name in asked:
            if name not in self.accepts:
                return fails(400, f"Unrecognized request argument supplied: {name}", param=None)
            if name in self.refuses:
                return fails(400, f"Unsupported parameter: '{name}'", param=name, code="unsupported_parameter")
        model = asked.get("model")
        if not isinstance(model, str) or not model:
            return fails(400, "you must provide a model parameter", param="model")
        if self.models and model not in self.models:
            return fails(404, f"The model `{model}` does not exist", code="model_not_found")
        return bad_messages(asked.get("messages")) or self._bad_format(asked) or _bad_numbers(model, asked)

    def _bad_format(self, asked: dict[str, Any]) -> Step | None:
        wanted = asked.get("response_format")
        if wanted is None:
            return None
        kind = wanted.get("type")
        if kind not in {"text", "json_object", "json_schema"} or kind in self.refuses:
            return fails(400, f"Invalid value: '{kind}'", param="response_format.type", code="invalid_value")
        if kind == "json_object" and "json" not in json.dumps(asked["messages"]).lower():
            return fails(400, "'messages' must contain the word 'json'", param="messages")
        if kind == "json_schema":
            described = wanted["json_schema"]
            if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", described.get("name", "")):
                return fails(400, "Invalid 'response_format.json_schema.name'", param="response_format")
            if described.get("strict") and not _is_strict(described["schema"]):
                return fails(400, "Invalid schema for response_format", param="response_format")
        return None


def bad_messages(messages: Any) -> Step | None:
    if not isinstance(messages, list) or not messages:
        return fails(400, "[] is too short - 'messages'", param="messages")
    for number, said in enumerate(messages):
        if (
            said.get("role") not in ROLES
            or not isinstance(said.get("content"), str)
            or set(said) - {"role", "content", "name"}
        ):
            return fails(400, f"Invalid value: 'messages[{number}]'", param=f"messages[{number}]")
    return None


def _bad_numbers(model: str, asked: dict[str, Any]) -> Step | None:
    if O_SERIES.match(model):
        if "max_tokens" in asked:
            text = "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
            return fails(400, text, param="max_tokens", code="unsupported_parameter")
        if asked.get("temperature", 1) != 1:
            text = (
                "Unsupported value: 'temperature' does not support this value. Only the default (1) value is supported."
            )
            return fails(400, text, param="temperature", code="unsupported_value")
    if "max_tokens" in asked and "max_completion_tokens" in asked:
        return fails(400, "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.")
    if not 0 <= asked.get("temperature", 1) <= 2:
        return fails(400, "Invalid 'temperature'", param="temperature")
    return None


def _is_strict(schema: Any) -> bool:
    """Every object closed and every property required, at each depth, as strict structured outputs demand."""
    if isinstance(schema, list):
        return all(map(_is_strict, schema))
    if not isinstance(schema, dict):
        return True
    if schema.get("type") == "object" and (
        schema.get("additionalProperties") is not False or set(schema["required"]) != set(schema["properties"])
    ):
        return False
    return all(map(_is_strict, schema.values()))


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ", 2)
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (row.partition(":") for row in head[1:] if row)
    }
    raw = await reader.readexactly(min(int(headers.get("content-length", "0")), MAX_REQUEST))
    try:
        body = json.loads(raw) if raw else None
    except ValueError:
        body = raw
    bare, _, query = path.partition("?")
    return Request(method, bare, headers, body, query)


async def _write(writer: asyncio.StreamWriter, step: Step) -> None:
    if step.cut == 0:
        return
    length = {} if step.endless else {"Content-Length": str(len(step.body) + (1 if step.cut else 0))}
    headers = {"Content-Type": "application/json", "Connection": "close", **length, **step.headers}
    rows = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"HTTP/1.1 {step.status} Scripted\r\n{rows}\r\n".encode("latin-1"))
    if step.pause:
        for octet in step.body:
            writer.write(bytes([octet]))
            await writer.drain()
            await asyncio.sleep(step.pause)
    while True:
        writer.write(b"" if step.pause else step.body[: step.cut])
        await writer.drain()
        if not step.endless:
            return


def main() -> None:
    parser = argparse.ArgumentParser(description="A strict stand-in for an OpenAI-compatible server.")
    parser.add_argument("--port", type=int, default=8089)
    parser.add_argument("--answer", help="the JSON object to answer with; the default asks for nothing")
    options = parser.parse_args()
    server = ModelServer([says(options.answer)] if options.answer else ())
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(server.serve(options.port))


if __name__ == "__main__":
    main()
