"""What is known of each provider before the first request. The integration tests have the models one by one."""

import pytest

from repondeur.engines.dialect import THINKING_ROOM, Dialect
from repondeur.engines.providers import PROVIDERS, provider_at


def test_every_provider_says_where_and_how():
    assert set(PROVIDERS) == {
        *("openai", "azure", "mistral", "anthropic", "gemini"),
        *("ollama", "vllm", "llamacpp", "lmstudio", "compatible"),
    }
    for name, provider in PROVIDERS.items():
        assert provider.name == name
        assert provider.local == (not provider.key_variable)
        assert not provider.local or "api." not in provider.base_url
        assert provider.dialect("a-model-of-next-year").format == "json_schema"


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("", "openai"),
        ("https://api.openai.com/v1", "openai"),
        ("https://desk.openai.azure.com/openai/v1/", "azure"),
        ("https://desk.services.ai.azure.com/openai/v1", "azure"),
        ("https://api.mistral.ai/v1", "mistral"),
        ("https://API.Anthropic.com/v1/", "anthropic"),
        ("https://generativelanguage.googleapis.com/v1beta/openai/", "gemini"),
        ("http://127.0.0.1:11434/v1", "ollama"),
        ("http://nas:1234/v1", "lmstudio"),
        ("http://127.0.0.1:8080/v1", "compatible"),
        ("https://api.mistral.ai.evil.example/v1", "compatible"),
        ("not an address", "compatible"),
        ("http://[::1]:11434/v1", "ollama"),
        ("http://h:99999999/v1", "compatible"),
    ],
)
def test_an_address_tells_who_answers(address, name):
    assert provider_at(address).name == name


@pytest.mark.parametrize(
    ("name", "model", "quiet", "temperature", "room"),
    [
        ("openai", "gpt-5-mini", "minimal", False, True),
        ("openai", "gpt-5.1", "none", False, False),
        ("openai", "gpt-5.1-codex", "low", False, True),
        ("openai", "gpt-5-chat-latest", "", False, True),
        ("openai", "gpt-7-sol", "low", False, True),
        ("openai", "ft:gpt-4o-mini:acme", "", True, False),
        ("azure", "gpt-5-mini-prod", "minimal", False, True),
        ("mistral", "mistral-small-2506", "", True, False),
        ("mistral", "magistral-medium-latest", "", True, True),
        ("anthropic", "claude-3-5-haiku-latest", "", True, False),
        ("anthropic", "claude-sonnet-5", "disabled", False, False),
        ("anthropic", "claude-next", "", False, True),
        ("gemini", "models/gemini-2.5-flash", "none", True, False),
        ("gemini", "gemini-flash-latest", "low", True, True),
        ("gemini", "gemma-4-31b-it", "", True, False),
        ("lmstudio", "qwen3-4b-instruct-2507", "", True, False),
        ("lmstudio", "qwen/qwen3-4b-thinking-2507", "", True, True),
    ],
)
def test_how_a_model_is_kept_from_thinking(name, model, quiet, temperature, room):
    dialect = PROVIDERS[name].dialect(model)
    assert (dialect.quiet, dialect.temperature) == (quiet, temperature)
    assert dialect.room == (THINKING_ROOM if room else 0)


@pytest.mark.parametrize(
    ("name", "model", "kind"),
    [
        ("openai", "gpt-4o", "json_schema"),
        ("openai", "gpt-4o-2024-05-13", "json_object"),
        ("azure", "gpt-35-turbo", "json_object"),
        ("openai", "gpt-4", "none"),
        ("anthropic", "claude-opus-4-1-20250805", "none"),
        ("anthropic", "claude-haiku-4-5-20251001", "json_schema"),
    ],
)
def test_the_kind_of_answer_that_a_model_can_be_held_to(name, model, kind):
    assert PROVIDERS[name].dialect(model).format == kind


def test_a_compatible_server_is_asked_as_openai_was_before():
    assert PROVIDERS["compatible"].dialect("any") == Dialect()


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("https://desk.openai.azure.com", "https://desk.openai.azure.com/openai/v1"),
        ("https://desk.openai.azure.com/", "https://desk.openai.azure.com/openai/v1"),
        ("https://desk.openai.azure.com/openai/v1/", "https://desk.openai.azure.com/openai/v1/"),
        ("", ""),
    ],
)
def test_an_azure_resource_is_asked_by_its_new_api(given, asked):
    assert PROVIDERS["azure"].address(given) == asked


def test_other_addresses_stay_as_they_are():
    assert PROVIDERS["openai"].address("") == "https://api.openai.com/v1"
    assert PROVIDERS["vllm"].address("http://gpu:8000") == "http://gpu:8000"


@pytest.mark.parametrize(
    ("name", "address", "model", "stays"),
    [
        ("ollama", "", "qwen3:8b", True),
        ("ollama", "", "gpt-oss:120b-cloud", False),
        ("ollama", "https://ollama.com/v1", "qwen3:8b", False),
        ("vllm", "http://10.0.0.7:8000/v1", "m", True),
        ("vllm", "http://gpu-box:8000/v1", "m", True),
        ("vllm", "http://gpu.internal:8000/v1", "m", True),
        ("vllm", "https://gpu.rented.example/v1", "m", False),
        ("vllm", "http://8.8.8.8:8000/v1", "m", False),
        ("vllm", "", "m", False),
        ("compatible", "http://127.0.0.1:8080/v1", "m", True),
        ("openai", "http://127.0.0.1:8080/v1", "m", False),
        ("mistral", "", "m", False),
    ],
)
def test_which_models_keep_mail_in_the_house(name, address, model, stays):
    assert PROVIDERS[name].stays_here(address, model) is stays
