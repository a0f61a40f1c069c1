"""Any model of the hub by transformers: on a graphics card of NVIDIA, or on the processor where there is none.

One thread owns the model. What waits is worked as a batch, each question with its own end; transformers' continuous
batching would be quicker for answers of very unlike length, but takes no grammar for each question.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import structlog
import torch
from llguidance import LLExecutor, LLMatcher
from llguidance.hf import from_tokenizer

from repondeur.engines.runtimes import torch_loading
from repondeur.engines.runtimes.base import Completed, Prompt
from repondeur.engines.runtimes.chat_template import tokens_of
from repondeur.engines.runtimes.files import ModelFile
from repondeur.engines.runtimes.guided import End, Guide, Row
from repondeur.errors import EngineUnavailable
from repondeur.policy.analysis import Usage

_LONGEST: Final = 16_384  # tokens of question and answer: memory is finite, and mails are short
CLOSING: Final = 5.0  # seconds a stop waits for the step in hand
_WINDOW: Final = 0.03  # seconds in which questions that come together join the batch

_log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class _Question:
    prompt: Prompt
    tokens: list[int]
    answer: "asyncio.Future[Completed]"
    loop: asyncio.AbstractEventLoop
    wanted: bool = True


class TransformersRuntime:
    """model, tokenizer: as transformers loads them. at_once: questions of a batch at most."""

    def __init__(self, model: Any, tokenizer: Any, *, at_once: int) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._at_once = at_once
        text = model.config.get_text_config()
        self._context = min(int(getattr(text, "max_position_embeddings", 0) or _LONGEST), _LONGEST)
        self._ends = _ends(model, tokenizer)
        self._vocabulary = from_tokenizer(tokenizer, n_vocab=int(text.vocab_size), eos_token=list(self._ends))
        self._executor = LLExecutor()
        self._compiled = lru_cache(maxsize=8)(self._compile)
        self._waiting: queue.SimpleQueue[_Question | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._door = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="model", daemon=True)
        self._thread.start()

    @property
    def name(self) -> str:
        return torch_loading.NAME

    @property
    def context(self) -> int:
        return self._context

    @property
    def at_once(self) -> int:
        """Fewer than at the start when a batch did not fit into the memory of the card."""
        return self._at_once

    def count(self, text: str) -> int:
        return len(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    async def prepare(self, pattern: str) -> None:
        if pattern:
            await asyncio.to_thread(self._compiled, pattern)

    async def complete(self, prompt: Prompt) -> Completed:
        tokens = await asyncio.to_thread(tokens_of, self._tokenizer, prompt.messages, prompt.begun)
        await self.prepare(prompt.pattern)
        loop = asyncio.get_running_loop()
        question = _Question(prompt, tokens, loop.create_future(), loop)
        with self._door:
            if self._closing.is_set():
                raise EngineUnavailable("engine.local_closed")
            self._waiting.put(question)
        try:
            return await question.answer
        finally:
            question.wanted = False

    async def close(self) -> None:
        with self._door:  # what is put before is settled by the thread, and nothing is put behind
            self._closing.set()
            self._waiting.put(None)
        await asyncio.to_thread(self._thread.join, CLOSING)
        self._model = None
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    # -- any thread

    def _compile(self, pattern: str) -> LLMatcher:
        """A matcher to copy from. Raises EngineUnavailable for a pattern that llguidance does not take."""
        matcher = LLMatcher(self._vocabulary, LLMatcher.grammar_from_regex(pattern))
        if matcher.is_error():
            _log.error("model.pattern_refused", problem=matcher.get_error()[:200])
            raise EngineUnavailable("engine.local_failed", problem="pattern")
        return matcher

    # -- the thread that owns the model

    def _work(self) -> None:
        while (batch := self._gathered()) is not None:
            self._answer([one for one in batch if one.wanted])
        while not self._waiting.empty():
            if (left := self._waiting.get()) is not None:
                self._fail(left, EngineUnavailable("engine.local_closed"))

    def _gathered(self) -> list[_Question] | None:
        """The next batch, at least one question; None when it is over."""
        first = self._waiting.get()
        if first is None or self._closing.is_set():
            if first is not None:
                self._fail(first, EngineUnavailable("engine.local_closed"))
            return None
        batch = [first]
        while len(batch) < self._at_once:
            try:
                more = self._waiting.get(timeout=_WINDOW)
            except queue.Empty:
                break
            if more is None:
                self._waiting.put(None)
                break
            batch.append(more)
        return batch

    def _answer(self, batch: list[_Question]) -> None:
        if not batch:
            return
        try:
            rows = self._generated(batch)
        except torch.OutOfMemoryError:
            rows = None
        except Exception as error:  # noqa: BLE001 - whatever the libraries raise, those who wait are told
            _log.error("model.failed", error=type(error).__name__, exc_info=True)
            for question in batch:
                self._fail(question, EngineUnavailable("engine.local_failed", problem=type(error).__name__))
            return
        if rows is None:
            self._answer_in_halves(batch)
            return
        for question, row in zip(batch, rows, strict=True):
            self._settle(question, row)

    def _answer_in_halves(self, batch: list[_Question]) -> None:
        """The card's memory was too small for all of them together. One alone that does not fit fails."""
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if len(batch) == 1:
            self._fail(batch[0], EngineUnavailable("engine.local_failed", problem="memory"))
            return
        self._at_once = half = (len(batch) + 1) // 2
        _log.warning("model.fewer_at_once", at_once=half)
        self._answer(batch[:half])
        self._answer(batch[half:])

    def _generated(self, batch: Sequence[_Question]) -> list[Row]:
        from transformers import GenerationConfig, LogitsProcessorList, StoppingCriteriaList

        rows = [self._row(question) for question in batch]
        guide = Guide(rows, self._ends, self._executor)
        longest = max(len(question.tokens) for question in batch)
        padding = [longest - len(question.tokens) for question in batch]
        tokens = [[self._ends[0]] * pad + question.tokens for pad, question in zip(padding, batch, strict=True)]
        seen = [[0] * pad + [1] * (longest - pad) for pad in padding]
        with torch.inference_mode():
            self._model.generate(
                input_ids=torch.tensor(tokens, device=self._model.device),
                attention_mask=torch.tensor(seen, device=self._model.device),
                generation_config=GenerationConfig(
                    do_sample=False,
                    max_new_tokens=max(row.max_tokens for row in rows),
                    pad_token_id=self._ends[0],
                    eos_token_id=list(self._ends),
                ),
                logits_processor=LogitsProcessorList([guide.choose]),
                stopping_criteria=StoppingCriteriaList([guide.ended]),
            )
        return rows

    def _row(self, question: _Question) -> Row:
        prompt = question.prompt
        return Row(
            matcher=self._compiled(prompt.pattern).deep_copy() if prompt.pattern else None,
            max_tokens=prompt.max_tokens,
            temperature=prompt.temperature,
            seconds=prompt.seconds,
            generator=torch.Generator().manual_seed(prompt.seed),
            wanted=lambda: question.wanted and not self._closing.is_set(),
        )

    def _settle(self, question: _Question, row: Row) -> None:
        usage = Usage(calls=1, input_tokens=len(question.tokens), output_tokens=len(row.tokens))
        if row.end in {End.STOPPED, End.LENGTH, None}:
            written = [token for token in row.tokens if token not in self._ends]
            text = self._tokenizer.decode(written, skip_special_tokens=True)
            self._give(question, Completed(text, usage, finished=row.end is End.STOPPED))
            return
        codes = {End.TIMEOUT: "engine.local_timeout", End.CANCELLED: "engine.local_closed"}
        error = EngineUnavailable(codes.get(row.end, "engine.local_failed"), problem="pattern")
        error.usage = usage
        self._fail(question, error)

    def _give(self, question: _Question, answer: Completed) -> None:
        def give() -> None:
            if not question.answer.done():
                question.answer.set_result(answer)

        _in_loop(question, give)

    def _fail(self, question: _Question, error: EngineUnavailable) -> None:
        def fail() -> None:
            if not question.answer.done():
                question.answer.set_exception(error)

        _in_loop(question, fail)


def _in_loop(question: _Question, do: Callable[[], None]) -> None:
    """Nobody waits any more where the loop is closed."""
    if question.wanted and not question.loop.is_closed():
        question.loop.call_soon_threadsafe(do)


def _ends(model: Any, tokenizer: Any) -> tuple[int, ...]:
    """Tokens that end an answer, as the model's generation_config.json has them, and the tokenizer's own."""
    given = model.generation_config.eos_token_id
    every = given if isinstance(given, list) else [given]
    return tuple(dict.fromkeys(one for one in [*every, tokenizer.eos_token_id] if one is not None))


async def load(model: ModelFile, at_once: int = 0) -> TransformersRuntime:
    """Loads the model; takes seconds, in a thread. at_once: 0 for as many as the memory holds.

    No code that comes with a model is run, no pickle is read, nothing is downloaded. Raises SettingsError:
    model.too_little_memory, model.cannot_load.
    """
    loaded, tokenizer = await asyncio.to_thread(torch_loading.loaded, model)
    return TransformersRuntime(loaded, tokenizer, at_once=at_once or torch_loading.fitting(model))
