"""What the agent may say: the passages of the knowledge base, as stored, and the files that they were read from."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, update

from repondeur.policy.passage import Passage, Visibility
from repondeur.store.database import Database
from repondeur.store.rows import reason_from, reason_json
from repondeur.store.tables import knowledge_file, passage
from repondeur.texts import Reason

_COLUMNS: Final = tuple(passage.c[name] for name in Passage.__dataclass_fields__)
_BY_ID: Final = delete(passage).where(passage.c.id == bindparam("of_id"))
MANY: Final = 500  # values in one IN (…)


@dataclass(frozen=True, slots=True)
class KnowledgeFile:
    """A file that passages were read from. path: absolute. watched: it lies in a folder that settings name. visibility:
    of what does not say it itself. size: octets. modified: nanoseconds. digest: SHA-256 of its octets, "" where they
    were not read. problem: why it was not taken as it is now; its passages are then those it had before."""

    path: str
    watched: bool
    visibility: Visibility
    size: int
    modified: int
    digest: str
    problem: Reason | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """put: passages that are new or differ. gone: ids. digests: of all that there are now, by id."""

    put: tuple[Passage, ...]
    gone: frozenset[str]
    digests: Mapping[str, int]


class Shelf:
    """The stored passages; an index over them is made by knowledge.index. Raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def all(self) -> list[Passage]:
        """Every passage, by id."""
        query = select(*_COLUMNS).order_by(passage.c.id)
        return await self.database.read(lambda connection: [_passage(row) for row in connection.execute(query)])

    async def fingerprint(self) -> tuple[int, int]:
        """Changes with every passage that is added, edited or removed."""
        query = select(func.count(), func.coalesce(func.sum(passage.c.digest), 0))

        def work(connection: Connection) -> tuple[int, int]:
            count, total = connection.execute(query).one()
            return int(count), int(total)

        return await self.database.read(work)

    async def changes(self, known: Mapping[str, int]) -> Changes:
        """known: the digests that the last changes came with."""
        digests = select(passage.c.id, passage.c.digest)

        def work(connection: Connection) -> Changes:
            stored = {row.id: row.digest for row in connection.execute(digests)}
            differing = sorted(one for one, digest in stored.items() if known.get(one) != digest)
            found: list[Passage] = []
            for start in range(0, len(differing), MANY):
                query = select(*_COLUMNS).where(passage.c.id.in_(differing[start : start + MANY]))
                found += map(_passage, connection.execute(query.order_by(passage.c.id)))
            return Changes(tuple(found), frozenset(known.keys() - stored.keys()), stored)

        return await self.database.read(work)

    async def put(self, passages: Iterable[Passage]) -> None:
        """Adds passages that are from no file; one with a known id replaces it."""
        given = tuple(passages)
        await self.database.run(lambda connection: _put(connection, given, ""))

    async def remove(self, passage_id: str) -> bool:
        """False when there is none with this id."""
        query = delete(passage).where(passage.c.id == passage_id)
        return await self.database.run(lambda connection: connection.execute(query).rowcount > 0)

    # --- files ------------------------------------------------------------------------------------------------

    async def files(self) -> dict[str, KnowledgeFile]:
        """Every file that is known, by its path."""
        query = select(knowledge_file).order_by(knowledge_file.c.path)
        return await self.database.read(lambda connection: {row.path: _file(row) for row in connection.execute(query)})

    async def owners(self) -> dict[str, str]:
        """Each passage's id and the path of its file, "" for none."""
        query = select(passage.c.id, passage.c.file)
        return await self.database.read(lambda connection: {row.id: row.file for row in connection.execute(query)})

    async def put_file(self, file: KnowledgeFile, passages: Sequence[Passage]) -> None:
        """A file as it was read: its passages take the place of those it had, all at once."""

        def work(connection: Connection) -> None:
            connection.execute(delete(passage).where(passage.c.file == file.path))
            _put(connection, passages, file.path)
            _note(connection, file)

        await self.database.run(work)

    async def note_file(self, file: KnowledgeFile) -> None:
        """A file whose passages stay as they are."""
        await self.database.run(lambda connection: _note(connection, file))

    async def hide_file(self, file: KnowledgeFile) -> None:
        """A file that cannot be read now, and whose passages are internal from now on, whatever they were."""
        public = select(*_COLUMNS).where(passage.c.file == file.path, passage.c.visibility == "public")

        def work(connection: Connection) -> None:
            found = [replace(_passage(row), visibility="internal") for row in connection.execute(public)]
            _put(connection, found, file.path)
            _note(connection, file)

        await self.database.run(work)

    async def remove_files(self, paths: Iterable[str]) -> int:
        """Takes files away with their passages; how many passages."""
        gone = tuple(paths)

        def work(connection: Connection) -> int:
            count = 0
            for path in gone:
                connection.execute(delete(knowledge_file).where(knowledge_file.c.path == path))
                count += connection.execute(delete(passage).where(passage.c.file == path)).rowcount
            return count

        return await self.database.run(work)

    async def of_source(self, name: str) -> set[str]:
        """Paths of the files that go by this name: their path, or what their passages call their source."""
        query = (
            select(passage.c.file)
            .where(passage.c.file != "", or_(passage.c.file == name, passage.c.source == name))
            .distinct()
        )
        files = select(knowledge_file.c.path).where(knowledge_file.c.path == name)
        return await self.database.read(lambda connection: {*connection.scalars(query), *connection.scalars(files)})

    async def remove_source(self, name: str) -> int:
        """Takes away the passages without a file that call this their source; how many."""
        query = delete(passage).where(passage.c.source == name, passage.c.file == "")
        return await self.database.run(lambda connection: connection.execute(query).rowcount)


def digest(one: Passage) -> int:
    """40 bits of all that a passage says of itself: sums of these are exact for millions of passages."""
    whole = [one.id, one.title, one.text, one.language, one.visibility, one.source, str(one.valid_until)]
    return int.from_bytes(hashlib.sha256(json.dumps(whole).encode()).digest()[:5])


def _put(connection: Connection, passages: Iterable[Passage], file: str) -> None:
    rows = {one.id: _row(one, file) for one in passages}
    if rows:
        # In one order, whoever writes: two transactions that wait for each other's rows would both fail (PostgreSQL).
        ordered = [rows[name] for name in sorted(rows)]
        connection.execute(_BY_ID, [{"of_id": row["id"]} for row in ordered])
        connection.execute(insert(passage), ordered)


def _row(one: Passage, file: str) -> dict[str, Any]:
    said = {name: getattr(one, name) for name in Passage.__dataclass_fields__}
    return said | {"file": file, "digest": digest(one)}


def _note(connection: Connection, file: KnowledgeFile) -> None:
    values = {name: getattr(file, name) for name in KnowledgeFile.__dataclass_fields__}
    values["problem"] = reason_json(file.problem)
    here = knowledge_file.c.path == file.path
    if not connection.execute(update(knowledge_file).where(here).values(values)).rowcount:
        connection.execute(insert(knowledge_file).values(values))


def _passage(row: Any) -> Passage:
    return Passage(**row._asdict())


def _file(row: Any) -> KnowledgeFile:
    return KnowledgeFile(**{**row._asdict(), "problem": reason_from(row.problem)})
