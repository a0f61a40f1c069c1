"""What pydantic refused, as reasons for people: the name as they wrote it, the value unless secret, the nearest one."""

import re
from collections.abc import Mapping
from decimal import Decimal
from difflib import get_close_matches
from typing import Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from repondeur.settings import names
from repondeur.settings.providers import PROVIDERS
from repondeur.settings.schema import MailboxSettings
from repondeur.settings.sources import Given, label
from repondeur.settings.values import nothing_if_none
from repondeur.texts import Param, Reason

_MEANT: Final = {
    "imap_security": {"ssl": "tls", "ssl/tls": "tls", "true": "tls", "yes": "tls", "plain": "none", "false": "none"},
    "smtp_security": {"ssl": "tls", "ssl/tls": "tls", "plain": "none", "false": "none", "true": "starttls"},
    "log_level": {"warn": "WARNING", "critical": "ERROR", "fatal": "ERROR", "trace": "DEBUG", "notice": "INFO"},
    "reply": {"none": "off", "no": "off", "false": "off", "auto": "free", "on": "draft", "true": "draft"},
}
_NUMBERS: Final = ("int_", "float_", "decimal_", "finite_number")
_BOUNDS: Final = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
# Of these the sentence with a proposal has a code of its own.
_NEAR: Final = {
    "settings.not_one_of": "settings.not_one_of_near",
    "settings.not_a_host": "settings.not_a_host_near",
    "settings.not_a_hook_host": "settings.not_a_hook_host_near",
    "settings.not_a_model": "settings.not_a_model_near",
    "settings.not_a_database": "settings.not_a_database_near",
    "settings.not_https": "settings.not_https_near",
    "settings.not_an_authority": "settings.not_an_authority_near",
}
_ENGINES: Final = ("auto", "builtin", "local", *PROVIDERS)
_DATABASES: Final = {"postgres": "postgresql", "psql": "postgresql", "pgsql": "postgresql", "sqlite3": "sqlite"}
_SHOWN: Final = 80


def explain(error: ValidationError, model: type[BaseModel], given: Mapping[str, Given]) -> list[Reason]:
    """One reason for each thing that is wrong. A value that follows from a refused one is not reported again."""
    found = error.errors(include_url=False)
    at_fault = {str(detail["loc"][0]) for detail in found}
    follows = model.FOLLOWS if issubclass(model, MailboxSettings) else {}
    return [
        _reason(str(detail["loc"][0]), detail, given, model)
        for detail in found
        if detail["loc"][0] in given or not _follows(str(detail["loc"][0]), follows, at_fault)
    ]


def _follows(name: str, follows: Mapping[str, str], at_fault: set[str]) -> bool:
    origin = follows.get(name, "")
    while origin and origin not in at_fault:
        origin = follows.get(origin, "")
    return bool(origin)


def _where(name: str, detail: ErrorDetails, given: Mapping[str, Given]) -> str:
    """Of a table within a table also the key: "repondeur.toml [[call]] 1: parameters.order.from"."""
    inner = [str(one) for one in detail["loc"][1:] if one != "[key]"] if name == "parameters" else []
    return ".".join([label(name, given), *inner])


def _may_be_none(model: type[BaseModel], name: str) -> bool:
    """Whether the word "none" stands for no value here."""
    checks = model.model_fields[name].metadata if name in model.model_fields else ()
    return any(getattr(one, "func", None) is nothing_if_none for one in checks)


def _reason(name: str, detail: ErrorDetails, given: Mapping[str, Given], model: type[BaseModel]) -> Reason:
    kind, context = detail["type"], detail.get("ctx", {})
    params: dict[str, Param] = {"name": _where(name, detail, given)}
    if kind == "missing":
        return Reason("settings.missing", params)
    whole = given[name].value if name in given and len(detail["loc"]) == 1 else detail["input"]
    value = str(whole)
    params["value"] = _shown(name, value)
    if kind == "literal_error":
        return _choice(name, value, re.findall(r"'([^']*)'", context["expected"]), params)
    if kind.startswith(_NUMBERS):
        return Reason("settings.not_a_number_or_none" if _may_be_none(model, name) else "settings.not_a_number", params)
    limits = {
        sign: context[key] for key, sign in _BOUNDS.items() if isinstance(context.get(key), int | float | Decimal)
    }
    bounds = [f"{sign} {limit:g}" for sign, limit in limits.items()]
    if bounds:
        return Reason("settings.out_of_range", params | {"bounds": bounds[0]})
    if kind.startswith("bool_"):
        return Reason("settings.not_a_boolean", params)
    if kind == "settings.not_a_host" and name == "webhook_host":
        kind = "settings.not_a_hook_host"
    if kind in {"settings.not_a_template", "settings.no_such_placeholder", "settings.our_field"}:
        del params["value"]  # a whole letter, or a secret
        return Reason(kind, params | dict(context))
    if kind.startswith("settings."):
        return _with_nearest(kind, _right_value(kind, value), params)
    return Reason("settings.wrong_kind", params)


def _choice(name: str, value: str, choices: list[str], params: dict[str, Param]) -> Reason:
    by_lower = {choice.lower(): choice for choice in choices}
    meant = _MEANT.get(name, {}).get(value.lower(), "")
    near = meant or next((by_lower[match] for match in get_close_matches(value.lower(), by_lower, 1, 0.6)), "")
    return _with_nearest("settings.not_one_of", near, params | {"choices": ", ".join(choices)})


def _with_nearest(code: str, nearest: str, params: dict[str, Param]) -> Reason:
    return Reason(_NEAR[code], params | {"nearest": nearest}) if nearest else Reason(code, params)


def _right_value(kind: str, value: str) -> str:
    """What was most likely meant, for the kinds of values where that can be guessed."""
    if kind in {"settings.not_a_host", "settings.not_a_hook_host"}:
        match = re.match(r"(?:\w+://)?(?:[^@/]*@)?([\w.-]+)(?::\d+)?(?:/.*)?$", value.strip())
        return match[1] if match else ""
    if kind in {"settings.not_https", "settings.not_an_authority"}:
        match = re.match(r"(?:\w+://)?(?:[^@/\s]*@)?([\w.-]+(?::\d+)?)(/[^?#\s]*)?(?:[?#]\S*)?$", value.strip())
        path = (match[2] or "") if match and kind == "settings.not_https" else ""
        return f"https://{match[1]}{path}" if match else ""
    if kind == "settings.not_a_model":
        head, _, rest = value.partition(":")
        engine = next(iter(get_close_matches(head.strip().lower(), _ENGINES, 1, 0.6)), "")
        return f"{engine}:{rest.strip() or '…'}" if engine not in {"", "auto", "builtin"} else engine
    if kind == "settings.not_a_database":
        head = value.partition(":")[0].partition("+")[0].lower()
        known = ("sqlite", "postgresql")
        return "" if head in known else _DATABASES.get(head) or next(iter(get_close_matches(head, known, 1, 0.6)), "")
    return ""


def _shown(name: str, value: str) -> str:
    """The value as it may be printed: nothing of a secret, only the scheme of a URL that may carry a password."""
    if name in names.SECRETS or name == "api_key_env":
        return "********"
    if name in {"database_url", "openai_base_url", "embeddings_base_url", "base_url"}:
        value = f"{value.partition(':')[0]}:…" if ":" in value else "…"
    clean = "".join(character if character.isprintable() else "�" for character in value)
    return clean if len(clean) <= _SHOWN else f"{clean[:_SHOWN]}…"
