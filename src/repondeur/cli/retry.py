"""`repondeur retry`: take a held or failed mail up again."""

from repondeur.cli.arguments import MailNumber
from repondeur.cli.frame import App
from repondeur.cli.review import carry_out
from repondeur.store import review

app = App()


@app.command()
def retry(
    mail: MailNumber,
) -> None:
    carry_out(mail, review.retry)
