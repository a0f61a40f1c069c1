"""How urgent a mail is. It was written on Friday 20 November 2026 at 10."""

from datetime import UTC, datetime

import pytest
from tests.support.analysing import mail

from repondeur.policy.analysis import Entity
from repondeur.policy.priority import MAX_TEXT, Signs, judged, signs

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
TOMORROW = Entity("date", "demain", "2026-11-21")


def of(text, said="normal", *dates, subject="Bonjour", intent="question", unanswered=0):
    return judged(said, signs(mail(text, subject=subject), dates, NOW), intent=intent, unanswered=unanswered)


@pytest.mark.parametrize(
    "text",
    [
        "C'est URGENT !",
        "Merci de traiter en urgence.",
        "Need it ASAP.",
        "Nous sommes bloqués depuis ce matin.",
        "Arrêt de production sur la ligne 2",
        "La chaîne est à l’arrêt.",
        "Our web site is down.",
        "The line is at a standstill and nobody can work.",
        "Je n'arrive pas à me connecter, c'est très urgent",
        "Toujours pas de colis. Urgent.",
        "Plus aucun accès à la messagerie",
        "Le serveur est tombé, personne ne peut travailler.",
        "On est bloqués depuis 8 h",
        "Please send it A.S.A.P.",
        "Server down since this morning",
        "La lampe fume et sent le brûlé, j'ai peur d'un incendie",
        "The lamp is smoking and smells of burning, I am afraid of a fire",
        "Le chargeur a pris feu.",
        "Mon fils s'est brûlé avec la lampe.",
        "I got an electric shock from the switch.",
    ],
)
def test_urgent_words(text):
    assert of(text) == "urgent"
    assert of("Voir objet", subject=text) == "urgent"


@pytest.mark.parametrize(
    "text",
    [
        "Merci de me répondre dès que possible.",
        "Pouvez-vous me rappeler dans les plus\nbrefs délais ?",
        "Please answer as soon as possible",
        "We must have it by tomorrow.",
        "Je me permets de vous relancer.",
        "2ème demande",
        "Mon colis est bloqué en douane.",
        "Je n'ai toujours pas reçu ma commande.",
        "Avez-vous lu mon précédent message ?",
        "Did you get my email of last week?",
        "Mon mail du 3 est resté sans réponse.",
        "I am still waiting for my refund.",
        "I haven’t heard back from you.",
        "I have written three times without an answer.",
        "Je vous ai déjà écrit trois fois.",
    ],
)
def test_words_that_raise_to_high(text):
    assert of(text) == "high"
    assert of(text, "urgent") == "urgent"


@pytest.mark.parametrize(
    "text",
    [
        "Rien d'urgent, mais la poignée grince.",
        "Ce n’est pas urgent.",
        "Ce n'est pas très urgent.",
        "There is no rush.",
        "It isn't urgent at all",
        "Rien ne presse.",
        "No hurry!",
    ],
)
def test_an_author_who_has_time_lowers_what_the_engine_says(text):
    assert of(text) == "low"
    assert of(text, "urgent") == "normal"
    assert of(text, "low") == "low"


def test_an_author_who_is_not_stuck_but_wants_to_know_soon():
    text = "Nous ne sommes pas bloqués, répondez dès que possible."
    assert (of(text), of(text, "urgent"), of(text, "low")) == ("normal", "normal", "low")


@pytest.mark.parametrize(
    "text",
    [
        "Bonjour, quel est le prix de la lampe ?",
        "We quickly found the answer.",
        "Vendez-vous un éclairage d'urgence ?",
        "En cas d'urgence, appelez le gardien.",
        "The emergency exit lights are nice.",
        "Vendez-vous des détecteurs de fumée et du saumon fumé ?",
        "Is there a smoking area? I quit smoking.",
        "La lampe n'a pas pris feu.",
        "Please write down the number and download the form.",
        "J'écris depuis mon-adresse no-reply@client.example",
    ],
)
def test_words_that_say_nothing(text):
    assert of(text) == "normal"
    assert of(text, "urgent") == "urgent", "what the engine says stays"


def test_calm_words_do_not_cover_up_a_need():
    assert of("Pas urgent. Mais la production est arrêtée.") == "urgent"
    assert of("No rush, but I am still waiting for an answer.") == "high"
    assert of("Rien d'urgent.", unanswered=1) == "high"


@pytest.mark.parametrize(
    ("text", "dates", "priority"),
    [
        ("Il me le faut pour demain", [TOMORROW], "high"),
        (
            "Il le faut pour demain midi",
            [Entity("date", "demain midi", "2026-11-21T12:00:00+00:00")],
            "normal",
        ),
        ("Il faudrait répondre avant 18h", [Entity("date", "18h", "2026-11-20T18:00:00+00:00")], "high"),
        ("demain au plus tard", [TOMORROW], "high"),
        ("Si je passe commande demain, quand arrive-t-elle ?", [TOMORROW], "normal"),
        ("J'ai payé. Avant tout, merci. Je passe demain.", [TOMORROW], "normal"),
        ("avant le 3 décembre", [Entity("date", "3 décembre", "2026-12-03")], "normal"),
        ("avant le 3 mars 2020", [Entity("date", "3 mars 2020", "2020-03-03")], "normal"),
        ("avant demain matin", [Entity("person", "demain matin")], "high"),
        ("pour le 31", [Entity("date", "31")], "normal"),
    ],
)
def test_a_deadline_within_a_day(text, dates, priority):
    assert of(text, "normal", *dates) == priority


@pytest.mark.parametrize(
    ("unanswered", "priority"), [(0, "normal"), (1, "high"), (2, "high"), (3, "urgent"), (9, "urgent")]
)
def test_who_has_waited_goes_first(unanswered, priority):
    assert of("Bonjour", unanswered=unanswered) == priority


def test_an_appointment_within_a_day_is_looked_at_in_time():
    assert of("Je ne pourrai pas venir demain.", "normal", TOMORROW, intent="appointment") == "high"
    assert of("Je ne pourrai pas venir demain.", "normal", TOMORROW) == "normal"


@pytest.mark.parametrize("intent", ["newsletter", "spam"])
def test_mass_mail_is_never_urgent(intent):
    assert of("Urgent ! Répondez dès que possible", "urgent", intent=intent, unanswered=5) == "low"


def test_nothing_is_known_without_signs():
    assert judged("high", Signs(), intent="order") == "high"


@pytest.mark.parametrize("piece", ["pas ", "urgent ", "pas urgent ", ". ", "demain ", "\n", "d'ici "])
def test_of_a_long_text_only_the_start_is_read(piece):
    # A pattern of quadratic time would need hours for the whole of it.
    whole = piece * 300_000
    said = ". C'est urgent !"
    assert signs(mail(whole), [TOMORROW] * 20, NOW) == signs(mail(whole[:MAX_TEXT]), [TOMORROW] * 20, NOW)
    assert signs(mail(whole[: MAX_TEXT - 100] + said), [], NOW).urgent
    assert signs(mail(whole[:MAX_TEXT] + said), [], NOW).urgent == (piece == "urgent ")
