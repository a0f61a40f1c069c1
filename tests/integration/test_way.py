"""The whole way of a mail, with a mailbox in memory and a scripted engine."""

from collections.abc import AsyncIterator
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path

import pytest
from tests.support.house import ANALYSIS, CLAIRE, US, House, ScriptedEngine, a_house, a_mail

from repondeur.errors import (
    EngineAnswerInvalid,
    EngineUnavailable,
    LoginRefused,
    MailboxUnavailable,
    SubmissionRefused,
    SubmissionUnknown,
)
from repondeur.pipeline.agent import once
from repondeur.pipeline.dispatch import LocalDispatcher
from repondeur.store import review
from repondeur.store.records import ActionState, Mail, Stage, State

LOST = SubmissionUnknown("smtp.outcome_unknown", server="smtp.example")
AWAY = MailboxUnavailable("smtp.connection_lost", server="smtp.example")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path) as opened:
        yield opened


async def the_mail(house: House) -> Mail:
    (mail,) = await house.mails()
    return mail


def ended(mail: Mail) -> tuple[State | None, str | None, Stage]:
    return mail.state, mail.reason.code if mail.reason else None, mail.stage


async def test_a_question_is_answered_once_in_thread(house: House) -> None:
    house.mailbox.put(a_mail())
    (mail,) = await house.work()
    assert ended(mail) == (State.ANSWERED, "decide.answer", Stage.DONE)
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


async def test_a_second_mail_with_the_same_message_id_is_not_lost(house: House) -> None:
    house.mailbox.put(a_mail())
    house.mailbox.put(a_mail(text="Autre question : livrez-vous en Suisse ?\n"))
    mails = await house.work()
    assert [mail.state for mail in mails] == [State.IGNORED, State.ANSWERED]  # superseded, not lost
    assert "commande" in house.engine.asked[-1][0].text
    assert "Suisse" in house.engine.asked[-1][0].text


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


async def test_an_absence_note_in_the_thread_supersedes_nothing(house: House) -> None:
    house.mailbox.put(a_mail(1))
    house.mailbox.put(a_mail(2, replies_to=["m1@client.example"], Auto_Submitted="auto-replied"))
    mails = await house.work()
    assert [mail.state for mail in mails] == [State.ANSWERED, State.IGNORED]


async def test_an_earlier_answer_of_ours_is_part_of_what_the_engine_sees(house: House) -> None:
    house.mailbox.put(a_mail(1))
    await house.work()
    ours = house.mailbox.submitted[0].message_id
    house.mailbox.put(a_mail(2, "Et pour la Belgique ?\n", replies_to=["m1@client.example", ours]))
    await house.work()
    thread = house.engine.asked[-1][1].thread
    assert [turn.author for turn in thread] == [CLAIRE, "us"]
    assert house.engine.asked[-1][0].text.strip() == "Et pour la Belgique ?"


@pytest.mark.parametrize("how", ["marked in the mailbox", "found in Sent", "seen in the thread"])
async def test_silence_when_a_person_has_answered(house: House, how: str) -> None:
    ref = house.mailbox.put(a_mail(1))
    (mail_id,) = await house.receive()
    by_hand = a_mail(9, "Je m'en occupe.\n", author=US, to=CLAIRE, replies_to=["m1@client.example"])
    match how:
        case "marked in the mailbox":
            house.mailbox.kept[ref].flags.add("answered")
        case "found in Sent":
            house.mailbox.sent["m9@client.example"] = by_hand
        case _:
            house.mailbox.put(by_hand)
            await house.receive()
    await house.handle(mail_id)
    mail = await house.parts.store.get(mail_id)
    assert mail is not None
    assert ended(mail)[:2] == (State.IGNORED, "decide.answered_by_person")
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
    tmp_path: Path, failure: Exception
) -> None:
    async with a_house(tmp_path, ScriptedEngine(failure, ANALYSIS)) as house:
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
    assert ended(mail) == (State.ANSWERED, "decide.answer", Stage.DONE)
    assert len(house.mailbox.submitted) == 1


@pytest.mark.parametrize("reachable", [True, False], ids=["no trace of it", "Sent cannot be looked at"])
async def test_without_proof_a_person_is_asked_and_nothing_is_sent_again(house: House, reachable: bool) -> None:
    house.mailbox.after_commit = [LOST]
    house.mailbox.put(a_mail())
    await house.work()
    house.mailbox.reachable = reachable
    house.clock.passes(house.parts.settings.sent_evidence_wait + 1)
    (mail,) = await house.work()
    assert ended(mail) == (State.HELD, "way.sending_unknown", Stage.DONE)
    assert house.mailbox.submitted == []
    await review.approve(house.parts.store, mail.id, house.clock(), again=True)
    (mail,) = await house.work()
    assert ended(mail) == (State.ANSWERED, "way.approved", Stage.DONE)


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


async def test_a_proposal_that_a_person_approves_is_sent_as_a_person_s_mail(tmp_path: Path) -> None:
    async with a_house(tmp_path, ScriptedEngine(replace(ANALYSIS, needs_human=True))) as house:
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


async def test_a_rejected_proposal_is_dropped(tmp_path: Path) -> None:
    async with a_house(tmp_path, ScriptedEngine(replace(ANALYSIS, needs_human=True))) as house:
        house.mailbox.put(a_mail())
        (mail,) = await house.work()
        await review.reject(house.parts.store, mail.id, house.clock())
        (mail,) = await house.work()
        assert ended(mail) == (State.IGNORED, "way.rejected", Stage.DONE)
        assert house.mailbox.submitted == []


async def test_a_draft_lies_in_drafts_and_is_sent_once_approved(tmp_path: Path) -> None:
    async with a_house(tmp_path, reply="draft") as house:
        house.mailbox.put(a_mail())
        (mail,) = await house.work()
        assert mail.state is State.DRAFTED
        (draft_id,) = house.mailbox.drafts
        await review.approve(house.parts.store, mail.id, house.clock())
        (mail,) = await house.work()
        assert mail.state is State.ANSWERED
        assert [one.message_id for one in house.mailbox.submitted] == [draft_id]


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
    from repondeur.mailboxes.base import Submission

    action = mail.action("reply")
    assert action is not None
    assert action.raw is not None
    return Submission(action.message_id, action.raw, "", action.recipient)


async def _nothing() -> None:
    pass
