"""What an automatic answer does not repeat of the subject of a mail."""

import pytest

from repondeur.policy.subject import automatic_subject


@pytest.mark.parametrize(
    ("subject", "repeated"),
    [
        # Hosts beside dashes and dots, and of few letters.
        ("See –rogue.test/pay", "Re: See –…"),
        ("rogue.test—pay here", "Re: …—pay here"),
        ("Voir …rogue.test", "Re: Voir ……"),
        ("qz.no", "Re: …"),
        ("r o g u e . c o m", "Re: …"),
        # Accounts in one piece, and wallets.
        ("DE89370400440532013000", "Re: …"),
        ("To bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "Re: To …"),
        ("sort code 10-20-30, account 98765432", "Re: sort code …, account …"),
        ("Compte 98765432", "Re: Compte …"),
        # Several telephones, and short ones.
        ("07.98.76.54.32 / 06.55.44.33.22", "Re: … / …"),
        ("07 98 76 54 32 " * 6, "Re: … … … … … …"),
        ("Please call 3975", "Re: Please call …"),
        ("Composez le 118 700", "Re: Composez le …"),
        # What may be said again.
        ("Order 58213 of 12 March", "Re: Order 58213 of 12 March"),
        ("Dossier ZX-2026-0417", "Re: Dossier ZX-2026-0417"),
        ("Question sur 3 lampes, 120 € et 2026", "Re: Question sur 3 lampes, 120 € et 2026"),
        ("Call for papers", "Re: Call for papers"),
    ],
)
def test_nothing_to_follow_pay_to_or_dial_is_repeated(subject: str, repeated: str) -> None:
    assert automatic_subject(subject) == repeated == automatic_subject(repeated)
