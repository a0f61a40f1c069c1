"""Any server that speaks OpenAI's chat completions: OpenAI itself, Azure, Mistral, Anthropic, Gemini, Ollama, vLLM,
llama.cpp, LM Studio and many more.

One completion a mail, and at most one more that shows the model its unusable answer (I18). Each try stays within the
time limit. No tools are offered (I5), nothing is streamed, redirects are not followed.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Literal

import structlog

from repondeur.engines import answer, prompt
from repondeur.engines.asking import ChatServer, Question
from repondeur.engines.base import Context
from repondeur.engines.completion import Completion, together
from repondeur.engines.cost import Prices, cost
from repondeur.engines.one_first import OneFirst
from repondeur.engines.providers import Provider, provider_at
from repondeur.errors import EngineAnswerInvalid, EngineUnavailable, SettingsError
from repondeur.mail.message import Message
from repondeur.policy.analysis import Analysis, Usage
from repondeur.policy.intents import OTHER

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


@dataclass(slots=True)
class _Account:
    """left: how many completions a mail may still cost (I18). waits_until: how long it lets another mail go first, by
    the event loop's clock. completing: as in Context. spent: what the server has counted so far."""

    left: int
    waits_until: float
    completing: Callable[[], Awaitable[None]] | None = None
    spent: Usage = field(default_factory=Usage)


class CompatibleEngine:
    """provider: who runs the model; by default the one that base_url tells, OpenAI when that is empty. timeout: seconds
    for a try, its repair included; there are at most two tries. max_tokens: what the model may write for each call,
    thinking that cannot be switched off not counted. prices: those of the model, when its provider's list is not right.
    retry_pause: seconds before the second try where the server wants no other pause.

    Until the server has answered once, one mail goes first and the others wait for it, no longer than the time limit.

    Raises SettingsError when neither base_url nor the provider says where to ask.
    """

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
        provider: Provider | None = None,
        prices: Prices | None = None,
        retry_pause: float = RETRY_PAUSE,
    ) -> None:
        self._provider = provider or provider_at(base_url)
        self._name = f"{provider.name if provider else 'openai'}:{model}"
        self._base_url = self._provider.address(base_url)
        if not self._base_url:
            raise SettingsError("engine.address_missing", provider=self._provider.name, model=model)
        self._model = model
        self._max_tokens = max_tokens
        self._timeout = timeout
        self._budget = budget or prompt.Budget()
        self._prices = prices
        self._retry_pause = retry_pause
        self._one_first = OneFirst()
        self._server = ChatServer(
            self._provider, self._base_url, api_key=api_key, model=model, temperature=temperature, timeout=timeout
        )

    @property
    def name(self) -> str:
        """ "provider:model"; "openai:model" where no provider was named."""
        return self._name

    @property
    def at_once(self) -> int:
        return 0

    @property
    def costs(self) -> bool:
        return True

    async def analyse(self, message: Message, context: Context) -> Analysis:
        """As Engine.analyse. A server that fails for the moment is asked once more, after the pause that it wants if
        that ends within the time limit. `context.calls` are the most (I18); a repair uses up one of them."""
        now = asyncio.get_running_loop().time()
        account = _Account(max(1, context.calls), now + self._timeout, context.completing)
        try:
            return await self._patiently(message, context, account)
        except (EngineUnavailable, EngineAnswerInvalid) as error:
            if account.spent.calls:
                error.usage = self._priced(account.spent)
            raise

    async def _patiently(self, message: Message, context: Context, account: _Account) -> Analysis:
        clock = asyncio.get_running_loop()
        deadline = 0.0
        try:
            async with self._one_first.turn(account.waits_until):
                deadline = clock.time() + self._timeout
                return await self._in_time(message, context, account)
        except EngineUnavailable as error:
            pause = self._retry_pause if error.retry_after is None else error.retry_after
            wanted_too_long = error.retry_after is not None and clock.time() + pause > deadline
            if account.left == 0 or error.reason.code not in PASSING or wanted_too_long:
                raise
            _log.warning("model.asked_again", engine=self.name, problem=error.reason.code, pause=pause)
        await asyncio.sleep(pause)
        async with self._one_first.turn(account.waits_until):
            return await self._in_time(message, context, account)

    async def _in_time(self, message: Message, context: Context, account: _Account) -> Analysis:
        """Within the time limit whatever the server does."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._analyse(message, context, account)
        except TimeoutError as error:
            late = EngineUnavailable("engine.timeout", server=self._server.name)
            late.maybe_done = True
            raise late from error
        finally:
            if account.spent.calls:
                self._one_first.is_known()

    async def probe(self) -> Probe:
        """Asks the smallest question there is, in the form that mails are asked in. Raises as `analyse` does."""
        # Thinking models need room before their first word.
        question = Question(prompt.probe(), prompt.schema((OTHER,)), max(PROBE_TOKENS, self._max_tokens))
        try:
            async with asyncio.timeout(self._timeout):
                done = await self._server.ask(question)
        except TimeoutError as error:
            raise EngineUnavailable("engine.timeout", server=self._server.name) from error
        try:
            clear = "{" in answer.content(done.message)
        except EngineAnswerInvalid:
            clear = False
        return Probe(self._server.name, self._model, self._server.dialect.format, clear, self._priced(done.usage))

    async def close(self) -> None:
        await self._server.close()

    async def _analyse(self, message: Message, context: Context, account: _Account) -> Analysis:
        whole, less = (prompt.built(message, context, budget) for budget in (self._budget, self._budget.smaller()))
        question = Question(
            whole.messages,
            prompt.schema(context.intent_ids, context.statement_ids, context.template_ids),
            self._max_tokens,
            less.messages,
        )
        analysis, done = await self._said(question, account)
        return answer.resting_on(analysis, (less if done.shorter else whole).passages)

    async def _said(self, question: Question, account: _Account) -> tuple[Analysis, Completion]:
        """The analysis, and the completion that it was read in."""
        first = await self._paid(question, account)
        try:
            return self._analysis(first, account.spent, whole=True), first
        except EngineAnswerInvalid as error:
            invalid = error
        problem = invalid.reason.code
        _log.warning("engine.answer_unusable", engine=self.name, problem=problem)
        roomier = self._gave_room(first)
        if account.left == 0 or first.filtered:
            raise invalid
        try:
            # Where thinking took the answer's place there is nothing to mend.
            second = await self._paid(question if roomier else _repair(question, first, problem), account)
        except EngineUnavailable as error:
            # A completion has been paid for: a later try of this mail would be one more (I18).
            raise invalid from error
        try:
            return self._analysis(second, account.spent, whole=False), second
        except EngineAnswerInvalid:
            if problem != "engine.answer_cut":
                raise
            return self._analysis(first, account.spent, whole=False), first

    def _gave_room(self, done: Completion) -> bool:
        """Whether the model was found thinking just now. It gets room for it, now and for the mails to come."""
        if not (done.cut and done.thought) or self._server.dialect.room:
            return False
        _log.info("model.room_given", engine=self.name)
        self._server.give_room()
        return True

    async def _paid(self, question: Question, account: _Account) -> Completion:
        account.left -= 1
        if account.completing is not None:
            await account.completing()
        done = await self._server.ask(question)
        account.spent = together(account.spent, done.usage)
        return done

    def _analysis(self, done: Completion, usage: Usage, *, whole: bool) -> Analysis:
        """whole: refuse an answer that was cut before its reply was there. Else what is left goes to a person."""
        if done.filtered:
            raise EngineAnswerInvalid("engine.content_refused")
        limit = self._max_tokens + self._server.dialect.room
        try:
            said = "" if done.only_thought else answer.content(done.message)
            found = answer.read(said, self.name)
        except EngineAnswerInvalid as error:
            if done.cut and error.reason.code in {"engine.answer_not_json", "engine.answer_empty"}:
                code = "engine.thought_only" if done.thought else "engine.answer_cut"
                raise EngineAnswerInvalid(code, limit=limit) from error
            raise
        if done.cut and whole and not found.reply:
            raise EngineAnswerInvalid("engine.answer_cut", limit=limit)
        needs_human = found.needs_human or done.cut
        return replace(found, usage=self._priced(usage), needs_human=needs_human, asked=done.asked)

    def _priced(self, usage: Usage) -> Usage:
        dollars = cost(usage, model=self._model, provider=self._provider, base_url=self._base_url, prices=self._prices)
        return replace(usage, cost=dollars)


def _repair(question: Question, first: Completion, problem: str) -> Question:
    """The question once more, with the unusable answer and what was wrong with it."""
    said = first.message.get("content")
    shown = said if isinstance(said, str) else ""
    return replace(
        question,
        messages=prompt.repair(question.messages, shown, problem),
        shorter=prompt.repair(question.shorter or question.messages, "", problem),
    )
