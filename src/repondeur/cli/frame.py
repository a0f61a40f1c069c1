"""What every command has in common: help and complaints about wrong use, in the language of whoever typed it.

Typer asks its commands for both: `get_help` writes one, and what `parse_args` raises is told by `main`. Source: Typer
documentation, page "Using Click" (Typer(cls=…), command(cls=…)).
"""

from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from repondeur.cli import help as texts
from repondeur.cli.usage import refusal, too_many, unknown_command


class Command(TyperCommand):
    # What is left over is told by us, not by Typer.
    allow_extra_args = True

    def get_help(self, ctx: Any) -> str:
        return texts.whole(ctx)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Raises SettingsError for wrong use."""
        try:
            rest = super().parse_args(ctx, args)
        except typer.TyperException as error:
            raise refusal(ctx, error) from error
        if rest and not ctx.resilient_parsing:
            raise too_many(ctx, rest)
        return rest


class Group(TyperGroup):
    def get_help(self, ctx: Any) -> str:
        return texts.whole(ctx)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Raises SettingsError for wrong use. Without a command it says which there are."""
        given = [one for one in args if one != "--"]
        if not given and not ctx.resilient_parsing:
            typer.echo(ctx.get_help(), err=True)
            raise typer.Exit(2)
        try:
            return super().parse_args(ctx, args)
        except typer.TyperException as error:
            raise refusal(ctx, error) from error

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if self.get_command(ctx, args[0]) is None and not ctx.resilient_parsing:
            raise unknown_command(ctx, args[0], self.list_commands(ctx))
        return super().resolve_command(ctx, args)


class App(typer.Typer):
    """One command, or a group of several."""

    def __init__(self) -> None:
        super().__init__(cls=Group, add_completion=False)

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Any], Any]:
        return super().command(name, cls=Command, **settings)
