"""One mail in words, as `messages show` prints it: the mail, what was understood, what was said to it, its way with the
reasons, and its rows in the record."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import typer

from repondeur.cli import output
from repondeur.cli.rows import label, moment, place, sentence, word
from repondeur.mail.message import Address
from repondeur.mail.shown import shown_author
from repondeur.store.steps import first_reason
from repondeur.texts import Reason

MOST_LINES: Final = 200  # of one text
SHOWN_ATTACHMENT: Final = 500  # characters
SHOWN_HASH: Final = 16
LEFT: Final = frozenset({"sent", "done"})

Fields = Sequence[tuple[str, str]]  # what a value is called, and the value


def write(found: dict[str, Any], advice: Sequence[str]) -> None:
    """found: what `messages show --json` prints. advice: what a person can do next."""
    typer.echo(f"{word('mail')} {found['id']}")
    output.write_fields([*_head(found), *(("→", one) for one in advice)])
    _message(found["message"])
    if analysis := _analysis(found["steps"]):
        typer.echo(f"\n{word('analysis')}")
        output.write_fields(list(_understood(analysis)))
    for action in found["actions"]:
        typer.echo(f"\n{_title(action)}")
        if text := action["body"] or action["text"]:
            _text(text)
        elif not action["kind"].startswith("call:"):
            _line(word("forgotten"))
    typer.echo(f"\n{word('way')}")
    said: Reason | None = None
    for step in found["steps"]:
        reason = first_reason(step["step"], step["found"])
        _step(step, None if reason == said else reason)
        said = reason
    if found["record"]:
        typer.echo(f"\n{word('record')}")
    for row in found["record"]:
        _record(row)


def _head(found: dict[str, Any]) -> Fields:
    message = found["message"]
    author = shown_author(Address(**message["author"])) if message else ""
    return (
        (word("field_from"), author or found["author"]),
        (word("field_to"), ", ".join(one["address"] for one in message["to"]) if message else ""),
        (word("field_subject"), found["subject"] or (word("no_subject") if message else "")),
        (word("field_received"), moment(datetime.fromisoformat(found["received"]))),
        (word("field_mailbox"), found["mailbox"]),
        ("Message-ID", found["message_id"] or ""),
        (word("column_state"), label("state", found["state"])),
        (word("column_reason"), found["reason"]),
    )


def _message(message: dict[str, Any] | None) -> None:
    """What the mail says; of one that was forgotten, that it was."""
    typer.echo(f"\n{word('text')}")
    if message is None:
        _line(word("purged"))
        return
    if message["hidden"]:
        _line(f"{word('hidden_text')} {message['hidden'][:SHOWN_ATTACHMENT]}")
    _text(message["text"] or word("no_text"))
    for attachment in message["attachments"]:
        said = " ".join(filter(None, [attachment["reason"], *attachment["text"].split()]))
        _line(word("attachment", file=attachment["name"]), said[:SHOWN_ATTACHMENT])


def _analysis(steps: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Of the last time it was read."""
    found = [one["found"] for one in steps if one["step"] == "understand" and isinstance(one["found"], dict)]
    return found[-1].get("analysis") if found else None


def _understood(analysis: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield word("fact_intent"), label("intent", analysis["intent"])
    yield word("fact_summary"), analysis["summary"]
    for kind in ("priority", "sentiment", "language"):
        yield word(f"fact_{kind}"), label(kind, analysis[kind])
    yield word("fact_confidence"), word("percent", value=round(analysis["confidence"] * 100))
    for entity in analysis["entities"]:
        yield label("entity", entity["type"]), entity["value"]
    yield word("fact_passages"), ", ".join(analysis["passages"])
    yield word("fact_engine"), analysis["engine"]
    if chosen := analysis.get("chosen"):
        yield word("fact_model"), output.pair(chosen["model"], sentence(chosen["why"]))
        for one in chosen["passed_over"]:
            yield word("fact_passed_over"), output.pair(one["model"], sentence(one["reason"]))


def _title(action: dict[str, Any]) -> str:
    """What it is, how far it has come, and to whom."""
    kind, state = action["kind"], action["state"]
    if kind == "reply" and state in LEFT:
        title = word("reply_sent")
    elif kind == "reply" and state == "proposed":
        title = word("reply_proposed")
    else:
        name, _, call = kind.partition(":")
        title = f"{label('action', name)}{f' {call}' if call else ''} ({label('effect', state)})"
    return output.safe(f"{title} → {action['to']}" if action["to"] else title)


def _step(step: dict[str, Any], reason: Reason | None) -> None:
    name, found = step["step"], step["found"]
    call = name.partition(":")[2]
    done = f"{word('action_call')} {call}" if call else label("step", name)
    _line(f"{_when(step['at'])}  {done}", sentence(reason) if reason else "")
    if not isinstance(found, dict):
        return
    for one in (found.get("guarding") or {}).get("objections", ()):
        _line(f"    {sentence(one['reason'])}{place(one['span'])}")
    for one in found.get("calls_left_out") or ():
        _line(f"    {sentence(one)}")


def _record(row: dict[str, Any]) -> None:
    details = row["details"] or {}
    by, (name, _, call) = " / ".join(details.get("by", {}).values()), str(details.get("kind", "")).partition(":")
    event = label("record", row["event"])
    done = output.pair(f"{label('action', name)} {call}", event) if call else event
    where = word("record_row", row=row["row"], hash=row["hash"][:SHOWN_HASH])
    _line(f"{_when(row['at'])}  {done}", " · ".join(filter(None, [where, by])))


def _when(stored: str) -> str:
    return moment(datetime.fromisoformat(stored), seconds=True)


def _line(told: str, more: str = "") -> None:
    output.write_wrapped("  ", f"{told}{f' — {more}' if more else ''}", under="      ")


def _text(text: str) -> None:
    lines = text.splitlines()
    for line in lines[:MOST_LINES]:
        output.write_wrapped("  | ", line, under="  | ")
    if len(lines) > MOST_LINES:
        typer.echo("  | […]")
