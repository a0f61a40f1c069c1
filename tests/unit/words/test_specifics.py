"""What a text names: the same thing however it is written, and other things told apart."""

from datetime import date

import pytest

from repondeur.words import days, days_told, places, quantities
from repondeur.words.phrases import words
from repondeur.words.quantities import flat
from repondeur.words.specifics import specifics
from repondeur.words.wanted import wanted


def amounts(text):
    return [(one.dimension, round(one.value, 1)) for one in quantities.quantities(flat(text))]


def place_keys(text):
    return [hit.key for hit in places.places(words(text))]


def day_keys(text):
    return [(day.kind, day.key) for day in days.days(words(text))]


def kinds(text, language):
    return [kind.key for kind in specifics(text, language).kinds]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sous 30 jours", "within thirty days"),
        ("trente jours", "30 days"),
        ("1 200 €", "EUR 1,200.00"),
        ("1\u202f200 €", "1200 euros"),
        ("deux cent cinquante euros", "€250"),
        ("quinze jours", "15 days"),
        ("quatre-vingts euros", "80 euros"),
        ("une heure", "an hour"),
        ("20 litres", "a 20-litre bag"),
        ("10 %", "ten per cent"),
    ],
)
def test_a_quantity_is_the_same_however_it_is_written(one, other):
    assert amounts(one) == amounts(other) != []


def test_a_month_is_about_thirty_days():
    month, thirty = (quantities.quantities(flat(text))[0] for text in ("a month", "30 jours"))
    assert quantities.holds_for(month, [thirty])
    assert quantities.holds_for(thirty, [month])


@pytest.mark.parametrize(
    ("asked", "said", "holds"),
    [
        ("a dog of 9 kg", "dogs up to 15 kg", True),
        ("un colis de 9 kg", "un colis de 20 kg", False),
        ("the 50-litre bag", "the 20-litre bag", False),
        ("le sac de 20 litres", "the 20-litre bag", True),
        ("after 45 days", "within 30 days", True),
        ("for my 7 year old", "free for children under 12", True),
        ("pour ma fille de 7 ans", "le livre coûte 12 €", False),
        ("sixty people", "jusqu'à 60 personnes", True),
        ("a film of 6 GB", "la carte de 32 Go", True),
        ("a tow of 45 miles", "each mile beyond 10 miles", True),
        ("40 personnes", "the hall seats 25 people", False),
    ],
)
def test_other_numbers_tell_of_one_only_as_a_limit(asked, said, holds):
    told = quantities.quantities(flat(said))
    assert all(quantities.holds_for(one, told) for one in quantities.quantities(flat(asked)) if one.dimension) is holds


def test_to_is_no_unit():
    assert amounts("3 to 5 days") == [("time", 3), ("time", 5)]


@pytest.mark.parametrize("text", ["la Belgique", "a Belgian customer", "nos clients belges", "BELGIQUE", "belgique"])
def test_a_country_has_a_name_and_adjectives(text):
    assert place_keys(text) == ["be"]


def test_towns_lie_in_countries():
    assert place_keys("I live in Nice, not in Tours; a nice lamp for guided tours") == ["fr/nice", "fr/tours"]
    assert place_keys("Anvers") == place_keys("Antwerp") == ["be/anvers"]


@pytest.mark.parametrize(
    ("place", "said", "holds"),
    [
        ("Switzerland", "la Suisse", True),
        ("Espagne", "the European Union", True),
        ("Suisse", "l'Union européenne", False),
        ("Namur", "Belgium", True),
        ("Rennes", "Nantes", False),
        ("abroad", "Belgium and Luxembourg", True),
        ("la Réunion", "France", False),
        ("Martinique", "outre-mer", True),
        ("Canada", "worldwide", True),
        ("Scotland", "the United Kingdom", True),
    ],
)
def test_what_is_said_of_a_place_holds_for_what_lies_in_it(place, said, holds):
    assert all(places.holds_for(key, place_keys(said)) for key in place_keys(place)) is holds


@pytest.mark.parametrize(
    ("one", "other"),
    [("le 3 mai", "May 3rd"), ("lundi", "on Monday"), ("le week-end", "at the weekend"), ("en juin", "in June")],
)
def test_a_day_is_the_same_in_both_languages(one, other):
    assert day_keys(one) == day_keys(other) != []


def test_months_and_seasons_are_also_other_words():
    assert day_keys("May I march in? J'ai été reçu. Mon mari.") == []
    assert day_keys("cet été") == [("season", "summer")]


@pytest.mark.parametrize(
    ("asked", "said", "holds"),
    [
        ("dimanche", "ouvert du mardi au samedi", True),
        ("Sunday", "late opening on Thursdays", False),
        ("on Thursday", "du lundi au vendredi", True),
        ("le 15 août", "fermé les jours fériés", True),
        ("le 8 mai", "fermé le 1er mai", False),
        ("10 August", "closed from 3 to 21 August", True),
        ("Christmas", "open on public holidays", True),
        ("cet été", "du 1er juin au 15 septembre", True),
        ("en 2027", "tarifs 2026", False),
        ("le 27 décembre", "congés du 22 décembre au 5 janvier", True),
        ("à Noël", "congés du 22 décembre au 5 janvier", True),
        ("le 7 janvier", "congés du 22 décembre au 5 janvier", False),
        ("le jour de l'an", "closed 30 Dec – 3 Jan", True),
        ("on 2 May", "closed from April 28 to May 3", True),
        ("on 4 May", "closed April 28–30", False),
        ("samedi 9 octobre", "le deuxième samedi du mois", True),
        ("Wednesday the 3rd of March", "every Wednesday evening", True),
        ("on Good Friday", "answered around the clock", True),
        ("le 14 juillet", "joignable 24h/24 et 7j/7", True),
        ("le 25 décembre", "tous les samedis", False),
        ("lundi 1er novembre", "chaque lundi", False),
    ],
)
def test_what_is_said_of_days_holds_for_those_between(asked, said, holds):
    told = days.days(words(said))
    assert all(days_told.holds_for(day, told) for day in days.days(words(asked))) is holds


@pytest.mark.parametrize(
    ("asked", "said", "holds"),
    [
        ("le 12 mars", "le vendredi", True),
        ("le 11 mars", "le vendredi", False),
        ("on 5 April 2027", "on Mondays", True),
        ("on 29 March", "on Mondays", False),
        ("le 6 mai", "le jeudi", False),
        ("le 29 mars", "du 26 mars au 2 avril", True),
    ],
)
def test_a_date_is_the_day_of_the_week_that_it_is_but_for_easter_and_its_like(asked, said, holds):
    told, written = days.days(words(said)), date(2027, 1, 18)
    dates = [day for day in days.days(words(asked)) if day.kind == "date"]
    assert [days_told.holds_for(day, told, written) for day in dates] == [holds]


@pytest.mark.parametrize("written", [date.min, date.max])
@pytest.mark.parametrize("text", ["le 29 février et à Pâques", "le ፩ mai", f"le {'9' * 5000} mai", "le 31 juin 2027"])
def test_dates_that_are_none_are_read_without_harm(text, written):
    told = days.days(words("du 1er au 9 mai, fermé le lundi"))
    assert all(days_told.holds_for(day, told, written) in {True, False} for day in days.days(words(text)))


def test_what_is_called_after_a_day_or_a_place_names_none():
    assert day_keys("un cadeau de Noël, a Christmas tree") == []
    assert place_keys("un berger allemand et deux cochons d'Inde, French windows") == []
    assert place_keys("un berger d'Allemagne") == ["de"]
    assert place_keys("a disk of 10 GB") == []


def test_things_are_told_by_their_class_in_both_languages():
    assert kinds("ma trompette", "fr") == kinds("a trumpet", "en") == ["instrument.trumpet"]
    assert kinds("un carnet pour étudiante", "fr") == kinds("for students", "en") == ["audience.student"]


def test_names_are_capitals_inside_a_sentence_and_codes():
    names = [name.span for name in specifics("Does the Corvo XR-200 take my old PayPal card? I hope so.", "en").names]
    assert names == ["Corvo", "XR 200", "PayPal"]
    assert [name.key for name in specifics("Is the XR200 like my Albatros 7?", "en").names] == ["xr200", "albatros7"]
    assert specifics("Opening Hours Of Our Shop", "en").names == ()
    assert specifics("Je pars le 3 mai à 8h30 avec Mme", "fr").names == ()


def test_what_is_asked_without_something():
    assert [one.span for one in specifics("Puis-je échanger sans le ticket ?", "fr").exceptions] == ["sans ticket"]
    assert specifics("Sans doute, sans problème.", "fr").exceptions == ()


@pytest.mark.parametrize(
    ("question", "language", "kind"),
    [
        ("Combien de temps dure la visite ?", "fr", "duration"),
        ("How long does it take?", "en", "duration"),
        ("Quel est le tarif ?", "fr", "amount"),
        ("How much is the tour?", "en", "amount"),
        ("À quelle heure fermez-vous ?", "fr", "moment"),
        ("Until what time are you open?", "en", "moment"),
        ("Combien de places y a-t-il ?", "fr", "count"),
        ("How many seats are there?", "en", "count"),
    ],
)
def test_what_an_answer_has_to_hold(question, language, kind):
    assert wanted(question, language) == (kind,)


@pytest.mark.parametrize(
    "piece", ["a", "1", "1 ", "12 euros ", "du 3 au ", "lundi à ", "A1 ", "sans ", "Nice ", "ne pas "]
)
def test_a_megabyte_of_anything_is_read_in_bounded_time(piece):
    """No clock: what takes quadratic time would run for hours."""
    found = specifics(piece * (1_000_000 // len(piece)), "fr")
    assert len(found.words) <= 20_000
