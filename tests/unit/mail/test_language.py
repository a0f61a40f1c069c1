"""In which of our languages a mail is written."""

from dataclasses import replace

import pytest

from repondeur.mail.language import detect, language_of
from repondeur.mail.message import Address, Forward, Message
from repondeur.mail.parse import parse

FRENCH = [
    "OK merci",
    "Merci beaucoup !",
    "Bien reçu",
    "Où est mon colis ?",
    "Je veux être remboursé",
    "C'est pas normal",
    "Bonjour",
    "Bonsoir, des nouvelles ?",
    "Oui",
    "Non merci",
    "D'accord pour lundi",
    "Je confirme",
    "Merci de me rappeler",
    "JE VEUX ANNULER MA COMMANDE",
    "OU EST MON COLIS",
    "Ou est ma commande svp",
    "j ai pas recu mon colis",
    "Facture introuvable",
    "Impossible de me connecter",
    "Mot de passe oublie",
    "Ca marche pas",
    "A quelle heure fermez-vous ?",
    "Votre livreur n'est pas passe",
    "Quel est le delai ?",
    "Urgent svp",
    "Parfait, à demain",
    "Pas de souci",
    "Cordialement",
    "Résiliation de mon abonnement",
    "Envoyez la facture à jean.smith@company.example svp",
]
ENGLISH = [
    "OK thanks",
    "Thank you!",
    "Got it",
    "Where is my parcel?",
    "I want a refund",
    "This is not normal",
    "Hello",
    "Any news?",
    "Yes",
    "No thanks",
    "Monday is fine",
    "I confirm",
    "Please call me back",
    "CANCEL MY ORDER NOW",
    "WHERE IS MY PARCEL",
    "where is my order pls",
    "i did not get my package",
    "Invoice missing",
    "Cannot log in",
    "Forgot my password",
    "It does not work",
    "When do you close?",
    "The driver never came",
    "How long does it take?",
    "Urgent please",
    "Perfect, see you tomorrow",
    "No problem",
    "Best regards",
    "Please cancel my subscription",
    "Send the invoice to marie.dupont@societe.example please",
]


def test_nearly_all_short_lines_are_told_apart():
    lines = [(line, "fr") for line in FRENCH] + [(line, "en") for line in ENGLISH]
    wrong = [(line, found) for line, language in lines if (found := detect(line)) != language]
    assert len(lines) == 60
    assert len(wrong) <= 1, wrong


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Hi team, François Lefèvre and Hélène Dupré at Société Générale Paris asked me about it.", "en"),
        ("Bonjour, John Smith from Microsoft Dynamics a demandé un rendez-vous", "fr"),
        ("voir https://shop.example.com/where-is-my-order-please-help", "fr"),
        ("BONJOUR MADAME JE VOUS ECRIS POUR SAVOIR OU EN EST MA COMMANDE", "fr"),
        ("HELLO I WOULD LIKE TO KNOW WHERE MY ORDER IS", "en"),
        ("", ""),
        ("12345 !!! 77120", ""),
        ("   \n\n ", ""),
    ],
)
def test_names_links_and_capitals_do_not_sway_it(text, language):
    assert detect(text) == language


def test_only_configured_languages_come_out():
    assert detect("Guten Tag, wo ist meine Bestellung geblieben?", ("en", "fr", "de")) == "de"
    assert detect("Guten Tag, wo ist meine Bestellung geblieben?", ("en", "fr")) in ("en", "fr")
    assert detect("anything", ("fr",)) == "fr"
    assert detect("anything", ()) == ""
    assert detect("Bonjour, où en est ma commande ?", ("fr", "en", "tlh")) == "fr"


def mail(text: str, subject: str = "", **parts) -> Message:
    return replace(parse(b"From: a@b.example\n\n"), text=text, body=text, subject=subject, **parts)


@pytest.mark.parametrize(
    ("text", "subject", "language"),
    [
        ("OK", "Où est ma commande", "fr"),
        ("OK", "Re: Where is my order", "en"),
        ("Cf. PJ", "Attestation de domicile", "fr"),
        ("OK merci", "Invoice 4512", "fr"),
        ("OK thanks", "Votre facture 12", "en"),
        ("Oui", "Your appointment on Monday", "fr"),
        ("Yes", "Votre rendez-vous de lundi", "en"),
        ("", "Demande de devis", "fr"),
    ],
)
def test_a_short_text_is_known_by_its_word_or_has_the_subject_to_help(text, subject, language):
    assert language_of(mail(text, subject), ("en", "fr")) == language


def test_signature_and_quote_do_not_count():
    message = mail("Je voudrais annuler.", signature="Best regards from the sales team", quoted="Where is my order?")
    assert language_of(message, ("en", "fr")) == "fr"


def test_without_new_text_what_was_passed_on_counts():
    forward = Forward(
        Address("", "a@b.example"), "s", "Bonjour, où en est ma commande du mois dernier ?", before="", date=""
    )
    assert language_of(mail("", "Fwd: order", forward=forward), ("en", "fr")) == "fr"
    said = replace(forward, before="Could you please have a look at this?")
    assert language_of(mail(said.before, "Fwd: order", forward=said), ("en", "fr")) == "en"
