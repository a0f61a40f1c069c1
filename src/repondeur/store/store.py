"""Every question and every change that the program puts to its database."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

import structlog
from sqlalchemy import Connection, Table, and_, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from repondeur.errors import ClaimLost
from repondeur.mail.message import Message, MessageRef
from repondeur.store import enclosures, forgotten, keys, limits, record, recording, rows
from repondeur.store.chain import Link
from repondeur.store.database import Database
from repondeur.store.limits import Sending, SendingWithheld
from repondeur.store.records import (
    WAITS_FOR_A_PERSON,
    ActionState,
    Arrived,
    Mail,
    NewMail,
    Stage,
    State,
    StoredAction,
    Waiting,
    to_json,
)
from repondeur.store.tables import gap, location, mail
from repondeur.texts import Reason

MANY = 500  # values in one IN (…): SQLite takes 32,766, PostgreSQL 65,535

log = structlog.get_logger(__name__)


class Store:
    """The mails of all mailboxes.

    Every change to a mail names the claim under which it is made, and raises ClaimLost when another worker has
    taken the mail over in the meantime: a worker that was paused and wakes up can then change nothing any more.

    keeps_bodies: what a mail says stays after its end, until it is purged. Otherwise it is forgotten in the transaction
    that ends it, unless it waits for a person.
    """

    def __init__(self, database: Database, *, keeps_bodies: bool = True) -> None:
        self.database = database
        self._keeps_bodies = keeps_bodies

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

        return await self.database.read(work)

    async def arrive(self, arrivals: Sequence[NewMail]) -> Arrived:
        """Stores new mails, in order, each with where it lies. A mail that is known already is given back as such;
        where it lies now is noted by `place`, once it has been marked there as well."""

        def work(connection: Connection) -> Arrived:
            keys.check_unchanged(connection, self.database.sealer)
            waiting: list[Waiting] = []
            known: list[tuple[NewMail, State | None]] = []
            for new in arrivals:
                mail_id = connection.scalar(
                    self._insert(mail).values(rows.row_of(new)).on_conflict_do_nothing().returning(mail.c.id)
                )
                if mail_id is None:
                    state = connection.scalar(select(mail.c.state).where(_same_mail(new)))
                    known.append((new, State(state) if state else None))
                    continue
                self._place(connection, new, mail_id)
                if new.contents:
                    enclosures.put(connection, mail_id, new.contents)
                waiting.append(Waiting(mail_id, new.thread, None, None))
            return Arrived(tuple(waiting), tuple(known))

        return await self.database.run(work)

    async def place_at_work(self, again: NewMail) -> State | None:
        """Notes another place of a mail whose way goes on, so that it is marked there at its end, too. Its end state,
        and nothing is noted, when it has ended meanwhile."""
        of = select(mail.c.id, mail.c.state).where(_same_mail(again)).with_for_update()

        def work(connection: Connection) -> State | None:
            row = connection.execute(of).one_or_none()
            if row is not None and row.state is None:
                self._place(connection, again, row.id)
            return State(row.state) if row is not None and row.state else None

        return await self.database.run(work)

    async def place(self, again: NewMail) -> None:
        """Notes another place of a mail that is known, and has been marked there."""

        def work(connection: Connection) -> None:
            mail_id = connection.scalar(select(mail.c.id).where(_same_mail(again)))
            if mail_id is not None:
                self._place(connection, again, mail_id)

        await self.database.run(work)

    def _place(self, connection: Connection, new: NewMail, mail_id: int) -> None:
        if new.ref is None:
            return
        values = {"mailbox": new.mailbox, "folder": new.ref.folder, "ref": new.ref.id, "mail_id": mail_id}
        connection.execute(self._insert(location).values(values).on_conflict_do_nothing())

    def _insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """An INSERT that can say what to do about a row that is there already: each database has its own."""
        return sqlite.insert(table) if self.database.is_sqlite else postgresql.insert(table)

    # --- working ----------------------------------------------------------------------------------------------

    async def unfinished(self) -> list[Waiting]:
        """Every mail with a step to do, oldest first."""
        query = (
            select(mail.c.id, mail.c.thread, mail.c.retry_at, mail.c.claim)
            .where(mail.c.stage != Stage.DONE)
            .order_by(mail.c.id)
        )
        return await self.database.read(lambda connection: [Waiting(*row) for row in connection.execute(query)])

    async def tried_since(self, mail_id: int, at: datetime) -> bool:
        """Whether this mail, which was to be tried again at that moment, is by now to be tried at a later one."""
        query = select(mail.c.retry_at).where(mail.c.id == mail_id)
        found: datetime | None = await self.database.read(lambda connection: connection.scalar(query))
        return found is not None and found > at

    async def claim(self, mail_id: int, worker: str | None) -> Mail | None:
        """The mail, now in the hands of `worker` alone; None when it does not exist or nothing is left to do.

        Whoever had it before can no longer change it. Call it only when that one is known to be dead or done.
        """

        def work(connection: Connection) -> Mail | None:
            keys.check_unchanged(connection, self.database.sealer)
            if worker is not None:
                connection.execute(
                    update(mail).where(mail.c.id == mail_id, mail.c.stage != Stage.DONE).values(claim=worker)
                )
            loaded = rows.load(connection, mail_id)
            return None if loaded is None or loaded.stage is Stage.DONE else loaded

        return await self.database.run(work)

    async def get(self, mail_id: int) -> Mail | None:
        return await self.database.read(lambda connection: rows.load(connection, mail_id))

    async def found(self, of: Mail, name: str, found: Any, stage: Stage, now: datetime) -> Mail:
        """Stores what a step found and which step is next, together. Attachments that nobody has read by then are not
        read any more."""
        found_json = to_json(found)
        closed = enclosures.closed(of.message)

        def work(connection: Connection) -> None:
            rows.change(connection, of, stage=stage, tries=0, retry_at=None, **enclosures.closing(closed))
            if closed is not None:
                enclosures.drop(connection, of.id)
            rows.note(connection, of.id, name, now, found_json)

        await self.database.run(work)
        message = closed or of.message
        steps = {**of.steps, name: found_json}
        return replace(of, stage=stage, tries=0, retry_at=None, steps=steps, message=message)

    async def note(self, of: Mail, name: str, found: Any, now: datetime) -> Mail:
        """Stores something about a mail without moving it on."""
        found_json = to_json(found)

        def work(connection: Connection) -> None:
            rows.change(connection, of, stage=of.stage)
            rows.note(connection, of.id, name, now, found_json)

        await self.database.run(work)
        return replace(of, steps={**of.steps, name: found_json})

    async def contents(self, of: Mail) -> dict[int, bytes]:
        """Octets of the attachments that are still to be read, by their place in the message."""
        return await self.database.read(lambda connection: enclosures.load(connection, of.id))

    async def put_message(self, of: Mail, message: Message) -> Mail:
        """The mail with its attachments read; what was in them is kept no longer."""
        message_json = to_json(message)

        def work(connection: Connection) -> None:
            rows.change(connection, of, message=message_json)
            enclosures.drop(connection, of.id)

        await self.database.run(work)
        return replace(of, message=message)

    async def finish(self, of: Mail, kind: str | None, now: datetime) -> Mail:
        """Nothing is left to do for this mail; the effect of this kind is done too."""

        def work(connection: Connection) -> None:
            rows.change(connection, of, stage=Stage.DONE, tries=0, retry_at=None)
            if kind is not None:
                rows.move_action(connection, of.id, kind, ActionState.DONE, now)
            self._ended(connection, of, of.state, Stage.DONE, now)

        await self.database.run(work)
        return replace(of, stage=Stage.DONE, tries=0, retry_at=None)

    def _ended(self, connection: Connection, of: Mail, state: State | None, stage: Stage, now: datetime) -> None:
        if not self._keeps_bodies and stage is Stage.DONE and state not in WAITS_FOR_A_PERSON:
            forgotten.forget_bodies(connection, [of.id])
            record.append(connection, now, "purged", None, {"mails": 1})

    async def put_action(self, of: Mail, put: StoredAction) -> Mail:
        """Adds an effect, or replaces the one of its kind."""

        def work(connection: Connection) -> None:
            rows.change(connection, of, stage=of.stage)
            rows.put_action(connection, of.mailbox, put)

        await self.database.run(work)
        return replace(of, actions=(*(old for old in of.actions if old.kind != put.kind), put))

    async def plan(
        self,
        of: Mail,
        found: Iterable[tuple[str, Any]],
        actions: Sequence[StoredAction],
        stage: Stage,
        now: datetime,
        *,
        told: Mapping[str, Any] = MappingProxyType({}),
        automatic: Sending | None = None,
    ) -> Mail:
        """Stores what was decided, and every effect that follows from it before any of them is begun. told: what the
        record is to tell of the decision. automatic: there is an answer among the effects that leaves unseen, and it
        needs a place within the limits. Raises SendingWithheld when there is none; then nothing of this is stored."""
        notes = {name: to_json(value) for name, value in found}

        def work(connection: Connection) -> SendingWithheld | None:
            if automatic is not None:
                rows.change(connection, of, stage=of.stage)
                if (withheld := limits.withheld(connection, of, automatic, now)) is not None:
                    return withheld
            rows.change(connection, of, stage=stage, tries=0, retry_at=None)
            for name, value in notes.items():
                rows.note(connection, of.id, name, now, value)
            for planned in actions:
                rows.put_action(connection, of.mailbox, planned)
            record.append(connection, now, "decided", of.id, recording.decided(of, actions, told))
            return None

        if (withheld := await self.database.run(work)) is not None:
            raise withheld
        kept = [old for old in of.actions if old.kind not in {new.kind for new in actions}]
        return replace(of, stage=stage, tries=0, retry_at=None, steps={**of.steps, **notes}, actions=(*kept, *actions))

    async def move_action(self, of: Mail, kind: str, state: ActionState, now: datetime) -> Mail:
        """Stores how far an effect has come. Durable once it returns. What is final goes into the record, and the hash
        of that row into the log: whoever keeps logs elsewhere can tell a record that was written anew."""
        event = recording.moved(of, kind, state)

        def work(connection: Connection) -> Link | None:
            rows.change(connection, of, stage=of.stage)
            rows.move_action(connection, of.id, kind, state, now)
            if kind == "reply" and state in limits.GIVES_BACK:
                limits.give_back(connection, of.id)
            return event and record.append(connection, now, event, of.id, recording.effect(of, kind, state))

        if head := await self.database.run(work):
            log.info("record.head", mail=of.id, told=head.event, number=head.id, head=head.hash)
        moved = tuple(replace(a, state=state, changed=now) if a.kind == kind else a for a in of.actions)
        return replace(of, actions=moved)

    async def end(
        self, of: Mail, state: State, reason: Reason, stage: Stage, now: datetime, *, marked: bool = False
    ) -> Mail:
        """The mail has its end state; `stage` says whether anything is still to do for it. marked: it shows that state
        in all its places. Where it lies elsewhere too by now, it is given back with these places, and has not ended."""
        closed = enclosures.closed(of.message)

        def work(connection: Connection) -> None:
            rows.change(
                connection,
                of,
                state=state,
                reason=rows.reason_json(reason),
                ended=now,
                stage=stage,
                tries=0,
                retry_at=None,
                **enclosures.closing(closed),
            )
            if marked and not set(places := rows.places(connection, of.id)) <= set(of.refs):
                raise _LiesElsewhere(places)
            if closed is not None:
                enclosures.drop(connection, of.id)
            rows.note(connection, of.id, "end", now, {"state": state, "reason": rows.reason_json(reason)})
            self._ended(connection, of, state, stage, now)

        try:
            await self.database.run(work)
        except _LiesElsewhere as found:
            return replace(of, refs=found.places)
        message = closed or of.message
        return replace(of, state=state, reason=reason, stage=stage, tries=0, retry_at=None, message=message)

    async def later(self, of: Mail, at: datetime, reason: Reason | None, *, counts: bool = True) -> None:
        """The step did not work, or must wait: again at `at`. counts: it was a try that failed."""
        values: dict[str, Any] = {"retry_at": at, "tries": of.tries + (1 if counts else 0)}
        if of.state is None:
            values["reason"] = rows.reason_json(reason)
        await self.database.run(lambda connection: rows.change(connection, of, **values))

    async def release(self, of: Mail) -> None:
        """Nobody has the mail in hand any more. Says nothing when it was taken over."""
        if of.claim is None:
            return
        query = update(mail).where(mail.c.id == of.id, mail.c.claim == of.claim).values(claim=None)
        await self.database.run(lambda connection: connection.execute(query))

    # --- people -----------------------------------------------------------------------------------------------

    async def reopen(
        self,
        of: Mail,
        stage: Stage,
        note: record.Wanted,
        actions: Sequence[StoredAction],
        now: datetime,
        *,
        by: Mapping[str, str] = MappingProxyType({}),
    ) -> Waiting:
        """A person wants an ended mail taken up again at `stage`, with these effects. by: who that is, for the record.
        Raises ClaimLost when someone else was quicker."""

        def work(connection: Connection) -> None:
            ended = and_(mail.c.id == of.id, mail.c.stage == Stage.DONE, mail.c.state == of.state)
            values = {"stage": stage, "state": None, "reason": None, "ended": None, "tries": 0, "retry_at": None}
            if connection.execute(update(mail).where(ended).values(claim=None, **values)).rowcount != 1:
                raise ClaimLost("store.claim_lost", mail=of.id)
            if stage is Stage.UNDERSTAND:  # whatever it lacked then will be found out again
                connection.execute(delete(gap).where(gap.c.mail_id == of.id))
            for changed in actions:
                rows.put_action(connection, of.mailbox, changed)
            rows.note(connection, of.id, note, now, {})
            record.append(connection, now, note, of.id, recording.wanted(of, actions, by))

        await self.database.run(work)
        return Waiting(of.id, of.thread, None, None)


class _LiesElsewhere(Exception):
    """Undoes a transaction."""

    def __init__(self, places: tuple[MessageRef, ...]) -> None:
        super().__init__()
        self.places = places


def _same_mail(new: NewMail) -> Any:
    return and_(mail.c.mailbox == new.mailbox, mail.c.identity == new.identity)


def _chunks(ids: list[str]) -> Iterable[list[str]]:
    return (ids[start : start + MANY] for start in range(0, len(ids), MANY))
