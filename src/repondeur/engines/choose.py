"""From the settings to an engine."""

from repondeur.engines.base import Engine
from repondeur.errors import SettingsError
from repondeur.settings.schema import Settings


def choose(settings: Settings) -> Engine:
    """MODEL=auto takes a model server when a key or a base URL is set, else the built-in engine.

    The forms of MODEL and OPENAI_BASE_URL were checked when the settings were read. Raises SettingsError when the model
    needs a key that is not there, or one that no server could have given, and for local models, which come later.
    """
    kind, _, name = settings.model.partition(":")
    has_server = bool(_key(settings) or settings.openai_base_url)
    if kind == "local":
        raise SettingsError("engine.local_later", model=settings.model)
    if kind == "openai" and not has_server:
        raise SettingsError("engine.key_missing", model=settings.model)
    if kind == "openai" or (kind == "auto" and has_server):
        return _server(settings, name or settings.openai_model)
    return _builtin()


def _server(settings: Settings, model: str) -> Engine:
    from repondeur.engines.compatible import CompatibleEngine

    key = _key(settings)
    # It goes into a header field, where nothing else can stand (RFC 9110, 5.5).
    if not (key.isascii() and key.isprintable()):
        raise SettingsError("engine.key_impossible")
    return CompatibleEngine(
        base_url=settings.openai_base_url,
        api_key=key,
        model=model,
        max_tokens=settings.max_new_tokens,
        temperature=settings.temperature,
        timeout=settings.model_timeout,
    )


def _builtin() -> Engine:
    from repondeur.engines.builtin import BuiltinEngine

    return BuiltinEngine()


def _key(settings: Settings) -> str:
    return settings.openai_api_key.get_secret_value().strip() if settings.openai_api_key else ""
