"""Any server that speaks OpenAI's chat completions: OpenAI itself, vLLM, llama.cpp, Ollama, LiteLLM and many more.

One completion a mail, and at most one more that shows the model its unusable answer (I18). The whole, with every try,
stays within one time limit. No tools are offered (I5), nothing is streamed, redirects are not followed.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import structlog

from repondeur.engines import answer, dialect, prompt
from repondeur.engines.base import Context
from repondeur.engines.cost import cost
from repondeur.engines.failures import failure, prompt_too_long, refusal
from repondeur.engines.transport import ResponseTooLarge, http_client, server_name
from repondeur.errors import EngineAnswerInvalid, EngineUnavailable
from repondeur.mail.message import Message
from repondeur.policy.analysis import Analysis, Usage

if TYPE_CHECKING:
    import openai

OPENAI_URL = "https://api.openai.com/v1"
# json_schema → json_object → none, the name of the token limit, temperature, thinking: no server can refuse more.
MAX_REFUSALS = 5
PROBE_TOKENS = 200
RETRY_PAUSE = 1.0  # seconds
# What may be over in a moment; a refused key or a missing model is not.
PASSING = frozenset(
    f"engine.{code}" for code in ("timeout", "unreachable", "bad_response", "over_limit", "server_failed")
)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Probe:
    """A server that answered. format: how it takes our schema. clear: the answer was the object we asked for."""

    server: str
    model: str
    format: Literal["json_schema", "json_object", "none"]
    clear: bool
    usage: Usage


@dataclass(frozen=True, slots=True)
class _Completion:
    """message: the assistant message as it came. cut: it ended at the token limit."""

    message: Mapping[str, Any]
    cut: bool
    usage: Usage


@dataclass(slots=True)
class _Calls:
    """How many completions a mail may still cost (I18)."""

    left: int = 2


class CompatibleEngine:
    """timeout: seconds for a try, its repair included; there are at most two tries. max_tokens: what the model may
    write for each call."""

    def __init__(
        self,
        *,
        base_url: str = "",
        api_key: str = "",
        model: str,
        max_tokens: int = 500,
        temperature: float = 0.7,
        timeout: float = 60,
        budget: prompt.Budget | None = None,
    ) -> None:
        self._base_url = base_url or OPENAI_URL
        self._api_key = api_key
        self._model = model
        self._max_tokens = max_tokens
        self._temperature = temperature
        self._timeout = timeout
        self._budget = budget or prompt.Budget()
        self._server = server_name(self._base_url)
        self._dialect = dialect.first(model)

    @property
    def name(self) -> str:
        return f"openai:{self._model}"

    async def analyse(self, message: Message, context: Context) -> Analysis:
        """As Engine.analyse. A server that fails for the moment is asked once more. Two calls are the most (I18), and
        an answer that has to be repaired uses the second one up."""
        calls = _Calls()
        try:
            return await self._in_time(message, context, calls)
        except EngineUnavailable as error:
            if calls.left == 0 or error.reason.code not in PASSING:
                raise
            _log.warning("model.asked_again", engine=self.name, problem=error.reason.code)
        await asyncio.sleep(RETRY_PAUSE)
        return await self._in_time(message, context, calls)

    async def _in_time(self, message: Message, context: Context, calls: "_Calls") -> Analysis:
        """Within the time limit whatever the server does."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._analyse(message, context, calls)
        except TimeoutError as error:
            raise EngineUnavailable("engine.timeout", server=self._server) from error

    async def probe(self) -> Probe:
        """Asks the smallest question there is, in the form that mails are asked in. Raises as `analyse` does."""
        schema = prompt.schema(("other",))
        try:
            async with asyncio.timeout(self._timeout):
                # Thinking models need room before their first word.
                done = await self._complete(prompt.probe(), schema, max(PROBE_TOKENS, self._max_tokens))
        except TimeoutError as error:
            raise EngineUnavailable("engine.timeout", server=self._server) from error
        try:
            clear = "{" in answer.content(done.message)
        except EngineAnswerInvalid:
            clear = False
        return Probe(self._server, self._model, self._dialect.format, clear, self._priced(done.usage))

    async def close(self) -> None:
        if "_client" in self.__dict__:
            await self._client.close()

    async def _analyse(self, message: Message, context: Context, calls: "_Calls") -> Analysis:
        schema = prompt.schema(context.intent_ids)
        messages = prompt.build(message, context, self._budget)
        shorter = prompt.build(message, context, self._budget.smaller())
        calls.left -= 1
        first = await self._complete(messages, schema, self._max_tokens, shorter)
        try:
            return self._analysis(first, first.usage, whole=True)
        except EngineAnswerInvalid as error:
            invalid = error
        if calls.left == 0:
            raise invalid
        calls.left -= 1
        problem = invalid.reason.code
        _log.warning("engine.answer_unusable", engine=self.name, problem=problem)
        asked = prompt.repair(messages, _shown(first.message), problem)
        try:
            second = await self._complete(asked, schema, self._max_tokens, prompt.repair(shorter, "", problem))
        except EngineUnavailable as error:
            # A completion has been paid for: a later try of this mail would make it three (I18).
            raise invalid from error
        used = _sum(first.usage, second.usage)
        try:
            return self._analysis(second, used, whole=False)
        except EngineAnswerInvalid:
            if problem != "engine.answer_cut":
                raise
            return self._analysis(first, used, whole=False)

    def _analysis(self, done: _Completion, usage: Usage, *, whole: bool) -> Analysis:
        """whole: refuse an answer that was cut before its reply was there. Else what is left goes to a person."""
        try:
            found = answer.read(answer.content(done.message), self.name)
        except EngineAnswerInvalid as error:
            if done.cut and error.reason.code in {"engine.answer_not_json", "engine.answer_empty"}:
                raise EngineAnswerInvalid("engine.answer_cut", limit=self._max_tokens) from error
            raise
        if done.cut and whole and not found.reply:
            raise EngineAnswerInvalid("engine.answer_cut", limit=self._max_tokens)
        return replace(found, usage=self._priced(usage), needs_human=found.needs_human or done.cut)

    async def _complete(
        self,
        messages: Sequence[prompt.ChatMessage],
        schema: Mapping[str, Any],
        max_tokens: int,
        shorter: Sequence[prompt.ChatMessage] | None = None,
    ) -> _Completion:
        """One completion. Refused parameters are left out and the request made again: a refusal costs no tokens."""
        import openai

        # Without a key no other one may be sent in its place.
        headers = {} if self._api_key else {"Authorization": openai.omit}
        spoken = self._dialect
        for _ in range(MAX_REFUSALS + 1):
            asked = dialect.parameters(
                spoken,
                model=self._model,
                messages=messages,
                max_tokens=max_tokens,
                temperature=self._temperature,
                schema=schema,
            )
            try:
                response = await self._client.chat.completions.with_raw_response.create(**asked, extra_headers=headers)
            except openai.APIStatusError as error:
                if shorter and prompt_too_long(error):
                    messages, shorter = shorter, None
                    continue
                negotiable = error.status_code in {400, 422} and not prompt_too_long(error)
                plainer = dialect.after_refusal(spoken, *refusal(error)) if negotiable else None
                if plainer is None:
                    raise failure(error, self._server, self._model) from None
                spoken = plainer
            except openai.APIError as error:
                raise failure(error, self._server, self._model) from None
            except ResponseTooLarge:
                raise EngineAnswerInvalid("engine.answer_too_large", server=self._server) from None
            else:
                if spoken != self._dialect:
                    _log.info("engine.dialect_changed", engine=self.name, format=spoken.format, tokens=spoken.tokens)
                self._dialect = spoken
                return _completion(response.http_response.content, self._server)
        raise EngineAnswerInvalid("engine.request_refused", server=self._server, status=400)

    def _priced(self, usage: Usage) -> Usage:
        return replace(usage, cost=cost(self._model, self._base_url, usage))

    @cached_property
    def _client(self) -> "openai.AsyncOpenAI":
        import openai

        # The SDK looks for a key in the environment when it is given none.
        return openai.AsyncOpenAI(
            api_key=self._api_key or "unused",
            base_url=self._base_url,
            timeout=self._timeout,
            max_retries=0,
            http_client=http_client(self._base_url, self._timeout),
        )


def _completion(raw: bytes, server: str) -> _Completion:
    """Reads a chat completion object. Some gateways answer errors with status 200: no choices is no completion."""
    try:
        found = json.loads(raw)
        choice = found["choices"][0]
        message = choice["message"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        raise EngineUnavailable("engine.bad_response", server=server) from None
    if not isinstance(message, dict):
        raise EngineUnavailable("engine.bad_response", server=server)
    return _Completion(message, choice.get("finish_reason") == "length", _usage(found.get("usage")))


def _usage(counted: object) -> Usage:
    count = _counter(counted)
    return Usage(
        calls=1,
        input_tokens=count("prompt_tokens"),
        output_tokens=count("completion_tokens"),
        cached_tokens=_counter(counted.get("prompt_tokens_details") if isinstance(counted, dict) else None)(
            "cached_tokens"
        ),
    )


def _counter(table: object) -> Callable[[str], int]:
    """Reads whole numbers of a table that a server sent, with 0 for what is missing or impossible."""

    def count(name: str) -> int:
        value = table.get(name) if isinstance(table, dict) else None
        return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else 0

    return count


def _sum(one: Usage, other: Usage) -> Usage:
    return Usage(
        calls=one.calls + other.calls,
        input_tokens=one.input_tokens + other.input_tokens,
        output_tokens=one.output_tokens + other.output_tokens,
        cached_tokens=one.cached_tokens + other.cached_tokens,
    )


def _shown(message: Mapping[str, Any]) -> str:
    said = message.get("content")
    return said if isinstance(said, str) else ""
