"""Anthropic's endpoint for OpenAI clients. Pages: "OpenAI SDK compatibility", "Errors", "Migration guide"."""

from dataclasses import dataclass
from typing import Any, ClassVar

from tests.support.model_server import Request, Step
from tests.support.providers.vendor import KEY, Asked, Vendor, sends


@dataclass(frozen=True)
class _Model:
    """thinks: "asked" only when told to, "unless" it is told not to, or "always"."""

    schema: bool = True
    temperature: bool = True
    thinks: str = "asked"


_MODELS = {
    "claude-sonnet-4-20250514": _Model(schema=False),
    "claude-opus-4-1-20250805": _Model(schema=False),
    "claude-haiku-4-5": _Model(),
    "claude-haiku-4-5-20251001": _Model(),
    "claude-sonnet-4-6": _Model(),
    "claude-opus-4-8": _Model(temperature=False),
    "claude-sonnet-5": _Model(temperature=False, thinks="unless"),
    "claude-opus-5": _Model(temperature=False, thinks="unless"),
    "claude-sonnet-5-5": _Model(temperature=False, thinks="always"),
    "claude-opus-5-5": _Model(temperature=False, thinks="always"),
    "claude-fable-5": _Model(temperature=False, thinks="always"),
}


class AnthropicServer(Vendor):
    known: ClassVar = tuple(_MODELS)
    usual: ClassVar = {name: model.thinks == "always" for name, model in _MODELS.items()}

    def is_signed(self, request: Request) -> bool:
        return super().is_signed(request) or request.headers.get("x-api-key") == KEY

    def judged(self, asked: Asked) -> Step | None:
        if not asked.model:
            return _refuses(400, "model: Field required")
        model = _MODELS.get(asked.model)
        if model is None:
            return _refuses(404, f"model: {asked.model}", "not_found_error")
        if asked.format not in {"", "json_schema"}:
            return _refuses(400, "response_format.type: Input should be 'json_schema'")
        if asked.format and not model.schema:
            return _refuses(400, f"response_format: '{asked.model}' does not support output format.")
        if "temperature" in asked.body and not model.temperature:
            return _refuses(400, "`temperature` is deprecated for this model.")
        if (asked.body.get("thinking") or {}).get("type") == "disabled" and model.thinks == "always":
            text = '"thinking.type.disabled" is not supported for this model. Use "thinking.type.adaptive".'
            return _refuses(400, text)
        return None

    def thinks(self, asked: Asked) -> bool:
        how = _MODELS[asked.model].thinks
        return how == "always" or (how == "unless" and (asked.body.get("thinking") or {}).get("type") != "disabled")

    def bad_key(self) -> Step:
        return _refuses(401, "invalid x-api-key", "authentication_error")

    def too_many(self) -> Step:
        text = "This request would exceed your organization's rate limit of 50,000 input tokens per minute."
        return _refuses(429, text, "rate_limit_error", retry_after=self.retry_after)

    def too_long(self, asked: Asked) -> Step:
        return _refuses(400, f"prompt is too long: {asked.tokens} tokens > {self.window} maximum")

    def usage(self, sent: int, written: int, thought: int) -> dict[str, Any]:
        details: dict[str, Any] = {"prompt_tokens_details": None, "completion_tokens_details": None}
        return {**super().usage(sent, written, thought), **details}


def _refuses(status: int, text: str, kind: str = "invalid_request_error", **headers: str) -> Step:
    error = {"type": "error", "error": {"type": kind, "message": text}, "request_id": "req_1"}
    return sends(status, error, **headers)
