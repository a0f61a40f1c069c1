"""Attachments on the way of a mail: kept from its arrival until they are read, whatever happens in between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import event, func, select
from tests.support import files
from tests.support.eventually import eventually
from tests.support.house import House, Readers, a_house, a_mail, some_readers

from repondeur.attachments.of_mail import read_all
from repondeur.attachments.worth import MailLimits, sorted_out
from repondeur.mail.message import Attachment, Message
from repondeur.store.records import Mail, Stage, State
from repondeur.store.tables import enclosure
from repondeur.texts import Reason

DOCX = files.docx("Facture FA-2026-0417 : le délai est de 30 jours.")
BOMB = files.packed({"a.txt": bytes(60 << 20)})
TEXT = "Bonjour,\n\nvous trouverez ci-joint notre contrat. Quel est le délai de paiement ?\n"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def readers() -> AsyncIterator[Readers]:
    async with some_readers() as opened:
        yield opened


def attaching(number: int = 1, *attached: tuple[str, bytes], text: str = TEXT, **fields: str) -> bytes:
    message = message_from_bytes(a_mail(number, text, **fields), policy=policy.default)
    assert isinstance(message, EmailMessage)
    for name, octets in attached:
        message.add_attachment(octets, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


@pytest_asyncio.fixture(loop_scope="module")
async def house(tmp_path: Path, readers: Readers) -> AsyncIterator[House]:
    async with a_house(tmp_path, readers=readers) as built:
        yield built


async def kept(house: House) -> int:
    query = select(func.count()).select_from(enclosure)
    return await house.parts.store.database.read(lambda connection: connection.scalar(query)) or 0


async def the_mail(house: House) -> Mail:
    (mail,) = await house.mails()
    return mail


def attached(message: Message | None) -> Attachment:
    assert message is not None
    (attachment,) = message.attachments
    return attachment


def reason(attachment: Attachment) -> str | None:
    return attachment.not_read.code if attachment.not_read else None


async def test_the_text_is_there_when_the_engine_is_asked(database_url: str, tmp_path: Path, readers: Readers) -> None:
    async with a_house(tmp_path, database=database_url, readers=readers) as house:
        house.mailbox.put(attaching(1, ("contrat.docx", DOCX)))
        await house.receive()
        waiting = await the_mail(house)
        assert reason(attached(waiting.message)) == "attachment.waiting"
        assert await house.parts.store.contents(waiting) == {0: DOCX}
        (mail,) = await house.work()
        ((asked, _),) = house.engine.asked
        assert "FA-2026-0417" in attached(asked).text
        assert attached(mail.message) == attached(asked)
        assert (mail.state, await kept(house)) == (State.ANSWERED, 0)


async def test_what_a_crash_has_left_unread_is_read_again(house: House) -> None:
    house.mailbox.put(attaching(1, ("contrat.docx", DOCX)))
    await house.receive()
    await house.parts.store.note(await the_mail(house), "attachments", 1, house.clock())
    (mail,) = await house.restarted().work()
    assert "FA-2026-0417" in attached(mail.message).text


async def test_what_ended_the_program_twice_is_given_up(house: House) -> None:
    house.mailbox.put(attaching(1, ("contrat.docx", DOCX)))
    await house.receive()
    await house.parts.store.note(await the_mail(house), "attachments", 2, house.clock())
    (mail,) = await house.restarted().work()
    assert (attached(mail.message).text, reason(attached(mail.message))) == ("", "attachment.given_up")
    assert mail.reason
    assert (mail.state, mail.reason.code) == (State.DRAFTED, "decide.attachment_unread")
    assert await kept(house) == 0


async def test_behind_the_files_of_other_mails_nothing_is_begun(readers: Readers) -> None:
    """Else a mail would be given up for a file that it only waited behind."""
    _, reader = readers
    waits = sorted_out([Attachment("contrat.docx", "application/octet-stream", len(DOCX))], MailLimits())
    begun: list[str] = []

    async def begin() -> None:
        begun.append("now")

    async with asyncio.TaskGroup() as group, reader.turn:
        reading = group.create_task(read_all(waits, {0: DOCX}, reader, MailLimits(), ("fr",), begin=begin))
        await asyncio.sleep(0)  # as far as it can go
        assert begun == []
    (read,) = reading.result()
    assert (begun, "FA-2026-0417" in read.text) == (["now"], True)


async def test_to_be_stopped_is_no_fault_of_the_files(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:  # its child is still to be started, which takes a while
        house.mailbox.put(attaching(1, ("contrat.docx", DOCX)))
        (number,) = await house.receive()
        working = asyncio.create_task(house.handle(number))

        async def begun() -> bool:
            return (await the_mail(house)).steps.get("attachments") == 1

        await eventually(begun)
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
        mail = await the_mail(house)
        assert (mail.steps["attachments"], attached(mail.message).waits) == (0, True)


async def test_nothing_is_kept_of_what_is_not_to_be_answered(house: House) -> None:
    house.mailbox.put(attaching(1, ("contrat.docx", DOCX), Auto_Submitted="auto-generated"))
    await house.receive()
    assert await kept(house) == 0


async def test_what_needs_no_answer_any_more_is_not_read(house: House) -> None:
    ref = house.mailbox.put(attaching(1, ("contrat.docx", DOCX)))
    await house.receive()
    house.mailbox.kept[ref].flags.add("answered")
    house.mailbox.put(a_mail(2, "Bonjour, qui peut me répondre ?", replies_to=["m1@client.example"]))
    first, _ = await house.work()
    assert first.state is State.IGNORED
    assert reason(attached(first.message)) == "attachment.not_needed"
    assert await kept(house) == 0


async def test_a_mail_that_fails_keeps_nothing(house: House) -> None:
    house.mailbox.put(attaching(1, ("contrat.docx", DOCX)))
    (number,) = await house.receive()
    mail = await house.parts.store.get(number)
    assert mail is not None
    ended = await house.parts.store.end(mail, State.FAILED, Reason("way.defect"), Stage.DONE, house.clock())
    assert reason(attached(ended.message)) == "attachment.not_needed"
    assert await kept(house) == 0


async def test_a_bomb_is_named_and_the_next_mail_is_answered(house: House) -> None:
    house.mailbox.put(attaching(1, ("contrat.zip", BOMB), author="eve@client.example"))
    house.mailbox.put(a_mail(2))
    first, second = await house.work()
    assert reason(attached(first.message)) == "attachment.bomb"
    assert first.reason
    assert (first.state, first.reason.code) == (State.DRAFTED, "decide.attachment_unread")
    assert second.state is State.ANSWERED


async def test_a_mail_without_attachments_asks_nothing_more_of_the_store(house: House) -> None:
    asked: list[str] = []
    engine = house.parts.store.database.engine
    event.listen(engine, "before_cursor_execute", lambda _c, _u, statement, *_: asked.append(statement))
    house.mailbox.put(a_mail(1))
    (mail,) = await house.work()
    assert mail.state is State.ANSWERED
    assert "attachments" not in mail.steps
    assert asked
    assert not any("enclosure" in statement for statement in asked)
