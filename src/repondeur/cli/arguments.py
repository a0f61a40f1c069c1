"""Arguments that several commands take."""

from typing import Annotated, Final

import typer

from repondeur.cli import output
from repondeur.texts import say

MOST: Final = 2**63 - 1  # of the databases' integers; beyond it they fail instead of finding nothing


def mail_number(text: str) -> int:
    """Raises BadParameter for what is no number of a mail."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and 1 <= len(digits) <= 19 and 1 <= int(digits) <= MOST):
        raise typer.BadParameter(say("cli.not_a_number", output.language()))
    return int(digits)


MailNumber = Annotated[
    int, typer.Argument(metavar="ID", parser=mail_number, help="Number of the mail, as `messages list` shows it.")
]
