"""The whole way of a mail, with a mailbox in memory and a scripted engine."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path
from typing import TypeVar

import pytest
import pytest_asyncio
from sqlalchemy import Connection
from tests.support.eventually import eventually
from tests.support.house import ANALYSIS, CLAIRE, US, House, Readers, ScriptedEngine, a_house, a_mail, some_readers
from tests.support.memory_mailbox import MemoryMailbox

from repondeur.engines.base import Context
from repondeur.errors import (
    EngineAnswerInvalid,
    EngineUnavailable,
    FolderMissing,
    LoginRefused,
    MailboxUnavailable,
    SettingsError,
    StoreUnavailable,
    SubmissionRefused,
    SubmissionUnknown,
)
from repondeur.mail.message import Message
from repondeur.mailboxes.base import Submission
from repondeur.pipeline.agent import once
from repondeur.pipeline.dispatch import LocalDispatcher
from repondeur.policy.analysis import Analysis
from repondeur.store import review
from repondeur.store.database import Database
from repondeur.store.mailboxes import rename
from repondeur.store.records import ActionState, Mail, Stage, State
from repondeur.store.review import ReviewRefused
from repondeur.texts import Reason

T = TypeVar("T")
LOST = SubmissionUnknown("smtp.outcome_unknown", server="smtp.example")
AWAY = MailboxUnavailable("smtp.connection_lost", server="smtp.example")


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def readers() -> AsyncIterator[Readers]:
    async with some_readers() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def house(tmp_path: Path, readers: Readers) -> AsyncIterator[House]:
    async with a_house(tmp_path, readers=readers) as opened:
        yield opened


async def the_mail(house: House) -> Mail:
    (mail,) = await house.mails()
    return mail


def ended(mail: Mail) -> tuple[State | None, str | None, Stage]:
    return mail.state, mail.reason.code if mail.reason else None, mail.stage


async def test_a_question_is_answered_once_in_thread(house: House) -> None:
    house.mailbox.put(a_mail())
    (mail,) = await house.work()
    assert ended(mail) == (State.ANSWERED, "decide.answer_without_passage", Stage.DONE)
    (submission,) = house.mailbox.submitted
    reply = message_from_bytes(submission.raw)
    assert (submission.recipient, submission.return_path) == (CLAIRE, "")
    assert (reply["In-Reply-To"], reply["Auto-Submitted"]) == ("<m1@client.example>", "auto-replied")
    assert list(house.mailbox.sent) == [submission.message_id]
    assert [kept.flags for kept in house.mailbox.kept.values()] == [{"seen", "answered"}]
    assert await house.work() == [mail]
    assert len(house.mailbox.submitted) == 1


async def test_the_same_mail_delivered_twice_is_answered_once_and_marked_twice(house: House) -> None:
    house.mailbox.put(a_mail())
    await house.work()
    house.mailbox.put(b"Received: from elsewhere\r\n" + a_mail())
    await house.work()
    assert len(house.mailbox.submitted) == 1
    assert [kept.flags for kept in house.mailbox.kept.values()] == [{"seen", "answered"}] * 2


async def test_a_second_mail_with_the_same_message_id_is_a_mail_of_its_own(house: House) -> None:
    house.mailbox.put(a_mail())
    house.mailbox.put(a_mail(text="Autre question : livrez-vous en Suisse ?\n"))
    mails = await house.work()
    assert [mail.state for mail in mails] == [State.ANSWERED, State.ANSWERED]
    assert len({one.message_id for one in house.mailbox.submitted}) == 2


async def test_people_who_write_by_the_same_form_are_told_apart(house: House) -> None:
    for number, visitor in enumerate(("anna", "bert"), 1):
        house.mailbox.put(
            a_mail(
                number,
                author="form@client.example",
                replies_to=["form@client.example"],
                Reply_To=f"{visitor}@x.example",
            )
        )
    mails = await house.work()
    assert [mail.state for mail in mails] == [State.DRAFTED, State.DRAFTED]


async def test_thanks_do_not_hide_an_emergency_a_minute_earlier(tmp_path: Path, readers: Readers) -> None:
    thanks = replace(ANALYSIS, intent="thanks", needs_reply=False, reply="")
    async with a_house(tmp_path, ScriptedEngine(thanks), readers=readers) as house:
        house.mailbox.put(a_mail(1, "Il y a une fuite d'eau chez moi, que dois-je faire ?\n"))
        house.mailbox.put(a_mail(2, "Merci d'avance.\n", replies_to=["m1@client.example"]))
        mails = await house.work()
        assert [mail.state for mail in mails] == [State.IGNORED, State.HELD]


async def test_who_names_a_thread_of_others_is_not_shown_it(house: House) -> None:
    house.mailbox.put(a_mail(1, "Mon code secret est 4711.\n"))
    await house.work()
    ours = house.mailbox.submitted[0].message_id
    house.mailbox.put(a_mail(2, "Et alors ?\n", author="eve@evil.example", replies_to=["m1@client.example", ours]))
    await house.work()
    assert house.engine.asked[-1][1].thread == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"From:", b"Authentication-Results: mx.us.example; dmarc=fail header.from=client.example\nFrom:"),
        (b"From:", b"From: Eve <eve@evil.example>\nFrom:"),
        (b"<claire@client.example>", b"<claire@client.example>x@evil.example"),
    ],
    ids=["forged", "two authors", "read in two ways"],
)
async def test_nobody_is_shown_earlier_mail_of_an_author_who_is_not_certain(
    tmp_path: Path, readers: Readers, old: bytes, new: bytes
) -> None:
    async with a_house(tmp_path, readers=readers, authserv_id="mx.us.example") as house:
        house.mailbox.put(a_mail(1, "Mon code secret est 4711.\n"))
        await house.work()
        followed_up = a_mail(2, "Et alors ?\n", replies_to=["m1@client.example", house.mailbox.submitted[0].message_id])
        house.mailbox.put(followed_up.replace(old, new, 1))
        house.mailbox.put(followed_up.replace(b"<m2@", b"<m3@"))
        mails = await house.work()
        assert mails[1].state is State.HELD
        shown = {message.message_id: context.thread for message, context in house.engine.asked}
        assert shown["m2@client.example"] == ()
        assert len(shown["m3@client.example"]) > 0, "it is there to be shown"


PASS = b"Authentication-Results: mx.us.example; dmarc=pass header.from=client.example\n"


@pytest.mark.parametrize(
    ("older", "old", "new"),
    [
        (PASS, b"From:", PASS.replace(b"pass", b"fail") + b"From:"),
        (b"", b"From:", PASS.replace(b"pass", b"fail") + b"From:"),
        (PASS, b"From:", b"X-Nothing: x\nFrom:"),
        (b"", b"From:", b"From: Eve <eve@evil.example>\nFrom:"),
        (b"", b"<claire@client.example>", b"<claire@client.example>x@evil.example"),
    ],
    ids=["forged", "forged, the older unknown", "less sure", "two authors", "read in two ways"],
)
async def test_nobody_silences_an_author_with_a_mail_in_their_name(
    tmp_path: Path, readers: Readers, older: bytes, old: bytes, new: bytes
) -> None:
    async with a_house(tmp_path, readers=readers, authserv_id="mx.us.example") as house:
        house.mailbox.put(older + a_mail(1))
        house.mailbox.put(a_mail(2, "Never mind.\n", replies_to=["m1@client.example"]).replace(old, new, 1))
        mails = await house.work()
        assert mails[0].state is State.ANSWERED


async def test_an_author_who_is_as_sure_as_before_is_answered_once_for_both(tmp_path: Path, readers: Readers) -> None:
    async with a_house(tmp_path, readers=readers, authserv_id="mx.us.example") as house:
        house.mailbox.put(PASS + a_mail(1))
        house.mailbox.put(PASS + a_mail(2, "Je voulais dire la commande 77120.\n", replies_to=["m1@client.example"]))
        assert [mail.state for mail in await house.work()] == [State.IGNORED, State.ANSWERED]


async def test_of_several_mails_of_a_thread_the_newest_is_answered_with_the_others_in_sight(house: House) -> None:
    house.mailbox.put(a_mail(1))
    house.mailbox.put(a_mail(2, "Je voulais dire la commande 77120.\n", replies_to=["m1@client.example"]))
    house.mailbox.put(a_mail(3, "Merci d'avance !\n", replies_to=["m1@client.example", "m2@client.example"]))
    mails = await house.work()
    assert [mail.state for mail in mails] == [State.IGNORED, State.IGNORED, State.ANSWERED]
    assert [mail.reason.code for mail in mails[:2] if mail.reason] == ["decide.superseded"] * 2
    ((message, _),) = house.engine.asked
    assert "où en est ma commande" in message.text
    assert "77120" in message.text
    assert [one.recipient for one in house.mailbox.submitted] == [CLAIRE]


async def test_mails_of_others_in_the_thread_are_each_answered(house: House) -> None:
    house.mailbox.put(a_mail(1))
    house.mailbox.put(a_mail(2, author="paul@client.example", replies_to=["m1@client.example"]))
    mails = await house.work()
    assert [mail.state for mail in mails] == [State.ANSWERED, State.ANSWERED]


async def test_a_copy_that_was_changed_on_its_way_is_the_same_mail(house: House) -> None:
    house.mailbox.put(a_mail(1))
    house.mailbox.put(a_mail(1, "Bonjour, où en est ma commande ?\n\n_____\nListe des clients\n"))
    mails = await house.work()
    assert [mail.state for mail in mails] == [State.ANSWERED, State.IGNORED]
    assert mails[1].reason == Reason("decide.same_mail", {"other": mails[0].id})


async def test_an_absence_note_in_the_thread_supersedes_nothing(house: House) -> None:
    house.mailbox.put(a_mail(1))
    house.mailbox.put(a_mail(2, replies_to=["m1@client.example"], Auto_Submitted="auto-replied"))
    mails = await house.work()
    assert [mail.state for mail in mails] == [State.ANSWERED, State.IGNORED]


async def test_the_engine_is_told_of_us_and_of_what_went_before(tmp_path: Path, readers: Readers) -> None:
    unsure = replace(ANALYSIS, needs_human=True)
    about_us = {"hours": "du lundi au vendredi", "timezone": "Europe/Paris", "signature": "Le magasin"}
    async with a_house(tmp_path, ScriptedEngine(unsure), readers=readers, **about_us) as house:
        house.mailbox.put(a_mail(1, "Où en est ma commande ?\n"))
        await house.work()
        house.mailbox.put(a_mail(2, "Toujours rien ?\n", replies_to=["m1@client.example"]))
        house.mailbox.put(a_mail(3, "Une autre question.\n", author="paul@client.example"))
        await house.work()
        first, second, third = (context for _, context in house.engine.asked)
    assert (second.hours, second.zone, second.signature) == tuple(about_us.values())
    assert second.account == house.mailbox.name
    assert (first.unanswered, second.unanswered, third.unanswered) == (0, 1, 0)


async def test_who_writes_anew_again_and_again_still_waits(tmp_path: Path, readers: Readers) -> None:
    unsure = replace(ANALYSIS, needs_human=True)
    async with a_house(tmp_path, ScriptedEngine(unsure), readers=readers) as house:
        for number in range(1, 5):
            house.mailbox.put(a_mail(number, f"Où en est ma commande 7712{number} ?\n"))
            await house.work()
        told = [context.unanswered for _, context in house.engine.asked]
    assert told == [0, 0, 1, 2]


async def test_without_money_left_a_person_gets_the_mail(tmp_path: Path, readers: Readers) -> None:
    broke = EngineUnavailable("engine.spend_cap", spent="2.00", cap="2.00")
    async with a_house(tmp_path, ScriptedEngine(broke), readers=readers) as house:
        house.mailbox.put(a_mail())
        [mail] = await house.work()
    assert (mail.state, mail.retry_at) == (State.HELD, None)
    assert mail.reason == Reason("engine.spend_cap", {"spent": "2.00", "cap": "2.00"})
    assert len(house.engine.asked) == 1


async def test_an_earlier_answer_of_ours_is_part_of_what_the_engine_sees(house: House) -> None:
    house.mailbox.put(a_mail(1))
    await house.work()
    ours = house.mailbox.submitted[0].message_id
    house.mailbox.put(a_mail(2, "Et pour la Belgique ?\n", replies_to=["m1@client.example", ours]))
    await house.work()
    thread = house.engine.asked[-1][1].thread
    assert [turn.author for turn in thread] == [CLAIRE, "us"]
    assert house.engine.asked[-1][0].text.strip() == "Et pour la Belgique ?"


@pytest.mark.parametrize("how", ["marked in the mailbox", "found in Sent"])
async def test_silence_when_a_person_has_answered(house: House, how: str) -> None:
    ref = house.mailbox.put(a_mail(1))
    (mail_id,) = await house.receive()
    by_hand = a_mail(9, "Je m'en occupe.\n", author=US, to=CLAIRE, replies_to=["m1@client.example"])
    match how:
        case "marked in the mailbox":
            house.mailbox.kept[ref].flags.add("answered")
        case _:
            house.mailbox.sent["m9@client.example"] = by_hand
    await house.handle(mail_id)
    mail = await house.parts.store.get(mail_id)
    assert mail is not None
    assert ended(mail)[:2] == (State.IGNORED, "decide.answered_by_person")
    assert house.mailbox.submitted == []


async def test_a_mail_in_our_name_in_the_thread_is_for_a_person_to_judge(house: House) -> None:
    house.mailbox.put(a_mail(1))
    (mail_id,) = await house.receive()
    house.mailbox.put(a_mail(9, "Je m'en occupe.\n", author=US, to=CLAIRE, replies_to=["m1@client.example"]))
    await house.receive()
    await house.handle(mail_id)
    mail = await house.parts.store.get(mail_id)
    assert mail is not None
    assert ended(mail)[:2] == (State.HELD, "decide.answered_in_thread")
    assert house.mailbox.submitted == []


async def test_a_person_who_answers_while_the_engine_thinks_is_not_talked_over(house: House) -> None:
    ref = house.mailbox.put(a_mail(1))

    class Slow(ScriptedEngine):
        async def analyse(self, message, context):  # type: ignore[no-untyped-def]
            house.mailbox.kept[ref].flags.add("answered")
            house.clock.passes(3)
            return await super().analyse(message, context)

    slow = replace(house, parts=replace(house.parts, engine=Slow()))
    (mail,) = await slow.work()
    assert ended(mail)[:2] == (State.IGNORED, "decide.answered_by_person")
    assert house.mailbox.submitted == []


@pytest.mark.parametrize(
    "failure",
    [
        pytest.param(EngineUnavailable("engine.timeout", server="model.example"), id="down or slow"),
        pytest.param(EngineAnswerInvalid("engine.timeout", server="model.example"), id="nonsense"),
    ],
)
async def test_when_the_model_fails_a_person_gets_the_mail_unread_and_the_next_is_handled(
    tmp_path: Path, readers: Readers, failure: Exception
) -> None:
    async with a_house(tmp_path, ScriptedEngine(failure, ANALYSIS), readers=readers) as house:
        held = house.mailbox.put(a_mail(1))
        house.mailbox.put(a_mail(2))
        mails = await house.work()
        assert [mail.state for mail in mails] == [State.HELD, State.ANSWERED]
        assert house.mailbox.kept[held].flags == set()
        await review.retry(house.parts.store, mails[0].id, house.clock())
        assert (await house.work())[0].state is State.ANSWERED


async def test_a_server_that_is_away_before_the_message_left_is_tried_again(house: House) -> None:
    house.mailbox.before_commit = [AWAY, None]
    house.mailbox.put(a_mail())
    (mail,) = await house.work()
    assert mail.state is None
    assert mail.tries == 1
    assert mail.retry_at is not None
    (mail,) = await house.work()
    assert mail.state is State.ANSWERED
    assert len(house.engine.asked) == 1  # what the engine said is stored


async def test_a_server_that_says_later_after_the_data_is_tried_again(house: House) -> None:
    house.mailbox.after_commit = [AWAY, None]
    house.mailbox.put(a_mail())
    await house.work()
    (mail,) = await house.work()
    assert mail.state is State.ANSWERED
    assert len(house.mailbox.submitted) == 1


async def test_after_the_last_try_the_mail_is_failed_and_can_be_taken_up_again(house: House) -> None:
    house.mailbox.before_commit = [AWAY] * 50
    house.mailbox.put(a_mail())
    for _ in range(house.parts.settings.max_tries):
        (mail,) = await house.work()
    assert ended(mail) == (State.FAILED, "smtp.connection_lost", Stage.DONE)
    house.mailbox.before_commit = []
    await review.retry(house.parts.store, mail.id, house.clock())
    assert (await house.work())[0].state is State.ANSWERED


async def test_a_wrong_password_is_a_matter_of_time(house: House) -> None:
    house.mailbox.before_commit = [LoginRefused("smtp.login_refused", server="smtp.example", user=US)] * 3
    house.mailbox.put(a_mail())
    for _ in range(3):
        assert (await house.work())[0].state is None
    assert (await house.work())[0].state is State.ANSWERED


async def test_a_refusal_for_good_is_shown_to_a_person(house: House) -> None:
    house.mailbox.before_commit = [SubmissionRefused("smtp.message_refused", server="smtp.example", reply="550 no")]
    house.mailbox.put(a_mail())
    (mail,) = await house.work()
    assert ended(mail) == (State.FAILED, "smtp.message_refused", Stage.DONE)
    assert [kept.flags for kept in house.mailbox.kept.values()] == [set()]


async def test_a_line_lost_after_the_dot_is_settled_by_what_lies_in_sent(house: House) -> None:
    house.mailbox.after_commit = [LOST]
    house.mailbox.put(a_mail())
    (mail,) = await house.work()
    action = mail.action("reply")
    assert action is not None
    assert action.state is ActionState.COMMITTING
    (mail,) = await house.work()  # it did not arrive, but the time to look is not over
    assert mail.state is None
    await house.mailbox.submit(_submission(mail), _nothing)  # the server had taken it after all
    (mail,) = await house.work()
    assert ended(mail) == (State.ANSWERED, "decide.answer_without_passage", Stage.DONE)
    assert len(house.mailbox.submitted) == 1


async def test_what_is_found_waiting_is_handed_over_again(house: House) -> None:
    house.mailbox.after_commit = [LOST]
    house.mailbox.put(a_mail())
    (mail,) = await house.work()
    action = mail.action("reply")
    assert action is not None
    house.mailbox.waiting.add(action.message_id)
    (mail,) = await house.work()  # a moment after it was handed over this says nothing yet
    assert mail.state is None
    assert house.mailbox.submitted == []
    house.clock.passes(11)
    (mail,) = await house.work()
    assert ended(mail) == (State.ANSWERED, "decide.answer_without_passage", Stage.DONE)
    assert [one.message_id for one in house.mailbox.submitted] == [action.message_id]


async def test_mail_that_is_gone_before_it_is_read_is_kept_with_the_reason(house: House) -> None:
    ref = house.mailbox.put(a_mail(1))
    house.mailbox.put(a_mail(2))
    house.mailbox.refusals[ref] = Reason("way.empty_message", {})
    gone, answered = await house.work()
    assert (gone.state, gone.reason, gone.refs) == (State.IGNORED, Reason("way.empty_message", {}), ())
    assert answered.state is State.ANSWERED
    assert ref in house.mailbox.taken_refs
    await house.work()
    assert len(await house.mails()) == 2
    del house.mailbox.refusals[ref]  # it came back
    *_, back = await house.work()
    assert (back.state, back.message_id) == (State.ANSWERED, "m1@client.example")


@pytest.mark.parametrize("reachable", [True, False], ids=["no trace of it", "Sent cannot be looked at"])
async def test_without_proof_a_person_is_asked_and_nothing_is_sent_again(house: House, reachable: bool) -> None:
    house.mailbox.after_commit = [LOST]
    house.mailbox.put(a_mail())
    await house.work()
    house.mailbox.reachable = reachable
    house.clock.passes(house.parts.settings.sent_evidence_wait + 1)
    (mail,) = await house.work()
    if not reachable:
        assert mail.state is None, "it comes back, and may tell then"
        house.clock.passes(24 * 3600)
        (mail,) = await house.work()
    assert ended(mail) == (State.HELD, "way.sending_unknown", Stage.DONE)
    assert house.mailbox.submitted == []
    await review.approve(house.parts.store, mail.id, house.clock(), again=True)
    (mail,) = await house.work()
    assert ended(mail) == (State.ANSWERED, "way.approved", Stage.DONE)


async def test_a_mailbox_that_was_away_for_long_tells_what_has_left(house: House) -> None:
    house.mailbox.after_commit = [LOST]
    house.mailbox.put(a_mail())
    (mail,) = await house.work()
    await house.mailbox.submit(_submission(mail), _nothing)
    house.mailbox.reachable = False
    house.clock.passes(3 * house.parts.settings.sent_evidence_wait)
    assert (await house.work())[0].state is None
    house.mailbox.reachable = True
    house.clock.passes(60)
    (mail,) = await house.work()
    assert ended(mail) == (State.ANSWERED, "decide.answer_without_passage", Stage.DONE)
    assert len(house.mailbox.submitted) == 1


async def test_a_right_that_is_refused_at_the_last_word_is_no_doubt(house: House) -> None:
    house.mailbox.after_commit = [LoginRefused("graph.access_denied", mailbox=US, code="ErrorAccessDenied")]
    house.mailbox.put(a_mail())
    (mail,) = await house.work()
    action = mail.action("reply")
    assert action is not None
    assert (mail.state, action.state) == (None, ActionState.PLANNED)
    (mail,) = await house.work()
    assert ended(mail) == (State.ANSWERED, "decide.answer_without_passage", Stage.DONE)


async def test_a_worker_whose_mail_was_taken_over_sends_nothing(house: House) -> None:
    house.mailbox.put(a_mail())
    (mail_id,) = await house.receive()
    asleep = house.restarted("asleep")

    class Pausing(type(house.mailbox)):  # type: ignore[misc]
        async def submit(self, submission, committing):  # type: ignore[no-untyped-def]
            await house.parts.store.claim(mail_id, "awake")  # another worker takes over while this one sleeps
            await committing()
            raise AssertionError("committing must not return to a worker that lost its claim")

    asleep.mailbox.__class__ = Pausing
    assert await asleep.handle(mail_id) is None
    mail = await the_mail(house)
    action = mail.action("reply")
    assert action is not None
    assert (action.state, mail.claim) == (ActionState.SENDING, "awake")


async def test_a_proposal_that_a_person_approves_is_sent_as_a_person_s_mail(tmp_path: Path, readers: Readers) -> None:
    async with a_house(tmp_path, ScriptedEngine(replace(ANALYSIS, needs_human=True)), readers=readers) as house:
        house.mailbox.put(a_mail())
        (mail,) = await house.work()
        assert mail.state is State.HELD
        assert house.mailbox.submitted == []
        await review.approve(house.parts.store, mail.id, house.clock())
        (mail,) = await house.work()
        assert ended(mail) == (State.ANSWERED, "way.approved", Stage.DONE)
        reply = message_from_bytes(house.mailbox.submitted[0].raw)
        assert reply["Auto-Submitted"] is None
        assert "Votre commande part demain." in reply.get_payload(decode=True).decode()


async def test_where_replies_are_off_nothing_is_written(tmp_path: Path, readers: Readers) -> None:
    async with a_house(tmp_path, reply="off", readers=readers) as house:
        house.mailbox.put(a_mail())
        (mail,) = await house.work()
        assert ended(mail) == (State.HELD, "decide.replies_off", Stage.DONE)
        assert (mail.actions, review.left_to_do(mail)) == ((), "no_answer")


async def test_a_rejected_proposal_is_dropped(tmp_path: Path, readers: Readers) -> None:
    async with a_house(tmp_path, ScriptedEngine(replace(ANALYSIS, needs_human=True)), readers=readers) as house:
        house.mailbox.put(a_mail())
        (mail,) = await house.work()
        await review.reject(house.parts.store, mail.id, house.clock())
        (mail,) = await house.work()
        assert ended(mail) == (State.IGNORED, "way.rejected", Stage.DONE)
        assert house.mailbox.submitted == []


async def test_a_draft_lies_in_drafts_and_is_sent_once_approved(tmp_path: Path, readers: Readers) -> None:
    async with a_house(tmp_path, reply="draft", readers=readers) as house:
        house.mailbox.put(a_mail())
        (mail,) = await house.work()
        assert mail.state is State.DRAFTED
        (draft_id,) = house.mailbox.drafts
        await review.approve(house.parts.store, mail.id, house.clock())
        (mail,) = await house.work()
        assert mail.state is State.ANSWERED
        assert [one.message_id for one in house.mailbox.submitted] == [draft_id]


async def test_a_draft_that_a_person_changed_is_not_sent_as_it_was(tmp_path: Path, readers: Readers) -> None:
    async with a_house(tmp_path, reply="draft", readers=readers) as house:
        house.mailbox.put(a_mail())
        (mail,) = await house.work()
        house.mailbox.drafts = dict.fromkeys(house.mailbox.drafts, b"corrected")
        await review.approve(house.parts.store, mail.id, house.clock())
        (mail,) = await house.work()
        assert ended(mail) == (State.HELD, "way.draft_changed", Stage.DONE)
        assert house.mailbox.submitted == []


async def test_a_rejected_draft_goes_out_of_drafts(tmp_path: Path, readers: Readers) -> None:
    async with a_house(tmp_path, reply="draft", readers=readers) as house:
        house.mailbox.put(a_mail())
        (mail,) = await house.work()
        await review.reject(house.parts.store, mail.id, house.clock())
        (mail,) = await house.work()
        assert ended(mail) == (State.IGNORED, "way.rejected", Stage.DONE)
        assert house.mailbox.drafts == {}


async def test_a_rejected_draft_that_a_person_changed_stays_and_that_is_said(tmp_path: Path, readers: Readers) -> None:
    async with a_house(tmp_path, reply="draft", readers=readers) as house:
        house.mailbox.put(a_mail())
        (mail,) = await house.work()
        house.mailbox.drafts = changed = dict.fromkeys(house.mailbox.drafts, b"corrected")
        await review.reject(house.parts.store, mail.id, house.clock())
        (mail,) = await house.work()
        assert ended(mail) == (State.IGNORED, "way.rejected_draft_left", Stage.DONE)
        assert house.mailbox.drafts == changed


async def test_a_draft_that_a_person_has_sent_is_not_sent_again(tmp_path: Path, readers: Readers) -> None:
    async with a_house(tmp_path, reply="draft", readers=readers) as house:
        house.mailbox.put(a_mail())
        (mail,) = await house.work()
        draft = mail.action("draft")
        assert draft is not None
        assert draft.raw is not None
        await review.approve(house.parts.store, mail.id, house.clock())
        by_hand = Submission(draft.message_id, draft.raw, US, draft.recipient)
        await house.mailbox.submit(by_hand, _nothing)
        (mail,) = await house.work()
        assert mail.state is State.ANSWERED
        assert house.mailbox.submitted == [by_hand]


async def test_a_bounce_of_what_a_person_approved_comes_back_to_us(tmp_path: Path, readers: Readers) -> None:
    async with a_house(tmp_path, ScriptedEngine(replace(ANALYSIS, needs_human=True)), readers=readers) as house:
        house.mailbox.put(a_mail())
        (mail,) = await house.work()
        await review.approve(house.parts.store, mail.id, house.clock())
        await house.work()
        assert [one.return_path for one in house.mailbox.submitted] == [US]


async def test_the_mail_of_a_mailbox_that_was_renamed_is_not_answered_again(house: House) -> None:
    house.mailbox.put(a_mail())
    await house.work()
    await rename(house.parts.store.database, US, "old name")
    house.mailbox.kept.clear()
    house.mailbox.put(a_mail())
    mails = await house.work()
    assert ended(mails[-1])[:2] == (State.HELD, "decide.renamed_mailbox")
    assert len(house.mailbox.submitted) == 1


async def test_mails_of_an_unknown_mailbox_wait(house: House) -> None:
    house.mailbox.put(a_mail())
    (mail_id,) = await house.receive()
    await rename(house.parts.store.database, US, "old name")
    assert await house.handle(mail_id) is None
    mail = await the_mail(house)
    assert (mail.state, mail.tries) == (None, 0)
    await rename(house.parts.store.database, "old name", US)
    (mail,) = await house.work()
    assert mail.state is State.ANSWERED


class Unwritable(Database):
    """Refuses transactions while `refuses` says so, as on a full disk."""

    refuses: Callable[[], bool] = staticmethod(lambda: False)

    async def run(self, work: Callable[[Connection], T]) -> T:
        if self.refuses():
            raise StoreUnavailable("store.full")
        return await super().run(work)


async def test_a_store_that_cannot_be_written_does_not_cost_one_model_call_after_the_other(
    tmp_path: Path, readers: Readers
) -> None:
    async with a_house(tmp_path, make=Unwritable, readers=readers) as house:
        database = house.parts.store.database
        house.mailbox.put(a_mail())
        (mail_id,) = await house.receive()
        database.refuses = lambda: len(house.engine.asked) % 2 == 1  # nothing can be stored once the engine was asked
        with pytest.raises(StoreUnavailable):
            await house.handle(mail_id)
        with pytest.raises(StoreUnavailable):
            await house.handle(mail_id)
        assert len(house.engine.asked) == 1
        database.refuses = lambda: False
        (mail,) = await house.work()
        assert (mail.state, len(house.engine.asked)) == (State.ANSWERED, 2)


class Thinking(ScriptedEngine):
    """Has not said anything yet as long as it is `busy`."""

    busy = True

    async def analyse(self, message: Message, context: Context) -> Analysis:
        said = await super().analyse(message, context)
        if self.busy:
            await asyncio.Event().wait()
        return said


@pytest.mark.parametrize(("costs", "most"), [(False, 9), (True, 2)])
async def test_a_program_that_is_stopped_while_the_engine_works_asks_again_as_long_as_that_costs_nothing(
    tmp_path: Path, readers: Readers, costs: bool, most: int
) -> None:
    engine = Thinking()
    engine.costs = costs
    async with a_house(tmp_path, engine, readers=readers) as house:
        house.mailbox.put(a_mail())
        (mail_id,) = await house.receive()
        for stop in range(1, most):
            dispatcher = LocalDispatcher(house.handle, house.parts.store, 1)
            await dispatcher.start()
            await eventually(lambda stop=stop: len(engine.asked) == stop)
            await dispatcher.close(0)
        engine.busy = False
        await house.handle(mail_id)
        assert ended(await the_mail(house))[0] is State.ANSWERED
        assert len(engine.asked) == most


class Paying(Thinking):
    """Begins so many completions for a mail before it says anything."""

    begins = 1

    async def analyse(self, message: Message, context: Context) -> Analysis:
        for _ in range(min(self.begins, context.calls)):
            assert context.completing is not None
            await context.completing()
        return await super().analyse(message, context)


@pytest.mark.parametrize(("begins", "allowed"), [(1, [2, 1]), (2, [2])])
async def test_a_mail_costs_two_completions_at_most_over_crashes_too(
    tmp_path: Path, readers: Readers, begins: int, allowed: list[int]
) -> None:
    engine = Paying()
    engine.begins = begins
    async with a_house(tmp_path, engine, readers=readers) as house:
        house.mailbox.put(a_mail())
        await house.receive()
        for stop in range(1, len(allowed) + 1):
            dispatcher = LocalDispatcher(house.handle, house.parts.store, 1)
            await dispatcher.start()
            await eventually(lambda stop=stop: len(engine.asked) == stop)
            await dispatcher.close(0)
        (mail,) = await house.work()
        assert (mail.state, mail.reason and mail.reason.code) == (State.HELD, "way.asked_before")
        assert [context.calls for _, context in engine.asked] == allowed


async def test_an_answer_whose_marks_cannot_be_set_still_gets_its_copy_in_sent(house: House) -> None:
    class NoFolder(MemoryMailbox):
        async def settle(self, ref, message_id, *, outcome, folder):  # type: ignore[no-untyped-def]
            raise FolderMissing("imap.folder_missing", folder="Done")

    house.mailbox.__class__ = NoFolder
    house.mailbox.put(a_mail())
    (mail,) = await house.work()
    assert ended(mail) == (State.ANSWERED, "imap.folder_missing", Stage.DONE)
    assert len(house.mailbox.sent) == 1


async def test_a_second_delivery_that_cannot_be_marked_keeps_no_new_mail_out(house: House) -> None:
    house.mailbox.put(a_mail(1))
    await house.work()

    class NoMarks(MemoryMailbox):
        async def settle(self, ref, message_id, *, outcome, folder):  # type: ignore[no-untyped-def]
            if ref.id == "1/2":
                raise AWAY
            await super().settle(ref, message_id, outcome=outcome, folder=folder)

    house.mailbox.__class__ = NoMarks
    house.mailbox.put(b"Received: again\r\n" + a_mail(1))
    house.mailbox.put(a_mail(2))
    assert [mail.state for mail in await house.work()] == [State.ANSWERED, State.ANSWERED]
    house.mailbox.__class__ = MemoryMailbox
    await house.work()
    assert [sorted(kept.flags) for kept in house.mailbox.kept.values()] == [["answered", "seen"]] * 3


async def test_what_may_have_left_is_never_called_failed(house: House) -> None:
    house.mailbox.after_commit = [LOST]
    house.mailbox.put(a_mail())
    await house.work()

    class NoLook(MemoryMailbox):
        async def evidence(self, message_id):  # type: ignore[no-untyped-def]
            raise SettingsError("settings.file_missing", name="MAIL_CA_FILE", value="/nowhere")

    house.mailbox.__class__ = NoLook
    (mail,) = await house.work()
    assert ended(mail) == (State.HELD, "way.sending_unknown", Stage.DONE)
    action = mail.action("reply")
    assert action is not None
    assert action.state is ActionState.UNKNOWN


async def test_a_clock_that_was_set_back_does_not_make_us_look_for_ever(house: House) -> None:
    house.mailbox.after_commit = [LOST]
    house.mailbox.put(a_mail())
    await house.work()
    house.clock.passes(-86400)
    (mail,) = await house.work()
    assert ended(mail) == (State.HELD, "way.sending_unknown", Stage.DONE)


async def test_what_could_not_be_read_is_not_taken_up_again(house: House) -> None:
    nested = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (depth, depth) for depth in range(200)
    )
    house.mailbox.put(b"From: a@b.example\r\nSubject: deep\r\nMessage-ID: <deep@b.example>\r\n" + nested)
    (mail,) = await house.work()
    with pytest.raises(ReviewRefused):
        await review.retry(house.parts.store, mail.id, house.clock())


async def test_an_empty_message_has_an_end_too(house: House) -> None:
    house.mailbox.put(b"")
    house.mailbox.put(b"")
    mails = await house.work()
    assert [ended(mail) for mail in mails] == [(State.HELD, "way.empty_message", Stage.DONE)] * 2


async def test_what_cannot_be_read_is_held_with_the_reason_and_the_next_is_handled(house: House) -> None:
    nested = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (depth, depth) for depth in range(200)
    )
    house.mailbox.put(b"From: a@b.example\r\nSubject: deep\r\nMessage-ID: <deep@b.example>\r\n" + nested)
    house.mailbox.put(a_mail())
    mails = await house.work()
    assert [mail.state for mail in mails] == [State.HELD, State.ANSWERED]
    assert mails[0].reason is not None
    assert mails[0].reason.code.startswith("mail.")
    assert await house.work() == mails


async def test_our_own_copy_is_no_mail(house: House) -> None:
    house.mailbox.put(a_mail())
    await house.work()
    house.mailbox.put(house.mailbox.submitted[0].raw)
    assert len(await house.work()) == 1
    assert [kept.flags for kept in house.mailbox.kept.values()][1] == {"seen"}


async def test_once_works_everything_through_the_dispatcher(house: House) -> None:
    for number in range(1, 21):
        house.mailbox.put(a_mail(number, author=f"author{number}@client.example"))
    dispatcher = LocalDispatcher(house.handle, house.parts.store, concurrency=4)
    swept = await once(house.parts, dispatcher)
    await dispatcher.close(5)
    assert (len(swept.taken), swept.problems) == (20, {})
    assert {mail.state for mail in await house.mails()} == {State.ANSWERED}
    assert len({one.recipient for one in house.mailbox.submitted}) == 20


def _submission(mail: Mail):  # type: ignore[no-untyped-def]
    action = mail.action("reply")
    assert action is not None
    assert action.raw is not None
    return Submission(action.message_id, action.raw, "", action.recipient)


async def _nothing() -> None:
    pass
