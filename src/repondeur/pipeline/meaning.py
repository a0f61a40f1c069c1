"""How near the passages are in meaning to what a mail asks, where settings name a model for it.

Nothing waits for it: vectors of passages are made in the background, and a question whose vector does not come in time
is searched for by its words alone.
"""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from repondeur.engines.embedding import Embedder
from repondeur.engines.hiding import question
from repondeur.errors import EngineAnswerInvalid, EngineUnavailable
from repondeur.knowledge.index import Index
from repondeur.knowledge.meaning import Vectors, digest, load, text_of
from repondeur.mail.message import Message
from repondeur.policy.passage import Passage
from repondeur.policy.sensitivity import sensitivity
from repondeur.telemetry import metrics
from repondeur.texts import Reason

log = structlog.get_logger(__name__)

QUESTION_SECONDS = 2.0
PASSAGES_SECONDS = 60.0
READY_SECONDS = 15.0  # that a command waits, for a person who waits for it
BATCH = 16
PAUSE = 60.0  # seconds before passages are tried again after a failure
MAX_QUESTION = 1_000  # characters


class Meaning:
    """file: where the vectors are kept. keeps: whether new ones are written there. sensitive_stays: mail on a sensitive
    matter is shown to no model elsewhere; what is internal never is (I4). hides: what names people is taken out of
    questions."""

    def __init__(
        self, embedder: Embedder, file: Path, *, sensitive_stays: bool, hides: bool = False, keeps: bool = True
    ) -> None:
        self._embedder = embedder
        self._file = file
        self._sensitive_stays = sensitive_stays
        self._hides = hides
        self._keeps = keeps
        self._vectors: Vectors | None = None
        self._known: Sequence[tuple[str, int]] = ()
        self._followed: Index | None = None
        self._again = 0.0
        self._failure: Reason | None = None
        self._task: asyncio.Task[None] | None = None

    async def near(self, message: Message, index: Index) -> Mapping[str, float]:
        """By id of a passage, 0 to 1; {} for a mail that is not to leave the house, and whenever the model fails."""
        self.follow(index)
        if self._vectors is None or not self._known:
            return {}
        if self._sensitive_stays and not self._embedder.local and sensitivity(message, ()):
            return {}
        whole = await asyncio.to_thread(question, message) if self._hides else f"{message.subject}\n{message.text}"
        asked = whole[:MAX_QUESTION]
        found = await self._embedded([asked], QUESTION_SECONDS, asked=True)
        return self._vectors.near(found[0], self._known) if found else {}

    def follow(self, index: Index) -> None:
        """Begin to make the vectors that an index lacks; returns at once."""
        running = self._task is not None and not self._task.done()
        if self._followed is not index and not running and asyncio.get_running_loop().time() >= self._again:
            self._task = asyncio.create_task(self._make(index))

    async def ready(self, index: Index, seconds: float = READY_SECONDS) -> Reason | None:
        """For commands, which end before what is made in the background would help them: waits for the model and for
        the vectors that an index lacks. None when all are there, else why the search goes without some or all."""
        began = asyncio.get_running_loop().time()
        if await self._embedded(["?"], seconds, asked=True) is None:
            return self._failure
        self.follow(index)
        assert self._task is not None
        await asyncio.wait([self._task], timeout=max(0.0, began + seconds - asyncio.get_running_loop().time()))
        if self._task.done():
            return None if self._followed is index else self._failure
        return Reason("embeddings.not_all", {"seconds": seconds})

    async def close(self) -> None:
        """What was made of the passages until now is kept."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._embedder.close()

    async def _make(self, index: Index) -> None:
        public = [one for one in index.passages if one.visibility == "public"]
        vectors = self._vectors if self._vectors is not None else await asyncio.to_thread(load, self._file)
        missing = vectors.missing(public)
        try:
            for start in range(0, len(missing), BATCH):
                some: Sequence[Passage] = missing[start : start + BATCH]
                found = await self._embedded([text_of(one) for one in some], PASSAGES_SECONDS)
                if not found:
                    self._again = asyncio.get_running_loop().time() + PAUSE
                    break
                vectors = vectors.with_more([digest(one) for one in some], found)
            else:
                self._followed = index
        finally:
            self._vectors, self._known = vectors, vectors.known(public)
            if missing and self._keeps:
                await self._save(vectors.only(public) if len(vectors) > 2 * len(public) else vectors)

    async def _save(self, vectors: Vectors) -> None:
        try:
            await asyncio.to_thread(vectors.save, self._file)
        except OSError as error:
            log.warning("embeddings.not_saved", problem=error.strerror)

    async def _embedded(
        self, texts: Sequence[str], seconds: float, *, asked: bool = False
    ) -> list[Sequence[float]] | None:
        try:
            return await self._embedder.embed(texts, seconds, asked=asked)
        except (EngineUnavailable, EngineAnswerInvalid) as error:
            metrics.EMBEDDINGS_FAILED.labels(error.reason.code).inc()
            self._failure = error.reason
            log.warning("embeddings.failed", model=self._embedder.name, reason=error.reason.code)
            return None
