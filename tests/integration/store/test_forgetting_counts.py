"""A purge forgets what was counted and told once no limit needs it, and makes room for no answer."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select
from tests.support.mails import CLAIRE, NOW, a_mail, taken
from tests.support.stored import rows_of

from repondeur.mail.message import Address
from repondeur.policy.limits import Limits, author_key, same_key
from repondeur.store import limits
from repondeur.store.database import Database
from repondeur.store.forgetting import Forgetting, Retention
from repondeur.store.limits import Sending, SendingWithheld
from repondeur.store.notices import Notices, Planned
from repondeur.store.records import ActionState, Mail, NewMail, Stage, State, StoredAction
from repondeur.store.store import Store
from repondeur.store.tables import alarm, notice, sending
from repondeur.texts import Reason

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OTHER = Address("Zoé", "zoe@client.example")
WIDE = Limits(author=None, thread=None, mailbox=None, day=None, same=None)
OVER = Reason("limits.author", {"limit": 3, "hours": 24})
WHY = Reason("decide.legal_matter", {"phrase": "x"})


@pytest.fixture
def store(database: Database) -> Store:
    return Store(database)


@pytest.fixture
def forgetting(database: Database) -> Forgetting:
    return Forgetting(database)


def within(**some: int) -> Limits:
    return Limits(**({"author": None, "thread": None, "mailbox": None, "day": None, "same": None} | some))


async def answered(store: Store, new: NewMail, limits: Limits = WIDE, hours: int = 0) -> str:
    """Why it was not answered so many hours later, "" when it was."""
    now = NOW + hours * HOUR
    mail = await taken(store, new)
    assert mail.message is not None
    wanted = Sending(author_key(mail.message.author), same_key(mail.message), limits)
    reply = StoredAction(
        mail.id, "reply", ActionState.PLANNED, f"re{mail.id}@us.example", mail.author, "Oui", b"raw", now
    )
    try:
        mail = await store.plan(mail, [], [reply], Stage.ACT, now, automatic=wanted)
    except SendingWithheld as withheld:
        why = withheld.reason.code
    else:
        mail, why = await store.move_action(mail, "reply", ActionState.DONE, now), ""
    await store.end(mail, State.ANSWERED, Reason("way.approved"), Stage.DONE, now)
    return why


def in_thread_1(number: int, author: Address) -> NewMail:
    return replace(a_mail(number, author), thread="thread-1")


async def counted(database: Database) -> list[int]:
    return await database.read(lambda found: list(found.scalars(select(sending.c.mail_id).order_by(sending.c.mail_id))))


async def test_a_purge_makes_room_for_no_answer(store: Store, forgetting: Forgetting) -> None:
    """Whatever it forgets: the mails of a day, or a person."""
    assert [await answered(store, a_mail(number)) for number in (1, 2)] == ["", ""]
    assert await answered(store, a_mail(3, OTHER)) == ""
    await forgetting.purge(Retention(bodies=timedelta(0), records=timedelta(0)), NOW + 23 * HOUR)
    await forgetting.erase(CLAIRE.address, NOW + 23 * HOUR)
    narrow = {
        "author": within(author=2),
        "mailbox": within(mailbox=3),
        "day": within(day=3),
        "thread": within(thread=1),
    }
    assert await answered(store, a_mail(4), narrow["author"], 23) == "limits.author"
    assert await answered(store, a_mail(5, Address("", "new@client.example")), narrow["day"], 23) == "limits.day"
    assert await answered(store, in_thread_1(8, OTHER), narrow["thread"], 23) == "limits.thread"
    assert await answered(store, a_mail(6), narrow["author"], 25) == ""
    assert await answered(store, a_mail(7), narrow["mailbox"], 25) == ""


async def test_the_answers_of_a_thread_count_as_long_as_its_mails_are_known(
    store: Store, forgetting: Forgetting
) -> None:
    await answered(store, a_mail(1))
    kept = Retention(bodies=DAY, records=365 * DAY)
    await forgetting.purge(kept, NOW + 300 * DAY)
    assert await counted(store.database) == [1]
    assert await answered(store, in_thread_1(8, OTHER), within(thread=1), 300 * 24) == "limits.thread"
    await forgetting.purge(kept, NOW + 366 * DAY)
    assert await counted(store.database) == [], "neither what was counted, nor what came too often"


async def test_what_is_left_of_a_person_for_a_day_are_digests(store: Store, forgetting: Forgetting) -> None:
    await answered(store, a_mail(1))
    await forgetting.erase(CLAIRE.address, NOW + HOUR)
    assert await counted(store.database) == [1]
    assert not any(name in rows_of(store.database) for name in (CLAIRE.address, "thread-1", "m1@client.example"))
    row = await store.database.read(lambda found: found.execute(select(sending)).one())
    assert (row.author, row.same) == (author_key(CLAIRE), ""), "what it said is not looked at after ten minutes"
    await forgetting.purge(Retention(), NOW + DAY)
    assert await counted(store.database) == []


async def test_people_are_told_of_a_limit_no_oftener_for_a_purge(database: Database, forgetting: Forgetting) -> None:
    async def first(hours: int) -> bool:
        return await database.run(
            lambda found: limits.first_alarm(found, "support", OVER, author_key(CLAIRE), NOW + hours * HOUR)
        )

    assert await first(0)
    await forgetting.purge(Retention(), NOW + 23 * HOUR)
    assert not await first(23)
    await forgetting.purge(Retention(), NOW + 24 * HOUR)
    assert await database.read(lambda found: found.scalar(select(func.count()).select_from(alarm))) == 0


async def told(database: Database, mail: Mail | None, key: str, state: str = "sent") -> None:
    notices = Notices(database)
    await notices.plan([Planned("ops", key, "held", "support", mail.id if mail else None, WHY)], NOW)
    if state != "planned":
        due = next(one for one in await notices.due(NOW, "ops", ["ops"]) if one.planned.key == key)
        await notices.ended(due.id, state, NOW)


async def test_notices_are_kept_as_long_as_bodies_and_never_of_mail_at_work(
    store: Store, forgetting: Forgetting
) -> None:
    async def keys() -> set[str]:
        return await store.database.read(lambda found: set(found.scalars(select(notice.c.key))))

    mail = await taken(store, a_mail(1))
    await told(store.database, mail, "at work")
    await told(store.database, None, "waits", "planned")
    await told(store.database, None, "failed", "failed")
    assert await keys() == {"at work", "waits", "failed"}
    await forgetting.purge(Retention(bodies=30 * DAY), NOW + 30 * DAY - HOUR)
    assert len(await keys()) == 3
    await forgetting.purge(Retention(bodies=30 * DAY), NOW + 30 * DAY)
    assert await keys() == {"at work", "waits"}
    await store.end(mail, State.IGNORED, WHY, Stage.DONE, NOW)
    await forgetting.purge(Retention(bodies=timedelta(0)), NOW + DAY - HOUR)
    assert await keys() == {"at work", "waits"}, "the same day it might be told again"
    await forgetting.erase(CLAIRE.address, NOW + DAY)
    assert await keys() == {"waits"}


async def test_old_rows_of_many_mails_go(store: Store, forgetting: Forgetting) -> None:
    """Those that were over a limit are of no use after a day, whatever is kept of their mails."""
    for number in range(3):
        await answered(store, a_mail(number), within(author=1))
    assert await counted(store.database) == [1, 2, 3]
    await forgetting.purge(Retention(), NOW + DAY)
    assert await counted(store.database) == [1]
    extra = {"mailbox": "support", "code": "x", "about": "", "at": NOW}
    await store.database.run(lambda found: found.execute(insert(alarm).values(extra)))
    await forgetting.purge(Retention(), NOW + DAY)
    assert "alarm" not in rows_of(store.database)
