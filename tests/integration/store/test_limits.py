"""Places for automatic answers, and pauses, on both databases."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from repondeur.errors import ClaimLost
from repondeur.mail.message import Address, Message, MessageRef
from repondeur.policy.limits import Limits, author_key, same_key
from repondeur.store import gate, limits
from repondeur.store.database import Database
from repondeur.store.limits import Sending, SendingWithheld
from repondeur.store.pauses import Pauses
from repondeur.store.records import ActionState, Mail, NewMail, Stage, StoredAction
from repondeur.store.store import Store
from repondeur.texts import Reason

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
NONE = Limits(author=None, thread=None, mailbox=None, day=None, same=None)


@pytest.fixture
def store(database: Database) -> Store:
    return Store(database)


async def a_mail(
    store: Store, number: int, *, author: str = "a@client.example", thread: str = "", text: str = "", box: str = "box"
) -> Mail:
    said = text or f"{number} apples".replace("0", "o").replace("1", "i")
    message = Message(f"m{number}@x", (Address("", author),), "", said, f"hash-{number}", 50)
    new = NewMail(box, f"{number}", thread or f"t{number}", message, MessageRef("INBOX", f"7/{number}"), NOW)
    mail = await store.claim((await store.arrive([new])).waiting[0].id, None)
    assert mail is not None
    return mail


def wanted(mail: Mail, within: Limits) -> Sending:
    assert mail.message is not None
    return Sending(author_key(mail.message.author), same_key(mail.message), within)


async def planned(store: Store, mail: Mail, within: Limits, now: datetime = NOW) -> Mail:
    reply = StoredAction(
        mail.id, "reply", ActionState.PLANNED, f"re{mail.id}@us", "a@client.example", "Oui", b"raw", now
    )
    return await store.plan(mail, [], [reply], Stage.ACT, now, automatic=wanted(mail, within))


async def outcomes(store: Store, mails: Sequence[Mail], within: Limits, now: datetime = NOW) -> list[str]:
    """For each mail "" or the code of why its answer may not leave, all of them planned at once."""
    found = await asyncio.gather(*(planned(store, mail, within, now) for mail in mails), return_exceptions=True)
    codes = []
    for one in found:
        assert isinstance(one, Mail | SendingWithheld), one
        codes.append(one.reason.code if isinstance(one, SendingWithheld) else "")
    return codes


@asynccontextmanager
async def two_workers(store: Store) -> AsyncIterator[tuple[Store, Store]]:
    """Each with connections of its own."""
    other = Database(store.database.url.render_as_string(hide_password=False))
    try:
        yield store, Store(other)
    finally:
        await other.close()


async def test_no_more_than_the_limit_is_planned_however_many_ask_at_once(store: Store) -> None:
    mails = [await a_mail(store, number) for number in range(12)]
    async with two_workers(store) as (one, two):
        both = await asyncio.gather(
            outcomes(one, mails[::2], replace(NONE, author=3)), outcomes(two, mails[1::2], replace(NONE, author=3))
        )
    codes = [code for codes in both for code in codes]
    assert sorted(codes) == [""] * 3 + ["limits.author"] * 9


async def test_each_limit_counts_its_own(store: Store) -> None:
    within = Limits(author=2, thread=1, mailbox=3, day=4, same=None)
    first = [await a_mail(store, 1, thread="t"), await a_mail(store, 2, thread="t", author="b@client.example")]
    assert [await outcomes(store, [mail], within) for mail in first] == [[""], ["limits.thread"]]
    more = [await a_mail(store, number) for number in (3, 4)]
    assert [await outcomes(store, [mail], within) for mail in more] == [[""], ["limits.author"]]
    others = [await a_mail(store, number, author=f"{number}@client.example") for number in (5, 6)]
    assert [await outcomes(store, [mail], within) for mail in others] == [[""], ["limits.mailbox"]]
    elsewhere = await a_mail(store, 7, box="other")
    assert await outcomes(store, [elsewhere], within) == [""]
    # An hour later there is room in the hour, and one more in the day; a day later in all but the thread.
    for mail, hours, said in (
        (await a_mail(store, 8, author="8@client.example"), 1, ""),
        (await a_mail(store, 9, author="9@client.example"), 2, "limits.day"),
        (await a_mail(store, 10), 24, ""),
        (await a_mail(store, 11, thread="t"), 48, "limits.thread"),
    ):
        assert await outcomes(store, [mail], within, NOW + timedelta(hours=hours)) == [said], mail.id


async def test_what_is_refused_stores_nothing_of_the_plan(store: Store) -> None:
    mail = await a_mail(store, 1)
    with pytest.raises(SendingWithheld) as withheld:
        await planned(store, mail, replace(NONE, author=0))
    assert not withheld.value.paused
    found = await store.get(mail.id)
    assert found is not None
    assert (found.stage, found.actions) == (Stage.UNDERSTAND, ())


async def test_a_reply_that_does_not_leave_gives_its_place_back(store: Store) -> None:
    within = replace(NONE, author=1)
    for number, state in enumerate((ActionState.REFUSED, ActionState.DROPPED, ActionState.PROPOSED)):
        mail = await planned(store, await a_mail(store, number), within)
        await store.move_action(mail, "reply", state, NOW)
    kept = await planned(store, await a_mail(store, 10), within)
    await gate.keep_back(store, kept, Reason("limits.paused"), NOW)
    mail = await planned(store, await a_mail(store, 11), within)
    await store.move_action(mail, "reply", ActionState.UNKNOWN, NOW)  # it may have left
    assert await outcomes(store, [await a_mail(store, 12)], within) == ["limits.author"]


async def test_what_has_waited_for_a_server_counts_when_it_leaves(store: Store) -> None:
    within, later = replace(NONE, author=1), NOW + timedelta(hours=25)
    waited = await planned(store, await a_mail(store, 1), within)
    meanwhile = await planned(store, await a_mail(store, 2), within, later)
    with pytest.raises(SendingWithheld):
        await gate.begin(store, waited, wanted(waited, within), later)
    # Its own place is no hindrance, however often it is begun; nor is there one for what a person has approved.
    for _ in range(2):
        meanwhile = await gate.begin(store, meanwhile, wanted(meanwhile, within), later)
    assert (await gate.begin(store, waited, None, later)).action("reply").state is ActionState.SENDING  # type: ignore[union-attr]


async def test_a_worker_whose_mail_was_taken_over_takes_no_place(store: Store) -> None:
    asleep = await a_mail(store, 1)
    await store.claim(asleep.id, "another")
    with pytest.raises(ClaimLost):
        await planned(store, asleep, replace(NONE, author=1))
    assert await outcomes(store, [await a_mail(store, 2)], replace(NONE, author=1)) == [""]


async def test_the_same_mail_again_and_again_opens_the_breaker(store: Store) -> None:
    within = Limits(author=2, thread=None, mailbox=None, day=None, same=4)
    again = [await a_mail(store, number, text=f"Where is order {number}?") for number in range(5)]
    said = [await outcomes(store, [mail], within) for mail in again]
    assert said == [[""], [""], ["limits.author"], ["limits.paused"], ["limits.paused"]]
    (paused,) = await Pauses(store.database).every()
    assert (paused.mailbox, paused.by, paused.reason.code) == ("box", "breaker", "limits.same_author")
    assert paused.reason.params == {"mailbox": "box", "count": 4, "minutes": 10}
    assert await Pauses(store.database).resume("box", NOW) == [paused]
    # What came before was looked at: it counts no more.
    assert await outcomes(store, [await a_mail(store, 9, text="Where is order 9?", author="b@x")], within) == [""]
    assert await outcomes(store, [await a_mail(store, 10, text="Where is order 10?")], within) == ["limits.author"]


async def test_a_question_that_many_ask_opens_it_much_later(store: Store) -> None:
    within = replace(NONE, same=2)
    mails = [await a_mail(store, number, text="Is the site down?", author=f"{number}@x") for number in range(20)]
    assert await outcomes(store, mails[:19], within) == [""] * 19
    assert await outcomes(store, mails[19:], within) == ["limits.paused"]


async def test_nothing_begins_and_nothing_is_committed_while_paused(store: Store) -> None:
    begun = await planned(store, await a_mail(store, 1), NONE)
    begun = await gate.begin(store, begun, wanted(begun, NONE), NOW)
    ready = await planned(store, await a_mail(store, 2), NONE)
    new = await a_mail(store, 3)
    pauses = Pauses(store.database)
    for mailbox in ("box", ""):
        assert await pauses.pause(mailbox, NOW)
        assert not await pauses.pause(mailbox, NOW + timedelta(hours=1))
        for withheld in (
            gate.commit(store, begun, wanted(begun, NONE), NOW),
            gate.begin(store, ready, wanted(ready, NONE), NOW),
            planned(store, new, NONE),
        ):
            with pytest.raises(SendingWithheld) as found:
                await withheld
            assert found.value.paused
        assert [(one.mailbox, one.since) for one in await pauses.resume("", NOW)] == [(mailbox, NOW)]
    await pauses.pause("another", NOW)
    assert (await gate.commit(store, begun, wanted(begun, NONE), NOW)).action("reply").state is ActionState.COMMITTING  # type: ignore[union-attr]
    assert await pauses.leaving(NOW) == 1
    await pauses.pause("box", NOW)
    approved = await gate.begin(store, ready, None, NOW)  # a person wants it
    await gate.commit(store, approved, None, NOW)


async def test_once_a_pause_has_returned_nobody_begins(store: Store) -> None:
    mails = [await planned(store, await a_mail(store, number), NONE) for number in range(20)]
    async with two_workers(store) as (one, two):
        pausing = asyncio.create_task(Pauses(two.database).pause("", NOW))
        begun = [asyncio.create_task(gate.begin(one, mail, wanted(mail, NONE), NOW)) for mail in mails]
        await pausing
        known = [task.done() and task.exception() is None for task in begun]
        await asyncio.wait(begun)
        stored = [await one.get(mail.id) for mail in mails]
    sending = [mail is not None and mail.actions[0].state is ActionState.SENDING for mail in stored]
    # One that was committed first may tell its worker a moment later; one that was not is refused.
    assert all(
        isinstance(task.exception(), SendingWithheld) for task, has in zip(begun, sending, strict=True) if not has
    )
    assert sum(sending) >= sum(known)


async def test_people_are_told_once_in_a_window(store: Store) -> None:
    def told(code: str, about: str, minutes: float) -> object:
        now = NOW + timedelta(minutes=minutes)
        return store.database.run(lambda found: limits.first_alarm(found, "box", Reason(code), about, now))

    assert await told("limits.mailbox", "", 0)  # type: ignore[misc]
    assert not await told("limits.mailbox", "", 59)  # type: ignore[misc]
    assert await told("limits.mailbox", "", 60)  # type: ignore[misc]
    assert await told("limits.author", "a", 0)  # type: ignore[misc]
    assert await told("limits.author", "b", 0)  # type: ignore[misc]
    assert not await told("limits.author", "a", 60 * 23)  # type: ignore[misc]
