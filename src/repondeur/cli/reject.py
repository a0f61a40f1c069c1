"""`repondeur reject`: drop a held or drafted answer."""

import typer

from repondeur.cli.arguments import MailNumber
from repondeur.cli.review import carry_out
from repondeur.store import review

app = typer.Typer()


@app.command()
def reject(
    mail: MailNumber,
) -> None:
    """Drop a held or drafted answer. A draft that nobody has changed goes from Drafts to Trash."""
    carry_out(mail, review.reject)
