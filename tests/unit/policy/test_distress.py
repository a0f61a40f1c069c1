"""Who is hurt, in danger, threatened or cross says so in many ways; who speaks of such things does not."""

import pytest

from repondeur.policy.distress import cross_told, harm_told


@pytest.mark.parametrize(
    "text",
    [
        "Ma nièce a avalé une bille, que dois-je faire ? Mon bébé a bu du nettoyant.",
        "Mon père s'est ouvert la main avec la lame.",
        "La lampe a explosé hier soir.",
        "Ma fille a avalé la pile.",
        "Je n'ai plus envie de vivre.",
        "Depuis la chute, ma voisine est aux urgences.",
        "Je vais mettre le feu à la boutique.",
        "Mon chien est malade à cause de vos croquettes.",
        "J'ai fait une allergie à la colle.",
        "Our toddler swallowed a battery.",
        "The lamp exploded on my desk.",
        "I burnt my left hand on it.",
        "I got a nasty shock from the plug.",
        "I don't want to live like this.",
        "We are in hospital because of the fumes.",
        "I'll burn down your office.",
    ],
)
def test_harm_is_told_in_many_ways(text: str) -> None:
    assert harm_told(text)


@pytest.mark.parametrize(
    "text",
    [
        "Vendez-vous des détecteurs de monoxyde de carbone ?",
        "Le savon convient-il en cas d'allergie ?",
        "Mon rosier est blessé par le gel, que faire ?",
        "Ma mère est à l'hôpital jusqu'à lundi, puis-je venir pour elle ?",
        "Avez-vous un extincteur pour un départ de feu ?",
        "Avez-vous ce livre sur le suicide chez Durkheim ?",
        "Do you sell carbon monoxide alarms?",
        "Is the vest safe against electric shock?",
        "Do you have the Suicide Squad film?",
        "On m'a arraché une dent de sagesse hier, puis-je manger ?",
        "Le verre de la lampe s'est cassé en route.",
        "Je me suis coupé les cheveux : la photo est-elle encore bonne ?",
        "Le pneu a explosé, avez-vous la taille 28 ?",
        "Ma fille a avalé votre gâteau en deux minutes.",
        "Le moteur s'étouffe, faites-vous le réglage ?",
        "The ink is bleeding through the paper.",
        "My dog ate the instructions, can you send the manual?",
        "I broke my arm, can I move my lesson?",
        "Our old dog died in the spring, so no pets this time.",
        "I had a shock when I saw the price.",
        "We drank your wine and liked it, which year was it?",
        "I want to dye my shirt blue.",
    ],
)
def test_who_only_speaks_of_it_is_not_harmed(text: str) -> None:
    assert harm_told(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Je souhaite porter réclamation : je fais une réclamation.",
        "Scandaleux !",
        "Ma commande n'est pas là. Voleurs !",
        "Je suis vraiment en colère.",
        "Je veux être remboursé tout de suite.",
        "Votre service est lamentable.",
        "I'm writing to complain about the lamp.",
        "This is a complaint.",
        "Unacceptable!",
        "We are very angry.",
        "I want my money now.",
        "You people are useless.",
    ],
)
def test_who_is_cross_says_so_in_many_ways(text: str) -> None:
    assert cross_told(text)


@pytest.mark.parametrize(
    "text",
    [
        "Comment être remboursé ?",
        "Ce coffre protège-t-il contre les voleurs ?",
        "J'en ai assez pour deux ans, comment le conserver ?",
        "J'étais très déçue de rater l'atelier, quand est le prochain ?",
        "C'est du vol long-courrier ?",
        "How do I get a refund?",
        "Does the car charge back to 80 %?",
        "I've had enough rain: is the tent waterproof?",
        "Is an angry customer common in retail training?",
    ],
)
def test_who_asks_calmly_is_not_cross(text: str) -> None:
    assert cross_told(text) == ""


@pytest.mark.parametrize(
    "piece", ["je ", "mon fils a ", "i ", "want my ", "voleurs ", "a cause ", "hospital ", "! c'est "]
)
def test_long_texts_take_no_long_time(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    assert (harm_told(text), cross_told(text)) == ("", "")
