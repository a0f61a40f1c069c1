"""Wrong use of the command line, said in one sentence that names the way out.

Typer's errors bring the option or the parameter they are about, and English sentences of their own, which are not used.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any, Final

import typer

from repondeur.cli.help import bounds, usage, word
from repondeur.errors import SettingsError

_NUMBERS: Final = {int: "whole_number", float: "number"}


def refusal(ctx: typer.Context, error: Any) -> SettingsError:
    """error: what Typer has found wrong with what was typed."""
    if option := getattr(error, "option_name", ""):
        return _wrong_option(ctx, option)
    if isinstance(error, typer.BadParameter) and error.param is not None:
        return _wrong_value(ctx, error.param, missing=not error.message)
    return _refused(ctx, "wrong_use", usage=usage(ctx))


def too_many(ctx: typer.Context, rest: Sequence[str]) -> SettingsError:
    return _refused(ctx, "too_many", rest=" ".join(rest), usage=usage(ctx))


def unknown_command(ctx: typer.Context, name: str, known: Iterable[str]) -> SettingsError:
    names = list(known)
    if meant := _nearest(name, names):
        return _refused(ctx, "unknown_command_near", name=name, nearest=f"{ctx.command_path} {meant}")
    return _refused(ctx, "unknown_command", name=name, names=", ".join(names))


def _wrong_option(ctx: typer.Context, name: str) -> SettingsError:
    """An option that there is takes a value and was given none, or the other way round."""
    command: Any = ctx.command
    options = {one: param for param in command.get_params(ctx) for one in (*param.opts, *param.secondary_opts)}
    if name not in options:
        meant = _nearest(name, [one for one in options if one.startswith("--")])
        return _refused(ctx, "unknown_option_near" if meant else "unknown_option", name=name, nearest=meant)
    param = options[name]
    if param.is_flag:
        return _refused(ctx, "takes_no_value", name=name)
    return _refused(ctx, "needs_value", name=name, value=param.metavar)


def _wrong_value(ctx: typer.Context, param: Any, *, missing: bool) -> SettingsError:
    name = param.metavar if param.param_type_name == "argument" else param.opts[0]
    if missing:
        return _refused(ctx, "missing", name=name, about=param.help, usage=usage(ctx))
    if (kind := _NUMBERS.get(param.type_descriptor.annotation, "")) and param.min is not None:
        return _refused(ctx, "wrong_number", name=name, kind=word(kind), limits=bounds(param))
    return _refused(ctx, "wrong_use", usage=usage(ctx))


def _nearest(name: str, known: Iterable[str]) -> str:
    """The known name that was most likely meant, or the only one that begins like this; "" when none is near."""
    by_letters = {one.strip("-"): one for one in known}
    wanted = name.strip("-").lower()
    longer = [one for letters, one in by_letters.items() if wanted and letters.startswith(wanted)]
    if len(longer) == 1:
        return longer[0]
    return next((by_letters[one] for one in get_close_matches(wanted, by_letters, 1)), "")


def _refused(ctx: typer.Context, what: str, /, **params: str) -> SettingsError:
    return SettingsError(f"usage.{what}", problems=(), command=f"{ctx.command_path} --help", **params)
