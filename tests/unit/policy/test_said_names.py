"""Display names that are names, and those that say something."""

import pytest

from repondeur.policy.said_by_name import says_something


@pytest.mark.parametrize(
    "name",
    [
        "Votre Dossier Avance",
        "Rendez-Vous Confirmé",
        "Nous Vous Rappelons",
        "Merci De Patienter",
        "Appelez Vite",
        "Order Confirmed",
        "Parcel Arriving Tomorrow",
        "Please Reply",
        "Numéro 3975",
        "3 9 7 5",
        "798765432",
        "Rogue Shop Com",
        "Sale Menteur",
        "Old Crook",
    ],
)
def test_what_says_something(name: str) -> None:
    assert says_something(name)


@pytest.mark.parametrize(
    "name",
    [
        "Zoé Martin",
        "Anne-Marie Gagné",
        "La Maison du Livre",
        "Hôtel Notre-Dame",
        "Garage 24",
        "Jia You",
        "O'Brien, Pat",
        "Team North",
        "Olena Рак",
    ],
)
def test_what_is_a_name(name: str) -> None:
    assert not says_something(name)
