"""Figures, days, ages and delays hold where a passage says them of the same thing, and in exact forms alone."""

import pytest

from repondeur.policy.claims.compare import foreign

POTTERY = (
    "Pottery school\n\nThe studio is open Tuesday to Saturday from 9 to 18 and closed on Sunday. Courses are for "
    "children aged 7 to 12 years, and 45 people find a place. A kiln hour is 35 €. The glazes are guaranteed for 3 "
    "years. Returns within 20 days, and within 6 by transfer."
)
POTERIE = (
    "Atelier de poterie\n\nOuvert du mardi au samedi de 9 h à 18 h, fermé le dimanche et le 25 décembre. Cours pour "
    "les enfants de 7 à 12 ans, 45 places. L'abonnement coûte 35 € par mois. Les émaux sont garantis 3 ans. Envoi en "
    "5 jours ouvrés."
)


def stands(said, passage, mail=""):
    return foreign(f"Hello,\n\n{said}", [passage], mail=mail) == []


@pytest.mark.parametrize(
    ("said", "mail"),
    [
        ("Your vase arrives on 9 June.", "Will my order arrive on 9 June?"),
        ("Your order will be there on 9 June.", "Will my order arrive on 9 June?"),
        ("Your order of 9 June is here.", "Will my order arrive on 9 June?"),
        ("Your order: 9 June.", "Will my order arrive on 9 June?"),
        ("We cannot wait to meet you on 9 June.", "Can I come on 9 June?"),
        ("If it is not possible before, come on 9 June.", "Can I come on 9 June?"),
        ("We are not closed on 9 June.", "Can I come on 9 June?"),
        ("It is not impossible on 9 June.", "Can I come on 9 June?"),
        ("Is it not possible on 9 June? It is.", "Can I come on 9 June?"),
        ("The course begins in June.", "Does it begin in June?"),
        ("Yes, come on Monday.", "May I come on Monday?"),
        ("The last Monday of the month.", "Which Monday?"),
        ("We sent it last Monday.", "When did you send it?"),
    ],
)
def test_a_day_of_the_author_is_not_confirmed(said, mail):
    assert not stands(said, POTTERY, mail)


@pytest.mark.parametrize(
    ("said", "mail"),
    [
        ("Thank you for your order of 9 June.", "I write about my order of 9 June."),
        ("9 June is not possible, we are sorry.", "Can I come on 9 June?"),
        ("Unfortunately we are closed on 9 June.", "Can I come on 9 June?"),
        ("We cannot receive you on 9 June.", "Can I come on 9 June?"),
        ("Not in June: please ask again.", "Does it begin in June?"),
        ("Last Monday's talk was recorded.", "I missed the talk on Monday."),
    ],
)
def test_a_day_of_the_author_may_be_refused_or_taken_up(said, mail):
    assert stands(said, POTTERY, mail)


@pytest.mark.parametrize(
    "said",
    [
        "We are closed on Sunday and Monday.",
        "Sundays and Mondays: closed.",
        "There are no lessons on Monday.",
        "Every day but not Monday.",
        "Open Tuesday to Saturday, not on Sunday.",
        "On Sunday the studio is closed.",
    ],
)
def test_days_on_which_nobody_is_there(said):
    assert stands(said, POTTERY)


@pytest.mark.parametrize(
    "said",
    [
        "We are open on Sunday, never closed.",
        "On Sunday we are not closed.",
        "Do not worry: we are there on Sunday.",
        "We are open on Monday, no problem.",
        "We are closed on Sunday until noon.",
        "Closed, except on Monday.",
        "Closed on Monday? No.",
        "We are only closed on Monday when it snows, so come on Monday.",
        "Open every day.",
        "We are there seven days a week.",
        "Open daily.",
    ],
)
def test_days_that_are_said_to_be_open(said):
    assert not stands(said, POTTERY)


@pytest.mark.parametrize(
    ("said", "holds"),
    [
        ("Nous sommes fermés le 25 décembre.", True),
        ("Venez le 25 décembre.", False),
        ("Nous ne fermons pas le lundi.", False),
        ("Envoi en 5 jours ouvrés, hors samedi et dimanche.", True),
        ("Nous expédions aussi le lundi, pas de souci.", False),
        ("Il n'y a pas de cours le lundi.", True),
        ("Ouvert tous les jours.", False),
        ("Vous avez un mois pour payer.", False),
        ("L'abonnement coûte 35 € pour un an.", False),
        ("L'abonnement coûte 35 € de l'heure.", False),
        ("L'abonnement est à 35 € le mois.", True),
    ],
)
def test_days_and_prices_in_french(said, holds):
    assert stands(said, POTERIE) is holds


def test_every_day_is_every_day():
    assert stands("We are open every day.", "Hours\n\nThe studio is open daily.")
    assert stands("Open every day except Monday.", "Hours\n\nOpen every day except Monday.")
    assert not stands("Open every day.", "Hours\n\nOpen every day except Monday.")
    assert not stands("On Friday 12 June 2026.", "Fair\n\nOpen Friday to Sunday. The fair begins on 13 June 2026.")


@pytest.mark.parametrize("said", ["On Monday 13 June 2026.", "On Sunday, 13 June 2026."])
def test_a_date_has_one_day_of_the_week(said):
    assert not stands(said, "Fair\n\nOpen Monday to Sunday. The fair begins on 13 June 2026.")
    assert stands("On Saturday 13 June 2026.", "Fair\n\nThe fair begins on 13 June 2026.")


@pytest.mark.parametrize(
    ("said", "holds"),
    [
        ("Your 9-year-old is welcome.", True),
        ("For your daughter of 9 years, choose the small wheel.", True),
        ("For your daughter, the glazes are guaranteed for 9 years.", False),
        ("Your 9-year-old kiln is guaranteed.", False),
        ("We take kilns 9 years old.", False),
        ("The guarantee is 9 years.", False),
        ("The guarantee is 12 years.", False),
        ("The guarantee is 45 years.", False),
        ("Children of 7 to 12 years are welcome.", True),
        ("Those aged 12 years may come.", True),
        ("The guarantee is 3 years.", True),
    ],
)
def test_ages_are_of_somebody(said, holds):
    assert stands(said, POTTERY, "My daughter is 9 and loves clay. My wheel is 14 years old.") is holds
    assert not stands("Your 14-year-old is guaranteed.", POTTERY, "My wheel is 14 years old.")


@pytest.mark.parametrize(
    ("said", "holds"),
    [
        ("It holds 45 people.", True),
        ("There are 45 places.", True),
        ("You receive 45 vouchers.", False),
        ("It costs 45.", False),
        ("The price is 45, in euros.", False),
        ("You pay 45 (euros).", False),
        ("45 : days", False),
        ("45 * jours", False),
        ("45/€", False),
        ("You can return within 45 days.", False),
        ("You can return within 6 days by transfer.", True),
        ("You can return within 6 weeks.", False),
        ("We are open from 9 to 18.", True),
        ("You get from 9 to 18 of each.", False),
        ("Pay 9 or 18 to us.", False),
        ("It costs 9.", False),
        ("The fee falls to 35, promised.", False),
    ],
)
def test_a_number_keeps_what_it_counts(said, holds):
    assert stands(said, POTTERY) is holds


@pytest.mark.parametrize(
    ("said", "mail", "holds"),
    [
        ("You receive five vases.", "You promised me five vases.", False),
        ("You receive five vases.", "You promised me 5 vases.", False),
        ("You receive your five vases.", "I have five vases.", False),
        ("For your five vases, take the large box.", "I have five blue vases.", True),
        ("You win four points.", "", False),
        ("You get four of them.", "", False),
        ("You receive four others.", "", False),
        ("There are four ways to pay.", "", True),
        ("You get eight options.", "", False),
        ("Both are fine, the two.", "", True),
    ],
)
def test_counts_in_words(said, mail, holds):
    assert stands(said, "Payment\n\nPay at the studio or by transfer.", mail) is holds


@pytest.mark.parametrize("said", ["Step 1 month free.", "1. month offered", "Option 1 euro.", "Étape 1 an"])
def test_what_seems_to_number_but_counts(said):
    assert not stands(said, POTTERY)


FAQ = (
    "Questions\n\nAre you open on Monday?\nNo.\n\nIs it there in 48 hours?\nNo, it takes 6 days.\n\nMay I come on "
    "Friday?\nYes.\n\nDo not call 01 23 45 67 89, and never visit https://www.false.example."
)


@pytest.mark.parametrize(
    ("said", "holds"),
    [
        ("We are open on Monday.", False),
        ("Are you open on Monday?", True),
        ("It is there in 48 hours.", False),
        ("It takes 6 days.", True),
        ("You may come on Friday.", True),
        ("Call 01 23 45 67 89.", False),
        ("Visit https://www.false.example.", False),
    ],
)
def test_questions_and_warnings_found_nothing(said, holds):
    assert stands(said, FAQ) is holds


WHEEL = (
    "Wheel days\n\nCourses of 20, 30 or 40 hours over one to three weeks cost £320, £450 and £590. Choose this one or "
    "5 days of glazing. In 2026, 6 or 8 months are planned."
)


@pytest.mark.parametrize(
    ("said", "holds"),
    [
        ("The course has 20 hours.", True),
        ("A 30-hour course.", True),
        ("It takes 1 to 3 weeks.", True),
        ("Our courses have 20, 30 or 40 hours.", True),
        ("Our courses have 10, 30 or 40 hours.", False),
        ("It takes 2 to 3 weeks.", False),
        ("It takes 20 days.", False),
        ("It takes 1 day.", False),
        ("It takes 40 weeks.", False),
    ],
)
def test_numbers_of_a_list_share_what_they_count(said, holds):
    assert stands(said, WHEEL) is holds


@pytest.mark.parametrize(
    ("said", "holds"),
    [
        ("Our 45 alpacas sleep now.", True),
        ("We have 45 rooms.", False),
        ("You win 45 alpacas.", False),
        ("It costs 45 smackers.", False),
        ("It is yours in 45 daays.", False),
        ("It is 45 eurros.", False),
        ("It has 45 percents.", False),
    ],
)
def test_a_thing_that_nobody_knows_is_no_other_thing(said, holds):
    assert stands(said, POTTERY) is holds


MUTUELLE = "Soins\n\nLa demande doit arriver avant le 15e anniversaire. Les moules sont garantis 3 ans."


@pytest.mark.parametrize(
    ("said", "holds"),
    [
        ("Faites-le avant ses 15 ans.", True),
        ("Faites-le avant l'âge de 15 ans.", True),
        ("Faites-le avant les 15 ans de votre fille.", True),
        ("À 12 ans, vous avez encore le temps.", True),
        ("Comme elle a 12 ans, il reste du temps.", True),
        ("Faites-le avant ses 16 ans.", False),
        ("Comme elle a 13 ans, il reste du temps.", False),
        ("La garantie est longue : comme elle a 12 ans, tout va bien.", False),
        ("La garantie est de 15 ans.", False),
        ("Nous garantissons le moule jusqu'à ses 15 ans.", False),
        ("Nous remboursons avant les 15 ans de la machine.", False),
    ],
)
def test_birthdays_and_ages_in_french(said, holds):
    assert stands(said, MUTUELLE, "Ma fille a 12 ans.") is holds


@pytest.mark.parametrize(
    ("said", "holds"), [("Tue–Sat 9–18", True), ("Tue–Sat 9–6", True), ("Tue–Sat 8–18", False), ("Sun 9–18", False)]
)
def test_hours_behind_short_days(said, holds):
    assert stands(said, "Studio\n\nOpen Tuesday to Saturday 9 am to 6 pm.") is holds


@pytest.mark.parametrize(
    ("said", "passage", "holds"),
    [
        ("Power costs £0.38 per kWh.", "Power\n\nIt costs 38p per kWh.", True),
        ("Power costs 38 pence per kWh.", "Power\n\nIt costs 38p per kWh.", True),
        ("Power costs £0.50 per kWh.", "Power\n\nIt costs 50 pence per kWh.", True),
        ("Power costs £38 per kWh.", "Power\n\nIt costs 38p per kWh.", False),
        ("Power costs €0.38 per kWh.", "Power\n\nIt costs 38p per kWh.", False),
        ("50% of the price is due.", "Fees\n\nThen half of the price is due.", True),
        ("You pay half.", "Fees\n\nThen half of the price is due.", True),
        ("You pay a quarter.", "Fees\n\nThen half of the price is due.", False),
        ("50% of the price is due.", "Fees\n\nA half board is served.", False),
        ("A quarter of the price is due.", "Fees\n\nA deposit of 25% is due.", True),
        ("You pay a quarter.", "Fees\n\nMembers have a discount of 25%.", False),
        ("Le soin est remboursé à 100 %.", "Soins\n\nLe soin est entièrement remboursé.", True),
        ("Le soin est remboursé à 90 %.", "Soins\n\nLe soin est entièrement remboursé.", False),
        ("Le soin est réussi à 100 %.", "Soins\n\nLe soin est entièrement remboursé.", False),
        ("Le soin est remboursé à 100 %.", "Soins\n\nLe soin est remboursé.", False),
        ("Open on Saturdays 9am–12 noon.", "Hours\n\nOpen on Saturday 9 am to noon.", True),
        ("Open on Saturdays 9am–12 noon.", "Hours\n\nOpen on Saturday 9 am to 1 pm.", False),
        ("Call them the day before.", "Taxi\n\nBook a day ahead.", True),
        ("Call them the day before.", "Taxi\n\nBook two days ahead.", False),
    ],
)
def test_sums_shares_and_days_in_other_words(said, passage, holds):
    assert stands(said, passage) is holds


@pytest.mark.parametrize(
    ("said", "mail", "holds"),
    [
        ("À lundi !", "Est-ce que je peux payer par carte lundi ?", True),
        ("À lundi prochain !", "Je paie lundi prochain.", True),
        ("See you on Monday!", "My lesson is on Monday. Do you take cards?", True),
        ("The very best of luck on Thursday!", "My test is on Thursday.", True),
        ("Good luck on Thursday 26 November!", "My test is on Thursday 26 November.", True),
        ("See you on Tuesday!", "My lesson is on Monday. Do you take cards?", False),
        ("See you on Monday!", "Can I come on Monday?", False),
        ("À lundi !", "Puis-je passer ? Lundi ?", False),
        ("See you on Monday at your home.", "My lesson is on Monday.", False),
        ("See you on Monday, all is booked.", "My lesson is on Monday.", False),
        ("See you on Monday?", "My lesson is on Monday.", False),
        ("Good luck on Friday 27 November!", "My test is on Thursday 26 November.", False),
    ],
)
def test_farewells_take_up_a_day_of_the_author(said, mail, holds):
    assert stands(said, "Payment\n\nWe take cards.", mail) is holds


@pytest.mark.parametrize(
    ("said", "holds"),
    [
        ("With us it is usually 30–50.", True),
        ("Count on between 30 and 50.", True),
        ("With us it is usually 20–50.", False),
        ("With us it is usually 30–50 days.", False),
        ("You pay 30–50.", False),
        ("With us it is usually 30.", False),
    ],
)
def test_a_range_may_stand_without_what_it_counts(said, holds):
    assert stands(said, "Lessons\n\nOur pupils take between 30 and 50 hours.") is holds
