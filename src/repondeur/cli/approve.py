"""`repondeur approve`: send a held or drafted answer."""

from functools import partial
from typing import Annotated

import typer

from repondeur.cli.arguments import MailNumber
from repondeur.cli.frame import App
from repondeur.cli.review import carry_out
from repondeur.store import review

app = App()


@app.command()
def approve(
    mail: MailNumber,
    again: Annotated[bool, typer.Option("--again")] = False,
) -> None:
    carry_out(mail, partial(review.approve, again=again))
