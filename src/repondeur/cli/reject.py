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
    """Drop a held or drafted answer. A draft stays in Drafts: the agent deletes nothing."""
    carry_out(mail, review.reject)
