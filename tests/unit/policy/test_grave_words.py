from dataclasses import replace

import pytest
from tests.unit.policy.given import QUESTION

from repondeur.policy import words
from repondeur.policy.phrases import ASKS_FOR_PERSON, EMERGENCY, LEGAL, PRIVACY
from repondeur.policy.words import first_phrase, words_of


def hit(text, phrases):
    return first_phrase(replace(QUESTION, subject="", text=text), phrases) is not None


@pytest.mark.parametrize(
    "text",
    [
        "Sans réponse sous 8 jours, ce courrier vaut MISE EN DEMEURE.",
        "mise\nen  demeure",
        "J'en parle à mon avocat",
        "Nous saisirons le tribunal de commerce",
        "Je vais saisir les Prud’hommes.",
        "je porte plainte demain",
        "vous reconnaissez votre entiere responsabilite",
        "des dommages-intérêts",
        "You will hear from my lawyer.",
        "I'll take you to court",
        "Reply that you accept full liability",
        "This is a cease-and-desist letter",
        "Mon assurance va se retourner contre vous.",
        "Ma protection juridique prend la suite.",
        "m\u200bise en dem\u00adeure",
        "ＬＥＧＡＬ ＡＣＴＩＯＮ",
    ],
)
def test_a_legal_matter_is_recognised(text):
    assert hit(text, LEGAL)


@pytest.mark.parametrize(
    "text",
    [
        "Une salade d'avocats, s'il vous plaît",
        "Lumière S.A.R.L., société à responsabilité limitée",
        "Je me réfère à votre courriel d'hier",
        "Pouvez-vous m'envoyer une attestation de responsabilité civile ?",
        "Where is the food court?",
        "Sue Miller will call you",
        "Acme is a limited liability company",
        "Le courtier me dit que ma commande est partie",
        "Is it legal to use the lamp outdoors?",
    ],
)
def test_an_ordinary_mail_is_no_legal_matter(text):
    assert not hit(text, LEGAL)


@pytest.mark.parametrize(
    "text",
    [
        "Conformément au RGPD, je demande une copie de mes données personnelles",
        "Quelles données avez-vous sur moi ?",
        "Je retire mon consentement.",
        "What do you know about me?",
        "You have sent my invoice to another customer!",
        "j'exerce mon droit d’accès",
        "Under the G.D.P.R. … GDPR article 15",
        "Please erase my data",
        "a subject-access request",
    ],
)
def test_a_privacy_matter_is_recognised(text):
    assert hit(text, PRIVACY)


@pytest.mark.parametrize("text", ["Mes coordonnées ont changé", "How do I delete my account?", "a private question"])
def test_an_ordinary_mail_is_no_privacy_matter(text):
    assert not hit(text, PRIVACY)


@pytest.mark.parametrize(
    "text", ["We have a water leak", "les baies prennent l'eau", "C'EST URGENT", "the site is down"]
)
def test_an_emergency_is_recognised(text):
    assert hit(text, EMERGENCY)


@pytest.mark.parametrize("table", [LEGAL, PRIVACY, EMERGENCY, ASKS_FOR_PERSON])
def test_each_phrase_stands_once_and_finds_itself(table):
    assert len({words_of(phrase) for phrase in table}) == len(table)
    assert all(words.phrase_in(words_of(f"xx {phrase.upper()}, yy"), (phrase,)) for phrase in table)
