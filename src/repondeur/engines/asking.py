"""One completion from one model server, asked in the way that the server takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import structlog

from repondeur.engines.completion import Completion, estimated, read_completion
from repondeur.engines.dialect import MAX_REFUSALS, THINKING_ROOM, Dialect, after_refusal, parameters
from repondeur.engines.failures import failure, negotiable, prompt_too_long, refusal
from repondeur.engines.prompt import ChatMessage, digest
from repondeur.engines.providers import Provider
from repondeur.engines.transport import ResponseTooLarge, http_client, server_name
from repondeur.errors import EngineAnswerInvalid, EngineUnavailable, RepondeurError

if TYPE_CHECKING:
    import openai

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """shorter: the same, for a server whose context is too short. max_tokens: for the answer, thinking not counted."""

    messages: Sequence[ChatMessage]
    schema: Mapping[str, Any]
    max_tokens: int
    shorter: Sequence[ChatMessage] | None = None


class ChatServer:
    """base_url: with any query that every request needs. timeout: seconds for each wait on the line.

    Remembers how the server wants to be asked: what was refused once is not tried again.
    """

    def __init__(
        self, provider: Provider, base_url: str, *, api_key: str, model: str, temperature: float, timeout: float
    ) -> None:
        self._provider = provider
        self._base_url = base_url
        self._api_key = api_key
        self._model = model
        self._temperature = temperature
        self._timeout = timeout
        self._dialect = provider.dialect(model)
        self.name = server_name(base_url)

    @property
    def dialect(self) -> Dialect:
        return self._dialect

    def give_room(self) -> None:
        """From now on the model may think before it answers."""
        self._dialect = replace(self._dialect, room=THINKING_ROOM)

    async def ask(self, question: Question) -> Completion:
        """One completion. Refused parameters are left out and the request made again: a refusal costs no tokens."""
        import openai

        messages, shorter, known = question.messages, question.shorter, self._dialect
        spoken = known
        for _ in range(MAX_REFUSALS + 2):  # a prompt that is too long comes on top
            try:
                raw, prompt = await self._post(spoken, messages, question)
            except openai.APIStatusError as error:
                if shorter and prompt_too_long(error):
                    messages, shorter = shorter, None
                    continue
                said = refusal(error)
                plainer = after_refusal(spoken, said.param, said.message) if negotiable(error) else None
                if plainer is None:
                    raise self._failure(error) from None
                spoken = plainer
            except openai.APIError as error:
                raise self._failure(error) from None
            except ResponseTooLarge:
                too_large = EngineAnswerInvalid("engine.answer_too_large", server=self.name)
                too_large.maybe_done = True
                raise too_large from None
            else:
                if spoken != known:
                    self._keep(spoken)
                done = self._read(raw, messages)
                asked = replace(done.asked, prompt=prompt, model=done.asked.model or self._model)
                return replace(done, asked=asked, shorter=messages is not question.messages)
        raise EngineAnswerInvalid("engine.request_refused", server=self.name, status=400)

    async def close(self) -> None:
        if "_client" in self.__dict__:
            await self._client.close()

    async def _post(self, spoken: Dialect, messages: Sequence[ChatMessage], question: Question) -> tuple[bytes, str]:
        """What came back, and the digest of the messages that went out."""
        asked = parameters(
            spoken,
            model=self._model,
            messages=messages,
            max_tokens=question.max_tokens,
            temperature=self._temperature,
            schema=question.schema,
        )
        response = await self._client.chat.completions.with_raw_response.create(**asked, extra_headers=self._headers())
        raw: bytes = response.http_response.content
        return raw, digest(asked["messages"])

    def _keep(self, spoken: Dialect) -> None:
        """Room that another mail has found necessary meanwhile stays."""
        _log.info("engine.dialect_changed", server=self.name, format=spoken.format, quiet=spoken.quiet)
        self._dialect = replace(spoken, room=max(spoken.room, self._dialect.room))

    def _read(self, raw: bytes, asked: Sequence[ChatMessage]) -> Completion:
        done = read_completion(raw)
        if done is None:
            strange = EngineUnavailable("engine.bad_response", server=self.name)
            strange.maybe_done = True
            raise strange
        return replace(done, usage=estimated(done.usage, asked, done.message))

    def _failure(self, error: "openai.APIError") -> RepondeurError:
        return failure(error, self.name, self._model)

    def _headers(self) -> dict[str, Any]:
        """The key in the header that this provider reads. Without a key no other one may be sent in its place."""
        import openai

        if self._provider.key_header == "api-key":
            return {"Authorization": openai.omit, "api-key": self._api_key}
        return {} if self._api_key else {"Authorization": openai.omit}

    @cached_property
    def _client(self) -> "openai.AsyncOpenAI":
        import openai

        # Azure's older addresses end in "?api-version=…": a query belongs behind the path that the SDK adds.
        parts = urlsplit(self._base_url)
        # The SDK looks for a key in the environment when it is given none.
        return openai.AsyncOpenAI(
            api_key=self._api_key or "unused",
            base_url=parts._replace(query="").geturl(),
            default_query=dict(parse_qsl(parts.query)),
            timeout=self._timeout,
            max_retries=0,
            http_client=http_client(self._base_url, self._timeout),
        )
