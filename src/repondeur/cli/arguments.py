"""Arguments that several commands take."""

from typing import Annotated, Final

import typer

from repondeur.errors import SettingsError

MOST: Final = 2**63 - 1  # of the databases' integers; beyond it they fail instead of finding nothing


def mail_number(text: str) -> int:
    """Raises SettingsError for what is no number of a mail."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and 1 <= len(digits) <= 19 and 1 <= int(digits) <= MOST):
        raise SettingsError("cli.not_a_number", given=text)
    return int(digits)


MailNumber = Annotated[int, typer.Argument(parser=mail_number)]
