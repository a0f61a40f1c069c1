"""Our own name says nothing by itself, and hides nothing that stands beside it."""

import pytest

from repondeur.policy.claims.compare import foreign

US = "Atelier Corvin"


@pytest.mark.parametrize(
    "said",
    [
        "We at NAME accept your claim.",
        "We at NAME will call you back.",
        "We at NAME take full responsibility for it.",
        "NAME accepts your claim.",
        "NAME will exchange your lamp.",
        "The people of NAME have changed your contract.",
        "Your appointment at NAME is confirmed.",
        "Votre contrat avec NAME est prolongé.",
        "Votre demande auprès de NAME est acceptée.",
        "Nous, chez NAME, acceptons votre demande.",
        "NAME prolonge votre contrat.",
        "NAME vous rappellera.",
        "L'équipe NAME va vous rappeler.",
    ],
)
@pytest.mark.parametrize("us", [US, "Corvin", "Les Grands Ateliers de Monsieur Corvin et Fils de Saint-Malo"])
def test_what_our_name_does_we_do(said: str, us: str) -> None:
    passage = "Lampe\n\nLa lampe se nettoie avec un chiffon sec. The lamp is cleaned with a dry cloth."
    assert foreign(said.replace("NAME", us), [passage], us=us)


@pytest.mark.parametrize(
    "said",
    [
        "Thank you for writing to NAME.",
        "Merci d'avoir écrit à NAME, et bonne journée.",
        "NAME, le samedi comme en semaine",
        "Chez NAME, la lampe se nettoie avec un chiffon sec.",
        "L'équipe NAME",
    ],
)
def test_where_it_does_nothing_it_says_nothing(said: str) -> None:
    passage = "La lampe se nettoie avec un chiffon sec, le samedi comme en semaine."
    assert foreign(f"Bonjour,\n\n{said.replace('NAME', US)}\n", [passage], us=US) == []


@pytest.mark.parametrize(
    "said",
    [
        "NAME .com",
        "NAME[.]com",
        "NAME (.) com",
        "NAME dot shop",
        "NAME,com",
        "www NAME com",
        "pay @ NAME",
        "NAME.test/pay",
        "https://NAME",
    ],
)
def test_a_host_out_of_our_name_is_one(said: str) -> None:
    for us in (US, "Corvin"):
        assert foreign(f"Voir {said.replace('NAME', us)}, merci.", ["See www.atelier-corvin.example."], us=us)


def test_letters_of_an_authors_name_stand_in_that_name_alone() -> None:
    assert foreign("Dear Олена Рак,\n\nthank you.", [], name="Олена Рак") == []
    assert foreign("Dear Олена Рак,\n\nарра.", [], name="Олена Рак")
    assert foreign("Dear Οлена,\n\nthank you.", [], name="Олена Рак")
