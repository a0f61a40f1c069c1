"""`repondeur check`: what a careful administrator would look at, and what to do about each thing that fails."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import uuid4

import typer

from repondeur.cli import output, start
from repondeur.cli.check_embeddings import check_embeddings
from repondeur.cli.check_knowledge import check_knowledge
from repondeur.cli.check_model import check_models
from repondeur.cli.check_secrets import check_secrets
from repondeur.cli.check_senders import check_senders
from repondeur.cli.check_targets import check_targets
from repondeur.cli.frame import App
from repondeur.cli.pausing import told
from repondeur.engines.cost import in_dollars
from repondeur.errors import RepondeurError, SubmissionUnknown
from repondeur.mail.compose import Composed, compose_reply, deterministic_message_id
from repondeur.mail.message import Message
from repondeur.mailboxes.base import Evidence, Finding, Mailbox, Submission
from repondeur.opening import open_database
from repondeur.settings.glossary_file import use_glossary
from repondeur.settings.load import Loaded
from repondeur.settings.schema import AnyMailbox, Settings
from repondeur.store.database import Database
from repondeur.store.pauses import ALL, Pauses
from repondeur.store.spend import StoredSpending
from repondeur.store.upgrade import HEAD
from repondeur.texts import Reason, hint, render, say
from repondeur.wiring import open_mailbox

MARKS = {"ok": "✓", "warning": "!", "failed": "✗"}
LOOKS, LOOK_SECONDS = 20, 3  # for the test mail: a minute in all

app = App()


@dataclass(frozen=True, slots=True)
class Where:
    """What a finding is about: a mailbox, one of several models, or another system; nothing for the program as a
    whole."""

    mailbox: str = ""
    model: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """mailbox: its name, "" for all. other: address of a mailbox that must be out of reach, "" to try none."""

    mailbox: str
    other: str
    send_test: bool


@app.command()
def check(
    mailbox: Annotated[str, typer.Argument()] = "",
    as_json: Annotated[bool, typer.Option("--json")] = False,
    other_mailbox: str = "",
    send_test: Annotated[bool, typer.Option("--send-test")] = False,
) -> None:
    loaded = start.loaded_with_mailbox()
    start.without_logs(loaded.settings)
    use_glossary(loaded.settings)
    start.mailbox(loaded.settings, mailbox)  # a name that does not exist is told at once
    if asyncio.run(_check(loaded, Wanted(mailbox, other_mailbox, send_test), as_json=as_json)):
        raise typer.Exit(1)


async def _check(loaded: Loaded, wanted: Wanted, *, as_json: bool) -> bool:
    counts: Counter[str] = Counter()
    mailbox = ""
    async for where, finding in _findings(loaded, wanted):
        counts[finding.status] += 1
        if as_json:
            output.write_json(_json(where, finding))
            continue
        if where.mailbox != mailbox:
            typer.echo(f"\n{output.safe(where.mailbox)}")
            mailbox = where.mailbox
        _print(where, finding)
    if not as_json:
        typer.echo()
        output.say("check.summary", ok=counts["ok"], warnings=counts["warning"], failed=counts["failed"])
    return counts["failed"] > 0


async def _findings(loaded: Loaded, wanted: Wanted) -> AsyncIterator[tuple[Where, Finding]]:
    """Each finding with what it is about."""
    settings = loaded.settings
    yield Where(), Finding("check.settings", "ok", Reason("check.settings_read", {"count": len(settings.mailboxes)}))
    for found in check_secrets(loaded.files):
        yield Where(), found
    async with AsyncExitStack() as stack:
        database = Database(settings.database)
        yield Where(), _database(settings, stack, database)
        async for name, finding in check_models(settings):
            yield Where(model=name), finding
        of_program = (_spending(settings, database), _sending(database, wanted.mailbox))
        for looked in (*of_program, check_knowledge(settings, database), check_embeddings(settings)):
            async for finding in looked:
                yield Where(), finding
        async for name, finding in check_targets(settings):
            yield Where(target=name), finding
        for one in settings.mailboxes:
            if wanted.mailbox in {"", one.name}:
                opened = open_mailbox(one, settings, database)
                stack.push_async_callback(opened.close)
                async for finding in opened.check(wanted.other):
                    yield Where(one.name), finding
                for finding in check_senders(one):
                    yield Where(one.name), finding
                if wanted.send_test:
                    async for finding in _test_mail(one, opened):
                        yield Where(one.name), finding


def _database(settings: Settings, stack: AsyncExitStack, database: Database) -> Finding:
    try:
        open_database(settings, stack, lambda _: database, alone=False)
    except RepondeurError as error:
        return Finding("check.database", "failed", error.reason)
    return Finding("check.database", "ok", Reason("check.database_at_head", {"revision": HEAD}))


async def _spending(settings: Settings, database: Database) -> AsyncIterator[Finding]:
    """What models have cost today, where that is limited."""
    cap = settings.model_daily_spend
    if cap is None:
        return
    try:
        spent = await StoredSpending(database, lambda: datetime.now(UTC)).today()
    except RepondeurError as error:
        yield Finding("check.spending", "failed", error.reason)
        return
    said = {"spent": in_dollars(spent), "cap": in_dollars(cap)}
    if spent >= cap:
        yield Finding("check.spending", "warning", Reason("engine.spend_cap", said))
    else:
        yield Finding("check.spending", "ok", Reason("check.spent_today", said))


async def _sending(database: Database, mailbox: str) -> AsyncIterator[Finding]:
    """Where nothing leaves by itself. mailbox: "" for all."""
    try:
        found = await Pauses(database).every()
    except RepondeurError as error:
        yield Finding("check.sending", "failed", error.reason)
        return
    paused = [told(one) for one in found if mailbox == ALL or one.mailbox in {ALL, mailbox}]
    for reason in paused:
        yield Finding("check.sending", "warning", reason)
    if not paused:
        yield Finding("check.sending", "ok", Reason("limits.sending_free"))


def _json(where: Where, finding: Finding) -> dict[str, Any]:
    language = output.language()
    return {
        "mailbox": where.mailbox or None,
        "model": where.model or None,
        "target": where.target or None,
        "what": finding.what,
        "status": finding.status,
        "code": finding.reason.code,
        "text": render(finding.reason, language),
        "hint": hint(finding.reason, language),
    }


def _print(where: Where, finding: Finding) -> None:
    language = output.language()
    what = f"{say(finding.what, language)} {where.model or where.target}".strip()
    output.write_wrapped(f"{MARKS[finding.status]} ", f"{what} — {render(finding.reason, language)}", under="    ")
    advice = hint(finding.reason, language)
    if advice and finding.status != "ok":
        output.write_wrapped("    → ", advice)


# -- a mail from the mailbox to itself


async def _test_mail(settings: AnyMailbox, mailbox: Mailbox) -> AsyncIterator[Finding]:
    """On the way that answers take: by the mailbox, and then looked for as after a crash."""
    what = "check.test_mail"
    mail = _composed(settings)
    submission = Submission(mail.message_id, mail.raw, settings.from_email, mail.recipient.address)
    try:
        await mailbox.submit(submission, _nothing_to_store)
    except SubmissionUnknown:
        pass  # looking for it tells
    except RepondeurError as error:
        yield Finding(what, "failed", error.reason)
        return
    else:
        yield Finding(what, "ok", Reason("check.test_sent"))
    for look in range(LOOKS):
        await asyncio.sleep(LOOK_SECONDS if look else 0)
        if await mailbox.evidence(mail.message_id) is Evidence.SENT:
            yield Finding(what, "ok", Reason("check.test_arrived"))
            return
    seconds = LOOKS * LOOK_SECONDS
    yield Finding(what, "warning", Reason("check.test_not_found", {"seconds": seconds, "subject": mail.subject}))


def _composed(settings: AnyMailbox) -> Composed:
    """As if we answered ourselves; the agent ignores what comes from its own address."""
    language = output.language()
    own = settings.address
    text = say("check.test_text", language)
    return compose_reply(
        Message(None, (own,), say("check.test_subject", language), "", content_hash="", size=0),
        sender=own,
        recipient=own,
        text=text,
        message_id=deterministic_message_id(settings.name, uuid4().hex, "check", own.domain),
        date=datetime.now(UTC),
        signature="",
        language=language,
        automatic=True,
    )


async def _nothing_to_store() -> None:
    """Whether this mail left is asked of the mailbox alone."""
