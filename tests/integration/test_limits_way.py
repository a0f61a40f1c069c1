"""The way of a mail past limits, pauses and the breaker: what leaves, what waits, and who is told."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from tests.support.house import ANALYSIS, House, Readers, ScriptedEngine, a_house, a_mail, some_readers

from repondeur.errors import MailboxUnavailable, SubmissionRefused
from repondeur.mailboxes.base import Submission
from repondeur.store import review
from repondeur.store.pauses import Pauses
from repondeur.store.records import ActionState, Mail, State
from repondeur.texts import Reason

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def readers() -> AsyncIterator[Readers]:
    async with some_readers() as opened:
        yield opened


def asks_back() -> ScriptedEngine:
    return ScriptedEngine(replace(ANALYSIS, reply="Bonjour, pouvez-vous me dire de quelle commande il s’agit ?"))


class Told:
    """Remembers what people were told."""

    def __init__(self) -> None:
        self.of: list[tuple[str, str, int | None]] = []

    async def __call__(self, reason: Reason, mailbox: str, mail: int | None) -> None:
        self.of.append((reason.code, mailbox, mail))


def told_in(house: House) -> tuple[House, Told]:
    told = Told()
    return replace(house, parts=replace(house.parts, alarm=told)), told


def ends(mails: list[Mail]) -> list[tuple[State | None, str]]:
    return [(mail.state, mail.reason.code if mail.reason else "") for mail in mails]


def pauses(house: House) -> Pauses:
    return Pauses(house.parts.store.database)


async def test_the_fourth_mail_of_an_author_is_a_draft_and_a_person_is_told_once(
    tmp_path: Path, readers: Readers
) -> None:
    async with a_house(tmp_path, asks_back(), readers=readers) as opened:
        house, told = told_in(opened)
        for number in range(5):
            house.mailbox.put(a_mail(number, f"Question {'x' * number} ?\n", author=f"claire+{number}@client.example"))
        mails = await house.work()
        assert ends(mails)[3:] == [(State.DRAFTED, "limits.author")] * 2
        assert [mail.state for mail in mails[:3]] == [State.ANSWERED] * 3
        assert (len(house.mailbox.submitted), len(house.mailbox.drafts)) == (3, 2)
        assert told.of == [("limits.author", house.mailbox.name, mails[3].id)]
        # A draft that a person approves is not counted, and is not stopped.
        await review.approve(house.parts.store, mails[4].id, house.clock())
        await house.work()
        assert len(house.mailbox.submitted) == 4
        house.clock.passes(24 * 3600 + 1)
        house.mailbox.put(a_mail(9, "Encore une question ?\n"))
        assert (await house.work())[-1].state is State.ANSWERED


async def test_a_conversation_ends_after_two_answers(tmp_path: Path, readers: Readers) -> None:
    async with a_house(tmp_path, asks_back(), readers=readers, limit_author="none") as house:
        seen: list[str] = []
        for number in range(4):
            house.mailbox.put(a_mail(number, f"Et {'x' * number} ?\n", replies_to=seen))
            mails = await house.work()
            seen.append(f"m{number}@client.example")
            house.clock.passes(3600)
        assert ends(mails)[2:] == [(State.DRAFTED, "limits.thread")] * 2
        assert len(house.mailbox.submitted) == 2


async def test_the_same_mail_in_a_burst_stops_the_mailbox_until_a_person_resumes_it(
    tmp_path: Path, readers: Readers
) -> None:
    async with a_house(tmp_path, asks_back(), readers=readers, breaker_same="5") as opened:
        house, told = told_in(opened)
        for number in range(6):
            house.mailbox.put(a_mail(number, f"Ticket {number} ouvert.\nOù en est-il ?\n", subject=f"Ticket {number}"))
        house.mailbox.put(a_mail(7, "Une autre question ?\n", author="paul@client.example"))
        mails = await house.work()
        assert ends(mails)[3:] == [(State.DRAFTED, "limits.author"), *[(State.HELD, "limits.paused")] * 3]
        assert [code for code, _, _ in told.of] == ["limits.author", "limits.same_author"]
        held = mails[-1].action("reply")
        assert held is not None
        assert held.state is ActionState.PROPOSED
        await pauses(house).resume("", house.clock())
        house.mailbox.put(a_mail(8, "Une question de plus ?\n", author="paul@client.example"))
        assert (await house.work())[-1].state is State.ANSWERED
        await review.approve(house.parts.store, mails[-1].id, house.clock())
        assert (await house.work())[-2].state is State.ANSWERED


async def test_while_paused_mail_is_decided_and_waits_and_a_person_may_still_send(
    tmp_path: Path, readers: Readers
) -> None:
    async with a_house(tmp_path, asks_back(), readers=readers) as opened:
        house, told = told_in(opened)
        await pauses(house).pause(house.mailbox.name, house.clock())
        house.mailbox.put(a_mail())
        (mail,) = await house.work()
        assert (ends([mail]), house.mailbox.submitted, told.of) == ([(State.HELD, "limits.paused")], [], [])
        await review.approve(house.parts.store, mail.id, house.clock())
        (mail,) = await house.work()
        assert mail.state is State.ANSWERED
        assert b"Auto-Submitted" not in house.mailbox.submitted[0].raw


async def test_what_waits_for_its_server_does_not_leave_once_paused(tmp_path: Path, readers: Readers) -> None:
    async with a_house(tmp_path, asks_back(), readers=readers) as house:
        house.mailbox.before_commit = [MailboxUnavailable("smtp.later", server="x", reply="421")]
        house.mailbox.put(a_mail())
        (mail,) = await house.work()
        assert mail.state is None
        await pauses(house).pause("", house.clock())
        house.clock.passes(60)
        (mail,) = await house.work()
        assert (ends([mail]), house.mailbox.submitted) == ([(State.HELD, "limits.paused")], [])
        await review.approve(house.parts.store, mail.id, house.clock())
        (mail,) = await house.work()
        # It is a person's now, and composed as such.
        assert mail.state is State.ANSWERED
        assert b"Auto-Submitted" not in house.mailbox.submitted[0].raw


async def test_a_pause_in_the_middle_of_handing_over_stops_it(tmp_path: Path, readers: Readers) -> None:
    async with a_house(tmp_path, asks_back(), readers=readers) as house:
        connected, go_on = asyncio.Event(), asyncio.Event()
        inner = house.mailbox.submit

        async def slowly(submission: Submission, committing: object) -> None:
            connected.set()
            await go_on.wait()
            await inner(submission, committing)  # type: ignore[arg-type]

        house.mailbox.submit = slowly  # type: ignore[method-assign]
        house.mailbox.put(a_mail())
        (number,) = await house.receive()
        working = asyncio.create_task(house.handle(number))
        await connected.wait()
        await pauses(house).pause("", house.clock())
        assert await pauses(house).leaving(house.clock()) == 0
        go_on.set()
        await working
        assert house.mailbox.submitted == []
        (mail,) = await house.mails()
        assert ends([mail]) == [(State.HELD, "limits.paused")]
        assert house.mailbox.withdrawn == [reply.message_id for reply in mail.actions]


async def test_a_refused_answer_gives_its_place_to_the_next(tmp_path: Path, readers: Readers) -> None:
    async with a_house(tmp_path, asks_back(), readers=readers, limit_author="1") as house:
        house.mailbox.after_commit = [SubmissionRefused("smtp.message_refused", server="x", reply="550")]
        house.mailbox.put(a_mail(1, "Une question ?\n"))
        house.mailbox.put(a_mail(2, "Une autre ?\n"))
        house.mailbox.put(a_mail(3, "Et encore une ?\n"))
        mails = await house.work()
        assert [mail.state for mail in mails] == [State.FAILED, State.ANSWERED, State.DRAFTED]
