"""A model in this process: no server, no key, nothing leaves the machine.

The same question as servers get, the same reading of the answer. What differs: the question is cut to the model's
context by its own count of tokens, the answer is held to its JSON form token by token, and passages are called p1, p2
and so on in it, which small models write more surely than the ids that people give.
"""

import asyncio
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import structlog

from repondeur.engines import answer, prompt
from repondeur.engines.base import Context
from repondeur.engines.prompt import ChatMessage
from repondeur.engines.runtimes import files, grammar
from repondeur.engines.runtimes.base import Completed, Prompt, Runtime
from repondeur.engines.runtimes.digest import model_digest
from repondeur.engines.runtimes.fitting import fitted
from repondeur.engines.runtimes.which import Wanted, has_cuda, runtime_for
from repondeur.errors import EngineAnswerInvalid, EngineUnavailable, SettingsError
from repondeur.mail.message import Message
from repondeur.policy.analysis import Analysis, Asked, Usage
from repondeur.texts import Reason

# Before a runtime is loaded nobody knows how many questions pay at once; these are its own figures for a small model.
ON_PROCESSOR: Final = 16
ON_CARD: Final = 64
_SPARE: Final = 1.5  # a model may spell a fixed word with more tokens than the tokeniser would

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Question:
    """labels: the id of each passage by what it is called in the question, of those that stand in it."""

    messages: list[ChatMessage]
    labels: Mapping[str, str]


class LocalEngine:
    """path: a GGUF file or a model folder. name: the model's, for records. timeout: seconds of the model's own time
    for one mail; where n mails are worked together each takes its nth part, and waiting for a turn costs nothing.
    at_once: mails worked together, 0 as the runtime advises.

    The model is loaded when the first mail comes. One that cannot be loaded is tried again with the next mail.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        *,
        runtime: Wanted = "auto",
        max_tokens: int = 500,
        temperature: float = 0.7,
        timeout: float = 60,
        at_once: int = 0,
    ) -> None:
        self._path = path
        self._model = name
        self._wanted: Wanted = runtime
        self._max_tokens = max_tokens
        self._temperature = temperature
        self._timeout = timeout
        self._given_at_once = at_once
        self._runtime: Runtime | None = None
        self._loading = asyncio.Lock()
        self._digest = ""
        self._said: Reason | None = None  # why it could not be loaded, as the log has been told

    @property
    def name(self) -> str:
        return f"local:{self._model}"

    @property
    def at_once(self) -> int:
        """How many mails it works together: what was given, or what the runtime advises."""
        if self._runtime is not None:
            return self._runtime.at_once
        return self._given_at_once or (ON_CARD if self._wanted != "openvino" and has_cuda() else ON_PROCESSOR)

    @property
    def costs(self) -> bool:
        return False

    async def runtime(self) -> Runtime:
        """The loaded model. Raises EngineUnavailable with the reason why it cannot be loaded."""
        if self._runtime is None:
            async with self._loading:
                if self._runtime is None:
                    self._runtime = await self._loaded()
        return self._runtime

    async def analyse(self, message: Message, context: Context) -> Analysis:
        """As Engine.analyse. One completion; an answer that has used up its tokens is closed and ended, which counts as
        the same one, and a person looks at it."""
        runtime = await self.runtime()
        schema = prompt.schema(context.intent_ids, context.statement_ids, context.template_ids)
        question = await asyncio.to_thread(self._question, runtime, message, context)
        if context.completing is not None:
            await context.completing()
        said, usage, cut = await self._completed(runtime, question, schema)
        try:
            found = answer.read(said, self.name)
        except EngineAnswerInvalid as error:
            if cut and error.reason.code in {"engine.answer_not_json", "engine.answer_empty"}:
                error = EngineAnswerInvalid("engine.answer_cut", limit=self._max_tokens)
            error.usage = usage
            raise error from None
        cited = tuple(question.labels[one] for one in found.passages if one in question.labels)
        asked = Asked(prompt.digest(question.messages), self._path.name, self._digest)
        return replace(found, passages=cited, usage=usage, needs_human=found.needs_human or cut, asked=asked)

    async def close(self) -> None:
        async with self._loading:
            if self._runtime is not None:
                await self._runtime.close()

    async def _loaded(self) -> Runtime:
        try:
            model = await asyncio.to_thread(files.inspect, self._path)
            chosen = await asyncio.to_thread(runtime_for, model, self._wanted)
            self._digest = await asyncio.to_thread(model_digest, model.path)
            if chosen == "transformers":
                from repondeur.engines.runtimes import torch

                runtime: Runtime = await torch.load(model, self._given_at_once)
            else:
                from repondeur.engines.runtimes import openvino

                runtime = await openvino.load(model, self._given_at_once)
        except SettingsError as error:
            if error.reason != self._said:
                _log.error("model.not_loaded", model=self.name, problem=str(error))
            self._said = error.reason
            raise EngineUnavailable(error.reason.code, **error.reason.params) from None
        _log.info("model.loaded", model=self.name, runtime=runtime.name, at_once=runtime.at_once)
        return runtime

    def _question(self, runtime: Runtime, message: Message, context: Context) -> _Question:
        """Takes a moment: tokens are counted. Raises EngineUnavailable when nothing of the mail fits."""
        shown = [one for one in context.passages if one.visibility == "public"][: grammar.LABELS]
        labels = {grammar.label(number): one.id for number, one in enumerate(shown, start=1)}
        passages = tuple(replace(one, id=name) for name, one in zip(labels, shown, strict=True))
        room = runtime.context - self._max_tokens
        question = fitted(message, replace(context, passages=passages), room, runtime.count)
        if question is None:
            raise EngineAnswerInvalid("engine.local_context", model=self.name, context=runtime.context)
        return _Question(question.messages, {name: labels[name] for name in question.passages})

    async def _completed(
        self, runtime: Runtime, question: _Question, schema: Mapping[str, Any]
    ) -> tuple[str, Usage, bool]:
        """What was said, what it took, and whether it had to be ended by us."""
        ending = await asyncio.to_thread(runtime.count, grammar.longest_rest(schema))
        spare = min(int(ending * _SPARE), self._max_tokens // 2)
        asked = Prompt(
            messages=question.messages,
            pattern=grammar.pattern(schema),
            max_tokens=self._max_tokens - spare,
            temperature=self._temperature,
            seconds=self._timeout,
            seed=_seed(question.messages),
        )
        first = await runtime.complete(asked)
        if first.finished:
            return first.text, _free(first), False
        rest = grammar.rest(first.text, schema)
        # The model could go on for ever in a text; what is left now has none.
        goes_on = replace(asked, pattern=rest.pattern, max_tokens=spare, begun=rest.kept)
        try:
            second = await runtime.complete(goes_on)
        except EngineUnavailable as error:
            error.usage = _free(first)
            raise
        return rest.kept + second.text, _free(first, second), True


def _free(*parts: Completed) -> Usage:
    """Of one question: it is read once, however often its answer is gone on with."""
    return Usage(
        calls=1,
        input_tokens=parts[0].usage.input_tokens,
        output_tokens=sum(one.usage.output_tokens for one in parts),
        cached_tokens=parts[0].usage.cached_tokens,
        cost=Decimal(0),
    )


def _seed(messages: list[ChatMessage]) -> int:
    """Of its own for each question, and the same for the same one."""
    return zlib.crc32(messages[-1]["content"].encode("utf-8", "replace"))
