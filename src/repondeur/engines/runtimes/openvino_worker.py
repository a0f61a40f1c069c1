"""The thread that owns a pipeline of openvino-genai: it adds, steps and cancels, and nobody else touches it.

Between two steps it takes in what waits, so a question that comes late joins those that are worked already.
"""

import asyncio
import atexit
import contextlib
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import structlog

from repondeur.engines.runtimes.base import Prompt
from repondeur.engines.runtimes.files import ModelFile
from repondeur.engines.runtimes.openvino_loading import Sizes, last_line, pipeline_of
from repondeur.errors import EngineUnavailable, SettingsError

if TYPE_CHECKING:
    import openvino_genai

CLOSING: Final = 5.0  # seconds a stop waits for the step in hand
# What Qwen advises for its models without thinking ("Best Practices" of the model card), and harmless for others.
_TOP_K, _TOP_P = 20, 0.8

_log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class _Question:
    """answer: the tokens written and whether they ended by themselves. seconds: of engine time left. handle: once it
    is worked."""

    tokens: "Sequence[int]"
    prompt: Prompt
    answer: "asyncio.Future[tuple[list[int], bool]]"
    loop: asyncio.AbstractEventLoop
    seconds: float
    wanted: bool = True
    handle: Any = None


@dataclass(slots=True)
class _Work:
    """What the thread has in hand."""

    waiting: deque[_Question] = field(default_factory=deque)
    active: list[_Question] = field(default_factory=list)
    number: int = 0


class Worker:
    """pipeline: of this model and these sizes, loaded already. end: the token that ends an answer."""

    def __init__(
        self, model: ModelFile, pipeline: "openvino_genai.ContinuousBatchingPipeline", sizes: Sizes, end: int
    ) -> None:
        self._model = model
        self._pipeline: openvino_genai.ContinuousBatchingPipeline | None = pipeline
        self._sizes = sizes
        self._end_token = end
        self._inbox: queue.SimpleQueue[_Question | None] = queue.SimpleQueue()
        self._door = threading.Lock()  # nothing comes in behind the last thing that is taken out
        self._closing = threading.Event()
        self._ended = threading.Event()
        threading.Thread(target=self._run, name="model", daemon=True).start()
        # An interpreter that ends while the thread is inside the library would never end.
        atexit.register(self._stop)

    async def answer(self, tokens: Sequence[int], prompt: Prompt) -> tuple[list[int], bool]:
        """The tokens written, and whether they ended by themselves. Raises EngineUnavailable."""
        loop = asyncio.get_running_loop()
        question = _Question(tokens, prompt, loop.create_future(), loop, prompt.seconds)
        with self._door:
            if self._closing.is_set():
                raise EngineUnavailable("engine.local_closed")
            self._inbox.put(question)
        try:
            return await question.answer
        finally:
            question.wanted = False

    async def close(self) -> None:
        """Ends what is in hand, and waits a moment for it. Does nothing the second time."""
        await asyncio.to_thread(self._stop)
        atexit.unregister(self._stop)

    def _stop(self) -> None:
        with self._door:
            self._closing.set()
            self._inbox.put(None)
        if not self._ended.wait(CLOSING):
            _log.warning("model.not_ended", seconds=CLOSING)

    # -- the thread itself

    def _run(self) -> None:
        work = _Work()
        try:
            while not self._closing.is_set():
                self._take_in(work)
                try:
                    self._add(work)
                    self._step(work)
                except Exception as error:  # noqa: BLE001  whatever the library raises, those who wait are told
                    self._broken(work, error)
        finally:
            self._end(work)

    def _take_in(self, work: _Work) -> None:
        """All that has come; waits for something only when there is nothing to do."""
        idle = not work.active and not work.waiting
        while idle or not self._inbox.empty():
            question = self._inbox.get()
            idle = False
            if question is not None:
                work.waiting.append(question)

    def _add(self, work: _Work) -> None:
        while work.waiting and len(work.active) < self._sizes.at_once:
            question = work.waiting[0]
            if question.wanted:
                if self._pipeline is None:
                    self._pipeline = pipeline_of(self._model, self._sizes)
                work.number += 1
                question.handle = self._pipeline.add_request(
                    work.number, _tensor(question.tokens), self._config(question.prompt)
                )
                work.active.append(question)
            work.waiting.popleft()

    def _step(self, work: _Work) -> None:
        pipeline = self._pipeline
        if pipeline is None:
            return
        began = time.monotonic()
        # What was cancelled is dropped by the next step, so there may be one to make when nothing is left to answer.
        if not pipeline.has_non_finished_requests():
            return
        pipeline.step()
        share = (time.monotonic() - began) / max(1, len(work.active))
        for question in work.active:
            question.seconds -= share
        work.active = [question for question in work.active if not self._done(question)]
        if not work.active and not work.waiting and pipeline.has_non_finished_requests():
            pipeline.step()

    def _done(self, question: _Question) -> bool:
        """Settles a question that has ended, whichever way."""
        from openvino_genai import GenerationFinishReason, GenerationStatus

        status = question.handle.get_status()
        if status == GenerationStatus.RUNNING:
            if question.wanted and question.seconds > 0:
                return False
            question.handle.cancel()
            _fail(question, EngineUnavailable("engine.local_timeout"))
            return True
        if status != GenerationStatus.FINISHED:
            _fail(question, EngineUnavailable("engine.local_failed", problem=status.name.lower()))
            return True
        output = question.handle.read_all()[0]
        _settle(question, (list(output.generated_ids), output.finish_reason == GenerationFinishReason.STOP))
        return True

    def _broken(self, work: _Work, error: Exception) -> None:
        """Nothing is known of the pipeline now: all who wait are told, and the next question has it loaded anew."""
        problem = error.reason.code if isinstance(error, SettingsError) else type(error).__name__
        # Without its traceback, which would show the questions.
        _log.error("model.failed", problem=problem, said=last_line(error))
        _fail_all(work, EngineUnavailable("engine.local_failed", problem=problem))
        self._pipeline = None

    def _end(self, work: _Work) -> None:
        """Lets go of what is in hand: one step more, so that the pipeline drops it before it is dropped itself."""
        for question in work.active:
            question.handle.cancel()
        while not self._inbox.empty():
            if (left := self._inbox.get()) is not None:
                work.waiting.append(left)
        _fail_all(work, EngineUnavailable("engine.local_closed"))
        try:
            if self._pipeline is not None and self._pipeline.has_non_finished_requests():
                self._pipeline.step()
        except Exception as error:  # noqa: BLE001  it is over anyway
            _log.warning("model.failed_at_end", problem=type(error).__name__)
        self._pipeline = None
        self._ended.set()

    def _config(self, prompt: Prompt) -> "openvino_genai.GenerationConfig":
        import openvino_genai

        config = openvino_genai.GenerationConfig(
            max_new_tokens=prompt.max_tokens,
            do_sample=prompt.temperature > 0,
            temperature=prompt.temperature or 1.0,
            top_k=_TOP_K,
            top_p=_TOP_P,
            rng_seed=prompt.seed,
            apply_chat_template=False,
        )
        config.set_eos_token_id(self._end_token)
        if prompt.pattern:
            config.structured_output_config = openvino_genai.StructuredOutputConfig(regex=prompt.pattern)
        return config


def _tensor(tokens: Sequence[int]) -> Any:
    import numpy as np
    from openvino import Tensor

    return Tensor(np.array([tokens], np.int64))


def _fail_all(work: _Work, error: EngineUnavailable) -> None:
    for question in [*work.active, *work.waiting]:
        _fail(question, error)
    work.active.clear()
    work.waiting.clear()


def _settle(question: _Question, answer: tuple[list[int], bool]) -> None:
    def settle() -> None:
        if not question.answer.done():
            question.answer.set_result(answer)

    _in_loop(question, settle)


def _fail(question: _Question, error: EngineUnavailable) -> None:
    def fail() -> None:
        if not question.answer.done():
            question.answer.set_exception(error)

    _in_loop(question, fail)


def _in_loop(question: _Question, do: Callable[[], None]) -> None:
    question.handle = None
    # The loop is closed when the program ends without waiting for its answers.
    with contextlib.suppress(RuntimeError):
        if question.wanted:
            question.loop.call_soon_threadsafe(do)
