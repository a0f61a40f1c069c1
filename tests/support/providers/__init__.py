"""Strict stand-ins for the model providers, over real sockets, one class each. They refuse what the vendor's own pages
say it refuses, in its own words and shapes, and think aloud unless they are told not to in the documented way."""

from tests.support.providers.anthropic import AnthropicServer
from tests.support.providers.gemini import GeminiServer
from tests.support.providers.mistral import MistralServer
from tests.support.providers.openai import AzureServer, OpenAIServer
from tests.support.providers.own import LlamaCppServer, LMStudioServer, OllamaServer, VllmServer
from tests.support.providers.vendor import THOUGHTS, Vendor

VENDORS: dict[str, type[Vendor]] = {
    "openai": OpenAIServer,
    "azure": AzureServer,
    "mistral": MistralServer,
    "anthropic": AnthropicServer,
    "gemini": GeminiServer,
    "ollama": OllamaServer,
    "vllm": VllmServer,
    "llamacpp": LlamaCppServer,
    "lmstudio": LMStudioServer,
}

__all__ = ["THOUGHTS", "VENDORS", "AzureServer", "MistralServer", "OpenAIServer", "Vendor", "VllmServer"]
