"""Servers that people run themselves. Pages: Ollama "OpenAI compatibility"; vLLM "OpenAI-Compatible Server" and
"Reasoning Outputs"; llama.cpp "LLaMA.cpp HTTP Server"; LM Studio "Structured Output" and "OpenAI compatibility"."""

from typing import Any, ClassVar

from tests.support.model_server import Step
from tests.support.providers.vendor import Asked, Vendor, in_thought, sends


def _template(asked: Asked) -> dict[str, Any]:
    return asked.body.get("chat_template_kwargs") or {}


class OllamaServer(Vendor):
    """Knows no key and no error for long prompts: it drops their beginning."""

    wants_key: ClassVar = False
    known: ClassVar = ("llama3.2", "mistral-small3.2", "qwen3:8b", "qwen3.5:9b", "deepseek-r1:8b", "gpt-oss:20b")
    usual: ClassVar = dict.fromkeys(known, False) | {"gpt-oss:20b": True}

    def judged(self, asked: Asked) -> Step | None:
        if asked.model not in self.known:
            return _refuses(404, f"model '{asked.model}' not found", "not_found_error")
        effort = asked.body.get("reasoning_effort")
        if effort is not None and effort not in {"high", "medium", "low", "none"}:
            return _refuses(400, f"invalid reasoning value: '{effort}'", "invalid_request_error")
        if effort not in {None, "none"} and asked.model.startswith(("llama", "mistral")):
            return _refuses(400, f'"{asked.model}" does not support thinking', "invalid_request_error")
        return None

    def thinks(self, asked: Asked) -> bool:
        if asked.model.startswith("gpt-oss"):
            return True
        return asked.model.startswith(("qwen3", "deepseek")) and asked.body.get("reasoning_effort") != "none"

    def too_many(self) -> Step:
        return _refuses(429, "too many requests", "api_error", retry_after=self.retry_after)

    def too_long(self, asked: Asked) -> Step:
        return self.completed(asked)

    def message(self, said: str, thought: str) -> dict[str, Any]:
        return {"role": "assistant", "content": said, **({"reasoning": thought} if thought else {})}


class VllmServer(Vendor):
    """Started with --api-key, without --reasoning-parser: what is thought stands in the text."""

    known: ClassVar = (
        "mistralai/Mistral-Small-3.2-24B-Instruct-2506",
        "Qwen/Qwen3-8B",
        "Qwen/Qwen3.5-35B-A3B",
        "zai-org/GLM-4.6",
        "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B",
        "openai/gpt-oss-20b",
    )
    usual: ClassVar = dict.fromkeys(known, False) | dict.fromkeys(known[-2:], True)

    def judged(self, asked: Asked) -> Step | None:
        if not asked.model or asked.model not in self.known:
            return _refuses(404, f"The model `{asked.model}` does not exist.", "NotFoundError", param="model")
        if asked.body.get("reasoning_effort") not in {None, "low", "medium", "high"}:
            return _refuses(400, "1 validation error: reasoning_effort", "BadRequestError")
        if _template(asked) and asked.model.startswith("mistralai/"):
            return _refuses(400, "chat_template_kwargs is not supported for Mistral tokenizers", "BadRequestError")
        return None

    def thinks(self, asked: Asked) -> bool:
        if asked.model in self.known[-2:]:
            return True
        return asked.model.startswith(("Qwen/", "zai-org/")) and _template(asked).get("enable_thinking") is not False

    def bad_key(self) -> Step:
        return sends(401, {"error": "Unauthorized"})

    def too_many(self) -> Step:
        return sends(429, {"detail": "Too many requests"}, retry_after=self.retry_after)

    def too_long(self, asked: Asked) -> Step:
        text = (
            f"You passed {asked.tokens} input tokens and requested {asked.limit} output tokens. However, the model's "
            f"context length is only {self.window} tokens. Please reduce the length of the input prompt."
        )
        return _refuses(400, text, "BadRequestError", param="input_tokens")

    def message(self, said: str, thought: str) -> dict[str, Any]:
        return in_thought(said, thought)


class LlamaCppServer(Vendor):
    """Serves one model, Qwen3 or gpt-oss, under any name."""

    usual: ClassVar = {"qwen3": False, "default": False, "gpt-oss": True}

    def judged(self, asked: Asked) -> Step | None:
        return None

    def thinks(self, asked: Asked) -> bool:
        return asked.model == "gpt-oss" or _template(asked).get("enable_thinking") is not False

    def bad_key(self) -> Step:
        return sends(401, {"error": {"code": 401, "message": "Invalid API Key", "type": "authentication_error"}})

    def too_many(self) -> Step:
        loading = {"code": 503, "message": "Loading model", "type": "unavailable_error"}
        return sends(503, {"error": loading})

    def too_long(self, asked: Asked) -> Step:
        error = {
            "code": 400,
            "message": f"request ({asked.tokens} tokens) exceeds the available context size ({self.window} tokens)",
            "type": "exceed_context_size_error",
            "n_prompt_tokens": asked.tokens,
            "n_ctx": self.window,
        }
        return sends(400, {"error": error})

    def message(self, said: str, thought: str) -> dict[str, Any]:
        return {"role": "assistant", "content": said, **({"reasoning_content": thought} if thought else {})}


class LMStudioServer(Vendor):
    """Passes no chat_template_kwargs on. A schema keeps newer models from thinking, Qwen3's own word the first ones."""

    wants_key: ClassVar = False
    known: ClassVar = ("qwen/qwen3-8b", "qwen/qwen3.5-9b", "mistralai/mistral-small-3.2", "openai/gpt-oss-20b")
    usual: ClassVar = dict.fromkeys(known, False) | {"openai/gpt-oss-20b": True}

    def judged(self, asked: Asked) -> Step | None:
        if asked.model not in self.known:
            text = f'Model "{asked.model}" not found. Please specify a valid model.'
            error = {"message": text, "type": "invalid_request_error", "param": "model", "code": "model_not_found"}
            return sends(400, {"error": error})
        if asked.format not in {"", "text", "json_schema"}:
            return sends(400, {"error": "'response_format.type' must be 'json_schema' or 'text'"})
        return None

    def thinks(self, asked: Asked) -> bool:
        if asked.model == "qwen/qwen3-8b":
            return not asked.body["messages"][-1]["content"].rstrip().endswith("/no_think")
        return asked.model == "openai/gpt-oss-20b" or (asked.model.startswith("qwen/") and not asked.format)

    def too_many(self) -> Step:
        return sends(429, {"error": "Too many requests"}, retry_after=self.retry_after)

    def too_long(self, asked: Asked) -> Step:
        text = (
            f"Trying to keep the first {asked.tokens} tokens when context the overflows. However, the model is loaded "
            f"with context length of only {self.window} tokens, which is not enough."
        )
        return sends(400, {"error": text})

    def message(self, said: str, thought: str) -> dict[str, Any]:
        return in_thought(said, thought)


def _refuses(status: int, text: str, kind: str, param: str | None = None, **headers: str) -> Step:
    return sends(status, {"error": {"message": text, "type": kind, "param": param, "code": status}}, **headers)
