"""Only thanks is put aside; whatever says more is for a person."""

import pytest

from repondeur.mail.message import Address, Attachment, Forward, Message
from repondeur.policy.courtesy import LONGEST, only_thanks


def mail(text: str, subject: str = "Re: Ma commande", **more) -> Message:
    return Message(message_id="a@b", authors=(), subject=subject, text=text, content_hash="", size=0, **more)


@pytest.mark.parametrize(
    "text",
    [
        "Merci beaucoup pour votre réponse rapide, c'est parfait.\nBonne journée\nHélène",
        "Bonjour,\n\nC’est noté, merci.\n\nCordialement,\nPaul",
        "Merci,\nZoé",
        "La lampe est arrivée ce matin, superbement emballée. Merci et bravo !",
        "Pas de souci, merci à vous.",
        "Je vous remercie de votre patience.",
        "Perfect, thank you so much for the quick answer!\nGeorgia",
        "Thanks a lot, no worries about the box.",
        "It came this morning, looks gorgeous. Thank you!",
        "OK, merci !",
    ],
)
def test_thanks(text: str) -> None:
    assert only_thanks(mail(text))


@pytest.mark.parametrize(
    "text",
    [
        "Merci, mais la notice manque.",
        "Merci de me rappeler.",
        "Merci d’avance pour votre aide.",
        "Je vous remercie de bien vouloir annuler.",
        "Merci ! Pouvez-vous aussi changer l’adresse ?",
        "Merci pour la commande 58213.",
        "Merci, tout est sur https://client.example/liste",
        "J’ai oublié mon parapluie chez vous. Merci !",
        "Le colis est arrivé cassé, merci du cadeau.",
        "Je ne suis pas satisfait, merci quand même.",
        "Thanks, but it still flickers.",
        "Thank you. Please cancel the rest.",
        "Great, thanks in advance.",
        "Thanks! Nothing happened since.",
        "My answers are inline.\n\nThanks,\nSusan",
        "Yes.\n\nCheers,\nKevin",
        "Hello, I left the keys with the caretaker.",
        "",
        "merci " * (LONGEST + 1),
    ],
)
def test_more_than_thanks(text: str) -> None:
    assert not only_thanks(mail(text))


def test_a_subject_of_its_own_is_part_of_what_is_said() -> None:
    assert not only_thanks(mail("Merci !", subject="Lampe cassée"))
    assert only_thanks(mail("Merci !", subject="Re: Lampe cassée"))
    assert only_thanks(mail("Merci !", subject="Lampe cassée", in_reply_to=("a@b",)))


def test_what_comes_along_is_something_to_look_at() -> None:
    assert not only_thanks(mail("Merci !", attachments=(Attachment("contrat.pdf", "application/pdf", 10),)))
    assert only_thanks(mail("Merci !", attachments=(Attachment("logo.png", "image/png", 10, inline=True),)))
    assert not only_thanks(mail("Merci !", forward=Forward(Address("", ""), "", "Devis", "Merci !")))
