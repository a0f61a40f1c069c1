"""`repondeur retry`: take a held or failed mail up again."""

from typing import Annotated

import typer

from repondeur.cli.review import carry_out
from repondeur.store import review

app = typer.Typer()


@app.command()
def retry(
    mail: Annotated[int, typer.Argument(metavar="ID", help="Number of the mail, as `messages list` shows it.")],
) -> None:
    """Take a held or failed mail up again from the beginning, under the settings of today."""
    carry_out(mail, review.retry)
