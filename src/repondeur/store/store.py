"""Every question and every change that the program puts to its database."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, and_, exists, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from repondeur.errors import ClaimLost
from repondeur.mail.message import Message, MessageRef
from repondeur.store.database import Database
from repondeur.store.records import (
    ActionState,
    Arrived,
    Mail,
    NewMail,
    Stage,
    State,
    StoredAction,
    Summary,
    Waiting,
    from_json,
    to_json,
)
from repondeur.store.tables import action, location, mail, step
from repondeur.texts import Reason

MANY = 500  # values in one IN (…): SQLite takes 32,766, PostgreSQL 65,535


class Store:
    """The mails of all mailboxes.

    Every change to a mail names the claim under which it is made, and raises ClaimLost when another worker has
    taken the mail over in the meantime: a worker that was paused and wakes up can then change nothing any more.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    # --- arriving ---------------------------------------------------------------------------------------------

    async def known(self, mailbox: str, refs: Collection[MessageRef]) -> set[MessageRef]:
        """Which of these places hold a mail that we have."""

        def work(connection: Connection) -> set[MessageRef]:
            found: set[MessageRef] = set()
            for folder in {ref.folder for ref in refs}:
                ids = [ref.id for ref in refs if ref.folder == folder]
                for chunk in _chunks(ids):
                    query = select(location.c.ref).where(
                        location.c.mailbox == mailbox, location.c.folder == folder, location.c.ref.in_(chunk)
                    )
                    found.update(MessageRef(folder, ref) for ref in connection.scalars(query))
            return found

        return await self.database.run(work)

    async def arrive(self, arrivals: Sequence[NewMail]) -> Arrived:
        """Stores new mails, in order, each with where it lies. A mail that is known already is given back as such;
        where it lies now is noted by `place`, once it has been marked there as well."""

        def work(connection: Connection) -> Arrived:
            waiting: list[Waiting] = []
            known: list[tuple[NewMail, State | None]] = []
            for new in arrivals:
                mail_id = connection.scalar(
                    self._insert(mail).values(_row(new)).on_conflict_do_nothing().returning(mail.c.id)
                )
                if mail_id is None:
                    state = connection.scalar(select(mail.c.state).where(_same_mail(new)))
                    known.append((new, State(state) if state else None))
                    continue
                self._place(connection, new, mail_id)
                if new.stage is not Stage.DONE:
                    waiting.append(Waiting(mail_id, new.thread, None, None))
            return Arrived(tuple(waiting), tuple(known))

        return await self.database.run(work)

    async def place(self, again: NewMail) -> None:
        """Notes another place of a mail that is known."""

        def work(connection: Connection) -> None:
            mail_id = connection.scalar(select(mail.c.id).where(_same_mail(again)))
            if mail_id is not None:
                self._place(connection, again, mail_id)

        await self.database.run(work)

    def _place(self, connection: Connection, new: NewMail, mail_id: int) -> None:
        values = {"mailbox": new.mailbox, "folder": new.ref.folder, "ref": new.ref.id, "mail_id": mail_id}
        connection.execute(self._insert(location).values(values).on_conflict_do_nothing())

    def _insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """An INSERT that can say what to do about a row that is there already: each database has its own."""
        return sqlite.insert(table) if self.database.is_sqlite else postgresql.insert(table)

    async def thread_of(self, mailbox: str, message: Message) -> str:
        """The thread a mail belongs to: that of a mail or an answer of ours it refers to, else its own root."""
        named = (*message.references, *message.in_reply_to)

        def work(connection: Connection) -> str | None:
            for query in (
                select(mail.c.thread).where(mail.c.mailbox == mailbox, mail.c.message_id.in_(named[-50:])),
                select(mail.c.thread)
                .join(action, action.c.mail_id == mail.c.id)
                .where(action.c.mailbox == mailbox, action.c.message_id.in_(named[-50:])),
            ):
                thread = connection.scalar(query.limit(1))
                if thread is not None:
                    return str(thread)
            return None

        found = await self.database.run(work) if named else None
        return found or (named[0] if named else message.message_id or message.content_hash)

    async def sender_of(self, mailbox: str, message_id: str) -> int | None:
        """The mail that a message of ours with this Message-ID answers, if it is one of ours."""
        query = select(action.c.mail_id).where(action.c.mailbox == mailbox, action.c.message_id == message_id)
        found: int | None = await self.database.run(lambda connection: connection.scalar(query.limit(1)))
        return found

    async def is_ours(self, message_id: str) -> bool:
        """Is this the Message-ID of a message of ours, of any mailbox?"""
        query = select(exists().where(action.c.message_id == message_id))
        return bool(await self.database.run(lambda connection: connection.scalar(query)))

    # --- working ----------------------------------------------------------------------------------------------

    async def unfinished(self) -> list[Waiting]:
        """Every mail with a step to do, oldest first."""
        query = (
            select(mail.c.id, mail.c.thread, mail.c.retry_at, mail.c.claim)
            .where(mail.c.stage != Stage.DONE)
            .order_by(mail.c.id)
        )
        return await self.database.run(lambda connection: [Waiting(*row) for row in connection.execute(query)])

    async def claim(self, mail_id: int, worker: str | None) -> Mail | None:
        """The mail, now in the hands of `worker` alone; None when it does not exist or nothing is left to do.

        Whoever had it before can no longer change it. Call it only when that one is known to be dead or done.
        """

        def work(connection: Connection) -> Mail | None:
            if worker is not None:
                connection.execute(
                    update(mail).where(mail.c.id == mail_id, mail.c.stage != Stage.DONE).values(claim=worker)
                )
            loaded = _load(connection, mail_id)
            return None if loaded is None or loaded.stage is Stage.DONE else loaded

        return await self.database.run(work)

    async def get(self, mail_id: int) -> Mail | None:
        return await self.database.run(lambda connection: _load(connection, mail_id))

    async def found(self, of: Mail, name: str, found: Any, stage: Stage, now: datetime) -> Mail:
        """Stores what a step found and which step is next, together."""
        found_json = to_json(found)

        def work(connection: Connection) -> None:
            _change(connection, of, stage=stage, tries=0, retry_at=None)
            _note(connection, of.id, name, now, found_json)

        await self.database.run(work)
        return replace(of, stage=stage, tries=0, retry_at=None, steps={**of.steps, name: found_json})

    async def note(self, of: Mail, name: str, found: Any, now: datetime) -> Mail:
        """Stores something about a mail without moving it on."""
        found_json = to_json(found)

        def work(connection: Connection) -> None:
            _change(connection, of, stage=of.stage)
            _note(connection, of.id, name, now, found_json)

        await self.database.run(work)
        return replace(of, steps={**of.steps, name: found_json})

    async def next_stage(self, of: Mail, stage: Stage) -> Mail:
        """The step is done, and what it found is stored already."""
        await self.database.run(lambda connection: _change(connection, of, stage=stage, tries=0, retry_at=None))
        return replace(of, stage=stage, tries=0, retry_at=None)

    async def put_action(self, of: Mail, put: StoredAction) -> Mail:
        """Adds an effect, or replaces the one of its kind."""

        def work(connection: Connection) -> None:
            _change(connection, of, stage=of.stage)
            _put_action(connection, of.mailbox, put)

        await self.database.run(work)
        return replace(of, actions=(*(old for old in of.actions if old.kind != put.kind), put))

    async def plan(
        self, of: Mail, found: Iterable[tuple[str, Any]], actions: Sequence[StoredAction], stage: Stage, now: datetime
    ) -> Mail:
        """Stores what was decided, and every effect that follows from it before any of them is begun."""
        notes = {name: to_json(value) for name, value in found}

        def work(connection: Connection) -> None:
            _change(connection, of, stage=stage, tries=0, retry_at=None)
            for name, value in notes.items():
                _note(connection, of.id, name, now, value)
            for planned in actions:
                _put_action(connection, of.mailbox, planned)

        await self.database.run(work)
        kept = [old for old in of.actions if old.kind not in {new.kind for new in actions}]
        return replace(of, stage=stage, tries=0, retry_at=None, steps={**of.steps, **notes}, actions=(*kept, *actions))

    async def move_action(self, of: Mail, kind: str, state: ActionState, now: datetime) -> Mail:
        """Stores how far an effect has come. Durable once it returns."""

        def work(connection: Connection) -> None:
            _change(connection, of, stage=of.stage)
            connection.execute(
                update(action).where(action.c.mail_id == of.id, action.c.kind == kind).values(state=state, changed=now)
            )

        await self.database.run(work)
        moved = tuple(replace(a, state=state, changed=now) if a.kind == kind else a for a in of.actions)
        return replace(of, actions=moved)

    async def end(self, of: Mail, state: State, reason: Reason, stage: Stage, now: datetime) -> Mail:
        """The mail has its end state; `stage` says whether anything is still to do for it."""

        def work(connection: Connection) -> None:
            _change(
                connection, of, state=state, reason=_reason_json(reason), ended=now, stage=stage, tries=0, retry_at=None
            )
            _note(connection, of.id, "end", now, {"state": state, "reason": _reason_json(reason)})

        await self.database.run(work)
        return replace(of, state=state, reason=reason, stage=stage, tries=0, retry_at=None)

    async def later(self, of: Mail, at: datetime, reason: Reason | None, *, counts: bool = True) -> None:
        """The step did not work, or must wait: again at `at`. counts: it was a try that failed."""
        values: dict[str, Any] = {"retry_at": at, "tries": of.tries + (1 if counts else 0)}
        if of.state is None:
            values["reason"] = _reason_json(reason)
        await self.database.run(lambda connection: _change(connection, of, **values))

    async def release(self, of: Mail) -> None:
        """Nobody has the mail in hand any more. Says nothing when it was taken over."""
        if of.claim is None:
            return
        query = update(mail).where(mail.c.id == of.id, mail.c.claim == of.claim).values(claim=None)
        await self.database.run(lambda connection: connection.execute(query))

    # --- the thread -------------------------------------------------------------------------------------------

    async def newer_from_author(self, of: Mail) -> list[Mail]:
        """Newer mails of the same author in the same thread that wait for an answer or have had one, oldest first."""
        query = (
            select(mail.c.id)
            .where(
                _same_thread(of),
                mail.c.id > of.id,
                mail.c.author == of.author,
                func.coalesce(mail.c.state, State.HELD).in_([State.HELD, State.ANSWERED, State.DRAFTED]),
            )
            .order_by(mail.c.id)
        )
        return await self._all(query)

    async def superseded_by(self, of: Mail) -> list[Mail]:
        """Mails of the same author and thread that were left unanswered because of this one, oldest first."""
        query = (
            select(mail.c.id)
            .where(
                _same_thread(of),
                mail.c.id < of.id,
                mail.c.author == of.author,
                mail.c.reason["code"].as_string() == "decide.superseded",
            )
            .order_by(mail.c.id.desc())
            .limit(10)
        )
        candidates = await self._all(query)
        # Only those since the last answer: what was answered before is settled.
        last_answer = await self._last_answered(of)
        return [candidate for candidate in reversed(candidates) if candidate.id > last_answer]

    async def earlier_in_thread(self, of: Mail, limit: int) -> list[Mail]:
        """The mails of the thread before this one, the latest `limit`, oldest first."""
        query = select(mail.c.id).where(_same_thread(of), mail.c.id < of.id).order_by(mail.c.id.desc()).limit(limit)
        return list(reversed(await self._all(query)))

    async def written_since_by(self, of: Mail, authors: Collection[str]) -> Mail | None:
        """A newer mail of the thread by one of these authors (lower case) that we did not write ourselves."""
        ours = exists().where(action.c.message_id == mail.c.message_id)
        query = (
            select(mail.c.id)
            .where(_same_thread(of), mail.c.id > of.id, func.lower(mail.c.author).in_(authors), ~ours)
            .limit(1)
        )
        found = await self._all(query)
        return found[0] if found else None

    async def _last_answered(self, of: Mail) -> int:
        query = select(func.max(mail.c.id)).where(_same_thread(of), mail.c.id < of.id, mail.c.state == State.ANSWERED)
        return await self.database.run(lambda connection: connection.scalar(query)) or 0

    async def _all(self, ids: Select[Any]) -> list[Mail]:
        def work(connection: Connection) -> list[Mail]:
            loaded = (_load(connection, mail_id) for mail_id in list(connection.scalars(ids)))
            return [one for one in loaded if one is not None]

        return await self.database.run(work)

    # --- people -----------------------------------------------------------------------------------------------

    async def latest(self, limit: int, before: int | None = None) -> list[Summary]:
        """The newest mails first; before: only those with a smaller number."""
        columns = [mail.c[name] for name in Summary.__dataclass_fields__]
        query = select(*columns).order_by(mail.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(mail.c.id < before)
        return await self.database.run(lambda connection: [_summary(row) for row in connection.execute(query)])

    async def history(self, mail_id: int) -> list[tuple[str, datetime, Any]]:
        """Every step of a mail as it was done: name, when, what it found."""
        query = select(step.c.name, step.c.at, step.c.found).where(step.c.mail_id == mail_id).order_by(step.c.id)
        return await self.database.run(
            lambda connection: [(row.name, row.at, row.found) for row in connection.execute(query)]
        )

    async def counts(self) -> dict[tuple[str, str], int]:
        """How many mails stand where: (mailbox, end state or next step) and their number."""
        where = func.coalesce(mail.c.state, mail.c.stage)
        query = select(mail.c.mailbox, where, func.count()).group_by(mail.c.mailbox, where)
        return await self.database.run(
            lambda connection: {(row[0], row[1]): row[2] for row in connection.execute(query)}
        )

    async def held_up_by(self) -> list[Reason]:
        """Why unfinished mails are tried again, each reason once."""
        query = (
            select(mail.c.reason)
            .where(mail.c.stage != Stage.DONE, mail.c.state.is_(None), mail.c.tries > 0)
            .order_by(mail.c.id)
            .limit(MANY)
        )
        found = await self.database.run(lambda connection: [_reason(data) for data in connection.scalars(query)])
        return [reason for index, reason in enumerate(found) if reason is not None and reason not in found[:index]]

    async def reopen(
        self, of: Mail, stage: Stage, note: str, actions: Sequence[StoredAction], now: datetime
    ) -> Waiting:
        """A person wants an ended mail taken up again at `stage`, with these effects. Raises ClaimLost when someone
        else was quicker."""

        def work(connection: Connection) -> None:
            ended = and_(mail.c.id == of.id, mail.c.stage == Stage.DONE, mail.c.state == of.state)
            values = {"stage": stage, "state": None, "reason": None, "ended": None, "tries": 0, "retry_at": None}
            if connection.execute(update(mail).where(ended).values(claim=None, **values)).rowcount != 1:
                raise ClaimLost("store.claim_lost", mail=of.id)
            for changed in actions:
                _put_action(connection, of.mailbox, changed)
            _note(connection, of.id, note, now, {})

        await self.database.run(work)
        return Waiting(of.id, of.thread, None, None)

    async def purge(self, ended_before: datetime) -> int:
        """Forgets what the mails said that ended before this moment, never that they were handled."""
        old = and_(mail.c.stage == Stage.DONE, mail.c.ended < ended_before, mail.c.message.is_not(None))

        def work(connection: Connection) -> int:
            ids = select(mail.c.id).where(old)
            connection.execute(update(action).where(action.c.mail_id.in_(ids)).values(text=None, raw=None))
            connection.execute(update(step).where(step.c.mail_id.in_(ids), step.c.name != "end").values(found=None))
            return connection.execute(update(mail).where(old).values(message=None, subject="", author="")).rowcount

        return await self.database.run(work)


def _same_mail(new: NewMail) -> Any:
    return and_(mail.c.mailbox == new.mailbox, mail.c.identity == new.identity)


def _row(new: NewMail) -> dict[str, Any]:
    return {
        "mailbox": new.mailbox,
        "identity": new.identity,
        "message_id": new.message.message_id,
        "thread": new.thread,
        "subject": new.message.subject,
        "author": new.message.author.address,
        "received": new.received,
        "message": to_json(new.message),
        "stage": new.stage,
        "state": new.state,
        "reason": _reason_json(new.reason),
        "ended": new.received if new.state else None,
        "tries": 0,
    }


def _same_thread(of: Mail) -> Any:
    return and_(mail.c.mailbox == of.mailbox, mail.c.thread == of.thread)


def _change(connection: Connection, of: Mail, **values: Any) -> None:
    """Changes the row if it is still ours. A claim of None is that of the only process there is (SQLite)."""
    held = mail.c.claim.is_(None) if of.claim is None else mail.c.claim == of.claim
    if connection.execute(update(mail).where(mail.c.id == of.id, held).values(**values)).rowcount != 1:
        raise ClaimLost("store.claim_lost", mail=of.id)


def _note(connection: Connection, mail_id: int, name: str, at: datetime, found: Any) -> None:
    connection.execute(insert(step).values(mail_id=mail_id, name=name, at=at, found=found))


def _put_action(connection: Connection, mailbox: str, put: StoredAction) -> None:
    values = {
        "state": put.state,
        "message_id": put.message_id,
        "recipient": put.recipient,
        "text": put.text,
        "raw": put.raw,
        "changed": put.changed,
    }
    same = and_(action.c.mail_id == put.mail_id, action.c.kind == put.kind)
    if connection.execute(update(action).where(same).values(values)).rowcount == 0:
        connection.execute(insert(action).values(mail_id=put.mail_id, kind=put.kind, mailbox=mailbox, **values))


def _load(connection: Connection, mail_id: int) -> Mail | None:
    row = connection.execute(select(mail).where(mail.c.id == mail_id)).one_or_none()
    if row is None:
        return None
    places = connection.execute(select(location.c.folder, location.c.ref).where(location.c.mail_id == mail_id))
    steps = connection.execute(select(step.c.name, step.c.found).where(step.c.mail_id == mail_id).order_by(step.c.id))
    actions = connection.execute(select(action).where(action.c.mail_id == mail_id).order_by(action.c.id))
    return Mail(
        id=row.id,
        mailbox=row.mailbox,
        identity=row.identity,
        message_id=row.message_id,
        thread=row.thread,
        subject=row.subject,
        author=row.author,
        received=row.received,
        stage=Stage(row.stage),
        state=State(row.state) if row.state else None,
        reason=_reason(row.reason),
        tries=row.tries,
        retry_at=row.retry_at,
        claim=row.claim,
        message=None if row.message is None else from_json(Message, row.message),
        refs=tuple(MessageRef(*place) for place in places),
        steps=_since_last_retry((found.name, found.found) for found in steps),
        actions=tuple(_action(one) for one in actions),
    )


def _since_last_retry(history: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """What holds now: a person who has a mail taken up again wants what was found before to count no more."""
    steps: dict[str, Any] = {}
    for name, found in history:
        if name == "retried":
            steps.clear()
        elif found is not None:
            steps[name] = found
    return steps


def _action(row: Row[Any]) -> StoredAction:
    return StoredAction(
        mail_id=row.mail_id,
        kind=row.kind,
        state=ActionState(row.state),
        message_id=row.message_id,
        recipient=row.recipient,
        text=row.text or "",
        raw=row.raw,
        changed=row.changed,
    )


def _summary(row: Row[Any]) -> Summary:
    known = row._asdict()
    known.update(stage=Stage(row.stage), state=State(row.state) if row.state else None, reason=_reason(row.reason))
    return Summary(**known)


def _reason_json(reason: Reason | None) -> Any:
    return None if reason is None else {"code": reason.code, "params": dict(reason.params)}


def _reason(data: Any) -> Reason | None:
    return None if data is None else Reason(data["code"], data["params"])


def _chunks(ids: list[str]) -> Iterable[list[str]]:
    return (ids[start : start + MANY] for start in range(0, len(ids), MANY))
