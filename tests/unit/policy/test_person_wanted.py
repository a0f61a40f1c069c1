"""Who wants a person to answer, in their own words, and who only speaks of people and machines."""

import pytest

from repondeur.policy.person_wanted import person_wanted
from repondeur.policy.words import words_of


def wanted(text: str) -> str:
    return person_wanted(words_of(f"Where is my lamp, please? I wait for it. {text} Jo Martin"), "")


@pytest.mark.parametrize(
    "text",
    [
        "Votre responsable peut-il me rappeler ?",
        "J'aimerais être recontactée par une conseillère.",
        "Transmettez ceci à un collègue.",
        "Je ne parle pas avec un automate, pas d'IA merci.",
        "Ne me répondez pas avec une machine.",
        "Y a-t-il quelqu'un en chair et en os ?",
        "J'en ai marre de vos réponses automatiques.",
        "Je veux parler à quelqun",
        "Would a human read this?",
        "Have your manager phone me.",
        "Connect me with one of your colleagues.",
        "I'd prefer to hear from a team member.",
        "Do not send me another automated reply.",
        "Could somebody from the shop ring me?",
        "Is there a real human behind this address?",
        "Put me in touch with your supervisor.",
        "Rappelez-moi, merci.",
        "Je veux parler à la directrice.",
        "Are you a robot?",
        "Please phone me on 0161 496 0000.",
        "I'd like to talk to the owner.",
        "I need human help.",
        "Don't let a machine answer.",
        "Mettez-moi en relation avec quelqu'un.",
        "J'aimerais mieux avoir affaire à un humain.",
        "Encore des réponses de votre robot !",
    ],
)
def test_who_wants_a_person_says_so_in_many_ways(text: str) -> None:
    assert wanted(text)


@pytest.mark.parametrize(
    "text",
    [
        "Can someone tell me the price?",
        "Could somebody help me with order 77120?",
        "My robot vacuum and its machine oil are not here.",
        "Is there a real leather shade?",
        "My colleague wrote to you yesterday.",
        "We book for a person in a wheelchair.",
        "Are there no AI functions in this lamp?",
        "Une personne peut-elle utiliser deux bons ?",
        "Je voudrais une personne de plus sur la réservation.",
        "Le robot ne démarre plus, la machine non plus.",
        "Votre conseiller m'a dit d'écrire ici.",
        "Quelqu'un peut-il me dire le prix ?",
        "Mon agent immobilier doit-il vous écrire ?",
        "Combien de personnes tiennent sous la lampe ?",
        "Can your staff read Arabic?",
        "Can the fitter call before he comes?",
        "I want a machine with a long cable, not an automatic one.",
        "Is there a person behind the counter on Sundays?",
        "Une tierce personne peut-elle retirer la lampe ?",
    ],
)
def test_who_speaks_of_people_and_machines_does_not(text: str) -> None:
    assert wanted(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Puis-je venir en personne samedi ?",
        "Can I come in person?",
        "Combien par personne ?",
        "Is the price per person?",
        "Une personne de plus, possible ?",
        "Table for someone tonight?",
    ],
)
def test_few_words_about_people_ask_for_none(text: str) -> None:
    assert person_wanted(words_of(text), "") == ""


@pytest.mark.parametrize("piece", ["un ", "can a ", "je veux ", "votre conseiller ", "no ", "speak to a real "])
def test_long_texts_take_no_long_time(piece: str) -> None:
    assert person_wanted(words_of(piece * (200_000 // len(piece))), "") == ""
