"""What `--help` says, in the person's language.

Commands and options carry no words. The catalogue has them in the area `help`, by what people type: [messages_list] for
`messages list`, [messages_list_limit] or else [limit] for its option --limit, [value_limit] for what --limit takes.
"""

import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any, Final

import typer

from repondeur.cli import output
from repondeur.texts import Param, catalogue, say

WIDEST: Final = 100  # columns; longer lines are hard to read
_INDENT: Final = 2
_GAP: Final = 2
_WIDEST_NAME: Final = 28


def explain(command: Any, *path: str) -> None:
    """Gives a command its words, also what it takes, and the commands under it. path: what people type. Raises KeyError
    for one of which the catalogue says nothing."""
    command.help = word("_".join(path) or "repondeur")
    for param in command.params:
        param.help = word(about(param, path))
        if param.param_type_name == "argument" or not param.is_flag:
            param.metavar = word(f"value_{typed(param)}")
    for name, under in getattr(command, "commands", {}).items():
        explain(under, *path, name)


def about(param: Any, path: Iterable[str]) -> str:
    """The entry that explains an argument or option: its own for this command, or the one for all of its name."""
    own = "_".join((*path, typed(param)))
    return own if own in catalogue("help") else typed(param)


def typed(param: Any) -> str:
    """The name of an argument or option: --no-model is no_model."""
    name: str = param.name if param.param_type_name == "argument" else param.opts[0]
    return name.strip("-").replace("-", "_")


def word(name: str, /, **params: Param) -> str:
    return say(f"help.{name}", output.language(), **params)


def summary(text: str) -> str:
    """Its first sentence."""
    return text.partition(". ")[0].removesuffix(".") + "."


def whole(ctx: typer.Context) -> str:
    """All that is said of a command: how it is written, what it does, what it takes."""
    command: Any = ctx.command
    params = [param for param in command.get_params(ctx) if not param.hidden]
    arguments = [param for param in params if param.param_type_name == "argument"]
    options = [param for param in params if param.param_type_name == "option"]
    commands = getattr(command, "commands", {})
    blocks = [
        _wrapped(output.pair(word("usage"), usage(ctx)), hanging=_INDENT),
        _wrapped(command.help),
        _table("arguments", ((argument.metavar, _said(argument)) for argument in arguments)),
        _table("options", ((_written(option), _said(option)) for option in options)),
        _table("commands", ((name, summary(one.help)) for name, one in commands.items())),
    ]
    if commands:
        blocks.append(_wrapped(word("more", command=f"{ctx.command_path} {word('command')} --help")))
    # The wrapping is done; on a terminal a plain space is as good as one at which no line breaks.
    return re.sub("[\u00a0\u202f]", " ", "\n\n".join(block for block in blocks if block))


def usage(ctx: typer.Context) -> str:
    """How a command is written, as `repondeur messages show [OPTIONS] ID`."""
    command: Any = ctx.command
    pieces = [ctx.command_path, "[OPTIONS]"]
    for param in command.params:
        if param.param_type_name == "argument":
            pieces.append(param.metavar if param.required else f"[{param.metavar}]")
        elif param.required:
            pieces.append(_written(param))
    return " ".join([*pieces, f"{word('command')} …"] if hasattr(command, "commands") else pieces)


def _written(option: Any) -> str:
    short_first = sorted(option.opts, key=len)
    names = " / ".join([", ".join(short_first), *option.secondary_opts])
    return names if option.is_flag else f"{names} {option.metavar}"


def _said(param: Any) -> str:
    """What it is for, then its bounds and what it is by default."""
    text = word("help") if param.name == "help" else param.help
    more = [bounds(param)] if param.min or param.max else []
    if param.required:
        more.append(word("required"))
    elif param.default and param.default is not True and param.show_default:
        more.append(output.pair(word("default"), str(param.default)))
    told = ", ".join(filter(None, more))
    return f"{text} [{told}]" if told else text


def bounds(param: Any) -> str:
    """Within what a number has to be, in words; "" where there is no bound."""
    if param.max is None:
        return "" if param.min is None else word("at_least", least=param.min)
    return word("from_to", least=param.min, most=param.max)


def _table(title: str, rows: Iterable[tuple[str, str]]) -> str:
    found = list(rows)
    if not found:
        return ""
    column = min(max(len(name) for name, _ in found), _WIDEST_NAME)
    lines = (line for name, text in found for line in _row(name, text, column))
    return "\n".join([typer.style(output.labelled(word(title)), bold=True), *lines])


def _row(name: str, text: str, column: int) -> Iterator[str]:
    """A long name has a line to itself."""
    start = _INDENT + column + _GAP
    lines = textwrap.wrap(text, max(_width() - start, _WIDEST_NAME))
    shown = " " * _INDENT + typer.style(name, fg="cyan")
    if len(name) > column:
        yield shown
    else:
        yield shown + " " * (column - len(name) + _GAP) + lines.pop(0)
    yield from (" " * start + line for line in lines)


def _wrapped(text: str, *, hanging: int = 0) -> str:
    return textwrap.fill(text, _width(), subsequent_indent=" " * hanging)


def _width() -> int:
    columns, _ = typer.get_terminal_size()
    return min(columns, WIDEST)
