"""Other systems are asked to do something, at most once for a mail, with the mail's own words and nothing else."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from tests.support.eventually import eventually
from tests.support.house import ANALYSIS, US, House, Readers, ScriptedEngine, a_house, a_mail, some_readers
from tests.support.sink import Asked, Sink, reply

from repondeur.actions.call import PAUSES
from repondeur.actions.configured import caller
from repondeur.policy.analysis import Entity
from repondeur.settings.schema import Settings
from repondeur.store import review
from repondeur.store.pauses import Pauses
from repondeur.store.records import ActionState, Mail, State
from repondeur.store.review import ReviewRefused
from repondeur.texts import Reason

ORDER = replace(
    ANALYSIS,
    intent="order",
    entities=(Entity("order_number", "77120"),),
    reply="Merci de votre message, nous regardons.",
)
PARAMETERS = {"order": {"from": "order_number", "pattern": "[0-9]{5,8}"}, "key": {"from": "message_id"}}
TEXT = "Bonjour,\n\noù en est ma commande 77120 ?\n"


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def readers() -> AsyncIterator[Readers]:
    """One for all tests: they start processes."""
    async with some_readers() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def house(tmp_path: Path, readers: Readers) -> AsyncIterator[House]:
    async with a_house(tmp_path, ScriptedEngine(ORDER), readers=readers) as opened:
        yield opened


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink(lambda _: reply(201, b"{}")) as opened:
        yield opened


@asynccontextmanager
async def calling(house: House, sink: Sink, **changes: object) -> AsyncIterator[House]:
    """The house with one call."""
    table = {
        "id": "note",
        "url": f"{sink.url}/orders/{{order}}/notes",
        "intents": ["order"],
        "headers": {"Authorization": "Bearer canary"},
        "body": {"text": "Mail about {order}", "order": "{order}", "source": {"id": "{key}", "count": 1}},
        "parameters": PARAMETERS,
    }
    program = Settings.model_validate(
        {"call": [table | changes], "outgoing_allow": "127.0.0.0/8", "mailboxes": house.parts.settings.mailboxes}
    )
    yield replace(house, parts=replace(house.parts, settings=program, caller=caller(program)))


async def the_mail(house: House) -> Mail:
    (mail,) = await house.mails()
    return mail


def state_of(mail: Mail) -> ActionState | None:
    action = mail.action("call:note")
    return action and action.state


async def test_a_call_is_made_once_beside_the_answer(house: House, sink: Sink) -> None:
    async with calling(house, sink) as desk:
        desk.mailbox.put(a_mail(text=TEXT))
        (mail,) = await desk.work()
        await desk.work()
    (asked,) = sink.asked
    assert (asked.method, asked.target) == ("POST", "/orders/77120/notes")
    assert asked.json == {
        "text": "Mail about 77120",
        "order": "77120",
        "source": {"id": "m1@client.example", "count": 1},
    }
    assert (asked.headers["authorization"], asked.headers["content-type"]) == ("Bearer canary", "application/json")
    assert mail.state is State.ANSWERED
    action = mail.action("call:note")
    assert action is not None
    assert (action.state, action.message_id) == (ActionState.SENT, asked.headers["idempotency-key"])
    assert b"canary" not in (action.raw or b"")


async def test_draft_mode_makes_it_too_and_a_second_delivery_does_not(
    sink: Sink, tmp_path: Path, readers: Readers
) -> None:
    (tmp_path / "other").mkdir()
    drafts = a_house(tmp_path / "other", ScriptedEngine(ORDER), readers=readers, reply="draft")
    async with drafts as drafting, calling(drafting, sink) as desk:
        desk.mailbox.put(a_mail(text=TEXT))
        desk.mailbox.put(b"Received: from elsewhere\r\n" + a_mail(text=TEXT))
        (mail,) = await desk.work()
        assert mail.state is State.DRAFTED
        await review.approve(desk.parts.store, mail.id, desk.clock())
        (mail,) = await desk.work()
    assert (mail.state, len(sink.asked)) == (State.ANSWERED, 1)


@pytest.mark.parametrize(
    ("text", "entities", "code"),
    [
        ("Bonjour, où est ma commande ?", (), "call.value_missing"),
        (TEXT, (Entity("order_number", "99999"),), "call.value_missing"),  # the model's invention
        ("ma commande 771201234 ?", (Entity("order_number", "77120"),), "call.value_missing"),  # a part of a word
        (
            "commandes 77120 et 77121",
            tuple(Entity("order_number", n) for n in ("77120", "77121")),
            "call.several_values",
        ),
        ("commande 7712X0", (Entity("order_number", "7712X0"),), "call.value_refused"),
    ],
)
async def test_only_verified_values_make_a_call(
    house: House, sink: Sink, text: str, entities: tuple[Entity, ...], code: str
) -> None:
    house.engine.script = [replace(ORDER, entities=entities)]
    async with calling(house, sink) as desk:
        desk.mailbox.put(a_mail(text=text))
        (mail,) = await desk.work()
    assert (sink.asked, state_of(mail)) == ([], None)
    assert [one["code"] for one in mail.steps["decide"]["calls_left_out"]] == [code]
    assert mail.state is State.ANSWERED


async def test_other_intents_other_mailboxes_and_doubtful_mail_make_none(house: House, sink: Sink) -> None:
    async with calling(house, sink, mailbox="other@boutique.example") as desk:
        desk.mailbox.put(a_mail(1, text=TEXT))
        await desk.work()
    async with calling(house, sink) as desk:
        desk.mailbox.put(a_mail(2, text=TEXT, Reply_To="else@other.example"))
        desk.mailbox.put(a_mail(3, text=TEXT, Auto_Submitted="auto-generated"))
        desk.mailbox.put(a_mail(4, text=TEXT, to="other@boutique.example"))
        desk.mailbox.put(a_mail(5, text=TEXT).replace(b"From: Claire <", b'From: "boss@bank.example" <'))
        await desk.work()
        house.engine.script = [replace(ORDER, intent="question")]
        desk.mailbox.put(a_mail(6, text=TEXT))
        mails = await desk.work()
    assert len(mails) == 6
    assert (sink.asked, {state_of(mail) for mail in mails}) == ([], {None})


@pytest.mark.parametrize(
    ("said", "state", "reason"),
    [
        (b"", State.HELD, "call.answered_unknown"),
        (reply(500), State.HELD, "call.answered_unknown"),
        (reply(422), State.FAILED, "call.answered_refused"),
        (reply(302, location="http://127.0.0.1:9/"), State.FAILED, "call.answered_failed"),
    ],
)
async def test_what_went_wrong_is_shown_and_not_done_again(
    house: House, sink: Sink, said: bytes, state: State, reason: str
) -> None:
    sink.answer = lambda _: said
    async with calling(house, sink) as desk:
        desk.mailbox.put(a_mail(text=TEXT))
        (mail,) = await desk.work()
        await desk.work()
        assert mail.reason is not None
        assert (mail.state, mail.reason.code, len(sink.asked)) == (state, reason, 1)
        assert len(house.mailbox.submitted) == 1
        # Its answer has left: nothing can send it twice, and a person can put it away.
        assert review.left_to_do(mail) == "done_by_hand"
        with pytest.raises(ReviewRefused) as refused:
            await review.approve(desk.parts.store, mail.id, desk.clock())
        assert refused.value.reason.code == "review.answer_has_left", "and nobody answers in the mail program as well"
        with pytest.raises(ReviewRefused) as refused:
            await review.retry(desk.parts.store, mail.id, desk.clock())
        assert refused.value.reason.code == "review.has_left", "and nobody is told how to send it once more"
        await review.reject(desk.parts.store, mail.id, desk.clock())
        (mail,) = await desk.work()
    assert (mail.state, len(sink.asked), len(house.mailbox.submitted)) == (State.ANSWERED, 1, 1)


async def test_one_that_is_away_is_asked_again_and_then_given_up(house: House, sink: Sink) -> None:
    answers = iter([reply(503, retry_after="120")])
    sink.answer = lambda _: next(answers, reply(200))
    async with calling(house, sink) as desk:
        desk.mailbox.put(a_mail(text=TEXT))
        await desk.receive()
        again = await desk.handle(1)
        assert again is not None
        assert (again.at - desk.clock()).total_seconds() == 120
        assert again.reason == Reason("call.answered_later", {"call": "note", "host": sink.url.partition("://")[2]})
        assert len(house.mailbox.submitted) == 1
        assert await desk.handle(1) is None
    assert (state_of(await the_mail(house)), len(sink.asked)) == (ActionState.SENT, 2)
    assert len({asked.headers["idempotency-key"] for asked in sink.asked}) == 1


async def test_one_that_never_comes_back_is_told_to_a_person(house: House) -> None:
    with Sink() as sink:
        pass
    async with calling(house, sink) as desk:
        desk.mailbox.put(a_mail(text=TEXT))
        await desk.receive()
        for _ in PAUSES:
            assert await desk.handle(1) is not None
        assert await desk.handle(1) is None
    mail = await the_mail(house)
    assert mail.reason is not None
    assert (mail.state, mail.reason.code, len(house.mailbox.submitted)) == (State.FAILED, "call.answered_failed", 1)


async def test_a_person_who_has_it_taken_up_again_does_not_have_it_made_again(house: House, sink: Sink) -> None:
    """Held for another reason, its call made: retried from the beginning."""
    house.engine.script = [replace(ORDER, needs_human=True)]
    async with calling(house, sink) as desk:
        desk.mailbox.put(a_mail(text=TEXT))
        (mail,) = await desk.work()
        assert (mail.state, state_of(mail), len(sink.asked)) == (State.HELD, ActionState.SENT, 1)
        await review.retry(desk.parts.store, mail.id, desk.clock())
        (mail,) = await desk.work()
    assert (mail.state, state_of(mail), len(sink.asked)) == (State.HELD, ActionState.SENT, 1)


async def test_nothing_is_called_while_sending_is_paused(house: House, sink: Sink) -> None:
    house.engine.script = [replace(ORDER, needs_human=True)]
    async with calling(house, sink) as desk:
        await Pauses(desk.parts.store.database).pause(US, desk.clock())
        desk.mailbox.put(a_mail(text=TEXT))
        (mail,) = await desk.work()
        assert (mail.state, state_of(mail), sink.asked) == (State.HELD, ActionState.PROPOSED, [])
        await review.approve(desk.parts.store, mail.id, desk.clock())
        (mail,) = await desk.work()
    assert (mail.state, state_of(mail), len(sink.asked)) == (State.ANSWERED, ActionState.SENT, 1)


async def test_an_hour_has_so_many_and_no_more(tmp_path: Path, sink: Sink, readers: Readers) -> None:
    limited = a_house(tmp_path, ScriptedEngine(replace(ORDER, needs_human=True)), readers=readers, limit_mailbox=2)
    async with limited as house, calling(house, sink) as desk:
        for number in range(1, 5):
            desk.mailbox.put(a_mail(number, text=TEXT, subject=f"Commande {number}", author=f"c{number}@x.example"))
        mails = await desk.work()
        assert [state_of(mail) for mail in mails] == [ActionState.SENT] * 2 + [ActionState.PROPOSED] * 2
        desk.clock.passes(3700)
        desk.mailbox.put(a_mail(9, text=TEXT, subject="Commande 9", author="c9@x.example"))
        *_, last = await desk.work()
    assert (state_of(last), len(sink.asked)) == (ActionState.SENT, 3)


async def test_a_crash_between_the_request_and_what_is_stored_after_it(house: House, sink: Sink) -> None:
    def never(_: Asked) -> Iterator[bytes]:
        while not stop:
            yield b""

    stop: list[bool] = []
    sink.answer = never
    async with calling(house, sink) as desk:
        desk.mailbox.put(a_mail(text=TEXT))
        await desk.receive()
        task = asyncio.create_task(desk.handle(1))
        await eventually(lambda: sink.asked)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        stop.append(True)
        assert state_of(await the_mail(house)) in {ActionState.COMMITTING, ActionState.UNKNOWN}
        sink.answer = lambda _: reply(200)
        await desk.work()
    mail = await the_mail(house)
    assert mail.reason is not None
    assert (mail.state, mail.reason.code, len(sink.asked)) == (State.HELD, "call.answered_unknown", 1)


async def test_a_draft_beside_a_refused_call_waits_until_it_is_written_anew(
    tmp_path: Path, sink: Sink, readers: Readers
) -> None:
    sink.answer = lambda _: reply(422)
    async with (
        a_house(tmp_path, ScriptedEngine(ORDER), reply="draft", readers=readers) as house,
        calling(house, sink) as desk,
    ):
        desk.mailbox.put(a_mail(text=TEXT))
        (mail,) = await desk.work()
        assert mail.reason is not None
        assert (mail.state, mail.reason.code, review.left_to_do(mail)) == (State.FAILED, "call.refused", "waiting")
        assert len(house.mailbox.drafts) == 1
        house.engine.script = [replace(ORDER, needs_human=True)]
        await review.retry(desk.parts.store, mail.id, desk.clock())
        (mail,) = await desk.work()
        assert house.mailbox.drafts == {}
        assert review.left_to_do(mail) == "waiting"
        await review.approve(desk.parts.store, mail.id, desk.clock())
        await desk.work()
        assert len(house.mailbox.submitted) == 1


async def test_settings_that_changed_meanwhile_send_nothing_elsewhere(house: House, sink: Sink) -> None:
    sink.answer = lambda _: reply(503)
    async with calling(house, sink) as desk:
        desk.mailbox.put(a_mail(text=TEXT))
        await desk.work()
    with Sink() as other:
        async with calling(house, other) as desk:
            await desk.handle(1)
        assert other.asked == []
    assert state_of(await the_mail(house)) is ActionState.REFUSED


async def test_the_body_of_a_request_is_json_and_what_is_free_text_is_harmless(house: House, sink: Sink) -> None:
    parameters = {"subject": {"from": "subject", "max_length": 60}, "who": {"from": "author_name", "required": False}}
    async with calling(
        house, sink, url=f"{sink.url}/t", body={"s": "{subject}", "w": "{who}"}, parameters=parameters
    ) as desk:
        desk.mailbox.put(a_mail(text=TEXT, subject='=1+1 "},{"x": @here https://evil.example'))
        await desk.work()
    (asked,) = sink.asked
    assert asked.json == {"s": '\'=1+1 "},{"x": ＠here hxxps://evil[.]example', "w": "Claire"}
    assert json.loads(asked.body) == asked.json
