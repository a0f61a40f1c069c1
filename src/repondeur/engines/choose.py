"""From the settings to an engine."""

from urllib.parse import urlsplit

from repondeur.engines.base import Engine
from repondeur.errors import SettingsError
from repondeur.settings.schema import Settings


def choose(settings: Settings) -> Engine:
    """MODEL=auto takes a model server when a key or a base URL is set, else the built-in engine.

    Raises SettingsError for a MODEL of another form, one that needs what is missing, or an impossible base URL.
    """
    kind, _, name = settings.model.strip().partition(":")
    match kind:
        case "auto" if not name:
            return _server(settings, settings.openai_model) if _has_server(settings) else _builtin()
        case "openai":
            if not _has_server(settings):
                raise SettingsError("engine.key_missing", model=settings.model)
            return _server(settings, name or settings.openai_model)
        case "builtin" if not name:
            return _builtin()
        case "local":
            raise SettingsError("engine.local_later", model=settings.model)
        case _:
            raise SettingsError("engine.model_unknown", model=settings.model)


def _has_server(settings: Settings) -> bool:
    return bool(_key(settings) or settings.openai_base_url.strip())


def _server(settings: Settings, model: str) -> Engine:
    from repondeur.engines.compatible import CompatibleEngine

    base_url, key = settings.openai_base_url.strip(), _key(settings)
    if base_url and not _is_http(base_url):
        raise SettingsError("engine.base_url_impossible")
    if not (key.isascii() and key.isprintable()):
        raise SettingsError("engine.key_impossible")
    return CompatibleEngine(
        base_url=base_url,
        api_key=key,
        model=model.strip(),
        max_tokens=settings.max_new_tokens,
        temperature=settings.temperature,
        timeout=settings.model_timeout,
    )


def _builtin() -> Engine:
    from repondeur.engines.builtin import BuiltinEngine

    return BuiltinEngine()


def _key(settings: Settings) -> str:
    # A key that was read from a file often ends with a line feed.
    return settings.openai_api_key.get_secret_value().strip() if settings.openai_api_key else ""


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a bracket left open
        return False
