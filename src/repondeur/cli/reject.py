"""`repondeur reject`: drop a held or drafted answer."""

from typing import Annotated

import typer

from repondeur.cli.review import carry_out
from repondeur.store import review

app = typer.Typer()


@app.command()
def reject(
    mail: Annotated[int, typer.Argument(metavar="ID", help="Number of the mail, as `messages list` shows it.")],
) -> None:
    """Drop a held or drafted answer. A draft stays in Drafts: the agent deletes nothing."""
    carry_out(mail, review.reject)
