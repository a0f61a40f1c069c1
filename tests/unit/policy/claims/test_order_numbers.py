"""Which numbers of the author's mail a reply may say again."""

import pytest

from repondeur.policy.claims.compare import foreign


@pytest.mark.parametrize(
    "said",
    [
        "we look into your order 58213",
        "votre commande n° 58213 est bien notée",
        "votre commande 58213 est bien notée",
        "votre numéro de commande est le 58213",
        "order number: 58213",
        "Order #58213 is on our list",
        "as long as order #58213 waits",
        "the parcels 58213 and 58214",
        "vos commandes 58213 et 58214",
        "your file ZX-2026-0417",
        "votre dossier « ZX-2026-0417 »",
        "la facture n° 58213",
        "the invoice FA58213",
        "la facture 2026-0417",
        "your ticket K7P2W9",
        "the parcel RB123456785GB",
    ],
)
def test_what_looks_like_the_number_of_an_order_and_is_called_one(said: str) -> None:
    mail = "Numbers: 58213, 58214, ZX-2026-0417, FA58213, 2026-0417, K7P2W9, RB123456785GB. Thanks!"
    assert foreign(f"Hello,\n\n{said}.", [], mail=mail) == []
    assert foreign(f"Hello,\n\n{said}.", [], mail="Thanks!")


@pytest.mark.parametrize(
    ("number", "said"),
    [
        # Not named at all, or by a word that only begins like one that names.
        ("58213", "yes, 58213"),
        ("58213", "it is now 58213"),
        ("58213", "our note says 58213"),
        ("58213", "possibly 58213"),
        ("58213", "c'est bon pour 58213"),
        ("58213", "notre numéro est le 58213"),
        ("58213", "our number is 58213"),
        ("ZX-2026-0417", "we have ZX-2026-0417"),
        # A verb, a count or what is to be paid.
        ("5800", "you order 5800"),
        ("5800", "on vous facture 5800"),
        ("5800", "our invoice: 5800"),
        ("5800", "le devis 5800"),
        ("5800", "our orders: 5800"),
        ("5800", "votre commande est 5800"),
        ("5800", "votre commande 5800 €"),
        ("5800", "votre commande 5800 jours"),
        ("5800", "order 5800 within 5800 hours"),
        ("5800", "your order 5800, which is the price"),
        ("5800", "prix de la commande 5800"),
        # Days, hours, units and currencies.
        ("2026-11-28", "votre dossier 2026-11-28"),
        ("28/11/2026", "votre dossier 28/11/2026"),
        ("28112026", "your order 28112026"),
        ("2027", "your order 2027"),
        ("16h20", "votre dossier 16h20"),
        ("700euros", "votre dossier 700euros"),
        ("eur700", "votre dossier eur700"),
        ("96heures", "votre commande 96heures"),
        ("60percent", "your order 60percent"),
        ("12ans", "votre dossier 12ans"),
        # Too short, too long.
        ("582", "your order 582"),
        ("5821345678901", "your order 5821345678901"),
        ("NOEL26", "votre dossier NOEL26"),
        # Telephones and accounts.
        ("0798765432", "your order 0798765432"),
        ("+33798765432", "your order 33798765432"),
        ("07 98 76 54 32", "your order 0798765432"),
        ("58213699", "call your order 58213699"),
        ("18005550143", "your order 18005550143"),
        ("34698765432", "your order 34698765432"),
        ("7798765432", "your order 7798765432"),
        ("x0798765432", "your order x0798765432"),
        ("xDE89370400440532013000", "your order xDE89370400440532013000"),
        ("DE89370400440532013000", "your file DE89370400440532013000"),
        ("DEUTDEFF500", "your file DEUTDEFF500"),
    ],
)
def test_nothing_else(number: str, said: str) -> None:
    assert foreign(f"Hello,\n\n{said}.", [], mail=f"Is it {number}?")


@pytest.mark.parametrize(
    "called", ["Call", "My mobile is", "Appelez le", "Account", "sort code 10-20-30, account", "IBAN"]
)
def test_what_the_author_calls_a_telephone_or_an_account_is_no_order(called: str) -> None:
    assert foreign("Hello,\n\nyour order 58213699 is noted.", [], mail=f"{called} 58213699, please.")
    assert not foreign("Hello,\n\nyour order 58213699 is noted.", [], mail="I lost my phone. Order 58213699, please.")


def test_a_question_names_what_it_asks_about() -> None:
    passage = "# What do A5 flyers cost?\n\n500 of them are 39 €."
    assert foreign("Hello,\n\n500 A5 flyers are 39 €.", [passage]) == []
    assert foreign("Hello,\n\n500 A4 flyers are 39 €.", [passage])
