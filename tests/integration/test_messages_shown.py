"""What `messages show` and `messages list` tell a person in words, in both languages."""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import update
from tests.support.agent import Agent
from tests.support.house import ANALYSIS, CLAIRE, House, Readers, ScriptedEngine, a_house, a_mail, some_readers
from tests.support.terminal import on_terminal

from repondeur.store.forgetting import Forgetting
from repondeur.store.tables import action

pytestmark = pytest.mark.asyncio(loop_scope="module")

LINE = "Cette réponse a été rédigée automatiquement."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def readers() -> AsyncIterator[Readers]:
    async with some_readers() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def house(tmp_path: Path, readers: Readers) -> AsyncIterator[House]:
    async with a_house(tmp_path, ScriptedEngine(ANALYSIS), readers=readers) as opened:
        yield opened


async def told(tmp_path: Path, language: str, *words: str) -> str:
    environ = {"REPONDEUR_DATA_DIR": str(tmp_path), "REPONDEUR_LANGUAGE": language, "TZ": "UTC", "LC_ALL": "C.UTF-8"}
    ended = await Agent(environ, tmp_path).run("repondeur", "messages", *words)
    assert ended.code == 0, ended.err
    return ended.out


async def test_a_mail_that_was_answered(house: House, tmp_path: Path) -> None:
    house.mailbox.put(a_mail())
    await house.work()
    french, english = await told(tmp_path, "fr", "show", "1"), await told(tmp_path, "en", "show", "1")
    parts = french.split("\n\n")
    assert [part.splitlines()[0] for part in parts[:6]] == [
        "Message 1",
        "Ce qu’il dit",
        "Ce qui a été compris",
        f"Réponse envoyée → {CLAIRE}",
        "Son parcours",
        "Au registre",
    ]
    head, text, understood, reply, way, record = parts[:6]
    assert f"De :          Claire <{CLAIRE}>" in head
    assert "État :        Répondu" in head
    assert "où en est ma commande ?" in text
    assert "Résumé :     Claire asks something." in understood
    assert LINE in reply, "as it left, with the lines below the answer"
    assert "Terminé" in way
    assert "Envoyé — ligne 2" in record
    assert "asked" not in french.replace("Claire asks", "")
    assert "State:       Answered" in english


async def test_the_answer_is_shown_from_the_octets_that_left(house: House, tmp_path: Path) -> None:
    """Which the record vouches for, not from a text beside them."""
    house.mailbox.put(a_mail())
    await house.work()
    await house.parts.store.database.run(lambda connection: connection.execute(update(action).values(text="lie")))
    shown = await told(tmp_path, "en", "show", "1")
    assert (LINE in shown, "lie" in shown.partition("Answer sent")[2].splitlines()[1]) == (True, False)


async def test_the_list_on_a_terminal_keeps_each_mail_together(house: House, tmp_path: Path) -> None:
    """Number, state and subject; why; who, when and which. Off a terminal it is one line with tabs."""
    house.mailbox.put(a_mail())
    await house.work()
    command = (sys.executable, "-m", "repondeur", "messages", "list")
    environ = {"REPONDEUR_DATA_DIR": str(tmp_path), "REPONDEUR_LANGUAGE": "fr", "TZ": "UTC"}
    shown = (await asyncio.to_thread(on_terminal, command, tmp_path, 60, **environ)).splitlines()
    assert shown[0].startswith("   1  Répondu     ")
    assert all(line.startswith("      ") and len(line) <= 60 for line in shown[1:])
    assert " ".join(shown[1].split()[:3]) == "Une réponse qui"
    assert CLAIRE in "".join(shown[2:])
    assert len((await told(tmp_path, "fr", "list")).splitlines()) == 1


async def test_one_that_waits_says_what_to_do(house: House, tmp_path: Path) -> None:
    house.engine.script = [replace(ANALYSIS, needs_human=True)]
    house.mailbox.put(a_mail())
    await house.work()
    shown = await told(tmp_path, "en", "show", "1")
    assert "repondeur approve 1" in shown
    assert f"Proposed answer → {CLAIRE}" in shown


async def test_an_author_who_calls_himself_by_an_address_is_shown_as_who_he_is(house: House, tmp_path: Path) -> None:
    house.mailbox.put(a_mail().replace(b"Claire <", b'"support@corp.example" <'))
    await house.work()
    assert f'{CLAIRE} ("support@corp.example")' in await told(tmp_path, "en", "show", "1")


async def test_one_that_was_forgotten_says_so(house: House, tmp_path: Path) -> None:
    house.mailbox.put(a_mail())
    await house.work()
    await Forgetting(house.parts.store.database).erase(CLAIRE, house.clock())
    shown, listed = await told(tmp_path, "en", "show", "1"), await told(tmp_path, "en", "list")
    assert "has been forgotten" in shown
    assert "Answer sent\n  (forgotten)" in shown
    assert "\t(forgotten)\t" in listed
    assert "2026-11-20 10:00 UTC" in listed
