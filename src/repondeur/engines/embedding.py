"""What turns a text into numbers that are alike for texts that mean the same."""

import asyncio
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from repondeur.engines.runtimes.openvino_loading import keep_quiet
from repondeur.engines.transport import ResponseTooLarge, http_client, on_this_machine, server_name
from repondeur.errors import EngineAnswerInvalid, EngineUnavailable, SettingsError
from repondeur.settings.schema import Settings

if TYPE_CHECKING:
    import openvino_genai

OPENAI = "https://api.openai.com/v1"
AT_ONCE = 16  # texts in a request: an answer of 3,000 numbers for each stays well below the limit of octets
MOST_CHARACTERS = 6_000  # of a text: about 2,000 tokens, what most such models take

Vector = Sequence[float]


class Embedder(Protocol):
    """name: "openai:MODEL" or "local:PATH"; vectors of two names are never compared. local: nothing leaves the
    machine."""

    @property
    def name(self) -> str: ...
    @property
    def local(self) -> bool: ...

    async def embed(self, texts: Sequence[str], seconds: float, *, asked: bool = False) -> list[Vector]:
        """One vector a text, in order, all of one length. asked: they are questions, not passages. Raises
        EngineUnavailable when it takes longer than `seconds`, EngineAnswerInvalid when it is no answer."""
        ...

    async def close(self) -> None: ...


def embedder(settings: Settings) -> Embedder | None:
    """The one that settings name; None for none. Raises SettingsError for one that cannot be."""
    provider, _, model = settings.embeddings.partition(":")
    if not settings.embeddings:
        return None
    if provider == "local" and model:
        return LocalEmbedder(Path(model))
    if provider != "openai" or not model:
        raise SettingsError("embeddings.unknown", name=settings.embeddings)
    own = settings.embeddings_base_url
    # The key of one server is no other server's business.
    key = settings.embeddings_api_key or (None if own else settings.openai_api_key)
    url = own or settings.openai_base_url or OPENAI
    return RemoteEmbedder(url, model, key.get_secret_value() if key else "")


class RemoteEmbedder:
    """POST BASE_URL/embeddings, as in OpenAI's API reference ("Create embeddings"), which most servers of models
    follow."""

    def __init__(self, base_url: str, model: str, api_key: str = "") -> None:
        self._url = base_url.rstrip("/")
        self._model = model
        self._client = http_client(base_url, timeout=60)
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}

    @property
    def name(self) -> str:
        return f"openai:{self._model}"

    @property
    def local(self) -> bool:
        return on_this_machine(self._url)

    async def embed(self, texts: Sequence[str], seconds: float, *, asked: bool = False) -> list[Vector]:
        found: list[Vector] = []
        try:
            async with asyncio.timeout(seconds):
                for start in range(0, len(texts), AT_ONCE):
                    found += await self._some([text[:MOST_CHARACTERS] for text in texts[start : start + AT_ONCE]])
        except TimeoutError as error:
            raise EngineUnavailable("embeddings.slow", server=server_name(self._url), seconds=seconds) from error
        return found

    async def close(self) -> None:
        await self._client.aclose()

    async def _some(self, texts: list[str]) -> list[Vector]:
        import httpx2

        asked = {"model": self._model, "input": texts, "encoding_format": "float"}
        server = server_name(self._url)
        try:
            answer = await self._client.post(f"{self._url}/embeddings", json=asked, headers=self._headers)
        except (httpx2.HTTPError, ResponseTooLarge) as error:
            raise EngineUnavailable("embeddings.unreachable", server=server, problem=type(error).__name__) from error
        if answer.status_code != 200:
            raise EngineUnavailable("embeddings.refused", server=server, status=answer.status_code)
        found = read_vectors(answer.content, len(texts))
        if found is None:
            raise EngineAnswerInvalid("embeddings.invalid", server=server)
        return found


def read_vectors(raw: bytes, many: int) -> list[Vector] | None:
    """The vectors of an answer in the order of the texts; None for what is no such answer. Pure."""
    try:
        data: list[dict[str, Any]] = json.loads(raw)["data"]
        by_place: dict[int, Vector] = {int(one["index"]): [float(value) for value in one["embedding"]] for one in data}
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    if by_place.keys() != set(range(many)):
        return None
    found = [by_place[place] for place in range(many)]
    alike = len({len(vector) for vector in found}) == 1 and bool(found[0])
    return found if alike and all(math.isfinite(value) for vector in found for value in vector) else None


class LocalEmbedder:
    """A model on disk in OpenVINO's format, by openvino_genai.TextEmbeddingPipeline; read at first use."""

    def __init__(self, path: Path) -> None:
        if not (path / "openvino_model.xml").is_file():
            raise SettingsError("embeddings.no_model", path=str(path))
        self._path = path
        self._turn = asyncio.Lock()
        self._working: asyncio.Task[list[Vector]] | None = None
        self._pipeline: openvino_genai.TextEmbeddingPipeline | None = None

    @property
    def name(self) -> str:
        return f"local:{self._path.name}"

    @property
    def local(self) -> bool:
        return True

    async def embed(self, texts: Sequence[str], seconds: float, *, asked: bool = False) -> list[Vector]:
        try:
            async with asyncio.timeout(seconds):
                await self._turn.acquire()
                self._working = asyncio.create_task(self._worked([text[:MOST_CHARACTERS] for text in texts], asked))
                # When nobody is left to hear how it ended.
                self._working.add_done_callback(lambda done: done.cancelled() or done.exception())
                return await asyncio.shield(self._working)
        except TimeoutError as error:
            raise EngineUnavailable("embeddings.slow", server=self.name, seconds=seconds) from error
        except RuntimeError as error:  # what openvino raises for all that goes wrong in it
            raise EngineUnavailable("embeddings.unreachable", server=self.name, problem=type(error).__name__) from error

    async def _worked(self, texts: list[str], asked: bool) -> list[Vector]:
        """Gives the turn back. A thread goes on when nobody waits for it any more, and may be reading the model: a
        second one beside it would read it once more."""
        try:
            return await asyncio.to_thread(self._embed, texts, asked)
        finally:
            self._turn.release()

    async def close(self) -> None:
        self._pipeline = None

    def _embed(self, texts: list[str], asked: bool) -> list[Vector]:
        if self._pipeline is None:
            keep_quiet()
            try:
                import openvino_genai
            except ImportError as error:
                raise EngineUnavailable("embeddings.not_installed") from error
            self._pipeline = openvino_genai.TextEmbeddingPipeline(str(self._path), "CPU", **_as_trained(self._path))
        if asked:
            return [self._pipeline.embed_query(text) for text in texts]
        return list(self._pipeline.embed_documents(texts))


def _as_trained(path: Path) -> dict[str, Any]:
    """How the model's authors make one vector of a text: what sentence-transformers keeps beside a model. Without its
    files, as openvino_genai does it by itself."""
    import openvino_genai

    pooling = _read(path / "1_Pooling" / "config.json")
    prompts = _read(path / "config_sentence_transformers.json").get("prompts")
    kinds = openvino_genai.TextEmbeddingPipeline.PoolingType
    found: dict[str, Any] = {}
    if pooling.get("pooling_mode_mean_tokens"):
        found["pooling_type"] = kinds.MEAN
    elif pooling.get("pooling_mode_lasttoken"):
        found["pooling_type"] = kinds.LAST_TOKEN
    if isinstance(prompts, dict):
        query, passage = prompts.get("query"), prompts.get("passage") or prompts.get("document")
        found |= {"query_instruction": query} if isinstance(query, str) and query else {}
        found |= {"embed_instruction": passage} if isinstance(passage, str) and passage else {}
    return found


def _read(file: Path) -> dict[str, Any]:
    """{} for a file that is not there or says nothing."""
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
