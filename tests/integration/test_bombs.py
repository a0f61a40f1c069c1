"""Mail that was made to break programs ends within the limits of the child that reads it, and the next one is read."""

import json
import os
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
import structlog
from tests.acceptance.hostile_desk import END_STATES, Letter, Scripted, imap_day
from tests.acceptance.test_hostile_model import honest
from tests.support.hostile.bombs import MIB, Bomb, bombs, huge, zip_bomb
from tests.support.hostile.measured import DEADLY
from tests.support.hostile.place import questions
from tests.support.house import ANALYSIS, ScriptedEngine, a_house, a_mail
from tests.support.mailserver import MailServer, mail_server
from tests.support.model_server import ModelServer, answers

from repondeur.attachments.reader import FileReader
from repondeur.bounded.limits import ChildLimits
from repondeur.bounded.pool import Pool
from repondeur.errors import MessageUnreadable

__all__ = ["mail_server"]

SECONDS, MEMORY = 5, 512 * MIB  # what is promised
OVER = {"bounded.time", "bounded.memory", "bounded.too_large"}
MEASURED = "tests.support.hostile.measured:measured"
BOMBS = {bomb.name: bomb for bomb in bombs()}
LONG = bool(os.environ.get("SOAK"))
SIZE = MIB if LONG else MIB // 8  # of what is only long, when it goes the whole way
KINDS = ["words", "lines", "quotes", "markup", "base64"]
GOOD = b"From: ann@outside.test\r\nTo: us@x.test\r\nSubject: a\r\n\r\nBonjour, livrez-vous ?\r\n"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool() -> AsyncIterator[Pool]:
    async with Pool(MEASURED, size=1) as opened:
        yield opened


def payload(raw: bytes) -> bytes:
    return b'{"languages": ["en", "fr"], "header_only": false}\n' + raw


async def measure(pool: Pool, raw: bytes) -> str:
    """The code of the refusal, "" when it was read. What has ended the child has met its limits; else they are looked
    at here."""
    try:
        told = json.loads(await pool.run(payload(raw)))
    except MessageUnreadable as error:
        return error.reason.code
    assert told["seconds"] <= SECONDS, told
    assert told["memory"] <= MEMORY, told
    return str(told["code"])


async def test_the_limits_are_those_that_are_promised() -> None:
    assert (ChildLimits().seconds, ChildLimits().memory_bytes) == (SECONDS, MEMORY)


@pytest.mark.parametrize("name", BOMBS)
async def test_a_bomb_ends_within_the_limits_and_the_next_mail_is_read(pool: Pool, name: str) -> None:
    code = await measure(pool, BOMBS[name].raw)
    assert code not in {"bounded.failed", "bounded.crashed"}
    assert (code == "") == BOMBS[name].readable, code
    assert await measure(pool, GOOD) == ""


@pytest.mark.parametrize("kind", KINDS)
async def test_the_largest_mail_ends_within_the_limits(pool: Pool, kind: str, figure: Callable[[str], None]) -> None:
    code = await measure(pool, huge(25 * MIB, kind))
    figure(f"25 MB of {kind}: {code or 'read'}")
    assert code in {"", *OVER}
    assert await measure(pool, huge(25 * MIB + 1, kind)) == "mail.over_size"
    assert await measure(pool, GOOD) == ""


async def test_an_archive_that_unpacks_to_too_much_is_named_as_such() -> None:
    packed = zip_bomb()
    assert len(packed) < 250_000
    async with FileReader() as reader:
        for name in ("a.zip", "a.docx"):
            read = await reader.read(name, "application/zip", packed)
            assert read.not_read is not None
            assert read.not_read.code == "attachment.bomb", read
            assert not read.text
        assert (await reader.read("a.txt", "text/plain", b"Bonjour, voici.")).text


async def test_a_mail_that_kills_its_child_is_held_and_not_tried_again(tmp_path: Path) -> None:
    deadly = a_mail(2, X_Deadly="yes")
    assert DEADLY in deadly
    engine = ScriptedEngine(replace(ANALYSIS, reply="Bonjour,\n\nmerci pour votre message.\n\nBien cordialement"))
    async with (
        Pool("tests.support.hostile.measured:dies_of_some", size=1) as reader,
        FileReader() as files,
        a_house(tmp_path, engine, readers=(reader, files)) as house,
    ):
        for raw in (a_mail(1), deadly, a_mail(3, author="other@client.example")):
            house.mailbox.put(raw)
        with structlog.testing.capture_logs() as logs:
            mails = await house.work()
        deaths = [line for line in logs if line["event"] == "bounded.child_ended"]
        assert 2 <= len(deaths) <= 4, "twice for its text, as a used child may be to blame, and for its header"
        assert {mail.message.size for mail in mails if mail.message} >= {len(deadly)}
        ends = {len(mail.message.text) == 0: (mail.state, mail.reason) for mail in mails if mail.message}
        state, reason = ends[True]
        assert (str(state), reason.code if reason else "") == ("held", "bounded.crashed")
        assert len(house.mailbox.submitted) == 2, "the ones before and after it"
        with structlog.testing.capture_logs() as logs:
            again = await house.restarted().work()
        assert [line for line in logs if line["event"] == "bounded.child_ended"] == []
        assert len(again) == 3
        assert len(house.mailbox.submitted) == 2


@pytest.mark.servers
async def test_all_bombs_in_one_mailbox_between_two_honest_mails(
    mail_server: MailServer, tmp_path: Path, figure: Callable[[str], None]
) -> None:
    def letters(address: str) -> Iterator[Letter]:
        yield honest("before", questions("fr")[0], address)
        large = Bomb("25 MB", huge(25 * MIB - 1, "base64", address))
        for number, bomb in enumerate([*bombs(address, SIZE), large]):
            mark = f"bomb{number}x"
            raw = b"Message-ID: <%s@outside.test>\r\n" % mark.encode() + bomb.raw
            yield Letter(bomb.name, mark, raw, answers(needs_human=True))
        yield honest("after", questions("en")[0], address)

    script = Scripted()
    with ModelServer(script) as model:
        day = await imap_day(mail_server, tmp_path, letters, model, script, "strict")
    assert day.ended.code == 0, day.ended.err[-3000:]
    states = {one.name: day.state(one) for one in day.letters}
    assert set(states.values()) <= END_STATES, states
    assert (states["before"], states["after"]) == ("answered", "answered")
    assert day.broken() == []
    figure(
        f"{len(states)} bombs in one mailbox: { {state: list(states.values()).count(state) for state in END_STATES} }"
    )
