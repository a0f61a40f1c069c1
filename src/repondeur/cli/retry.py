"""`repondeur retry`: take a held or failed mail up again."""

import typer

from repondeur.cli.arguments import MailNumber
from repondeur.cli.review import carry_out
from repondeur.store import review

app = typer.Typer()


@app.command()
def retry(
    mail: MailNumber,
) -> None:
    """Take a held or failed mail up again from the beginning, under the settings of today."""
    carry_out(mail, review.retry)
