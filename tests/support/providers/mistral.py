"""Mistral. Pages: "Chat completions" (API specification: additional properties are forbidden), "Reasoning"."""

from typing import Any, ClassVar

from tests.support.model_server import Step
from tests.support.providers.strict_schema import problem_of
from tests.support.providers.vendor import Asked, Vendor, sends

_FIELDS = {
    "model",
    "messages",
    "temperature",
    "top_p",
    "max_tokens",
    "stream",
    "stop",
    "random_seed",
    "metadata",
    "response_format",
    "tools",
    "tool_choice",
    "presence_penalty",
    "frequency_penalty",
    "n",
    "prediction",
    "parallel_tool_calls",
    "prompt_mode",
    "reasoning_effort",
    "safe_prompt",
}
# The efforts that a model takes; () for those that do not reason, ("always",) for those that cannot do otherwise.
_EFFORTS: dict[str, tuple[str, ...]] = {
    "mistral-small-latest": ("none", "high"),
    "mistral-medium-latest": ("none", "high"),
    "mistral-large-4-0": ("low", "medium", "high"),
    "mistral-large-2512": (),
    "ministral-8b-latest": (),
    "open-mistral-nemo": (),
    "magistral-small-latest": ("always",),
}


class MistralServer(Vendor):
    known: ClassVar = tuple(_EFFORTS)
    usual: ClassVar = {name: bool(efforts) and "none" not in efforts for name, efforts in _EFFORTS.items()}

    def judged(self, asked: Asked) -> Step | None:
        extra = [name for name in asked.body if name not in _FIELDS]
        if extra:
            return _invalid([_detail("extra_forbidden", [name], "Extra inputs are not permitted") for name in extra])
        if not asked.model:
            return _invalid([_detail("missing", ["model"], "Field required")])
        if asked.model not in _EFFORTS:
            return _refuses(400, f"Invalid model: {asked.model}", "invalid_model", "1500")
        if not 0 <= asked.body.get("temperature", 0.3) <= 1.5:
            return _invalid([_detail("less_than_equal", ["temperature"], "Input should be less than or equal to 1.5")])
        effort = asked.body.get("reasoning_effort")
        if effort is not None and effort not in _EFFORTS[asked.model]:
            text = f"reasoning_effort {effort} is not supported by this model"
            return _refuses(400, text, "invalid_request_error", "3051")
        if asked.format == "json_schema":
            problem = problem_of(asked.body["response_format"]["json_schema"]["schema"])
            return _refuses(400, problem, "invalid_request_error", "3051") if problem else None
        return None

    def thinks(self, asked: Asked) -> bool:
        return bool(_EFFORTS[asked.model]) and asked.body.get("reasoning_effort") != "none"

    def bad_key(self) -> Step:
        return sends(401, {"detail": "Unauthorized"})

    def too_many(self) -> Step:
        error = {
            "object": "error",
            "message": "Rate limit exceeded",
            "type": "rate_limited",
            "param": None,
            "code": "1300",
        }
        return sends(429, error, retry_after=self.retry_after)

    def too_long(self, asked: Asked) -> Step:
        text = f"Prompt contains {asked.tokens} tokens, too large for model with {self.window} maximum context length"
        return _refuses(400, text, "invalid_request_prompt", "3051")

    def message(self, said: str, thought: str) -> dict[str, Any]:
        if not thought:
            return {"role": "assistant", "content": said, "tool_calls": None, "prefix": False}
        parts: list[dict[str, Any]] = [{"type": "thinking", "thinking": [{"type": "text", "text": thought}]}]
        return {"role": "assistant", "content": [*parts, *([{"type": "text", "text": said}] if said else [])]}

    def usage(self, sent: int, written: int, thought: int) -> dict[str, Any]:
        return {**super().usage(sent, written, thought), "num_cached_tokens": 64}


def _refuses(status: int, text: str, kind: str, code: str) -> Step:
    return sends(status, {"object": "error", "message": text, "type": kind, "param": None, "code": code})


def _detail(kind: str, place: list[str], text: str) -> dict[str, Any]:
    return {"type": kind, "loc": ["body", *place], "msg": text, "input": None}


def _invalid(details: list[dict[str, Any]]) -> Step:
    error = {"object": "error", "message": {"detail": details}, "type": "invalid_request_error", "code": None}
    return sends(422, error)
