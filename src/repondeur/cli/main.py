"""The command `repondeur`: finds the command's file, and tells people what went wrong."""

import os
import sys
from importlib import import_module
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from repondeur import __version__
from repondeur.cli.closed import close_memory

COMMANDS: Final = {
    "demo": "Try it out: an embedded mail server with sample mail, the agent at work, the web page.",
    "once": "Handle all unread mail of all mailboxes, then exit.",
    "serve": "Run the web page, the watchers and the worker in one process.",
    "worker": "Run only a worker, for scale-out on PostgreSQL.",
    "explain": "Say what would be done with mail in files, without doing it.",
    "check": "Check settings, sign-in, folders, sending, model and database.",
    "messages": "Show what was done with each mail, and why.",
    "approve": "Send a held or drafted answer.",
    "reject": "Drop a held or drafted answer.",
    "retry": "Try a failed mail again.",
    "pause": "Let nothing leave by itself, at once, for one mailbox or all.",
    "resume": "Let answers leave again.",
    "knowledge": "Say what the agent may know: add, list, search, remove, gaps.",
    "model": "Models on this machine: list, download, measure.",
    "graph": "See or remove what makes Microsoft 365 tell us of new mail.",
    "settings": "Show the settings in effect, secrets masked.",
    "database": "Upgrade, back up, restore, purge, export or encrypt the database.",
}
_COMPLETION: Final = frozenset({"install_completion", "show_completion"})


class LazyGroup(TyperGroup):
    """Knows all commands by name and summary; imports the file of one only when it is used."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands.update((name, TyperCommand(name, help=summary)) for name, summary in COMMANDS.items())

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        return name, load(name) if name and command else command, rest


def load(name: str) -> Any:
    """The command of `repondeur.cli.NAME`, made from its `app`."""
    app: typer.Typer = import_module(f"repondeur.cli.{name}").app
    command = get_command(app)
    command.name = name
    command.params = [param for param in command.params if param.name not in _COMPLETION]
    return command


app = typer.Typer(cls=LazyGroup, no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]})


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"repondeur {__version__}")
        raise typer.Exit


@app.callback()
def repondeur(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """A self-hosted agent that works a mailbox: it answers, drafts, files, or calls a person."""


def main() -> None:
    """Never returns. Exit codes: 0 done, 1 something failed, 2 wrong use or settings, 130 interrupted."""
    # What cannot be written in the terminal's encoding is written as an escape; a mail may hold anything.
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")
    close_memory()
    sys.exit(_run())


def _run() -> int:
    try:
        get_command(app)(prog_name="repondeur")
    except SystemExit as end:
        return _flushed(end.code if isinstance(end.code, int) else int(bool(end.code)))
    except BrokenPipeError:
        return _flushed(1)
    except Exception as error:  # noqa: BLE001 - the last one who can say it in words
        from repondeur.cli import output
        from repondeur.errors import RepondeurError, SettingsError

        if not isinstance(error, RepondeurError):
            output.complain_unexpected(error)
            return 1
        output.complain(error)
        return 2 if isinstance(error, SettingsError) else 1
    return _flushed(0)


def _flushed(code: int) -> int:
    """Writes out what is left; that nobody reads any more (`repondeur messages list | head`) is not worth a word."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # As the documentation of Python's signal module has it: or the interpreter flushes once more, and complains.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code
