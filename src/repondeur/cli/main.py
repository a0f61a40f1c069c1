"""The command `repondeur`: finds the command's file, and tells people what went wrong."""

import os
import sys
from importlib import import_module
from typing import Annotated, Any, Final

import typer
from typer.main import get_command

from repondeur import __version__
from repondeur.cli import output
from repondeur.cli.closed import close_memory
from repondeur.cli.frame import App, Command, Group
from repondeur.cli.help import explain
from repondeur.settings.language import before_settings

COMMANDS: Final = (
    "demo",
    "once",
    "serve",
    "worker",
    "explain",
    "check",
    "messages",
    "approve",
    "reject",
    "retry",
    "pause",
    "resume",
    "knowledge",
    "model",
    "graph",
    "settings",
    "database",
)


class LazyGroup(Group):
    """Knows all commands by name and summary; imports the file of one only when it is used."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands.update((name, Command(name)) for name in COMMANDS)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        return name, load(name) if name and command else command, rest


def load(name: str) -> Any:
    """The command of `repondeur.cli.NAME`, made from its `app`."""
    app: App = import_module(f"repondeur.cli.{name}").app
    command = get_command(app)
    command.name = name
    explain(command, name)
    return command


app = typer.Typer(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"repondeur {__version__}")
        raise typer.Exit


@app.callback()
def repondeur(
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True)] = False,
) -> None:
    """What goes before the commands."""


def main() -> None:
    """Never returns. Exit codes: 0 done, 1 something failed, 2 wrong use or settings, 130 interrupted."""
    # What cannot be written in the terminal's encoding is written as an escape; a mail may hold anything.
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")
    close_memory()
    sys.exit(run())


def run() -> int:
    """Does what stands in sys.argv; the exit code."""
    output.speak(before_settings(os.environ))
    try:
        command = get_command(app)
        explain(command)
        code = command(prog_name="repondeur", standalone_mode=False)
    except SystemExit as end:
        return _flushed(end.code if isinstance(end.code, int) else int(bool(end.code)))
    except BrokenPipeError:
        return _flushed(1)
    except typer.Abort:
        output.note("usage.aborted")
        return 1
    except Exception as error:  # noqa: BLE001 - the last one who can say it in words
        from repondeur.errors import RepondeurError, SettingsError

        if not isinstance(error, RepondeurError):
            output.complain_unexpected(error)
            return 1
        output.complain(error)
        return 2 if isinstance(error, SettingsError) else 1
    return _flushed(code if isinstance(code, int) else 0)


def _flushed(code: int) -> int:
    """Writes out what is left; that nobody reads any more (`repondeur messages list | head`) is not worth a word."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # As the documentation of Python's signal module has it: or the interpreter flushes once more, and complains.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code
