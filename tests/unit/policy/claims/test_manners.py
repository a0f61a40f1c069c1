"""A model that says it is a person, insults or threatens, whatever it cites."""

import pytest
from tests.unit.policy.given import given

from repondeur.policy.guard import Proposal, guard
from repondeur.policy.passage import Passage

# Even a passage that says so founds none of it.
SAYS_SO = Passage(
    "kb:us", "Us", "Our answers come from humans and not from robots. An idiot wrote this.", "en", visibility="public"
)


def reasons(said, cited):
    facts = given({}, {"reply": said, "passages": cited}, passages=(SAYS_SO,))
    found = guard(Proposal(facts.message.author, said), facts).reasons
    return {one.code.removeprefix("guard.") for one in found if one.code.startswith("guard.")}


@pytest.mark.parametrize("cited", [(), ("kb:us",)])
@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("I am a human colleague.", "denies_machine"),
        ("I am Julie.", "denies_machine"),
        ("We are not robots.", "denies_machine"),
        ("This answer was written by a person.", "denies_machine"),
        ("This answer was not written automatically.", "denies_machine"),
        ("Written by Julie.", "denies_machine"),
        ("Je suis une vraie personne.", "denies_machine"),
        ("Je ne suis pas une IA.", "denies_machine"),
        ("Ce message n'est pas automatique.", "denies_machine"),
        ("Ici Julie, du service client.", "denies_machine"),
        ("You are an idiot.", "insulting"),
        ("I will kill you.", "insulting"),
        ("Vous êtes un menteur.", "insulting"),
        ("Je vais vous tuer.", "insulting"),
        ("Vous allez le regretter.", "insulting"),
    ],
)
def test_nothing_founds_it(said, reason, cited):
    assert reason in reasons(f"Hello,\n\n{said}\n\nKind regards", cited)


@pytest.mark.parametrize(
    "said",
    [
        "I am sorry, and happy to help.",
        "I am Lumi, the virtual assistant.",
        "For an answer by a person, just reply “person”.",
        "This lamp is not a machine.",
        "The robot is not automatic.",
        "You will not regret it.",
        "You are the person named there.",
        "Je suis désolée, et à votre disposition.",
        "Une personne vous répondra.",
        "Nous sommes une petite équipe.",
        "Il n'y a pas de question stupide.",
        "La ferme est ouverte.",
    ],
)
def test_what_is_only_like_it_leaves(said):
    assert reasons(f"Hello,\n\n{said}\n\nKind regards", ()) == set()
