"""How near the passages are in meaning to what a mail asks, where settings name a model for it.

Nothing waits for it: vectors of passages are made in the background, and a question whose vector does not come in time
is searched for by its words alone.
"""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from repondeur.engines.embedding import Embedder
from repondeur.errors import EngineAnswerInvalid, EngineUnavailable
from repondeur.knowledge.index import Index
from repondeur.knowledge.meaning import Vectors, digest, load, text_of
from repondeur.mail.message import Message
from repondeur.policy.passage import Passage
from repondeur.policy.sensitivity import sensitivity
from repondeur.telemetry import metrics

log = structlog.get_logger(__name__)

QUESTION_SECONDS = 2.0
PASSAGES_SECONDS = 60.0
BATCH = 16
PAUSE = 60.0  # seconds before passages are tried again after a failure
MAX_QUESTION = 1_000  # characters


class Meaning:
    """file: where the vectors are kept. sensitive_stays: mail on a sensitive matter is shown to no model elsewhere."""

    def __init__(self, embedder: Embedder, file: Path, *, sensitive_stays: bool) -> None:
        self._embedder = embedder
        self._file = file
        self._sensitive_stays = sensitive_stays
        self._vectors: Vectors | None = None
        self._known: Sequence[tuple[str, int]] = ()
        self._followed: Index | None = None
        self._again = 0.0
        self._task: asyncio.Task[None] | None = None

    async def near(self, message: Message, index: Index) -> Mapping[str, float]:
        """By id of a passage, 0 to 1; {} for a mail that is not to leave the house, and whenever the model fails."""
        self.follow(index)
        if self._vectors is None or not self._known:
            return {}
        if self._sensitive_stays and not self._embedder.local and sensitivity(message, ()):
            return {}
        asked = f"{message.subject}\n{message.text}"[:MAX_QUESTION]
        found = await self._embedded([asked], QUESTION_SECONDS, asked=True)
        return self._vectors.near(found[0], self._known) if found else {}

    def follow(self, index: Index) -> None:
        """Begin to make the vectors that an index lacks; returns at once."""
        running = self._task is not None and not self._task.done()
        if self._followed is not index and not running and asyncio.get_running_loop().time() >= self._again:
            self._task = asyncio.create_task(self._make(index))

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._embedder.close()

    async def _make(self, index: Index) -> None:
        vectors = self._vectors if self._vectors is not None else await asyncio.to_thread(load, self._file)
        missing = vectors.missing(index.passages)
        for start in range(0, len(missing), BATCH):
            some: Sequence[Passage] = missing[start : start + BATCH]
            found = await self._embedded([text_of(one) for one in some], PASSAGES_SECONDS)
            if not found:
                self._again = asyncio.get_running_loop().time() + PAUSE
                break
            vectors = vectors.with_more([digest(one) for one in some], found)
        else:
            self._followed = index
        self._vectors, self._known = vectors, vectors.known(index.passages)
        if missing:
            await self._save(vectors)

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
            log.warning("embeddings.failed", model=self._embedder.name, reason=error.reason.code)
            return None
