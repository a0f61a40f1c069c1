"""Which model providers settings can name. What each of them is to the program stands in engines/providers.py."""

from typing import Final, Literal, get_args

Provider = Literal[
    "openai", "azure", "mistral", "anthropic", "gemini", "ollama", "vllm", "llamacpp", "lmstudio", "compatible"
]
PROVIDERS: Final[tuple[Provider, ...]] = get_args(Provider)

# A model that runs in this process, with no server: MODEL=local:NAME_OR_PATH.
LOCAL: Final = "local"

# The setting that holds the key, of those that have a variable of their own for it.
KEYS: Final[dict[str, str]] = {
    "openai": "openai_api_key",
    "azure": "azure_openai_api_key",
    "mistral": "mistral_api_key",
    "anthropic": "anthropic_api_key",
    "gemini": "gemini_api_key",
}

# Those that are nowhere in particular: only base_url says where.
ANYWHERE: Final = frozenset({"azure", "vllm", "compatible"})

# What OPENAI_BASE_URL, and OPENAI_API_KEY with it, serve where a model has no base_url of its own.
BY_BASE_URL: Final = ANYWHERE | {"openai"}
