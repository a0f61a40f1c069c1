"""Who runs the models that can be asked through OpenAI's chat completions, and what is known of each beforehand.

What is known saves refused requests; what is wrong or has changed is found out by the first refusal (`dialect`). Each
rule names the page that it is from, as it stood in November 2026. Pure.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from repondeur.engines.dialect import THINKING_ROOM, Dialect, Quiet, first

_OPEN_THINKERS = re.compile(r"deepseek-r1|qwq|magistral|thinking|reasoner|reasoning")
_OPEN_HYBRIDS = re.compile(r"qwen-?3|glm-?[45]|smollm3")
# Names of hosts that end so belong to Microsoft's model services.
_AZURE_HOSTS = (".openai.azure.com", ".services.ai.azure.com", ".cognitiveservices.azure.com")


@dataclass(frozen=True, slots=True)
class Provider:
    """base_url: where it answers, "" when only settings can say. key_variable: the usual environment variable of its
    key, "" when it wants none. local: made to run on a machine of one's own. key_header: how the key goes out; for
    "authorization" as a bearer token. prices: its id in genai-prices, "" when the address decides. dialect: how a model
    of a given name is asked first."""

    name: str
    base_url: str = ""
    key_variable: str = ""
    local: bool = False
    key_header: Literal["authorization", "api-key"] = "authorization"
    prices: str = ""
    dialect: Callable[[str], Dialect] = first

    def address(self, base_url: str) -> str:
        """Where to ask, given what the settings say, "" when nothing does. Azure gives its resources' addresses without
        a path: then the v1 API is meant (Microsoft Learn, "Azure OpenAI v1 API")."""
        url = base_url or self.base_url
        bare = urlsplit(url).path.strip("/") == ""
        return f"{url.rstrip('/')}/openai/v1" if url and bare and self.name == "azure" else url

    def stays_here(self, base_url: str, model: str) -> bool:
        """Whether mail given to this model does not leave the house: a server of one's own, on this machine or in a
        private network, and no model that Ollama passes on to its own cloud ("gpt-oss:120b-cloud")."""
        return (self.local or self.name == "compatible") and _private(base_url or self.base_url) and not _cloud(model)


def provider_at(base_url: str) -> Provider:
    """Who answers at an address, as far as it tells: "compatible" when it does not; "" is OpenAI."""
    parts = urlsplit(base_url)
    host = (parts.hostname or "").lower()
    if not base_url:
        return PROVIDERS["openai"]
    if host.endswith(_AZURE_HOSTS):
        return PROVIDERS["azure"]
    return next((known for known in _PUBLIC if host == urlsplit(known.base_url).hostname), _by_port(parts.netloc))


def _by_port(netloc: str) -> Provider:
    """Ollama and LM Studio have ports that nothing else uses; 8000 and 8080 are everybody's."""
    port = netloc.rpartition(":")[2]
    return PROVIDERS[{"11434": "ollama", "1234": "lmstudio"}.get(port, "compatible")]


def _openai(model: str) -> Dialect:
    """OpenAI, "Model guidance" and "Reasoning": reasoning models take max_completion_tokens only and no temperature;
    GPT-5 has the efforts minimal to high, GPT-5.1 to 5.6, GPT-6 Luna and Sol also none, GPT-6 Astra, 6.1 and later low
    to xhigh, the o-series low to high. "Structured Outputs": from gpt-4o-2024-08-06 on; before that "JSON mode"."""
    name = model.lower().rpartition("/")[2].removeprefix("ft:")
    if not re.match(r"o\d|gpt-[5-9]", name):
        if re.match(r"gpt-(?:3\.?5|4-turbo|4o-2024-05-13|4-1106|4-0125)", name):
            return Dialect(format="json_object")
        return Dialect(format="none") if re.fullmatch(r"gpt-4(?:-0613|-0314|-32k.*)?", name) else Dialect()
    effort = _openai_effort(name)
    return Dialect(
        tokens="max_completion_tokens",
        temperature=False,
        quiet=effort,
        room=0 if effort == "none" else THINKING_ROOM,
    )


def _openai_effort(name: str) -> Quiet:
    if re.search(r"-chat(?:-|$)", name) or re.match(r"o1-(?:mini|preview)", name):
        return ""  # these have no choice of effort
    if re.search(r"-(?:codex|pro)(?:-|$)", name):
        return "low"
    if re.match(r"gpt-5\.[1-9]|gpt-6-(?:luna|sol)", name):
        return "none"
    return "minimal" if re.match(r"gpt-5(?!\.)", name) else "low"


def _mistral(model: str) -> Dialect:
    """Mistral, "Chat completions": unknown fields are refused (422), so max_tokens and nothing of other houses.
    "Reasoning": Small 4 and Medium 3.5 take the effort none, Large 4 low to high; Magistral always thinks."""
    name = model.lower()
    if re.match(r"mistral-small-(?:latest|26|4)|mistral-medium-(?:latest|26|3-5|3\.5)", name):
        return Dialect(quiet="none")
    if name.startswith("mistral-large-4"):
        return Dialect(quiet="low", room=THINKING_ROOM)
    return Dialect(room=THINKING_ROOM if name.startswith("magistral") else 0)


def _anthropic(model: str) -> Dialect:
    """Anthropic, "OpenAI SDK compatibility": unknown fields are ignored, `thinking` is passed on; response_format
    takes json_schema alone. "Structured outputs": from the 4.5 models on. "Migration guide": from Opus 4.7 on a
    temperature is refused; the 5.0 models think unless `thinking` is disabled, 5.5, Fable and Mythos always do."""
    found = re.search(r"claude-(?:([a-z]+)-)?(\d+)(?:-(\d{1,2})(?!\d))?", model.lower())
    family, version = (found[1] or "", (int(found[2]), int(found[3] or 0))) if found else ("", (99, 0))
    thinks = version > (5, 0) or (version == (5, 0) and family not in {"opus", "sonnet", "haiku"})
    return Dialect(
        format="json_schema" if version >= (4, 5) else "none",
        objects=False,
        temperature=version < (4, 7),
        quiet="disabled" if version == (5, 0) and not thinks else "",
        room=THINKING_ROOM if thinks else 0,
    )


def _gemini(model: str) -> Dialect:
    """Google, "OpenAI compatibility" and "Thinking": 2.5 Flash takes the effort none, 3.0 to 3.6 Flash minimal; Pro and
    Flash from 3.7 on think at least a little; models before 2.5 do not."""
    name = model.lower().rpartition("/")[2]
    if not name.startswith("gemini"):
        return Dialect()
    found = re.match(r"gemini-(\d+)(?:\.(\d+))?", name)
    version = (int(found[1]), int(found[2] or 0)) if found else (99, 0)
    if version < (2, 5):
        return Dialect()
    if re.search(r"-pro(?:-|$)", name) or version > (3, 6):
        return Dialect(quiet="low", room=THINKING_ROOM)
    return Dialect(quiet="none") if version == (2, 5) else Dialect(quiet="minimal", room=THINKING_ROOM)


def _ollama(model: str) -> Dialect:
    """Ollama, "OpenAI compatibility": reasoning_effort none turns thinking off, is ignored by models and versions
    without it; gpt-oss knows only how much. response_format is taken as the format, max_completion_tokens is not."""
    return _gpt_oss("low") if "gpt-oss" in model.lower() else Dialect(quiet="none")


def _vllm(model: str) -> Dialect:
    """vLLM, "Reasoning Outputs": Qwen3 and others think unless the chat template is told not to. "Structured Outputs":
    response_format json_schema."""
    name = model.lower()
    if "gpt-oss" in name:
        return _gpt_oss("low")
    return Dialect(
        quiet="template" if _OPEN_HYBRIDS.search(name) else "",
        room=THINKING_ROOM if _OPEN_THINKERS.search(name) else 0,
    )


def _llamacpp(model: str) -> Dialect:
    """llama.cpp, "LLaMA.cpp HTTP Server": serves its one model under any name, so the switch of the chat template is
    always sent; templates without it do not look."""
    name = model.lower()
    if "gpt-oss" in name:
        return _gpt_oss("template_low")
    return Dialect(quiet="template", room=THINKING_ROOM if _OPEN_THINKERS.search(name) else 0)


def _lmstudio(model: str) -> Dialect:
    """LM Studio, "Structured Output": response_format json_schema or text, no json_object; a schema keeps models from
    thinking. It passes no chat_template_kwargs on; Qwen3's own word helps only its first generation."""
    name = model.lower()
    if "gpt-oss" in name:
        return Dialect(objects=False, quiet="low", room=THINKING_ROOM)
    first_qwen3 = re.search(r"qwen-?3(?![.\d])(?!.*(?:instruct|thinking|2507))", name)
    return Dialect(
        objects=False,
        quiet="soft" if first_qwen3 else "",
        room=THINKING_ROOM if _OPEN_THINKERS.search(name) else 0,
    )


def _gpt_oss(quiet: Quiet) -> Dialect:
    return Dialect(quiet=quiet, room=THINKING_ROOM)


def _private(base_url: str) -> bool:
    host = (urlsplit(base_url).hostname or "").rstrip(".").lower()
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        # A name without a dot, or one of the ends that are reserved for private use (RFC 6761, RFC 6762, RFC 9476).
        return host != "" and ("." not in host or host.endswith((".localhost", ".local", ".internal", ".home.arpa")))
    return address.is_loopback or address.is_private


def _cloud(model: str) -> bool:
    return model.lower().endswith(("-cloud", ":cloud"))


_PUBLIC = (
    Provider("openai", "https://api.openai.com/v1", "OPENAI_API_KEY", prices="openai", dialect=_openai),
    Provider("mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY", prices="mistral", dialect=_mistral),
    Provider("anthropic", "https://api.anthropic.com/v1", "ANTHROPIC_API_KEY", prices="anthropic", dialect=_anthropic),
    Provider(
        "gemini",
        "https://generativelanguage.googleapis.com/v1beta/openai",
        "GEMINI_API_KEY",
        prices="google",
        dialect=_gemini,
    ),
)
_OTHERS = (
    # The model is the name of the deployment, which people mostly call after the model.
    Provider("azure", "", "AZURE_OPENAI_API_KEY", key_header="api-key", prices="azure", dialect=_openai),
    Provider("ollama", "http://127.0.0.1:11434/v1", local=True, dialect=_ollama),
    # Its own port is that of our web page.
    Provider("vllm", "", local=True, dialect=_vllm),
    Provider("llamacpp", "http://127.0.0.1:8080/v1", local=True, dialect=_llamacpp),
    Provider("lmstudio", "http://127.0.0.1:1234/v1", local=True, dialect=_lmstudio),
    Provider("compatible", "", "OPENAI_API_KEY"),
)
PROVIDERS: Mapping[str, Provider] = {provider.name: provider for provider in (*_PUBLIC, *_OTHERS)}
