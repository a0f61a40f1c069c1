"""Arguments that several commands take."""

from typing import Annotated

import typer

# The upper bound is that of the databases' integers; beyond it they fail instead of finding nothing.
MailNumber = Annotated[
    int, typer.Argument(metavar="ID", min=1, max=2**63 - 1, help="Number of the mail, as `messages list` shows it.")
]
