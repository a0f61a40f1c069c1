"""Whole-way tests: the program as a process, real servers, a scripted model."""

from collections.abc import Iterator

import pytest

from tests.support.mailserver import mail_server
from tests.support.model_server import ModelServer, answers

__all__ = ["mail_server"]

ANSWER = "Votre commande part demain matin."


@pytest.fixture(scope="session")
def model() -> Iterator[ModelServer]:
    """A model that answers every mail at once, and always the same."""
    with ModelServer([answers(reply=ANSWER, language="fr")]) as server:
        yield server
