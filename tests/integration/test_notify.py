"""People are told of what needs them: by real requests to strict stand-ins, each thing once, whatever the mail says."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import select
from tests.support.certificates import Authority
from tests.support.chats import STAND_INS, said, table
from tests.support.eventually import eventually
from tests.support.house import ANALYSIS, CLAIRE, US, House, Readers, ScriptedEngine, a_house, a_mail, some_readers
from tests.support.memory_mailbox import MemoryMailbox
from tests.support.sink import Asked, Sink, reply

from repondeur.actions.addresses import Allowed
from repondeur.actions.configured import notifier
from repondeur.actions.notices.notice import Notice
from repondeur.actions.notify import PAUSES, ByHttp, Notifier
from repondeur.actions.outgoing import Outgoing, nothing
from repondeur.errors import MailboxUnavailable, SubmissionUnknown
from repondeur.mailboxes.base import Arrival
from repondeur.mailboxes.tls import client_context
from repondeur.pipeline.agent import once
from repondeur.settings.schema import ImapSettings, Settings
from repondeur.settings.targets import NotifySettings
from repondeur.store.notices import MOST_AN_HOUR, Notices
from repondeur.store.records import State
from repondeur.store.tables import notice
from repondeur.texts import Reason
from repondeur.wiring import Makers, running

UI = "https://mail.boutique.example"
HERE = Outgoing(Allowed.of(["localhost"]), client_context())
HELD = Reason("decide.legal_matter", {"phrase": "<!channel> @everyone https://evil.example/x =1"})
NASTY = (
    'From @everyone <!channel> <at>all</at> [x](https://evil.example) =HYPERLINK("http://e.example") \u202e\u200b' * 3
)


@asynccontextmanager
async def told(house: House, *targets: dict[str, object], **settings: object) -> AsyncIterator[House]:
    """The house with these targets, which the test tells when it wants."""
    given = {"notify": targets, "outgoing_allow": "127.0.0.0/8", "public_url": UI} | settings
    program = Settings.model_validate({**given, "mailboxes": house.parts.settings.mailboxes})
    accounts = {name: (one.mailbox, one.settings.address) for name, one in house.parts.accounts.items()}
    made = notifier(program, accounts, house.parts.store, house.clock)
    yield replace(house, parts=replace(house.parts, notifier=made))


def of(house: House) -> Notifier:
    assert house.parts.notifier is not None
    return house.parts.notifier


async def states(house: House) -> list[str]:
    query = select(notice.c.state).order_by(notice.c.id)
    return await house.parts.store.database.read(lambda connection: list(connection.scalars(query)))


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def readers() -> AsyncIterator[Readers]:
    """One for all tests: they start processes."""
    async with some_readers() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def house(tmp_path: Path, readers: Readers) -> AsyncIterator[House]:
    harmless = ScriptedEngine(replace(ANALYSIS, reply="Merci de votre message."))
    async with a_house(tmp_path, harmless, readers=readers) as opened:
        yield opened


@pytest.fixture
def sinks() -> Iterator[dict[str, Sink]]:
    with ExitStack() as stack:
        yield {kind: stack.enter_context(Sink(answer)) for kind, answer in STAND_INS.items()}


async def a_held_mail(house: House, **fields: str) -> None:
    """Its author threatens with a lawyer, so it is held."""
    given = {"subject": "Mon avocat"} | fields
    house.mailbox.put(a_mail(text="Mon avocat vous assignera devant le tribunal. Corps secret canari.\n", **given))
    (mail,) = await house.work()
    assert mail.state is State.HELD


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_every_kind_is_told_once_of_a_held_mail(house: House, sinks: dict[str, Sink], language: str) -> None:
    tables = [table(kind, sink, on="held") for kind, sink in sinks.items()]
    async with told(house, *tables, language=language) as telling:
        await a_held_mail(telling)
        await of(telling).tell()
        await of(telling).tell()
    word = "Mon avocat"
    for kind, sink in sinks.items():
        (asked,) = sink.asked
        text = said(kind, asked)
        assert word in text.replace("\\", ""), kind
        assert ("Un message attend" in text) is (language == "fr" and kind != "webhook")
        assert f"{UI}/messages/1" in asked.body.decode()
        assert "canari" not in asked.body.decode()
    assert await states(house) == ["sent"] * 5


async def test_text_of_a_stranger_does_nothing_where_it_is_shown(house: House, sinks: dict[str, Sink]) -> None:
    tables = [table(kind, sink, on="held") for kind, sink in sinks.items()]
    async with told(house, *tables) as telling:
        await a_held_mail(telling, subject=NASTY.replace("\u202e\u200b", "=?utf-8?q?=E2=80=AE=E2=80=8B?="))
        await of(telling).alarm(HELD, US, 1)
        await of(telling).tell()
    assert await states(house) == ["sent"] * 5
    for kind, sink in sinks.items():
        for asked in sink.asked:
            text = said(kind, asked).replace(f"{UI}/messages/1", "").replace("\\", "")
            shown = json.dumps(asked.json, ensure_ascii=False).replace("\\", "")
            for bad in (
                "@everyone",
                "<!channel>",
                "<at>",
                "http://e",
                "https://evil",
                "evil.example",
                "\u202e",
                "\u200b",
            ):
                assert bad not in text, (kind, bad)
                assert bad not in shown, (kind, bad)
    slack = sinks["slack"].asked[0].json["blocks"]
    assert [block["text"]["type"] for block in slack] == ["plain_text", "mrkdwn"]
    assert slack[1]["text"]["text"] == f"<{UI}/messages/1|Open>"


@pytest.mark.parametrize("kind", sorted(STAND_INS))
@pytest.mark.parametrize("fill", ["&", "<", "\\", "漢", "@", "\U0001f600", "a.bb", "é "])
async def test_the_longest_text_is_taken(house: House, sinks: dict[str, Sink], kind: str, fill: str) -> None:
    long = fill * 5000
    notice = Notice(
        "id", "held", long, Reason("mail.x", {}), house.clock(), "fr", 1, long, long, long, f"{UI}/messages/1"
    )
    with_why = replace(notice, reason=Reason("way.defect", {"error": long}))
    target = ByHttp(NotifySettings.model_validate(table(kind, sinks[kind])), HERE)
    await target.send(with_why, nothing)
    assert len(sinks[kind].asked) == 1


async def test_as_the_program_wires_it(tmp_path: Path) -> None:
    """A limit is reached: the alarm goes from the way of a mail to the chat."""
    mailbox = MemoryMailbox(US)
    box = {"imap_server": "imap.example", "imap_user": US, "imap_pass": "x", "reply": "free", "limit_author": "1"}
    engine = ScriptedEngine(replace(ANALYSIS, reply="Merci de votre message."))
    makers = Makers(mailbox=lambda *_: mailbox, engine=lambda _: engine)
    with Sink(STAND_INS["slack"]) as sink:
        program = Settings.model_validate(
            {
                "mailboxes": (ImapSettings.model_validate(box),),
                "data_dir": tmp_path,
                "notify": [table("slack", sink)],
                "outgoing_allow": "localhost",
            }
        )
        for number in (1, 2):
            mailbox.put(a_mail(number, subject=f"Question {number}"))
        async with running(program, makers) as agent:
            await once(agent.parts, agent.dispatcher)
            await agent.dispatcher.close(10)
    assert len(mailbox.submitted) == 1
    (asked,) = sink.asked
    assert asked.json["text"] == "Something needs you now"
    assert "This author has had enough" in said("slack", asked)


async def test_an_author_is_shown_as_what_it_is(house: House) -> None:
    with Sink(STAND_INS["ntfy"]) as sink:
        async with told(house, table("ntfy", sink, on="alarm")) as telling:
            await a_held_mail(telling)
            mail = (await house.mails())[0]
            assert mail.message is not None
            disguised = replace(mail.message, authors=(replace(mail.message.author, name="support@corp.example"),))
            await house.parts.store.put_message(mail, disguised)
            await of(telling).alarm(HELD, US, 1)
            await of(telling).tell()
    assert "From: claire@client[.]example (says to be “support@corp[.]example”)" in said("ntfy", sink.asked[0])


async def test_by_mail_through_the_mailbox_and_never_to_the_author(house: House) -> None:
    to = {"id": "boss", "kind": "mail", "to": "boss@house.example", "on": "held"}
    author = {"id": "author", "kind": "mail", "to": CLAIRE.upper(), "on": "held"}
    async with told(house, to, author) as telling:
        await a_held_mail(telling)
        await of(telling).tell()
    (submission,) = house.mailbox.submitted
    message = message_from_bytes(submission.raw, policy=policy.default)
    assert (submission.recipient, submission.return_path) == ("boss@house.example", "")
    assert (message["To"], message["Auto-Submitted"]) == ("boss@house.example", "auto-generated")
    assert message["Subject"] == "Répondeur: A mail waits for a person"
    assert f"{UI}/messages/1" in message.get_content()
    assert message["Message-ID"] == f"<{submission.message_id}>"
    assert sorted(await states(house)) == ["failed", "sent"]


async def test_what_a_target_is_told_of(house: House) -> None:
    with Sink(STAND_INS["ntfy"]) as sink:
        here = table("ntfy", sink, on="answered, urgent")
        elsewhere = table("ntfy", sink, id="other", on="answered", mailbox="other@boutique.example")
        nothing = table("ntfy", sink, id="third", on="failed")
        async with told(house, here, elsewhere, nothing) as telling:
            telling.mailbox.put(a_mail())
            await telling.work()
            await of(telling).tell()
            await a_mail_that_cannot_be_read(telling)
            await of(telling).tell()
    assert [asked.json["title"] for asked in sink.asked] == ["A mail was answered"]


async def a_mail_that_cannot_be_read(house: House) -> None:
    house.mailbox.put(b"")
    await house.work()


async def test_a_mail_that_cannot_be_read_is_told_once(house: House) -> None:
    with Sink(STAND_INS["ntfy"]) as sink:
        async with told(house, table("ntfy", sink, on="held")) as telling:
            await a_mail_that_cannot_be_read(telling)
            await telling.work()
            await of(telling).tell()
    assert len(sink.asked) == 1


async def test_a_mail_that_cannot_be_read_is_told_of_whatever_comes_after_it_was_stored(house: House) -> None:
    class Forgetful(MemoryMailbox):
        async def taken(self, arrivals: Sequence[Arrival]) -> None:
            raise MailboxUnavailable("imap.connection_lost", server="x")

    house.mailbox.__class__ = Forgetful
    with Sink(STAND_INS["ntfy"]) as sink:
        async with told(house, table("ntfy", sink, on="held")) as telling:
            with pytest.raises(MailboxUnavailable):
                await a_mail_that_cannot_be_read(telling)
            await of(telling).tell()
    assert len(sink.asked) == 1


async def test_a_target_that_is_busy_is_tried_again_and_asked_to_wait(house: House) -> None:
    answers = iter([reply(429, retry_after="100"), reply(503)])
    with Sink(lambda asked: next(answers, None) or STAND_INS["ntfy"](asked)) as sink:
        async with told(house, table("ntfy", sink)) as telling:
            await of(telling).alarm(HELD, US, None)
            for seconds, tries in ((0, 1), (99, 1), (2, 2), (9, 2), (2, 3), (99, 3)):
                house.clock.passes(seconds)
                await of(telling).tell()
                assert len(sink.asked) == tries
    assert await states(house) == ["sent"]


async def test_a_target_that_is_away_is_given_up(house: House) -> None:
    with Sink() as sink:
        gone = table("ntfy", sink)
    async with told(house, gone) as telling:
        await of(telling).alarm(HELD, US, None)
        for pause in PAUSES:
            await of(telling).tell()
            assert await states(house) == ["planned"]
            house.clock.passes(pause.total_seconds() + 1)
        await of(telling).tell()
    assert await states(house) == ["failed"]


@pytest.mark.parametrize(
    ("said", "state"),
    [(b"", "unknown"), (reply(500), "unknown"), (reply(404), "failed"), (reply(200, b"no"), "failed")],
)
async def test_what_may_have_been_told_is_not_told_again(house: House, said: bytes, state: str) -> None:
    with Sink(lambda _: said) as sink:
        async with told(house, table("slack", sink)) as telling:
            await of(telling).alarm(HELD, US, None)
            await of(telling).tell()
            house.clock.passes(100_000)
            await of(telling).tell()
    assert (len(sink.asked), await states(house)) == (1, [state])


def never(_: Asked) -> Iterator[bytes]:
    while True:
        time.sleep(0.02)
        yield b""


async def test_a_crash_while_it_is_told_tells_nobody_twice(house: House) -> None:
    """Killed between the request and what is stored after it: the row says that it may have left."""
    with Sink() as sink:
        async with told(house, table("slack", sink)) as telling:
            await of(telling).alarm(HELD, US, None)
            sink.answer = never
            telling_it = asyncio.create_task(of(telling).tell())
            await eventually(lambda: sink.asked)
            telling_it.cancel()
            await asyncio.gather(telling_it, return_exceptions=True)
            assert await states(house) == ["committing"]
            sink.answer = STAND_INS["slack"]
            for seconds in (1, 60, 120):
                house.clock.passes(seconds)
                await of(telling).tell()
    assert (len(sink.asked), await states(house)) == (1, ["unknown"])


async def test_two_processes_tell_it_once(house: House) -> None:
    with Sink(STAND_INS["ntfy"]) as sink:
        async with told(house, table("ntfy", sink)) as one, told(house, table("ntfy", sink)) as other:
            await of(one).alarm(HELD, US, None)
            await asyncio.gather(of(one).tell(), of(other).tell())
    assert len(sink.asked) == 1


async def test_a_flood_of_alarms_is_no_flood_of_notices(house: House) -> None:
    with Sink(STAND_INS["ntfy"]) as sink:
        async with told(house, table("ntfy", sink)) as telling:
            for _ in range(5):
                await of(telling).alarm(HELD, US, None)
            assert await states(house) == ["planned"]
            for number in range(MOST_AN_HOUR + 5):
                await of(telling).ended(1000 + number, US, State.HELD, HELD)
                await of(telling).alarm(Reason(f"decide.x{number}"), US, None)
    found = await states(house)
    assert (found.count("planned"), found.count("dropped")) == (MOST_AN_HOUR, 6)


async def test_mail_that_cannot_be_sent_now_is_sent_later_and_a_lost_line_is_no_second_mail(house: House) -> None:
    house.mailbox.before_commit = [MailboxUnavailable("smtp.connection_lost", server="x"), None]
    house.mailbox.after_commit = [SubmissionUnknown("smtp.outcome_unknown", server="x")]
    async with told(house, {"id": "boss", "kind": "mail", "to": "boss@house.example"}) as telling:
        await of(telling).alarm(HELD, US, None)
        for state in ("planned", "unknown", "unknown"):
            await of(telling).tell()
            assert await states(house) == [state]
            house.clock.passes(1000)
    assert house.mailbox.submitted == []


async def test_in_the_background_and_to_the_end(house: House, tmp_path: Path) -> None:
    """As the program runs it: nobody waits for it, and a stop does not cut it off."""
    authority = Authority(tmp_path / "ca")
    with Sink(STAND_INS["ntfy"], authority.context("good", names="DNS:localhost")) as sink:
        mailbox = house.parts.settings.mailboxes[0].model_copy(update={"mail_ca_file": authority.certificate})
        program = Settings.model_validate(
            {"notify": [table("ntfy", sink)], "outgoing_allow": "localhost", "mailboxes": (mailbox,)}
        )
        async with notifier(program, {}, house.parts.store, house.clock) as made:
            await made.alarm(HELD, US, None)
            await eventually(lambda: sink.asked)
            await made.alarm(Reason("decide.answer"), US, None)
        assert len(sink.asked) == 2
    assert await states(house) == ["sent", "sent"]


async def test_a_target_that_takes_its_time_keeps_no_other_waiting(house: House) -> None:
    """Not for what comes while it is being told, either."""
    may = threading.Event()

    def in_its_time(asked: Asked) -> bytes:
        may.wait(60)
        return STAND_INS["ntfy"](asked)

    patient = Outgoing(Allowed.of(["localhost"]), client_context(), seconds=300)
    with Sink(in_its_time) as slow, Sink(STAND_INS["ntfy"]) as quick:
        given = [table("ntfy", slow, id="slow"), table("ntfy", quick, id="quick")]
        targets = [ByHttp(NotifySettings.model_validate(one), patient) for one in given]
        async with Notifier(targets, Notices(house.parts.store.database), house.parts.store, house.clock) as made:
            await made.alarm(HELD, US, None)
            await eventually(lambda: slow.asked and quick.asked)
            await made.alarm(Reason("decide.answer"), US, None)
            await eventually(lambda: len(quick.asked) == 2)
            assert len(slow.asked) == 1
            may.set()
    assert await states(house) == ["sent"] * 4
