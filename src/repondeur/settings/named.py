"""Which model a name means, and which names there are: tables, PROVIDER:NAME, auto, builtin."""

from collections.abc import Iterator

from pydantic import SecretStr

from repondeur.settings.providers import BY_BASE_URL, KEYS, LOCAL, PROVIDERS
from repondeur.settings.schema import Settings
from repondeur.settings.tables import DEFAULT_INTENTS, ModelSettings

BUILTIN = "builtin"


def meant(settings: Settings, name: str, present: str = BUILTIN) -> str:
    """What MODEL=auto stands for; any other name as it is. present: what it stands for without a key: the model on this
    machine, "local:NAME", where there is one."""
    if name != "auto":
        return name
    return f"openai:{settings.openai_model}" if has_openai(settings) else present


def has_openai(settings: Settings) -> bool:
    """Whether MODEL=auto means a server of OpenAI's kind: there is a key, or an address that needs none."""
    return bool(_text(settings.openai_api_key) or settings.openai_base_url)


def default_models(settings: Settings, present: str = BUILTIN) -> tuple[str, ...]:
    """The models for a mail that no choice fits: MODEL, then MODEL_FALLBACK, each once."""
    return tuple(dict.fromkeys(meant(settings, name, present) for name in (settings.model, *settings.model_fallback)))


def models_in_use(settings: Settings, present: str = BUILTIN) -> tuple[str, ...]:
    """Every model that a mail may be given to, each once, the default ones first."""
    chosen = (meant(settings, name, present) for choice in settings.model_choice for name in choice.use)
    return tuple(dict.fromkeys([*default_models(settings, present), *chosen]))


def model_named(settings: Settings, name: str) -> ModelSettings | None:
    """A model with its key, and with what the program gives in place of what its table leaves out; None for a name
    that means none: the built-in engine, a slip."""
    table = next((one for one in settings.models if one.name == name), None)
    provider, _, model = name.partition(":")
    if table is None and (provider not in {*PROVIDERS, LOCAL} or not model):
        return None
    found = table or ModelSettings.model_construct(name=name, provider=provider, model=model)
    return found.model_copy(
        update={
            "base_url": found.base_url or (settings.openai_base_url if found.provider in BY_BASE_URL else ""),
            "api_key": _key(settings, found),
            "max_new_tokens": found.max_new_tokens or settings.max_new_tokens,
            "temperature": settings.temperature if found.temperature is None else found.temperature,
            "timeout": found.timeout or settings.model_timeout,
        }
    )


def is_model_name(settings: Settings, name: str) -> bool:
    """Whether MODEL, MODEL_FALLBACK or `use` may say it."""
    return name in {"auto", BUILTIN} or model_named(settings, name) is not None


def known_names(settings: Settings) -> Iterator[str]:
    """Those that can be listed, for finding the nearest."""
    yield from (one.name for one in settings.models)
    yield from ("auto", BUILTIN)


def intents_in_use(settings: Settings) -> tuple[str, ...]:
    """Ids, in the order in which they are told: those of INTENTS, else the default ones and then those that were added.
    "other" always is one of them, the last."""
    every = settings.intents or (*DEFAULT_INTENTS, *(one.id for one in settings.intent))
    return (*dict.fromkeys(name for name in every if name != "other"), "other")


def _key(settings: Settings, model: ModelSettings) -> SecretStr | None:
    """Its own; else that of its provider; else OPENAI_API_KEY where it goes to OPENAI_BASE_URL. No other server gets
    that one merely because it speaks the same language."""
    own: SecretStr | None = getattr(settings, KEYS[model.provider]) if model.provider in KEYS else None
    theirs = settings.openai_api_key if model.provider in BY_BASE_URL and not model.base_url else None
    return next((key for key in (model.api_key, own, theirs) if _text(key)), None)


def _text(secret: SecretStr | None) -> str:
    return secret.get_secret_value().strip() if secret else ""
