"""`repondeur messages verify` and `messages again`: does the record hold, and would today's decision be the same?"""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from repondeur.cli import output, start
from repondeur.cli.arguments import MailNumber
from repondeur.cli.rows import label, moment
from repondeur.errors import SettingsError
from repondeur.opening import open_database
from repondeur.settings.schema import Settings
from repondeur.store import record
from repondeur.store.chain import Link, is_hash
from repondeur.store.review import ReviewRefused
from repondeur.store.verifying import Broken, Verified
from repondeur.store.verifying import verify as verified
from repondeur.texts import Reason, hint, render

if TYPE_CHECKING:
    from repondeur.pipeline.again import Comparison


def verify(
    head: str | None = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    wanted = "" if head is None else head.strip().lower()
    if head is not None and not is_hash(wanted):  # also an empty one: whoever asks has lost what they noted
        raise SettingsError("record.not_a_hash", value=head)
    found = asyncio.run(_verified(start.settings(), wanted))
    holds = found.broken is None and (not wanted or found.wanted is not None)
    if as_json:
        at = None if found.at is None else found.at.isoformat()
        output.write_json({"holds": holds, **asdict(found), "head": found.head or None, "at": at})
    else:
        _tell(found, wanted)
    if not holds:
        raise typer.Exit(1)


def again(
    mail: MailNumber,
    model: Annotated[bool, typer.Option("--model")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    found = asyncio.run(_again(start.settings_with_mailbox(), mail, ask=model))
    if as_json:
        output.write_json({**asdict(found), "same": not found.differences, "at": found.at.isoformat()})
    else:
        _compare(found)
    if found.differences:
        raise typer.Exit(1)


def row_json(row: Link) -> dict[str, Any]:
    """A row of the record as `messages show --json` prints it."""
    return {
        "row": row.id,
        "at": row.at.isoformat(),
        "event": row.event,
        "hash": row.hash,
        "details": None if row.details is None else record.details_of(row),
    }


async def _verified(settings: Settings, wanted: str) -> Verified:
    async with AsyncExitStack() as stack:
        return verified(open_database(settings, stack, alone=False), wanted)


def _tell(found: Verified, wanted: str) -> None:
    if found.broken is not None:
        for reason in _broken(found.broken):
            output.complain_of(reason)
    elif found.rows and not (wanted and found.wanted is None):
        output.say("record.holds", rows=found.rows, messages=found.messages)
    if found.at is None and found.broken is None:
        output.say("record.empty")
    elif found.at is not None:
        at = moment(found.at, seconds=True)
        output.say("record.head", row=found.rows, at=at, hash=found.head)
        typer.echo(f"  {hint(Reason('record.head'), output.language())}")
    if found.earlier:
        output.say("record.earlier", messages=found.earlier)
    if wanted and found.wanted is None:
        output.complain_of(Reason("record.not_found"))
    elif found.wanted is not None:
        output.say("record.found", row=found.wanted)


def _broken(broken: Broken) -> list[Reason]:
    if broken.row is None:
        return [Reason(f"record.broken_{broken.what}", {"mail": broken.mail_id or 0})]
    reasons = [Reason(f"record.broken_{broken.what}", {"row": broken.row})]
    return reasons if broken.mail_id is None else [*reasons, Reason("record.of_mail", {"mail": broken.mail_id})]


async def _again(settings: Settings, mail_id: int, *, ask: bool) -> "Comparison":
    # All that decides: not loaded where it is only listed what was decided.
    from repondeur.pipeline.again import again as decided_again
    from repondeur.wiring import looking

    start.without_logs(settings)
    async with AsyncExitStack() as stack:
        database = open_database(settings, stack, alone=False)
        parts = await looking(settings, database, stack, asks=ask)
        mail = await parts.store.get(mail_id)
        if mail is None:
            raise ReviewRefused("review.no_such_mail", mail=mail_id)
        start.mailbox(settings, mail.mailbox)
        rows = await database.read(lambda connection: record.of_mail(connection, mail_id))
        return await decided_again(mail, rows, parts, ask=ask)


def _compare(found: "Comparison") -> None:
    at = moment(found.at)
    if not found.differences:
        output.say("record.same", mail=found.mail, at=at, **_verdict(found.recorded))
    else:
        output.say("record.recorded", mail=found.mail, at=at, **_verdict(found.recorded))
        output.say("record.now", **_verdict(found.now))
    if found.kept_back is not None:
        output.say("record.kept_back", reason=render(found.kept_back, output.language()))
        output.say("record.without_limit", **_verdict(found.without))
    if "guard" in found.differences:
        for reason in found.objections:
            output.say("record.objection", reason=render(reason, output.language()))
        if not found.objections and (found.recorded["guard"] or {}).get("objections"):
            output.say("record.no_objection")
    if "text" in found.differences:
        output.say("record.other_text")
    if "message" in found.differences:
        output.say("record.other_message")
    for line in found.text_diff:
        typer.echo(f"  {output.safe(line)}")
    for name in found.changed:
        output.say(f"record.changed_{name}")


def _verdict(judgement: Any) -> dict[str, str]:
    verdict, reason = judgement["decision"]["verdict"], Reason(**judgement["decision"]["reason"])
    return {"verdict": label("verdict", verdict), "reason": render(reason, output.language())}
