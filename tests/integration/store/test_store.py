"""The store, on both databases it knows."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, text

from repondeur.errors import ClaimLost
from repondeur.mail.message import Address, Message, MessageRef
from repondeur.store import related, review
from repondeur.store.database import Database
from repondeur.store.forgetting import Forgetting, Retention
from repondeur.store.ledger import KeptDraft, Ledger
from repondeur.store.overview import Overview
from repondeur.store.records import ActionState, Mail, Neighbour, NewMail, Stage, State, StoredAction
from repondeur.store.review import ReviewRefused
from repondeur.store.store import Store
from repondeur.texts import Reason

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
CLAIRE = Address("Claire", "claire@client.example")
A_QUESTION = Message("question@client.example", (CLAIRE,), "Une question", "Ma commande ?", "hash-1", 500)


def arrived(message: Message = A_QUESTION, uid: int = 1, thread: str = "t") -> NewMail:
    identity = f"{message.message_id}/{message.content_hash}"
    return NewMail("support", identity, thread, message, MessageRef("INBOX", f"7/{uid}"), NOW)


def numbered(number: int, **changes: object) -> Message:
    return replace(A_QUESTION, message_id=f"m{number}@client.example", content_hash=f"hash-{number}", **changes)


def reply_to(mail: Mail, state: ActionState = ActionState.PLANNED) -> StoredAction:
    return StoredAction(mail.id, "reply", state, f"re{mail.id}@us.example", CLAIRE.address, "Bonjour", b"raw", NOW)


async def purge(store: Store, now: datetime) -> int:
    """How many mails that ended before now were forgotten."""
    return (await Forgetting(store.database).purge(Retention(records=timedelta(0)), now)).records


@pytest.fixture
def store(database: Database) -> Store:
    return Store(database)


async def taken(store: Store, new: NewMail | None = None, worker: str | None = None) -> Mail:
    waiting = (await store.arrive([new or arrived()])).waiting
    mail = await store.claim(waiting[0].id, worker)
    assert mail is not None
    return mail


async def test_a_mail_comes_back_as_it_was_stored(store: Store) -> None:
    mail = await taken(store)
    assert mail.message == A_QUESTION
    assert (mail.refs, mail.stage, mail.state) == ((MessageRef("INBOX", "7/1"),), Stage.UNDERSTAND, None)


async def test_the_same_mail_under_another_uid_is_known(store: Store) -> None:
    mail = await taken(store)
    await store.end(mail, State.ANSWERED, Reason("way.approved"), Stage.DONE, NOW)
    again = await store.arrive([arrived(uid=2)])
    assert again.waiting == ()
    assert [(new.ref.id, state) for new, state in again.known] == [("7/2", State.ANSWERED)]
    assert await store.known("support", [MessageRef("INBOX", "7/2")]) == set()
    await store.place(again.known[0][0])
    assert await store.known("support", [MessageRef("INBOX", "7/2")]) == {MessageRef("INBOX", "7/2")}


async def test_two_watchers_that_see_one_mail_store_it_once(store: Store) -> None:
    both = await asyncio.gather(store.arrive([arrived()]), store.arrive([arrived()]))
    assert sorted(len(one.waiting) for one in both) == [0, 1]


async def test_what_a_worker_stores_is_refused_once_another_has_the_mail(store: Store) -> None:
    asleep = await taken(store, worker="one")
    asleep = await store.plan(asleep, [], [reply_to(asleep)], Stage.ACT, NOW)
    awake = await store.claim(asleep.id, "two")
    assert awake is not None
    for late in (
        store.move_action(asleep, "reply", ActionState.COMMITTING, NOW),
        store.end(asleep, State.ANSWERED, Reason("x.y"), Stage.DONE, NOW),
        store.later(asleep, NOW, None),
        store.found(asleep, "understand", Reason("x.y"), Stage.DECIDE, NOW),
        store.finish(asleep, "reply", NOW),
    ):
        with pytest.raises(ClaimLost):
            await late
    unchanged = await store.get(asleep.id)
    assert unchanged is not None
    assert unchanged.action("reply") == reply_to(asleep)
    await store.release(asleep)
    still_held = await store.get(asleep.id)
    assert still_held is not None
    assert still_held.claim == "two"


async def test_a_failed_write_leaves_no_trace_and_hurts_no_other(database: Database) -> None:
    def fails(connection: Connection) -> None:
        connection.execute(
            text("INSERT INTO passage (id, title, text, language, visibility, source) VALUES ('a', '', '', '', '', '')")
        )
        raise ValueError

    def counts(connection: Connection) -> int:
        return int(connection.scalar(text("SELECT count(*) FROM passage")) or 0)

    results = await asyncio.gather(
        *(database.run(fails) for _ in range(3)), database.run(counts), return_exceptions=True
    )
    assert [type(result) for result in results] == [ValueError, ValueError, ValueError, int]
    assert await database.run(counts) == 0


@pytest.mark.parametrize(
    ("message", "thread"),
    [
        pytest.param(numbered(9, references=("m1@client.example", "x@y")), "t", id="refers to a mail we know"),
        pytest.param(numbered(9, in_reply_to=("re1@us.example",)), "t", id="replies to our answer"),
        pytest.param(numbered(9, references=("root@x", "p@x")), "root@x", id="refers to what we do not know: its root"),
        pytest.param(numbered(9), "m9@client.example", id="refers to nothing: itself"),
        pytest.param(replace(numbered(9), message_id=None), "hash-9", id="has no Message-ID: its content"),
    ],
)
async def test_the_thread_of_a_mail(store: Store, message: Message, thread: str) -> None:
    mail = await taken(store, arrived(numbered(1)))
    await store.plan(mail, [], [replace(reply_to(mail), message_id="re1@us.example")], Stage.ACT, NOW)
    assert await related.thread_of(store.database, "support", message) == thread


async def test_the_neighbours_of_a_mail_are_the_others_of_its_thread_oldest_first(store: Store) -> None:
    other = Address("", "other@client.example")
    first = await taken(store, arrived(numbered(1), 1))
    await store.arrive(
        [arrived(numbered(2, authors=(other,)), 2), arrived(numbered(3), 3), arrived(numbered(4), 4, "another thread")]
    )
    await store.end(first, State.IGNORED, Reason("decide.superseded", {"newer": 3}), Stage.DONE, NOW)
    last = await store.claim(first.id + 2, None)
    assert last is not None
    assert await related.neighbours(store.database, last) == (
        Neighbour(first.id, "m1@client.example", CLAIRE.address, State.IGNORED, "decide.superseded"),
        Neighbour(first.id + 1, "m2@client.example", other.address, None, None),
    )


async def test_history_lists_every_step_and_a_retry_begins_anew(store: Store) -> None:
    mail = await taken(store)
    mail = await store.found(mail, "understand", Reason("a.b"), Stage.DECIDE, NOW)
    mail = await store.end(mail, State.HELD, Reason("c.d", {"n": 1}), Stage.DONE, NOW)
    await review.retry(store, mail.id, NOW)
    again = await store.get(mail.id)
    assert again is not None
    assert (again.stage, again.state, again.reason, dict(again.steps)) == (Stage.UNDERSTAND, None, None, {})
    assert [name for name, _, _ in await Overview(store.database).history(mail.id)] == ["understand", "end", "retried"]


@pytest.mark.parametrize(
    ("action", "state", "again", "stage"),
    [
        pytest.param(ActionState.PROPOSED, State.HELD, False, Stage.ACT, id="a proposal is planned"),
        pytest.param(ActionState.UNKNOWN, State.HELD, True, Stage.ACT, id="unknown, and the person insists"),
        pytest.param(ActionState.UNKNOWN, State.HELD, False, None, id="unknown is not sent again just so"),
        pytest.param(ActionState.SENT, State.ANSWERED, False, None, id="answered already"),
        pytest.param(ActionState.REFUSED, State.FAILED, False, None, id="refused by the server: nothing to approve"),
    ],
)
async def test_what_a_person_may_approve(
    store: Store, action: ActionState, state: State, again: bool, stage: Stage | None
) -> None:
    mail = await taken(store)
    mail = await store.plan(mail, [], [reply_to(mail, action)], Stage.ACT, NOW)
    mail = await store.end(mail, state, Reason("x.y"), Stage.DONE, NOW)
    if stage is None:
        with pytest.raises(ReviewRefused):
            await review.approve(store, mail.id, NOW, again=again)
        return
    await review.approve(store, mail.id, NOW, again=again)
    planned = await store.get(mail.id)
    assert planned is not None
    assert planned.stage is stage
    assert planned.actions == (reply_to(mail, ActionState.PLANNED),)


async def test_an_approved_draft_is_sent_as_the_very_same_message(store: Store) -> None:
    mail = await taken(store)
    draft = replace(reply_to(mail, ActionState.DONE), kind="draft")
    mail = await store.plan(mail, [], [draft], Stage.ACT, NOW)
    await store.end(mail, State.DRAFTED, Reason("x.y"), Stage.DONE, NOW)
    await review.approve(store, mail.id, NOW)
    approved = await store.get(mail.id)
    assert approved is not None
    assert approved.action("reply") == replace(draft, kind="reply", state=ActionState.PLANNED)


async def test_two_people_who_approve_at_once_send_once(store: Store) -> None:
    mail = await taken(store)
    mail = await store.plan(mail, [], [reply_to(mail, ActionState.PROPOSED)], Stage.ACT, NOW)
    await store.end(mail, State.HELD, Reason("x.y"), Stage.DONE, NOW)
    results = await asyncio.gather(*(review.approve(store, mail.id, NOW) for _ in range(2)), return_exceptions=True)
    assert sum(isinstance(result, Exception) for result in results) == 1


async def test_purging_forgets_what_was_said_but_not_that_it_was_handled(store: Store) -> None:
    mail = await taken(store)
    mail = await store.plan(mail, [("decide", Reason("x.y"))], [reply_to(mail, ActionState.DONE)], Stage.ACT, NOW)
    await store.end(mail, State.ANSWERED, Reason("x.y"), Stage.DONE, NOW)
    assert await purge(store, NOW) == 0
    assert await purge(store, NOW + timedelta(seconds=1)) == 1
    purged = await store.get(mail.id)
    assert purged is not None
    assert (purged.message, purged.subject, purged.actions[0].raw, purged.actions[0].text) == (None, "", None, "")
    assert (await store.arrive([arrived(uid=9)])).waiting == ()
    assert await related.is_ours(store.database, f"re{mail.id}@us.example")


async def test_purging_forgets_the_drafts_of_what_was_answered(store: Store) -> None:
    """Those that the server had of our answers: one a mail."""
    old = await taken(store)
    waiting = await taken(store, arrived(numbered(2), 2))
    ledger = Ledger(store.database)
    for mail, state in ((old, State.ANSWERED), (waiting, State.DRAFTED)):
        planned = await store.plan(mail, [], [reply_to(mail, ActionState.SENT)], Stage.ACT, NOW)
        await ledger.keep_draft(mail.mailbox, KeptDraft(f"re{mail.id}@us.example", f"AAMk{mail.id}", "", "", ""))
        await store.end(planned, state, Reason("x.y"), Stage.DONE, NOW)
    await ledger.keep_draft("other", KeptDraft(f"re{old.id}@us.example", "AAMk", "", "", ""))
    assert await purge(store, NOW + timedelta(days=1)) == 1
    assert await ledger.draft(old.mailbox, f"re{old.id}@us.example") is None
    assert await ledger.draft(waiting.mailbox, f"re{waiting.id}@us.example") is not None
    assert await ledger.draft("other", f"re{old.id}@us.example") is not None


@pytest.mark.parametrize("state", [State.HELD, State.DRAFTED, State.FAILED])
async def test_purging_leaves_what_waits_for_a_person(store: Store, state: State) -> None:
    mail = await taken(store)
    mail = await store.plan(mail, [], [reply_to(mail, ActionState.PROPOSED)], Stage.ACT, NOW)
    await store.end(mail, state, Reason("x.y"), Stage.DONE, NOW)
    before = await store.get(mail.id)
    assert await purge(store, NOW + timedelta(days=1)) == 0
    assert await store.get(mail.id) == before


async def test_the_list_is_newest_first_and_can_be_paged(store: Store) -> None:
    await store.arrive([arrived(numbered(n), n) for n in range(1, 6)])
    page = await Overview(store.database).latest(2)
    assert [one.message_id for one in page] == ["m5@client.example", "m4@client.example"]
    assert [one.message_id for one in await Overview(store.database).latest(2, before=page[-1].id)] == [
        "m3@client.example",
        "m2@client.example",
    ]
    assert await Overview(store.database).counts() == {("support", "understand"): 5}


async def test_the_same_mail_in_another_mailbox_belongs_to_the_one_that_had_it_first(store: Store) -> None:
    first = await taken(store)
    second = await taken(store, replace(arrived(), mailbox="sales"))
    assert await related.first_found_in(store.database, second) == "support"
    assert await related.first_found_in(store.database, first) is None
    other = await taken(store, replace(arrived(numbered(2), 2), mailbox="sales"))
    assert await related.first_found_in(store.database, other) is None


async def test_which_mails_of_an_author_wait_in_other_threads(store: Store) -> None:
    async def one(number: int, state: State, *, days: int = 0, mailbox: str = "support") -> Mail:
        new = arrived(numbered(number), number, f"thread {number}")
        mail = await taken(store, replace(new, received=NOW - timedelta(days=days), mailbox=mailbox))
        await store.end(mail, state, Reason("x.y"), Stage.DONE, NOW)
        return mail

    week = NOW - timedelta(days=7)
    await one(1, State.HELD)
    await one(2, State.ANSWERED)
    await one(3, State.HELD, days=8)
    await one(4, State.IGNORED)
    await one(5, State.DRAFTED, mailbox="sales")
    waits = [await one(6, State.HELD), await one(7, State.DRAFTED), await one(8, State.FAILED)]
    newest = await taken(store, arrived(numbered(9), 9, "thread 8"))
    assert await related.waiting_elsewhere(store.database, newest, week) == 2
    assert await related.waiting_elsewhere(store.database, waits[1], week) == 1
