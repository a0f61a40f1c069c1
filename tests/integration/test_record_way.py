"""What the record tells of a mail's way, and what would be decided about it today."""

import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from structlog.testing import capture_logs
from tests.support.agent import Ended
from tests.support.forking import Forked
from tests.support.house import ANALYSIS, CLAIRE, US, House, Readers, ScriptedEngine, a_house, a_mail, some_readers
from tests.support.memory_mailbox import MemoryMailbox

from repondeur.knowledge.index import Index
from repondeur.mailboxes.base import Submission
from repondeur.pipeline.again import NotAgain, again
from repondeur.policy.analysis import Asked
from repondeur.policy.passage import Passage
from repondeur.store import record, review
from repondeur.store.chain import Link
from repondeur.store.forgetting import Forgetting
from repondeur.store.pauses import Pauses
from repondeur.store.records import Mail, State
from repondeur.store.verifying import verify

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Stopped(MemoryMailbox):
    """Somebody says stop while an answer is being handed over."""

    def __init__(self, house: House) -> None:
        super().__init__()
        self._pauses, self._clock = Pauses(house.parts.store.database), house.clock

    async def submit(self, submission: Submission, committing: Callable[[], Awaitable[None]]) -> None:
        await self._pauses.pause(US, self._clock())
        await super().submit(submission, committing)


RETURNS = Passage("kb:commande", "Commandes", "Votre commande part demain.", "fr", "public", "commandes.md")
SAYS = replace(ANALYSIS, passages=("kb:commande",), asked=Asked("ab" * 32, "model-7", "cd" * 32, "fp_1"))


def knowing(house: House, *passages: Passage, **settings: object) -> House:
    """The same house, where this is known, and with these settings of the mailbox."""
    (account,) = house.parts.accounts.values()
    given = replace(account, settings=account.settings.model_copy(update=settings))
    parts = replace(house.parts, index=lambda: Index(passages), accounts={US: given})
    return replace(house, parts=parts)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def readers() -> AsyncIterator[Readers]:
    async with some_readers() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def house(tmp_path: Path, readers: Readers) -> AsyncIterator[House]:
    async with a_house(tmp_path, ScriptedEngine(SAYS), readers=readers) as opened:
        yield knowing(opened, RETURNS)


async def rows_of(house: House, mail: Mail) -> list[Link]:
    return await house.parts.store.database.read(lambda connection: record.of_mail(connection, mail.id))


async def answered(house: House, **fields: str) -> Mail:
    house.mailbox.put(a_mail(**fields))
    (mail,) = await house.work()
    return mail


async def test_of_an_answer_everything_is_told_that_it_rests_on(house: House) -> None:
    with capture_logs() as logs:
        mail = await answered(house)
    assert mail.state is State.ANSWERED
    decided, sent = map(record.details_of, await rows_of(house, mail))
    assert decided["decision"]["verdict"] == "answer"
    assert decided["guard"]["verdict"] == "send"
    assert decided["screening"]["verdict"] == "answerable"
    assert [one["id"] for one in decided["passages"]] == decided["analysis"]["passages"] == ["kb:commande"]
    assert decided["analysis"]["asked"] == {
        "prompt": "ab" * 32,
        "model": "model-7",
        "model_digest": "cd" * 32,
        "fingerprint": "fp_1",
    }
    digests = (decided["rules"], decided["settings"], decided["analysis"]["sha256"], decided["text_sha256"])
    assert all(len(one) == 64 for one in digests)
    left = hashlib.sha256(house.mailbox.submitted[0].raw).hexdigest()
    assert (sent["sha256"], sent["to"]) == (left, CLAIRE)
    (said,) = (one for one in logs if one["event"] == "record.head")
    assert said["head"] == verify(house.parts.store.database).head
    assert (said["told"], said["mail"]) == ("sent", mail.id)


async def test_who_has_decided_for_a_held_mail_is_told(house: House) -> None:
    house.engine.script = [replace(SAYS, needs_human=True)]
    mail = await answered(house)
    assert mail.state is State.HELD
    await review.approve(house.parts.store, mail.id, house.clock(), by={"user": "claude"})
    (mail,) = await house.work()
    rows = await rows_of(house, mail)
    assert [row.event for row in rows] == ["decided", "approved", "sent"]
    assert record.details_of(rows[1])["by"] == {"user": "claude"}
    told = record.details_of(rows[2])
    assert told["sha256"] == hashlib.sha256(house.mailbox.submitted[0].raw).hexdigest()


async def test_a_rejection_a_draft_and_a_retry_are_told(house: House) -> None:
    house.engine.script = [replace(SAYS, needs_human=True)]
    mail = await answered(house)
    await review.retry(house.parts.store, mail.id, house.clock(), by={"user": "claude"})
    house = knowing(house, RETURNS, reply="draft")
    house.engine.script = [SAYS]
    (mail,) = await house.work()
    assert mail.state is State.DRAFTED
    await review.reject(house.parts.store, mail.id, house.clock())
    (mail,) = await house.work()
    told = [row.event for row in await rows_of(house, mail)]
    assert told == ["decided", "retried", "decided", "drafted", "rejected"]
    found = verify(house.parts.store.database)
    assert (found.broken, found.rows) == (None, 5)


async def test_the_same_mail_is_decided_the_same_way_again(house: House) -> None:
    mail = await answered(house)
    asked = len(house.engine.asked)
    found = await again(mail, await rows_of(house, mail), house.parts, ask=False)
    assert (found.differences, found.changed, found.text_diff) == ((), (), ())
    assert len(house.engine.asked) == asked, "the model costs money"
    assert verify(house.parts.store.database).rows == 2, "nothing is written"
    assert len(house.mailbox.submitted) == 1


async def test_other_settings_rules_and_passages_tell(house: House) -> None:
    mail = await answered(house)
    rows = await rows_of(house, mail)
    drafting = await again(mail, rows, knowing(house, RETURNS, reply="draft").parts, ask=False)
    assert drafting.differences == ("decision", "guard")
    assert drafting.changed == ("settings",)
    assert drafting.now["decision"]["verdict"] == "draft"
    unknown = await again(mail, rows, knowing(house).parts, ask=False)
    assert "decision" in unknown.differences
    assert "passages" in unknown.changed
    longer = replace(RETURNS, text="Votre commande part demain, sauf le dimanche.")
    rewritten = await again(mail, rows, knowing(house, longer).parts, ask=False)
    assert "passages" in rewritten.changed
    strict = await again(mail, rows, knowing(house, longer, reply="strict").parts, ask=False)
    assert "text" in strict.differences
    assert any(line.startswith("+") and "dimanche" in line for line in strict.text_diff)


async def test_what_a_limit_kept_back_is_decided_as_then_and_without_it(house: House) -> None:
    limited = knowing(house, RETURNS, limit_author=0)
    mail = await answered(limited)
    assert mail.state is State.DRAFTED
    for today in (limited, house):  # today's counters say nothing of that day
        found = await again(mail, await rows_of(house, mail), today.parts, ask=False)
        assert found.kept_back is not None
        assert (found.differences, found.kept_back.code) == ((), "limits.author")
        assert found.without is not None
        assert (found.now["decision"]["verdict"], found.without["decision"]["verdict"]) == ("draft", "answer")


async def test_what_a_pause_kept_back_in_the_last_moment_is_told(house: House) -> None:
    (account,) = house.parts.accounts.values()
    stopped = Stopped(house)
    parts = replace(house.parts, accounts={US: replace(account, mailbox=stopped)})
    house = replace(house, parts=parts, mailbox=stopped)
    mail = await answered(house)
    assert mail.state is State.HELD
    found = await again(mail, await rows_of(house, mail), house.parts, ask=False)
    assert found.kept_back is not None
    assert (found.differences, found.kept_back.code) == ((), "limits.paused")
    assert found.now["decision"]["verdict"] == "answer"
    assert found.without == found.now


async def test_the_model_is_asked_again_where_that_is_wanted(house: House) -> None:
    mail = await answered(house)
    house.engine.script = [replace(SAYS, needs_human=True)]
    found = await again(mail, await rows_of(house, mail), house.parts, ask=True)
    assert "decision" in found.differences
    assert found.changed == ("analysis",)
    stored = await house.parts.store.get(mail.id)
    assert stored is not None
    assert (stored.state, stored.steps) == (mail.state, mail.steps)


async def test_what_was_forgotten_is_not_decided_again(house: House) -> None:
    mail = await answered(house)
    await Forgetting(house.parts.store.database).erase(CLAIRE, house.clock())
    purged = await house.parts.store.get(mail.id)
    assert purged is not None
    with pytest.raises(NotAgain, match="forgotten"):
        await again(purged, await rows_of(house, mail), house.parts, ask=False)
    with pytest.raises(NotAgain, match="no decision"):
        await again(mail, [], house.parts, ask=False)


async def test_what_a_person_asks_on_the_command_line(house: House, tmp_path: Path) -> None:
    mail = await answered(house)
    environ = {"IMAP_SERVER": "imap.example", "IMAP_USER": US, "IMAP_PASS": "secret", "REPLY": "free"}
    agent = Forked(environ | {"REPONDEUR_DATA_DIR": str(tmp_path), "LC_ALL": "C.UTF-8"}, tmp_path)

    async def run(*words: str) -> Ended:
        return await agent.run("repondeur", "messages", *words)

    async def told(*words: str, code: int = 0) -> dict[str, Any]:
        ended = await run(*words, "--json")
        assert ended.code == code, ended.err
        found: dict[str, Any] = json.loads(ended.out)
        return found

    holds = await told("verify")
    assert (holds["holds"], holds["rows"], holds["messages"], holds["broken"]) == (True, 2, 1, None)
    assert (await told("verify", "--head", holds["head"].upper()))["wanted"] == 2
    assert (await told("verify", "--head", "0" * 64, code=1))["holds"] is False
    gone = await run("verify", "--head", "0" * 64)
    assert (gone.code, "holds" in gone.out, "No row of the record has the hash" in gone.err) == (1, False, True)
    cut = await run("verify", "--head", holds["head"][:8])
    assert (cut.code, "is not the hash of a row" in cut.err) == (2, True), "a slip is no forgery"
    lost = await run("verify", "--head", "")
    assert (lost.code, lost.out) == (2, ""), "a job that has lost the hash it noted must not report success"
    shown = await told("show", str(mail.id))
    assert [row["event"] for row in shown["record"]] == ["decided", "sent"]
    assert shown["record"][1]["hash"] == holds["head"]
    # The store of this process knows no passages.
    assert "passages" in (await told("again", str(mail.id), code=1))["changed"]
    file = tmp_path / "kb" / "commandes.md"
    file.parent.mkdir()
    agent = replace(agent, environ=agent.environ | {"KNOWLEDGE_PUBLIC": str(file.parent)})
    for text, changed in (("Votre commande part dans neuf jours.", True), (RETURNS.text, False)):
        file.write_text(f"---\nid: kb:commande\nlanguage: fr\n---\n# Commandes\n\n{text}\n", "utf-8")
        today = json.loads((await run("again", str(mail.id), "--json")).out)
        assert ("passages" in today["changed"]) is changed, "by the files as they are now, though no agent runs"
    assert (today["same"], today["differences"]) == (True, []), "the very octets that left"
    signed = replace(agent, environ=agent.environ | {"SIGNATURE": "La boutique"})
    around = await signed.run("repondeur", "messages", "again", str(mail.id))
    assert (around.code, "What stands around it would be different" in around.out) == (1, True), around
    assert "There is no mail 77" in (await run("again", "77")).err
    database = house.parts.store.database

    def tamper(connection: Any) -> None:
        connection.exec_driver_sql("DROP TRIGGER record_not_changed")
        connection.exec_driver_sql("UPDATE record SET event = 'decided' WHERE id = 2")

    await database.run(tamper)
    broken = await run("verify")
    assert broken.code == 1
    assert broken.err.startswith("Row 2 of the record was changed.")
    assert f"mail {mail.id}" in broken.err
