"""All that is stored of one person, as values that JSON can hold."""

from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, Table, select

from repondeur.store import record
from repondeur.store.database import Database
from repondeur.store.forgetting import mails_of
from repondeur.store.rows import reason_from
from repondeur.store.tables import action, enclosure, gap, location, mail, notice, sending, step
from repondeur.texts import Language, Reason, render

# What says nothing of the person: numbers of rows, and how far the program is with it.
_OURS: Final = {"mail_id", "claim", "tries", "retry_at"}


async def export(database: Database, address: str, language: Language) -> AsyncIterator[dict[str, Any]]:
    """One mail after the other, oldest first: those that this address wrote, or that were answered to it. language: of
    the sentences. Raises StoreUnavailable."""
    for mail_id in await database.read(lambda connection: mails_of(connection, address)):
        yield await database.read(partial(_mail, mail_id=mail_id, language=language))


def _mail(connection: Connection, mail_id: int, language: Language) -> dict[str, Any]:
    (found,) = _rows(connection, mail, mail_id)
    reason = reason_from(found["reason"])
    steps = _rows(connection, step, mail_id)
    return found | {
        "reason": None if reason is None else {"code": reason.code, "sentence": _sentence(reason, language)},
        "models": _models(steps),
        "steps": steps,
        "actions": _rows(connection, action, mail_id),
        "questions_without_answer": _rows(connection, gap, mail_id),
        "attachments_not_read_yet": [one["place"] for one in _rows(connection, enclosure, mail_id)],
        "places": _rows(connection, location, mail_id),
        "counted": _rows(connection, sending, mail_id),
        "told_to_others": _rows(connection, notice, mail_id),
        "record": [
            {"at": _plain(row.at), "event": row.event, "details": record.details_of(row)}
            for row in record.of_mail(connection, mail_id)
        ],
    }


def _rows(connection: Connection, table: Table, mail_id: int) -> list[dict[str, Any]]:
    of_mail = table.c.id if table is mail else table.c.mail_id
    query = select(table).where(of_mail == mail_id).order_by(*table.primary_key)
    return [
        {name: _plain(value) for name, value in row._asdict().items() if name not in _OURS}
        for row in connection.execute(query)
    ]


def _sentence(reason: Reason, language: Language) -> str:
    try:
        return render(reason, language)
    except (KeyError, FileNotFoundError):  # of a version that had other sentences
        return ""


def _models(steps: list[dict[str, Any]]) -> list[str]:
    """Which engines have seen it."""
    analyses = (one["found"].get("analysis") for one in steps if isinstance(one["found"], dict))
    return list(dict.fromkeys(one["engine"] for one in analyses if one))


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat()
        case bytes():
            return value.decode("utf-8", "replace")  # octets of an answer: ASCII, or UTF-8 where the server takes it
        case _:
            return value
