"""`repondeur reject`: drop a held or drafted answer."""

from repondeur.cli.arguments import MailNumber
from repondeur.cli.frame import App
from repondeur.cli.review import carry_out
from repondeur.store import review

app = App()


@app.command()
def reject(
    mail: MailNumber,
) -> None:
    carry_out(mail, review.reject)
