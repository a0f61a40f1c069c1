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
    ("Open from 10:00 to 13:00.", "open from 10 to 13", True),
    ("Open from 10:00 to 13:00.", "from 10 to 13", False),
    ("Open from 10:00 to 13:00.", "at 10 pm", False),
    ("It costs 4,90 €.", "4€90", True),
    ("It costs 60 €.", "60 items", False),
    ("Within 12 months.", "within a year", True),
    ("Within 30 days.", "a month", False),
    ("Within 3 months.", "a quarter, un trimestre", False),
    ("Within 3 months.", "un trimestre", True),
    ("Once a month.", "once a month", True),
    # Hours.
    ("Ouvert de 9h à 18h.", "9h–18h", True),
    ("Ouvert le vendredi 14h–19h.", "de 14 h à 19 h", True),
    ("Ouvert de 9h à 18h.", "9h–19h", False),
    ("Open from 1:30 pm to 6:30 pm.", "1.30–6.30 pm", True),
    ("Open from 9 am to 12:30 pm.", "9–12.30 pm", True),
    ("Open from 1:30 pm to 6:30 pm.", "from half past one", True),
    ("Open from 1:30 pm to 6:30 pm.", "from half past two", False),
    ("Open from 1:30 pm to 6:30 pm.", "13.30 – 18.30 h", True),
    ("Open from 1:30 pm to 6:30 pm.", "13.30 – 19.30 h", False),
    ("We are there around the clock.", "24/7, 24 hours a day, 24h/24", True),
    ("Ouvert 24h/24 et 7j/7.", "24 heures sur 24, 7 jours sur 7", True),
    ("Open from 9 to 18.", "24/7", False),
    ("It takes 30 minutes.", "half an hour, une demi-heure, une trentaine de minutes", True),
    ("It takes 20 minutes.", "half an hour", False),
    ("It takes 72 hours.", "three days", True),
    # Days.
    ("From 4 January 2027.", "Monday 4 January 2027", True),
    ("From 4 January 2027.", "Friday, 4 January 2027", False),
    ("In 2026: 26 to 30 October.", "Monday 26 October", True),
    ("In 2026: 26 to 30 October.", "Friday 30 October", True),
    ("In 2026: 26 to 30 October.", "Friday 23 October", False),
    ("Open Tuesday to Friday.", "we are closed on Sundays", True),
    ("Open Tuesday to Friday.", "we are open on Sundays", False),
    ("Open Monday to Saturday, closed on Sunday.", "we are open on Sunday", False),
    ("Open Monday to Saturday, closed on Sunday.", "on Sunday we are closed", True),
    ("Open Monday to Saturday, closed on Sunday.", "Sunday, I'm afraid, is not possible", True),
    ("Ouvert du mardi au samedi, fermé le dimanche et le lundi.", "ouvert le lundi", False),
    ("Ouvert du mardi au samedi, fermé le dimanche et le lundi.", "le samedi, mais pas le lundi", True),
    ("Open every day except Monday.", "open on Monday", False),
    ("Open every day except Monday.", "open on Tuesday", True),
    ("Le premier samedi du mois.", "le 1er samedi", True),
    ("Le premier samedi du mois.", "le 2e samedi", False),
    ("Free under 16, for those from 12 to 17.", "the 12-year-old", True),
    ("Free under 16.", "the 14-year-old", False),
    # Sums.
    ("It costs €9.50 per month.", "€9.50/month", True),
    ("It costs €9.50 per month.", "€9.60/month", False),
    ("It costs €9.50 per month.", "9/month", False),
    ("It costs €9.50 per month.", "€9.50 a year", False),
    ("It costs €9.50 per month.", "9,50 € par jour", False),
    ("It costs €9.50 a month.", "monthly: €9.50", True),
    ("Cotisation annuelle : 25 €.", "25 € par an", True),
    ("It costs €12 per user and month.", "€12 per user per month", True),
    ("Deux fois par semaine.", "deux fois par jour", False),
    ("It costs €9.50.", "once a week", True),
    ("It costs €0.45.", "45 cents", True),
    ("It costs 0,20 €.", "vingt centimes, 20 cts", True),
    ("It costs 0,20 €.", "30 centimes", False),
    ("It costs 4,90 €.", "4 euros 90", True),
    ("It costs 4,90 €.", "4 euros 80", False),
    ("It takes 30 %.", "trente pour cent", True),
    ("It costs 250 €.", "250,- €", True),
    # Links as Markdown writes them.
    ("See https://www.corp.example/help.", "[www.corp.example/help](https://www.corp.example/help)", True),
    ("See https://www.corp.example/help.", "[https://www.corp.example/help](https://www.corp.example/help)", True),
    ("See https://www.corp.example/help.", "[www.corp.example/help](https://evil.example/help)", False),
    ("See https://www.corp.example/help.", "`https://www.corp.example/help`", True),
    ("Write to a@corp.example.", "[a@corp.example](mailto:a@corp.example)", True),
    ("Write to a@corp.example.", "[a@corp.example](mailto:b@corp.example)", False),
    ("Call 01 23 45 67 89.", "[01 23 45 67 89](tel:+33123456789)", True),
    ("Call 01 23 45 67 89.", "[01 23 45 67 89](tel:+33999999999)", False),
    ("For .com and .eu alike.", "the .com and the .eu", True),
    ("For all names.", "see evil .com", False),
    # Payments that a passage asks for.
    ("Le solde est à régler avant l'arrivée.", "veuillez régler le solde", True),
    ("Un acompte de 30 % confirme la réservation.", "vous versez 30 % d'acompte", True),
    ("Le montant du séjour est indiqué.", "le montant du séjour", True),
    ("Nous réparons les vélos.", "nous intervenons sur les vélos", True),
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
        ("about your order CMD-2026-00123", True),
        ("about CMD-2026-00123", False),
        ("about your order 77121", False),
        ("about your order 7712", False),
        ("about your order 77120 €", False),
        ("about your order 77120 EUR", False),
        ("you get 77120", False),
        ("the amount is 77120", False),
        ("your order 4200", False),
        ("your number 0612345678", False),
        ("your account 31926819", False),
        ("your order 31926819", False),
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


@pytest.mark.parametrize("said", ["Camping des Trois Pins", "Les Trois Pins", "l'équipe du Camping des Trois Pins"])
def test_our_own_name_says_nothing(said):
    assert foreign(f"Bien cordialement,\n{said}", [], us="Camping des Trois Pins") == []


@pytest.mark.parametrize(
    "said", ["trois pins", "CAMPING DES TROIS PINS", "Trois", "Trois Pins.example", "x@Trois Pins"]
)
def test_what_is_only_like_it_does(said):
    assert foreign(f"Bien cordialement,\n{said}", [], us="Camping des Trois Pins")


@pytest.mark.parametrize(
    ("said", "stands"),
    [
        ("for your son of 5 years", True),
        ("pour votre enfant de 5 ans", True),
        ("pour votre enfant de 6 ans", False),
        ("you have 5 years", False),
        ("it is not possible on 29 December", True),
        ("you can bring it on 29 December", False),
        ("for your three novels", True),
        ("you get the three novels", False),
        ("you get your three novels", False),
        ("three vouchers", False),
        ("last Monday's files", True),
        ("by Monday", False),
    ],
)
def test_what_the_author_told_may_be_taken_up(said, stands):
    mail = "My son is 5 years old. I borrowed 3 novels on Monday. Can I bring them on 29 December?"
    assert (foreign(f"Hello, {said}.", ["It takes 2 days and starts on 3 May."], mail=mail) == []) is stands


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
    assert not foreign("Your orders L-77120 and 47118", [], mail="my order L-77120, and 47118")


@pytest.mark.parametrize(
    "number",
    [
        "FR7630006000011234567890189",
        "GB29NWBK60161331926819",
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        "AGRIFRPP888",
        "33612345678",
        "06-12-34-56-78",
        "0612345678",
    ],
)
def test_where_money_or_calls_could_go_is_no_order_whatever_it_is_called(number: str) -> None:
    mail = f"My file is {number}, is that right?"
    assert foreign(f"Hello, your file {number} is noted.", [], mail=mail)
    assert foreign(f"Hello, your order {number} is noted.", [], mail=mail)


def test_what_the_author_calls_a_telephone_is_no_order() -> None:
    assert foreign("Hello, your file 612345678 is noted.", [], mail="My file? My mobile is 612345678.")
    assert not foreign("Hello, your order 612345678 is noted.", [], mail="My order 612345678, and I pay by card.")
