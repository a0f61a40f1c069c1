"""The passages as stored, the files they are from, and what nothing was known of; on both databases."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from repondeur.mail.message import Address, Message
from repondeur.policy.passage import Passage
from repondeur.store.database import Database
from repondeur.store.forgetting import Forgetting, Retention
from repondeur.store.gaps import Gap, Gaps
from repondeur.store.records import NewMail, Stage, State
from repondeur.store.shelf import Changes, KnowledgeFile, Shelf
from repondeur.store.store import Store
from repondeur.texts import Reason

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
DELAIS = Passage("kb:delais", "Délais", "Nous livrons en 2 jours.", "fr", "public", "délais.md", date(2026, 12, 31))
FRAIS = Passage("kb:frais", "Frais", "La livraison coûte 4,90 €.", "fr", "public", "délais.md")
HAND = Passage("kb:hand", "Margins", "Forty per cent.", "en")
FILE = KnowledgeFile("/kb/délais.md", True, "public", 120, 1_763_632_800_123_456_789, "d1")


async def purge(store: Store, now: datetime) -> int:
    """How many mails that ended before now were forgotten."""
    return (await Forgetting(store.database).purge(Retention(records=timedelta(0)), now)).records


@pytest.fixture
def shelf(database: Database) -> Shelf:
    return Shelf(database)


async def test_a_passage_comes_back_as_it_was_put(shelf: Shelf) -> None:
    await shelf.put([HAND, DELAIS])
    assert await shelf.all() == [DELAIS, HAND]
    await shelf.put([replace(HAND, text="Fifty per cent.")])
    assert [one.text for one in await shelf.all()] == [DELAIS.text, "Fifty per cent."]
    assert await shelf.remove("kb:hand")
    assert not await shelf.remove("kb:hand")


@pytest.mark.parametrize(
    "changed",
    [
        replace(DELAIS, text="Nous livrons en 3 jours."),
        replace(DELAIS, title="Délaiz"),
        replace(DELAIS, visibility="internal"),
        replace(DELAIS, valid_until=date(2026, 12, 30)),
        replace(DELAIS, language="en"),
        replace(DELAIS, source="retours.md"),
    ],
)
async def test_every_change_shows_in_the_fingerprint(shelf: Shelf, changed: Passage) -> None:
    await shelf.put([DELAIS, FRAIS])
    before, known = await shelf.fingerprint(), (await shelf.changes({})).digests
    assert await shelf.changes(known) == Changes((), frozenset(), known)
    await shelf.put([changed])
    assert await shelf.fingerprint() != before
    assert (await shelf.changes(known)).put == (changed,)
    await shelf.put([DELAIS])
    assert await shelf.fingerprint() == before
    await shelf.remove("kb:frais")
    assert await shelf.fingerprint() != before
    assert (await shelf.changes(known)).gone == {"kb:frais"}


async def test_a_file_is_replaced_as_a_whole_and_what_was_added_by_hand_stays(shelf: Shelf) -> None:
    await shelf.put([HAND])
    await shelf.put_file(FILE, [DELAIS, FRAIS])
    assert await shelf.files() == {FILE.path: FILE}
    assert await shelf.owners() == {"kb:delais": FILE.path, "kb:frais": FILE.path, "kb:hand": ""}
    again = replace(FILE, digest="d2", size=90)
    await shelf.put_file(again, [FRAIS])
    assert [one.id for one in await shelf.all()] == ["kb:frais", "kb:hand"]
    broken = replace(again, problem=Reason("knowledge.not_text", {"path": "délais.md"}))
    await shelf.note_file(broken)
    assert await shelf.files() == {FILE.path: broken}
    assert len(await shelf.all()) == 2
    assert await shelf.of_source("délais.md") == await shelf.of_source(FILE.path) == {FILE.path}
    assert await shelf.remove_files([FILE.path, "/nowhere"]) == 1
    assert await shelf.files() == {}
    assert await shelf.all() == [HAND]


async def test_many_passages_are_compared_in_pieces(shelf: Shelf) -> None:
    many = [replace(FRAIS, id=f"kb:{number:04}") for number in range(1100)]
    await shelf.put_file(FILE, many)
    found = await shelf.changes({})
    assert found.put == tuple(many)
    assert len(found.digests) == 1100


async def a_mail(database: Database) -> int:
    message = Message("q@client.example", (Address("", "c@client.example"),), "Une question", "Ouvert ?", "hash", 9)
    waiting = (await Store(database).arrive([NewMail("us", "i", "t", message, None, NOW)])).waiting
    return waiting[0].id


async def test_a_gap_is_forgotten_with_its_mail(database: Database) -> None:
    store, gaps = Store(database), Gaps(database)
    number = await a_mail(database)
    await gaps.put(number, ["Ouvrez-vous le lundi ?"], "fr", NOW)
    await gaps.put(number, ["Ouvrez-vous le mardi ?"], "fr", NOW)
    assert await gaps.all() == [Gap(number, ("Ouvrez-vous le mardi ?",), "fr", NOW)]
    mail = await store.claim(number, None)
    assert mail is not None
    await store.end(mail, State.IGNORED, Reason("x.y"), Stage.DONE, NOW)
    assert await purge(store, NOW) == 0
    assert len(await gaps.all()) == 1
    assert await purge(store, NOW + timedelta(days=1)) == 1
    assert await gaps.all() == []


@pytest.mark.parametrize(("stage", "left"), [(Stage.UNDERSTAND, 0), (Stage.ACT, 1)])
async def test_a_mail_that_is_asked_about_anew_leaves_its_gap_anew(database: Database, stage: Stage, left: int) -> None:
    store, gaps = Store(database), Gaps(database)
    mail = await store.claim(await a_mail(database), None)
    assert mail is not None
    await gaps.put(mail.id, ["Ouvert ?"], "fr", NOW)
    ended = await store.end(mail, State.HELD, Reason("x.y"), Stage.DONE, NOW)
    await store.reopen(ended, stage, "again", [], NOW)
    assert len(await gaps.all()) == left
