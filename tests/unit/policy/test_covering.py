"""What a question names and a passage does not."""

from datetime import date

import pytest

from repondeur.policy.covering import Doubt, doubts, stranger
from repondeur.policy.passage import Passage


def passage(title, text, language="en"):
    return Passage("kb:one", title, text, language, "public")


SHIPPING = passage("Shipping abroad", "Parcels to Belgium and Luxembourg take 3 to 5 days and cost €7.50.")
MUSEUM = passage(
    "Horaires du musée", "Le musée est ouvert du mardi au dimanche de 10 h à 18 h, fermé le 1er mai.", "fr"
)
VET = passage("Vaccinating puppies", "The first injection is due at eight weeks. The course costs £65.")
BANK = passage("Virements", "Un virement de moins de 500 € est gratuit ; il arrive sous un jour ouvré.", "fr")
ROOMS = passage("Salles", "La salle Corail accueille 20 personnes. Une pièce d'identité est exigée à l'entrée.", "fr")
MODELS = passage("XR-200 manual", "The XR-200 charges in four hours.")


def found(question, known, language, **more):
    return [(doubt.kind, doubt.span, doubt.hard) for doubt in doubts(question, "", (known,), language, **more)]


@pytest.mark.parametrize(
    ("question", "known", "language", "doubt"),
    [
        ("Do you ship to Switzerland?", SHIPPING, "en", ("place", "Switzerland", True)),
        ("Livrez-vous en Suisse ?", SHIPPING, "fr", ("place", "Suisse", True)),
        ("Êtes-vous ouverts le 8 mai ?", MUSEUM, "fr", ("date", "8 mai", True)),
        ("Are you open on Easter Monday?", MUSEUM, "en", ("date", "Easter Monday", True)),
        ("How much is it to vaccinate a kitten?", VET, "en", ("product", "kitten", True)),
        ("Combien coûte le vaccin d'un lapin ?", VET, "fr", ("product", "lapin", True)),
        ("How long does the XR-300 take to charge?", MODELS, "en", ("name", "XR 300", True)),
        ("Puis-je faire un virement par PayPal ?", BANK, "fr", ("name", "PayPal", False)),
        ("Le virement est-il gratuit pour les étudiants ?", BANK, "fr", ("product", "étudiants", False)),
        ("Peut-on louer la salle sans le piano ?", ROOMS, "fr", ("negation", "sans piano", False)),
        ("Quelles salles ne louez-vous jamais ?", ROOMS, "fr", ("negation", "ne louez-vous jamais", False)),
        ("How much is the XR-200?", MODELS, "en", ("topic", "amount", False)),
    ],
)
def test_what_is_only_like_it_is_no_answer(question, known, language, doubt):
    assert doubt in found(question, known, language)


@pytest.mark.parametrize(
    ("question", "known", "language"),
    [
        ("Do you ship to Belgium?", SHIPPING, "en"),
        ("Combien coûte un colis pour Namur, en Belgique ?", SHIPPING, "fr"),
        ("Êtes-vous ouverts le jeudi ?", MUSEUM, "fr"),
        ("Are you open on Mondays?", MUSEUM, "en"),
        ("Êtes-vous fermés le 1er mai ?", MUSEUM, "fr"),
        ("When is my dog's first injection?", VET, "en"),
        ("Quel est le prix pour vacciner un chiot ?", VET, "fr"),
        ("How long does my XR200 charge?", MODELS, "en"),
        ("Un virement de 200 € est-il gratuit ?", BANK, "fr"),
        ("Puis-je entrer sans pièce d'identité ?", ROOMS, "fr"),
        ("I can't find the manual of the XR-200, where is it?", MODELS, "en"),
    ],
)
def test_what_the_passage_speaks_of_leaves_no_doubt(question, known, language):
    assert found(question, known, language) == []


GYM = passage("Opening hours", "Open Monday to Friday from 7 am, closed on public holidays other than Whit Monday.")
YOGA = passage("Cours de yoga", "Le yoga a lieu le mardi à 18 h, 14 € la séance.", "fr")
FAIR = passage("Autumn fair", "The fair is on Saturday 5 December 2026. Doors open at 2 pm.")
STALLS = passage("Stalls", "We were closed on 3 May and on 9 June.")
RENT = passage("Louer une trottinette", "Les vélos ne sont pas loués ici. Nos trottinettes coûtent 9 € l'heure.", "fr")
LAKE = passage("Baignade", "La baignade est surveillée du 20 juin au 5 septembre.", "fr")
DOGS = passage("Dogs on board", "Dogs travel free. No pets are allowed in the dining room.")
LEVELS = passage("Exams", "We prepare for Level 2 to Level 6 in spring.")
WRITTEN = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("question", "known", "language"),
    [
        ("Are you open on Friday 4 December?", GYM, "en"),
        ("Are you open on 4 December?", GYM, "en"),
        ("Y a-t-il un cours le mercredi 9 décembre ?", YOGA, "fr"),
        ("Je pourrais venir le 9 décembre, il y a cours ?", YOGA, "fr"),
        ("When do the doors of the Christmas fair open?", FAIR, "en"),
        ("Do you have a Christmas present for members, on Fridays too?", GYM, "en"),
        ("I was ill on 12 November, were you closed?", STALLS, "en"),
        ("Louez-vous aussi des vélos à la journée ?", RENT, "fr"),
        ("May my cat come along to the dining room?", DOGS, "en"),
        ("Can my son take Level 4?", LEVELS, "en"),
        ("Peut-on se baigner à la Pentecôte ?", LAKE, "fr"),
        ("Peut-on se baigner le 1er mai ?", LAKE, "fr"),
        ("Pour la fête des mères, le cours du mardi est-il ouvert ?", YOGA, "fr"),
    ],
)
def test_what_a_passage_can_be_meant_for_is_no_hard_doubt(question, known, language):
    assert not [one for one in found(question, known, language, written=WRITTEN) if one[2]]


@pytest.mark.parametrize(
    ("question", "known", "language", "span"),
    [
        ("Y a-t-il un cours le mardi 14 juillet ?", YOGA, "fr", "14 juillet"),
        ("Y a-t-il un cours à Noël ?", YOGA, "fr", "Noël"),
        ("Were you closed on 8 January?", STALLS, "en", "8 January"),
        ("Is there a fair at Easter?", FAIR, "en", "Easter"),
        ("Do you prepare for Level 9?", LEVELS, "en", "Level 9"),
    ],
)
def test_other_days_and_things_than_those_of_the_passage_stay_hard_doubts(question, known, language, span):
    hard = [one[1] for one in found(question, known, language, written=WRITTEN) if one[2]]
    assert hard == [span]


def test_hard_doubts_come_first():
    assert [hard for *_, hard in found("Do you ship to Switzerland without a box?", SHIPPING, "en")] == [True, False]


def test_several_passages_together_account_for_what_is_asked():
    asked = "Do you ship to Belgium, and when are you open on Thursday?"
    assert doubts(asked, "", (SHIPPING, MUSEUM), "en") == ()


def test_where_the_author_lives_counts_where_the_passage_tells_countries_apart():
    beside = "We have moved to Norway."
    assert found("How long does a parcel take?", SHIPPING, "en", beside=beside) == [("place", "Norway", True)]
    assert found("How long does it charge?", MODELS, "en", beside=beside) == []


def test_without_a_passage_everything_is_open():
    assert doubts("Where?", "", (), "en") == (Doubt("topic", "Where?"),)


@pytest.mark.parametrize("language", ["", "de", "zh"])
def test_other_languages_are_compared_by_what_is_the_same_in_all(language):
    assert ("place", "Namibia", True) in found("Namibia?", SHIPPING, language)


@pytest.mark.parametrize("piece", ["a", "?", "1 ", "sans ", "12 € ", "Namur ", "ne va pas "])
def test_a_megabyte_of_anything_is_read_in_bounded_time(piece):
    huge = piece * (1_000_000 // len(piece))
    assert isinstance(doubts(huge, huge, (passage(huge, huge, "fr"),), "fr", beside=huge), tuple)


CARE = [
    passage("Whitening", "Whitening costs £390. It is refused where cavities are open."),
    passage("Eye checks", "In Ferney-Voltaire we check eyes on Mondays. Dr Imbert is there."),
]


def test_a_sum_that_is_told_of_something_else_is_no_answer():
    assert found("How much is a cavity?", CARE[0], "en") == [("topic", "amount", False)]
    assert found("How much is whitening?", CARE[0], "en") == []


@pytest.mark.parametrize(
    ("question", "doubt"),
    [
        ("is there whitening in ferney voltaire", Doubt("name", "ferney")),
        ("Does Dr Imbert do whitening?", Doubt("name", "Imbert")),
        ("How much is whitening?", None),
    ],
)
def test_a_name_that_only_another_passage_knows_is_a_doubt_however_it_is_spelt(question, doubt):
    assert stranger(question, CARE[0], CARE[1:], "en") == doubt
    assert stranger(question, CARE[1], CARE[:1], "en") is None
