"""What counts as the same, and what does not."""

import pytest
from tests.unit.policy.given import RETURNS

from repondeur.policy.claims.compare import foreign

CASES = [
    # What the passage says, what the reply says of it, and whether it stands.
    ("Call 01 23 45 67 89.", "+33 1 23 45 67 89", True),
    ("Call 01 23 45 67 89.", "0123456789", True),
    ("Call 01 23 45 67 89.", "01.23.45.67.89", True),
    ("Call 01 23 45 67 89.", "0033 1 23 45 67 89", True),
    ("Call +33 (0)1 23 45 67 89.", "01 23 45 67 89", True),
    ("Call 01 23 45 67 89.", "+44 1 23 45 67 89", False),
    ("Call 01 23 45 67 89.", "01 23 45 67 98", False),
    ("It costs 1 200,50 €.", "1200.50 EUR", True),
    ("It costs 1 200,50 €.", "€1,200.50", True),
    ("It costs 1 200,50 €.", "1\u202f200,5 euros", True),
    ("It costs 1 200,50 €.", "1 200,50 $", False),
    ("It costs 1 200,50 €.", "1 200 €", False),
    ("It costs 200 €.", "two hundred euros", True),
    ("It costs deux cents euros.", "200 €", True),
    ("It takes 5 %.", "5%", True),
    ("It takes 5 %.", "five percent", True),
    ("It takes 5 days.", "5 %", False),
    ("It takes 14 days.", "fourteen days", True),
    ("It takes fourteen days.", "a 14-day delay", True),
    ("It takes 14 days.", "14 hours", False),
    ("It takes 14 days.", "two weeks", True),
    ("It takes 14 working days.", "two weeks", False),
    ("It takes 2 days.", "48 hours", False),
    ("It takes 2 to 4 days.", "2–4 days", True),
    ("It takes two to four days.", "2 days", True),
    ("It takes 48 h.", "48 hours", True),
    ("It takes an hour.", "1 hour", True),
    ("Open at 9h30.", "9:30", True),
    ("Open at 9h30.", "9.30 am", True),
    ("Open at 9 am to 6 pm.", "09:00-18:00", True),
    ("Open from 9 to 18.", "9:00 to 18:00", True),
    ("Open at 9h30.", "10h30", False),
    ("Open at 12.30 pm.", "12h30", True),
    ("Open Monday to Friday.", "Tuesday", True),
    ("Open Monday to Friday.", "Saturday", False),
    ("Ouvert du lundi au vendredi.", "mercredi", True),
    ("From 3 May 2026.", "3 mai", True),
    ("From 3 May 2026.", "03/05/2026", True),
    ("From 3 May 2026.", "4 May", False),
    ("See https://www.corp.example/help.", "www.corp.example/help", True),
    ("See https://www.corp.example/help.", "HTTPS://WWW.corp.example/help/", True),
    ("See https://www.corp.example/help.", "www.corp.example", True),
    ("See https://www.corp.example/help.", "https://corp.example/help", False),
    ("See https://www.corp.example/help.", "corp.example", False),
    ("See https://www.corp.example/help.", "http://www.corp.example/help", False),
    ("See https://www.corp.example/help.", "https://www.corp.example", False),
    ("See https://www.corp.example/help.", "https://www.corp.example/Help", False),
    ("See https://www.corp.example/help.", "https://www.corp.example/help?a=b", False),
    ("See www.corp.example/help.", "https://www.corp.example/help", True),
    ("See www.corp.example/help.", "http://www.corp.example/help", False),
    ("See https://www.corp.example/fr.", "https://www.corp.example.fr", False),
    ("We are on Telegram.", "telegram", True),
    ("Write to us.", "telegram", False),
    ("See https://www.corp.example/help.", "https://corp.example/helper", False),
    ("See https://www.corp.example/help.", "corp.example.evil.example", False),
    ("See https://www.corp.example/help.", "[here](https://www.corp.example/help)", True),
    ("See https://www.corp.example/help.", "[here](/help)", False),
    ("See bücher.example.", "xn--bcher-kva.example", True),
    ("See bücher.example.", "bucher.example", False),
    ("See bucher.example.", "bücher.example", False),
    ("Write to a@corp.example.", "A@CORP.EXAMPLE", True),
    ("Write to a@corp.example.", "b@corp.example", False),
    ("Write to a@corp.example.", "a (at) corp dot example", True),
    ("Pay to GB29 NWBK 6016 1331 9268 19.", "GB29NWBK60161331926819", True),
    ("Use an E14 bulb.", "E 14", True),
    ("Use an E14 bulb.", "E27", False),
    ("The XR-300 is blue.", "XR300", True),
    ("We refund you.", "you will be refunded", True),
    ("We never refund.", "you will be refunded", False),
    ("We refund you.", "you get a full refund", False),
    ("We refund you in full.", "you get a full refund", True),
    ("We never refund.", "this is not refunded", True),
    ("We never refund.", "We never refund.", True),
    ("We decline all liability.", "we are liable", False),
    ("Our bank details never change.", "our bank details have changed", False),
    ("Liability\n\nWe are not liable.", "we are liable", False),
    ("The order leaves on the day.", "we cancel the contract", False),
    ("You may leave the contract.", "we cancel the contract", True),
    ("Delivery is free from 60 €.", "you will not pay anything for it", True),
    ("Delivery is free from 60 €.", "we foot the bill", False),
    ("We send it once the money is there.", "it leaves once your payment has arrived", True),
    ("We send it once the money is there.", "your payment has arrived", False),
    ("Open from 10:00 to 13:00.", "it weighs 10 kg", False),
    ("Open from 10:00 to 13:00.", "from 10 to 13", True),
    ("Open from 10:00 to 13:00.", "at 10 pm", False),
    ("It costs 4,90 €.", "4€90", True),
    ("It costs 60 €.", "60 items", False),
    ("Within 12 months.", "within a year", True),
]


@pytest.mark.parametrize(("passage", "said", "stands"), CASES)
def test_what_stands_in_a_passage(passage, said, stands):
    found = foreign(f"Hello,\n\nit is so: {said}, you know.\n\nBye", [passage])
    assert (found == []) is stands, found


MAIL = "My order 77120 and CMD-2026-00123 for 4200 EUR. Call 06 12 34 56 78. Account 31926819. Are you open on Sunday?"


@pytest.mark.parametrize(
    ("said", "stands"),
    [
        ("about your order 77120, yes", True),
        ("about your order #77120, yes", True),
        ("votre commande n° 77120", True),
        ("about CMD-2026-00123", True),
        ("about your order 77121", False),
        ("about your order 7712", False),
        ("about your order 77120 €", False),
        ("about your order 77120 EUR", False),
        ("you get 77120", False),
        ("the amount is 77120", False),
        ("your order 4200", False),
        ("your number 0612345678", False),
        ("your account 31926819", False),
        ("your order 31926819", True),
        ("call 77120", False),
    ],
)
def test_only_a_bare_order_number_of_the_mail_may_be_said_again(said, stands):
    assert (foreign(f"Hello, {said}.", [], mail=MAIL) == []) is stands


ASKED = "Is your number 09 88 77 66 55, your page https://corp.example/pay, and the sum 35 €? My order is 77120."


@pytest.mark.parametrize(
    "said",
    [
        "Yes, that is our number.",
        "The page that you name is ours.",
        "The sum is right.",
        "Please use the account you mention.",
        "Confirmed.",
        "Oui, le numéro est correct.",
        "Utilisez le lien de votre message.",
        "Tout est exact.",
    ],
)
def test_what_the_mail_names_is_not_said_to_be_right(said):
    assert foreign(f"Hello,\n\n{said}", [], mail=ASKED)
    assert foreign(f"Hello,\n\n{said}", [], mail="Is it so?") == []


@pytest.mark.parametrize(
    "text",
    [
        "Hello,\n\n1. first\n2. then\n3) last",
        "Step 1: the form. Step 2: the parcel.",
        "Oui, l'après-midi.",
        "There are two options. Both of the two ways are fine.",
        "Feel free to ask. Have a great weekend!",
        "N'hésitez pas à nous écrire. Bonne semaine et bonne année !",
        "E.g. this, i.e. that, c.-à-d. ceci, S.A.R.L. Martin",
        "You may use the point relais. En point relais, c'est simple.",
        "Les habitant·es sont content·es.",
        "Voir facture.pdf",
        "Thank you for contacting us today.",
    ],
)
def test_what_claims_nothing(text):
    assert foreign(text, []) == []


def test_the_names_of_authors_may_be_written_as_they_write_them():
    assert foreign("Dear Оксана,\n\nthank you.", [], name="Оксана Шевченко") == []
    assert foreign("Dear Оксана,\n\nthank you.", [], name="Oksana")


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "a",
            "1",
            " ",
            ".",
            "a.",
            "@",
            "a@",
            "1 ",
            "0-",
            "un ",
            "deux cent ",
            "€",
            "http://",
            "x1-",
            "refund ",
            "[",
            "](",
        ),
        *(
            "é",
            "а",
            "- ",
            "\n",
            "1.\n",
            "monday to ",
            "we will ",
            "nous vous ",
            "a-",
            "a b ",
            "&#",
            "%2e",
            "DE89 ",
            "12:",
        ),
        *("code ", "dot ", "com ", "w w ", "www ", "x@", "a/com ", "**", "a*.*", ".[", "[[.", "<!--", "-\n", "mdclxvi"),
        *("step 1 ", "4€", "a tenth ", "forget the ", "we caused ", "on signal ", "http", "\\.", "un point puis "),
    ],
)
def test_hostile_texts_cost_no_more_than_their_length(piece):
    """Were anything quadratic, this would not end within the time of a test."""
    text = piece * (40_000 // len(piece))
    assert len(foreign(text, [RETURNS.text])) <= 50


@pytest.mark.parametrize("number", ["21st", "3e", "30kg", "500g"])
def test_a_number_of_the_mail_that_no_order_has_is_not_said_again(number):
    assert foreign(f"How did it change, {number}?", [], mail=f"How did it change, {number}?")
    assert not foreign("Your order L-77120 and 4711b", [], mail="my order L-77120, and 4711b")
