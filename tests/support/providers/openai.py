"""OpenAI and Azure OpenAI. Pages: "Reasoning", "Model guidance", "Structured Outputs", "Error codes"; Microsoft Learn,
"Azure OpenAI v1 API", "Azure OpenAI reasoning models"."""

import re
from typing import Any, ClassVar

from tests.support.model_server import PARAMETERS, Request, Step
from tests.support.providers.strict_schema import problem_of
from tests.support.providers.vendor import KEY, Asked, Vendor, sends

# Which efforts each model takes; none at all for those that do not reason.
EFFORTS: dict[str, tuple[str, ...]] = {
    "gpt-3.5-turbo": (),
    "gpt-4-turbo": (),
    "gpt-4o": (),
    "gpt-4o-mini": (),
    "gpt-4.1-mini": (),
    "o3-mini": ("low", "medium", "high"),
    "o4-mini": ("low", "medium", "high"),
    "gpt-5-mini": ("minimal", "low", "medium", "high"),
    "gpt-5.1": ("none", "low", "medium", "high"),
    "gpt-5.4-mini": ("none", "low", "medium", "high", "xhigh"),
    "gpt-5.1-codex": ("low", "medium", "high"),
    "gpt-6-luna": ("none", "low", "medium", "high", "xhigh"),
    "gpt-6-astra": ("low", "medium", "high", "xhigh"),
    "gpt-6.2-sol": ("low", "medium", "high", "xhigh"),
}
_ONLY_OBJECTS = {"gpt-3.5-turbo", "gpt-4-turbo"}


class OpenAIServer(Vendor):
    known: ClassVar = tuple(EFFORTS)
    usual: ClassVar = {name: bool(efforts) and "none" not in efforts for name, efforts in EFFORTS.items()}

    def judged(self, asked: Asked) -> Step | None:
        for name in asked.body:
            if name not in PARAMETERS:
                return refuses(400, f"Unrecognized request argument supplied: {name}")
        if not asked.model:
            return refuses(400, "you must provide a model parameter")
        efforts = EFFORTS.get(self.served(asked))
        if efforts is None:
            return self.no_model(asked)
        reasoning = self._reasoning_problem(asked, efforts) if efforts else None
        if not efforts and "reasoning_effort" in asked.body:
            return refuses(400, "Unrecognized request argument supplied: reasoning_effort")
        return reasoning or self._format_problem(asked)

    def served(self, asked: Asked) -> str:
        return asked.model

    def _reasoning_problem(self, asked: Asked, efforts: tuple[str, ...]) -> Step | None:
        if "max_tokens" in asked.body:
            text = "Unsupported parameter: 'max_tokens' is not supported with this model."
            return refuses(400, text, "max_tokens", "unsupported_parameter")
        if asked.body.get("temperature", 1) != 1:
            text = "Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) value"
            return refuses(400, text, "temperature", "unsupported_value")
        effort = asked.body.get("reasoning_effort")
        if effort is not None and effort not in efforts:
            text = f"Unsupported value: 'reasoning_effort' does not support '{effort}' with this model."
            return refuses(400, text, "reasoning_effort", "unsupported_value")
        return None

    def _format_problem(self, asked: Asked) -> Step | None:
        if asked.format == "json_object" and "json" not in str(asked.body["messages"]).lower():
            text = (
                "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'."
            )
            return refuses(400, text, "messages")
        if asked.format != "json_schema":
            return None
        if self.served(asked) in _ONLY_OBJECTS:
            text = "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model."
            return refuses(400, text)
        described = asked.body["response_format"]["json_schema"]
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", described.get("name", "")):
            return refuses(400, "Invalid 'response_format.json_schema.name'", "response_format.json_schema.name")
        problem = problem_of(described.get("schema")) if described.get("strict") else ""
        text = f"Invalid schema for response_format '{described['name']}': {problem}"
        return refuses(400, text, "response_format") if problem else None

    def thinks(self, asked: Asked) -> bool:
        efforts = EFFORTS[self.served(asked)]
        return bool(efforts) and asked.body.get("reasoning_effort") != "none"

    def bad_key(self) -> Step:
        return refuses(401, f"Incorrect API key provided: {KEY}.", code="invalid_api_key")

    def no_model(self, asked: Asked) -> Step:
        text = f"The model `{asked.model}` does not exist or you do not have access to it."
        return refuses(404, text, code="model_not_found")

    def too_many(self) -> Step:
        text = "Rate limit reached for this model on tokens per min (TPM): Limit 30000, Used 29000."
        error = {"message": text, "type": "tokens", "param": None, "code": "rate_limit_exceeded"}
        return sends(429, {"error": error}, retry_after=self.retry_after)

    def too_long(self, asked: Asked) -> Step:
        text = (
            f"This model's maximum context length is {self.window} tokens. However, your messages resulted in "
            f"{asked.tokens} tokens. Please reduce the length of the messages."
        )
        return refuses(400, text, "messages", "context_length_exceeded")

    def usage(self, sent: int, written: int, thought: int) -> dict[str, Any]:
        return {
            "prompt_tokens": sent,
            "completion_tokens": written,
            "total_tokens": sent + written,
            "prompt_tokens_details": {"cached_tokens": 128, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": thought, "audio_tokens": 0},
        }


class AzureServer(OpenAIServer):
    """Deployments have any name; "desk" is one of gpt-5-mini. The v1 API, and the older one with its api-version."""

    prefix: ClassVar = "/openai/v1"
    deployments: ClassVar = {"desk": "gpt-5-mini"}

    @property
    def older_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/openai/deployments/gpt-4o-mini?api-version=2024-10-21"

    def is_path(self, request: Request) -> bool:
        older = request.path == "/openai/deployments/gpt-4o-mini/chat/completions"
        return super().is_path(request) or (older and request.query == "api-version=2024-10-21")

    def is_signed(self, request: Request) -> bool:
        return request.headers.get("api-key") == KEY and "authorization" not in request.headers

    def served(self, asked: Asked) -> str:
        return self.deployments.get(asked.model, asked.model)

    def no_such_path(self) -> Step:
        return sends(404, {"error": {"code": "404", "message": "Resource not found"}})

    def bad_key(self) -> Step:
        text = (
            "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for "
            "an active subscription and use a correct regional API endpoint for your resource."
        )
        return sends(401, {"error": {"code": "401", "message": text}})

    def no_model(self, asked: Asked) -> Step:
        text = "The API deployment for this resource does not exist."
        return sends(404, {"error": {"code": "DeploymentNotFound", "message": text}})

    def too_many(self) -> Step:
        text = "Requests to the ChatCompletions_Create Operation have exceeded token rate limit. Please retry later."
        return sends(429, {"error": {"code": "429", "message": text}}, retry_after=self.retry_after)


def refuses(status: int, text: str, param: str | None = None, code: str | None = None) -> Step:
    return sends(status, {"error": {"message": text, "type": "invalid_request_error", "param": param, "code": code}})
