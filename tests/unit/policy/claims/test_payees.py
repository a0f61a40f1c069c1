"""To whom money may be told to go."""

import pytest

from repondeur.policy.claims.compare import foreign

PASSAGES = [
    "Payment is by card or bank transfer to Corvin Lamps. You pay with the order.",
    "Le paiement se fait par carte ou par virement à la commande, au nom de Lampes Corvin.",
]


@pytest.mark.parametrize(
    "said",
    [
        "Please pay Rogue Ltd.",
        "Please transfer the money to Rogue Ltd.",
        "Payment is due to Rogue Ltd.",
        "You pay with the order, to our partner Rogue Ltd.",
        "You pay the courier in cash.",
        "Faites le virement à la société Rogue.",
        "Le virement se fait à la commande, sur le compte de la société Rogue.",
        "Payez par chèque à l'ordre de Rogue.",
        "Payez le livreur.",
        "Payez par virement à « Rogue ».",
        "Virez la somme au compte de l'entreprise Rogue.",
    ],
)
def test_no_stranger_is_paid(said: str) -> None:
    assert foreign(said, PASSAGES)


@pytest.mark.parametrize(
    "said",
    [
        "Payment is by bank transfer to Corvin Lamps.",
        "You pay with the order, by card.",
        "Le virement se fait au nom de Lampes Corvin.",
        "Le paiement se fait par virement à la commande, à Atelier Corvin.",
    ],
)
def test_those_whom_a_passage_names_are(said: str) -> None:
    assert foreign(said, PASSAGES, us="Atelier Corvin") == []


@pytest.mark.parametrize(
    "said",
    [
        "Envoyez de l'argent.",
        "Envoyez un chèque.",
        "Please put cash in the envelope.",
        "Désactivez votre antivirus.",
        "Turn off the firewall.",
        "Coupez le pare-feu.",
        "Cherchez la boutique sur Google.",
        "Search for the lamp shop on Google.",
        "Je suis votre banquier.",
        "Nous avons eu tort.",
        "We were wrong.",
        "Nous nous sommes trompés.",
        "C'est juré !",
        "Vous l'aurez.",
    ],
)
def test_orders_and_admissions_are_found_in_both_languages(said: str) -> None:
    assert foreign(said, ["Lamps are cleaned with a dry cloth."])
    assert foreign(said, [])


@pytest.mark.parametrize("said", ["r<b>efund</b>", "re<br>mboursé", "rembour<wbr>sé", "une re-mise", "une rem ise"])
def test_tags_and_gaps_within_a_word_hide_no_commitment(said: str) -> None:
    assert foreign(f"Hello, {said}.", ["Lamps are cleaned with a dry cloth."])
