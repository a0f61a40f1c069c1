"""What all stand-ins for providers share: the way of a request through them, and a model that thinks."""

import json
from dataclasses import dataclass
from typing import Any, ClassVar

from tests.support.model_server import ANALYSIS, ModelServer, Request, Step, bad_messages

# What the model thinks before it answers, unless it is told not to, and how much it says.
THOUGHTS, ANSWER = 1500, 120
KEY = "key-canary-93b2"


@dataclass(frozen=True)
class Asked:
    """A request for a completion: its body, and the messages' text."""

    body: dict[str, Any]

    @property
    def model(self) -> str:
        return str(self.body.get("model") or "")

    @property
    def tokens(self) -> int:
        return sum(len(said["content"]) for said in self.body["messages"]) // 4

    @property
    def limit(self) -> int:
        return int(self.body.get("max_tokens") or self.body.get("max_completion_tokens") or 10**6)

    @property
    def format(self) -> str:
        return str((self.body.get("response_format") or {}).get("type") or "")


class Vendor(ModelServer):
    """models: those it serves. window: tokens that a prompt may have. busy: how many requests it first turns away as
    too many. retry_after: seconds that it then asks to wait."""

    prefix: ClassVar[str] = "/v1"
    wants_key: ClassVar[bool] = True
    known: ClassVar[tuple[str, ...]] = ()
    usual: ClassVar[dict[str, bool]] = {}  # models that must work at once → whether they think all the same
    finish_length: ClassVar[str] = "length"

    def __init__(self, *, window: int = 100_000, busy: int = 0, retry_after: str = "0.01") -> None:
        super().__init__()
        self.window = window
        self.busy = busy
        self.retry_after = retry_after
        self.refused: list[Step] = []
        self.thoughts = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.prefix}"

    def _step(self, request: Request) -> Step:
        refusal = self._judged(request)
        if refusal is not None:
            self.refused.append(refusal)
            return refusal
        asked = Asked(request.body)
        self.completions += 1
        self.thoughts += self.thinks(asked)
        return self.completed(asked)

    def _judged(self, request: Request) -> Step | None:
        if request.method != "POST" or not self.is_path(request):
            return self.no_such_path()
        if self.wants_key and not self.is_signed(request):
            return self.bad_key()
        if self.busy:
            self.busy -= 1
            return self.too_many()
        asked = Asked(request.body)
        malformed = bad_messages(asked.body.get("messages"))
        return malformed or self.judged(asked) or (self.too_long(asked) if asked.tokens > self.window else None)

    # -- what the vendors say

    def is_path(self, request: Request) -> bool:
        return request.path == f"{self.prefix}/chat/completions"

    def is_signed(self, request: Request) -> bool:
        return request.headers.get("authorization") == f"Bearer {KEY}"

    def judged(self, asked: Asked) -> Step | None:
        raise NotImplementedError

    def thinks(self, asked: Asked) -> bool:
        raise NotImplementedError

    def no_such_path(self) -> Step:
        return sends(404, {"detail": "Not Found"})

    def bad_key(self) -> Step:
        raise NotImplementedError

    def too_many(self) -> Step:
        raise NotImplementedError

    def too_long(self, asked: Asked) -> Step:
        raise NotImplementedError

    def completed(self, asked: Asked) -> Step:
        """The answer, after some thinking; a limit that is too low leaves nothing of it."""
        thought = THOUGHTS if self.thinks(asked) else 0
        cut = thought + ANSWER > asked.limit
        said = "" if cut else json.dumps({**ANALYSIS, "intent": "order", "summary": f"Answered by {asked.model}."})
        message = self.message(said, "Let me think about {this} mail." if thought else "")
        written = asked.limit if cut else thought + ANSWER
        choice = {"index": 0, "message": message, "finish_reason": "length" if cut else "stop"}
        body = {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1_700_000_000,
            "model": asked.model,
            "choices": [choice],
            "usage": self.usage(asked.tokens, written, min(thought, written)),
        }
        return sends(200, body)

    def message(self, said: str, thought: str) -> dict[str, Any]:
        return {"role": "assistant", "content": said}

    def usage(self, sent: int, written: int, thought: int) -> dict[str, Any]:
        return {"prompt_tokens": sent, "completion_tokens": written, "total_tokens": sent + written}


def sends(status: int, body: object, **headers: str) -> Step:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Step(json.dumps(body).encode(), status, named)


def in_thought(said: str, thought: str) -> dict[str, Any]:
    """An assistant message whose thinking stands in its text, closed or, where nothing follows, not."""
    around = f"<think>\n{thought}\n</think>\n\n{said}" if said else f"<think>\n{thought}"
    return {"role": "assistant", "content": around if thought else said}
