"""What happens between two moments: a second delivery while a mail is on its way, a look while a mail is in hand."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from tests.support.eventually import eventually
from tests.support.house import Readers, ScriptedEngine, a_house, a_mail, some_readers

from repondeur.engines.base import Context
from repondeur.mail.message import Message
from repondeur.pipeline.dispatch import LocalDispatcher
from repondeur.policy.analysis import Analysis
from repondeur.policy.retry import Again
from repondeur.store import review
from repondeur.store.records import ActionState, State
from repondeur.store.review import ReviewRefused

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def readers() -> AsyncIterator[Readers]:
    async with some_readers() as opened:
        yield opened


class Thinking(ScriptedEngine):
    """Answers when it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may = asyncio.Event()

    async def analyse(self, message: Message, context: Context) -> Analysis:
        answer = await super().analyse(message, context)
        await self.may.wait()
        return answer


async def test_a_mail_that_comes_again_while_it_is_worked_is_marked_in_both_places(
    tmp_path: Path, readers: Readers
) -> None:
    engine = Thinking()
    async with a_house(tmp_path, engine, readers=readers) as house:
        house.mailbox.put(a_mail())
        (mail_id,) = await house.receive()
        way = asyncio.create_task(house.handle(mail_id))
        await eventually(lambda: engine.asked)
        house.mailbox.put(b"Received: from elsewhere\r\n" + a_mail())
        assert await house.receive() == []
        engine.may.set()
        await way
        await house.receive()  # the next look
        assert [mail.state for mail in await house.mails()] == [State.ANSWERED]
        assert len(house.mailbox.submitted) == 1
        assert [kept.flags for kept in house.mailbox.kept.values()] == [{"seen", "answered"}] * 2


async def test_a_look_at_what_is_unfinished_takes_no_pause_from_a_mail_that_fails_meanwhile(
    tmp_path: Path, readers: Readers
) -> None:
    may, tries = asyncio.Event(), 0

    async def fails(_: int) -> Again:
        nonlocal tries
        tries += 1
        await may.wait()
        return Again(datetime.now(UTC) + timedelta(hours=1))

    async with a_house(tmp_path, readers=readers) as house:
        house.mailbox.put(a_mail())
        await house.receive()
        dispatcher = LocalDispatcher(fails, house.parts.store, 1)
        await dispatcher.start()
        await eventually(lambda: tries)
        await dispatcher.submit(await house.parts.store.unfinished())
        may.set()
        await dispatcher.quiet(1)
        assert tries == 1
        await dispatcher.close(5)


async def test_the_last_try_of_a_mail_that_fails_when_its_answer_may_have_left_asks_a_person(
    tmp_path: Path, readers: Readers
) -> None:
    """And no answer of it can leave a second time without their word."""
    async with a_house(tmp_path, readers=readers) as house:
        lasting = replace(
            house, parts=replace(house.parts, settings=house.parts.settings.model_copy(update={"max_tries": 1}))
        )
        house.mailbox.after_commit = [ValueError("a defect between the server and us")]
        house.mailbox.put(a_mail())
        (mail,) = await lasting.work()
        assert (mail.state, mail.reason and mail.reason.code) == (State.HELD, "way.sending_unknown")
        reply = mail.action("reply")
        assert reply is not None
        assert reply.state is ActionState.UNKNOWN
        with pytest.raises(ReviewRefused):
            await review.approve(house.parts.store, mail.id, house.clock())
        await review.approve(house.parts.store, mail.id, house.clock(), again=True)
