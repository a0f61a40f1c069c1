"""A model on the processor by openvino-genai, many questions at once with what they share computed once. Chat template
and tokeniser work in threads of their own, beside the one that owns the model."""

import asyncio
from typing import TYPE_CHECKING, Final

from repondeur.engines.runtimes import memory
from repondeur.engines.runtimes.base import Completed, Prompt
from repondeur.engines.runtimes.files import ModelFile
from repondeur.engines.runtimes.openvino_loading import NAME, Sizes, pipeline_of, sizes_for
from repondeur.engines.runtimes.openvino_tokenizer import Tokenizer
from repondeur.engines.runtimes.openvino_worker import Worker
from repondeur.policy.analysis import Usage

if TYPE_CHECKING:
    import openvino_genai

AT_ONCE: Final = 16  # docs/decisions/local-engine.md


class OpenVinoRuntime:
    """pipeline: of this model and these sizes, loaded already."""

    def __init__(self, model: ModelFile, pipeline: "openvino_genai.ContinuousBatchingPipeline", sizes: Sizes) -> None:
        self._sizes = sizes
        self._tokenizer = Tokenizer(pipeline.get_tokenizer())
        self._worker = Worker(model, pipeline, sizes, self._tokenizer.end)

    @property
    def name(self) -> str:
        return NAME

    @property
    def context(self) -> int:
        return self._sizes.context

    @property
    def at_once(self) -> int:
        return self._sizes.at_once

    def count(self, text: str) -> int:
        return len(self._tokenizer.encoded(text))

    async def prepare(self, pattern: str) -> None:
        """Compiling happens in the first step that needs it: so one token is asked for."""
        await self.complete(Prompt([{"role": "user", "content": "."}], pattern, 1, 0.0, 3600.0, 0))

    async def complete(self, prompt: Prompt) -> Completed:
        tokens = await asyncio.to_thread(self._tokenizer.question, prompt.messages, prompt.begun)
        written, finished = await self._worker.answer(tokens, prompt)
        text = await asyncio.to_thread(self._tokenizer.decoded, written)
        return Completed(text, Usage(calls=1, input_tokens=len(tokens), output_tokens=len(written)), finished)

    async def close(self) -> None:
        await self._worker.close()


async def load(model: ModelFile, at_once: int = 0) -> OpenVinoRuntime:
    """Loads the model, in a thread; takes seconds. at_once: 0 for as many as pay, and fewer where memory is short.

    Raises SettingsError: model.too_little_memory, model.cannot_load.
    """
    sizes = sizes_for(model, at_once or AT_ONCE, memory.free())
    pipeline = await asyncio.to_thread(pipeline_of, model, sizes)
    return OpenVinoRuntime(model, pipeline, sizes)
